import * as body from "../limiters/keyed";
import { ticksFromUs, wholeFrom } from "../math/ticks";
import { waitUs } from "../math/wait";

export function keyedTryAcquireMany(
  at: usize, texts: usize, ends: usize, count: u32, weight: f64, nowUs: f64, out: usize,
): void {
  body.keyedTryAcquireMany(at, texts, ends, count, wholeFrom(weight), ticksFromUs(nowUs), out);
  for (const last = out + (<usize>count << 3); out < last; out += 8) store<f64>(out, waitUs(load<i64>(out)));
}
