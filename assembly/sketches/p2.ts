/**
 * One quantile of a stream by five markers (Jain and Chlamtac, "The P² Algorithm for Dynamic Calculation of Quantiles and
 * Histograms Without Storing Observations", Communications of the ACM 28:10, 1985): the smallest and largest value, the quantile, and
 * one marker between each. A marker that strays from where it should stand is moved by one place, along a parabola through its
 * neighbours. Layout after the common head:
 *
 *     8 share f64 || 16 totals | 48 heights 5 × f64 | 88 places 5 × f64
 *
 * The paper adds each marker's increment to its desired place; here the place is computed from the count, so that no rounding
 * gathers. Five markers cannot be merged with five others to any bound: use a sketch of buckets for that.
 */

import { writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";
import { TOTALS_BYTES, rankOf, recordable, totalsAdd, totalsReset } from "./totals";

/** "P2Q" and the layout's version. */
const MAGIC: u32 = 0x01513250;
const SHARE: usize = 8;
const CONFIGURATION_END: u32 = 16;
const TOTALS: usize = 16;
const HEIGHTS: usize = TOTALS + TOTALS_BYTES;
const PLACES: usize = HEIGHTS + 40;
const BYTES: u32 = <u32>PLACES + 40;

export function p2Size(): u32 {
  return BYTES;
}

/** Makes an estimator of the quantile `share`. Returns 1 where that is not above 0 and below 1. */
export function p2Init(at: usize, share: f64): i32 {
  if (!(share > 0 && share < 1)) return 1;
  writeHead(at, MAGIC, BYTES, CONFIGURATION_END);
  store<f64>(at, share, SHARE);
  p2Reset(at);
  return 0;
}

/** Forgets all values. */
export function p2Reset(at: usize): void {
  totalsReset(at + TOTALS);
  clearWords(at + HEIGHTS, 80);
  for (let marker: usize = 0; marker < 5; marker++) store<f64>(at + (marker << 3), <f64>(marker + 1), PLACES);
}

// @ts-ignore: decorator
@inline
function height(at: usize, marker: usize): f64 {
  return load<f64>(at + (marker << 3), HEIGHTS);
}

// @ts-ignore: decorator
@inline
function place(at: usize, marker: usize): f64 {
  return load<f64>(at + (marker << 3), PLACES);
}

/** Puts one of the first five values among those that are there, in order. */
function insert(at: usize, values: usize, value: f64): void {
  let slot = values;
  for (; slot > 0 && height(at, slot - 1) > value; slot--) store<f64>(at + (slot << 3), height(at, slot - 1), HEIGHTS);
  store<f64>(at + (slot << 3), value, HEIGHTS);
}

/** The height of a marker moved by `step` (1 or -1) along the parabola, or along a line where that would leave its neighbours. */
function moved(at: usize, marker: usize, step: f64): f64 {
  const here = place(at, marker);
  const below = place(at, marker - 1);
  const above = place(at, marker + 1);
  const value = height(at, marker);
  const lower = height(at, marker - 1);
  const upper = height(at, marker + 1);
  const parabola =
    value +
    (step / (above - below)) *
      (((here - below + step) * (upper - value)) / (above - here) + ((above - here - step) * (value - lower)) / (here - below));
  if (lower < parabola && parabola < upper) return parabola;
  const line = step > 0 ? value + (upper - value) / (above - here) : value - (lower - value) / (below - here);
  // Differences of the largest doubles overflow; a marker stays between its neighbours all the same.
  return max(min(line, upper), lower);
}

/** Where marker 1, 2 or 3 should stand after `count` values: its share of the way from the first to the last. */
// @ts-ignore: decorator
@inline
function desiredPlace(at: usize, marker: usize, count: f64): f64 {
  const share = load<f64>(at, SHARE);
  const part = marker == 2 ? share : marker == 1 ? share / 2 : (1 + share) / 2;
  return 1 + (count - 1) * part;
}

/** Records a value; NaN and the infinities are not recorded. */
export function p2Record(at: usize, value: f64): void {
  if (!recordable(value)) return;
  value += 0.0;
  totalsAdd(at + TOTALS, value);
  const count = load<f64>(at, TOTALS);
  if (count <= 5) {
    insert(at, <usize>count - 1, value);
    return;
  }
  // The outer markers are the smallest and the largest value.
  store<f64>(at, load<f64>(at, TOTALS + 16), HEIGHTS);
  store<f64>(at, load<f64>(at, TOTALS + 24), HEIGHTS + 32);
  for (let marker: usize = 1; marker < 4; marker++) {
    if (value < height(at, marker)) store<f64>(at + (marker << 3), place(at, marker) + 1, PLACES);
  }
  store<f64>(at, count, PLACES + 32);
  for (let marker: usize = 1; marker < 4; marker++) {
    const away = desiredPlace(at, marker, count) - place(at, marker);
    const step: f64 = away >= 1 && place(at, marker + 1) - place(at, marker) > 1 ? 1
      : away <= -1 && place(at, marker - 1) - place(at, marker) < -1 ? -1 : 0;
    if (step == 0) continue;
    store<f64>(at + (marker << 3), moved(at, marker, step), HEIGHTS);
    store<f64>(at + (marker << 3), place(at, marker) + step, PLACES);
  }
}

/** Records `count` doubles that stand at `values`. */
export function p2RecordMany(at: usize, values: usize, count: u32): void {
  for (const end = values + (<usize>count << 3); values < end; values += 8) p2Record(at, load<f64>(values));
}

/** The estimate: exact up to five values, the one of rank ceil(share * count); NaN where nothing is recorded. */
export function p2Value(at: usize): f64 {
  const count = load<f64>(at, TOTALS);
  if (count == 0) return NaN;
  return count > 5 ? height(at, 2) : height(at, <usize>rankOf(load<f64>(at, SHARE), count) - 1);
}
