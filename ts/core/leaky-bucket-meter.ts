import { defaultRuntime, type Runtime } from "../../bindings/index.js";
import { Limiter, type RateOptions } from "./limiter.js";

/** Options of {@link LeakyBucketMeter}: `burst` is the bucket's size, by default the whole limit. */
export type LeakyBucketMeterOptions = RateOptions;

/**
 * The leaky bucket as a meter: each permit is poured into a bucket of size `burst` that leaks `limit` in `perMs` milliseconds, and
 * a call passes if what it pours does not run over. Nobody waits; {@link LeakyBucketQueue} is the kind that paces.
 *
 * It is the mirror image of {@link TokenBucket}, whose tokens are the room that is left here, and I.371 proves it equal to
 * {@link Gcra}. So it is the same machine and decides alike: use the name that your specification uses.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`. A refusal is a number, never an exception.
 * Source: Turner, "New directions in communications" (IEEE Communications Magazine 24:10, 1986); ITU-T I.371 (2004), annex A,
 * continuous-state leaky bucket.
 *
 * @see {@link LeakyBucketQueue}, {@link TokenBucket}
 * @example
 * ```ts
 * import { LeakyBucketMeter } from "holdfast/core";
 *
 * const meter = new LeakyBucketMeter({ limit: 10, perMs: 1_000, burst: 2 });
 * meter.tryAcquire(2, 0); // => 0
 * meter.tryAcquire(1, 0); // => 100
 * meter.tryAcquire(1, 100); // => 0
 * ```
 */
export class LeakyBucketMeter extends Limiter {
  /** @internal */
  static override readonly kind: string = "LeakyBucketMeter";

  constructor(options: LeakyBucketMeterOptions, runtime: Runtime = defaultRuntime()) {
    super(options, options.limit, undefined, runtime);
  }

  /** @internal */
  protected defaultBurst(options: RateOptions): number {
    return options.limit;
  }
}
