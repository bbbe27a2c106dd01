/** Contexts of dotted version vectors: plain data outside, rows of 16 bytes in the core's memory. */

import type { FullRuntime } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { whole } from "./options.js";

/** A version vector: of each server the number of its last write that is known. */
export type CausalContext = readonly (readonly [id: number, counter: number])[];

const rowBytes = 16;

/** Bytes of memory for a context of `rows` rows. */
export function contextBytes(rows: number): number {
  return Math.max(1, rows) * rowBytes;
}

/** A context in the order of its ids. Throws `INVALID_OPTION` for one that is none. */
export function sortedContext(context: CausalContext): CausalContext {
  const sorted = [...context].sort(([a], [b]) => a - b);
  for (const [index, [id, counter]] of sorted.entries()) {
    whole("context", id, 0, 2 ** 32 - 1);
    whole("context", counter, 0, Number.MAX_SAFE_INTEGER);
    if (sorted[index + 1]?.[0] === id) throw invalidOption("context", id, "give each id once");
  }
  return sorted;
}

/** Writes a sorted context to `at`. */
export function writeContext(runtime: FullRuntime, at: number, context: CausalContext): void {
  const view = new DataView(runtime.memory.buffer, at, contextBytes(context.length));
  for (const [index, [id, counter]] of context.entries()) {
    const row = index * rowBytes;
    view.setUint32(row, id, true);
    view.setUint32(row + 4, 0, true);
    view.setUint32(row + 8, counter % 2 ** 32, true);
    view.setUint32(row + 12, Math.floor(counter / 2 ** 32), true);
  }
}

/** Reads `rows` rows at `at`. */
export function readContext(runtime: FullRuntime, at: number, rows: number): CausalContext {
  const view = new DataView(runtime.memory.buffer, at, contextBytes(rows));
  return Array.from({ length: rows }, (_, index) => {
    const row = index * rowBytes;
    const counter = view.getUint32(row + 12, true) * 2 ** 32 + view.getUint32(row + 8, true);
    return [view.getUint32(row, true), counter] as const;
  });
}
