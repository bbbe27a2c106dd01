import * as body from "../limiters/keyed-window";
import { hotTicksFromUs, hotWholeFrom, ticksFromUs, usFromTicks, wholeFrom } from "../math/ticks";
import { hotWaitUs, waitUs } from "../math/wait";

/** The hash key comes as four halves, lowest first. */
export function keyedWindowInit(
  at: usize, kind: u32, keys: u32, limit: f64, lengthUs: f64, k0: u32, k1: u32, k2: u32, k3: u32,
): i32 {
  return body.keyedWindowInit(
    at, kind, keys, wholeFrom(limit), ticksFromUs(lengthUs), <i64>k0 | (<i64>k1 << 32), <i64>k2 | (<i64>k3 << 32),
  );
}

export function keyedWindowTryAcquire(at: usize, key: usize, length: u32, weight: f64, nowUs: f64): f64 {
  return hotWaitUs(body.keyedWindowTryAcquire(at, key, length, hotWholeFrom(weight), hotTicksFromUs(nowUs)));
}

export function keyedWindowPeek(at: usize, key: usize, length: u32, weight: f64, nowUs: f64): f64 {
  return waitUs(body.keyedWindowPeek(at, key, length, wholeFrom(weight), ticksFromUs(nowUs)));
}

export function keyedWindowRemaining(at: usize, key: usize, length: u32, nowUs: f64): f64 {
  return <f64>body.keyedWindowRemaining(at, key, length, ticksFromUs(nowUs));
}

export function keyedWindowResetAfter(at: usize, key: usize, length: u32, nowUs: f64): f64 {
  return usFromTicks(body.keyedWindowResetAfter(at, key, length, ticksFromUs(nowUs)));
}

export function keyedWindowRefund(at: usize, key: usize, length: u32, weight: f64, nowUs: f64): void {
  body.keyedWindowRefund(at, key, length, wholeFrom(weight), ticksFromUs(nowUs));
}

export function keyedWindowSaveHead(at: usize, to: usize, nowUs: f64): void {
  body.keyedWindowSaveHead(at, to, ticksFromUs(nowUs));
}

export function keyedWindowLoadHead(at: usize, from: usize, nowUs: f64): i32 {
  return body.keyedWindowLoadHead(at, from, ticksFromUs(nowUs));
}

export function keyedWindowSave(at: usize, first: u32, count: u32, to: usize, nowUs: f64): u32 {
  return body.keyedWindowSave(at, first, count, to, ticksFromUs(nowUs));
}

export function keyedWindowLoad(at: usize, from: usize, count: u32, nowUs: f64): void {
  body.keyedWindowLoad(at, from, count, ticksFromUs(nowUs));
}
