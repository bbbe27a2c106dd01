import type { LimiterAlgorithm, WindowRate } from "./algorithm.js";
import { windowAlgorithm } from "./window.js";

/**
 * Fixed windows: `limit` permits in each, and the next one begins with all of them.
 *
 * Use it for quotas that somebody else counts that way too. Who takes the end of one window and the beginning of the next gets twice
 * the limit within an instant; `slidingWindow` does not let that pass. Windows follow each other from time 0 of the clock.
 *
 * @param window `limit` from 1 to 2^32 − 1 in `perMs` milliseconds.
 *
 * @example
 * ```ts
 * import { manualClock, rateLimiter } from "holdfast";
 * import { fixedWindow } from "holdfast/resilience/limiter";
 *
 * const clock = manualClock({ nowMs: 900 });
 * const limiter = rateLimiter({ algorithm: fixedWindow({ limit: 1, perMs: 1_000 }), clock });
 * limiter.check().allowed; // => true
 * limiter.check().retryAfterMs; // => 100
 * ```
 */
export function fixedWindow(window: WindowRate): LimiterAlgorithm {
  return windowAlgorithm("fixed-window", window);
}
