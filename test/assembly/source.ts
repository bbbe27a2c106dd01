/** Compiling a piece of the core by itself, with a profile's flags: for functions that no module exports. */

import { readFileSync } from "node:fs";
import asc from "assemblyscript/asc";

const root = new URL("../../", import.meta.url);

/** The exports of `source`, a text whose imports start at `assembly/`, compiled as `target` of asconfig.json says. */
export async function compiled(source: string, target: string): Promise<WebAssembly.Exports> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main(["assembly/entry.ts", "--target", target, "--outFile", "out.wasm"], {
    readFile(name, base) {
      if (name === "assembly/entry.ts") return source;
      try {
        return readFileSync(new URL(`${base ?? "."}/${name}`, root), "utf8");
      } catch {
        return null;
      }
    },
    writeFile(_, contents) {
      binary = contents as Uint8Array<ArrayBuffer>;
    },
    listFiles: () => null,
  });
  if (error !== null || binary === undefined) throw new Error(`${target}: ${error?.message}\n${stderr.toString()}`);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: target === "server" });
  const { instance } = await WebAssembly.instantiate(binary, { env: { memory } });
  return instance.exports;
}
