/**
 * The decision of both window counters, fixed and sliding, over one 64-bit word: the number of a window, then what was
 * taken in the window before it (sliding only) and in it.
 *
 * Windows follow each other without a gap: window n is [n * length, (n + 1) * length) after the origin, so the instant at
 * which one ends is the first of the next. A fixed window admits what fits into `limit` since its window began. A
 * sliding one takes the calls of the window before as evenly spread over it, and counts the share that a window ending now
 * still covers: current + previous * (length - elapsed) / length (Cloudflare, "How we built rate limiting capable of scaling
 * to millions of domains", 2017). The share is compared as a fraction, never rounded.
 *
 * A window, wherever it is kept: 0 length in steps i64 | 8 limit u32 | 12 bits of a count u16 | 14 bits of all counts u16 |
 * 16 shift u32 | 20 kind u32. A step is 2^shift ticks: one tick, unless limit times length would leave 61 bits.
 *
 * The number of a window is kept modulo 2^(64 - bits of all counts). One that seems to lie in the future means that the
 * clock stepped back, or that nothing was taken for half of all windows there are numbers for, which is 68 years of
 * seconds at the largest fixed limit and 9 hours of them at the largest sliding one; its counts are taken over into the window
 * of now.
 */

import { NEVER } from "./meter";

export const FIXED: u32 = 0;
export const SLIDING: u32 = 1;

/** Bytes of what `windowInit` writes: as many as a rate's. */
export const WINDOW_BYTES: u32 = 24;

/** Two counts of 24 bits leave 16 for the number. */
const SLIDING_LIMIT_MAX: i64 = (1 << 24) - 1;
const FIXED_LIMIT_MAX: i64 = 4294967295;
const LENGTH_MAX: i64 = 1 << 56;
/** Products of a count and a length stay below it. */
const PRODUCT_MAX: i64 = 1 << 61;

// @ts-ignore: decorator
@inline
function lengthOf(window: usize): i64 {
  return load<i64>(window);
}

// @ts-ignore: decorator
@inline
function limitOf(window: usize): i64 {
  return load<u32>(window, 8);
}

/** Bits of one count. */
// @ts-ignore: decorator
@inline
function countBits(window: usize): i64 {
  return load<u16>(window, 12);
}

/** Bits below the number. */
// @ts-ignore: decorator
@inline
function lowBits(window: usize): i64 {
  return load<u16>(window, 14);
}

// @ts-ignore: decorator
@inline
function shiftOf(window: usize): i64 {
  return load<u32>(window, 16);
}

/**
 * Writes a window of `length` ticks that admits `limit` permits. Returns 0, or 1 where a number is zero or below, the length
 * above 2^56 ticks, or the limit above 2^32 - 1 (fixed) or 2^24 - 1 (sliding).
 */
export function windowInit(window: usize, kind: u32, limit: i64, length: i64): i32 {
  if (limit <= 0 || limit > (kind == SLIDING ? SLIDING_LIMIT_MAX : FIXED_LIMIT_MAX)) return 1;
  if (kind > SLIDING || length <= 0 || length > LENGTH_MAX) return 1;
  let shift: u32 = 0;
  while (length > PRODUCT_MAX / limit) {
    length >>= 1;
    shift++;
  }
  const bits = <u32>(64 - clz(limit));
  store<i64>(window, length);
  store<u32>(window, <u32>limit, 8);
  store<u32>(window, bits | ((kind == SLIDING ? 2 * bits : bits) << 16), 12);
  store<u32>(window, shift, 16);
  store<u32>(window, kind, 20);
  return 0;
}

/** The number of the window in which `since`, in ticks after the origin, lies. */
export function windowNumber(window: usize, since: i64): i64 {
  const steps = since >> shiftOf(window);
  const length = lengthOf(window);
  const whole = steps / length;
  return whole * length > steps ? whole - 1 : whole;
}

/** The word of a window in which nothing was taken. */
// @ts-ignore: decorator
@inline
export function emptyWord(window: usize, number: i64): i64 {
  return number << lowBits(window);
}

/**
 * An instant to compare words with: a word that is not above it, `word - instant <= 0`, counts nothing any more. For a
 * fixed window that is the current empty word, for a sliding one the empty word before.
 */
// @ts-ignore: decorator
@inline
export function restingWord(window: usize, number: i64): i64 {
  return emptyWord(window, number - load<u32>(window, 20));
}

/** What a word counts. */
// @ts-ignore: decorator
@inline
export function countsOf(window: usize, word: i64): i64 {
  return word & ((<i64>1 << lowBits(window)) - 1);
}

/** Steps since window `number` began. */
function elapsedIn(window: usize, number: i64, since: i64): i64 {
  return (since >> shiftOf(window)) - number * lengthOf(window);
}

/**
 * The word brought to window `number`. It stays in the window behind that one while it is at most an eighth of a length
 * away: threads do not read their clocks at the same instant, and a word that went to and fro would open a window twice.
 */
export function windowWord(window: usize, seen: i64, number: i64, since: i64): i64 {
  const counts = countsOf(window, seen);
  const empty = emptyWord(window, number);
  const passed = (empty - (seen - counts)) >> lowBits(window);
  if (passed == 0) return seen;
  if (passed < 0) {
    const length = lengthOf(window);
    if (passed == -1 && length - elapsedIn(window, number, since) <= length >> 3) return seen;
    return empty | counts;
  }
  if (passed > 1 || load<u32>(window, 20) == FIXED) return empty;
  const bits = countBits(window);
  return empty | ((counts & ((<i64>1 << bits) - 1)) << bits);
}

/** Whether the word stands in the window that comes after `number`. */
// @ts-ignore: decorator
@inline
function isAhead(window: usize, word: i64, number: i64): bool {
  return word - countsOf(window, word) != emptyWord(window, number);
}

// @ts-ignore: decorator
@inline
function current(window: usize, word: i64): i64 {
  return word & ((<i64>1 << countBits(window)) - 1);
}

// @ts-ignore: decorator
@inline
function previous(window: usize, word: i64): i64 {
  return countsOf(window, word) >> countBits(window);
}

/** Steps of the word's window that are left: all of them where it has not begun. */
function restOf(window: usize, word: i64, number: i64, since: i64): i64 {
  const length = lengthOf(window);
  return isAhead(window, word, number) ? length : length - elapsedIn(window, number, since);
}

/** Whether `weight` permits, 1 to the limit, fit beside what the word counts. */
export function windowFits(window: usize, word: i64, number: i64, since: i64, weight: i64): bool {
  const free = limitOf(window) - current(window, word) - weight;
  if (free < 0) return false;
  return previous(window, word) * restOf(window, word, number, since) <= free * lengthOf(window);
}

/** Whether a weight from 1 to the limit; others are decided without the word. */
// @ts-ignore: decorator
@inline
export function windowTakes(window: usize, weight: i64): bool {
  return <u64>(weight - 1) < <u64>limitOf(window);
}

/** Ticks from `since` until `steps` after the beginning of the word's window. */
function ticksUntil(window: usize, word: i64, number: i64, since: i64, steps: i64): i64 {
  const begins = isAhead(window, word, number) ? number + 1 : number;
  return ((begins * lengthOf(window) + steps) << shiftOf(window)) - since;
}

/** Ticks until `weight` permits fit if nobody takes more: 0 where they do now, `NEVER` where they never can. */
export function windowWait(window: usize, word: i64, number: i64, since: i64, weight: i64): i64 {
  if (!windowTakes(window, weight)) return weight == 0 ? 0 : NEVER;
  if (windowFits(window, word, number, since, weight)) return 0;
  const length = lengthOf(window);
  const taken = current(window, word);
  const free = limitOf(window) - taken - weight;
  // In this window as soon as little enough of the one before is covered; that is at its end at the latest.
  if (free >= 0) {
    return ticksUntil(window, word, number, since, length - (free * length) / previous(window, word));
  }
  // In the next one, which begins empty where windows are fixed, and with what this one counts where they slide.
  const into = load<u32>(window, 20) == FIXED ? 0 : length - ((free + taken) * length) / taken;
  return ticksUntil(window, word, number, since, length + into);
}

/** Whole permits that fit. */
export function windowRemaining(window: usize, word: i64, number: i64, since: i64): i64 {
  const length = lengthOf(window);
  const covered = (previous(window, word) * restOf(window, word, number, since) + length - 1) / length;
  const left = limitOf(window) - current(window, word) - covered;
  return left > 0 ? left : 0;
}

/** Ticks until nothing that was taken counts any more. */
export function windowResetAfter(window: usize, word: i64, number: i64, since: i64): i64 {
  if (countsOf(window, word) == 0) return 0;
  const length = lengthOf(window);
  const slides = current(window, word) != 0 && load<u32>(window, 20) == SLIDING;
  return ticksUntil(window, word, number, since, slides ? 2 * length : length);
}

/**
 * The word after `weight` permits were given back: those of window `number` first, then those of the one before. What
 * was taken in a window that has begun since, by a thread whose clock is a little ahead, is not touched.
 */
export function windowRefunded(window: usize, word: i64, number: i64, weight: i64): i64 {
  if (weight <= 0) return word;
  const bits = countBits(window);
  const before = previous(window, word);
  const now = isAhead(window, word, number) ? 0 : current(window, word);
  const fromNow = weight < now ? weight : now;
  weight -= fromNow;
  return word - fromNow - ((weight < before ? weight : before) << bits);
}
