/** The face for microcontrollers and C with every structure that fits them; `embedded-base.ts` has the conventions. */

export {
  hybridArm, hybridForward, hybridInit, hybridLast, hybridLoad, hybridNow, hybridObserve, hybridSetBound, hybridSize, hybridStepsBack, hybridUpdate,
} from "./clocks/hybrid";
export * from "./embedded-base";
export { jumpHash, jumpHash32Many, jumpHashMany } from "./hashing/jump";
export { murmur3x32 } from "./hashing/murmur3-32";
export { xxHash32 } from "./hashing/xxhash32";
export { leakyQueueEnter, leakyQueueLeave, leakyQueuePeek } from "./limiters/leaky-queue";
export {
  loadState as attemptLimitLoad, loadState as biasedLoad, loadState as retryThrottleLoad, saveState as attemptLimitSave,
  saveState as biasedSave, saveState as hybridSave, saveState as retryThrottleSave,
} from "./memory/snapshot";
export {
  attemptLimitAllowed, attemptLimitFailureShare, attemptLimitInit, attemptLimitRecord, attemptLimitSize,
} from "./retry/attempt-limit";
export {
  retryThrottleAllows, retryThrottleFailure, retryThrottleInit, retryThrottleSize, retryThrottleSuccess, retryThrottleTokens,
} from "./retry/throttle";
export { biasedDecide, biasedInit, biasedRead, biasedSize } from "./sampling/biased";
export { samplingDecide, samplingDecideMany, samplingShare } from "./sampling/threshold";
