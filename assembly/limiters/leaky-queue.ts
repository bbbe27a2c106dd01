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
import { configured32, configured64 } from "../memory/live";
import { AHEAD, RATE, WORD, epochOf, fits, gcraRefund, isWhole, moved, owed, owedAt, wordOf } from "./gcra";
import { NEVER } from "./meter";
import { instantOf, subTicks, ticksIn, ticksOf } from "./rate";

/**
 * Enters the queue with `weight` permits, which leave together. Returns the ticks until their turn, or `NEVER` where there is no
 * room for them; then nothing entered. A weight of 0 enters nothing, and is told the turn of the next.
 */
export function leakyQueueEnter(at: usize, weight: i64, now: i64): i64 {
  while (true) {
    const epoch = epochOf(at);
    const seen = wordOf(at);
    if (weight != 0 && !fits(at, weight)) return NEVER;
    const need = weight * configured64(at + RATE);
    const window = configured64(at + RATE + 8);
    const unit = configured32(at + RATE + 16);
    const instant = subTicks(now, unit);
    const turn = owed(at, seen, instant);
    const after = turn + need;
    if (!isWhole(at, epoch, seen)) continue;
    const full = after > window;
    // As in `gcra.ts`, a refusal after a clock that stepped back brings the word near, so that the step costs one window.
    if (full && seen - instant <= load64(at + AHEAD)) return NEVER;
    if (cas64(at + WORD, seen, moved(instant + (full ? turn : after))) == seen) return full ? NEVER : ticksIn(unit, turn);
  }
}

/** What `leakyQueueEnter` would return; changes nothing. */
export function leakyQueuePeek(at: usize, weight: i64, now: i64): i64 {
  while (true) {
    const epoch = epochOf(at);
    const seen = wordOf(at);
    if (weight != 0 && !fits(at, weight)) return NEVER;
    const turn = owedAt(at, seen, instantOf(at + RATE, now));
    const full = turn + weight * configured64(at + RATE) > configured64(at + RATE + 8);
    const wait = full ? NEVER : ticksOf(at + RATE, turn);
    if (isWhole(at, epoch, seen)) return wait;
  }
}

/**
 * Leaves the queue again with `weight` permits whose turn is at `due` (the time of entering plus the wait), if nobody entered
 * behind them; leaving from the middle would let two others meet. Returns 1 if they left.
 */
export function leakyQueueLeave(at: usize, weight: i64, due: i64, now: i64): i32 {
  if (due <= now) return 0;
  while (true) {
    const epoch = epochOf(at);
    const seen = wordOf(at);
    if (!fits(at, weight)) return 0;
    const instant = instantOf(at + RATE, now);
    const cost = configured64(at + RATE);
    // The turn was told rounded up to a tick.
    const isLast = owedAt(at, seen, instant) - (instantOf(at + RATE, due) - instant) - weight * cost < cost;
    if (!isWhole(at, epoch, seen)) continue;
    if (isLast) gcraRefund(at, weight, now);
    return <i32>isLast;
  }
}
