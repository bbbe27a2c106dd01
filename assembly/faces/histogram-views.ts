import { hotTicksFromUs, ticksFromUs, usFromTicks } from "../math/ticks";
import * as corrected from "../sketches/histogram-corrected";
import * as shared from "../sketches/histogram-shared";
import * as views from "../sketches/histogram-views";

export { histogramCopyShared } from "../sketches/histogram-shared";
export { histogramBucketCount, histogramNextBucket, histogramSubtract } from "../sketches/histogram-views";

/** Records a value and those that it held up, both in microseconds; a value of NaN is not recorded. */
export function histogramRecordCorrected(at: usize, valueUs: f64, intervalUs: f64): void {
  if (valueUs == valueUs) corrected.histogramRecordCorrected(at, ticksFromUs(valueUs), ticksFromUs(intervalUs));
}

/** Records a value in microseconds, in step with other threads; NaN is not recorded. */
export function histogramRecordShared(at: usize, valueUs: f64): void {
  if (valueUs == valueUs) shared.histogramRecordShared(at, hotTicksFromUs(valueUs));
}

export function histogramBucketFrom(at: usize, bucket: u32): f64 {
  return usFromTicks(views.histogramBucketFrom(at, bucket));
}

export function histogramBucketOf(at: usize, valueUs: f64): u32 {
  return views.histogramBucketOf(at, ticksFromUs(valueUs));
}

export function histogramCountUpTo(at: usize, valueUs: f64): f64 {
  return <f64>views.histogramCountUpTo(at, ticksFromUs(valueUs));
}
