import * as body from "../limiters/hierarchy";
import { ticksFromUs, wholeFrom } from "../math/ticks";
import { waitUs } from "../math/wait";

export { hierarchySize } from "../limiters/hierarchy";

export function hierarchyTryAcquire(list: usize, weight: f64, nowUs: f64): f64 {
  return waitUs(body.hierarchyTryAcquire(list, wholeFrom(weight), ticksFromUs(nowUs)));
}

export function hierarchyPeek(list: usize, weight: f64, nowUs: f64): f64 {
  return waitUs(body.hierarchyPeek(list, wholeFrom(weight), ticksFromUs(nowUs)));
}
