/**
 * How well the own node keeps up, Lifeguard's local health multiplier (Dadgar, Phillips and Currey, DSN-W 2018, §IV-A; in memberlist the
 * "awareness"): a node that misses what it should have answered is more likely slow itself than surrounded by the dead, so it waits longer
 * before it suspects anybody. One word, moved by a compare-and-swap: a node has several probes in flight. Layout, after the common head:
 *
 *     8 most u32 | 12 unused || 16 score u32 | 20 unused
 */

import { cas32, load32 } from "../memory/atomic";
import { writeHead } from "../memory/snapshot";

/** "LHM" and the layout's version. */
const MAGIC: u32 = 0x014d484c;
const BYTES: u32 = 24;
const CONFIGURATION_END: u32 = 16;
const MOST: usize = 8;
const SCORE: usize = 16;

const MOST_MAX: u32 = 1 << 16;

/** Bytes that one occupies. */
export function healthSize(): u32 {
  return BYTES;
}

/** Makes a healthy one whose score is at most `most`. Returns 1 where that is above 65,536. */
export function healthInit(at: usize, most: u32): i32 {
  if (most > MOST_MAX) return 1;
  writeHead(at, MAGIC, BYTES, CONFIGURATION_END);
  store<u64>(at, most, MOST);
  store<u64>(at, 0, SCORE);
  return 0;
}

/** Adds to the score, 0 (healthy) to the most, and returns it. */
export function healthNote(at: usize, change: i32): u32 {
  let seen = load32(at + SCORE);
  while (true) {
    // In 64 bits, where a sum of two numbers of 32 cannot overflow.
    const score = <u32>min<i64>(max<i64>(<i64>seen + change, 0), load<u32>(at, MOST));
    const held = cas32(at + SCORE, seen, score);
    if (held == seen) return score;
    seen = held;
  }
}

/** The score. */
export function healthScore(at: usize): u32 {
  return load32(at + SCORE);
}
