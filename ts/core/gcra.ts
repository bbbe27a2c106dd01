import { defaultRuntime, type Runtime } from "../../bindings/index.js";
import { Limiter, type RateOptions } from "./limiter.js";

/** Options of {@link Gcra}. */
export type GcraOptions = RateOptions;

/**
 * The generic cell rate algorithm: a call passes if it does not come too early for an even spacing of `perMs / limit`
 * milliseconds, with a tolerance of `burst` calls.
 *
 * Use it where calls shall be spread evenly: the default burst is 1, so that 60 in a minute means one in a second. With the
 * same burst it decides like {@link TokenBucket}: both are the same machine, read from the other end.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`. A refusal is a number, never an exception.
 * Source: ITU-T I.371 (2004), annex A, virtual scheduling.
 *
 * @see {@link TokenBucket}, {@link KeyedLimiter}
 * @example
 * ```ts
 * import { Gcra } from "holdfast/core";
 *
 * const limiter = new Gcra({ limit: 60, perMs: 60_000 });
 * limiter.tryAcquire(1, 0); // => 0
 * limiter.tryAcquire(1, 250); // => 750
 * limiter.tryAcquire(1, 1_000); // => 0
 * ```
 */
export class Gcra extends Limiter {
  /** @internal */
  static override readonly kind: string = "Gcra";

  constructor(options: GcraOptions, runtime: Runtime = defaultRuntime()) {
    super(options, 1, undefined, runtime);
  }

  /** @internal */
  protected defaultBurst(): number {
    return 1;
  }
}
