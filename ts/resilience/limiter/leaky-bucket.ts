import type { LimiterAlgorithm, Rate } from "./algorithm.js";
import { bucket } from "./bucket.js";

/**
 * Leaky bucket as a meter: each call pours its weight into a bucket of size `burst` that leaks at the rate, and passes if nothing runs
 * over (ITU-T I.371, annex A). It decides as `tokenBucket` does; take the name that your specification uses. The leaky bucket that
 * paces is `leakyBucketQueue` of `holdfast/resilience/limiter`.
 *
 * @param rate `limit` permits leak each `perMs` milliseconds; `burst`, by default the limit.
 *
 * @example
 * ```ts
 * import { leakyBucket, manualClock, rateLimiter } from "holdfast";
 *
 * const limiter = rateLimiter({ algorithm: leakyBucket({ limit: 10, perMs: 1_000, burst: 1 }), clock: manualClock() });
 * limiter.check().allowed; // => true
 * limiter.check().retryAfterMs; // => 100
 * ```
 */
export function leakyBucket(rate: Rate): LimiterAlgorithm {
  return bucket("leaky-bucket", rate, rate.limit);
}
