/**
 * The modules behind `#wasm`: package.json's import conditions choose one by the host, and each has the same face,
 * `profile` (a name) and `load()` (a compiled module, made on first use and kept).
 *
 * Hosts that may compile bytes get them inlined, so that no bundler needs a rule for .wasm files. Edge workers forbid
 * compiling at run time; they import the file and get a module that was compiled when the worker was deployed.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { at } from "../lib/root.mjs";

const inlined = (profile) => `// Made by scripts/build/wasm-sources.mjs from ${profile}.wasm.
const text = "${readFileSync(at("dist", "wasm", `${profile}.wasm`)).toString("base64")}";
let module;
export const profile = "${profile}";
export function load() {
  if (module === undefined) {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
    module = new WebAssembly.Module(bytes);
  }
  return module;
}
`;

const imported = (profile, query = "") => `// Made by scripts/build/wasm-sources.mjs.
import module from "./${profile}.wasm${query}";
export const profile = "${profile}";
export const load = () => module;
`;

const types = `/** Made by scripts/build/wasm-sources.mjs. */
export declare const profile: string;
export declare function load(): WebAssembly.Module;
`;

const sources = {
  node: () => inlined("server"),
  inline: () => inlined("browser"),
  workerd: () => imported("edge"),
  "edge-light": () => imported("edge", "?module"),
};

/** What {@link writeSources} writes, relative to the root. */
export const sourceFiles = () =>
  Object.keys(sources).flatMap((name) => [`dist/wasm/source.${name}.js`, `dist/wasm/source.${name}.d.ts`]);

/** Writes all source modules; the compiled profiles must be there. */
export function writeSources() {
  for (const [name, text] of Object.entries(sources)) {
    const file = at("dist", "wasm", `source.${name}.js`);
    writeFileSync(`${file}.new`, text());
    renameSync(`${file}.new`, file);
    writeFileSync(at("dist", "wasm", `source.${name}.d.ts`), types);
  }
}
