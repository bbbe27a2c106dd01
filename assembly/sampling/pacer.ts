/**
 * A sampler that keeps a number of traces a second: it watches how many come and sets the threshold of `threshold.ts` so that
 * about as many are kept as shall be. A threshold depends on the traces that came, never on the random bits of the one that is
 * decided, so every decision is consistent with all other samplers and 2^56 / share is an unbiased count.
 *
 * - Traces are counted in windows, eight to a half-life. At the end of a window, sum and length of all windows before lose a
 *   factor of 2^(-1/8) for each that passed, and the ended one is added: a time-decayed mean in whole numbers (Cormode and others,
 *   "Forward Decay", ICDE 2009). Their quotient is the rate, unbiased from the first window on.
 * - A sudden flood would keep the old threshold until the window ends. So each time the traces in the window reach a mark, the
 *   threshold rises to what that many need, and the mark doubles: a flood of n times the rate keeps log2 n windows' worth at most.
 *   The first mark is at twice what was expected. A window that reached it was no chance, and the history begins anew with it.
 * - With a limit, what passes the threshold also takes a permit from a token bucket. It bounds the number for certain. A trace
 *   that it refuses is lost to the counts, so refusals are counted; they are rare, since the threshold follows the flood.
 *
 * Shared by threads: every word is changed by compare-and-swap or an atomic addition, and nobody ever waits. The token bucket is
 * exact. At a window's end a thread may still decide by the threshold of the window before, as if it had come a moment earlier.
 *
 * Layout, after the common head:
 *
 *     8 cost i64 | 16 window i64 | 24 unit u32 | 28 burst u32 | 32 length i64 | 40 target u64 (2^-16) | 48 limited u32 | 52 unused ||
 *     56 start i64 | 64 threshold u64 | 72 history u64 | 80 bucket i64 | 88 count u32 | 92 mark u32 | 96 refused u32 | 100 unused
 *
 * `target` is how many traces a window shall keep. `history` has the decayed number of traces in its upper 46 bits and the decayed number of
 * windows in its lower 18, both with 10 fraction bits: one word, so that one compare-and-swap moves both.
 */

import { add32, cas32, cas64, load32, load64, store32 } from "../memory/atomic";
import { LOADED, copyOut, loadState, seal, writeHead } from "../memory/snapshot";
import { debt, meterTake } from "../limiters/meter";
import { instantOf, rateInit } from "../limiters/rate";
import { ALL, randomnessAt, randomnessOf, samplingShare } from "./threshold";

/** "PAC" and the layout's version. */
const MAGIC: u32 = 0x01434150;
const BYTES: u32 = 104;
const CONFIGURATION_END: u32 = 56;
const RATE: usize = 8;
const LENGTH: usize = 32;
const TARGET: usize = 40;
const LIMITED: usize = 48;
const START: usize = 56;
const THRESHOLD: usize = 64;
const HISTORY: usize = 72;
const BUCKET: usize = 80;
const COUNT: usize = 88;
const MARK: usize = 92;
const REFUSED: usize = 96;

const UNSTARTED: i64 = i64.MIN_VALUE;
/** The longest half-life: 12 days in ticks. */
const HALF_LIFE_MAX: i64 = 1 << 50;
/** Most traces that a window may keep, 2^20, with 16 fraction bits. */
const TARGET_MAX: u64 = 1 << 36;
/** 2^(-1/8) with 32 fraction bits. */
const DECAY: u64 = 3938502376;
/** Windows that a pause counts for at most: what was before it has lost more than 99.99 % by then. */
const PAUSE_MAX: u64 = 128;
const SUM_MAX: u64 = (1 << 46) - 1;
/** A threshold is not raised within a window for fewer traces than these: they would be chance. */
const MARK_LEAST: u64 = 16;
/** Digits of a threshold, as the specification recommends. */
const DIGITS: u32 = 4;

/** Bytes that a pacer occupies. */
export function pacerSize(): u32 {
  return BYTES;
}

/**
 * Makes a pacer that keeps `limit` traces each `period` ticks and takes its idea of the rate from about the last `halfLife`. Where
 * `limited` is not 0 it keeps no more than that and a burst of `burst`. Returns 0, or 1 where the numbers make no pacer (see `rateInit`).
 */
export function pacerInit(at: usize, limit: i64, period: i64, burst: i64, halfLife: i64, limited: u32): i32 {
  if (halfLife < 8 || halfLife > HALF_LIFE_MAX || rateInit(at + RATE, limit, period, burst) != 0) return 1;
  const length = halfLife >> 3;
  // length / cost with 16 fraction bits, both in sub-ticks; halved together until the product fits.
  let span: u64 = instantOf(at + RATE, length);
  let cost: u64 = load<i64>(at, RATE);
  while (span >= 1 << 47) {
    span >>= 1;
    cost >>= 1;
  }
  const target = cost == 0 ? 0 : (span << 16) / cost;
  if (target == 0 || target > TARGET_MAX) return 1;
  writeHead(at, MAGIC, BYTES, CONFIGURATION_END);
  store<i64>(at, length, LENGTH);
  store<u64>(at, target, TARGET);
  store<u64>(at, limited == 0 ? 0 : 1, LIMITED);
  store<i64>(at, UNSTARTED, START);
  store<u64>(at, 0, THRESHOLD);
  store<u64>(at, 0, HISTORY);
  store<i64>(at, 0, BUCKET);
  store<u32>(at, 0, COUNT);
  store<u32>(at, markAfter(target, 0), MARK);
  store<u64>(at, 0, REFUSED);
  return 0;
}

/** The number of traces in a window at which the threshold is looked at again: twice what was expected or shall be kept. */
function markAfter(target: u64, expected: u64): u32 {
  const mark = ((target > expected ? target : expected) >> 15) + 1;
  return mark < MARK_LEAST ? <u32>MARK_LEAST : mark < 0xffffffff ? <u32>mark : 0xffffffff;
}

/** The threshold that keeps `wanted` of `all` traces. */
function thresholdFor(wanted: u64, all: u64): u64 {
  return wanted >= all ? 0 : ALL - <u64>samplingShare(wanted, all, DIGITS);
}

/** Sets the threshold. */
function aim(at: usize, threshold: u64): void {
  let seen = load64(at + THRESHOLD);
  while (true) {
    const held = cas64(at + THRESHOLD, seen, threshold);
    if (held == seen) return;
    seen = held;
  }
}

/** `value` after `windows` windows. */
function decayed(value: u64, windows: u64): u64 {
  const halvings = windows >> 3;
  if (halvings > 63) return 0;
  value >>= halvings;
  for (let left = windows & 7; left != 0; left--) value = (value >> 32) * DECAY + (((value & 0xffffffff) * DECAY) >> 32);
  return value;
}

/** Takes the count of the window that ended, leaving 0. */
function takeCount(at: usize): u32 {
  let seen = load32(at + COUNT);
  while (true) {
    const held = cas32(at + COUNT, seen, 0);
    if (held == seen) return seen;
    seen = held;
  }
}

/** Traces a window with 16 fraction bits, as the history says. */
function rateOf(history: u64): u64 {
  return history == 0 ? 0 : ((history >> 18) << 16) / (history & 0x3ffff);
}

/** Ends `windows` windows: adds the count to the history and aims anew. */
function endWindows(at: usize, windows: u64): void {
  const count = <u64>takeCount(at);
  const pause = windows < PAUSE_MAX ? windows : PAUSE_MAX;
  let history: u64 = load64(at + HISTORY);
  const target = load<u64>(at, TARGET);
  let sum: u64;
  let length: u64;
  while (true) {
    sum = count << 10;
    length = pause << 10;
    if (count < markAfter(target, rateOf(history))) {
      sum += decayed(history >> 18, windows);
      length += decayed(history & 0x3ffff, windows);
    }
    if (sum > SUM_MAX) sum = SUM_MAX;
    const held: u64 = cas64(at + HISTORY, history, (sum << 18) | length);
    if (held == history) break;
    history = held;
  }
  store32(at + MARK, markAfter(target, (sum << 16) / length));
  aim(at, thresholdFor(target * length, sum << 16));
}

/** Brings the window up to `now`. A clock that steps back by more than a window starts one. */
// @ts-ignore: decorator
@inline
function advance(at: usize, now: i64): void {
  const start = load64(at + START);
  const length = load<i64>(at, LENGTH);
  if (<u64>(now - start) >= <u64>length) turn(at, start, now, length);
}

function turn(at: usize, start: i64, now: i64, length: i64): void {
  if (start == UNSTARTED || now < start) {
    // A reading a little behind belongs to the window that is open.
    if (start == UNSTARTED || start - now > length) cas64(at + START, start, now);
    return;
  }
  const windows = (now - start) / length;
  // Who moves the start ends the windows; anybody else goes on.
  if (cas64(at + START, start, start + windows * length) == start) endWindows(at, windows);
}

/** The decision on a trace with these random bits. */
function decide(at: usize, randomness: u64, now: i64): i64 {
  advance(at, now);
  const count = increment(at + COUNT);
  if (count >= load32(at + MARK)) flood(at, count);
  const threshold: u64 = load64(at + THRESHOLD);
  if (randomness < threshold) return 0;
  if (load<u32>(at, LIMITED) != 0 && meterTake(at + BUCKET, at + RATE, 1, instantOf(at + RATE, now)) != 0) {
    add32(at + REFUSED, 1);
    return 0;
  }
  return ALL - threshold;
}

/** Adds 1 to a count and returns the sum, so that no two threads get the same; it stays at 2^32 - 1. */
// @ts-ignore: decorator
@inline
function increment(word: usize): u32 {
  let seen = load32(word);
  while (seen != 0xffffffff) {
    const held = cas32(word, seen, seen + 1);
    if (held == seen) return seen + 1;
    seen = held;
  }
  return seen;
}

/** Raises the threshold where `count` traces in one window need it; the next time is at twice as many. */
function flood(at: usize, count: u32): void {
  const mark = load32(at + MARK);
  if (count < mark || cas32(at + MARK, mark, mark > 0x7fffffff ? 0xffffffff : mark << 1) != mark) return;
  const threshold = thresholdFor(load<u64>(at, TARGET), <u64>count << 16);
  if (threshold > <u64>load64(at + THRESHOLD)) aim(at, threshold);
}

/** Decides on the trace with these 56 random bits at `now`: the share at which it is kept, or 0 where it is dropped. */
export function pacerDecide(at: usize, randomLow: u32, randomHigh: u32, now: i64): i64 {
  return decide(at, randomnessOf(randomLow, randomHigh), now);
}

/** Decides on `count` trace ids of 16 bytes each at `ids`; writes a byte for each to `out`, 1 kept or 0, and returns how many are kept. */
export function pacerDecideMany(at: usize, ids: usize, count: u32, now: i64, out: usize): u32 {
  let kept: u32 = 0;
  for (const end = out + count; out < end; out++) {
    const keep = <u32>(decide(at, randomnessAt(ids), now) != 0);
    store<u8>(out, keep);
    kept += keep;
    ids += 16;
  }
  return kept;
}

/** A reading: 0 the share, 1 the rate in traces a window with 16 fraction bits (0 in the first window), 2 how many the limit refused. */
export function pacerRead(at: usize, what: u32): i64 {
  if (what == 0) return ALL - load64(at + THRESHOLD);
  if (what == 2) return load32(at + REFUSED);
  return rateOf(load64(at + HISTORY));
}

/** Writes a snapshot: the age of the window and the bucket's debt in place of instants. */
export function pacerSave(at: usize, to: usize, now: i64): void {
  copyOut(at, to);
  const start = load<i64>(to, START);
  if (start != UNSTARTED) store<i64>(to, now > start ? now - start : 0, START);
  store<i64>(to, debt(load<i64>(to, BUCKET), instantOf(at + RATE, now), load<i64>(at, RATE + 8)), BUCKET);
  seal(to);
}

/** Loads a snapshot into a pacer of the same configuration. Returns 0, or why it was not loaded. */
export function pacerLoad(at: usize, from: usize, now: i64): i32 {
  const status = loadState(at, from);
  if (status != LOADED) return status;
  const age = load<i64>(at, START);
  if (age != UNSTARTED) store<i64>(at, now - age, START);
  store<i64>(at, instantOf(at + RATE, now) + load<i64>(at, BUCKET), BUCKET);
  return LOADED;
}
