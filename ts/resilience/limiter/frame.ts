/** Several snapshots as one run of bytes: the length of each as 32 bits, little-endian, and then the bytes of all. */

import { snapshotInvalid } from "../errors.js";

const wordBytes = 4;

/** Joins parts. */
export function frame(parts: readonly Uint8Array[]): Uint8Array {
  const headBytes = parts.length * wordBytes;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, headBytes));
  const head = new DataView(whole.buffer);
  let at = headBytes;
  for (const [index, part] of parts.entries()) {
    head.setUint32(index * wordBytes, part.length, true);
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Takes `count` parts apart; `SNAPSHOT_INVALID` where they do not fill the bytes exactly. */
export function unframe(whole: Uint8Array, count: number): readonly Uint8Array[] {
  const headBytes = count * wordBytes;
  const parts: Uint8Array[] = [];
  let at = headBytes;
  if (whole.length >= headBytes) {
    const head = new DataView(whole.buffer, whole.byteOffset, headBytes);
    for (let index = 0; index < count; index++) {
      const length = head.getUint32(index * wordBytes, true);
      parts.push(whole.subarray(at, at + length));
      at += length;
    }
  }
  if (at !== whole.length) throw snapshotInvalid(`these ${whole.length} bytes do not hold ${count} states`);
  return parts;
}
