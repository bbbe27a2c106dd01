import { hotTicksFromUs, ticksFromUs } from "../math/ticks";
import * as body from "../sketches/ewma";

export { ewmaSize } from "../sketches/ewma";
export { loadClocked as ewmaLoad, saveClocked as ewmaSave } from "./clocked";

export function ewmaInit(at: usize, halfLifeUs: f64): i32 {
  return body.ewmaInit(at, ticksFromUs(halfLifeUs));
}

export function ewmaRecord(at: usize, value: f64, nowUs: f64): void {
  body.ewmaRecord(at, value, hotTicksFromUs(nowUs));
}

export function ewmaMerge(at: usize, other: usize, nowUs: f64): i32 {
  return body.ewmaMerge(at, other, ticksFromUs(nowUs));
}

export function ewmaRead(at: usize, what: u32, nowUs: f64): f64 {
  return body.ewmaRead(at, what, ticksFromUs(nowUs));
}
