/** TypeScript to ES modules in dist/, by tsup; the declarations are a step of their own, since only a release needs them. */
import { readFileSync, writeFileSync } from "node:fs";
import { runTool } from "../lib/command.mjs";
import { at } from "../lib/root.mjs";
import { isFresh, setFresh } from "../lib/stamp.mjs";
import { secondsSince, talk } from "../lib/talk.mjs";
import { treeHash } from "../lib/tree-hash.mjs";

const versionOf = (name) => JSON.parse(readFileSync(at("node_modules", name, "package.json"), "utf8")).version;

const inputs = ["ts", "bindings", "tsup.config.ts", "package.json", "tsconfig.json", "scripts/build/javascript.mjs"];

/** Runs tsup and returns the files that it wrote, by the list that it prints for each format. */
async function bundle(declarations) {
  const { code, stdout, stderr } = await runTool("tsup", [], {
    env: { ...process.env, HOLDFAST_DECLARATIONS: declarations ? "1" : "", NO_COLOR: "1", FORCE_COLOR: undefined },
    stdout: "collect",
    stderr: "collect",
  });
  if (code !== 0) throw new Error(`tsup failed\n${stdout}${stderr}`);
  return [...stdout.matchAll(/^(?:ESM|DTS)\s+(dist\S+)\s+[\d.]+ [KMG]?B/gm)].map((match) =>
    match[1].replaceAll("\\", "/"),
  );
}

/**
 * Declarations that speak of `Disposable` name the library that declares it, so that a consumer whose `lib` ends with
 * ES2022 can compile against them; bundling drops such references from the sources.
 */
function nameDisposableLibrary(files) {
  for (const file of files.filter((name) => name.endsWith(".d.ts"))) {
    const text = readFileSync(at(file), "utf8");
    if (/\b(Async)?Disposable\b|Symbol\.(asyncD|d)ispose/.test(text)) {
      writeFileSync(
        at(file),
        `/// <reference lib="esnext.disposable" />\n${text.replace(/^\/\/\/ <reference lib="esnext.disposable" \/>\n/gm, "")}`,
      );
    }
  }
}

/** Builds the JavaScript, when stale. */
export async function buildJavaScript() {
  const hash = treeHash(inputs, [versionOf("tsup"), versionOf("esbuild")]);
  if (isFresh("javascript", hash)) return;
  const startedMs = performance.now();
  const outputs = await bundle(false);
  setFresh("javascript", hash, outputs);
  talk(`built ${outputs.length} modules in dist/, ${secondsSince(startedMs)}`);
}

/** Builds the declarations, when stale. */
export async function buildDeclarations() {
  const hash = treeHash(inputs, [versionOf("tsup"), versionOf("typescript")]);
  if (isFresh("declarations", hash)) return;
  const startedMs = performance.now();
  const outputs = await bundle(true);
  nameDisposableLibrary(outputs);
  setFresh("declarations", hash, outputs);
  talk(`built ${outputs.length} declaration files in dist/, ${secondsSince(startedMs)}`);
}
