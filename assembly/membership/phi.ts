/**
 * The φ accrual failure detector (Hayashibara, Défago, Yared and Katayama, "The φ Accrual Failure Detector", SRDS 2004): not whether
 * a peer is dead but how sure of it one may be. φ = -log10 of the chance that a heartbeat still comes later than now, if the
 * distances between heartbeats are normally distributed as the last ones were. At φ = 8 one suspicion in 10^8 is wrong.
 *
 * As in Akka: the first heartbeat brings two samples with it, a guess and its quarter to both sides; a pause that is acceptable is added
 * to the mean; the deviation has a least value; and the distance to a heartbeat that came when the peer was taken for dead is not
 * a sample, because one long pause would make the detector blind for a window. Two things differ. Akka takes the variance from
 * the sum of squares, which for a steady peer is the difference of two large, almost equal numbers, and can fall below 0; here each heartbeat
 * adds the window up anew, distances as whole microseconds, so nothing gathers and the sums are exact. And φ does not become infinite or
 * NaN where a power of e leaves the range of doubles (see `phiOf`). Cassandra's φ is another: an exponential distribution, so the
 * mean alone counts, and a peer of strict habits is suspected no earlier than one of loose ones.
 *
 * Layout, after the common head:
 *
 *     8 threshold f64 | 16 least deviation f64 | 24 acceptable pause f64 | 32 first distance f64 | 40 window u32 | 44 unused ||
 *     48 clock i64 | 56 last reading i64 | 64 last heartbeat i64 | 72 mean f64 | 80 deviation f64 | 88 samples u32 | 92 next u32 |
 *     96 distances u32 × window
 *
 * All spans are microseconds. For one thread: a heartbeat moves six words together.
 */

import { exp } from "../math/exp";
import { log } from "../math/log";
import { monotonic } from "../math/monotonic";
import { writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";

/** "PHI" and the layout's version. */
const MAGIC: u32 = 0x01494850;
const CONFIGURATION_END: u32 = 48;
const THRESHOLD: usize = 8;
const LEAST_DEVIATION: usize = 16;
const PAUSE: usize = 24;
const FIRST: usize = 32;
const WINDOW: usize = 40;
const CLOCK: usize = 48;
const LAST: usize = 64;
const MEAN: usize = 72;
const DEVIATION: usize = 80;
const SAMPLES: usize = 88;
const NEXT: usize = 92;
const DISTANCES: usize = 96;

const WINDOW_MAX: u32 = 1 << 16;
/** The longest distance that is told from a longer one: 71 minutes, 2^32 - 1 microseconds. */
const DISTANCE_MAX: f64 = 4294967295.0;
const LN10: f64 = 2.302585092994046;

/** Bytes of a detector that remembers `window` distances; 0 where they are not 1 to 65,536. */
export function phiSize(window: u32): u32 {
  return window - 1 >= WINDOW_MAX ? 0 : (<u32>DISTANCES + window * 4 + 7) & ~7;
}

/**
 * Makes a detector that has heard of nobody. Returns 1 where a number is out of range: `window` 1 to 65,536, the threshold not
 * below 0, spans from 0 to 71 minutes.
 */
export function phiInit(at: usize, window: u32, threshold: f64, leastDeviation: f64, pause: f64, first: f64): i32 {
  const bytes = phiSize(window);
  // Both are NaN where one of the numbers is, and then neither comparison holds.
  const smallest = min(min(threshold, leastDeviation), min(pause, first));
  const longest = max(max(leastDeviation, pause), first);
  if (bytes == 0 || !(smallest >= 0 && longest <= DISTANCE_MAX)) return 1;
  clearWords(at, bytes);
  writeHead(at, MAGIC, bytes, CONFIGURATION_END);
  store<f64>(at, threshold, THRESHOLD);
  store<f64>(at, leastDeviation, LEAST_DEVIATION);
  store<f64>(at, pause, PAUSE);
  store<f64>(at, first, FIRST);
  store<u32>(at, window, WINDOW);
  return 0;
}

/**
 * φ after `elapsed`, for distances of that mean and deviation, all in one unit. The chance that a normal variable is larger is taken
 * as Akka takes it, 1 / (1 + e^x) with x = y (1.5976 + 0.070566 y²) and y the distance to the mean in deviations (Page, "Approximations
 * to the Cumulative Normal Function and its Inverse for Use on a Pocket Calculator", Applied Statistics 26, 1977); so
 * φ = log10(1 + e^x), which is added up from max(x, 0) and a rest that no power of e can overflow. What is no number counts as the mean.
 */
export function phiOf(elapsed: f64, mean: f64, deviation: f64): f64 {
  let y = (elapsed - mean) / deviation;
  if (!(y == y)) y = 0;
  const x = y * (1.5976 + 0.070566 * y * y);
  return (max(x, 0.0) + log(1.0 + exp(-abs(x)))) / LN10;
}

/** φ at an instant of the detector's own clock; 0 before the first heartbeat. */
function phiAt(at: usize, clock: i64): f64 {
  if (load<u32>(at, SAMPLES) == 0) return 0;
  const elapsed = <f64>(clock - load<i64>(at, LAST)) / 1024.0;
  const deviation = max(load<f64>(at, DEVIATION), load<f64>(at, LEAST_DEVIATION));
  return phiOf(elapsed, load<f64>(at, MEAN) + load<f64>(at, PAUSE), deviation);
}

/** How sure it is at `now` that the peer is dead. */
export function phiValue(at: usize, now: i64): f64 {
  return phiAt(at, monotonic(at + CLOCK, now));
}

/** Whether φ is below the threshold at `now`; a peer that was never heard of is not suspected. */
export function phiAvailable(at: usize, now: i64): i32 {
  return i32(phiValue(at, now) < load<f64>(at, THRESHOLD));
}

/** Puts a distance in the place of the oldest. */
function remember(at: usize, us: f64): void {
  const window = load<u32>(at, WINDOW);
  const next = load<u32>(at, NEXT);
  store<u32>(at + (<usize>next << 2), <u32>min(max(nearest(us), 0.0), DISTANCE_MAX), DISTANCES);
  store<u32>(at, next + 1 == window ? 0 : next + 1, NEXT);
  const samples = load<u32>(at, SAMPLES);
  if (samples < window) store<u32>(at, samples + 1, SAMPLES);
}

/** Mean and deviation of the window, in two passes. */
function summarize(at: usize): void {
  const samples = <f64>load<u32>(at, SAMPLES);
  const end = at + (<usize>load<u32>(at, SAMPLES) << 2);
  let sum: f64 = 0;
  for (let each = at; each < end; each += 4) sum += <f64>load<u32>(each, DISTANCES);
  const mean = sum / samples;
  let squares: f64 = 0;
  for (let each = at; each < end; each += 4) {
    const difference = <f64>load<u32>(each, DISTANCES) - mean;
    squares += difference * difference;
  }
  store<f64>(at, mean, MEAN);
  store<f64>(at, sqrt(squares / samples), DEVIATION);
}

/** Notes a heartbeat that arrived at `now`. */
export function phiHeartbeat(at: usize, now: i64): void {
  const clock = monotonic(at + CLOCK, now);
  if (load<u32>(at, SAMPLES) == 0) {
    const first = load<f64>(at, FIRST);
    remember(at, first - first / 4);
    remember(at, first + first / 4);
  } else if (phiAt(at, clock) < load<f64>(at, THRESHOLD)) {
    remember(at, <f64>(clock - load<i64>(at, LAST)) / 1024.0);
  }
  store<i64>(at, clock, LAST);
  summarize(at);
}

/** A reading: 0 the mean, 1 the deviation, in microseconds; 2 the number of distances that they are made of. */
export function phiRead(at: usize, what: u32): f64 {
  return what == 0 ? load<f64>(at, MEAN) : what == 1 ? load<f64>(at, DEVIATION) : <f64>load<u32>(at, SAMPLES);
}
