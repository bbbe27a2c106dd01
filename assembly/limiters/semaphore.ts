/**
 * A counter of permits in use. Layout after the common head: 8 permits u32 | 12 in use u32.
 * Permits may be changed while some are in use; then nobody gets one until enough came back.
 */

import { cas32, load32, store32 } from "../memory/atomic";
import { writeHead } from "../memory/snapshot";

/** "SEM" and the layout's version. */
const MAGIC: u32 = 0x014d4553;
const BYTES: u32 = 16;

/** Bytes that a semaphore occupies. */
export function semaphoreSize(): u32 {
  return BYTES;
}

/** Makes a semaphore of `permits`, none of them in use. Returns 0. */
export function semaphoreInit(at: usize, permits: u32): i32 {
  writeHead(at, MAGIC, BYTES, 8);
  store<u32>(at, permits, 8);
  store<u32>(at, 0, 12);
  return 0;
}

/** Takes a permit: 1, or 0 where all are in use. */
export function semaphoreTryAcquire(at: usize): i32 {
  let used = load32(at + 12);
  while (used < load32(at + 8)) {
    const seen = cas32(at + 12, used, used + 1);
    if (seen == used) return 1;
    used = seen;
  }
  return 0;
}

/** Gives a permit back: 1, or 0 where none was in use, which is a mistake of the caller. */
export function semaphoreRelease(at: usize): i32 {
  let used = load32(at + 12);
  while (used != 0) {
    const seen = cas32(at + 12, used, used - 1);
    if (seen == used) return 1;
    used = seen;
  }
  return 0;
}

/** Permits in use. */
export function semaphoreInUse(at: usize): u32 {
  return load32(at + 12);
}

/** Changes the number of permits; those in use above it stay valid, and nobody gets one until enough came back. */
export function semaphoreResize(at: usize, permits: u32): void {
  store32(at + 8, permits);
}
