/**
 * One limiter: a rate and a meter. Layout, after the common head:
 *
 *     8 cost i64 | 16 window i64 | 24 unit u32 | 28 burst u32 | 32 opening debt i64 || 40 word i64 | 48 ahead i64
 *
 * The word is `UNSTARTED` until the first call brings a time; then the limiter starts with its opening debt, which is
 * zero for a full bucket. `ahead` is the furthest that the word may lie ahead of now: the window, plus the longest wait
 * that a reservation was ever granted.
 */

import { SMALL } from "../math/small";
import { cas64, load64 } from "../memory/atomic";
import { LOADED, copyOut, loadState, seal, writeHead } from "../memory/snapshot";
import { NEVER, debt, meterPeek, meterRemaining, meterTell } from "./meter";
import { instantOf, rateInit, subTicks, ticksOf } from "./rate";

/** "GCR" and the layout's version. */
export const GCRA_MAGIC: u32 = 0x01524347;
const BYTES: u32 = 56;
const CONFIGURATION_END: u32 = 40;
export const RATE: usize = 8;
const OPENING: usize = 32;
export const WORD: usize = 40;
export const AHEAD: usize = 48;

/** The longest patience that is looked at, 12 days in ticks: its sub-ticks stay below 2^58, and sums within 63 bits. */
const PATIENCE_MAX: i64 = 1 << 50;

const UNSTARTED: i64 = i64.MIN_VALUE;

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
  store<i64>(at, load<i64>(at, RATE + 8), AHEAD);
  return 0;
}

/** What the limiter owes at `now`, given its word. */
// @ts-ignore: decorator
@inline
export function owed(at: usize, word: i64, now: i64): i64 {
  return word == UNSTARTED ? load<i64>(at, OPENING) : debt(word, now, load64(at + AHEAD));
}

/** The same for calls that need not be fast, from the limiter's own word. */
export function owedAt(at: usize, instant: i64): i64 {
  return owed(at, load64(at + WORD), instant);
}

/** Moves the word; one that would read as `UNSTARTED` is moved on by the smallest step. */
// @ts-ignore: decorator
@inline
export function moved(instant: i64): i64 {
  return instant == UNSTARTED ? instant + 1 : instant;
}

/**
 * Adds the cost of `weight` permits (below 0: gives them back) if that brings the word at most `window` plus `patience` ahead
 * of `now`. Returns the sub-ticks over the window: 0, or a wait; above `patience`, nothing was taken.
 */
// @ts-ignore: decorator
@inline
function hotTake(at: usize, weight: i64, now: i64, patience: i64): i64 {
  const need = weight * load<i64>(at, RATE);
  const window = load<i64>(at, RATE + 8);
  let seen = load64(at + WORD);
  while (true) {
    const before = owed(at, seen, now);
    let after = before + need;
    if (after < 0) after = 0;
    const over = after - window;
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
function take(at: usize, weight: i64, now: i64, patience: i64): i64 {
  return hotTake(at, weight, now, patience);
}

/** Whether a weight from 1 to the burst; others are decided without the meter. */
// @ts-ignore: decorator
@inline
export function fits(at: usize, weight: i64): bool {
  return <u64>(weight - 1) < <u64>load<u32>(at, RATE + 20);
}

/**
 * Takes `weight` permits at `now`. Returns 0 when they were there, else the ticks until they will be; `NEVER` where the
 * weight is negative or above the burst. A weight of 0 is always admitted and takes nothing.
 */
// @ts-ignore: decorator
@inline
export function gcraTryAcquire(at: usize, weight: i64, now: i64): i64 {
  if (!fits(at, weight)) return weight == 0 ? 0 : NEVER;
  if (SMALL) return ticksOf(at + RATE, take(at, weight, instantOf(at + RATE, now), 0));
  const over = hotTake(at, weight, subTicks(now, load<u32>(at, RATE + 16)), 0);
  return over > 0 ? ticksOf(at + RATE, over) : 0;
}

/** The same, and writes to `to` how things stand then (see `meterTell`): one call for what a client is told. */
export function gcraCheck(at: usize, weight: i64, now: i64, to: usize): i64 {
  const instant = instantOf(at + RATE, now);
  const over = fits(at, weight) ? take(at, weight, instant, 0) : weight == 0 ? 0 : NEVER;
  meterTell(at + RATE, owedAt(at, instant), to);
  return ticksOf(at + RATE, over);
}

/** What `gcraTryAcquire` would return; changes nothing. */
export function gcraPeek(at: usize, weight: i64, now: i64): i64 {
  return ticksOf(at + RATE, meterPeek(at + RATE, owedAt(at, instantOf(at + RATE, now)), weight));
}

/** Whole permits that are there at `now`. */
export function gcraRemaining(at: usize, now: i64): i64 {
  return meterRemaining(at + RATE, owedAt(at, instantOf(at + RATE, now)));
}

/** Ticks until the limiter is at rest (the bucket full) if nobody takes more. */
export function gcraResetAfter(at: usize, now: i64): i64 {
  return ticksOf(at + RATE, owedAt(at, instantOf(at + RATE, now)));
}

/** Gives `weight` permits back, at most until the limiter is at rest. */
export function gcraRefund(at: usize, weight: i64, now: i64): void {
  if (weight <= 0) return;
  const burst = <i64>load<u32>(at, RATE + 20);
  // The patience admits any debt: what is given back never has to wait.
  take(at, -(weight < burst ? weight : burst), instantOf(at + RATE, now), i64.MAX_VALUE);
}

/**
 * Books `weight` permits ahead of time: returns the ticks to wait before using them, 0 to `patience`; `NEVER` where that
 * would be more than `patience`, and then nothing is booked.
 */
export function gcraReserve(at: usize, weight: i64, now: i64, patience: i64): i64 {
  if (!fits(at, weight)) return weight == 0 ? 0 : NEVER;
  // The allowance is raised first: a word beyond it would be taken for a clock that stepped back.
  const span = patience <= 0 ? 0 : patience < PATIENCE_MAX ? instantOf(at + RATE, patience) : PATIENCE_MAX;
  const reach = load<i64>(at, RATE + 8) + span;
  let ahead = load64(at + AHEAD);
  while (ahead < reach) {
    const held = cas64(at + AHEAD, ahead, reach);
    if (held == ahead) break;
    ahead = held;
  }
  const over = take(at, weight, instantOf(at + RATE, now), span);
  return over > span ? NEVER : ticksOf(at + RATE, over);
}

/**
 * Gives back a booking of `weight` permits for the instant `due` (the time of booking plus its wait), if no later booking
 * stands behind it; giving back one from the middle would let two later calls meet. Returns 1 if it was given back.
 */
export function gcraCancelReservation(at: usize, weight: i64, due: i64, now: i64): i32 {
  if (!fits(at, weight)) return 0;
  const instant = instantOf(at + RATE, now);
  // A booking that had to wait left the word one window behind its due instant, rounded up to a tick.
  const behind = owedAt(at, instant) - (instantOf(at + RATE, due) - instant) - load<i64>(at, RATE + 8);
  if (due > now && behind >= load<i64>(at, RATE)) return 0;
  gcraRefund(at, weight, now);
  return 1;
}

/**
 * Changes rate and burst; the limiter keeps its degree of filling: half full stays half full. Bookings that wait are
 * kept as a full debt at most. Returns 0, or 1 where the numbers make no limiter and nothing was changed.
 */
export function gcraConfigure(at: usize, limit: i64, period: i64, burst: i64, now: i64): i32 {
  let window = load<i64>(at, RATE + 8);
  let filled = owedAt(at, instantOf(at + RATE, now));
  if (filled > window) filled = window;
  if (rateInit(at + RATE, limit, period, burst) != 0) return 1;
  const next = load<i64>(at, RATE + 8);
  // next * filled / window without a 128-bit product: first make window and filled small enough.
  while (window >= 1 << 31) {
    window >>= 1;
    filled >>= 1;
  }
  const kept = (next / window) * filled + ((next % window) * filled) / window;
  store<i64>(at, next, AHEAD);
  if (load64(at + WORD) == UNSTARTED) store<i64>(at, kept, OPENING);
  else store<i64>(at, moved(instantOf(at + RATE, now) + kept), WORD);
  return 0;
}

/** Writes a snapshot with the debt in place of the instant. */
export function gcraSave(at: usize, to: usize, now: i64): void {
  copyOut(at, to);
  if (load<i64>(to, WORD) != UNSTARTED) store<i64>(to, owedAt(at, instantOf(at + RATE, now)), WORD);
  seal(to);
}

/** Loads a snapshot into a limiter of the same configuration. Returns 0, or why it was not loaded. */
export function gcraLoad(at: usize, from: usize, now: i64): i32 {
  const status = loadState(at, from);
  if (status != LOADED) return status;
  const left = load<i64>(at, WORD);
  if (left != UNSTARTED) store<i64>(at, moved(instantOf(at + RATE, now) + left), WORD);
  return LOADED;
}
