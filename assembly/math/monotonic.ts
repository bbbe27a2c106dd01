/**
 * A clock that never goes back, made from one that may: two words, the clock itself and the last reading.
 *
 * A reading before the last counts as "no time has passed". Where it is more than a second before, the host's clock was
 * set back, and counting goes on from the new reading; otherwise threads that read it a few microseconds apart would
 * make it run fast. The clock stops at 2^62 ticks instead of overflowing.
 */

import { SMALL } from "./small";
import { TICKS_MAX } from "./ticks";

const STEP_BACK: i64 = 1024 * 1000 * 1000;

/** Brings the clock at `at` up to date with the reading `now` and returns it. */
export function monotonic(at: usize, now: i64): i64 {
  return advanceClock(at, now);
}

/** The same, inlined where a nanosecond counts. */
// @ts-ignore: decorator
@inline
export function hotMonotonic(at: usize, now: i64): i64 {
  return SMALL ? monotonic(at, now) : advanceClock(at, now);
}

// @ts-ignore: decorator
@inline
function advanceClock(at: usize, now: i64): i64 {
  let clock = load<i64>(at);
  const passed = now - load<i64>(at, 8);
  if (passed > 0) {
    clock = passed > TICKS_MAX - clock ? TICKS_MAX : clock + passed;
    store<i64>(at, clock);
    store<i64>(at, now, 8);
  } else if (passed < -STEP_BACK) store<i64>(at, now, 8);
  return clock;
}

/** Lets counting go on from the reading `now`, whatever the last one was: for a state that was loaded from a snapshot. */
// @ts-ignore: decorator
@inline
export function resumeAt(at: usize, now: i64): void {
  store<i64>(at, now, 8);
}
