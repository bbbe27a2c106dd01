import { type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { WindowLimiter, type WindowOptions } from "./window-limiter.js";

/** Options of {@link SlidingWindowCounter}; `limit` is 1 to 2^24 − 1. */
export type SlidingWindowCounterOptions = WindowOptions;

/**
 * At most `limit` permits in a window of `perMs` milliseconds that slides, estimated from two counters: what was taken in the
 * current window, and of the one before the share that still lies within `perMs` of now.
 *
 * Use it for limits "per minute" that shall hold for any minute: it takes 48 bytes where {@link SlidingWindowLog} takes 12 a permit,
 * and is off only by how unevenly the window before was used. The share is compared as an exact fraction. Only what
 * was admitted counts, so that a caller who is refused a hundred times is not kept out for it.
 *
 * The windows are those of {@link FixedWindow}, with the same boundaries and the same rule for clocks that step back.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`. A refusal is a number, never an exception.
 * Source: Cloudflare, "How we built rate limiting capable of scaling to millions of domains" (2017).
 *
 * @see {@link FixedWindow}, {@link SlidingWindowLog}, {@link KeyedWindowLimiter}
 * @example
 * ```ts
 * import { SlidingWindowCounter } from "holdfast/core";
 *
 * const counter = new SlidingWindowCounter({ limit: 10, perMs: 1_000 });
 * counter.tryAcquire(10, 900); // => 0
 * // A fifth of the next window is over: 8 of the 10 still count.
 * counter.remaining(1_200); // => 2
 * counter.tryAcquire(3, 1_200); // => 100
 * ```
 */
export class SlidingWindowCounter extends WindowLimiter {
  /** @internal */
  static override readonly kind: string = "SlidingWindowCounter";

  constructor(options: SlidingWindowCounterOptions, runtime: FullRuntime = fullRuntime()) {
    super(options, "sliding", runtime);
  }

  /** @internal */
  protected windows(): "sliding" {
    return "sliding";
  }
}
