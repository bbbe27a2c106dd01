/**
 * A circuit breaker (Nygard, "Release It!", 2007) as one state machine. States: 0 closed, 1 open, 2 half-open, 3 forced
 * open, 4 disabled. Accounting: 0 consecutive failures, 1 the last N calls, 2 the last N slices of time.
 *
 * Rules that decide the details:
 * - Every permit carries the generation in which it was given; each change of state starts a new one, and results of
 *   older generations are dropped. So no late result can count in a state that did not admit its call.
 * - Rates trip at "at least" (>=), from `minimumCalls` completed calls on. Refused calls never enter a rate.
 * - No timer: what a timer would have done is done by the next call that brings a time, dated back to its instant.
 * - Half-open lets `permits` probes out at once. One failed (or slow) probe opens again, `successes` good ones close. If
 *   probes are out for `maxWait`, the breaker opens again, or one hung call would refuse everybody for ever.
 * - A time window files a result in the slice in which its call started, or drops it when that slice has passed.
 *
 * Layout after the common head; the window's ring follows the fixed part:
 *
 *     8 kind u32 | 12 size u32 | 16 slice length i64 | 24 failure rate u32 | 28 slow rate u32 (millionths, 0 = off) |
 *     32 slow after i64 | 40 minimum calls u32 | 44 permits u32 | 48 successes u32 | 52 open jitter u32 (2^-16) |
 *     56 maximum wait i64 | 64 open i64 | 72 open at most i64 | 80 open factor u32 (2^-16) | 84 unused ||
 *     88 state u32 | 92 generation u32 | 96 clock i64 | 104 last reading i64 | 112 open until i64 | 120 probes since i64 |
 *     128 next open time i64 | 136 probes out u32 | 140 good probes u32 | 144 calls u32 | 148 failures u32 | 152 slow u32 |
 *     156 ring position u32 | 160 slice start i64 | 168 slice number u32 | 172 unused | 176 random state | 192 ring
 */

import { ONE, grow } from "../math/growth";
import { hotMonotonic, monotonic, resumeAt } from "../math/monotonic";
import { randomSeed, randomUpTo } from "../math/random";
import { LOADED, headBytes, loadState, saveState, writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";

/** "BRK" and the layout's version. */
const MAGIC: u32 = 0x014b5242;

export const KIND: usize = 8;
export const SIZE: usize = 12;
const SLICE_LENGTH: usize = 16;
export const FAILURE_RATE: usize = 24;
const SLOW_RATE: usize = 28;
const SLOW_AFTER: usize = 32;
const MINIMUM_CALLS: usize = 40;
const PERMITS: usize = 44;
const SUCCESSES: usize = 48;
const OPEN_JITTER: usize = 52;
const MAX_WAIT: usize = 56;
const OPEN: usize = 64;
const OPEN_MOST: usize = 72;
const OPEN_FACTOR: usize = 80;
const CONFIGURATION_END: u32 = 88;
export const STATE: usize = 88;
export const GENERATION: usize = 92;
const CLOCK: usize = 96;
const UNTIL: usize = 112;
const PROBES_SINCE: usize = 120;
const OPEN_NEXT: usize = 128;
const PROBES: usize = 136;
const GOOD: usize = 140;
export const CALLS: usize = 144;
export const FAILURES: usize = 148;
export const SLOW: usize = 152;
export const POSITION: usize = 156;
const SLICE_START: usize = 160;
const SLICE_NUMBER: usize = 168;
const RANDOM: usize = 176;
export const RING: usize = 192;

export const CLOSED_STATE: u32 = 0;
const OPEN_STATE: u32 = 1;
const HALF_OPEN_STATE: u32 = 2;
export const FORCED_OPEN_STATE: u32 = 3;
export const DISABLED_STATE: u32 = 4;

const CONSECUTIVE: u32 = 0;
export const COUNT: u32 = 1;
export const TIME: u32 = 2;

export const REFUSED: i32 = -1;
export const ASK_WITH_TIME: i32 = -2;

const SUCCESS: u32 = 0;
export const FAILURE: u32 = 1;

export const CHANGED: i32 = 1;
const DROPPED: i32 = 2;
const NEEDS_TIME: i32 = -1;

export const MILLION: u64 = 1000000;
const CALLS_MAX: u32 = 1 << 18;
const SLICES_MAX: u32 = 4096;
/** The longest span in the configuration: 407 days in ticks. */
const SPAN_MAX: u64 = 1 << 55;

/** Tokens are 30 bits, so that every engine keeps them as small integers. */
export const TOKEN_MASK: u32 = (1 << 30) - 1;
/** In a time window, half of a token is the number of the slice in which the call started. */
const SLICE_MASK: u32 = (1 << 15) - 1;

// @ts-ignore: decorator
@inline
function ringBytes(kind: u32, size: u32): u32 {
  return kind == COUNT ? (size + 7) & ~7 : kind == TIME ? size << 4 : 0;
}

/** Bytes that a breaker occupies; 0 where the window is too large (2^18 calls, 4,096 slices). */
export function breakerSize(kind: u32, size: u32): u32 {
  if (size - 1 >= (kind == COUNT ? CALLS_MAX : kind == TIME ? SLICES_MAX : <u32>0x7fffffff)) return 0;
  return <u32>RING + ringBytes(kind, size);
}

/**
 * Makes a closed breaker. `size` is the number of failures in a row, calls or slices; rates are millionths (0 turns one
 * off), spans are ticks, `openFactor` and `openJitter` have 16 fraction bits: the nth opening in a row lasts
 * open * openFactor^(n-1), at most `openMost`, shortened by a random share of up to `openJitter`.
 * Returns 0, or 1 where a number is out of range.
 */
export function breakerInit(
  at: usize, kind: u32, size: u32, sliceLength: i64, failureRate: u32, slowRate: u32, slowAfter: i64, minimumCalls: u32,
  permits: u32, successes: u32, maxWait: i64, open: i64, openMost: i64, openFactor: u32, openJitter: u32, seed: u32,
): i32 {
  const bytes = breakerSize(kind, size);
  if (kind > TIME || bytes == 0 || <u64>failureRate > MILLION || <u64>slowRate > MILLION) return 1;
  if (kind == TIME && <u64>(sliceLength - 1) >= SPAN_MAX) return 1;
  if (kind != CONSECUTIVE && (failureRate | slowRate) == 0) return 1;
  if (minimumCalls == 0 || (kind == COUNT && minimumCalls > size) || permits == 0 || successes == 0) return 1;
  if (<u64>(maxWait - 1) >= SPAN_MAX || <u64>open > <u64>openMost || <u64>openMost > SPAN_MAX) return 1;
  if (openFactor - ONE > (ONE << 8) - ONE || openJitter > ONE) return 1;
  clearWords(at, bytes);
  writeHead(at, MAGIC, bytes, CONFIGURATION_END);
  store<u32>(at, kind, KIND);
  store<u32>(at, size, SIZE);
  store<i64>(at, sliceLength, SLICE_LENGTH);
  store<u32>(at, failureRate, FAILURE_RATE);
  store<u32>(at, slowRate, SLOW_RATE);
  store<i64>(at, slowAfter, SLOW_AFTER);
  store<u32>(at, minimumCalls, MINIMUM_CALLS);
  store<u32>(at, permits, PERMITS);
  store<u32>(at, successes, SUCCESSES);
  store<u32>(at, openJitter, OPEN_JITTER);
  store<i64>(at, maxWait, MAX_WAIT);
  store<i64>(at, open, OPEN);
  store<i64>(at, openMost, OPEN_MOST);
  store<u32>(at, openFactor, OPEN_FACTOR);
  store<i64>(at, open, OPEN_NEXT);
  randomSeed(at + RANDOM, seed);
  return 0;
}

/** Starts a generation in `state`. */
function enter(at: usize, state: u32): void {
  store<u32>(at, state, STATE);
  store<u32>(at, load<u32>(at, GENERATION) + 1, GENERATION);
  store<u64>(at, 0, PROBES);
}

/** Forgets all results. */
function clearWindow(at: usize): void {
  store<u64>(at, 0, CALLS);
  store<u64>(at, 0, SLOW);
  clearWords(at + RING, headBytes(at) - <u32>RING);
}

/** Opens at the instant `since`, for the next time in the series. */
function trip(at: usize, since: i64): void {
  enter(at, OPEN_STATE);
  let span = load<i64>(at, OPEN_NEXT);
  store<i64>(at, grow(span, load<u32>(at, OPEN_FACTOR), load<i64>(at, OPEN_MOST)), OPEN_NEXT);
  const jitter = load<u32>(at, OPEN_JITTER);
  if (jitter != 0) span -= randomUpTo(at + RANDOM, grow(span, jitter, span));
  store<i64>(at, since + span, UNTIL);
}

/** Closes, with an empty window and the series of open times from its start. */
function close(at: usize): void {
  enter(at, CLOSED_STATE);
  clearWindow(at);
  store<i64>(at, load<i64>(at, OPEN), OPEN_NEXT);
}

/** Brings clock and state up to the reading `now`: opens again where probes have been out for too long. */
function tick(at: usize, now: i64): i64 {
  const clock = monotonic(at + CLOCK, now);
  if (load<u32>(at, STATE) == HALF_OPEN_STATE && load<u32>(at, PROBES) != 0) {
    const end = load<i64>(at, PROBES_SINCE) + load<i64>(at, MAX_WAIT);
    if (clock >= end) trip(at, end);
  }
  return clock;
}

/** Moves a time window on to the slice of the instant `clock`, forgetting the slices that it passes. */
// @ts-ignore: decorator
@inline
function advance(at: usize, clock: i64): void {
  if (clock - load<i64>(at, SLICE_START) >= load<i64>(at, SLICE_LENGTH)) turn(at, clock);
}

function turn(at: usize, clock: i64): void {
  const length = load<i64>(at, SLICE_LENGTH);
  const size = load<u32>(at, SIZE);
  const start = load<i64>(at, SLICE_START);
  const passed = (clock - start) / length;
  store<i64>(at, start + passed * length, SLICE_START);
  store<u32>(at, load<u32>(at, SLICE_NUMBER) + <u32>passed, SLICE_NUMBER);
  let position = load<u32>(at, POSITION);
  for (let left = passed < <i64>size ? <u32>passed : size; left != 0; left--) {
    position = position + 1 < size ? position + 1 : 0;
    const slice = at + RING + (<usize>position << 4);
    store<u32>(at, load<u32>(at, CALLS) - load<u32>(slice), CALLS);
    store<u32>(at, load<u32>(at, FAILURES) - load<u32>(slice, 4), FAILURES);
    store<u32>(at, load<u32>(at, SLOW) - load<u32>(slice, 8), SLOW);
    store<u64>(slice, 0);
    store<u32>(slice, 0, 8);
  }
  store<u32>(at, position, POSITION);
}

/** The permit of the present generation. */
// @ts-ignore: decorator
@inline
function token(at: usize): i32 {
  const generation = load<u32>(at, GENERATION);
  if (load<u32>(at, KIND) != TIME) return generation & TOKEN_MASK;
  return ((generation & SLICE_MASK) << 15) | (load<u32>(at, SLICE_NUMBER) & SLICE_MASK);
}

/**
 * Asks for a permit without a time: a token, -1 refused, or -2 where the answer needs the time. Consecutive and count
 * accounting answer with a token while the breaker is closed, so that the usual call reads no clock for it.
 */
export function breakerAcquireClosed(at: usize): i32 {
  const state = load<u32>(at, STATE);
  if ((state == CLOSED_STATE && load<u32>(at, KIND) != TIME) || state == DISABLED_STATE) return token(at);
  return state == FORCED_OPEN_STATE ? REFUSED : ASK_WITH_TIME;
}

/** Asks for a permit at `now`: a token from 0 to 2^30 - 1, or -1 refused. */
// @ts-ignore: decorator
@inline
export function breakerTryAcquire(at: usize, now: i64): i32 {
  // A closed breaker has nothing to do but to note the time.
  if (load<u32>(at, STATE) == CLOSED_STATE) {
    const instant = hotMonotonic(at + CLOCK, now);
    if (load<u32>(at, KIND) == TIME) advance(at, instant);
    return token(at);
  }
  const clock = tick(at, now);
  const state = load<u32>(at, STATE);
  if (state == DISABLED_STATE) return token(at);
  if (state == FORCED_OPEN_STATE) return REFUSED;
  if (state == OPEN_STATE) {
    if (clock < load<i64>(at, UNTIL)) return REFUSED;
    enter(at, HALF_OPEN_STATE);
  }
  const probes = load<u32>(at, PROBES);
  const permits = load<u32>(at, PERMITS);
  const successes = load<u32>(at, SUCCESSES);
  if (probes >= permits || probes + load<u32>(at, GOOD) >= (permits > successes ? permits : successes)) return REFUSED;
  if (probes == 0) store<i64>(at, clock, PROBES_SINCE);
  store<u32>(at, probes + 1, PROBES);
  return token(at);
}

/** Whether the totals reach a threshold. */
// @ts-ignore: decorator
@inline
function reached(at: usize, calls: u32, failures: u32, slow: u32): bool {
  if (calls < load<u32>(at, MINIMUM_CALLS)) return false;
  const failureRate = <u64>load<u32>(at, FAILURE_RATE);
  const slowRate = <u64>load<u32>(at, SLOW_RATE);
  return (
    (failureRate != 0 && <u64>failures * MILLION >= failureRate * calls) ||
    (slowRate != 0 && <u64>slow * MILLION >= slowRate * calls)
  );
}

/** Counts a result among failures in a row. */
// @ts-ignore: decorator
@inline
function settleConsecutive(at: usize, failure: u32, now: i64): i32 {
  const failures: u32 = failure == 0 ? 0 : load<u32>(at, FAILURES) + 1;
  const trips = failures >= load<u32>(at, SIZE);
  if (trips && now < 0) return NEEDS_TIME;
  store<u32>(at, failures, CALLS);
  store<u32>(at, failures, FAILURES);
  return trips ? tripNow(at, now) : 0;
}

/**
 * Counts a result in the window. Among the last `size` calls a byte of the ring holds 1 for a failure plus 2 for a slow call,
 * and the byte that it replaces is subtracted; in a time window the slice in which the call started counts it.
 */
// @ts-ignore: decorator
@inline
function settleWindow(at: usize, permit: u32, failure: u32, slow: u32, span: i64, now: i64): i32 {
  const timed = load<u32>(at, KIND) == TIME;
  const size = load<u32>(at, SIZE);
  let age: u32 = 0;
  if (timed) {
    if (now < 0) return NEEDS_TIME;
    advance(at, hotMonotonic(at + CLOCK, now));
    age = (load<u32>(at, SLICE_NUMBER) - permit) & SLICE_MASK;
    // Slice numbers in tokens come round after 2^15 slices; the duration catches a call as old as that.
    if (age >= size || span >> 14 >= load<i64>(at, SLICE_LENGTH)) return DROPPED;
  }
  let position = load<u32>(at, POSITION);
  let calls = load<u32>(at, CALLS) + 1;
  let failures = load<u32>(at, FAILURES) + failure;
  let slows = load<u32>(at, SLOW) + slow;
  let cell = at + RING + position;
  if (!timed && calls > size) {
    calls = size;
    const evicted = <u32>load<u8>(cell);
    failures -= evicted & 1;
    slows -= evicted >> 1;
  }
  const trips = reached(at, calls, failures, slows);
  if (timed) {
    cell = at + RING + (<usize>(position >= age ? position - age : position + size - age) << 4);
    store<u32>(cell, load<u32>(cell) + 1);
    store<u32>(cell, load<u32>(cell, 4) + failure, 4);
    store<u32>(cell, load<u32>(cell, 8) + slow, 8);
  } else {
    if (trips && now < 0) return NEEDS_TIME;
    store<u8>(cell, <u8>(failure | (slow << 1)));
    store<u32>(at, position + 1 < size ? position + 1 : 0, POSITION);
  }
  store<u32>(at, calls, CALLS);
  store<u32>(at, failures, FAILURES);
  store<u32>(at, slows, SLOW);
  return trips ? tripNow(at, now) : 0;
}

/** Opens at `now`. */
function tripNow(at: usize, now: i64): i32 {
  trip(at, tick(at, now));
  return CHANGED;
}

/** Takes a probe's result. */
function settleProbe(at: usize, good: bool, counts: bool, now: i64): i32 {
  if (now < 0) return NEEDS_TIME;
  const clock = tick(at, now);
  if (load<u32>(at, STATE) != HALF_OPEN_STATE) return CHANGED | DROPPED;
  store<u32>(at, load<u32>(at, PROBES) - 1, PROBES);
  if (!counts) return 0;
  if (!good) {
    trip(at, clock);
    return CHANGED;
  }
  const successes = load<u32>(at, GOOD) + 1;
  store<u32>(at, successes, GOOD);
  if (successes < load<u32>(at, SUCCESSES)) return 0;
  close(at);
  return CHANGED;
}

/**
 * Takes the result of the call that `permit` was given for: outcome 0 success, 1 failure, 2 neither (the permit is given
 * back and nothing is counted); `span` is how long the call took, below 0 where nobody measured. A permit is settled once.
 * Returns flags, 1 the state changed and 2 the result came too late and was dropped; or -1 where the answer needs the time
 * and `now` is below 0: nothing was changed, ask again.
 */
// @ts-ignore: decorator
@inline
export function breakerSettle(at: usize, permit: u32, outcome: u32, span: i64, now: i64): i32 {
  const generation = load<u32>(at, GENERATION);
  const kind = load<u32>(at, KIND);
  if (kind == TIME ? permit >> 15 != (generation & SLICE_MASK) : permit != (generation & TOKEN_MASK)) return DROPPED;
  const slow = <u32>(load<u32>(at, SLOW_RATE) != 0 && span >= load<i64>(at, SLOW_AFTER));
  const state = load<u32>(at, STATE);
  if (state == CLOSED_STATE) {
    if (outcome > FAILURE) return 0;
    if (kind == CONSECUTIVE) return settleConsecutive(at, outcome, now);
    return settleWindow(at, permit, outcome, slow, span, now);
  }
  if (state == HALF_OPEN_STATE) return settleProbe(at, (outcome | slow) == SUCCESS, outcome <= FAILURE, now);
  return 0;
}

/** The state at `now`; an open breaker whose time is over reads as half-open, as its next call will find it. */
export function breakerState(at: usize, now: i64): u32 {
  const clock = tick(at, now);
  const state = load<u32>(at, STATE);
  return state == OPEN_STATE && clock >= load<i64>(at, UNTIL) ? HALF_OPEN_STATE : state;
}

/** A reading at `now`: 0 calls, 1 failures, 2 slow calls in the window, 3 probes out, 4 good probes, 5 generation. */
export function breakerRead(at: usize, what: u32, now: i64): u32 {
  // The generation is read without a time; an invented one would count as the clock stepping back.
  if (what >= 5) return load<u32>(at, GENERATION);
  const clock = tick(at, now);
  if (load<u32>(at, KIND) == TIME) advance(at, clock);
  return what < 3 ? load<u32>(at + CALLS + (what << 2)) : load<u32>(at + PROBES + ((what - 3) << 2));
}

/** Ticks until a call may pass: 0 where it may try now, -1 where nobody can know (forced open, or all probes are out). */
export function breakerRetryAfter(at: usize, now: i64): i64 {
  const clock = tick(at, now);
  const state = load<u32>(at, STATE);
  if (state == OPEN_STATE) {
    const left = load<i64>(at, UNTIL) - clock;
    return left > 0 ? left : 0;
  }
  if (state == FORCED_OPEN_STATE) return -1;
  return state == HALF_OPEN_STATE && load<u32>(at, PROBES) >= load<u32>(at, PERMITS) ? -1 : 0;
}

/** Sets the rest of the present open time to `span` from `now`, for callers who plan open times themselves. */
export function breakerOpenFor(at: usize, span: i64, now: i64): void {
  const clock = tick(at, now);
  if (load<u32>(at, STATE) == OPEN_STATE && span >= 0) store<i64>(at, clock + (span < <i64>SPAN_MAX ? span : <i64>SPAN_MAX), UNTIL);
}

/**
 * Puts the breaker into a state by hand; results of calls and probes that are out are dropped. 3 refuses everything until the
 * next such call, 4 admits everything and counts nothing, any other number closes with an empty window.
 */
export function breakerForce(at: usize, state: u32, now: i64): void {
  tick(at, now);
  if (state == FORCED_OPEN_STATE || state == DISABLED_STATE) enter(at, state);
  else close(at);
}

/** Writes a snapshot; its times are by the clock of the breaker, which stands still until it is loaded. */
export function breakerSave(at: usize, to: usize, now: i64): void {
  const clock = tick(at, now);
  if (load<u32>(at, KIND) == TIME) advance(at, clock);
  saveState(at, to);
}

/**
 * Loads a snapshot into a breaker of the same configuration. The clock goes on from `now`, so all times are what remained
 * of them when the snapshot was taken. Half-open becomes open with no time left, since its probes belong to others; permits
 * given before are stale. Returns 0, or why it was not loaded.
 */
export function breakerLoad(at: usize, from: usize, now: i64): i32 {
  const generation = load<u32>(at, GENERATION);
  const status = loadState(at, from);
  if (status != LOADED) return status;
  let state = load<u32>(at, STATE);
  if (state == HALF_OPEN_STATE) {
    state = OPEN_STATE;
    store<i64>(at, load<i64>(at, CLOCK), UNTIL);
  }
  // A generation that neither side has seen.
  if (generation > load<u32>(at, GENERATION)) store<u32>(at, generation, GENERATION);
  enter(at, state);
  resumeAt(at + CLOCK, now);
  return LOADED;
}
