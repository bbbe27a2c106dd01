/**
 * DDSketch (Masson, Rim and Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error Guarantees", VLDB
 * 2019): buckets that grow by the factor gamma = (1 + alpha) / (1 - alpha), so that every quantile is known to the share alpha of
 * itself. Layout after the common head:
 *
 *     8 alpha f64 | 16 buckets a power e f64 | 24 bins u32 | 28 0 || 32 totals | 64 zeros f64 |
 *     72 positive: lowest key i32, highest key i32 | 80 negative: the same | 88 counts of positive f64 … | of negative f64 …
 *
 * The README in this folder says why the logarithm is interpolated, why each sign has a ring of counts, and what the lowest
 * buckets cost when they collapse.
 */

import { scaled } from "../math/exp";
import { LOADED, compare, headBytes, writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";
import { TOTALS_BYTES, rankOf, recordable, totalsAdd, totalsMerge, totalsReset, withinRange } from "./totals";

/** "DDS" and the layout's version. */
const MAGIC: u32 = 0x01534444;
const ALPHA: usize = 8;
const MULTIPLIER: usize = 16;
const BINS: usize = 24;
const CONFIGURATION_END: u32 = 32;
const TOTALS: usize = 32;
const ZEROS: usize = TOTALS + TOTALS_BYTES;
/** The lowest and highest key of the positive values, then of the negative; the lowest is above the highest where there are none. */
const KEYS: usize = 72;
const LOW: usize = KEYS;
const HIGH: usize = KEYS + 4;
const COUNTS: usize = 88;

/** The cubic that stands for log2(1 + s) from 0 to 1: a sketch has 1 % more buckets than with the logarithm itself. */
const A: f64 = 6.0 / 35.0;
const B: f64 = -3.0 / 5.0;
const C: f64 = 10.0 / 7.0;

// @ts-ignore: decorator
@inline
function cubic(s: f64): f64 {
  return ((A * s + B) * s + C) * s;
}

/** The key of a magnitude from 2^-1022 on. */
// @ts-ignore: decorator
@inline
function keyOf(at: usize, magnitude: f64): i32 {
  const bits = reinterpret<i64>(magnitude);
  const s = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000) - 1;
  return <i32>floor((<f64>(<i32>(bits >> 52) - 1023) + cubic(s)) * load<f64>(at, MULTIPLIER));
}

/** The value that stands for a key: alpha above the bucket's lower bound, where both ends of it are alpha away. */
function valueOf(at: usize, key: i32): f64 {
  const place = <f64>key / load<f64>(at, MULTIPLIER);
  const exponent = floor(place);
  const rest = place - exponent;
  // Newton's method: the cubic is within 0.05 of a line and its slope between 0.74 and 1.43, so five steps reach the last place.
  let s = rest;
  for (let step = 0; step < 5; step++) s -= (cubic(s) - rest) / ((3 * A * s + 2 * B) * s + C);
  return scaled((1 + s) * (1 + load<f64>(at, ALPHA)), <i32>exponent);
}

/** Bytes of a sketch with `bins` (a power of two) buckets for each sign; 0 where `bins` is not 16 to 16,384. */
export function ddsketchSize(bins: u32): u32 {
  return bins < 16 || bins > 16384 || (bins & (bins - 1)) != 0 ? 0 : <u32>COUNTS + (bins << 4);
}

/** Makes an empty sketch. Returns 1 where `alpha` is not 0.0001 to 0.25 or `bins` are out of range. */
export function ddsketchInit(at: usize, alpha: f64, bins: u32): i32 {
  const bytes = ddsketchSize(bins);
  if (bytes == 0 || !(alpha >= 0.0001 && alpha <= 0.25)) return 1;
  writeHead(at, MAGIC, bytes, CONFIGURATION_END);
  store<f64>(at, alpha, ALPHA);
  // ln gamma = 2 artanh(alpha) = 2 (alpha + alpha^3/3 + alpha^5/5 + …), which is exact to the last place after 13 terms.
  let series: f64 = 0;
  for (let n = 25; n >= 1; n -= 2) series = series * alpha * alpha + 1 / <f64>n;
  // 1.43 = 10/7 is the least slope of the cubic against log2(1 + s) in units of ln: no bucket is wider than gamma.
  store<f64>(at, 0.7 / (2 * alpha * series), MULTIPLIER);
  store<u64>(at, <u64>bins, BINS);
  ddsketchReset(at);
  return 0;
}

/** Forgets all values. */
export function ddsketchReset(at: usize): void {
  totalsReset(at + TOTALS);
  clearWords(at + ZEROS, headBytes(at) - <u32>ZEROS);
  store<i32>(at, -1, HIGH);
  store<i32>(at + 8, -1, HIGH);
}

/** Where the count of a key is: each sign's counts are a ring. `sign` is 0 for positive, 1 for negative values. */
// @ts-ignore: decorator
@inline
function countAt(at: usize, sign: u32, key: i32): usize {
  const bins = load<u32>(at, BINS);
  return at + COUNTS + (<usize>(bins * sign + (key & (bins - 1))) << 3);
}

/** Moves the lowest counts up into `low`, the lowest key that there is still room for. */
function collapse(at: usize, sign: u32, low: i32): void {
  const keys = at + (sign << 3);
  let sum: f64 = 0;
  for (let key = load<i32>(keys, LOW), high = min(load<i32>(keys, HIGH), low - 1); key <= high; key++) {
    const cell = countAt(at, sign, key);
    sum += load<f64>(cell);
    store<f64>(cell, 0);
  }
  const cell = countAt(at, sign, low);
  store<f64>(cell, load<f64>(cell) + sum);
  store<i32>(keys, low, LOW);
}

/** Makes room for a key outside the keys of its sign; returns the key that it is counted under. */
function admit(at: usize, sign: u32, key: i32): i32 {
  const keys = at + (sign << 3);
  const span = <i32>load<u32>(at, BINS) - 1;
  const low = load<i32>(keys, LOW);
  const high = load<i32>(keys, HIGH);
  if (low > high) {
    store<i32>(keys, key, LOW);
    store<i32>(keys, key, HIGH);
  } else if (key > high) {
    if (key - span > low) collapse(at, sign, key - span);
    store<i32>(keys, key, HIGH);
  } else {
    key = max(key, high - span);
    store<i32>(keys, min(low, key), LOW);
  }
  return key;
}

// @ts-ignore: decorator
@inline
function addKey(at: usize, sign: u32, key: i32, amount: f64): void {
  const keys = at + (sign << 3);
  if (key < load<i32>(keys, LOW) || key > load<i32>(keys, HIGH)) key = admit(at, sign, key);
  const cell = countAt(at, sign, key);
  store<f64>(cell, load<f64>(cell) + amount);
}

/** Records a value. NaN and the infinities are not recorded; what is nearer to 0 than 2^-1022 counts as 0. */
export function ddsketchRecord(at: usize, value: f64): void {
  if (!recordable(value)) return;
  totalsAdd(at + TOTALS, value + 0.0);
  const magnitude = abs(value);
  if (magnitude >= 2.2250738585072014e-308) addKey(at, <u32>(value < 0), keyOf(at, magnitude), 1);
  else store<f64>(at, load<f64>(at, ZEROS) + 1, ZEROS);
}

/** Records `count` doubles that stand at `values`. */
export function ddsketchRecordMany(at: usize, values: usize, count: u32): void {
  for (const end = values + (<usize>count << 3); values < end; values += 8) ddsketchRecord(at, load<f64>(values));
}

/** Adds everything recorded in `other`, a sketch of the same alpha and bins. Returns 0, or how they differ. */
export function ddsketchMerge(at: usize, other: usize): i32 {
  const status = compare(at, other);
  if (status != LOADED) return status;
  totalsMerge(at + TOTALS, other + TOTALS);
  store<f64>(at, load<f64>(at, ZEROS) + load<f64>(other, ZEROS), ZEROS);
  for (let sign: u32 = 0; sign < 2; sign++) {
    const keys = other + (sign << 3);
    for (let key = load<i32>(keys, LOW), high = load<i32>(keys, HIGH); key <= high; key++) {
      const amount = load<f64>(countAt(other, sign, key));
      if (amount > 0) addKey(at, sign, key, amount);
    }
  }
  return LOADED;
}

/**
 * The value that a share `q` of all values does not exceed, the one of rank ceil(q * count), to the share alpha of itself; NaN
 * where nothing is recorded. From the largest magnitude of the negative values up to that of the positive.
 */
export function ddsketchQuantile(at: usize, q: f64): f64 {
  const totals = at + TOTALS;
  const count = load<f64>(totals);
  if (count == 0) return NaN;
  let rank = rankOf(q, count);
  if (rank <= 1) return load<f64>(totals, 16);
  if (rank >= count) return load<f64>(totals, 24);
  let key = load<i32>(at + 8, HIGH);
  for (let low = load<i32>(at + 8, LOW); key >= low; key--) {
    rank -= load<f64>(countAt(at, 1, key));
    if (rank <= 0) return withinRange(totals, -valueOf(at, key));
  }
  rank -= load<f64>(at, ZEROS);
  if (rank <= 0) return 0;
  key = load<i32>(at, LOW);
  for (let high = load<i32>(at, HIGH); key < high; key++) {
    rank -= load<f64>(countAt(at, 0, key));
    if (rank <= 0) break;
  }
  return withinRange(totals, valueOf(at, key));
}
