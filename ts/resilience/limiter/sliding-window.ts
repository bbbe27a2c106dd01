import type { LimiterAlgorithm, WindowRate } from "./algorithm.js";
import { windowAlgorithm } from "./window.js";

/**
 * A window that slides, estimated from two counters (Cloudflare, "How we built rate limiting capable of scaling to millions of
 * domains", 2017): what was taken in the current window, and the share of the one before that still lies within `perMs` of now.
 *
 * Use it for limits "per minute" that shall hold for any minute. It is off only by how unevenly the window before was used;
 * `slidingLog` is exact and takes 12 bytes a permit.
 *
 * @param window `limit` from 1 to 2^24 − 1 in `perMs` milliseconds.
 *
 * @example
 * ```ts
 * import { manualClock, rateLimiter } from "holdfast";
 * import { slidingWindow } from "holdfast/resilience/limiter";
 *
 * const clock = manualClock({ nowMs: 900 });
 * const limiter = rateLimiter({ algorithm: slidingWindow({ limit: 10, perMs: 1_000 }), clock });
 * limiter.check(undefined, 10).allowed; // => true
 * await clock.advance(300);
 * limiter.check(undefined, 2).allowed; // => true
 * limiter.check().retryAfterMs; // => 100
 * ```
 */
export function slidingWindow(window: WindowRate): LimiterAlgorithm {
  return windowAlgorithm("sliding-window", window);
}
