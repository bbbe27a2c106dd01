/** What a limit algorithm has learnt, as the bytes of a snapshot: its numbers, little-endian. */

import { snapshotInvalid } from "../errors.js";
import type { LimitAlgorithm } from "./limit-algorithm.js";

export function saveLearnt(algorithm: LimitAlgorithm): Uint8Array {
  const numbers = algorithm.save();
  const view = new DataView(new ArrayBuffer(8 * numbers.length));
  numbers.forEach((number, index) => void view.setFloat64(8 * index, number, true));
  return new Uint8Array(view.buffer);
}

/** Gives back to an algorithm what {@link saveLearnt} took from one with the same options; `SNAPSHOT_INVALID` for anything else. */
export function loadLearnt(algorithm: LimitAlgorithm, bytes: Uint8Array): void {
  const count = algorithm.save().length;
  if (bytes.length !== 8 * count) {
    throw snapshotInvalid(`what was learnt takes ${8 * count} bytes, the snapshot has ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  algorithm.load(Array.from({ length: count }, (_, index) => view.getFloat64(8 * index, true)));
}
