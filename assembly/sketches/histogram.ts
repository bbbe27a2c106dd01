/**
 * A latency histogram with a bounded relative error: buckets as wide as a fixed share of their values (log-linear, as in
 * HdrHistogram; Tene, 2012). Layout after the common head:
 *
 *     8 bits u32 | 12 buckets u32 | 16 most i64 || 24 count i64 | 32 sum i64 | 40 min i64 | 48 max i64 |
 *     56 counts, u32 each
 *
 * Each power of two is cut into 2^bits buckets, so the middle of a bucket is at most 2^-(bits+1) away from any value in it,
 * as a share of that value; values below 2^bits ticks have a bucket each. A bucket's count stops at 2^32 - 1 and
 * the sum at 2^63 - 1 (285 years) instead of wrapping. Merging adds field by field: merging two histograms equals recording
 * all values in one.
 */

import { LOADED, compare, headBytes, writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";

/** "HST" and the layout's version. */
const MAGIC: u32 = 0x01545348;
export const BITS: usize = 8;
export const BUCKETS: usize = 12;
export const MOST: usize = 16;
const CONFIGURATION_END: u32 = 24;
export const COUNT: usize = 24;
export const SUM: usize = 32;
export const MIN: usize = 40;
export const MAX: usize = 48;
export const COUNTS: usize = 56;

/** The bucket of a value. */
// @ts-ignore: decorator
@inline
export function bucketOf(value: i64, bits: u32): u32 {
  // The bit beside a value below 2^bits makes its shift 0.
  const shift = 63 - bits - <u32>clz(value | (<i64>1 << bits));
  return (shift << bits) + <u32>(value >> shift);
}

/** Bytes of a histogram of values up to `most` ticks; 0 where `bits` is not 1 to 11 or `most` not 1 to 2^56. */
export function histogramSize(bits: u32, most: i64): u32 {
  if (bits - 1 >= 11 || most <= 0 || most > 1 << 56) return 0;
  return <u32>COUNTS + (((bucketOf(most, bits) + 2) & ~1) << 2);
}

/**
 * Makes an empty histogram of values up to `most` ticks, each power of two cut into 2^`bits` buckets. Returns 0, or 1 where a number is out
 * of range (see `histogramSize`).
 */
export function histogramInit(at: usize, bits: u32, most: i64): i32 {
  const bytes = histogramSize(bits, most);
  if (bytes == 0) return 1;
  writeHead(at, MAGIC, bytes, CONFIGURATION_END);
  store<u32>(at, bits, BITS);
  store<u32>(at, bucketOf(most, bits) + 1, BUCKETS);
  store<i64>(at, most, MOST);
  histogramReset(at);
  return 0;
}

/** Forgets all values. */
export function histogramReset(at: usize): void {
  clearWords(at + COUNT, headBytes(at) - <u32>COUNT);
  store<i64>(at, i64.MAX_VALUE, MIN);
}

/** Adds to a bucket's count, which stops at its largest value. */
// @ts-ignore: decorator
@inline
export function addCount(cell: usize, amount: u32): void {
  const sum = load<u32>(cell) + amount;
  store<u32>(cell, sum < amount ? <u32>-1 : sum);
}

/** Adds to count and sum, and widens the range. */
// @ts-ignore: decorator
@inline
export function addTotals(at: usize, count: i64, sum: i64, min: i64, max: i64): void {
  store<i64>(at, load<i64>(at, COUNT) + count, COUNT);
  const total = load<i64>(at, SUM) + sum;
  store<i64>(at, total < 0 ? i64.MAX_VALUE : total, SUM);
  if (min < load<i64>(at, MIN)) store<i64>(at, min, MIN);
  if (max > load<i64>(at, MAX)) store<i64>(at, max, MAX);
}

/** Records a value; below 0 it counts as 0, above `most` as `most`. */
// @ts-ignore: decorator
@inline
export function histogramRecord(at: usize, value: i64): void {
  const most = load<i64>(at, MOST);
  if (<u64>value > <u64>most) value = value < 0 ? 0 : most;
  addCount(at + COUNTS + (<usize>bucketOf(value, load<u32>(at, BITS)) << 2), 1);
  addTotals(at, 1, value, value, value);
}

/** Adds everything recorded in `other`, a histogram of the same bits and most. Returns 0, or how they differ. */
export function histogramMerge(at: usize, other: usize): i32 {
  const status = compare(at, other);
  if (status != LOADED) return status;
  for (let offset = COUNTS, end = headBytes(at); offset < end; offset += 4) addCount(at + offset, load<u32>(other + offset));
  addTotals(at, load<i64>(other, COUNT), load<i64>(other, SUM), load<i64>(other, MIN), load<i64>(other, MAX));
  return LOADED;
}

/** A reading: 0 count, 1 sum, 2 the smallest value (2^63 - 1 where there is none), 3 the largest. */
export function histogramRead(at: usize, what: u32): i64 {
  return load<i64>(at + COUNT + (what << 3));
}

/**
 * The value of rank `rank` (1 is the smallest): the middle of its bucket, never outside the smallest and largest value; 0
 * where nothing is recorded. Ranks below 1 count as 1, those above the count as the count.
 */
export function histogramAtRank(at: usize, rank: i64): i64 {
  const bits = load<u32>(at, BITS);
  const buckets = load<u32>(at, BUCKETS);
  const min = load<i64>(at, MIN);
  const max = load<i64>(at, MAX);
  // The buckets below the smallest value are empty; where there is none, it is so large that the search is over at once.
  let bucket = bucketOf(min, bits);
  for (; bucket < buckets; bucket++) {
    rank -= load<u32>(at + COUNTS + (<usize>bucket << 2));
    if (rank <= 0) break;
  }
  if (bucket >= buckets) return max;
  const shift = bucket >> bits;
  let value = <i64>bucket;
  if (shift > 1) {
    // Bucket number shift * 2^bits + rest holds the values from (2^bits + rest) * 2^(shift-1) on.
    value = (<i64>((bucket & ((1 << bits) - 1)) + (1 << bits)) << (shift - 1)) + (<i64>1 << (shift - 2));
  }
  return value < min ? min : value > max ? max : value;
}
