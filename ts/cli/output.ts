/** Colour on a terminal, and only where it is wanted. */

import { stripVTControlCharacters } from "node:util";
import type { TextStream } from "./command.js";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether a stream gets colour. A wish in the environment beats what the stream looks like: `NO_COLOR` (any value,
 * https://no-color.org) first, then `FORCE_COLOR` (`0` and `false` mean no); else a terminal that is not `dumb`.
 */
export function wantsColour(stream: TextStream, env: Environment): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const force = env["FORCE_COLOR"];
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

/** Whether the cursor may be moved about: only on a real terminal, whatever is wished about colour. */
export function canRedraw(stream: TextStream, env: Environment): boolean {
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

export type Style = "bold" | "dim" | "red" | "yellow" | "cyan";

/** Dresses a text. */
export type Paint = (style: Style, text: string) => string;

// SGR codes: on, and the one that ends exactly it, so that styles nest.
const codes: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** A painter that paints, or one that leaves texts alone. */
export function painter(colour: boolean): Paint {
  if (!colour) return (_, text) => text;
  return (style, text) => `\u001b[${codes[style][0]}m${text}\u001b[${codes[style][1]}m`;
}

/** A table with columns aligned; cells may be styled. `right` lists the columns of numbers. */
export function table(rows: readonly (readonly string[])[], right: readonly number[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, stripVTControlCharacters(cell).length);
    });
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const gap = " ".repeat(widths[column]! - stripVTControlCharacters(cell).length);
        return right.includes(column) ? gap + cell : cell + gap;
      })
      .join("  ")
      .trimEnd(),
  );
}
