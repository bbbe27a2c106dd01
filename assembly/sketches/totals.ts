/**
 * What every sketch of real numbers keeps beside its buckets, right behind its configuration:
 *
 *     0 count f64 | 8 sum f64 | 16 smallest f64 | 24 largest f64
 *
 * Counts are floats: exact below 2^53, and they can neither wrap nor trap above. The sum stops at the largest double
 * instead of becoming infinite; it is the one figure that depends, in its last places, on the order of recording.
 */

import { configurationEnd } from "../memory/snapshot";

const COUNT: usize = 0;
const SUM: usize = 8;
const MIN: usize = 16;
const MAX: usize = 24;
/** Bytes of the totals. */
export const TOTALS_BYTES: u32 = 32;

/** Whether a value can be recorded: NaN and the infinities are in no sketch. */
// @ts-ignore: decorator
@inline
export function recordable(value: f64): bool {
  return value - value == 0;
}

/** Forgets all. `at` is where the totals are. */
export function totalsReset(at: usize): void {
  store<f64>(at, 0, COUNT);
  store<f64>(at, 0, SUM);
  store<f64>(at, Infinity, MIN);
  store<f64>(at, -Infinity, MAX);
}

// @ts-ignore: decorator
@inline
function add(at: usize, count: f64, sum: f64, smallest: f64, largest: f64): void {
  store<f64>(at, load<f64>(at, COUNT) + count, COUNT);
  store<f64>(at, max(min(load<f64>(at, SUM) + sum, f64.MAX_VALUE), -f64.MAX_VALUE), SUM);
  store<f64>(at, min(load<f64>(at, MIN), smallest), MIN);
  store<f64>(at, max(load<f64>(at, MAX), largest), MAX);
}

/** Counts one value. */
// @ts-ignore: decorator
@inline
export function totalsAdd(at: usize, value: f64): void {
  add(at, 1, value, value, value);
}

/** Adds the totals at `other`. */
export function totalsMerge(at: usize, other: usize): void {
  add(at, load<f64>(other, COUNT), load<f64>(other, SUM), load<f64>(other, MIN), load<f64>(other, MAX));
}

/** A reading of the sketch at `at`: 0 count, 1 sum, 2 smallest, 3 largest; the last two are NaN where nothing is recorded. */
export function sketchRead(at: usize, what: u32): f64 {
  at += configurationEnd(at);
  return what > 1 && load<f64>(at, COUNT) == 0 ? NaN : load<f64>(at + (what << 3));
}

/**
 * The rank of a share `q` of `count` values, from 1, the smallest, to `count`: ceil(q * count). The product is rounded to the
 * nearest float; without the allowance 0.07 of 100 values would have rank 8.
 */
export function rankOf(q: f64, count: f64): f64 {
  const rank = ceil(q * count - 0.000001);
  return rank >= 1 ? min(rank, count) : 1;
}

/** An estimate, brought into the range of what was recorded. `at` is where the totals are. */
export function withinRange(at: usize, value: f64): f64 {
  return max(min(value, load<f64>(at, MAX)), load<f64>(at, MIN));
}
