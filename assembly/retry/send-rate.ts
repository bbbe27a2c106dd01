/**
 * The rate at which a client sends when its server throttles it, after the adaptive mode of the AWS SDKs (botocore
 * `retries/adaptive.py` and `throttling.py`, Smithy `DefaultRateLimiter.ts`), which is CUBIC (RFC 9438) for requests. Until
 * the first throttled response everything passes. Each one sets the rate to 0.7 times the smaller of what was sent and what was
 * allowed, w; t seconds later the rate is 0.4 (t - K)^3 + w, with K such that it starts at 0.7 w: it returns to w fast, stays
 * there a while, and then looks for more. It never exceeds twice the measured rate.
 *
 * Numbers have 20 fraction bits: rates a second, tokens, seconds. A rate is at most 2^20 a second, so a product of two fits
 * 64 bits. Tokens are refilled in steps of exactly 2^-16 s (15,625 ticks), so that no time is lost however often somebody asks.
 *
 * Differences from the SDKs: one clock that never goes back; a token is taken or it is not, with the wait as the answer,
 * where they sleep; and measuring starts with the first call instead of the making.
 *
 * Layout after the common head (no configuration: the constants are the SDKs'):
 *
 *     8 clock i64 | 16 last reading i64 | 24 refilled until i64 | 32 throttled at i64 | 40 rate i64 | 48 capacity i64 | 56 tokens i64 |
 *     64 w i64 | 72 K i64 | 80 measured rate i64 | 88 half second i64 | 96 sent in it u32 | 100 throttled ever u32
 */

import { monotonic } from "../math/monotonic";
import { writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";

/** "SND" and the layout's version. */
const MAGIC: u32 = 0x01444e53;
const BYTES: u32 = 104;
const CONFIGURATION_END: u32 = 8;
const CLOCK: usize = 8;
const REFILLED: usize = 24;
const THROTTLED_AT: usize = 32;
const RATE: usize = 40;
const CAPACITY: usize = 48;
const TOKENS: usize = 56;
const MAXIMUM: usize = 64;
const TURN: usize = 72;
const MEASURED: usize = 80;
const HALF: usize = 88;
const SENT: usize = 96;
const ENABLED: usize = 100;

const ONE: i64 = 1 << 20;
const RATE_MIN: i64 = ONE >> 1;
const RATE_MAX: i64 = 1 << 40;
const HALF_SECOND: i64 = 512000000;
const STEP: i64 = 15625;
/** Refilling for longer changes nothing: every capacity is full after two seconds. */
const STEPS_MAX: i64 = 4 << 16;
/** 144 s: 0.4 times its cube is above the largest rate, and fits. */
const SPAN_MAX: i64 = 144 << 20;
/** 92 s, above K of the largest rate; the root is looked for below it, bit by bit. */
const TURN_BITS: u32 = 27;

export function sendRateSize(): u32 {
  return BYTES;
}

/** Makes a rate that lets everything pass until it is throttled. */
export function sendRateInit(at: usize): i32 {
  clearWords(at, BYTES);
  writeHead(at, MAGIC, BYTES, CONFIGURATION_END);
  store<i64>(at, RATE_MIN, RATE);
  store<i64>(at, ONE, CAPACITY);
  store<i64>(at, -1, HALF);
  return 0;
}

/** 0.4 times the cube of a span of at most `SPAN_MAX` either way. */
function growth(span: i64): i64 {
  return ((((span * span) >> 20) * span) / 5) >> 19;
}

/** K: the longest span whose growth does not exceed what throttling took away, 0.3 of `maximum`. */
function turn(maximum: i64): i64 {
  const lost = (maximum * 3) / 10;
  let span: i64 = 0;
  for (let bit: i64 = 1 << (TURN_BITS - 1); bit != 0; bit >>= 1) if (growth(span | bit) <= lost) span |= bit;
  return span;
}

/** The rate that the curve has at `clock`. */
function planned(at: usize, clock: i64): i64 {
  // 2^20 / 1.024e9 is 16 / 15625; a span that would not fit is beyond the largest rate anyway.
  const ticks = clock - load<i64>(at, THROTTLED_AT);
  const since = ticks < SPAN_MAX * 1000 ? (ticks << 4) / 15625 : SPAN_MAX * 2;
  const span = since - load<i64>(at, TURN);
  return load<i64>(at, MAXIMUM) + growth(span < SPAN_MAX ? span : SPAN_MAX);
}

/** Brings the tokens up to `clock`; the bucket stays empty until the first throttled response. */
function refill(at: usize, clock: i64): void {
  if (load<u32>(at, ENABLED) == 0) return;
  const steps = (clock - load<i64>(at, REFILLED)) / STEP;
  store<i64>(at, load<i64>(at, REFILLED) + steps * STEP, REFILLED);
  const filled = load<i64>(at, TOKENS) + (((steps < STEPS_MAX ? steps : STEPS_MAX) * load<i64>(at, RATE)) >> 16);
  const capacity = load<i64>(at, CAPACITY);
  store<i64>(at, filled < capacity ? filled : capacity, TOKENS);
}

/** Counts a response among those of its half second; returns the rate at which they come. */
function measure(at: usize, clock: i64): i64 {
  const half = clock / HALF_SECOND;
  const before = load<i64>(at, HALF);
  const sent = load<u32>(at, SENT) + 1;
  const measured = load<i64>(at, MEASURED);
  if (before >= 0 && half <= before) {
    // The count stays at its end instead of starting anew.
    if (sent != 0) store<u32>(at, sent, SENT);
    return measured;
  }
  store<i64>(at, half, HALF);
  // The first call of all starts the measuring, and is counted where it falls.
  if (before < 0) {
    store<u32>(at, 1, SENT);
    return 0;
  }
  store<u32>(at, 0, SENT);
  const now = (<i64>sent << 21) / (half - before);
  const next = ((now < RATE_MAX ? now : RATE_MAX) * 4 + measured) / 5;
  store<i64>(at, next, MEASURED);
  return next;
}

/** Takes a response: `throttled` is 1 where the server said that it was too much. */
export function sendRateRecord(at: usize, throttled: u32, now: i64): void {
  const clock = monotonic(at + CLOCK, now);
  const measured = measure(at, clock);
  let rate: i64 = 0;
  if (throttled != 0) {
    const allowed = load<i64>(at, RATE);
    const reached = load<u32>(at, ENABLED) != 0 && allowed < measured ? allowed : measured;
    if (load<u32>(at, ENABLED) == 0) {
      // The bucket starts to fill when it is first needed, as the SDKs' do.
      store<u32>(at, 1, ENABLED);
      store<i64>(at, clock, REFILLED);
    }
    store<i64>(at, reached, MAXIMUM);
    store<i64>(at, turn(reached), TURN);
    store<i64>(at, clock, THROTTLED_AT);
    rate = (reached * 7) / 10;
  } else {
    if (load<u32>(at, ENABLED) == 0) return;
    rate = planned(at, clock);
  }
  refill(at, clock);
  if (rate > measured << 1) rate = measured << 1;
  if (rate > RATE_MAX) rate = RATE_MAX;
  const capacity = rate > ONE ? rate : ONE;
  store<i64>(at, rate > RATE_MIN ? rate : RATE_MIN, RATE);
  store<i64>(at, capacity, CAPACITY);
  if (load<i64>(at, TOKENS) > capacity) store<i64>(at, capacity, TOKENS);
}

/** Asks to send at `now`: 0, or the ticks until a token will be there if the rate stays; then none was taken. */
export function sendRateTryAcquire(at: usize, now: i64): i64 {
  const clock = monotonic(at + CLOCK, now);
  if (load<u32>(at, ENABLED) == 0) return 0;
  refill(at, clock);
  const missing = ONE - load<i64>(at, TOKENS);
  if (missing <= 0) {
    store<i64>(at, -missing, TOKENS);
    return 0;
  }
  const rate = load<i64>(at, RATE);
  return (((missing << 16) + rate - 1) / rate) * STEP - (clock - load<i64>(at, REFILLED));
}

/** A reading, with 20 fraction bits: 0 the allowed rate a second, 1 the measured one, 2 tokens, 3 whether it was ever throttled. */
export function sendRateRead(at: usize, what: u32, now: i64): i64 {
  const clock = monotonic(at + CLOCK, now);
  if (what == 1) return load<i64>(at, MEASURED);
  if (what == 3) return <i64>load<u32>(at, ENABLED) << 20;
  refill(at, clock);
  return load<i64>(at + (what == 0 ? RATE : TOKENS));
}
