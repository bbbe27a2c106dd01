import { ONE } from "../math/growth";
import { partsFrom, ticksFromUs, usFromTicks } from "../math/ticks";
import * as attemptLimit from "../retry/attempt-limit";

export { loadState as attemptLimitLoad, saveState as attemptLimitSave } from "../memory/snapshot";
export { loadState as retryThrottleLoad, saveState as retryThrottleSave } from "../memory/snapshot";
export { attemptLimitAllowed, attemptLimitFailureShare, attemptLimitRecord, attemptLimitSize } from "../retry/attempt-limit";
export {
  retryThrottleAllows, retryThrottleFailure, retryThrottleInit, retryThrottleSize, retryThrottleSuccess, retryThrottleTokens,
} from "../retry/throttle";

export function attemptLimitInit(at: usize, most: u32, window: u32, factor: f64): i32 {
  return attemptLimit.attemptLimitInit(at, most, window, partsFrom(factor, ONE));
}
