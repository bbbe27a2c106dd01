import * as body from "../limiters/keyed";
import { hotTicksFromUs, hotWholeFrom, ticksFromUs, usFromTicks, wholeFrom } from "../math/ticks";
import { hotWaitUs, waitUs } from "../math/wait";
import { tellFloats } from "./tell";

export { keyedAbsorb, keyedForget, keyedLoadHead, keyedRead, keyedSize } from "../limiters/keyed";
export { saveState as keyedSaveHead } from "../memory/snapshot";

/** The hash key comes as four halves, lowest first. */
export function keyedInit(
  at: usize, keys: u32, limit: f64, periodUs: f64, burst: f64, k0: u32, k1: u32, k2: u32, k3: u32,
): i32 {
  return body.keyedInit(
    at, keys, wholeFrom(limit), ticksFromUs(periodUs), wholeFrom(burst), <i64>k0 | (<i64>k1 << 32), <i64>k2 | (<i64>k3 << 32),
  );
}

export function keyedTryAcquire(at: usize, key: usize, length: u32, weight: f64, nowUs: f64): f64 {
  return hotWaitUs(body.keyedTryAcquire(at, key, length, hotWholeFrom(weight), hotTicksFromUs(nowUs)));
}

export function keyedCheck(at: usize, key: usize, length: u32, weight: f64, nowUs: f64, to: usize): f64 {
  const wait = body.keyedCheck(at, key, length, wholeFrom(weight), ticksFromUs(nowUs), to);
  tellFloats(to);
  return waitUs(wait);
}

export function keyedPeek(at: usize, key: usize, length: u32, weight: f64, nowUs: f64): f64 {
  return waitUs(body.keyedPeek(at, key, length, wholeFrom(weight), ticksFromUs(nowUs)));
}

export function keyedRemaining(at: usize, key: usize, length: u32, nowUs: f64): f64 {
  return <f64>body.keyedRemaining(at, key, length, ticksFromUs(nowUs));
}

export function keyedResetAfter(at: usize, key: usize, length: u32, nowUs: f64): f64 {
  return usFromTicks(body.keyedResetAfter(at, key, length, ticksFromUs(nowUs)));
}

export function keyedRefund(at: usize, key: usize, length: u32, weight: f64, nowUs: f64): void {
  body.keyedRefund(at, key, length, wholeFrom(weight), ticksFromUs(nowUs));
}

export function keyedSave(at: usize, first: u32, count: u32, to: usize, nowUs: f64): u32 {
  return body.keyedSave(at, first, count, to, ticksFromUs(nowUs));
}

export function keyedLoad(at: usize, from: usize, count: u32, nowUs: f64): void {
  body.keyedLoad(at, from, count, ticksFromUs(nowUs));
}
