/** What the classes over a keyed table have in common: a memory that is large enough, and snapshots in pieces. */

import type { Address, CoreExports, Runtime, RuntimeOptions } from "../../bindings/index.js";
import { entropySeed } from "../kernel/index.js";

/** A table that takes more than this share of the default runtime's memory gets a runtime of its own. */
const ownRuntimeShare = 8;
/** A block may be up to half larger than what was asked for; the part that nobody touches takes no memory of the host. */
const blockRounding = 1.5;
/** What a runtime needs besides one large block: its own head, and room for snapshots in pieces. */
const runtimeExtraBytes = 131_072;

/** Bytes of an entry in a snapshot, and buckets that are saved at once. */
export const entryBytes = 16;
const bucketBytes = 64;
const bucketsAtOnce = 256;

/** Secret of a table's hash, from the host's entropy. */
export function entropyTableSeed(): readonly [number, number, number, number] {
  return [entropySeed(), entropySeed(), entropySeed(), entropySeed()];
}

/** The shared runtime, or one of the table's own size where it would take much of that. */
export function runtimeForTable<Exports extends CoreExports>(
  bytes: number,
  shared: Runtime<Exports>,
  create: (options: RuntimeOptions) => Runtime<Exports>,
): Runtime<Exports> {
  if (bytes <= shared.memory.buffer.byteLength / ownRuntimeShare) return shared;
  return create({ memoryBytes: bytes * blockRounding + runtimeExtraBytes });
}

/** Joins the head of a snapshot and the entries of all buckets; `save` writes those of some and returns their bytes. */
export function saveTable(
  runtime: Runtime,
  head: Uint8Array,
  buckets: number,
  save: (first: number, count: number, to: Address) => number,
): Uint8Array {
  const parts = [head];
  const block = runtime.allocate(bucketsAtOnce * bucketBytes);
  try {
    for (let first = 0; first < buckets; first += bucketsAtOnce) {
      const written = save(first, Math.min(bucketsAtOnce, buckets - first), block.at);
      parts.push(runtime.view(block.at, written).slice());
    }
  } finally {
    block.free();
  }
  return joined(parts);
}

/** Hands the entries of a snapshot to `load`, as many at once as a piece holds. */
export function loadTable(runtime: Runtime, entries: Uint8Array, load: (from: Address, count: number) => void): void {
  const pieceBytes = bucketsAtOnce * bucketBytes;
  const block = runtime.allocate(pieceBytes);
  try {
    for (let from = 0; from < entries.length; from += pieceBytes) {
      const piece = entries.subarray(from, from + pieceBytes);
      runtime.view(block.at, piece.length).set(piece);
      load(block.at, piece.length / entryBytes);
    }
  } finally {
    block.free();
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
