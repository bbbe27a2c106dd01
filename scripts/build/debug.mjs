/**
 * The debug build, to dist/debug: `core.wasm` with assertions, names and a source map, the compiler's glue and declarations for it, and
 * `source.js`, which hands it to `holdfast/debug`.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { runTool } from "../lib/command.mjs";
import { layoutLines } from "../lib/layouts.mjs";
import { at } from "../lib/root.mjs";
import { isFresh, setFresh } from "../lib/stamp.mjs";
import { secondsSince, talk } from "../lib/talk.mjs";
import { treeHash } from "../lib/tree-hash.mjs";

const inputs = [
  "assembly",
  "asconfig.json",
  "scripts/build/debug.mjs",
  "scripts/build/as-bind-section.mjs",
  "scripts/lib/layouts.mjs",
  "scripts/lib/abi.mjs",
];

/** What is written, relative to the root. */
const outputs = ["core.wasm", "core.wasm.map", "core.js", "core.d.ts", "source.js", "source.d.ts"].map(
  (name) => `dist/debug/${name}`,
);

const sourceOf = (wasm) => `// Made by scripts/build/debug.mjs from core.wasm.
const text = "${wasm.toString("base64")}";
let bytes;
export function load() {
  if (bytes === undefined) {
    const binary = atob(text);
    bytes = new Uint8Array(binary.length);
    for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  }
  return bytes;
}
`;

const types = `/** Made by scripts/build/debug.mjs. */
export declare function load(): Uint8Array<ArrayBuffer>;
`;

/** Builds it, when stale. */
export async function buildDebug() {
  const compiler = JSON.parse(readFileSync(at("node_modules", "assemblyscript", "package.json"), "utf8")).version;
  const hash = treeHash(inputs, [compiler]);
  if (isFresh("debug", hash)) return;
  const startedMs = performance.now();
  const library = at("dist", "debug", "library");
  mkdirSync(library, { recursive: true });
  // The compiler takes the exports of a library's files as globals: so the layouts come in without a generated file in assembly/.
  const text = `export function layoutText(): string { return ${JSON.stringify(layoutLines())}; }\n`;
  writeFileSync(at("dist", "debug", "library", "layouts.ts"), text);
  const args = ["assembly/debug.ts", "--target", "debug", "--bindings", "raw", "--lib", "dist/debug/library"];
  const transform = ["--transform", "./scripts/build/as-bind-section.mjs"];
  const { code, stdout, stderr } = await runTool("assemblyscript", [...args, ...transform], {
    command: "asc",
    stdout: "collect",
    stderr: "collect",
  });
  rmSync(library, { recursive: true, force: true });
  if (code !== 0) throw new Error(`asc failed for the debug build\n${stdout}${stderr}`);
  const wasm = readFileSync(at("dist", "debug", "core.wasm"));
  const source = at("dist", "debug", "source.js");
  writeFileSync(`${source}.new`, sourceOf(wasm));
  renameSync(`${source}.new`, source);
  writeFileSync(at("dist", "debug", "source.d.ts"), types);
  setFresh("debug", hash, outputs);
  talk(`built dist/debug/core.wasm: ${wasm.length} bytes, ${secondsSince(startedMs)}`);
}
