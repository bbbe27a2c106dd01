/**
 * A limiter that counts in windows, fixed or sliding (`window.ts` has the rule). Layout, after the common head:
 *
 *     8 window, 24 bytes || 32 origin i64 | 40 word i64
 *
 * Threads share the word, by compare-and-swap. The origin is the instant at which a window began: 0, or what a snapshot or
 * a new configuration brought; both are for a limiter that nobody uses meanwhile.
 */

import { cas64, load64 } from "../memory/atomic";
import { LOADED, copyOut, loadState, seal, writeHead } from "../memory/snapshot";
import {
  FIXED, WINDOW_BYTES, emptyWord, windowFits, windowInit, windowNumber, windowRefunded, windowRemaining, windowResetAfter,
  windowTakes, windowWait, windowWord,
} from "./window";
import { NEVER } from "./meter";

/** "WIN" and the layout's version. */
export const WINDOW_MAGIC: u32 = 0x014e4957;
const BYTES: u32 = 48;
const WINDOW: usize = 8;
const ORIGIN: usize = 32;
const WORD: usize = 40;

export function windowCounterSize(): u32 {
  return BYTES;
}

/**
 * Makes a limiter of `limit` permits in a window of `length` ticks, of kind 0 fixed or 1 sliding. Returns 0, or 1 where the
 * numbers make no window (see `windowInit`).
 */
export function windowCounterInit(at: usize, kind: u32, limit: i64, length: i64): i32 {
  if (windowInit(at + WINDOW, kind, limit, length) != 0) return 1;
  writeHead(at, WINDOW_MAGIC, BYTES, WINDOW_BYTES + <u32>WINDOW);
  store<i64>(at, 0, ORIGIN);
  store<i64>(at, 0, WORD);
  return 0;
}

/** Takes `weight` permits at `now`: 0 when they fit, else the ticks until they will, or `NEVER`. */
// @ts-ignore: decorator
@inline
export function windowCounterTryAcquire(at: usize, weight: i64, now: i64): i64 {
  const window = at + WINDOW;
  if (!windowTakes(window, weight)) return weight == 0 ? 0 : NEVER;
  const since = now - load<i64>(at, ORIGIN);
  const number = windowNumber(window, since);
  let seen = load64(at + WORD);
  while (true) {
    const word = windowWord(window, seen, number, since);
    const fits = windowFits(window, word, number, since, weight);
    // A refusal changes the word only by bringing it to the window of now, which a clock that stepped back needs.
    const next = fits ? word + weight : word;
    const held = next == seen ? seen : cas64(at + WORD, seen, next);
    if (held == seen) return fits ? 0 : windowWait(window, word, number, since, weight);
    seen = held;
  }
}

/** What `windowCounterTryAcquire` would return; changes nothing. */
export function windowCounterPeek(at: usize, weight: i64, now: i64): i64 {
  const since = now - load<i64>(at, ORIGIN);
  const number = windowNumber(at + WINDOW, since);
  return windowWait(at + WINDOW, windowWord(at + WINDOW, load64(at + WORD), number, since), number, since, weight);
}

/** Whole permits that fit at `now`. */
export function windowCounterRemaining(at: usize, now: i64): i64 {
  const since = now - load<i64>(at, ORIGIN);
  const number = windowNumber(at + WINDOW, since);
  return windowRemaining(at + WINDOW, windowWord(at + WINDOW, load64(at + WORD), number, since), number, since);
}

/** Ticks until nothing that was taken counts any more. */
export function windowCounterResetAfter(at: usize, now: i64): i64 {
  const since = now - load<i64>(at, ORIGIN);
  const number = windowNumber(at + WINDOW, since);
  return windowResetAfter(at + WINDOW, windowWord(at + WINDOW, load64(at + WORD), number, since), number, since);
}

/** Gives `weight` permits back, at most those that still count. */
export function windowCounterRefund(at: usize, weight: i64, now: i64): void {
  const since = now - load<i64>(at, ORIGIN);
  const number = windowNumber(at + WINDOW, since);
  let seen = load64(at + WORD);
  while (true) {
    const next = windowRefunded(at + WINDOW, windowWord(at + WINDOW, seen, number, since), number, weight);
    const held = cas64(at + WORD, seen, next);
    if (held == seen) return;
    seen = held;
  }
}

/**
 * Changes limit and length; a window begins at `now`, and the limiter keeps its degree of filling: half full stays half full.
 * In a sliding one that is what the window before took. Returns 0, or 1 where the numbers make no window and nothing was changed.
 */
export function windowCounterConfigure(at: usize, limit: i64, length: i64, now: i64): i32 {
  const window = at + WINDOW;
  const before = <u64>load<u32>(window, 8);
  const used = before - windowCounterRemaining(at, now);
  const kind = load<u32>(window, 20);
  if (windowInit(window, kind, limit, length) != 0) return 1;
  const kept = (used * <u64>limit) / before;
  store<i64>(at, now, ORIGIN);
  store<u64>(at, kind == FIXED ? kept : kept << <u64>load<u16>(window, 12), WORD);
  return 0;
}

/** Writes a snapshot with the time since the window began in place of the origin. */
export function windowCounterSave(at: usize, to: usize, now: i64): void {
  copyOut(at, to);
  const since = now - load<i64>(at, ORIGIN);
  const number = windowNumber(at + WINDOW, since);
  const word = windowWord(at + WINDOW, load64(at + WORD), number, since);
  store<i64>(to, since - ((number * load<i64>(at, WINDOW)) << load<u32>(at, WINDOW + 16)), ORIGIN);
  store<i64>(to, word - emptyWord(at + WINDOW, number), WORD);
  seal(to);
}

/** Loads a snapshot into a limiter of the same configuration. Returns 0, or why it was not loaded. */
export function windowCounterLoad(at: usize, from: usize, now: i64): i32 {
  const status = loadState(at, from);
  if (status == LOADED) store<i64>(at, now - load<i64>(at, ORIGIN), ORIGIN);
  return status;
}
