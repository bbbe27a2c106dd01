/** A command's world made of strings. */

import { fileURLToPath } from "node:url";
import type { CommandIo } from "../../ts/cli/command.js";

export interface RecordedIo {
  readonly io: CommandIo;
  readonly out: () => string;
  readonly err: () => string;
}

export function recordedIo(env: Readonly<Record<string, string>> = {}, isTTY = false): RecordedIo {
  const out: string[] = [];
  const err: string[] = [];
  return {
    io: {
      stdout: { write: (text) => out.push(text), isTTY },
      stderr: { write: (text) => err.push(text), isTTY },
      env,
      entry: fileURLToPath(new URL("../../ts/cli/main.ts", import.meta.url)),
    },
    out: () => out.join(""),
    err: () => err.join(""),
  };
}
