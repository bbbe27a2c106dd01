import { type Address, type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { LatencyHistogram, type LatencyHistogramOptions } from "./latency-histogram.js";
import { whole } from "./options.js";

/** A bucket of an {@link HdrHistogram} that is not empty: values from `fromMs` up to, not including, `toMs`. */
export interface HdrBucket {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** A step of {@link HdrHistogram.percentiles}: `count` durations, a share `q` of all, are at most `valueMs`. */
export interface HdrPercentile {
  readonly q: number;
  readonly valueMs: number;
  readonly count: number;
}

/**
 * A {@link LatencyHistogram} with what users of HdrHistogram know: correction for coordinated omission, buckets and percentiles one by one,
 * counts up to a value, the difference of two states.
 *
 * Use it in load tests and in reports. It holds what a `LatencyHistogram` holds, and the two merge and restore each other.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`; `NOT_MERGEABLE`.
 * Source: HdrHistogram (Tene, 2012).
 *
 * @example
 * ```ts
 * import { HdrHistogram } from "holdfast/core";
 *
 * const histogram = new HdrHistogram();
 * // One request every 10 ms; the one that took 40 ms held up three others.
 * histogram.recordCorrected(40, 10);
 * histogram.count; // => 4
 * histogram.mean; // => 25
 * histogram.countUpTo(25); // => 2
 * [...histogram.buckets()].map(({ count }) => count); // => [1, 1, 1, 1]
 * ```
 */
export class HdrHistogram extends LatencyHistogram {
  /** @internal */
  static override readonly kind: string = "HdrHistogram";

  constructor(options: LatencyHistogramOptions = {}, runtime: FullRuntime = fullRuntime()) {
    super(options, runtime);
  }

  /** @internal */
  protected get full(): FullExports {
    return this.core as FullExports;
  }

  /**
   * Records a duration and those that it held up, where one was expected to begin in each `intervalMs`: the duration less one interval,
   * less two … down to one interval. NaN is not recorded; without an interval above 0 only the duration is. Throws
   * `THREAD_UNSAFE` in a shared runtime.
   */
  recordCorrected(ms: number, intervalMs: number): void {
    if (this.at === 0) throw this.disposed();
    this.forOneThread("recordCorrected", "correct in a histogram of each thread's own, and merge those");
    this.full.histogramRecordCorrected(this.at, ms * 1000, intervalMs * 1000);
  }

  /** Records a duration from one of several threads whose runtimes stand over one memory; 3 times as slow as {@link record}. */
  recordShared(ms: number): void {
    if (this.at === 0) throw this.disposed();
    this.full.histogramRecordShared(this.at, ms * 1000);
  }

  /** How many durations are at most `ms`, or in the bucket of `ms`. */
  countUpTo(ms: number): number {
    return this.steady((at) => this.full.histogramCountUpTo(at, ms * 1000));
  }

  /** How many durations are in the bucket of `ms`: equal to it, to the relative error. */
  countAt(ms: number): number {
    return this.steady((at) => this.full.histogramBucketCount(at, this.full.histogramBucketOf(at, ms * 1000))) >>> 0;
  }

  /** The buckets that are not empty, from the shortest duration to the longest. */
  *buckets(): Generator<HdrBucket, void, undefined> {
    yield* this.steady((at) => this.bucketsAt(at));
  }

  /** @internal */
  protected bucketsAt(at: Address): HdrBucket[] {
    const { full } = this;
    const found: HdrBucket[] = [];
    for (let bucket = full.histogramNextBucket(at, 0); bucket >= 0; bucket = full.histogramNextBucket(at, bucket + 1)) {
      found.push({
        fromMs: full.histogramBucketFrom(at, bucket) / 1000,
        toMs: full.histogramBucketFrom(at, bucket + 1) / 1000,
        count: full.histogramBucketCount(at, bucket) >>> 0,
      });
    }
    return found;
  }

  /**
   * Quantiles in steps that halve with the distance to 1, as HdrHistogram prints them: `steps` from 0 to 0.5, `steps` to 0.75, `steps` to
   * 0.875 … until the longest duration is reached. A step that no duration separates from the one before is left out.
   *
   * @param steps 1 to 1,000. Default: 5.
   */
  *percentiles(steps = 5): Generator<HdrPercentile, void, undefined> {
    whole("steps", steps, 1, 1_000);
    yield* this.steady((at) => this.percentilesAt(at, steps));
  }

  /** @internal */
  protected percentilesAt(at: Address, steps: number): HdrPercentile[] {
    const { full } = this;
    const found: HdrPercentile[] = [];
    const total = full.histogramRead(at, 0);
    let before = 0;
    for (let step = 0; before < total; step++) {
      const q = 1 - 2 ** -Math.floor(step / steps) * (1 - (step % steps) / (2 * steps));
      const valueMs = full.histogramQuantile(at, q) / 1000;
      const count = full.histogramCountUpTo(at, valueMs * 1000);
      if (count > before) found.push({ q: count / total, valueMs, count });
      before = count;
      // Where a bucket's count stopped at its largest value, the total is never reached.
      if (q === 1) break;
    }
    return found;
  }

  /**
   * Takes away what `earlier` has, an earlier state of this histogram: what is left was recorded since. The shortest and the longest
   * duration are known to their buckets then. Throws `NOT_MERGEABLE` where its options are not the same, or where it has more;
   * `THREAD_UNSAFE` in a shared runtime.
   */
  subtract(earlier: LatencyHistogram): void {
    this.forOneThread("subtract", "merge it into a histogram of a runtime of this thread's own, and subtract there");
    this.mergeIn(earlier, this.full.histogramSubtract);
  }
}
