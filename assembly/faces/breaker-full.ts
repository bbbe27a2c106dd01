import * as adaptive from "../breaker/adaptive";
import * as shared from "../breaker/shared";
import { momentFromUs, partsFrom, ticksFromUs } from "../math/ticks";

/** That this file is in a module is what `AS_CALLS` in `breaker/calls.ts` goes by. */
// @ts-ignore: decorator
@global
const STRUCTURES_HAVE_BREAKERS: bool = true;

export { breakerAdaptiveAhead, breakerAdaptiveRead, breakerAdaptiveSnapshotSize } from "../breaker/adaptive";
export { outlierFind, outlierRoom, outlierSize } from "../breaker/outlier";
export { breakerSharedAcquireClosed, breakerSharedAhead, breakerSharedLeave, breakerSharedReclaim } from "../breaker/shared";

export function breakerAdaptiveInit(at: usize, sample: u32, memory: u32, factor: u32, floor: f64, ceiling: f64): i32 {
  return adaptive.breakerAdaptiveInit(at, sample, memory, factor, partsFrom(floor, 1e6), partsFrom(ceiling, 1e6));
}

export function breakerAdaptiveSettle(at: usize, permit: u32, outcome: u32, spanUs: f64, nowUs: f64): i32 {
  return adaptive.breakerAdaptiveSettle(at, permit, outcome, momentFromUs(spanUs), momentFromUs(nowUs));
}

export function breakerAdaptiveSave(at: usize, to: usize, nowUs: f64): void {
  adaptive.breakerAdaptiveSave(at, to, ticksFromUs(nowUs));
}

export function breakerAdaptiveLoad(at: usize, from: usize, nowUs: f64): i32 {
  return adaptive.breakerAdaptiveLoad(at, from, ticksFromUs(nowUs));
}

export function breakerSharedInit(at: usize, leaseUs: f64): i32 {
  return shared.breakerSharedInit(at, ticksFromUs(leaseUs));
}

export function breakerSharedEnter(at: usize, owner: u32, nowUs: f64): i32 {
  return shared.breakerSharedEnter(at, owner, momentFromUs(nowUs));
}

export function breakerSharedTryAcquire(at: usize, owner: u32, nowUs: f64): i32 {
  return shared.breakerSharedTryAcquire(at, owner, ticksFromUs(nowUs));
}

export function breakerSharedSettle(at: usize, owner: u32, permit: u32, outcome: u32, spanUs: f64, nowUs: f64): i32 {
  return shared.breakerSharedSettle(at, owner, permit, outcome, momentFromUs(spanUs), momentFromUs(nowUs));
}
