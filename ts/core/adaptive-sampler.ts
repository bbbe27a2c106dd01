import { type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { PacedSampler, type PacedSamplerOptions } from "./paced-sampler.js";

/**
 * Keeps about a number of traces a second, whatever the traffic: it watches how many come and sets its ratio to match.
 *
 * Use it where the traffic changes and the number kept should not. The number is met on average: the random bits of the traces
 * decide, and nothing else, so its decisions are consistent with all other samplers and its counts are unbiased. For a bound that
 * holds for certain take {@link RateLimitedSampler}. A flood raises the threshold while it comes, not only afterwards.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`.
 * Source: OpenTelemetry, "TraceState: Probability Sampling"; Cormode and others, "Forward Decay" (2009).
 *
 * @see {@link RatioSampler}
 * @example
 * ```ts
 * import { AdaptiveSampler } from "holdfast/core";
 *
 * const sampler = new AdaptiveSampler({ limit: 10, halfLifeMs: 800 });
 * const trace = "0123456789abcdef01ffffffffffffff";
 * for (let nowMs = 0; nowMs < 2_000; nowMs += 10) sampler.sample(trace, nowMs);
 * Math.round(sampler.ratePerSecond); // => 100
 * Math.round(sampler.sample(trace, 2_000)); // => 10
 * ```
 */
export class AdaptiveSampler extends PacedSampler {
  /** @internal */
  static override readonly kind: string = "AdaptiveSampler";

  constructor(options: PacedSamplerOptions, runtime: FullRuntime = fullRuntime()) {
    super(options, undefined, runtime);
  }
}
