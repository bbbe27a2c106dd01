/**
 * How many attempts a call may make, given how attempts fared of late.
 *
 * If a share q of attempts fails, a call that makes up to n attempts sends 1 + q + q^2 + … + q^(n-1) of them on average:
 * the factor by which retries multiply the load (Google, "Site Reliability Engineering", 2016, chapters 21 and 22). The
 * limit is the largest n that keeps this factor at or below what was configured. With a factor of 1.2 everybody may
 * retry as often as they like while a tenth of the attempts fails, twice at a fifth (1 + 1/5), and never beyond that. An
 * outage makes attempts fail together, which the sum does not know; but it also drives q up, and the limit down.
 *
 * q is a moving average: each result moves it by 1/n of the difference, where n is the number of results so far, up to
 * the window. So the first results count as their plain average, and later ones are forgotten exponentially. No clock:
 * first attempts are always sent, and what they tell is what lets the limit rise again.
 *
 * Layout after the common head: 8 most u32 | 12 window u32 | 16 factor u32 (2^-16) | 20 unused || 24 word i64: the share in
 * its low half, with 30 fraction bits, and the results so far in its high half. One word, one compare-and-swap.
 */

import { ONE } from "../math/growth";
import { cas64, load64 } from "../memory/atomic";
import { writeHead } from "../memory/snapshot";

/** "ATL" and the layout's version. */
const MAGIC: u32 = 0x014c5441;
const BYTES: u32 = 32;
const CONFIGURATION_END: u32 = 24;
const MOST: usize = 8;
const WINDOW: usize = 12;
const FACTOR: usize = 16;
const WORD: usize = 24;

const MOST_ATTEMPTS: u32 = 64;
/** Beyond this, a division by the window would lose steps of the average that still count. */
const WINDOW_MAX: u32 = 4096;
const FRACTION: u32 = 30;
const ALL: i64 = 1 << FRACTION;

/** Bytes that an attempt limit occupies. */
export function attemptLimitSize(): u32 {
  return BYTES;
}

/**
 * Makes a limit without results. `most` is the number of attempts that no call exceeds, 1 to 64; `window` the results that
 * the average remembers, 1 to 4,096; `factor` that of the load, 1 to 256 with 16 fraction bits. Returns 0, or 1 where they are not.
 */
export function attemptLimitInit(at: usize, most: u32, window: u32, factor: u32): i32 {
  if (most - 1 >= MOST_ATTEMPTS || window - 1 >= WINDOW_MAX || factor - ONE > (ONE << 8) - ONE) return 1;
  writeHead(at, MAGIC, BYTES, CONFIGURATION_END);
  store<u32>(at, most, MOST);
  store<u32>(at, window, WINDOW);
  store<u64>(at, factor, FACTOR);
  store<i64>(at, 0, WORD);
  return 0;
}

/** Counts the result of an attempt, 0 good and 1 failed. */
export function attemptLimitRecord(at: usize, failed: u32): void {
  const window = <i64>load<u32>(at, WINDOW);
  const target = failed != 0 ? ALL : 0;
  let seen = load64(at + WORD);
  while (true) {
    const share = seen & 0xffffffff;
    const count = seen >> 32 < window ? (seen >> 32) + 1 : window;
    const held = cas64(at + WORD, seen, (count << 32) | (share + (target - share) / count));
    if (held == seen) return;
    seen = held;
  }
}

/** The share of failed attempts, with 30 fraction bits. */
export function attemptLimitFailureShare(at: usize): u32 {
  return <u32>load64(at + WORD);
}

/** Attempts that a call may make in all, from 1. */
export function attemptLimitAllowed(at: usize): u32 {
  const share = load64(at + WORD) & 0xffffffff;
  const most = load<u32>(at, MOST);
  // What is left of the factor of load, after the first attempt.
  let left = <i64>(load<u32>(at, FACTOR) - ONE) << (FRACTION - 16);
  let attempts: u32 = 1;
  let reached = share;
  while (attempts < most && reached <= left) {
    left -= reached;
    reached = (reached * share) >> FRACTION;
    attempts++;
  }
  return attempts;
}
