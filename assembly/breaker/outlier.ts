/**
 * Which instances of a group do worse than their peers: Envoy's outlier detection (`outlier_detection.proto`), as one decision over
 * a table in memory. What Envoy does around it (sweeping every 10 s, counting consecutive failures, readmitting after a growing time) is
 * its caller's: a breaker an instance has all of that.
 *
 * Three measures: by success rate, whoever is below mean - factor * deviation is an outlier; by latency, whoever is above
 * mean + factor * deviation; by failure share, whoever reaches a fixed one. Instances with fewer than `minimumCalls` calls are not
 * looked at, and with fewer than `minimumHosts` others nobody is. Mean and deviation are over instances, not weighted by
 * their calls, and the deviation is the population's, as in Envoy. Where more are found than there is room for, the worst are kept.
 *
 * Whole numbers: with S the sum and Q the sum of squares of n values, n times the deviation is sqrt(n Q - S^2). Success rates are
 * millionths; latencies are first shifted until all fit 20 bits. With 4,096 instances n Q stays below 2^64.
 */

import { squareRoot } from "../math/root";
import { MILLION } from "./breaker";

const BY_SUCCESS_RATE: u32 = 0;
const BY_LATENCY: u32 = 1;
const BY_FAILURE_SHARE: u32 = 2;

const INSTANCES_MAX: u32 = 4096;
const FACTOR_MAX: u32 = 1000 * 1000;
/** The threshold where there is none: too few instances had enough calls. */
const NONE: u32 = 0xffffffff;
/** Latencies are kept below 2^20, so that the sums of their squares fit. */
const VALUE_BITS: u32 = 20;

/** Bytes of the answer for `count` instances: the threshold, then a bit an instance in words of 32; 0 where they are too many. */
export function outlierSize(count: u32): u32 {
  return count > INSTANCES_MAX ? 0 : 8 + (((count + 31) >> 5) << 2);
}

/** How many more instances may be ejected: `percent` of the group in all, but at least one. */
export function outlierRoom(count: u32, ejected: u32, percent: u32): u32 {
  const share = <u32>((<u64>count * (percent < 100 ? percent : 100)) / 100);
  const most = share != 0 ? share : count != 0 ? 1 : 0;
  return ejected < most ? most - ejected : 0;
}

/** What is compared: successes in millionths of the calls, the latency as it is, or failures in millionths. */
function valueOf(instance: usize, measure: u32): u32 {
  const given = load<u32>(instance, 4);
  // The largest number stands for no threshold, and is read as the one below it.
  if (measure == BY_LATENCY) return given < NONE ? given : NONE - 1;
  const calls = load<u32>(instance);
  const rate = given < calls ? <u32>((<u64>given * MILLION) / calls) : <u32>MILLION;
  return measure == BY_SUCCESS_RATE ? rate : <u32>MILLION - rate;
}

/** Bits to drop from the values so that the largest fits. */
function shiftOf(at: usize, end: usize, measure: u32, minimumCalls: u32): u32 {
  if (measure != BY_LATENCY) return 0;
  let all: u32 = 0;
  for (; at < end; at += 8) if (load<u32>(at) >= minimumCalls) all |= load<u32>(at, 4);
  const bits: u32 = 32 - <u32>clz(all);
  return bits > VALUE_BITS ? bits - VALUE_BITS : 0;
}

/** The first value that is still no outlier by success rate, or the last one by latency; `NONE` with too few instances. */
function thresholdOf(at: usize, end: usize, measure: u32, minimumCalls: u32, minimumHosts: u32, factor: u32): u32 {
  const shift = shiftOf(at, end, measure, minimumCalls);
  let hosts: u64 = 0;
  let sum: u64 = 0;
  let squares: u64 = 0;
  for (; at < end; at += 8) {
    if (load<u32>(at) < minimumCalls) continue;
    const value = <u64>(valueOf(at, measure) >> shift);
    hosts++;
    sum += value;
    squares += value * value;
  }
  if (hosts == 0 || hosts < <u64>minimumHosts) return NONE;
  if (measure == BY_FAILURE_SHARE) return factor;
  // The variance is never below 0: the sum of squares is at least the square of the sum over n.
  const distance = (squareRoot(hosts * squares - sum * sum) * factor) / 1000;
  if (measure == BY_SUCCESS_RATE) return distance < sum ? <u32>((sum - distance + hosts - 1) / hosts) : 0;
  const most = ((((sum + distance) / hosts) + 1) << shift) - 1;
  return most < <u64>NONE ? <u32>most : NONE - 1;
}

/** How bad a value is, or 0 where it is no outlier. */
function excess(value: u32, measure: u32, threshold: u32): u32 {
  if (measure == BY_SUCCESS_RATE) return value < threshold ? threshold - value : 0;
  if (measure == BY_LATENCY) return value > threshold ? value - threshold : 0;
  return value >= threshold ? value - threshold + 1 : 0;
}

/** Leaves the worst `room` of the marked instances marked; of equals, the first. */
function keepWorst(at: usize, count: u32, measure: u32, threshold: u32, bits: usize, found: u32, room: u32): void {
  for (; found > room; found--) {
    let least: u32 = NONE;
    let spared: u32 = 0;
    for (let index: u32 = 0; index < count; index++) {
      const word = bits + ((index >> 5) << 2);
      if ((load<u32>(word) & (1 << (index & 31))) == 0) continue;
      const value = excess(valueOf(at + (<usize>index << 3), measure), measure, threshold);
      if (value <= least) {
        least = value;
        spared = index;
      }
    }
    const word = bits + ((spared >> 5) << 2);
    store<u32>(word, load<u32>(word) & ~(1 << (spared & 31)));
  }
}

/**
 * Looks for outliers among the `count` instances at `at`, 8 bytes each: calls u32, then successes u32 or, by latency, what an average
 * call took u32, in any unit. `measure` is 0 success rate, 1 latency, 2 failure share; `factor` is thousandths of the deviation, up
 * to a thousand of them, or for a failure share millionths from 1. Writes to `out`: the threshold u32 (all ones where there is none), the
 * outliers found u32, and a bit an instance, set for at most `room` of them. Returns how many are set, or -1 where a number is out of range.
 */
export function outlierFind(
  at: usize, count: u32, measure: u32, minimumCalls: u32, minimumHosts: u32, factor: u32, room: u32, out: usize,
): i32 {
  if (count > INSTANCES_MAX || measure > BY_FAILURE_SHARE || minimumCalls == 0 || factor > FACTOR_MAX) return -1;
  if (measure == BY_FAILURE_SHARE && factor == 0) return -1;
  const end = at + (<usize>count << 3);
  const threshold = thresholdOf(at, end, measure, minimumCalls, minimumHosts, factor);
  const bits = out + 8;
  for (let word = bits; word < out + outlierSize(count); word += 4) store<u32>(word, 0);
  let found: u32 = 0;
  if (threshold != NONE) {
    for (let index: u32 = 0; index < count; index++) {
      const instance = at + (<usize>index << 3);
      if (load<u32>(instance) < minimumCalls || excess(valueOf(instance, measure), measure, threshold) == 0) continue;
      const word = bits + ((index >> 5) << 2);
      store<u32>(word, load<u32>(word) | (1 << (index & 31)));
      found++;
    }
    if (found > room) keepWorst(at, count, measure, threshold, bits, found, room);
  }
  store<u32>(out, threshold);
  store<u32>(out, found, 4);
  return <i32>(found < room ? found : room);
}
