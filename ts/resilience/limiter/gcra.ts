import type { LimiterAlgorithm, Rate } from "./algorithm.js";
import { bucket } from "./bucket.js";

/**
 * Generic cell rate algorithm (ITU-T I.371): calls are spaced evenly, `burst` of them may come early. One word of state.
 *
 * @param rate `limit` permits each `perMs` milliseconds; `burst`, by default 1.
 *
 * @example
 * ```ts
 * import { gcra, manualClock, rateLimiter } from "holdfast";
 *
 * const limiter = rateLimiter({ algorithm: gcra({ limit: 10, perMs: 1_000 }), clock: manualClock() });
 * limiter.check().allowed; // => true
 * limiter.check().retryAfterMs; // => 100
 * ```
 */
export function gcra(rate: Rate): LimiterAlgorithm {
  return bucket("gcra", rate, 1);
}
