/**
 * The leaky bucket as a queue: permits leave it one by one, evenly spaced, and who enters is told how long to wait for
 * its turn (Turner, 1986; Tanenbaum, "Computer Networks", §5.4; the pacing of nginx's `limit_req`).
 *
 * It is a limiter of `gcra.ts` read a third way. The word is the instant at which the queue will have run empty, which is
 * the turn of the next who enters; the burst is the room of the queue, the permit that leaves at once included. So the state, the
 * snapshot, `gcraRemaining` (the room that is left), `gcraPeek` (how long until there is room) and `gcraConfigure` are
 * those of `gcra.ts`; what differs is the answer to who enters.
 */

import { cas64, load64 } from "../memory/atomic";
import { AHEAD, RATE, WORD, fits, gcraRefund, moved, owed, owedAt } from "./gcra";
import { NEVER } from "./meter";
import { instantOf, ticksOf } from "./rate";

/**
 * Enters the queue with `weight` permits, which leave together. Returns the ticks until their turn, or `NEVER` where there is no
 * room for them; then nothing entered. A weight of 0 enters nothing, and is told the turn of the next.
 */
export function leakyQueueEnter(at: usize, weight: i64, now: i64): i64 {
  if (weight != 0 && !fits(at, weight)) return NEVER;
  const need = weight * load<i64>(at, RATE);
  const window = load<i64>(at, RATE + 8);
  const instant = instantOf(at + RATE, now);
  let seen = load64(at + WORD);
  while (true) {
    const turn = owed(at, seen, instant);
    let after = turn + need;
    const full = after > window;
    // As in `gcra.ts`, a refusal after a clock that stepped back brings the word near, so that the step costs one window.
    if (full) {
      if (seen - instant <= load64(at + AHEAD)) return NEVER;
      after = turn;
    }
    const held = cas64(at + WORD, seen, moved(instant + after));
    if (held == seen) return full ? NEVER : ticksOf(at + RATE, turn);
    seen = held;
  }
}

/** What `leakyQueueEnter` would return; changes nothing. */
export function leakyQueuePeek(at: usize, weight: i64, now: i64): i64 {
  if (weight != 0 && !fits(at, weight)) return NEVER;
  const turn = owedAt(at, instantOf(at + RATE, now));
  return turn + weight * load<i64>(at, RATE) > load<i64>(at, RATE + 8) ? NEVER : ticksOf(at + RATE, turn);
}

/**
 * Leaves the queue again with `weight` permits whose turn is at `due` (the time of entering plus the wait), if nobody entered
 * behind them; leaving from the middle would let two others meet. Returns 1 if they left.
 */
export function leakyQueueLeave(at: usize, weight: i64, due: i64, now: i64): i32 {
  if (!fits(at, weight) || due <= now) return 0;
  const instant = instantOf(at + RATE, now);
  const cost = load<i64>(at, RATE);
  // The turn was told rounded up to a tick.
  const behind = owedAt(at, instant) - (instantOf(at + RATE, due) - instant) - weight * cost;
  if (behind >= cost) return 0;
  gcraRefund(at, weight, now);
  return 1;
}
