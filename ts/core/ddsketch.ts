import { type Address, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { choice, within } from "./options.js";
import { Sketch } from "./sketch.js";

/** Numbers of buckets that a sketch can have. */
const sizes = Array.from({ length: 11 }, (_, n) => `${16 << n}`);

/** Options of {@link DDSketch}. */
export interface DDSketchOptions {
  /** How far a quantile may be off, as a share of the value: 0.0001 to 0.25. Default: 0.01. */
  readonly relativeError?: number | undefined;
  /** Most buckets of the positive values, and of the negative: a power of two from 16 to 16,384. Default: 1,024. */
  readonly maxBuckets?: number | undefined;
}

/**
 * Any quantile of any numbers, to a bounded relative error; it merges exactly, values of both signs included.
 *
 * Use it for quantities that may be negative or whose range is not known. For latencies {@link LatencyHistogram} is faster and
 * smaller. The buckets of one sign cover 29 powers of two with the defaults; where values spread wider, the smallest magnitudes of the
 * sign are counted together and lose the bound, the others keep it. Magnitudes below 2^-1022 count as 0. It holds 16 KB with the
 * defaults, 16 bytes a bucket. State is the same in whatever order values came, but for the last places of the sum.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`; `NOT_MERGEABLE`.
 * Source: Masson, Rim and Lee, "DDSketch" (VLDB 2019), with the cubic in place of the logarithm.
 *
 * @see {@link TDigest}, {@link ExponentialHistogram}
 * @example
 * ```ts
 * import { DDSketch } from "holdfast/core";
 *
 * const here = new DDSketch();
 * const there = new DDSketch();
 * here.recordMany([-7, -1, 0, 2]);
 * there.recordMany([3, 40, 500]);
 * here.merge(there);
 * here.count; // => 7
 * here.min; // => -7
 * Math.abs(here.quantile(0.85) - 40) <= 0.4; // => true
 * ```
 */
export class DDSketch extends Sketch {
  constructor(options: DDSketchOptions = {}, runtime: FullRuntime = fullRuntime()) {
    const relativeError = within("relativeError", options.relativeError ?? 0.01, 0.0001, 0.25);
    const buckets = 16 << choice("maxBuckets", `${options.maxBuckets ?? 1024}`, sizes);
    super(runtime.core.ddsketchSize(buckets), runtime);
    this.core.ddsketchInit(this.at, relativeError, buckets);
  }

  /** Records a value. */
  record(value: number): void {
    if (this.at === 0) throw this.disposed();
    this.core.ddsketchRecord(this.at, value);
  }

  /** @internal */
  protected recordFrom(values: Address, count: number): void {
    this.core.ddsketchRecordMany(this.at, values, count);
  }

  /**
   * The value that a share `q` of all values does not exceed: the one of rank ⌈q × count⌉, to the relative error. NaN where nothing
   * is recorded.
   *
   * @param q 0 (the smallest) to 1 (the largest).
   */
  quantile(q: number): number {
    return this.core.ddsketchQuantile(this.live, within("q", q, 0, 1));
  }

  /** Adds everything that `other` recorded. Throws `NOT_MERGEABLE` where its options are not the same. */
  merge(other: DDSketch): void {
    this.mergeIn(other, this.core.ddsketchMerge);
  }

  /** Forgets everything recorded. */
  reset(): void {
    this.core.ddsketchReset(this.live);
  }
}
