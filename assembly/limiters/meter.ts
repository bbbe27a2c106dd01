/**
 * The decision that all limiters share, over one 64-bit word.
 *
 * The word is the theoretical arrival time of the generic cell rate algorithm (ITU-T I.371, virtual scheduling): the
 * instant at which the meter will be at rest again. A token bucket is the same word read the other way: at that instant
 * the bucket is full, and one window earlier it was empty. So one body serves both, a compare-and-swap of one word
 * updates it, and a meter at rest equals one that was never used.
 *
 * `rate` points to what `rateInit` wrote; `now` is in sub-ticks.
 */

import { cas64, load64 } from "../memory/atomic";
import { configured32, configured64 } from "../memory/live";
import { ticksOf } from "./rate";

/** Returned where a weight can never fit. */
export const NEVER: i64 = -1;

/**
 * How far ahead of `now` the meter's word is: 0 at rest. An instant further ahead than anybody could have brought it
 * means that the clock stepped back, or that the meter rested for longer than half the range of the word; it reads as `ahead`.
 */
// @ts-ignore: decorator
@inline
export function debt(word: i64, now: i64, ahead: i64): i64 {
  const span = word - now;
  return span < 0 ? 0 : span > ahead ? ahead : span;
}

/** Takes `weight` permits: returns 0 when they were there, else the sub-ticks until they will be, or NEVER. */
// @ts-ignore: decorator
@inline
export function meterTake(word: usize, rate: usize, weight: i64, now: i64): i64 {
  if (<u64>(weight - 1) >= <u64>load<u32>(rate, 20)) return weight == 0 ? 0 : NEVER;
  const need = weight * load<i64>(rate);
  const window = load<i64>(rate, 8);
  let seen = load64(word);
  while (true) {
    const owed = debt(seen, now, window);
    const after = owed + need;
    // After a step back the word is brought near at once, whatever the decision: the step costs one window and no more.
    const next = after <= window ? now + after : seen - now > window ? now + window : seen;
    if (next == seen) return after - window;
    const held = cas64(word, seen, next);
    if (held == seen) return after > window ? after - window : 0;
    seen = held;
  }
}

/** As `meterTake`, for a word that no other thread changes. */
// @ts-ignore: decorator
@inline
export function meterTakeAlone(word: usize, rate: usize, weight: i64, now: i64): i64 {
  if (<u64>(weight - 1) >= <u64>load<u32>(rate, 20)) return weight == 0 ? 0 : NEVER;
  const window = load<i64>(rate, 8);
  const seen = load<i64>(word);
  const after = debt(seen, now, window) + weight * load<i64>(rate);
  if (after <= window) {
    store<i64>(word, now + after);
    return 0;
  }
  if (seen - now > window) store<i64>(word, now + window);
  return after - window;
}

/** What `meterTake` would return; changes nothing. */
// @ts-ignore: decorator
@inline
export function meterPeek(rate: usize, owed: i64, weight: i64): i64 {
  if (<u64>(weight - 1) >= <u64>configured32(rate + 20)) return weight == 0 ? 0 : NEVER;
  const over = owed + weight * configured64(rate) - configured64(rate + 8);
  return over > 0 ? over : 0;
}

/** Whole permits that are there. */
// @ts-ignore: decorator
@inline
export function meterRemaining(rate: usize, owed: i64): i64 {
  const left = configured64(rate + 8) - owed;
  return left > 0 ? left / configured64(rate) : 0;
}

/** Writes how a meter that owes `owed` stands to `to`: 0 whole permits that are there i64, 8 ticks until it is at rest i64. */
export function meterTell(rate: usize, owed: i64, to: usize): void {
  store<i64>(to, meterRemaining(rate, owed));
  store<i64>(to, ticksOf(rate, owed), 8);
}
