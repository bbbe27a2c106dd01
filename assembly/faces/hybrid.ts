import * as body from "../clocks/hybrid";
import { hotTicksFromUs, ticksFromUs } from "../math/ticks";

export { hybridLast, hybridLoad, hybridSize, hybridStepsBack } from "../clocks/hybrid";
export { saveState as hybridSave } from "../memory/snapshot";

export function hybridInit(at: usize, logicalBits: u32, offsetMaxUs: f64): i32 {
  return body.hybridInit(at, logicalBits, ticksFromUs(offsetMaxUs));
}

export function hybridNow(at: usize, nowUs: f64, count: u32, to: usize): i32 {
  return body.hybridNow(at, hotTicksFromUs(nowUs), count, to);
}

export function hybridForward(at: usize, low: u32, high: u32): i32 {
  return body.hybridForward(at, <i64>low | (<i64>high << 32));
}

export function hybridUpdate(at: usize, low: u32, high: u32, nowUs: f64, to: usize): i32 {
  return body.hybridUpdate(at, <i64>low | (<i64>high << 32), ticksFromUs(nowUs), to);
}

export function hybridSetBound(at: usize, boundUs: f64): void {
  body.hybridSetBound(at, ticksFromUs(boundUs));
}

export function hybridArm(at: usize, armed: u32, nowUs: f64): void {
  body.hybridArm(at, armed, ticksFromUs(nowUs));
}

export function hybridObserve(at: usize, nowUs: f64): i32 {
  return body.hybridObserve(at, ticksFromUs(nowUs));
}
