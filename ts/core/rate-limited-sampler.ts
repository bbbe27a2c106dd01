import { type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { PacedSampler, type PacedSamplerOptions } from "./paced-sampler.js";

/** Options of {@link RateLimitedSampler}. */
export interface RateLimitedSamplerOptions extends PacedSamplerOptions {
  /** Traces that may be kept at once after a quiet time. Default: `limit`. */
  readonly burst?: number | undefined;
}

/**
 * Keeps at most a number of traces a second, for certain: an {@link AdaptiveSampler} whose kept traces also take a permit
 * from a token bucket.
 *
 * Use it where a collector or a bill sets a bound. The threshold follows the traffic, so that the bucket rarely refuses; a trace that it
 * does refuse is lost to the counts, and {@link refused} says how many were.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`.
 * Source: OpenTelemetry, "TraceState: Probability Sampling"; GCRA (ITU-T I.371).
 *
 * @see {@link AdaptiveSampler}, {@link TokenBucket}
 * @example
 * ```ts
 * import { RateLimitedSampler } from "holdfast/core";
 *
 * const sampler = new RateLimitedSampler({ limit: 2, perMs: 1_000 });
 * const trace = "0123456789abcdef01ffffffffffffff";
 * sampler.sample(trace, 0); // => 1
 * sampler.sample(trace, 0); // => 1
 * sampler.sample(trace, 0); // => 0
 * sampler.refused; // => 1
 * ```
 */
export class RateLimitedSampler extends PacedSampler {
  /** @internal */
  static override readonly kind: string = "RateLimitedSampler";

  constructor(options: RateLimitedSamplerOptions, runtime: FullRuntime = fullRuntime()) {
    super(options, options.burst ?? options.limit, runtime);
  }

  /** Traces that the threshold would have kept and the limit refused. */
  get refused(): number {
    return this.core.pacerRead(this.live, 2);
  }
}
