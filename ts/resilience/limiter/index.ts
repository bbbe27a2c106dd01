/**
 * @module holdfast/resilience/limiter
 *
 * Algorithms for `rateLimiter` that need the core's full module, which `holdfast` itself does not carry.
 */

export type { LeakyBucketQueueOptions, WarmUpLimiterOptions } from "../../core/index.js";
export type { AlgorithmKind, LimiterAlgorithm, WindowRate } from "./algorithm.js";
export { type AllLevel, all } from "./all.js";
export { fixedWindow } from "./fixed-window.js";
export { leakyBucketQueue } from "./leaky-bucket-queue.js";
export { slidingLog } from "./sliding-log.js";
export { slidingWindow } from "./sliding-window.js";
export { warmUp } from "./warm-up.js";
