/** The face for microcontrollers and C with every structure that fits them; `embedded-base.ts` has the conventions. */

export * from "./embedded-base";
export { loadState as attemptLimitLoad, saveState as attemptLimitSave } from "./memory/snapshot";
export { loadState as retryThrottleLoad, saveState as retryThrottleSave } from "./memory/snapshot";
export {
  attemptLimitAllowed, attemptLimitFailureShare, attemptLimitInit, attemptLimitRecord, attemptLimitSize,
} from "./retry/attempt-limit";
export {
  retryThrottleAllows, retryThrottleFailure, retryThrottleInit, retryThrottleSize, retryThrottleSuccess, retryThrottleTokens,
} from "./retry/throttle";
export { jumpHash, jumpHash32Many, jumpHashMany } from "./hashing/jump";
export { murmur3x32 } from "./hashing/murmur3-32";
export { xxHash32 } from "./hashing/xxhash32";
export { leakyQueueEnter, leakyQueueLeave, leakyQueuePeek } from "./limiters/leaky-queue";
export {
  windowCounterConfigure, windowCounterInit, windowCounterLoad, windowCounterPeek, windowCounterRefund, windowCounterRemaining,
  windowCounterResetAfter, windowCounterSave, windowCounterSize, windowCounterTryAcquire,
} from "./limiters/window-counter";
export {
  hybridArm, hybridForward, hybridInit, hybridLast, hybridLoad, hybridNow, hybridObserve, hybridSetBound, hybridSize, hybridStepsBack,
  hybridUpdate,
} from "./clocks/hybrid";
export {
  vectorCompare, vectorGet, vectorIncrement, vectorInit, vectorMerge, vectorRaise, vectorSize,
} from "./clocks/vector";
export { loadState as vectorLoad, saveState as hybridSave, saveState as vectorSave } from "./memory/snapshot";
export { loadState as biasedLoad, saveState as biasedSave } from "./memory/snapshot";
export { biasedDecide, biasedInit, biasedRead, biasedSize } from "./sampling/biased";
export { samplingDecide, samplingDecideMany, samplingShare } from "./sampling/threshold";
