import type { LimiterAlgorithm, Rate } from "./algorithm.js";
import { bucket } from "./bucket.js";

/**
 * Tokens flow in at a steady rate up to `burst`; each call takes its weight. Allows a burst after a quiet time.
 *
 * @param rate `limit` tokens each `perMs` milliseconds; `burst`, by default the limit.
 *
 * @example
 * ```ts
 * import { rateLimiter, tokenBucket } from "holdfast";
 *
 * const limiter = rateLimiter({ algorithm: tokenBucket({ limit: 2, perMs: 60_000 }) });
 * [limiter.check().allowed, limiter.check().allowed, limiter.check().allowed]; // => [true, true, false]
 * ```
 */
export function tokenBucket(rate: Rate): LimiterAlgorithm {
  return bucket("token-bucket", rate, rate.limit);
}
