/** The core's sources compiled with a mistake in them, in this process: with the server build's flags, from the files that matter. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import type { Mutant } from "./explorer.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The module of these sources, with the mistake; throws where its text does not stand in its file as often as it says. */
export async function compile(entries: readonly string[], mutant: Mutant): Promise<Uint8Array<ArrayBuffer>> {
  const source = readFileSync(join(root, mutant.file), "utf8");
  const { search, times = 1 } = mutant;
  const count = source.split(search).length - 1;
  if (count !== times)
    throw new Error(`${JSON.stringify(search)} stands ${count} times in ${mutant.file}, not ${times}`);
  let built: Uint8Array<ArrayBuffer> | undefined;
  const flags = ["--target", "server", "--outFile", "mutant.wasm", "--baseDir", root];
  const { error, stderr } = await asc.main([...entries, ...flags], {
    readFile: (name: string, base: string) => {
      if (name === mutant.file) return source.replaceAll(search, () => mutant.replace);
      try {
        return readFileSync(join(base, name), "utf8");
      } catch {
        return null;
      }
    },
    writeFile: (_: string, data: Uint8Array | string) => {
      if (typeof data !== "string") built = Uint8Array.from(data);
    },
    listFiles: () => [],
  });
  if (error !== null || built === undefined) throw new Error(`the mutant does not compile\n${stderr.toString()}`);
  return built;
}
