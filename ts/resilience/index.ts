/**
 * @module holdfast/resilience
 *
 * Policies around calls that may fail. Each stands alone (`policy.execute(fn)`); `pipeline` and `compose` put them
 * together.
 */

export {
  Backoff,
  type BackoffKind,
  type BackoffOptions,
  constant,
  type ExponentialOptions,
  exponential,
  fibonacci,
  type Jitter,
  linear,
} from "./backoff.js";
export { CircuitBreaker, circuitBreaker } from "./breaker/circuit-breaker.js";
export type {
  BreakerStats,
  CircuitBreakerEvents,
  CircuitState,
  Transition,
  TransitionReason,
} from "./breaker/events.js";
export type { HealthProbeOptions, Probed } from "./breaker/health-probe.js";
export {
  type CircuitBreakerOptions,
  type CountWindow,
  count,
  type HalfOpenOptions,
  type MakeMachine,
  type TimeWindow,
  time,
} from "./breaker/options.js";
export { Permit, type PermitOptions } from "./breaker/permit.js";
export type { SlowStartOptions } from "./breaker/slow-start.js";
export {
  Bulkhead,
  type BulkheadEvents,
  type BulkheadOptions,
  bulkhead,
  type QueueOptions,
} from "./bulkhead.js";
export { BulkheadPermit } from "./bulkhead-permit.js";
export { Cache, type CacheEvents, type CacheOptions, type CacheStats, cache } from "./cache.js";
export type { CallContext, CallOptions, Guarded } from "./call.js";
export {
  Coalesce,
  type CoalesceEvents,
  type CoalesceOptions,
  type CoalesceStats,
  coalesce,
} from "./coalesce.js";
export { Composition, type CompositionOptions, compose } from "./compose.js";
export { type AimdOptions, aimd } from "./concurrency/aimd.js";
export { type Gradient2Options, gradient2 } from "./concurrency/gradient2.js";
export type { AdaptiveLimit, LimitAlgorithm, LimitBounds, LimitSample } from "./concurrency/limit-algorithm.js";
export { isOverload } from "./concurrency/overload.js";
export { type VegasOptions, vegas } from "./concurrency/vegas.js";
export type { WindowedOptions } from "./concurrency/windowed-limit.js";
export { type Criticality, criticalities, defaultCriticality } from "./criticality.js";
export {
  type AnyRejection,
  type AttemptFailure,
  BrokenCircuitError,
  BulkheadFullError,
  CoalesceFullError,
  IsolatedCircuitError,
  type IsolatedCircuitFields,
  LimitExceededError,
  LoadShedError,
  neverStarted,
  type RejectionCode,
  RetriesExhaustedError,
  type RetriesExhaustedFields,
  SupersededError,
  ThrottledError,
  TimeoutError,
} from "./errors.js";
export {
  Fallback,
  type FallbackContext,
  type FallbackEvents,
  type FallbackOptions,
  type FallbackSource,
  fallback,
} from "./fallback.js";
export { type GuardOptions, guard, guarded } from "./guard.js";
export { anyError, errorOrStatus, type FailureTest } from "./handle.js";
export { Hedge, type HedgeEvents, type HedgeOptions, hedge } from "./hedge.js";
export type { AlgorithmKind, KeyOptions, LimiterAlgorithm, Rate } from "./limiter/algorithm.js";
export { gcra } from "./limiter/gcra.js";
export { leakyBucket } from "./limiter/leaky-bucket.js";
export { tokenBucket } from "./limiter/token-bucket.js";
export type { PolicyMode } from "./mode.js";
export { type PartName, Pipeline, type PipelineOptions, pipeline } from "./pipeline.js";
export type {
  Changes,
  Policy,
  PolicyCounts,
  PolicyEvents,
  PolicyOptions,
  ShadowAction,
  Shadowed,
} from "./policy.js";
export { type Codel, type CodelOptions, codel } from "./queue/codel.js";
export type { QueueOrder } from "./queue/order.js";
export {
  type AcquireOptions,
  type Decision,
  type FairQueueOptions,
  RateLimiter,
  type RateLimiterOptions,
  rateLimiter,
} from "./rate-limiter.js";
export {
  PolicyRegistry,
  type PolicyStatus,
  policyRegistry,
  type RegistryEvents,
  type RegistryOptions,
} from "./registry.js";
export {
  type CallEnd,
  type DecisionLog,
  type Divergence,
  type LogEntry,
  type RecordedOptions,
  type RecordedResult,
  Recording,
  type RecordingOptions,
  type Replay,
  type ReplayableParts,
  type ReplayOptions,
  recordDecisions,
  replayDecisions,
} from "./replay/index.js";
export {
  type AttemptGovernor,
  type AttemptRate,
  type AttemptThrottle,
  type RetryEvents,
  type RetryOptions,
  RetryPolicy,
  retry,
} from "./retry.js";
export { parseRetryAfter } from "./retry-after.js";
export { RetryBudget, type RetryBudgetOptions, retryBudget } from "./retry-budget.js";
export {
  AdaptiveThrottle,
  type AdaptiveThrottleOptions,
  adaptiveThrottle,
} from "./shedding/adaptive-throttle.js";
export {
  AdmissionControl,
  type AdmissionControlOptions,
  admissionControl,
} from "./shedding/admission-control.js";
export { hostPressure } from "./shedding/host-pressure.js";
export {
  LoadShedder,
  type LoadShedderOptions,
  loadShedder,
  type PressureLimits,
} from "./shedding/load-shedder.js";
export type { Pressure, PressureSignal, PressureSource } from "./shedding/pressure.js";
export type { ShedderOptions } from "./shedding/shedder.js";
export { decodeSnapshot, encodeSnapshot, type PolicySnapshot } from "./snapshot.js";
export { AdaptiveTimeLimit, type AdaptiveTimeLimitOptions, adaptive } from "./target/adaptive-time-limit.js";
export { type LatencyStats, LatencyTarget, type LatencyTargetOptions, latencyTarget } from "./target/latency-target.js";
export { LiveQuantile, type QuantileOptions, quantile } from "./target/quantile.js";
export { Timeout, type TimeoutOptions, timeout } from "./timeout.js";
