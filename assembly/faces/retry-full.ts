import { ONE } from "../math/growth";
import { partsFrom, ticksFromUs, usFromTicks } from "../math/ticks";
import * as attemptLimit from "../retry/attempt-limit";
import * as sendRate from "../retry/send-rate";

export { loadState as attemptLimitLoad, saveState as attemptLimitSave } from "../memory/snapshot";
export { loadState as retryThrottleLoad, saveState as retryThrottleSave } from "../memory/snapshot";
export { attemptLimitAllowed, attemptLimitFailureShare, attemptLimitRecord, attemptLimitSize } from "../retry/attempt-limit";
export { sendRateInit, sendRateSize } from "../retry/send-rate";
export {
  retryThrottleAllows, retryThrottleFailure, retryThrottleInit, retryThrottleSize, retryThrottleSuccess, retryThrottleTokens,
} from "../retry/throttle";

export function attemptLimitInit(at: usize, most: u32, window: u32, factor: f64): i32 {
  return attemptLimit.attemptLimitInit(at, most, window, partsFrom(factor, ONE));
}

export function sendRateRecord(at: usize, throttled: u32, nowUs: f64): void {
  sendRate.sendRateRecord(at, throttled, ticksFromUs(nowUs));
}

export function sendRateTryAcquire(at: usize, nowUs: f64): f64 {
  return usFromTicks(sendRate.sendRateTryAcquire(at, ticksFromUs(nowUs)));
}

export function sendRateRead(at: usize, what: u32, nowUs: f64): f64 {
  return <f64>sendRate.sendRateRead(at, what, ticksFromUs(nowUs));
}

export function sendRateSave(at: usize, to: usize, nowUs: f64): void {
  sendRate.sendRateSave(at, to, ticksFromUs(nowUs));
}

export function sendRateLoad(at: usize, from: usize, nowUs: f64): i32 {
  return sendRate.sendRateLoad(at, from, ticksFromUs(nowUs));
}
