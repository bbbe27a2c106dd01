import { type Address, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { Sketch } from "./sketch.js";

/** Options of {@link P2Quantile}. */
export interface P2QuantileOptions {
  /** Which quantile: above 0 and below 1, such as 0.99. */
  readonly q: number;
}

/**
 * One quantile of a stream in 128 bytes, by five markers that follow the distribution.
 *
 * Use it where there are very many streams and one quantile of each is wanted roughly, as a threshold. It is exact up to five values,
 * depends on the order of the values, keeps no bound on its error and cannot be merged; where one of these matters, use {@link DDSketch}
 * or {@link LatencyHistogram}.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`.
 * Source: Jain and Chlamtac, "The P² Algorithm" (Communications of the ACM 28:10, 1985).
 *
 * @example
 * ```ts
 * import { P2Quantile } from "holdfast/core";
 *
 * const median = new P2Quantile({ q: 0.5 });
 * median.recordMany([5, 1, 3]);
 * median.value; // => 3
 * ```
 */
export class P2Quantile extends Sketch {
  constructor(options: P2QuantileOptions, runtime: FullRuntime = fullRuntime()) {
    if (!(options.q > 0 && options.q < 1)) throw invalidOption("q", options.q, "give a number above 0 and below 1");
    super(runtime.core.p2Size(), runtime);
    this.core.p2Init(this.at, options.q);
  }

  /** Records a value. */
  record(value: number): void {
    if (this.at === 0) throw this.disposed();
    this.core.p2Record(this.at, value);
  }

  /** @internal */
  protected recordFrom(values: Address, count: number): void {
    this.core.p2RecordMany(this.at, values, count);
  }

  /** The estimate of the quantile; NaN where nothing is recorded. */
  get value(): number {
    return this.core.p2Value(this.live);
  }

  /** Forgets everything recorded. */
  reset(): void {
    this.core.p2Reset(this.live);
  }
}
