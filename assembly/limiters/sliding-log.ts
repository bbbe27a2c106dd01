/**
 * A sliding window that keeps every permit it gave: exact, and as large as its limit. Layout, after the common head:
 *
 *     8 capacity u32 | 12 limit u32 | 16 window i64 || 24 clock, 16 bytes | 40 first u32 | 44 entries u32 | 48 used u32 |
 *     52 unused || 56 instants, i64 each, `capacity` of them | weights, u32 each
 *
 * A permit given at t counts until t + window, that instant not included: at no time does a stretch [t, t + window) hold more
 * than `limit` permits. Permits of one instant share an entry, so there are never more entries than permits that count, and
 * never more than `limit`.
 *
 * The instants are those of the log's own clock (`monotonic.ts`): a clock that steps back is no time passed, one that steps
 * back by more than a second goes on from there. They need no change in a snapshot.
 *
 * One thread at a time: an admission that lets old entries go and adds one changes more than a word. Who shares a limit
 * between threads takes the sliding counter, which is one.
 */

import { monotonic } from "../math/monotonic";
import { loadClocked } from "../memory/clocked";
import { saveState, writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";
import { NEVER } from "./meter";

/** "LOG" and the layout's version. */
export const SLIDING_LOG_MAGIC: u32 = 0x01474f4c;
const CAPACITY: usize = 8;
const LIMIT: usize = 12;
const WINDOW: usize = 16;
const CONFIGURATION_END: u32 = 24;
const CLOCK: usize = 24;
const FIRST: usize = 40;
const ENTRIES: usize = 44;
const USED: usize = 48;
const INSTANTS: usize = 56;

/** A snapshot's size is told in 16 bits of 64-bit words. */
const CAPACITY_MAX: u32 = 1 << 15;
const WINDOW_MAX: i64 = 1 << 56;

/** Bytes of a log with room for `capacity` permits; 0 where that is not 1 to 2^15. */
export function slidingLogSize(capacity: u32): u32 {
  if (capacity - 1 >= CAPACITY_MAX) return 0;
  return (<u32>INSTANTS + capacity * 12 + 7) & ~7;
}

/** Makes an empty log of `limit` permits in any `window` ticks. Returns 0, or 1 where a number is out of range. */
export function slidingLogInit(at: usize, limit: u32, window: i64): i32 {
  const bytes = slidingLogSize(limit);
  if (bytes == 0 || window <= 0 || window > WINDOW_MAX) return 1;
  writeHead(at, SLIDING_LOG_MAGIC, bytes, CONFIGURATION_END);
  store<u32>(at, limit, CAPACITY);
  store<u32>(at, limit, LIMIT);
  store<i64>(at, window, WINDOW);
  clearWords(at + CLOCK, bytes - <u32>CLOCK);
  return 0;
}

/** Where entry `i`, counted from the oldest, stands in the ring. */
// @ts-ignore: decorator
@inline
function placeOf(at: usize, i: u32): usize {
  const place = load<u32>(at, FIRST) + i;
  const capacity = load<u32>(at, CAPACITY);
  return place >= capacity ? place - capacity : place;
}

// @ts-ignore: decorator
@inline
function instantAt(at: usize, place: usize): usize {
  return at + INSTANTS + (place << 3);
}

// @ts-ignore: decorator
@inline
function weightAt(at: usize, place: usize): usize {
  return at + INSTANTS + (<usize>load<u32>(at, CAPACITY) << 3) + (place << 2);
}

/** Lets go what does not count any more, and returns the log's time. */
function advance(at: usize, now: i64): i64 {
  const clock = monotonic(at + CLOCK, now);
  const window = load<i64>(at, WINDOW);
  let entries = load<u32>(at, ENTRIES);
  while (entries != 0) {
    const first = placeOf(at, 0);
    if (clock - load<i64>(instantAt(at, first)) < window) break;
    store<u32>(at, load<u32>(at, USED) - load<u32>(weightAt(at, first)), USED);
    store<u32>(at, <u32>placeOf(at, 1), FIRST);
    entries--;
  }
  store<u32>(at, entries, ENTRIES);
  return clock;
}

/** Adds `weight` permits at the log's time. */
function append(at: usize, weight: u32, clock: i64): void {
  const entries = load<u32>(at, ENTRIES);
  store<u32>(at, load<u32>(at, USED) + weight, USED);
  if (entries != 0) {
    const last = placeOf(at, entries - 1);
    if (load<i64>(instantAt(at, last)) == clock) {
      const cell = weightAt(at, last);
      store<u32>(cell, load<u32>(cell) + weight);
      return;
    }
  }
  const next = placeOf(at, entries);
  store<i64>(instantAt(at, next), clock);
  store<u32>(weightAt(at, next), weight);
  store<u32>(at, entries + 1, ENTRIES);
}

/** Ticks until `excess` of the permits that count do not any more. */
function waitFor(at: usize, excess: i64, clock: i64): i64 {
  let place = placeOf(at, 0);
  for (let i: u32 = 1; (excess -= load<u32>(weightAt(at, place))) > 0; i++) place = placeOf(at, i);
  return load<i64>(instantAt(at, place)) + load<i64>(at, WINDOW) - clock;
}

/** Ticks until `weight` permits fit: 0 where they do now, `NEVER` where they never can. */
function decide(at: usize, weight: i64, clock: i64): i64 {
  const limit = <i64>load<u32>(at, LIMIT);
  if (weight <= 0 || weight > limit) return weight == 0 ? 0 : NEVER;
  const excess = load<u32>(at, USED) + weight - limit;
  return excess <= 0 ? 0 : waitFor(at, excess, clock);
}

/** Takes `weight` permits at `now`: 0 when they fit, else the ticks until they will, or `NEVER`. */
export function slidingLogTryAcquire(at: usize, weight: i64, now: i64): i64 {
  const clock = advance(at, now);
  const wait = decide(at, weight, clock);
  if (wait == 0 && weight > 0) append(at, <u32>weight, clock);
  return wait;
}

/** What `slidingLogTryAcquire` would return; takes nothing. */
export function slidingLogPeek(at: usize, weight: i64, now: i64): i64 {
  return decide(at, weight, advance(at, now));
}

/** Whole permits that fit at `now`. */
export function slidingLogRemaining(at: usize, now: i64): i64 {
  advance(at, now);
  const left = <i64>load<u32>(at, LIMIT) - load<u32>(at, USED);
  return left > 0 ? left : 0;
}

/** Ticks until nothing that was taken counts any more. */
export function slidingLogResetAfter(at: usize, now: i64): i64 {
  const clock = advance(at, now);
  const used = load<u32>(at, USED);
  return used == 0 ? 0 : waitFor(at, used, clock);
}

/** Gives `weight` permits back, the latest first, at most those that still count. */
export function slidingLogRefund(at: usize, weight: i64, now: i64): void {
  advance(at, now);
  while (weight > 0 && load<u32>(at, ENTRIES) != 0) {
    const cell = weightAt(at, placeOf(at, load<u32>(at, ENTRIES) - 1));
    const there = <i64>load<u32>(cell);
    const back = weight < there ? weight : there;
    store<u32>(cell, <u32>(there - back));
    store<u32>(at, load<u32>(at, USED) - <u32>back, USED);
    if (back == there) store<u32>(at, load<u32>(at, ENTRIES) - 1, ENTRIES);
    weight -= back;
  }
}

/**
 * Changes limit and window; what was taken goes on to count, under the new window. The limit is at most what the log was made
 * for, since its memory is. Returns 0, or 1 where a number is out of range and nothing was changed.
 */
export function slidingLogConfigure(at: usize, limit: u32, window: i64, now: i64): i32 {
  if (limit - 1 >= load<u32>(at, CAPACITY) || window <= 0 || window > WINDOW_MAX) return 1;
  advance(at, now);
  store<u32>(at, limit, LIMIT);
  store<i64>(at, window, WINDOW);
  return 0;
}

/** Writes a snapshot. */
export function slidingLogSave(at: usize, to: usize, now: i64): void {
  advance(at, now);
  saveState(at, to);
}

/** Loads a snapshot into a log of the same configuration. Returns 0, or why it was not loaded. */
export function slidingLogLoad(at: usize, from: usize, now: i64): i32 {
  return loadClocked(at, from, now);
}
