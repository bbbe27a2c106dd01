import { ticksFromUs } from "../math/ticks";
import * as body from "../memory/clocked";

export function saveClocked(at: usize, to: usize, nowUs: f64): void {
  body.saveClocked(at, to, ticksFromUs(nowUs));
}

export function loadClocked(at: usize, from: usize, nowUs: f64): i32 {
  return body.loadClocked(at, from, ticksFromUs(nowUs));
}
