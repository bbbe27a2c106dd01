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
export { RetryBudgetMachine, type RetryBudgetMachineOptions } from "./retry-budget-machine.js";
export { Semaphore, type SemaphoreOptions } from "./semaphore.js";
export { TokenBucket, type TokenBucketOptions } from "./token-bucket.js";
