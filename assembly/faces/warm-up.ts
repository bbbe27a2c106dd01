import * as body from "../limiters/warm-up";
import { partsFrom, ticksFromUs, usFromTicks, wholeFrom } from "../math/ticks";
import { waitUs } from "../math/wait";

export { warmUpSize } from "../limiters/warm-up";

export function warmUpInit(at: usize, limit: f64, periodUs: f64, warmUpUs: f64, coldFactor: f64): i32 {
  return body.warmUpInit(
    at, wholeFrom(limit), ticksFromUs(periodUs), ticksFromUs(warmUpUs), partsFrom(coldFactor, 65_536),
  );
}

export function warmUpTryAcquire(at: usize, weight: f64, nowUs: f64): f64 {
  return waitUs(body.warmUpTryAcquire(at, wholeFrom(weight), ticksFromUs(nowUs)));
}

export function warmUpPeek(at: usize, weight: f64, nowUs: f64): f64 {
  return waitUs(body.warmUpPeek(at, wholeFrom(weight), ticksFromUs(nowUs)));
}

export function warmUpReserve(at: usize, weight: f64, nowUs: f64, patienceUs: f64): f64 {
  return waitUs(body.warmUpReserve(at, wholeFrom(weight), ticksFromUs(nowUs), ticksFromUs(patienceUs)));
}

export function warmUpInterval(at: usize, nowUs: f64): f64 {
  return usFromTicks(body.warmUpInterval(at, ticksFromUs(nowUs)));
}

export function warmUpResetAfter(at: usize, nowUs: f64): f64 {
  return usFromTicks(body.warmUpResetAfter(at, ticksFromUs(nowUs)));
}

export function warmUpConfigure(
  at: usize, limit: f64, periodUs: f64, warmUpUs: f64, coldFactor: f64, nowUs: f64,
): i32 {
  return body.warmUpConfigure(
    at, wholeFrom(limit), ticksFromUs(periodUs), ticksFromUs(warmUpUs), partsFrom(coldFactor, 65_536), ticksFromUs(nowUs),
  );
}

export function warmUpSave(at: usize, to: usize, nowUs: f64): void {
  body.warmUpSave(at, to, ticksFromUs(nowUs));
}

export function warmUpLoad(at: usize, from: usize, nowUs: f64): i32 {
  return body.warmUpLoad(at, from, ticksFromUs(nowUs));
}
