import * as body from "../limiters/gcra";
import { ticksFromUs } from "../math/ticks";

/** That this file is in a module is what `LIVE` in `memory/live.ts` goes by. */
// @ts-ignore: decorator
@global
const THREADS_SHARE_LIMITERS: bool = true;

export function gcraAdopt(at: usize, model: usize, nowUs: f64): void {
  body.gcraAdopt(at, model, ticksFromUs(nowUs));
}
