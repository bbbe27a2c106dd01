/**
 * One limiter for each key, in a table of fixed size: README.md in this folder explains it. Layout after the common head:
 *
 *     8 cost i64 | 16 window i64 | 24 unit u32 | 28 burst u32 || 32 hash key and state, 56 bytes | 88 keys stored u32 |
 *     92 evictions u32 | 96 buckets u32 | 100 unused | 104 overflow slot, 16 bytes | 120 unused | 128 buckets
 *
 * A bucket is 64 bytes: four slots of a 64-bit fingerprint (0: never used) and the meter's word. In the overflow slot the
 * place of the fingerprint counts how often it was used.
 */

import { sipHash } from "../hashing/siphash";
import { SMALL } from "../math/small";
import { LOADED, loadState, writeHead } from "../memory/snapshot";
import { clearWords, copyWords } from "../memory/words";
import { debt, meterPeek, meterRemaining, meterTakeAlone, meterTell } from "./meter";
import { instantOf, rateInit, subTicks, ticksOf } from "./rate";

/** "KEY" and the layout's version. */
export const KEYED_MAGIC: u32 = 0x0159454b;
const RATE: usize = 8;
export const HASH: usize = 32;
export const STORED: usize = 88;
export const EVICTIONS: usize = 92;
export const BUCKETS: usize = 96;
export const OVERFLOW: usize = 104;
export const TABLE: usize = 128;

export const SLOT: usize = 16;
export const BUCKET: usize = 64;
/** What a snapshot's head holds: the rate as configuration, the hash key as state. */
const HEAD_BYTES: u32 = 48;
const CONFIGURATION_END: u32 = 32;

/** Bytes of a table that holds `keys` keys at a load of 0.8; 0 where that is more than 2^26 keys or none. */
export function keyedSize(keys: u32): u32 {
  if (keys - 1 >= 1 << 26) return 0;
  return <u32>TABLE + (bucketsFor(keys) << 6);
}

/**
 * Buckets for `keys` keys: keys / 0.8 / 4, rounded up. Up to a load of 0.9 nearly every key finds room; sizing the table for 0.8
 * makes it every key.
 */
// @ts-ignore: decorator
@inline
export function bucketsFor(keys: u32): u32 {
  return (keys * 5 + 15) >> 4;
}

/** Makes an empty table. `k0` and `k1` are the secret of the hash. Returns 0, or 1 where the numbers make no limiter. */
export function keyedInit(at: usize, keys: u32, limit: i64, period: i64, burst: i64, k0: i64, k1: i64): i32 {
  const bytes = keyedSize(keys);
  if (bytes == 0 || rateInit(at + RATE, limit, period, burst) != 0) return 1;
  writeHead(at, KEYED_MAGIC, HEAD_BYTES, CONFIGURATION_END);
  clearWords(at + HASH, bytes - <u32>HASH);
  store<u32>(at, bucketsFor(keys), BUCKETS);
  store<i64>(at, k0, HASH);
  store<i64>(at, k1, HASH + 8);
  return 0;
}

/** Takes in a piece of a long key, a multiple of 8 bytes; the call that follows gets the rest of it. */
export function keyedAbsorb(at: usize, key: usize, length: u32): void {
  sipHash(at + HASH, key, length, false);
}

/** The fingerprint of a key; never 0. */
// @ts-ignore: decorator
@inline
export function fingerprintOf(at: usize, key: usize, length: u32): u64 {
  const hash = sipHash(at + HASH, key, length, true);
  return hash == 0 ? 1 : hash;
}

/** The bucket that half a fingerprint names: half * buckets / 2^32, which needs no division (Lemire, 2019). */
// @ts-ignore: decorator
@inline
function bucketOf(at: usize, half: u64): usize {
  return at + TABLE + <usize>((half * load<u32>(at, BUCKETS)) >> 32) * BUCKET;
}

// @ts-ignore: decorator
@inline
function firstBucket(at: usize, print: u64): usize {
  return bucketOf(at, print >> 32);
}

// @ts-ignore: decorator
@inline
function secondBucket(at: usize, print: u64): usize {
  return bucketOf(at, print & 0xffffffff);
}

/**
 * The slot of `print` in a bucket, or 0. All four are compared and one is selected: which slot it is, a processor cannot predict, and a
 * wrong guess costs more than three comparisons.
 */
// @ts-ignore: decorator
@inline
function slotIn(bucket: usize, print: u64): usize {
  const second = <usize>(load<u64>(bucket, SLOT) == print);
  const third = <usize>(load<u64>(bucket, 2 * SLOT) == print);
  const fourth = <usize>(load<u64>(bucket, 3 * SLOT) == print);
  const found = <usize>(load<u64>(bucket) == print) | second | third | fourth;
  return (bucket + ((second + 2 * third + 3 * fourth) << 4)) & (0 - found);
}

/** The slot of `print`, or 0. */
// @ts-ignore: decorator
@inline
export function find(at: usize, print: u64): usize {
  const slot = slotIn(firstBucket(at, print), print);
  return slot != 0 ? slot : slotIn(secondBucket(at, print), print);
}

/** The slot of the key, or 0. */
export function locate(at: usize, key: usize, length: u32): usize {
  return search(at, fingerprintOf(at, key, length));
}

/** The slot of `print`, or 0, by a loop: for calls that need not be fast. */
function search(at: usize, print: u64): usize {
  for (let i: usize = 0; i < 8; i++) {
    const slot = slotNear(at, print, i);
    if (load<u64>(slot) == print) return slot;
  }
  return 0;
}

/** A slot in which `print` may stand: 0 to 3 are those of its first bucket, 4 to 7 those of its second. */
export function slotNear(at: usize, print: u64, i: usize): usize {
  return bucketOf(at, i < 4 ? print >> 32 : print & 0xffffffff) + (i & 3) * SLOT;
}

/** A slot that nobody needs: never used, or at rest, which equals a key that was never seen. 0 where there is none. */
function freeIn(bucket: usize, now: i64): usize {
  for (const end = bucket + BUCKET; bucket < end; bucket += SLOT) {
    if (load<u64>(bucket) == 0 || load<i64>(bucket, 8) - now <= 0) return bucket;
  }
  return 0;
}

/** The other bucket in which the entry at `slot` may be. */
function otherBucket(at: usize, slot: usize): usize {
  const print = load<u64>(slot);
  const first = firstBucket(at, print);
  return slot - first < BUCKET ? secondBucket(at, print) : first;
}

/** Moves the entry at `from` to the free slot `to`. A slot is counted once, when it is first used. */
function move(at: usize, from: usize, to: usize): usize {
  if (load<u64>(to) == 0) store<u32>(at, load<u32>(at, STORED) + 1, STORED);
  copyWords(to, from, SLOT);
  store<u64>(from, 0);
  store<u32>(at, load<u32>(at, STORED) - 1, STORED);
  return from;
}

/** Finds a free slot for `print`, or one made free by moving others; 0 where there is none. */
export function makeRoom(at: usize, print: u64, now: i64): usize {
  let free = freeIn(slotNear(at, print, 0), now);
  if (free == 0) free = freeIn(slotNear(at, print, 4), now);
  if (free != 0) return free;
  // The eight entries in the way, and the slots that they could move to: one step away, then two.
  for (let i: usize = 0; i < 8; i++) {
    const entry = slotNear(at, print, i);
    free = freeIn(otherBucket(at, entry), now);
    if (free != 0) return move(at, entry, free);
  }
  for (let i: usize = 0; i < 32; i++) {
    const entry = slotNear(at, print, i >> 2);
    const next = otherBucket(at, entry) + (i & 3) * SLOT;
    free = freeIn(otherBucket(at, next), now);
    if (free != 0) return move(at, entry, move(at, next, free));
  }
  return 0;
}

/** The entry nearby that has used least, counted as evicted; but never one that refuses at the moment: 0 where all do. */
// @ts-ignore: decorator
@inline
function evict(at: usize, print: u64, now: i64): usize {
  let found: usize = 0;
  let least = load<i64>(at, RATE + 8) - load<i64>(at, RATE) + 1;
  for (let i: usize = 0; i < 8; i++) {
    const entry = slotNear(at, print, i);
    const owed = load<i64>(entry, 8) - now;
    if (owed < least) {
      least = owed;
      found = entry;
    }
  }
  if (found != 0) store<u32>(at, load<u32>(at, EVICTIONS) + 1, EVICTIONS);
  return found;
}

/** Gives `print` a slot with a meter at rest; the overflow slot where there is no room. */
function insert(at: usize, print: u64, now: i64): usize {
  let slot = makeRoom(at, print, now);
  if (slot == 0) slot = evict(at, print, now);
  return place(at, print, now, slot);
}

/** Puts `print` into `slot` with the word of one at rest; with no slot, into the overflow. */
// @ts-ignore: decorator
@inline
export function place(at: usize, print: u64, now: i64, slot: usize): usize {
  if (slot == 0) {
    const uses = load<u64>(at, OVERFLOW);
    if (uses == 0) store<i64>(at, now, OVERFLOW + 8);
    store<u64>(at, uses + 1, OVERFLOW);
    return at + OVERFLOW;
  }
  if (load<u64>(slot) == 0) store<u32>(at, load<u32>(at, STORED) + 1, STORED);
  store<u64>(slot, print);
  store<i64>(slot, now, 8);
  return slot;
}

/** Takes `weight` permits for the key at `key`; results as `gcraTryAcquire`. */
export function keyedTryAcquire(at: usize, key: usize, length: u32, weight: i64, now: i64): i64 {
  return take(at, fingerprintOf(at, key, length), weight, now, 0);
}

/**
 * The same, and writes to `to` how the key stands then (see `meterTell`): its text is hashed and its place looked for once. A key
 * that shares the overflow limiter stands as that does.
 */
export function keyedCheck(at: usize, key: usize, length: u32, weight: i64, now: i64, to: usize): i64 {
  return take(at, fingerprintOf(at, key, length), weight, now, to);
}

/**
 * `keyedTryAcquire` for each of `count` keys in their order; key i is the bytes from `texts` + `ends`[i] to `texts` + `ends`[i + 1],
 * `ends` being `count` + 1 numbers of 4 bytes. The results, 8 bytes each, go to `out`.
 *
 * All keys are hashed and all their buckets read before the first is decided: a table is larger than a cache, and so the waits for
 * memory, which are most of the time that a single key takes, lie side by side.
 */
export function keyedTryAcquireMany(at: usize, texts: usize, ends: usize, count: u32, weight: i64, now: i64, out: usize): void {
  const last = out + (<usize>count << 3);
  let start = load<u32>(ends);
  for (let to = out; to < last; to += 8) {
    ends += 4;
    const end = load<u32>(ends);
    store<u64>(to, fingerprintOf(at, texts + start, end - start));
    start = end;
  }
  for (let to = out; to < last; to += 8) load<u64>(firstBucket(at, load<u64>(to)));
  for (; out < last; out += 8) store<i64>(out, take(at, load<u64>(out), weight, now, 0));
}

/** Takes `weight` permits for the key of that fingerprint; where `to` is not 0, it is told how the key stands then. */
function take(at: usize, print: u64, weight: i64, now: i64, to: usize): i64 {
  const instant = subTicks(now, load<u32>(at, RATE + 16));
  let slot = SMALL ? search(at, print) : find(at, print);
  if (slot == 0 && weight > 0) slot = insert(at, print, instant);
  // A weight of 0 or below is decided without the word, so a key without a place needs none.
  const over = meterTakeAlone(slot + 8, at + RATE, weight, instant);
  if (to != 0) meterTell(at + RATE, owedIn(at, slot, instant), to);
  return ticksOf(at + RATE, over);
}

/** What the key in `slot` owes at `instant`; one that is not in the table owes nothing. */
function owedIn(at: usize, slot: usize, instant: i64): i64 {
  return slot == 0 ? 0 : debt(load<i64>(slot, 8), instant, load<i64>(at, RATE + 8));
}

/** What the key owes at `now`, in sub-ticks. */
function owed(at: usize, key: usize, length: u32, now: i64): i64 {
  return owedIn(at, locate(at, key, length), instantOf(at + RATE, now));
}

/** What `keyedTryAcquire` would return for a key that is in the table, or if there is room for it; changes nothing. */
export function keyedPeek(at: usize, key: usize, length: u32, weight: i64, now: i64): i64 {
  return ticksOf(at + RATE, meterPeek(at + RATE, owed(at, key, length, now), weight));
}

/** Whole permits that the key has. */
export function keyedRemaining(at: usize, key: usize, length: u32, now: i64): i64 {
  return meterRemaining(at + RATE, owed(at, key, length, now));
}

/** Ticks until the key is at rest. */
export function keyedResetAfter(at: usize, key: usize, length: u32, now: i64): i64 {
  return ticksOf(at + RATE, owed(at, key, length, now));
}

/** Gives `weight` permits back to the key; a weight that reaches the burst makes it equal to a key never seen. */
export function keyedRefund(at: usize, key: usize, length: u32, weight: i64, now: i64): void {
  const slot = locate(at, key, length);
  if (slot == 0 || weight <= 0) return;
  const instant = instantOf(at + RATE, now);
  const burst = <i64>load<u32>(at, RATE + 20);
  const left = debt(load<i64>(slot, 8), instant, load<i64>(at, RATE + 8)) - (weight < burst ? weight : burst) * load<i64>(at, RATE);
  store<i64>(slot, instant + (left > 0 ? left : 0), 8);
}

/** Takes the key out of the table: 1, or 0 where it was not there. */
export function keyedForget(at: usize, key: usize, length: u32): i32 {
  const slot = locate(at, key, length);
  if (slot == 0) return 0;
  store<u64>(slot, 0);
  store<u32>(at, load<u32>(at, STORED) - 1, STORED);
  return 1;
}

/** A reading: 0 keys stored, those at rest that nobody has overwritten yet included; 1 keys evicted; 2 buckets. */
export function keyedRead(at: usize, what: u32): u32 {
  return load<u32>(at + STORED + (what << 2));
}

/**
 * Empties the table and takes over the secret of a snapshot's head (`saveState`, 56 bytes: the rate, and the secret without which
 * the entries mean nothing). Returns 0, or why it was not done.
 */
export function keyedLoadHead(at: usize, from: usize): i32 {
  const status = loadState(at, from);
  if (status != LOADED) return status;
  clearWords(at + HASH + 16, STORED + 8 - HASH - 16);
  clearWords(at + OVERFLOW, TABLE - OVERFLOW + <usize>load<u32>(at, BUCKETS) * BUCKET);
  return LOADED;
}

/**
 * Writes the entries of `count` buckets from bucket `first` on: 16 bytes for each key that is not at rest, its fingerprint
 * and what it owes. Returns the bytes written, at most 64 for each bucket.
 */
export function keyedSave(at: usize, first: u32, count: u32, to: usize, now: i64): u32 {
  const start = to;
  const instant = instantOf(at + RATE, now);
  let slot = at + TABLE + <usize>first * BUCKET;
  for (const end = slot + <usize>count * BUCKET; slot < end; slot += SLOT) {
    const owes = debt(load<i64>(slot, 8), instant, load<i64>(at, RATE + 8));
    if (load<u64>(slot) == 0 || owes == 0) continue;
    copyWords(to, slot, SLOT);
    store<i64>(to, owes, 8);
    to += SLOT;
  }
  return <u32>(to - start);
}

/** Puts `count` saved entries into the table. */
export function keyedLoad(at: usize, from: usize, count: u32, now: i64): void {
  const instant = instantOf(at + RATE, now);
  for (const end = from + <usize>count * SLOT; from < end; from += SLOT) {
    const slot = insert(at, load<u64>(from), instant);
    store<i64>(slot, instant + debt(load<i64>(from, 8), 0, load<i64>(at, RATE + 8)), 8);
  }
}
