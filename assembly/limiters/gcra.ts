/**
 * One limiter: a rate and a meter. Layout, after the common head:
 *
 *     8 cost i64 | 16 window i64 | 24 unit u32 | 28 burst u32 | 32 opening debt i64 || 40 word i64 | 48 ahead i64 |
 *     56 epoch u32 | 60 unused
 *
 * The word is `UNSTARTED` until the first call brings a time; then the limiter starts with its opening debt, which is
 * zero for a full bucket. `ahead` is the furthest that the word may lie ahead of now: the window, plus the longest wait
 * that a reservation was ever granted.
 *
 * Rate and word mean something only together, and no instruction changes both. `gcraConfigure` puts `CHANGING` in place of the word, counts
 * the epoch up, changes the rate and sets the word anew. Who reads notes the epoch, reads the word and THEN the rate; if the
 * word was one, and the epoch is still the same, all of it is of one configuration (`isWhole`), else it is read again. Who writes
 * does so by compare-and-swap of that word. README.md has the proof, and what is not promised.
 */

import { SMALL } from "../math/small";
import { add32, cas64, load32, load64, store64 } from "../memory/atomic";
import { LIVE, configured32, configured64 } from "../memory/live";
import { LOADED, copyOut, loadState, seal, writeHead } from "../memory/snapshot";
import { NEVER, debt, meterPeek, meterRemaining } from "./meter";
import { instantOf, rateInit, subTicks, ticksIn, ticksOf } from "./rate";

/** "GCR" and the layout's version. */
export const GCRA_MAGIC: u32 = 0x02524347;
const BYTES: u32 = 64;
const CONFIGURATION_END: u32 = 40;
export const RATE: usize = 8;
const WINDOW: usize = 16;
const UNIT: usize = 24;
const BURST: usize = 28;
const OPENING: usize = 32;
export const WORD: usize = 40;
export const AHEAD: usize = 48;
const EPOCH: usize = 56;

/** The longest patience that is looked at, 12 days in ticks: its sub-ticks stay below 2^58, and sums within 63 bits. */
const PATIENCE_MAX: i64 = 1 << 50;

const UNSTARTED: i64 = i64.MIN_VALUE;
/** The word while the rate is being changed. */
const CHANGING: i64 = i64.MIN_VALUE + 1;
/** What `take` says where the rate was changed under it; then it took nothing. */
export const CHANGED: i64 = -1;

/** Bytes that a limiter occupies. */
export function gcraSize(): u32 {
  return BYTES;
}

/**
 * Makes a limiter of `limit` permits each `period` ticks that saves up at most `burst` and starts with `initial`.
 * Returns 0, or 1 where the numbers make no limiter (see `rateInit`).
 */
export function gcraInit(at: usize, limit: i64, period: i64, burst: i64, initial: i64): i32 {
  if (initial < 0 || initial > burst || rateInit(at + RATE, limit, period, burst) != 0) return 1;
  writeHead(at, GCRA_MAGIC, BYTES, CONFIGURATION_END);
  store<i64>(at, (burst - initial) * load<i64>(at, RATE), OPENING);
  store<i64>(at, UNSTARTED, WORD);
  store<i64>(at, load<i64>(at, WINDOW), AHEAD);
  store<i64>(at, 0, EPOCH);
  return 0;
}

/** The number of the configuration in use; read before anything else. */
// @ts-ignore: decorator
@inline
export function epochOf(at: usize): u32 {
  return LIVE ? load32(at + EPOCH) : 0;
}

/** The word, as soon as it is one. */
// @ts-ignore: decorator
@inline
export function wordOf(at: usize): i64 {
  let word = load64(at + WORD);
  while (LIVE && word == CHANGING) word = load64(at + WORD);
  return word;
}

/** Whether the rate that was read after `word`, and the word after `epoch`, belong together. */
// @ts-ignore: decorator
@inline
export function isWhole(at: usize, epoch: u32, word: i64): bool {
  return !LIVE || (word != CHANGING && load32(at + EPOCH) == epoch);
}

/** Whether `take` found one configuration. */
// @ts-ignore: decorator
@inline
export function isTaken(over: i64): bool {
  return !LIVE || over != CHANGED;
}

/** What the limiter owes at `now`, given its word. */
// @ts-ignore: decorator
@inline
export function owed(at: usize, word: i64, now: i64): i64 {
  return (LIVE ? word <= CHANGING : word == UNSTARTED) ? configured64(at + OPENING) : debt(word, now, load64(at + AHEAD));
}

/** The same for calls that need not be fast. */
export function owedAt(at: usize, word: i64, instant: i64): i64 {
  return owed(at, word, instant);
}

/** Moves the word; one that would read as `UNSTARTED` or `CHANGING` is moved on by two steps. */
// @ts-ignore: decorator
@inline
export function moved(instant: i64): i64 {
  return instant <= CHANGING ? instant + 2 : instant;
}

/**
 * Adds the cost of `weight` permits (below 0: gives them back) if that brings the word, which was `seen`, at most `window` plus
 * `patience` ahead of `now`. Returns the sub-ticks over the window: 0, or a wait; above `patience`, nothing was taken; or `CHANGED`.
 */
// @ts-ignore: decorator
@inline
function hotTake(at: usize, epoch: u32, seen: i64, weight: i64, now: i64, patience: i64): i64 {
  const need = weight * configured64(at + RATE);
  const window = configured64(at + WINDOW);
  while (true) {
    const before = owed(at, seen, now);
    let after = before + need;
    if (after < 0) after = 0;
    const over = after - window;
    if (!isWhole(at, epoch, seen)) return CHANGED;
    // A refusal leaves the word alone, unless the clock stepped back: then the word is brought near, so that the step
    // costs one window and no more.
    if (over > patience) {
      if (seen - now <= load64(at + AHEAD)) return over;
      after = before;
    }
    const held = cas64(at + WORD, seen, moved(now + after));
    if (held == seen) return over > 0 ? over : 0;
    seen = held;
  }
}

/** The same, as a call. */
function take(at: usize, epoch: u32, seen: i64, weight: i64, now: i64, patience: i64): i64 {
  return hotTake(at, epoch, LIVE ? seen : load64(at + WORD), weight, now, patience);
}

/** Whether a weight from 1 to the burst; others are decided without the meter. */
// @ts-ignore: decorator
@inline
export function fits(at: usize, weight: i64): bool {
  return <u64>(weight - 1) < <u64>configured32(at + BURST);
}

/**
 * Takes `weight` permits at `now`. Returns 0 when they were there, else the ticks until they will be; `NEVER` where the
 * weight is negative or above the burst. A weight of 0 is always admitted and takes nothing.
 */
// @ts-ignore: decorator
@inline
export function gcraTryAcquire(at: usize, weight: i64, now: i64): i64 {
  if (SMALL) return gcraTake(at, weight, now);
  while (true) {
    const epoch = epochOf(at);
    const seen = wordOf(at);
    if (!fits(at, weight)) return weight == 0 ? 0 : NEVER;
    const unit = configured32(at + UNIT);
    const over = hotTake(at, epoch, seen, weight, subTicks(now, unit), 0);
    if (isTaken(over)) return over > 0 ? ticksIn(unit, over) : 0;
  }
}

/** The same as a call, for those who do more besides. */
export function gcraTake(at: usize, weight: i64, now: i64): i64 {
  return claim(at, weight, now, 0, false);
}

/** The same, and writes to `to` how things stand then, as `meterTell` does: one call for what a client is told. */
export function gcraCheck(at: usize, weight: i64, now: i64, to: usize): i64 {
  const wait = gcraTake(at, weight, now);
  store<i64>(to, gcraRemaining(at, now));
  store<i64>(to, gcraResetAfter(at, now), 8);
  return wait;
}

/** What is asked of `stand`. */
const LEFT: u32 = 0;
const REST: u32 = 1;
const WAIT: u32 = 2;

/** How the limiter stands at `now`: whole permits, or ticks until rest, or until `weight` permits will be there. */
function stand(at: usize, what: u32, weight: i64, now: i64): i64 {
  while (true) {
    const epoch = epochOf(at);
    const seen = wordOf(at);
    const debt = owedAt(at, seen, instantOf(at + RATE, now));
    const answer = what == LEFT
      ? meterRemaining(at + RATE, debt)
      : ticksOf(at + RATE, what == WAIT ? meterPeek(at + RATE, debt, weight) : debt);
    if (isWhole(at, epoch, seen)) return answer;
  }
}

/** What `gcraTryAcquire` would return; changes nothing. */
export function gcraPeek(at: usize, weight: i64, now: i64): i64 {
  return stand(at, WAIT, weight, now);
}

/** Whole permits that are there at `now`. */
export function gcraRemaining(at: usize, now: i64): i64 {
  return stand(at, LEFT, 0, now);
}

/** Ticks until the limiter is at rest (the bucket full) if nobody takes more. */
export function gcraResetAfter(at: usize, now: i64): i64 {
  return stand(at, REST, 0, now);
}

/** Gives `weight` permits back, at most until the limiter is at rest. */
export function gcraRefund(at: usize, weight: i64, now: i64): void {
  if (weight <= 0) return;
  while (true) {
    const epoch = epochOf(at);
    const seen = LIVE ? wordOf(at) : 0;
    const burst = <i64>configured32(at + BURST);
    // The patience admits any debt: what is given back never has to wait.
    const back = weight < burst ? weight : burst;
    if (isTaken(take(at, epoch, seen, -back, instantOf(at + RATE, now), i64.MAX_VALUE))) return;
  }
}

/** Lets the word lie `reach` ahead of now. */
function allow(at: usize, epoch: u32, word: i64, reach: i64): void {
  let ahead = load64(at + AHEAD);
  while (ahead < reach && isWhole(at, epoch, word)) {
    const held = cas64(at + AHEAD, ahead, reach);
    if (held == ahead) return;
    ahead = held;
  }
}

/** Takes `weight` permits, or books them; the wait is told, or `NEVER` where it is longer than `patience` and the caller is `strict`. */
function claim(at: usize, weight: i64, now: i64, patience: i64, strict: bool): i64 {
  while (true) {
    const epoch = epochOf(at);
    const seen = LIVE ? wordOf(at) : 0;
    if (!fits(at, weight)) return weight == 0 ? 0 : NEVER;
    const unit = configured32(at + UNIT);
    // The allowance is raised first: a word beyond it would be taken for a clock that stepped back.
    const span = patience <= 0 ? 0 : patience < PATIENCE_MAX ? subTicks(patience, unit) : PATIENCE_MAX;
    allow(at, epoch, seen, configured64(at + WINDOW) + span);
    const over = take(at, epoch, seen, weight, subTicks(now, unit), span);
    if (isTaken(over)) return strict && over > span ? NEVER : ticksIn(unit, over);
  }
}

/**
 * Books `weight` permits ahead of time: returns the ticks to wait before using them, 0 to `patience`; `NEVER` where that
 * would be more than `patience`, and then nothing is booked.
 */
export function gcraReserve(at: usize, weight: i64, now: i64, patience: i64): i64 {
  return claim(at, weight, now, patience, true);
}

/**
 * Gives back a booking of `weight` permits for the instant `due` (the time of booking plus its wait), if no later booking
 * stands behind it; giving back one from the middle would let two later calls meet. Returns 1 if it was given back.
 */
export function gcraCancelReservation(at: usize, weight: i64, due: i64, now: i64): i32 {
  while (true) {
    const epoch = epochOf(at);
    const seen = wordOf(at);
    if (!fits(at, weight)) return 0;
    const instant = instantOf(at + RATE, now);
    // A booking that had to wait left the word one window behind its due instant, rounded up to a tick.
    const behind = owedAt(at, seen, instant) - (instantOf(at + RATE, due) - instant) - configured64(at + WINDOW);
    const isLast = <i32>(due <= now) | <i32>(behind < configured64(at + RATE));
    if (!isWhole(at, epoch, seen)) continue;
    if (isLast) gcraRefund(at, weight, now);
    return isLast;
  }
}

/**
 * The debt of a limiter of another window that is filled as this one is where it owes `debt`. Bookings that wait are kept as a full
 * debt at most.
 */
// @ts-ignore: decorator
@inline
function rescaled(debt: i64, window: i64, next: i64): i64 {
  let filled = debt > window ? window : debt;
  // next * filled / window without a 128-bit product: first make window and filled small enough.
  const excess = max<i64>(33 - clz(window), 0);
  window >>= excess;
  filled >>= excess;
  return (next / window) * filled + ((next % window) * filled) / window;
}

/**
 * Changes rate and burst; the limiter keeps its degree of filling: half full stays half full. Returns 0, or 1 where the numbers make no
 * limiter and nothing was changed. Nobody may use the limiter meanwhile: `gcraAdopt` is for those that threads share.
 */
export function gcraConfigure(at: usize, limit: i64, period: i64, burst: i64, now: i64): i32 {
  const window = configured64(at + WINDOW);
  const debt = owedAt(at, load64(at + WORD), instantOf(at + RATE, now));
  if (rateInit(at + RATE, limit, period, burst) != 0) return 1;
  const next = configured64(at + WINDOW);
  const kept = rescaled(debt, window, next);
  store<i64>(at, next, AHEAD);
  if (load64(at + WORD) == UNSTARTED) store<i64>(at, kept, OPENING);
  else store<i64>(at, moved(instantOf(at + RATE, now) + kept), WORD);
  return 0;
}

/** Puts `CHANGING` in place of the word, and returns the word: others wait until there is one again. */
function stop(at: usize): i64 {
  while (true) {
    const word = wordOf(at);
    if (!LIVE || cas64(at + WORD, word, CHANGING) == word) return word;
  }
}

/**
 * `gcraConfigure` while others use the limiter: it gets rate and burst of `model`, a limiter made by `gcraInit` that nobody else uses. It
 * counts as used from then on.
 */
export function gcraAdopt(at: usize, model: usize, now: i64): void {
  const cost = load<i64>(model, RATE);
  const next = load<i64>(model, WINDOW);
  const pace = load<i64>(model, UNIT);
  const instant = instantOf(model + RATE, now);
  // From here to the new word there is neither loop nor call, where a host could end the thread and leave the others waiting.
  const word = stop(at);
  const kept = rescaled(owed(at, word, subTicks(now, configured32(at + UNIT))), configured64(at + WINDOW), next);
  if (LIVE) add32(at + EPOCH, 1);
  store64(at + RATE, cost);
  store64(at + WINDOW, next);
  store64(at + UNIT, pace);
  store64(at + AHEAD, next);
  // Also where no call came before: back at `UNSTARTED`, who read that with the old rate would find it unchanged.
  store64(at + WORD, moved(instant + kept));
}

/** Writes a snapshot with the debt in place of the instant. */
export function gcraSave(at: usize, to: usize, now: i64): void {
  while (true) {
    const epoch = epochOf(at);
    const seen = wordOf(at);
    copyOut(at, to);
    if (seen != UNSTARTED) store<i64>(to, owedAt(at, seen, instantOf(at + RATE, now)), WORD);
    if (isWhole(at, epoch, seen)) break;
  }
  if (LIVE) store<i64>(to, 0, EPOCH);
  seal(to);
}

/** Loads a snapshot into a limiter of the same configuration that nobody uses meanwhile. Returns 0, or why it was not loaded. */
export function gcraLoad(at: usize, from: usize, now: i64): i32 {
  const status = loadState(at, from);
  const left = load<i64>(at, WORD);
  if (status == LOADED && left != UNSTARTED) store<i64>(at, moved(instantOf(at + RATE, now) + left), WORD);
  return status;
}
