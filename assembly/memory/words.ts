/** Copying and clearing in whole 64-bit words: `memory.copy` and `memory.fill` where the build has them, short loops elsewhere. */

/** Sets `bytes` (a multiple of 8) bytes to zero. */
// @ts-ignore: decorator
@inline
export function clearWords(to: usize, bytes: usize): void {
  if (ASC_FEATURE_BULK_MEMORY) memory.fill(to, 0, bytes);
  else for (let end = to + bytes; to < end; to += 8) store<i64>(to, 0);
}

/** Copies `bytes` (a multiple of 8) bytes between places that do not overlap. */
// @ts-ignore: decorator
@inline
export function copyWords(to: usize, from: usize, bytes: usize): void {
  if (ASC_FEATURE_BULK_MEMORY) memory.copy(to, from, bytes);
  else for (let at: usize = 0; at < bytes; at += 8) store<i64>(to + at, load<i64>(from + at));
}
