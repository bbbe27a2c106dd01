import { type Address, defaultRuntime, type FullExports, type Runtime } from "../../bindings/index.js";
import { duration, within } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link LatencyHistogram}. */
export interface LatencyHistogramOptions {
  /** How far a quantile may be off, as a share of the value: 0.00025 to 0.25. Default: 0.01. */
  readonly relativeError?: number | undefined;
  /** Longest value that is told apart, in milliseconds; longer ones count as this. Default: 3,600,000, an hour. */
  readonly maxMs?: number | undefined;
}

/** What to do instead of changing all of a histogram that others record into. */
const oneOfItsOwn = "merge it into a histogram of a runtime of this thread's own, and change that one";

/**
 * Counts durations in buckets as wide as a fixed share of their values, so that any quantile is known to a bounded
 * relative error in a few kilobytes (10 KB with the defaults), whatever was recorded.
 *
 * Use it for latencies; merge those of several parts to get that of the whole. Values below 2^-10 µs have no bucket of their own.
 * A bucket's count stops at 2^32 − 1. Merging is exact: it equals recording all values in one histogram.
 *
 * In a shared runtime any number of threads record into one, 3 times as slow, and nothing is lost; whoever reads takes a copy. Merge
 * it into a histogram of one thread to keep a state of it.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`; `NOT_MERGEABLE`.
 * Source: log-linear buckets as in HdrHistogram (Tene, 2012).
 *
 * @example
 * ```ts
 * import { LatencyHistogram } from "holdfast/core";
 *
 * const histogram = new LatencyHistogram();
 * for (let ms = 1; ms <= 100; ms++) histogram.record(ms);
 * histogram.count; // => 100
 * histogram.max; // => 100
 * Math.abs(histogram.quantile(0.5) - 50) <= 0.5; // => true
 * ```
 */
export class LatencyHistogram extends Structure {
  /** @internal */
  static override readonly kind: string = "LatencyHistogram";

  /** The core where other threads may record too. @internal */
  protected shared!: FullExports | undefined;

  /** Buckets are 2^-bits of their values wide, so their middles are at most half of that off. */
  constructor(options: LatencyHistogramOptions = {}, runtime: Runtime = defaultRuntime()) {
    const relativeError = within("relativeError", options.relativeError ?? 0.01, 0.00025, 0.25);
    const maxMs = duration("maxMs", options.maxMs ?? 3_600_000);
    const bits = Math.max(1, Math.ceil(-Math.log2(relativeError)) - 1);
    super(runtime.core.histogramSize(bits, maxMs * 1000), runtime);
    this.core.histogramInit(this.at, bits, maxMs * 1000);
    this.attached();
  }

  /** @internal */
  protected override attached(): void {
    this.shared = this.runtime.sharedCore;
  }

  /** Where threads share it, what is read is a copy whose ranks fit; nobody stops recording meanwhile. @internal */
  override steady<Result>(use: (at: Address) => Result): Result {
    const at = this.live;
    const { shared } = this;
    if (shared === undefined) return use(at);
    return this.borrowing(this.core.snapshotSize(at) >>> 0, (copy) => {
      shared.histogramCopyShared(at, copy);
      return use(copy);
    });
  }

  /** A number of the core's about the whole. @internal */
  protected reading(what: number): number {
    return this.steady((at) => this.core.histogramRead(at, what));
  }

  /** Records a duration in milliseconds; below 0 it counts as 0, NaN is not recorded. */
  record(ms: number): void {
    if (this.at === 0) throw this.disposed();
    if (this.shared === undefined) this.core.histogramRecord(this.at, ms * 1000);
    else this.shared.histogramRecordShared(this.at, ms * 1000);
  }

  /** Number of durations recorded. */
  get count(): number {
    return this.reading(0);
  }

  /** Sum of all durations, in milliseconds. */
  get sum(): number {
    return this.reading(1) / 1000;
  }

  /** Shortest duration, in milliseconds, to 2^-10 µs; 0 where there is none. */
  get min(): number {
    return this.steady((at) => (this.core.histogramRead(at, 0) === 0 ? 0 : this.core.histogramRead(at, 2))) / 1000;
  }

  /** Longest duration, in milliseconds; 0 where there is none. */
  get max(): number {
    return this.reading(3) / 1000;
  }

  /** Mean, in milliseconds; 0 where nothing is recorded. */
  get mean(): number {
    return this.steady((at) => this.core.histogramRead(at, 1) / (this.core.histogramRead(at, 0) || 1)) / 1000;
  }

  /**
   * The duration, in milliseconds, that a share `q` of all durations does not exceed: the one of rank ⌈q × count⌉, to the
   * relative error. 0 where nothing is recorded.
   *
   * @param q 0 (the shortest) to 1 (the longest).
   */
  quantile(q: number): number {
    within("q", q, 0, 1);
    return this.steady((at) => this.core.histogramQuantile(at, q)) / 1000;
  }

  /**
   * Adds everything that `other` recorded. Throws `NOT_MERGEABLE` where its options are not the same, `THREAD_UNSAFE` in a shared
   * runtime.
   */
  merge(other: LatencyHistogram): void {
    this.forOneThread("merge", oneOfItsOwn);
    this.mergeIn(other, this.core.histogramMerge);
  }

  /** Forgets everything recorded. Throws `THREAD_UNSAFE` in a shared runtime. */
  reset(): void {
    this.forOneThread("reset", oneOfItsOwn);
    this.core.histogramReset(this.live);
  }

  /** Everything recorded, as bytes. */
  snapshot(): Uint8Array {
    return this.steady((at) => this.copyOut((to) => this.core.histogramSave(at, to)));
  }

  /** Replaces everything recorded by a {@link snapshot}. Throws `SNAPSHOT_INVALID`; `THREAD_UNSAFE` in a shared runtime. */
  restore(bytes: Uint8Array): void {
    this.forOneThread("restore", oneOfItsOwn);
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.histogramLoad(at, from));
  }
}
