/**
 * A time-decayed mean, deviation and rate of values that come at any times: a value counts half as much after each half-life.
 *
 * By forward decay (Cormode, Shkapenyuk, Srivastava and Xu, "Forward Decay: A Practical Time Decay Model for Streaming Systems",
 * ICDE 2009): instead of shrinking what is there at each value, a value's weight GROWS with its time, 2^((t - landmark) / half-life),
 * and when a half-life has passed the landmark moves on and all sums are halved, which is exact. So nothing accumulates
 * rounding errors of decays, values of the same instant count alike (the textbook average gives the second of them no weight), and the
 * mean is right from the first value on. Mean and squares are updated as West did (Communications of the ACM 22:9, 1979).
 *
 * Two of them merge as Chan, Golub and LeVeque add variances (COMPSTAT 1982): the result is that of one over all values, to
 * rounding. Not shared by threads: one value moves three words, and a mean cannot be packed into one. Threads keep one each and
 * merge, which loses nothing.
 *
 * Layout, after the common head:
 *
 *     8 half-life i64 || 16 clock i64 | 24 last reading i64 | 32 landmark i64 | 40 weight f64 | 48 mean f64 | 56 squares f64
 */

import { exp, powerOfTwo } from "../math/exp";
import { monotonic } from "../math/monotonic";
import { LOADED, compare, writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";

/** "EWM" and the layout's version. */
const MAGIC: u32 = 0x014d5745;
const BYTES: u32 = 64;
const CONFIGURATION_END: u32 = 16;
const HALF_LIFE: usize = 8;
const CLOCK: usize = 16;
const LANDMARK: usize = 32;
const WEIGHT: usize = 40;
const MEAN: usize = 48;
const SQUARES: usize = 56;

/** The longest half-life: 407 days in ticks. */
const HALF_LIFE_MAX: u64 = 1 << 55;
const LN2: f64 = 0.6931471805599453;
/** Values beyond this, 2^500, count as this, so that squares stay numbers. */
const VALUE_MOST: f64 = 3.273390607896142e150;

/** Bytes that one occupies. */
export function ewmaSize(): u32 {
  return BYTES;
}

/** Makes an empty one. Returns 0, or 1 where the half-life is 0 or above 407 days. */
export function ewmaInit(at: usize, halfLife: i64): i32 {
  if (<u64>(halfLife - 1) >= HALF_LIFE_MAX) return 1;
  clearWords(at, BYTES);
  writeHead(at, MAGIC, BYTES, CONFIGURATION_END);
  store<i64>(at, halfLife, HALF_LIFE);
  return 0;
}

/** Half-lives since the landmark, at the instant `clock`. */
// @ts-ignore: decorator
@inline
function age(at: usize, clock: i64): f64 {
  return <f64>(clock - load<i64>(at, LANDMARK)) / <f64>load<i64>(at, HALF_LIFE);
}

/** Moves the landmark on by whole half-lives, to less than one before `clock`. */
function moveLandmark(at: usize, clock: i64): void {
  const halfLife = load<i64>(at, HALF_LIFE);
  const landmark = load<i64>(at, LANDMARK);
  if (clock - landmark < halfLife) return;
  const passed = (clock - landmark) / halfLife;
  store<i64>(at, landmark + passed * halfLife, LANDMARK);
  // After a thousand half-lives nothing is left that a double could tell from 0.
  const factor = passed > 1000 ? 0.0 : powerOfTwo(-(<i32>passed));
  store<f64>(at, load<f64>(at, WEIGHT) * factor, WEIGHT);
  store<f64>(at, load<f64>(at, SQUARES) * factor, SQUARES);
}

/** Adds values of total `weight`, with that mean and sum of squared deviations. */
function add(at: usize, weight: f64, mean: f64, squares: f64): void {
  const before = load<f64>(at, WEIGHT);
  const sum = before + weight;
  if (!(sum > 0)) return;
  const old = load<f64>(at, MEAN);
  const difference = mean - old;
  const step = before == 0 ? difference : (difference * weight) / sum;
  store<f64>(at, sum, WEIGHT);
  store<f64>(at, before == 0 ? mean : old + step, MEAN);
  store<f64>(at, load<f64>(at, SQUARES) + squares + before * (difference * step), SQUARES);
}

/** Records a value at `now`; NaN is not recorded. */
export function ewmaRecord(at: usize, value: f64, now: i64): void {
  if (!(value == value)) return;
  value = min(max(value, -VALUE_MOST), VALUE_MOST);
  const clock = monotonic(at + CLOCK, now);
  moveLandmark(at, clock);
  add(at, exp(age(at, clock) * LN2), value, 0);
}

/** Adds everything recorded in `other`, one of the same half-life over the same clock. Returns 0, or how they differ. */
export function ewmaMerge(at: usize, other: usize, now: i64): i32 {
  const status = compare(at, other);
  if (status != LOADED) return status;
  const clock = monotonic(at + CLOCK, now);
  moveLandmark(at, clock);
  const others = monotonic(other + CLOCK, now);
  moveLandmark(other, others);
  // Both have landmarks of their own: what is in `other` is weighed as of this landmark.
  const factor = exp((age(at, clock) - age(other, others)) * LN2);
  add(at, load<f64>(other, WEIGHT) * factor, load<f64>(other, MEAN), load<f64>(other, SQUARES) * factor);
  return LOADED;
}

/**
 * A reading at `now`: 0 the mean, 1 the variance, 2 the weight: how many values there are, those of a half-life ago
 * counted as halves. 0 where nothing was recorded.
 */
export function ewmaRead(at: usize, what: u32, now: i64): f64 {
  const weight = load<f64>(at, WEIGHT);
  if (what == 0) return load<f64>(at, MEAN);
  if (what == 1) return weight > 0 ? load<f64>(at, SQUARES) / weight : 0;
  return weight * exp(-age(at, monotonic(at + CLOCK, now)) * LN2);
}
