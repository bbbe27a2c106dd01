import { type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { WindowLimiter, type WindowOptions } from "./window-limiter.js";

/** Options of {@link FixedWindow}; `limit` is 1 to 2^32 − 1. */
export type FixedWindowOptions = WindowOptions;

/**
 * At most `limit` permits in each window of `perMs` milliseconds; the next window begins with all of them.
 *
 * Use it for quotas that somebody else counts that way too. It is the coarsest of the limiters: who takes the end of one window and
 * the beginning of the next gets twice the limit within an instant; {@link SlidingWindowCounter} does not let that pass.
 *
 * Windows follow each other from time 0 of the clock that you pass in: window n is from n × `perMs` on, that instant included, to
 * (n + 1) × `perMs`, that one not included. A monotonic clock begins somewhere else in each process, so their windows do not
 * end at once.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`. A refusal is a number, never an exception.
 * A clock that steps back opens no window anew: what was taken counts in the window of the new time. A step of up to an eighth of a
 * window, as between two threads' readings, is no step.
 * Source: the counters of `INCR` and `EXPIRE` in Redis' documentation, without their race.
 *
 * @see {@link SlidingWindowCounter}, {@link SlidingWindowLog}, {@link KeyedWindowLimiter}
 * @example
 * ```ts
 * import { FixedWindow } from "holdfast/core";
 *
 * const window = new FixedWindow({ limit: 2, perMs: 1_000 });
 * window.tryAcquire(2, 900); // => 0
 * window.tryAcquire(1, 900); // => 100
 * window.tryAcquire(2, 1_000); // => 0
 * ```
 */
export class FixedWindow extends WindowLimiter {
  /** @internal */
  static override readonly kind: string = "FixedWindow";

  constructor(options: FixedWindowOptions, runtime: FullRuntime = fullRuntime()) {
    super(options, "fixed", runtime);
  }

  /** @internal */
  protected windows(): "fixed" {
    return "fixed";
  }
}
