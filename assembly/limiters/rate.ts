/**
 * A rate as two whole numbers, so that counting with it never drifts: `unit` sub-ticks make a microsecond and one permit
 * costs `cost` sub-ticks, with cost / unit = period / limit. Where the reduced fraction has a denominator of at most
 * 2^18 it is used as it is (3/s: a permit is 1,000,000 of 1/3 µs) and the rate is exact for ever. Otherwise the best
 * convergent of its continued fraction with such a denominator takes its place; by the theory of continued fractions
 * its error is below 1 / (unit * 2^18) µs a permit, which is less than 2^-18 of the period (Khinchin, "Continued
 * Fractions", 1964, theorem 9).
 */

import { configured32 } from "../memory/live";

/** Largest number of sub-ticks in a microsecond: with it a 64-bit count of sub-ticks spans 407 days to either side. */
const UNIT_MAX: u64 = 1 << 18;
/** Largest burst in sub-ticks, so that sums of a few such numbers stay within 63 bits. */
const WINDOW_MAX: u64 = 1 << 60;
/** Longest burst in microseconds, 71 years, so that waits fit in ticks. */
const WINDOW_US_MAX: u64 = 1 << 51;

/**
 * Writes `limit` permits each `period` ticks, with room for `burst` permits, to `at`: 0 cost i64, 8 window i64,
 * 16 unit u32, 20 burst u32. Returns 0, or 1 where a number is zero or below, or the burst would last too long, or a
 * permit costs less than 2^-18 µs.
 */
export function rateInit(at: usize, limit: i64, period: i64, burst: i64): i32 {
  if (limit <= 0 || limit > 1 << 52 || period <= 0 || period > 1 << 56 || burst <= 0 || burst > 4294967295) return 1;
  const costMax = WINDOW_MAX / <u64>burst;
  // Euclid's algorithm on period / (1024 limit) yields the convergents p/q as it goes.
  let a: u64 = period;
  let b: u64 = (<u64>limit) << 10;
  let p0: u64 = 0;
  let q0: u64 = 1;
  let p1: u64 = 1;
  let q1: u64 = 0;
  while (b != 0) {
    const whole = a / b;
    const rest = a % b;
    // The next convergent is whole * p1 + p0 over whole * q1 + q0; stop before either leaves its range.
    if (p1 != 0 && whole > (costMax - p0) / p1) break;
    if (q1 != 0 && whole > (UNIT_MAX - q0) / q1) break;
    const p2 = whole * p1 + p0;
    const q2 = whole * q1 + q0;
    p0 = p1;
    q0 = q1;
    p1 = p2;
    q1 = q2;
    a = b;
    b = rest;
  }
  if (p1 == 0 || q1 == 0) return 1;
  const window = p1 * <u64>burst;
  if (window / q1 > WINDOW_US_MAX) return 1;
  store<u64>(at, p1);
  store<u64>(at, window, 8);
  store<u32>(at, <u32>q1, 16);
  store<u32>(at, <u32>burst, 20);
  return 0;
}

/**
 * Sub-ticks from ticks, rounded down, modulo 2^64. Instants are compared by their difference, so it does not matter that
 * they wrap around, as long as no two that are compared are more than 2^63 sub-ticks apart.
 */
// @ts-ignore: decorator
@inline
export function subTicks(ticks: i64, unit: i64): i64 {
  return (ticks >> 10) * unit + (((ticks & 1023) * unit) >> 10);
}

/** The same for calls that need not be fast, with the unit of the rate at `rate`. */
export function instantOf(rate: usize, now: i64): i64 {
  return subTicks(now, configured32(rate + 16));
}

/**
 * Ticks from a span of sub-ticks, rounded up: who waits that long has waited long enough. Below 0 it stays what it is. Of its
 * divisions, which are most of what a full answer costs, one is enough for 64 bits; a remainder is below 2^18.
 */
export function ticksIn(unit: u32, span: i64): i64 {
  if (span <= 0) return span;
  // As for every rate whose permits are whole microseconds apart.
  if (unit == 1) return span << 10;
  const whole = <u64>span / unit;
  const rest = <u32>(<u64>span - whole * unit);
  return <i64>((whole << 10) + ((rest << 10) + unit - 1) / unit);
}

/** The same, with the unit of the rate at `rate`. */
// @ts-ignore: decorator
@inline
export function ticksOf(rate: usize, span: i64): i64 {
  return ticksIn(configured32(rate + 16), span);
}
