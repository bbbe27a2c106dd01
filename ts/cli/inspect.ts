/** `holdfast inspect`: reads a file with a snapshot of one of the core's structures. */

import { readFileSync } from "node:fs";
import type { AssemblyScriptLoader } from "../debug/index.js";
import { HoldfastError } from "../kernel/index.js";
import { readArguments, readNumber, usageError } from "./args.js";
import type { Command } from "./command.js";

const help = `Shows what a snapshot holds: kind, configuration and state, with names, units and values.

Usage: holdfast inspect FILE [options]

FILE holds the bytes that the snapshot() of a limiter, breaker, histogram, clock, … gave. Secrets of hashes are not shown.
This needs npm's @assemblyscript/loader: npm install @assemblyscript/loader@0.28

      --json        one JSON object on standard output
      --values N    read at most N values of each list (default 10,000)
  -h, --help        show this

Exit code: 0 read, 1 where the file holds no snapshot or a damaged one.
`;

/** The loader is no dependency: who never inspects does not install it. */
async function installedLoader(): Promise<AssemblyScriptLoader> {
  try {
    return await import("@assemblyscript/loader");
  } catch (cause) {
    throw new HoldfastError(
      "NOT_INSTALLED",
      "reading snapshots needs the package @assemblyscript/loader: npm install @assemblyscript/loader@0.28",
      { cause },
    );
  }
}

function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new HoldfastError("FILE_UNREADABLE", `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** The command `holdfast inspect`. */
export const inspect: Command = {
  name: "inspect",
  summary: "show what a snapshot of the core holds",

  async run(argv, io) {
    const { options, words } = readArguments(argv, {
      json: { type: "boolean" },
      values: { type: "string" },
      help: { type: "boolean", short: "h" },
    });
    if (options.help === true) {
      io.stdout.write(help);
      return 0;
    }
    const [file, ...others] = words;
    if (file === undefined || others.length > 0) throw usageError("holdfast inspect takes one file");
    const maxValues = readNumber(options.values, 10_000, { name: "values", min: 0, max: 2 ** 32 - 1, whole: true });
    const bytes = bytesOf(file);
    const { describe, inspector } = await import("../debug/index.js");
    const dump = inspector(await installedLoader()).dumpSnapshot(bytes, { maxValues });
    io.stdout.write(`${options.json === true ? JSON.stringify(dump) : describe(dump)}\n`);
    return dump.damaged === true || dump.then?.damaged === true ? 1 : 0;
  },
};
