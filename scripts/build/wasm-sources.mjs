/**
 * The modules behind `#wasm` (the base) and `#wasm-full`: package.json's import conditions choose one by the host, and each
 * has the same face, `profile` (a name) and `load()` (a compiled module, made on first use and kept).
 *
 * Hosts that may compile bytes get them inlined, so that no bundler needs a rule for .wasm files. Edge workers forbid
 * compiling at run time; they import the file and get a module that was compiled when the worker was deployed.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { at } from "../lib/root.mjs";

const inlined = (profile, file) => `// Made by scripts/build/wasm-sources.mjs from ${file}.
const text = "${readFileSync(at("dist", "wasm", file)).toString("base64")}";
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

const imported = (profile, file) => `// Made by scripts/build/wasm-sources.mjs.
import module from "./${file}";
export const profile = "${profile}";
export const load = () => module;
`;

const types = `/** Made by scripts/build/wasm-sources.mjs. */
export declare const profile: string;
export declare function load(): WebAssembly.Module;
`;

/** For each import condition the module's text; `suffix` is what the file's name has before `.wasm`. */
const conditions = {
  node: (suffix) => inlined("server", `server${suffix}.wasm`),
  inline: (suffix) => inlined("browser", `browser${suffix}.wasm`),
  workerd: (suffix) => imported("edge", `edge${suffix}.wasm`),
  "edge-light": (suffix) => imported("edge", `edge${suffix}.wasm?module`),
};

const sources = Object.entries(conditions).flatMap(([condition, textOf]) => [
  { name: `source.${condition}`, text: () => textOf(".base") },
  { name: `source.full.${condition}`, text: () => textOf("") },
]);

/** What {@link writeSources} writes, relative to the root. */
export const sourceFiles = () => sources.flatMap(({ name }) => [`dist/wasm/${name}.js`, `dist/wasm/${name}.d.ts`]);

/** Writes all source modules; the compiled profiles must be there. */
export function writeSources() {
  for (const { name, text } of sources) {
    const file = at("dist", "wasm", `${name}.js`);
    writeFileSync(`${file}.new`, text());
    renameSync(`${file}.new`, file);
    writeFileSync(at("dist", "wasm", `${name}.d.ts`), types);
  }
}
