/**
 * Recording that corrects for coordinated omission (Tene, "How NOT to Measure Latency", 2013; `recordValueWithExpectedInterval` of
 * HdrHistogram): a load generator that waits for each answer before it sends the next request does not send those that a long answer
 * held up. They would have waited `value - interval`, `value - 2 interval` … down to `interval`, so these are recorded too.
 */

import { BITS, COUNTS, MOST, addCount, addTotals, bucketOf, histogramRecord } from "./histogram";
import { firstOf } from "./histogram-views";

/**
 * Records a value and those that it held up, one in each `interval`; without an interval above 0 the value alone. An hour in steps of
 * a nanosecond would be 4 × 10^12 values: they are counted by bucket, so the time is bounded by the number of buckets.
 */
export function histogramRecordCorrected(at: usize, value: i64, interval: i64): void {
  histogramRecord(at, value);
  value = min(value, load<i64>(at, MOST));
  if (interval <= 0 || value - interval < interval) return;
  const bits = load<u32>(at, BITS);
  const missing = value / interval - 1;
  const largest = value - interval;
  let next = largest;
  for (let left = missing; left > 0; ) {
    const bucket = bucketOf(next, bits);
    const here = min((next - firstOf(bucket, bits)) / interval + 1, left);
    // A count stops at its largest value, so more than that need not be added.
    addCount(at + COUNTS + (<usize>bucket << 2), <u32>min(here, 0xffffffff));
    next -= here * interval;
    left -= here;
  }
  const smallest = largest - (missing - 1) * interval;
  // Their mean times their number, which is exact doubled; it stops where the histogram's sum does.
  const ends = smallest + largest;
  const sum = missing > i64.MAX_VALUE / ends ? i64.MAX_VALUE : (missing * ends) >> 1;
  addTotals(at, missing, sum, smallest, largest);
}
