/** Growth by a fixed factor, in whole numbers; a factor has 16 fraction bits. */

/** The factor 1. */
export const ONE: u32 = 1 << 16;

/** The smaller of `most` and `value` times `factor`, rounded down; it saturates before it multiplies. */
export function grow(value: i64, factor: u32, most: i64): i64 {
  if (value >> 16 > most / <i64>factor) return most;
  const next = (value >> 16) * factor + (((value & 0xffff) * factor) >> 16);
  return next < most ? next : most;
}
