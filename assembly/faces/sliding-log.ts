import * as body from "../limiters/sliding-log";
import { ticksFromUs, usFromTicks, wholeFrom } from "../math/ticks";
import { waitUs } from "../math/wait";

export { slidingLogSize } from "../limiters/sliding-log";

export function slidingLogInit(at: usize, limit: u32, windowUs: f64): i32 {
  return body.slidingLogInit(at, limit, ticksFromUs(windowUs));
}

export function slidingLogTryAcquire(at: usize, weight: f64, nowUs: f64): f64 {
  return waitUs(body.slidingLogTryAcquire(at, wholeFrom(weight), ticksFromUs(nowUs)));
}

export function slidingLogPeek(at: usize, weight: f64, nowUs: f64): f64 {
  return waitUs(body.slidingLogPeek(at, wholeFrom(weight), ticksFromUs(nowUs)));
}

export function slidingLogRemaining(at: usize, nowUs: f64): f64 {
  return <f64>body.slidingLogRemaining(at, ticksFromUs(nowUs));
}

export function slidingLogResetAfter(at: usize, nowUs: f64): f64 {
  return usFromTicks(body.slidingLogResetAfter(at, ticksFromUs(nowUs)));
}

export function slidingLogRefund(at: usize, weight: f64, nowUs: f64): void {
  body.slidingLogRefund(at, wholeFrom(weight), ticksFromUs(nowUs));
}

export function slidingLogConfigure(at: usize, limit: u32, windowUs: f64, nowUs: f64): i32 {
  return body.slidingLogConfigure(at, limit, ticksFromUs(windowUs), ticksFromUs(nowUs));
}

export function slidingLogSave(at: usize, to: usize, nowUs: f64): void {
  body.slidingLogSave(at, to, ticksFromUs(nowUs));
}

export function slidingLogLoad(at: usize, from: usize, nowUs: f64): i32 {
  return body.slidingLogLoad(at, from, ticksFromUs(nowUs));
}
