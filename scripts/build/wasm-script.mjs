/** The core as JavaScript, for hosts that compile no WebAssembly: wasm2js (Binaryen) translates a module instruction by instruction. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import * as esbuild from "esbuild";
import { runTool } from "../lib/command.mjs";
import { at } from "../lib/root.mjs";
import { secondsSince, talk } from "../lib/talk.mjs";

/** What is written, relative to the root. */
export const scriptFiles = ["dist/wasm/script.js", "dist/wasm/script.d.ts"];

/** From here on wasm2js makes an instance over a memory of its own and exports its functions. */
const ownInstance = "var memasmFunc =";

const types = `/** Made by scripts/build/wasm-script.mjs. */
export declare const profile: string;
export declare function open(pages: number): {
  readonly memory: WebAssembly.Memory;
  readonly exports: Record<string, (...args: number[]) => number>;
};
`;

/** Makes `open(pages)`, which gives the functions over a fresh memory, of what wasm2js wrote. */
function moduleOf(text) {
  const end = text.indexOf(ownInstance);
  // Two instances would share what lies outside of the function: the scratch of conversions, and the view that copying uses.
  const start = text.indexOf("function asmFunc(");
  if (end === -1 || start === -1) throw new Error("wasm2js writes another text than this script knows");
  return `export const profile = "script";
export function open(pages) {
${text.slice(0, end)}
  const memory = { buffer: new ArrayBuffer(pages * 65536) };
  return { memory, exports: asmFunc({ env: { memory } }) };
}
`;
}

/** Translates a built module and holds it to its budget. */
export async function writeScript(wasm, maxBytes) {
  const startedMs = performance.now();
  const raw = at("dist", "wasm", "script.raw.js");
  try {
    const { code, stderr } = await runTool(
      "binaryen",
      ["-O3", "--pedantic", "--enable-bulk-memory", at(wasm), "-o", raw],
      {
        command: "wasm2js",
        stdout: "collect",
        stderr: "collect",
      },
    );
    if (code !== 0) throw new Error(`wasm2js failed\n${stderr}`);
    const { code: small } = await esbuild.transform(moduleOf(readFileSync(raw, "utf8")), {
      format: "esm",
      minify: true,
      target: "es2022",
    });
    const bytes = Buffer.byteLength(small);
    if (bytes > maxBytes)
      throw new Error(`dist/wasm/script.js has ${bytes} bytes; hw-profiles/script/profile.json allows ${maxBytes}`);
    const file = at("dist", "wasm", "script.js");
    writeFileSync(`${file}.new`, small);
    renameSync(`${file}.new`, file);
    writeFileSync(at("dist", "wasm", "script.d.ts"), types);
    talk(`built dist/wasm/script.js: ${bytes} of ${maxBytes} bytes, ${secondsSince(startedMs)}`);
  } finally {
    rmSync(raw, { force: true });
  }
}
