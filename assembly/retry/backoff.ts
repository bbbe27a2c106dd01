/**
 * How long to wait before the next attempt. Layout after the common head:
 *
 *     8 kind u32 | 12 jitter u32 | 16 base i64 | 24 most i64 | 32 factor u32 | 36 unused || 40 random state, 16 bytes
 *
 * Jitter after Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): full draws from [0, d], equal
 * from [d/2, d], decorrelated from [base, 3 * previous] cut to `most`. Everything saturates before it multiplies, so any
 * attempt number is fine.
 */

import { grow, ONE } from "../math/growth";
import { randomSeed, randomUpTo } from "../math/random";
import { writeHead } from "../memory/snapshot";

/** "BKF" and the layout's version. */
const MAGIC: u32 = 0x01464b42;
const BYTES: u32 = 56;
const CONFIGURATION_END: u32 = 40;
const RANDOM: usize = 40;

const CONSTANT: u32 = 0;
const LINEAR: u32 = 1;
const EXPONENTIAL: u32 = 2;
const FIBONACCI: u32 = 3;

const FULL: u32 = 1;
const EQUAL: u32 = 2;
const DECORRELATED: u32 = 3;

/** The longest delay: 407 days in ticks. */
const MOST: u64 = 1 << 55;

/** Bytes that a backoff occupies. */
export function backoffSize(): u32 {
  return BYTES;
}

/**
 * Kinds: 0 constant, 1 linear, 2 exponential, 3 fibonacci. Jitter: 0 none, 1 full, 2 equal, 3 decorrelated. `factor` has
 * 16 fraction bits. Returns 0, or 1 where a number is out of range: base and most 0 to 2^55 ticks, base not above most,
 * factor 1 to 256.
 */
export function backoffInit(at: usize, kind: u32, jitter: u32, base: i64, most: i64, factor: u32, seed: u32): i32 {
  if (kind > FIBONACCI || jitter > DECORRELATED || <u64>base > <u64>most || <u64>most > MOST) return 1;
  if (factor - ONE > (ONE << 8) - ONE) return 1;
  writeHead(at, MAGIC, BYTES, CONFIGURATION_END);
  store<u32>(at, kind, 8);
  store<u32>(at, jitter, 12);
  store<i64>(at, base, 16);
  store<i64>(at, most, 24);
  store<u64>(at, factor, 32);
  randomSeed(at + RANDOM, seed);
  return 0;
}

/** The delay before jitter. */
function planned(at: usize, attempt: u32): i64 {
  const kind = load<u32>(at, 8);
  const most = load<i64>(at, 24);
  let delay = load<i64>(at, 16);
  if (kind == CONSTANT || delay == 0) return delay;
  if (kind == LINEAR) return <i64>attempt > most / delay ? most : delay * attempt;
  if (kind == EXPONENTIAL) {
    const factor = load<u32>(at, 32);
    while (--attempt != 0) {
      const next = grow(delay, factor, most);
      // Once a step changes nothing, none will: the delay reached `most`, the factor is 1, or it is too small to round up.
      if (next == delay) return delay;
      delay = next;
    }
    return delay;
  }
  let before: i64 = 0;
  while (--attempt != 0 && delay < most) {
    const next = delay + before;
    before = delay;
    delay = next;
  }
  return delay < most ? delay : most;
}

/**
 * Ticks to wait after attempt number `attempt` (from 1; 0 counts as 1). `previous` is the last delay, which decorrelated
 * jitter starts from; where it is below the base (as before the first retry) the base takes its place.
 */
export function backoffNext(at: usize, attempt: u32, previous: i64): i64 {
  const jitter = load<u32>(at, 12);
  const random = at + RANDOM;
  if (jitter == DECORRELATED) {
    const base = load<i64>(at, 16);
    const most = load<i64>(at, 24);
    const from = previous > most ? most : previous > base ? previous : base;
    const delay = base + randomUpTo(random, 3 * from - base);
    return delay < most ? delay : most;
  }
  const delay = planned(at, attempt == 0 ? 1 : attempt);
  if (jitter == FULL) return randomUpTo(random, delay);
  if (jitter == EQUAL) return delay - randomUpTo(random, delay >> 1);
  return delay;
}
