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
  type ScriptCore,
} from "../../bindings/index.js";
export {
  AdaptiveBreakerMachine,
  type AdaptiveBreakerMachineOptions,
  type BaselineOptions,
} from "./adaptive-breaker.js";
export { AdaptiveSampler } from "./adaptive-sampler.js";
export { AnchorHash, type AnchorHashOptions } from "./anchor-hash.js";
export { AttemptLimit, type AttemptLimitOptions } from "./attempt-limit.js";
export { type BackoffKind, BackoffMachine, type BackoffMachineOptions, type Jitter } from "./backoff-machine.js";
export { BoundedLoads, type BoundedLoadsOptions } from "./bounded-loads.js";
export {
  type BreakerAccounting,
  BreakerMachine,
  type BreakerMachineOptions,
  type BreakerRules,
  type BreakerState,
  breakerStates,
  outcome,
} from "./breaker-machine.js";
export type { CausalContext } from "./causal-context.js";
export type { CausalOrder } from "./causal-order.js";
export { DDSketch, type DDSketchOptions } from "./ddsketch.js";
export { DottedVersionVector, type DottedVersionVectorOptions } from "./dotted-version-vector.js";
export {
  type DottedVersions,
  DottedVersionVectorSet,
  type DottedVersionVectorSetOptions,
} from "./dotted-version-vector-set.js";
export { ErrorBiasedSampler, type ErrorBiasedSamplerOptions, type TraceClass } from "./error-biased-sampler.js";
export { Ewma, type EwmaOptions } from "./ewma.js";
export {
  type ExponentialBuckets,
  ExponentialHistogram,
  type ExponentialHistogramOptions,
} from "./exponential-histogram.js";
export { FixedWindow, type FixedWindowOptions } from "./fixed-window.js";
export { Gcra, type GcraOptions } from "./gcra.js";
export {
  type ClusterSize,
  gossipRetransmits,
  pushPullScale,
  type SuspicionBounds,
  suspicionBounds,
} from "./gossip-scale.js";
export { HashRing, type HashRingOptions } from "./hash-ring.js";
export { murmur3x32, murmur3x128, xxHash32, xxHash64 } from "./hashes.js";
export { type HdrBucket, HdrHistogram, type HdrPercentile } from "./hdr-histogram.js";
export { HierarchicalLimiter, type HierarchicalLimiterOptions, type HierarchyLevel } from "./hierarchical-limiter.js";
export { HybridClock, type HybridClockOptions, type HybridTimestamp } from "./hybrid-clock.js";
export { IntervalTreeClock, type IntervalTreeClockOptions } from "./interval-tree-clock.js";
export { JumpHash, type JumpHashOptions } from "./jump-hash.js";
export { KetamaRing, type KetamaRingOptions } from "./ketama-ring.js";
export { KeyHasher, type KeyHasherOptions } from "./key-hasher.js";
export { KeyedLimiter, type KeyedLimiterOptions } from "./keyed-limiter.js";
export { KeyedWindowLimiter, type KeyedWindowLimiterOptions } from "./keyed-window-limiter.js";
export { LatencyHistogram, type LatencyHistogramOptions } from "./latency-histogram.js";
export { LeakyBucketMeter, type LeakyBucketMeterOptions } from "./leaky-bucket-meter.js";
export { LeakyBucketQueue, type LeakyBucketQueueOptions } from "./leaky-bucket-queue.js";
export type { RateOptions } from "./limiter.js";
export { LocalHealth, type LocalHealthOptions } from "./local-health.js";
export { ConcurrentHashMap, type ConcurrentHashMapOptions, type MapKey } from "./lockfree/concurrent-hash-map.js";
export { ConcurrentQueue } from "./lockfree/concurrent-queue.js";
export { ConcurrentStack } from "./lockfree/concurrent-stack.js";
export type { MessageOptions } from "./lockfree/messages.js";
export { MpmcRing } from "./lockfree/mpmc-ring.js";
export { RecordRing, type RecordRingOptions } from "./lockfree/record-ring.js";
export { SharedSemaphore, type SharedSemaphoreOptions } from "./lockfree/shared-semaphore.js";
export { SpscRing } from "./lockfree/spsc-ring.js";
export type { AsyncWaitOptions, WaitOptions } from "./lockfree/waiting.js";
export { WorkStealingDeque, type WorkStealingDequeOptions } from "./lockfree/work-stealing-deque.js";
export { Maglev, type MaglevOptions } from "./maglev.js";
export { NodePlacement, type NodePlacementOptions, type PlacementNode } from "./node-placement.js";
export { OutlierDetector, type OutlierDetectorOptions, type OutlierMeasure, type Outliers } from "./outliers.js";
export { P2Quantile, type P2QuantileOptions } from "./p2-quantile.js";
export type { PacedSamplerOptions } from "./paced-sampler.js";
export { PhiAccrual, type PhiAccrualOptions } from "./phi-accrual.js";
export { RateLimitedSampler, type RateLimitedSamplerOptions } from "./rate-limited-sampler.js";
export { RatioSampler, type RatioSamplerOptions } from "./ratio-sampler.js";
export { Rendezvous } from "./rendezvous.js";
export { Reservoir, type ReservoirOptions } from "./reservoir.js";
export { RetryBudgetMachine, type RetryBudgetMachineOptions } from "./retry-budget-machine.js";
export { RetryThrottle, type RetryThrottleOptions } from "./retry-throttle.js";
export { RingPlacement, type RingPoint } from "./ring-placement.js";
export {
  adjustedCountOf,
  higherThreshold,
  inheritSampling,
  lowerThreshold,
  readSamplingState,
  type SamplingDecision,
  type SamplingState,
  thresholdOf,
  writeSamplingState,
} from "./sampling-state.js";
export { Semaphore, type SemaphoreOptions } from "./semaphore.js";
export { SendRate } from "./send-rate.js";
export { SharedBreakerMachine, type SharedBreakerMachineOptions, type SharedBreakerOptions } from "./shared-breaker.js";
export { Sketch } from "./sketch.js";
export { SlidingWindowCounter, type SlidingWindowCounterOptions } from "./sliding-window-counter.js";
export { SlidingWindowLog, type SlidingWindowLogOptions } from "./sliding-window-log.js";
export type { Structure } from "./structure.js";
export { Suspicion, type SuspicionOptions } from "./suspicion.js";
export { TDigest, type TDigestOptions } from "./t-digest.js";
export { TokenBucket, type TokenBucketOptions } from "./token-bucket.js";
export {
  alwaysSampler,
  neverSampler,
  TraceIdBatch,
  type TraceIdBatchOptions,
  type TraceSampler,
} from "./trace-sampler.js";
export { VectorClock, type VectorClockOptions } from "./vector-clock.js";
export { WarmUpLimiter, type WarmUpLimiterOptions } from "./warm-up-limiter.js";
export type { WindowOptions } from "./window-limiter.js";
export { Xxh3, type Xxh3Options } from "./xxh3.js";
