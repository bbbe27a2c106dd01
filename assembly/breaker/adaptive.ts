/**
 * A breaker whose failure rate is learnt: it opens where the window's rate rises well above what is usual for this service,
 * long before a fixed threshold that fits every service would.
 *
 * While it is closed, every `sample` results make one rate. Mean m and variance v of these rates are exponentially weighted (Finch,
 * "Incremental calculation of weighted mean and variance", 2009, section 9): with d = rate - m, m += d/n and
 * v = (1 - 1/n) (v + d^2/n), where n is the number of rates so far, up to `memory`; so the first ones count as their plain average.
 * Once `memory` of them are known, the breaker's threshold is m + k sqrt(v), rounded up, but at least `floor` and at most `ceiling`.
 * Until then it is the ceiling.
 *
 * A rate above the threshold is learnt as the threshold, so that a fault which grows slowly moves the baseline slowly, and
 * the sample in which the state changed is not learnt at all. Without a time: what happens between calls changes nothing.
 *
 * Layout; shares have 30 fraction bits, what is configured is millionths:
 *
 *     0 common head | 8 sample u32 | 12 memory u32 | 16 factor u32 (thousandths) | 20 floor u32 | 24 ceiling u32 | 28 unused ||
 *     32 mean i64 | 40 variance i64 (60 fraction bits) | 48 rates u32 | 52 generation of the sample u32 | 56 its calls u32 |
 *     60 its failures u32 | 64 threshold u32 | 68 unused | 72 breaker
 */

import { squareRoot } from "../math/root";
import { DAMAGED, LOADED, compare, isDamaged, loadState, saveState, snapshotSize, writeHead } from "../memory/snapshot";
import {
  CLOSED_STATE, FAILURE, FAILURE_RATE, GENERATION, MILLION, STATE, breakerLoad, breakerSave,
} from "./breaker";
import { settle } from "./calls";

/** "BRA" and the layout's version. */
const MAGIC: u32 = 0x01415242;
const CONFIGURATION_END: u32 = 32;
const SAMPLE: usize = 8;
const MEMORY: usize = 12;
const FACTOR: usize = 16;
const FLOOR: usize = 20;
const CEILING: usize = 24;
const MEAN: usize = 32;
const VARIANCE: usize = 40;
const RATES: usize = 48;
const SAMPLE_GENERATION: usize = 52;
const SAMPLE_CALLS: usize = 56;
const SAMPLE_FAILURES: usize = 60;
const THRESHOLD: usize = 64;
const BODY: usize = 72;

const FRACTION: i64 = 30;
const ALL: i64 = 1 << 30;
const MILLIONTHS: i64 = MILLION;
const SAMPLE_MAX: u32 = 1 << 20;
const MEMORY_MAX: u32 = 1 << 16;
const FACTOR_MAX: u32 = 100 * 1000;

/** Bytes that stand before the breaker: one of `breakerSize` bytes is made by `breakerInit` behind them. */
export function breakerAdaptiveAhead(): u32 {
  return <u32>BODY;
}

/** The breaker trips at `rate` from now on. */
function setThreshold(at: usize, rate: u32): void {
  store<u32>(at, rate, THRESHOLD);
  store<u32>(at + BODY, rate, FAILURE_RATE);
}

/**
 * Makes what stands before a breaker that was made already. `sample` is 1 to 2^20 results, `memory` 1 to 2^16 rates, `factor` (of
 * the standard deviation) 0 to 100 in thousandths, floor and ceiling are millionths, 1 to 1,000,000.
 * Returns 0, or 1 where a number is out of range.
 */
export function breakerAdaptiveInit(at: usize, sample: u32, memory: u32, factor: u32, floor: u32, ceiling: u32): i32 {
  if (sample - 1 >= SAMPLE_MAX || memory - 1 >= MEMORY_MAX || factor > FACTOR_MAX) return 1;
  if (floor == 0 || floor > ceiling || <u64>ceiling > MILLION) return 1;
  writeHead(at, MAGIC, <u32>BODY, CONFIGURATION_END);
  store<u32>(at, sample, SAMPLE);
  store<u32>(at, memory, MEMORY);
  store<u32>(at, factor, FACTOR);
  store<u32>(at, floor, FLOOR);
  store<u64>(at, ceiling, CEILING);
  store<i64>(at, 0, MEAN);
  store<i64>(at, 0, VARIANCE);
  store<u64>(at, 0, RATES);
  store<u64>(at, 0, SAMPLE_CALLS);
  store<u64>(at, 0, THRESHOLD);
  setThreshold(at, ceiling);
  return 0;
}

/** Learns one rate, with 30 fraction bits. */
function learn(at: usize, rate: i64): void {
  const memory = load<u32>(at, MEMORY);
  const most = (<i64>load<u32>(at, THRESHOLD) << FRACTION) / MILLIONTHS;
  const mean = load<i64>(at, MEAN);
  const difference = (rate < most ? rate : most) - mean;
  const known = load<u32>(at, RATES);
  const rates = <i64>(known < memory ? known + 1 : memory);
  store<u32>(at, <u32>rates, RATES);
  store<i64>(at, mean + difference / rates, MEAN);
  const spread = load<i64>(at, VARIANCE) + (difference * difference) / rates;
  store<i64>(at, spread - spread / rates, VARIANCE);
  if (<u32>rates == memory) setThreshold(at, thresholdOf(at));
}

/** Mean plus a multiple of the deviation, in millionths and between its bounds. */
function thresholdOf(at: usize): u32 {
  const deviation = <i64>squareRoot(load<i64>(at, VARIANCE));
  const share = load<i64>(at, MEAN) + (deviation * load<u32>(at, FACTOR)) / 1000;
  const ceiling = load<u32>(at, CEILING);
  if (share >= ALL) return ceiling;
  const rate = <u32>((share * MILLIONTHS + ALL - 1) >> FRACTION);
  const floor = load<u32>(at, FLOOR);
  return rate < floor ? floor : rate < ceiling ? rate : ceiling;
}

/** As `breakerSettle`, and learns from the result. */
export function breakerAdaptiveSettle(at: usize, permit: u32, outcome: u32, span: i64, now: i64): i32 {
  const body = at + BODY;
  const flags = settle(body, permit, outcome, span, now);
  if (flags != 0 || outcome > FAILURE || load<u32>(body, STATE) != CLOSED_STATE) return flags;
  const generation = load<u32>(body, GENERATION);
  let calls: u32 = 1;
  let failures = outcome;
  // A sample that began before the last change of state is given up.
  if (load<u32>(at, SAMPLE_GENERATION) == generation) {
    calls += load<u32>(at, SAMPLE_CALLS);
    failures += load<u32>(at, SAMPLE_FAILURES);
  }
  store<u32>(at, generation, SAMPLE_GENERATION);
  if (calls >= load<u32>(at, SAMPLE)) {
    learn(at, (<i64>failures << FRACTION) / calls);
    calls = 0;
    failures = 0;
  }
  store<u32>(at, calls, SAMPLE_CALLS);
  store<u32>(at, failures, SAMPLE_FAILURES);
  return 0;
}

/** A reading: 0 the threshold, 1 the mean, 2 the deviation, in millionths; 3 the rates that are known, up to the memory. */
export function breakerAdaptiveRead(at: usize, what: u32): u32 {
  if (what == 0) return load<u32>(at, THRESHOLD);
  if (what == 3) return load<u32>(at, RATES);
  const share = what == 1 ? load<i64>(at, MEAN) : <i64>squareRoot(load<i64>(at, VARIANCE));
  return <u32>((share * MILLIONTHS) >> FRACTION);
}

/** Bytes of a snapshot: that of the baseline, then that of the breaker. */
export function breakerAdaptiveSnapshotSize(at: usize): u32 {
  return snapshotSize(at) + snapshotSize(at + BODY);
}

/** The breaker's own threshold stands in its configuration, so its snapshots are taken and loaded with the ceiling there. */
function withCeiling(at: usize): void {
  store<u32>(at + BODY, load<u32>(at, CEILING), FAILURE_RATE);
}

/** Writes a snapshot. */
export function breakerAdaptiveSave(at: usize, to: usize, now: i64): void {
  withCeiling(at);
  saveState(at, to);
  breakerSave(at + BODY, to + snapshotSize(at), now);
  setThreshold(at, load<u32>(at, THRESHOLD));
}

/** Loads a snapshot into a breaker of the same configuration. Returns 0, or why nothing was loaded. */
export function breakerAdaptiveLoad(at: usize, from: usize, now: i64): i32 {
  let status = compare(at, from);
  if (status != LOADED) return status;
  withCeiling(at);
  // The breaker goes first: whatever is wrong with either half is found before anything was replaced.
  status = isDamaged(from) ? DAMAGED : breakerLoad(at + BODY, from + snapshotSize(at), now);
  if (status == LOADED) loadState(at, from);
  setThreshold(at, load<u32>(at, THRESHOLD));
  return status;
}
