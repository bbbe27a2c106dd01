/**
 * One window counter for each key, in the table of `keyed.ts`: a slot is 16 bytes, as there, because the state of a window counter
 * is one word too. What differs is the configuration, a window in place of the rate at 8; the origin of the windows i64 at 120;
 * and which key is forgotten when there is no room. `keyedSize`, `keyedAbsorb`, `keyedForget` and `keyedRead` serve both tables.
 */

import { LOADED, loadState, seal, writeHead, copyOut } from "../memory/snapshot";
import { clearWords } from "../memory/words";
import {
  BUCKET, BUCKETS, EVICTIONS, HASH, OVERFLOW, SLOT, STORED, TABLE, bucketsFor, find, fingerprintOf, keyedSize, locate, makeRoom,
  place, slotNear,
} from "./keyed";
import { NEVER } from "./meter";
import {
  countsOf, emptyWord, restingWord, windowFits, windowInit, windowNumber, windowRefunded, windowRemaining, windowResetAfter,
  windowTakes, windowWait, windowWord,
} from "./window";

/** "KWN" and the layout's version. */
export const KEYED_WINDOW_MAGIC: u32 = 0x014e574b;
const WINDOW: usize = 8;
const ORIGIN: usize = 120;
/** What a snapshot's head holds: the window as configuration; the hash key, and the time since a window began, as state. */
const HEAD_BYTES: u32 = 56;
const CONFIGURATION_END: u32 = 32;
const SAVED_PHASE: usize = 48;

/**
 * Makes an empty table of kind 0 fixed or 1 sliding. `k0` and `k1` are the secret of the hash. Returns 0, or 1 where the numbers
 * make no window (see `windowInit`).
 */
export function keyedWindowInit(at: usize, kind: u32, keys: u32, limit: i64, length: i64, k0: i64, k1: i64): i32 {
  const bytes = keyedSize(keys);
  if (bytes == 0 || windowInit(at + WINDOW, kind, limit, length) != 0) return 1;
  writeHead(at, KEYED_WINDOW_MAGIC, HEAD_BYTES, CONFIGURATION_END);
  clearWords(at + HASH, bytes - <u32>HASH);
  store<u32>(at, bucketsFor(keys), BUCKETS);
  store<i64>(at, k0, HASH);
  store<i64>(at, k1, HASH + 8);
  return 0;
}

/** Ticks since the origin. */
// @ts-ignore: decorator
@inline
function sinceOrigin(at: usize, now: i64): i64 {
  return now - load<i64>(at, ORIGIN);
}

/** Of the keys nearby that would be admitted, the one with the most permits left, counted as evicted; 0 where all refuse. */
function evict(at: usize, print: u64, number: i64, since: i64): usize {
  const window = at + WINDOW;
  let found: usize = 0;
  let most: i64 = 0;
  for (let i: usize = 0; i < 8; i++) {
    const entry = slotNear(at, print, i);
    const left = windowRemaining(window, windowWord(window, load<i64>(entry, 8), number, since), number, since);
    if (left > most) {
      most = left;
      found = entry;
    }
  }
  if (found != 0) store<u32>(at, load<u32>(at, EVICTIONS) + 1, EVICTIONS);
  return found;
}

/** Gives `print` a slot that counts nothing; the overflow slot where there is no room. */
function insert(at: usize, print: u64, number: i64, since: i64): usize {
  const resting = restingWord(at + WINDOW, number);
  let slot = makeRoom(at, print, resting);
  if (slot == 0) slot = evict(at, print, number, since);
  return place(at, print, resting, slot);
}

/** Takes `weight` permits for the key at `key`; results as `windowCounterTryAcquire`. */
export function keyedWindowTryAcquire(at: usize, key: usize, length: u32, weight: i64, now: i64): i64 {
  const window = at + WINDOW;
  const print = fingerprintOf(at, key, length);
  if (!windowTakes(window, weight)) return weight == 0 ? 0 : NEVER;
  const since = sinceOrigin(at, now);
  const number = windowNumber(window, since);
  let slot = find(at, print);
  if (slot == 0) slot = insert(at, print, number, since);
  const word = windowWord(window, load<i64>(slot, 8), number, since);
  const fits = windowFits(window, word, number, since, weight);
  store<i64>(slot, fits ? word + weight : word, 8);
  return fits ? 0 : windowWait(window, word, number, since, weight);
}

/** The key's word at an instant; one that is not in the table counts nothing. */
function wordOf(at: usize, key: usize, length: u32, number: i64, since: i64): i64 {
  const slot = locate(at, key, length);
  return slot == 0 ? emptyWord(at + WINDOW, number) : windowWord(at + WINDOW, load<i64>(slot, 8), number, since);
}

/** What `keyedWindowTryAcquire` would return for a key that is in the table, or if there is room for it; changes nothing. */
export function keyedWindowPeek(at: usize, key: usize, length: u32, weight: i64, now: i64): i64 {
  const since = sinceOrigin(at, now);
  const number = windowNumber(at + WINDOW, since);
  return windowWait(at + WINDOW, wordOf(at, key, length, number, since), number, since, weight);
}

/** Whole permits that the key has. */
export function keyedWindowRemaining(at: usize, key: usize, length: u32, now: i64): i64 {
  const since = sinceOrigin(at, now);
  const number = windowNumber(at + WINDOW, since);
  return windowRemaining(at + WINDOW, wordOf(at, key, length, number, since), number, since);
}

/** Ticks until nothing that the key took counts any more. */
export function keyedWindowResetAfter(at: usize, key: usize, length: u32, now: i64): i64 {
  const since = sinceOrigin(at, now);
  const number = windowNumber(at + WINDOW, since);
  return windowResetAfter(at + WINDOW, wordOf(at, key, length, number, since), number, since);
}

/** Gives `weight` permits back to the key, at most those that still count. */
export function keyedWindowRefund(at: usize, key: usize, length: u32, weight: i64, now: i64): void {
  const slot = locate(at, key, length);
  if (slot == 0) return;
  const since = sinceOrigin(at, now);
  const number = windowNumber(at + WINDOW, since);
  const word = windowWord(at + WINDOW, load<i64>(slot, 8), number, since);
  store<i64>(slot, windowRefunded(at + WINDOW, word, number, weight), 8);
}

/** Writes a snapshot's head: the window, the secret of the hash, and the time since a window began. 64 bytes. */
export function keyedWindowSaveHead(at: usize, to: usize, now: i64): void {
  copyOut(at, to);
  const since = sinceOrigin(at, now);
  const begins = (windowNumber(at + WINDOW, since) * load<i64>(at, WINDOW)) << load<u32>(at, WINDOW + 16);
  store<i64>(to, since - begins, SAVED_PHASE);
  seal(to);
}

/** Empties the table and takes over the secret and the windows of a snapshot's head. Returns 0, or why it was not done. */
export function keyedWindowLoadHead(at: usize, from: usize, now: i64): i32 {
  const status = loadState(at, from);
  if (status != LOADED) return status;
  clearWords(at + SAVED_PHASE, STORED + 8 - SAVED_PHASE);
  clearWords(at + OVERFLOW, TABLE - OVERFLOW + <usize>load<u32>(at, BUCKETS) * BUCKET);
  store<i64>(at, now - load<i64>(from, SAVED_PHASE), ORIGIN);
  return LOADED;
}

/**
 * Writes the entries of `count` buckets from bucket `first` on: 16 bytes for each key of which something counts, its fingerprint
 * and its word as if the window of now were number 0. Returns the bytes written, at most 64 for each bucket.
 */
export function keyedWindowSave(at: usize, first: u32, count: u32, to: usize, now: i64): u32 {
  const start = to;
  const since = sinceOrigin(at, now);
  const number = windowNumber(at + WINDOW, since);
  let slot = at + TABLE + <usize>first * BUCKET;
  for (const end = slot + <usize>count * BUCKET; slot < end; slot += SLOT) {
    const word = windowWord(at + WINDOW, load<i64>(slot, 8), number, since);
    if (load<u64>(slot) == 0 || countsOf(at + WINDOW, word) == 0) continue;
    store<u64>(to, load<u64>(slot));
    store<i64>(to, word - emptyWord(at + WINDOW, number), 8);
    to += SLOT;
  }
  return <u32>(to - start);
}

/** Puts `count` saved entries into the table. */
export function keyedWindowLoad(at: usize, from: usize, count: u32, now: i64): void {
  const since = sinceOrigin(at, now);
  const number = windowNumber(at + WINDOW, since);
  for (const end = from + <usize>count * SLOT; from < end; from += SLOT) {
    const slot = insert(at, load<u64>(from), number, since);
    store<i64>(slot, emptyWord(at + WINDOW, number) + load<i64>(from, 8), 8);
  }
}
