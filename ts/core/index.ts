/** What people touch of the WebAssembly core: pure state machines that are handed the time. */

export {
  type CoreInfo,
  coreInfo,
  createFullRuntime,
  createRuntime,
  defaultRuntime,
  type FullRuntime,
  fullRuntime,
  provideModule,
  type Runtime,
  type RuntimeOptions,
} from "../../bindings/index.js";
export {
  AdaptiveBreakerMachine,
  type AdaptiveBreakerMachineOptions,
  type BaselineOptions,
} from "./adaptive-breaker.js";
export { AttemptLimit, type AttemptLimitOptions } from "./attempt-limit.js";
export { type BackoffKind, BackoffMachine, type BackoffMachineOptions, type Jitter } from "./backoff-machine.js";
export {
  type BreakerAccounting,
  BreakerMachine,
  type BreakerMachineOptions,
  type BreakerRules,
  type BreakerState,
  breakerStates,
  outcome,
} from "./breaker-machine.js";
export { Gcra, type GcraOptions } from "./gcra.js";
export { KeyedLimiter, type KeyedLimiterOptions } from "./keyed-limiter.js";
export { LatencyHistogram, type LatencyHistogramOptions } from "./latency-histogram.js";
export type { RateOptions } from "./limiter.js";
export { OutlierDetector, type OutlierDetectorOptions, type OutlierMeasure, type Outliers } from "./outliers.js";
export { RetryBudgetMachine, type RetryBudgetMachineOptions } from "./retry-budget-machine.js";
export { RetryThrottle, type RetryThrottleOptions } from "./retry-throttle.js";
export { Semaphore, type SemaphoreOptions } from "./semaphore.js";
export { SendRate } from "./send-rate.js";
export { SharedBreakerMachine, type SharedBreakerMachineOptions, type SharedBreakerOptions } from "./shared-breaker.js";
export { TokenBucket, type TokenBucketOptions } from "./token-bucket.js";
