/**
 * Configuration that may be changed while other threads use it: read by an atomic load where it may, by a plain one elsewhere. It may in
 * modules with threads that have `faces/gcra-live.ts`; the base module, which threads cannot share, pays nothing for it.
 */

import { load32, load64 } from "./atomic";

/** Whether limiters may be given another rate while other threads use them. */
export const LIVE: bool = ASC_FEATURE_THREADS && isDefined(THREADS_SHARE_LIMITERS);

/** Reads 64 bits of a configuration. */
// @ts-ignore: decorator
@inline
export function configured64(address: usize): i64 {
  return LIVE ? load64(address) : load<i64>(address);
}

/** Reads 32 bits of a configuration. */
// @ts-ignore: decorator
@inline
export function configured32(address: usize): u32 {
  return LIVE ? load32(address) : load<u32>(address);
}
