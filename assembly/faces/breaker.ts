import * as body from "../breaker/breaker";
import { AS_CALLS, settle, tryAcquire } from "../breaker/calls";
import { ONE } from "../math/growth";
import { hotTicksFromUs, momentFromUs, partsFrom, ticksFromUs } from "../math/ticks";
import { waitUs } from "../math/wait";

export { breakerAcquireClosed, breakerSize } from "../breaker/breaker";

export function breakerInit(
  at: usize, kind: u32, size: u32, sliceUs: f64, failureRate: f64, slowRate: f64, slowAfterUs: f64, minimumCalls: u32,
  permits: u32, successes: u32, maxWaitUs: f64, openUs: f64, openMostUs: f64, openFactor: f64, openJitter: f64, seed: u32,
): i32 {
  return body.breakerInit(
    at, kind, size, ticksFromUs(sliceUs), partsFrom(failureRate, 1e6), partsFrom(slowRate, 1e6), ticksFromUs(slowAfterUs),
    minimumCalls, permits, successes, ticksFromUs(maxWaitUs), ticksFromUs(openUs), ticksFromUs(openMostUs),
    partsFrom(openFactor, ONE), partsFrom(openJitter, ONE), seed,
  );
}

export function breakerTryAcquire(at: usize, nowUs: f64): i32 {
  if (AS_CALLS) return tryAcquire(at, hotTicksFromUs(nowUs));
  return body.breakerTryAcquire(at, hotTicksFromUs(nowUs));
}

export function breakerSettle(at: usize, permit: u32, outcome: u32, spanUs: f64, nowUs: f64): i32 {
  if (AS_CALLS) return settle(at, permit, outcome, momentFromUs(spanUs), momentFromUs(nowUs));
  return body.breakerSettle(at, permit, outcome, momentFromUs(spanUs), momentFromUs(nowUs));
}

export function breakerState(at: usize, nowUs: f64): u32 {
  return body.breakerState(at, ticksFromUs(nowUs));
}

export function breakerRead(at: usize, what: u32, nowUs: f64): u32 {
  return body.breakerRead(at, what, ticksFromUs(nowUs));
}

export function breakerRetryAfter(at: usize, nowUs: f64): f64 {
  return waitUs(body.breakerRetryAfter(at, ticksFromUs(nowUs)));
}

export function breakerOpenFor(at: usize, spanUs: f64, nowUs: f64): void {
  body.breakerOpenFor(at, ticksFromUs(spanUs), ticksFromUs(nowUs));
}

export function breakerForce(at: usize, state: u32, nowUs: f64): void {
  body.breakerForce(at, state, ticksFromUs(nowUs));
}

export function breakerSave(at: usize, to: usize, nowUs: f64): void {
  body.breakerSave(at, to, ticksFromUs(nowUs));
}

export function breakerLoad(at: usize, from: usize, nowUs: f64): i32 {
  return body.breakerLoad(at, from, ticksFromUs(nowUs));
}
