import { type Address, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { whole, within } from "./options.js";
import { Sketch } from "./sketch.js";

/** Options of {@link ExponentialHistogram}. */
export interface ExponentialHistogramOptions {
  /** Most buckets of the positive values, and of the negative: 2 to 16,384. Default: 160. */
  readonly maxSize?: number | undefined;
  /** The scale to begin with: -10 to 20. Default: 20. */
  readonly maxScale?: number | undefined;
}

/** The buckets of one sign, as OTLP has them: bucket number `offset + n` has `counts[n]` values. */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly counts: Float64Array;
}

/**
 * The exponential histogram of OpenTelemetry: bucket `i` at scale `s` holds the values above base^i and up to base^(i + 1), where base
 * = 2^(2^-s). It starts at the largest scale and halves its resolution whenever the values do not fit `maxSize` buckets.
 *
 * Use it for metrics that are exported as OTLP exponential histograms or as Prometheus native ones. Every value is in its right bucket,
 * exact powers of the base too. Scale and buckets are the same in whatever order values came and parts were merged. It holds 2.6 KB with
 * the defaults. A merge needs equal options, not equal scales.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`; `NOT_MERGEABLE`.
 * Source: OpenTelemetry, metrics data model, "ExponentialHistogram".
 *
 * @see {@link DDSketch}
 * @example
 * ```ts
 * import { ExponentialHistogram } from "holdfast/core";
 *
 * const histogram = new ExponentialHistogram({ maxSize: 4 });
 * histogram.recordMany([1, 2, 4, 0, -2]);
 * histogram.scale; // => 0
 * histogram.positive.offset; // => -1
 * [...histogram.positive.counts]; // => [1, 1, 1]
 * [...histogram.negative.counts]; // => [1]
 * histogram.zeroCount; // => 1
 * histogram.lowerBound(1); // => 2
 * ```
 */
export class ExponentialHistogram extends Sketch {
  constructor(options: ExponentialHistogramOptions = {}, runtime: FullRuntime = fullRuntime()) {
    const maxSize = whole("maxSize", options.maxSize ?? 160, 2, 16_384);
    const maxScale = whole("maxScale", options.maxScale ?? 20, -10, 20);
    super(runtime.core.exponentialSize(maxSize), runtime);
    this.core.exponentialInit(this.at, maxSize, maxScale);
  }

  /** Records a value. */
  record(value: number): void {
    if (this.at === 0) throw this.disposed();
    this.core.exponentialRecord(this.at, value);
  }

  /** @internal */
  protected recordFrom(values: Address, count: number): void {
    this.core.exponentialRecordMany(this.at, values, count);
  }

  /** The scale that the buckets have now: base = 2^(2^-scale). */
  get scale(): number {
    return this.core.exponentialState(this.live, 0);
  }

  /** How many values were 0. */
  get zeroCount(): number {
    return this.core.exponentialZeros(this.live);
  }

  /** The buckets of the values above 0. */
  get positive(): ExponentialBuckets {
    return this.#buckets(0);
  }

  /** The buckets of the values below 0, by magnitude. */
  get negative(): ExponentialBuckets {
    return this.#buckets(1);
  }

  /** The lower bound of bucket number `index` at the present scale; that of the next is the upper one. */
  lowerBound(index: number): number {
    return this.core.exponentialLowerBound(index, this.scale);
  }

  /**
   * The value that a share `q` of all values does not exceed: the one of rank ⌈q × count⌉, to (base − 1) / (base + 1) of itself, which is
   * 2.2 % at scale 4. NaN where nothing is recorded.
   *
   * @param q 0 (the smallest) to 1 (the largest).
   */
  quantile(q: number): number {
    return this.core.exponentialQuantile(this.live, within("q", q, 0, 1));
  }

  /** Adds everything that `other` recorded. Throws `NOT_MERGEABLE` where its options are not the same. */
  merge(other: ExponentialHistogram): void {
    this.mergeIn(other, this.core.exponentialMerge);
  }

  /** Forgets everything recorded, and begins with the largest scale again. */
  reset(): void {
    this.core.exponentialReset(this.live);
  }

  #buckets(sign: number): ExponentialBuckets {
    const at = this.live;
    const offset = this.core.exponentialState(at, 1 + 2 * sign);
    const size = this.core.exponentialState(at, 2 + 2 * sign);
    const counts = new Float64Array(this.runtime.memory.buffer, at + this.core.exponentialCounts(at, sign), size);
    return { offset, counts: counts.slice() };
  }
}
