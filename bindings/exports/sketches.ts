import type { Address } from "./base.js";

/** Sketches of real numbers, and what the full module adds to the histogram. Values of the histogram are microseconds. */
export interface SketchesExports {
  /** Of every sketch below but the histogram: 0 count, 1 sum, 2 smallest, 3 largest. */
  sketchRead(at: Address, what: number): number;
  sketchSave(at: Address, to: Address): void;
  sketchLoad(at: Address, from: Address): number;

  ddsketchSize(bins: number): number;
  ddsketchInit(at: Address, alpha: number, bins: number): number;
  ddsketchRecord(at: Address, value: number): void;
  ddsketchRecordMany(at: Address, values: Address, count: number): void;
  ddsketchMerge(at: Address, other: Address): number;
  ddsketchQuantile(at: Address, q: number): number;
  ddsketchReset(at: Address): void;

  exponentialSize(maxSize: number): number;
  exponentialInit(at: Address, maxSize: number, maxScale: number): number;
  exponentialRecord(at: Address, value: number): void;
  exponentialRecordMany(at: Address, values: Address, count: number): void;
  exponentialMerge(at: Address, other: Address): number;
  exponentialQuantile(at: Address, q: number): number;
  exponentialState(at: Address, what: number): number;
  exponentialZeros(at: Address): number;
  exponentialCounts(at: Address, sign: number): number;
  exponentialIndex(magnitude: number, scale: number): number;
  exponentialLowerBound(index: number, scale: number): number;
  exponentialReset(at: Address): void;

  p2Size(): number;
  p2Init(at: Address, share: number): number;
  p2Record(at: Address, value: number): void;
  p2RecordMany(at: Address, values: Address, count: number): void;
  p2Value(at: Address): number;
  p2Reset(at: Address): void;

  tdigestSize(compression: number): number;
  tdigestInit(at: Address, compression: number): number;
  tdigestRecord(at: Address, value: number): void;
  tdigestRecordMany(at: Address, values: Address, count: number): void;
  tdigestMerge(at: Address, other: Address): number;
  tdigestQuantile(at: Address, q: number): number;
  tdigestCentroids(at: Address): number;
  tdigestReset(at: Address): void;

  histogramRecordCorrected(at: Address, valueUs: number, intervalUs: number): void;
  histogramRecordShared(at: Address, valueUs: number): void;
  histogramCopyShared(at: Address, to: Address): void;
  histogramBucketOf(at: Address, valueUs: number): number;
  histogramBucketFrom(at: Address, bucket: number): number;
  histogramBucketCount(at: Address, bucket: number): number;
  histogramNextBucket(at: Address, bucket: number): number;
  histogramCountUpTo(at: Address, valueUs: number): number;
  histogramSubtract(at: Address, other: Address): number;
}
