/**
 * @module holdfast/redis
 *
 * One rate limit for many processes, kept on a Redis server. The clients `redis` and `ioredis` are yours to install; any other client takes one
 * method ({@link RedisPort}).
 */

export {
  DistributedRateLimiter,
  type DistributedRateLimiterEvents,
  type DistributedRateLimiterOptions,
  distributedRateLimiter,
} from "./distributed-rate-limiter.js";
export { fromIoredis, type IoredisClient } from "./from-ioredis.js";
export { fromRedis, type NodeRedisArguments, type NodeRedisClient } from "./from-redis.js";
export type { RedisCall, RedisPort, RedisScript } from "./port.js";
export type { DistributedDecision, StoreFailureMode } from "./shared-limiter.js";
