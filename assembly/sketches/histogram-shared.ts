/**
 * A histogram that several threads record into at once, over one memory: the layout of `histogram.ts`, every word changed by one
 * atomic operation. Nothing is lost and nothing counted twice, however threads interleave. Who reads takes a copy.
 */

import { add64, cas32, cas64, load32, load64 } from "../memory/atomic";
import { copyWords } from "../memory/words";
import { headBytes } from "../memory/snapshot";
import { BITS, COUNT, COUNTS, MAX, MIN, MOST, SUM, bucketOf } from "./histogram";

/** Adds one to a bucket's count, which stops at its largest value. */
// @ts-ignore: decorator
@inline
function count(cell: usize): void {
  let seen = load32(cell);
  while (seen != <u32>-1) {
    const found = cas32(cell, seen, seen + 1);
    if (found == seen) return;
    seen = found;
  }
}

/** Adds to the sum, which stops at its largest value. */
// @ts-ignore: decorator
@inline
function addSum(cell: usize, value: i64): void {
  let seen = load64(cell);
  while (true) {
    const sum = seen + value;
    const found = cas64(cell, seen, sum < 0 ? i64.MAX_VALUE : sum);
    if (found == seen) return;
    seen = found;
  }
}

/**
 * Records a value as `histogramRecord` does, in step with other threads. The bucket is counted when range and sum have the value, so
 * that whoever reads the buckets first finds a range around them all.
 */
export function histogramRecordShared(at: usize, value: i64): void {
  value = max(min(value, load<i64>(at, MOST)), 0);
  // The range is seldom widened; most calls only look.
  for (let seen = load64(at + MIN); value < seen; ) {
    const found = cas64(at + MIN, seen, value);
    if (found == seen) break;
    seen = found;
  }
  for (let seen = load64(at + MAX); value > seen; ) {
    const found = cas64(at + MAX, seen, value);
    if (found == seen) break;
    seen = found;
  }
  addSum(at + SUM, value);
  count(at + COUNTS + (<usize>bucketOf(value, load<u32>(at, BITS)) << 2));
  add64(at + COUNT, 1);
}

/**
 * Copies a shared histogram to `to`, which is one of its own thread then. A value that
 * others record meanwhile may be in its sum and range alone; the count is that of the buckets as they were read, so that ranks fit.
 */
export function histogramCopyShared(at: usize, to: usize): void {
  copyWords(to, at, COUNT);
  let total: i64 = 0;
  for (let offset = COUNTS, end = headBytes(at); offset < end; offset += 4) {
    const seen = load32(at + offset);
    store<u32>(to + offset, seen);
    total += seen;
  }
  store<i64>(to, total, COUNT);
  // Read after the buckets: whatever is counted in one has widened the range by now.
  store<i64>(to, load64(at + SUM), SUM);
  store<i64>(to, load64(at + MIN), MIN);
  store<i64>(to, load64(at + MAX), MAX);
}
