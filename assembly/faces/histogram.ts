import { hotTicksFromUs, ticksFromUs, usFromTicks } from "../math/ticks";
import * as body from "../sketches/histogram";

export { loadState as histogramLoad, saveState as histogramSave } from "../memory/snapshot";
export { histogramMerge, histogramReset } from "../sketches/histogram";

export function histogramSize(bits: u32, mostUs: f64): u32 {
  return body.histogramSize(bits, ticksFromUs(mostUs));
}

export function histogramInit(at: usize, bits: u32, mostUs: f64): i32 {
  return body.histogramInit(at, bits, ticksFromUs(mostUs));
}

/** Records a value in microseconds; NaN is not recorded. */
export function histogramRecord(at: usize, valueUs: f64): void {
  if (valueUs == valueUs) body.histogramRecord(at, hotTicksFromUs(valueUs));
}

/** 0 count; in microseconds: 1 sum, 2 smallest, 3 largest. */
export function histogramRead(at: usize, what: u32): f64 {
  const value = body.histogramRead(at, what);
  return what == 0 ? <f64>value : usFromTicks(value);
}

/** The value in microseconds below which a share `q` of all values lies: the one of rank ceil(q * count). */
export function histogramQuantile(at: usize, q: f64): f64 {
  const count = <f64>body.histogramRead(at, 0);
  // q * count is rounded to the nearest float; without the allowance 0.07 * 100 would have rank 8.
  const rank = ceil(q * count - 0.000001);
  return usFromTicks(body.histogramAtRank(at, rank >= 1 ? (rank < count ? <i64>rank : <i64>count) : 1));
}
