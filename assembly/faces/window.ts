import * as body from "../limiters/window-counter";
import { hotTicksFromUs, hotWholeFrom, ticksFromUs, usFromTicks, wholeFrom } from "../math/ticks";
import { hotWaitUs, waitUs } from "../math/wait";

export { windowCounterSize } from "../limiters/window-counter";

export function windowCounterInit(at: usize, kind: u32, limit: f64, lengthUs: f64): i32 {
  return body.windowCounterInit(at, kind, wholeFrom(limit), ticksFromUs(lengthUs));
}

export function windowCounterTryAcquire(at: usize, weight: f64, nowUs: f64): f64 {
  return hotWaitUs(body.windowCounterTryAcquire(at, hotWholeFrom(weight), hotTicksFromUs(nowUs)));
}

export function windowCounterPeek(at: usize, weight: f64, nowUs: f64): f64 {
  return waitUs(body.windowCounterPeek(at, wholeFrom(weight), ticksFromUs(nowUs)));
}

export function windowCounterRemaining(at: usize, nowUs: f64): f64 {
  return <f64>body.windowCounterRemaining(at, ticksFromUs(nowUs));
}

export function windowCounterResetAfter(at: usize, nowUs: f64): f64 {
  return usFromTicks(body.windowCounterResetAfter(at, ticksFromUs(nowUs)));
}

export function windowCounterRefund(at: usize, weight: f64, nowUs: f64): void {
  body.windowCounterRefund(at, wholeFrom(weight), ticksFromUs(nowUs));
}

export function windowCounterConfigure(at: usize, limit: f64, lengthUs: f64, nowUs: f64): i32 {
  return body.windowCounterConfigure(at, wholeFrom(limit), ticksFromUs(lengthUs), ticksFromUs(nowUs));
}

export function windowCounterSave(at: usize, to: usize, nowUs: f64): void {
  body.windowCounterSave(at, to, ticksFromUs(nowUs));
}

export function windowCounterLoad(at: usize, from: usize, nowUs: f64): i32 {
  return body.windowCounterLoad(at, from, ticksFromUs(nowUs));
}
