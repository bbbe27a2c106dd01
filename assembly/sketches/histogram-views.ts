/**
 * What the users of HdrHistogram know beyond recording and quantiles: where buckets lie and what is in them, how many values
 * lie below one, and the difference of two histograms. It reads the layout of `histogram.ts`.
 */

import { LOADED, OTHER_CONFIGURATION, compare, headBytes } from "../memory/snapshot";
import { BITS, BUCKETS, COUNT, COUNTS, MAX, MIN, MOST, SUM, bucketOf } from "./histogram";

/** The smallest value of a bucket. */
// @ts-ignore: decorator
@inline
export function firstOf(bucket: u32, bits: u32): i64 {
  const shift = bucket >> bits;
  return shift < 2 ? <i64>bucket : <i64>((bucket & ((1 << bits) - 1)) + (1 << bits)) << (shift - 1);
}

/** The smallest value of bucket number `bucket`; that of the next is where it ends. */
export function histogramBucketFrom(at: usize, bucket: u32): i64 {
  return firstOf(bucket, load<u32>(at, BITS));
}

/** How many values a bucket has. */
export function histogramBucketCount(at: usize, bucket: u32): u32 {
  return bucket < load<u32>(at, BUCKETS) ? load<u32>(at + COUNTS + (<usize>bucket << 2)) : 0;
}

/** The first bucket from number `bucket` on that is not empty; -1 where there is none. */
export function histogramNextBucket(at: usize, bucket: u32): i32 {
  for (const buckets = load<u32>(at, BUCKETS); bucket < buckets; bucket++) {
    if (load<u32>(at + COUNTS + (<usize>bucket << 2)) != 0) return <i32>bucket;
  }
  return -1;
}

/** The bucket that a value is counted in. */
export function histogramBucketOf(at: usize, value: i64): u32 {
  return bucketOf(max(min(value, load<i64>(at, MOST)), 0), load<u32>(at, BITS));
}

/** How many values are at most `value`, those of its bucket included: they are equal to the histogram's resolution. */
export function histogramCountUpTo(at: usize, value: i64): i64 {
  let count: i64 = 0;
  for (let bucket = <i32>histogramBucketOf(at, value); bucket >= 0; bucket--) {
    count += load<u32>(at + COUNTS + (<usize>bucket << 2));
  }
  return count;
}

/**
 * Takes away what `other` recorded, an earlier state of the same histogram: what is left was recorded since. Count and sum are
 * differences; smallest and largest are known only to their buckets. Returns 0; how the two differ; or `OTHER_CONFIGURATION`,
 * and does nothing, where `other` has more in a bucket.
 */
export function histogramSubtract(at: usize, other: usize): i32 {
  const status = compare(at, other);
  if (status != LOADED) return status;
  const end = headBytes(at);
  for (let offset = <u32>COUNTS; offset < end; offset += 4) {
    if (load<u32>(at + offset) < load<u32>(other + offset)) return OTHER_CONFIGURATION;
  }
  let low: i32 = -1;
  let high: i32 = -1;
  for (let offset = <u32>COUNTS; offset < end; offset += 4) {
    const rest = load<u32>(at + offset) - load<u32>(other + offset);
    store<u32>(at + offset, rest);
    if (rest == 0) continue;
    high = <i32>((offset - <u32>COUNTS) >> 2);
    if (low < 0) low = high;
  }
  store<i64>(at, load<i64>(at, COUNT) - load<i64>(other, COUNT), COUNT);
  store<i64>(at, max(load<i64>(at, SUM) - load<i64>(other, SUM), 0), SUM);
  const bits = load<u32>(at, BITS);
  store<i64>(at, low < 0 ? i64.MAX_VALUE : max(load<i64>(at, MIN), firstOf(low, bits)), MIN);
  store<i64>(at, low < 0 ? 0 : min(load<i64>(at, MAX), firstOf(high + 1, bits) - 1), MAX);
  return LOADED;
}
