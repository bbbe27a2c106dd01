/**
 * How long a suspected member has to refute the suspicion before it counts as dead (Dadgar, Phillips and Currey, "Lifeguard:
 * Local Health Awareness for More Accurate Failure Detection", DSN-W 2018, §IV-B): long while one member alone suspects it, because that
 * one may be slow itself, and shorter with each other member that confirms. By HashiCorp's memberlist, whose arithmetic is kept to the
 * last operation where its result is rounded down to milliseconds: a millisecond that one node counts and another does not would be
 * the whole difference between two implementations.
 *
 * Layout, after the common head; spans are microseconds, `from` and `accusers` are what the caller numbers members with:
 *
 *     8 least f64 | 16 most f64 | 24 expected u32 | 28 unused || 32 clock i64 | 40 last reading i64 | 48 start i64 |
 *     56 confirmations u32 | 60 accusers u32 × (expected + 1)
 *
 * For one thread: a confirmation writes two words.
 */

import { log } from "../math/log";
import { monotonic } from "../math/monotonic";
import { writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";

/** "SUS" and the layout's version. */
const MAGIC: u32 = 0x01535553;
const CONFIGURATION_END: u32 = 32;
const LEAST: usize = 8;
const MOST: usize = 16;
const EXPECTED: usize = 24;
const CLOCK: usize = 32;
const START: usize = 48;
const CONFIRMATIONS: usize = 56;
const ACCUSERS: usize = 60;

const EXPECTED_MAX: u32 = 1 << 10;
/** The longest span, 2^52 microseconds. */
const SPAN_MAX: f64 = 4503599627370496.0;

/** Seconds from microseconds, in the two steps of Go's `Duration.Seconds`. */
function seconds(us: f64): f64 {
  const whole = floor(us / 1e6);
  return whole + (us - whole * 1e6) / 1e6;
}

/**
 * The timeout after so many `confirmations` of `expected`: most - (most - least) × ln(confirmations + 1) / ln(expected + 1), rounded
 * down to milliseconds, at least `least`. Where none are expected it is `least`.
 */
export function suspicionTimeout(confirmations: u32, expected: u32, least: f64, most: f64): f64 {
  if (expected == 0) return least;
  const share = log(<f64>confirmations + 1) / log(<f64>expected + 1);
  const high = seconds(most);
  const timeout = floor(1000.0 * (high - share * (high - seconds(least)))) * 1000.0;
  // A comparison that is false where one of them is no number, so that the result is `least` in every build.
  return timeout > least ? timeout : least;
}

/** Bytes of a suspicion that waits for `expected` confirmations; 0 above 1,024. */
export function suspicionSize(expected: u32): u32 {
  return expected > EXPECTED_MAX ? 0 : (<u32>ACCUSERS + (expected + 1) * 4 + 7) & ~7;
}

/** Begins a suspicion that `from` raised at `now`. Returns 1 where a number is out of range: 0 <= `least` <= `most` <= 2^52. */
export function suspicionInit(at: usize, expected: u32, least: f64, most: f64, from: u32, now: i64): i32 {
  const bytes = suspicionSize(expected);
  if (bytes == 0 || !(least >= 0 && least <= most && most <= SPAN_MAX)) return 1;
  clearWords(at, bytes);
  writeHead(at, MAGIC, bytes, CONFIGURATION_END);
  store<f64>(at, least, LEAST);
  store<f64>(at, most, MOST);
  store<u32>(at, expected, EXPECTED);
  store<i64>(at, monotonic(at + CLOCK, now), START);
  store<u32>(at, from, ACCUSERS);
  return 0;
}

/**
 * Notes that `from` suspects the member too. Returns 1 if that is news, worth telling others: it counts once for each accuser, the
 * first of whom began the suspicion, and only until as many have confirmed as were expected.
 */
export function suspicionConfirm(at: usize, from: u32): i32 {
  const confirmations = load<u32>(at, CONFIRMATIONS);
  if (confirmations >= load<u32>(at, EXPECTED)) return 0;
  const end = at + (<usize>confirmations << 2);
  for (let each = at; each <= end; each += 4) if (load<u32>(each, ACCUSERS) == from) return 0;
  store<u32>(end, from, ACCUSERS + 4);
  store<u32>(at, confirmations + 1, CONFIRMATIONS);
  return 1;
}

/** Confirmations so far. */
export function suspicionConfirmations(at: usize): u32 {
  return load<u32>(at, CONFIRMATIONS);
}

/** Microseconds from `now` until the member counts as dead; 0 or less: it does, since so long. */
export function suspicionRemaining(at: usize, now: i64): f64 {
  const timeout = suspicionTimeout(
    load<u32>(at, CONFIRMATIONS), load<u32>(at, EXPECTED), load<f64>(at, LEAST), load<f64>(at, MOST),
  );
  return timeout - <f64>(monotonic(at + CLOCK, now) - load<i64>(at, START)) / 1024.0;
}
