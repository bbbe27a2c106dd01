/**
 * A latency histogram with a bounded relative error: buckets as wide as a fixed share of their values (log-linear, as in
 * HdrHistogram; Tene, 2012). Layout after the common head:
 *
 *     8 bits u32 | 12 buckets u32 | 16 most i64 || 24 count i64 | 32 sum, low half u64 | 40 sum, high half u64 | 48 min i64 |
 *     56 max i64 | 64 counts, u32 each
 *
 * Each power of two is cut into 2^bits buckets, so the middle of a bucket is at most 2^-(bits+1) away from any value in it,
 * as a share of that value; values below 2^bits ticks have a bucket each. Counts stop at 2^32 - 1 instead of wrapping. Merging
 * adds field by field: merging two histograms equals recording all values in one.
 */

import { LOADED, SEAL_BYTES, compatible, copyIn, copyOut, headBytes, seal, writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";

/** "HST" and the layout's version. */
const MAGIC: u32 = 0x01545348;
const BITS: usize = 8;
const BUCKETS: usize = 12;
const MOST: usize = 16;
const CONFIGURATION_END: u32 = 24;
const COUNT: usize = 24;
const SUM: usize = 32;
const MIN: usize = 48;
const MAX: usize = 56;
const COUNTS: usize = 64;

/** The bucket of a value. */
// @ts-ignore: decorator
@inline
function bucketOf(value: i64, bits: u32): u32 {
  if (value >> bits == 0) return <u32>value;
  const shift = 63 - <u32>clz(value) - bits;
  return (shift << bits) + <u32>(value >> shift);
}

/** Bytes of a histogram of values up to `most` ticks; 0 where `bits` is not 1 to 11 or `most` not 1 to 2^56. */
export function histogramSize(bits: u32, most: i64): u32 {
  if (bits - 1 >= 11 || most <= 0 || most > 1 << 56) return 0;
  return <u32>COUNTS + (((bucketOf(most, bits) + 2) & ~1) << 2);
}

export function histogramSaveSize(at: usize): u32 {
  return headBytes(at) + SEAL_BYTES;
}

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

/** Adds to a count that stops at its largest value. */
// @ts-ignore: decorator
@inline
function addCount(cell: usize, amount: u32): void {
  const sum = load<u32>(cell) + amount;
  store<u32>(cell, sum < amount ? <u32>-1 : sum);
}

/** Adds to the sum, which has 128 bits. */
// @ts-ignore: decorator
@inline
function addSum(at: usize, low: u64, high: u64): void {
  const sum = load<u64>(at, SUM) + low;
  store<u64>(at, sum, SUM);
  store<u64>(at, load<u64>(at, SUM + 8) + high + u64(sum < low), SUM + 8);
}

/** Records a value `times` times; below 0 it counts as 0, above `most` as `most`. */
export function histogramRecord(at: usize, value: i64, times: u32): void {
  if (times == 0) return;
  const most = load<i64>(at, MOST);
  if (value > most) value = most;
  else if (value < 0) value = 0;
  addCount(at + COUNTS + (<usize>bucketOf(value, load<u32>(at, BITS)) << 2), times);
  store<i64>(at, load<i64>(at, COUNT) + times, COUNT);
  // value is below 2^57, so the product's halves fit: the high one is 0 unless times is above 2^7.
  const low = <u64>value * times;
  addSum(at, low, ((<u64>value >> 32) * times + (((<u64>value & 0xffffffff) * times) >> 32)) >> 32);
  if (value < load<i64>(at, MIN)) store<i64>(at, value, MIN);
  if (value > load<i64>(at, MAX)) store<i64>(at, value, MAX);
}

/** Adds everything recorded in `other`, a histogram of the same bits and most. Returns 0, or 2 where they differ. */
export function histogramMerge(at: usize, other: usize): i32 {
  if (load<u64>(at) != load<u64>(other) || load<u64>(at, BITS) != load<u64>(other, BITS) || load<i64>(at, MOST) != load<i64>(other, MOST)) return 2;
  const end = <usize>load<u32>(at, BUCKETS) << 2;
  for (let offset: usize = 0; offset < end; offset += 4) addCount(at + COUNTS + offset, load<u32>(other + COUNTS + offset));
  store<i64>(at, load<i64>(at, COUNT) + load<i64>(other, COUNT), COUNT);
  addSum(at, load<u64>(other, SUM), load<u64>(other, SUM + 8));
  if (load<i64>(other, MIN) < load<i64>(at, MIN)) store<i64>(at, load<i64>(other, MIN), MIN);
  if (load<i64>(other, MAX) > load<i64>(at, MAX)) store<i64>(at, load<i64>(other, MAX), MAX);
  return 0;
}

/** A reading: 0 count, 1 and 2 the halves of the sum, 3 the smallest value (0 where there is none), 4 the largest. */
export function histogramRead(at: usize, what: u32): i64 {
  if (what == 3 && load<i64>(at, COUNT) == 0) return 0;
  return load<i64>(at + COUNT + (what << 3));
}

/**
 * The value of rank `rank` (1 is the smallest): the middle of its bucket, never outside the smallest and largest value; 0
 * where nothing is recorded. Ranks below 1 count as 1, those above the count as the count.
 */
export function histogramAtRank(at: usize, rank: i64): i64 {
  const bits = load<u32>(at, BITS);
  const buckets = load<u32>(at, BUCKETS);
  const max = load<i64>(at, MAX);
  let bucket: u32 = 0;
  if (rank < 1) rank = 1;
  for (; bucket < buckets; bucket++) {
    rank -= load<u32>(at + COUNTS + (<usize>bucket << 2));
    if (rank <= 0) break;
  }
  if (bucket == buckets) return max;
  const shift = bucket >> bits;
  let value = <i64>bucket;
  if (shift > 1) {
    // Bucket number shift * 2^bits + rest holds the values from (2^bits + rest) * 2^(shift-1) on.
    value = (<i64>((bucket & ((1 << bits) - 1)) + (1 << bits)) << (shift - 1)) + (<i64>1 << (shift - 2));
  }
  const min = load<i64>(at, MIN);
  return value < min ? min : value > max ? max : value;
}

export function histogramSave(at: usize, to: usize): void {
  copyOut(at, to);
  seal(to);
}

export function histogramLoad(at: usize, from: usize): i32 {
  const status = compatible(at, from);
  if (status == LOADED) copyIn(at, from);
  return status;
}
