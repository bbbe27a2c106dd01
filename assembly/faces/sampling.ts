import { ticksFromUs, hotTicksFromUs, wholeFrom } from "../math/ticks";
import * as biased from "../sampling/biased";
import * as pacer from "../sampling/pacer";
import { ALL, roundThreshold } from "../sampling/threshold";
import * as threshold from "../sampling/threshold";

export { loadState as biasedLoad, saveState as biasedSave } from "../memory/snapshot";
export { biasedRead, biasedSize } from "../sampling/biased";
export { pacerSize } from "../sampling/pacer";
export { samplingDecide, samplingDecideMany } from "../sampling/threshold";

export function samplingShare(kept: f64, all: f64, digits: u32): f64 {
  return <f64>threshold.samplingShare(wholeFrom(kept), wholeFrom(all), digits);
}

/**
 * The share of a probability, by the very steps of the specification ("Converting floating-point probability to threshold
 * value"): 2 - p has the threshold for its fraction, rounded to the 13 hexadecimal digits of a double before it is rounded again.
 */
export function samplingShareOf(probability: f64, digits: u32): f64 {
  if (!(probability > 0)) return 0;
  if (probability >= 1) return <f64>ALL;
  const rejection = 2.0 - probability;
  const exact = rejection >= 2.0 ? ALL : (reinterpret<u64>(rejection) & 0xfffffffffffff) << 4;
  const zeros = 1022 - <u32>(reinterpret<u64>(probability) >> 52);
  return <f64>(ALL - roundThreshold(exact, zeros, digits));
}

export function pacerInit(at: usize, limit: f64, periodUs: f64, burst: f64, halfLifeUs: f64, limited: u32): i32 {
  return pacer.pacerInit(at, wholeFrom(limit), ticksFromUs(periodUs), wholeFrom(burst), ticksFromUs(halfLifeUs), limited);
}

export function pacerDecide(at: usize, randomLow: u32, randomHigh: u32, nowUs: f64): f64 {
  return <f64>pacer.pacerDecide(at, randomLow, randomHigh, hotTicksFromUs(nowUs));
}

export function pacerDecideMany(at: usize, ids: usize, count: u32, nowUs: f64, out: usize): u32 {
  return pacer.pacerDecideMany(at, ids, count, ticksFromUs(nowUs), out);
}

export function pacerRead(at: usize, what: u32): f64 {
  return <f64>pacer.pacerRead(at, what);
}

export function pacerSave(at: usize, to: usize, nowUs: f64): void {
  pacer.pacerSave(at, to, ticksFromUs(nowUs));
}

export function pacerLoad(at: usize, from: usize, nowUs: f64): i32 {
  return pacer.pacerLoad(at, from, ticksFromUs(nowUs));
}

export function biasedInit(
  at: usize, ordinaryLow: u32, ordinaryHigh: u32, slowLow: u32, slowHigh: u32, failedLow: u32, failedHigh: u32, slowAfterUs: f64,
): i32 {
  return biased.biasedInit(at, ordinaryLow, ordinaryHigh, slowLow, slowHigh, failedLow, failedHigh, momentFrom(slowAfterUs));
}

export function biasedDecide(
  at: usize, randomLow: u32, randomHigh: u32, failed: u32, spanUs: f64, headLow: u32, headHigh: u32,
): f64 {
  return <f64>biased.biasedDecide(at, randomLow, randomHigh, failed, momentFrom(spanUs), headLow, headHigh);
}

/** Ticks, or -1 where the span is not known. */
function momentFrom(us: f64): i64 {
  return us == us ? ticksFromUs(us) : -1;
}
