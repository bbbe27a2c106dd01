import { defaultRuntime, type Runtime } from "../../bindings/index.js";
import { Limiter, type RateOptions } from "./limiter.js";

/** Options of {@link TokenBucket}. */
export interface TokenBucketOptions extends RateOptions {
  /** Tokens in the bucket at the start: 0 to `burst`. Default: `burst`, a full bucket. */
  readonly initial?: number | undefined;
}

/**
 * A bucket of `burst` tokens that fills at `limit` tokens in `perMs` milliseconds, continuously.
 *
 * Use it where a caller that was quiet may catch up: the default burst is the whole limit. Counting is exact: no drift, at
 * any rate. Inside it is one number, the instant at which the bucket will be full, which {@link Gcra} calls its
 * theoretical arrival time: with equal options both decide alike.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`. A refusal is a number, never an exception.
 * A clock that steps back grants nothing; it costs at most one full bucket.
 * Source: Turner, "New directions in communications" (IEEE Communications Magazine 24:10, 1986); RFC 2697 §3.
 *
 * @see {@link Gcra}, {@link KeyedLimiter}
 * @example
 * ```ts
 * import { TokenBucket } from "holdfast/core";
 *
 * const bucket = new TokenBucket({ limit: 2, perMs: 1_000 });
 * bucket.tryAcquire(2, 0); // => 0
 * bucket.tryAcquire(1, 0); // => 500
 * bucket.tryAcquire(1, 500); // => 0
 * bucket.tryAcquire(3, 9_000); // => Infinity
 * ```
 */
export class TokenBucket extends Limiter {
  /** @internal */
  static override readonly kind: string = "TokenBucket";

  constructor(options: TokenBucketOptions, runtime: Runtime = defaultRuntime()) {
    super(options, options.limit, options.initial, runtime);
  }

  /** @internal */
  protected defaultBurst(options: RateOptions): number {
    return options.limit;
  }
}
