/** The numbers of structures where they lie, found by the magic words of `assembly/`: for views, which need no class. */

import type { Address } from "./exports/base.js";

/** Numbers, and how they are arranged: dimensions, and for each of them how many numbers on its next one is. */
export interface Cells {
  readonly data: Uint8Array | Uint16Array | Uint32Array | BigInt64Array;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** Cells one after another. */
const rowOf = (data: Cells["data"]): Cells => ({ data, shape: [data.length], stride: [1] });

/** A slice of a breaker's time is four numbers, of which three are told. */
const sliceNumbers = 4;
const sliceColumns = 3;

const budgetSlices = 10;

const countKind = 1;
const timeKind = 2;

/** The ring of a breaker's window: of calls a byte for each, of time a row for each slice, of consecutive failures nothing. */
function ringOf(buffer: ArrayBufferLike, at: Address): Cells {
  const [kind, size] = new Uint32Array(buffer, at + 8, 2) as unknown as readonly [number, number];
  const ring = at + 192;
  if (kind !== timeKind) return rowOf(new Uint8Array(buffer, ring, kind === countKind ? size : 0));
  const data = new Uint32Array(buffer, ring, size * sliceNumbers);
  return { data, shape: [size, sliceColumns], stride: [sliceNumbers, 1] };
}

/** A number of the configuration. */
const configured = (buffer: ArrayBufferLike, at: Address): number => new Uint32Array(buffer, at, 1)[0]!;

/** By the letters of the magic word; the places are those of the files of `assembly/` that are named. */
const finders: Readonly<Record<string, (buffer: ArrayBufferLike, at: Address) => Cells>> = {
  // retry/budget.ts: balances of the slices of its time to live.
  BDG: (buffer, at) => rowOf(new BigInt64Array(buffer, at + 80, budgetSlices)),
  // breaker/breaker.ts
  BRK: ringOf,
  // sketches/histogram.ts: counts of the buckets.
  HST: (buffer, at) => rowOf(new Uint32Array(buffer, at + 56, configured(buffer, at + 12))),
  // hashing/maglev.ts: the table.
  MAG: (buffer, at) => rowOf(new Uint16Array(buffer, at + 16, configured(buffer, at + 8))),
};

/** The cells of the structure at `at`; undefined where it is none that has any. */
export function cellsAt(buffer: ArrayBufferLike, at: Address): Cells | undefined {
  const kind = String.fromCharCode(...new Uint8Array(buffer, at, 3));
  return finders[kind]?.(buffer, at);
}
