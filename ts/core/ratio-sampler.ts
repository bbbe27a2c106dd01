import { type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { whole, within } from "./options.js";
import { thresholdHalves, thresholdOfShare } from "./sampling-state.js";
import { randomHigh, randomLow, type TraceIdBatch, type TraceSampler } from "./trace-sampler.js";

/** Options of {@link RatioSampler}. */
export interface RatioSamplerOptions {
  /** The share of traces to keep: 0 (none) to 1 (all). */
  readonly ratio: number;
  /**
   * Hexadecimal digits of the threshold, 1 to 12; more make the ratio more exact and `tracestate` longer. Default: 4, as the specification
   * recommends: the ratio is met to 0.1 %.
   */
  readonly digits?: number | undefined;
}

/**
 * Keeps a share of all traces, exactly as OpenTelemetry's consistent probability sampling does: a trace is kept if its last 56
 * bits reach a threshold. So all services, in any language, keep the same traces, and who keeps more keeps all of those.
 *
 * Use it for a fixed share. It has no state and needs no time.
 *
 * Errors: `INVALID_OPTION`.
 * Source: OpenTelemetry, "TraceState: Probability Sampling".
 *
 * @see {@link AdaptiveSampler}, {@link RateLimitedSampler}, {@link ErrorBiasedSampler}
 * @example
 * ```ts
 * import { RatioSampler } from "holdfast/core";
 *
 * const sampler = new RatioSampler({ ratio: 0.25 });
 * sampler.threshold; // => "c"
 * sampler.sample("0123456789abcdef01d0000000000000"); // => 4
 * sampler.sample("0123456789abcdef01bfffffffffffff"); // => 0
 * ```
 */
export class RatioSampler implements TraceSampler {
  /** The threshold (`th`) of every decision; undefined where nothing is kept. */
  readonly threshold: string | undefined;
  /** How many traces a kept one stands for: 1 / ratio, as the threshold makes it; 0 where nothing is kept. */
  readonly adjustedCount: number;
  readonly #runtime: FullRuntime;
  readonly #core: FullRuntime["core"];
  readonly #low: number;
  readonly #high: number;

  constructor(options: RatioSamplerOptions, runtime: FullRuntime = fullRuntime()) {
    const ratio = within("ratio", options.ratio, 0, 1);
    const share = runtime.core.samplingShareOf(ratio, whole("digits", options.digits ?? 4, 1, 12));
    this.threshold = thresholdOfShare(share);
    this.adjustedCount = share === 0 ? 0 : 2 ** 56 / share;
    [this.#low, this.#high] = thresholdHalves(this.threshold);
    this.#runtime = runtime;
    this.#core = runtime.core;
  }

  /**
   * Decides on a trace.
   *
   * @param trace the trace id, 32 hexadecimal digits, or explicit randomness (`rv`), 14 digits.
   * @returns how many traces the kept one stands for, or 0 where it is dropped.
   */
  sample(trace: string): number {
    const kept = this.#core.samplingDecide(randomLow(trace), randomHigh(trace), this.#low, this.#high);
    return kept === 0 ? 0 : this.adjustedCount;
  }

  /** Decides on the first `count` ids of a batch; `batch.kept` says on each. Returns how many are kept. */
  sampleMany(batch: TraceIdBatch, count: number): number {
    return batch.decided(this.#runtime, count, (ids, all, out) =>
      this.#core.samplingDecideMany(ids, all, this.#low, this.#high, out),
    );
  }
}
