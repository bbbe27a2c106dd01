/**
 * The natural logarithm without a table, by the same double-precision operations in the same order in every build; `exp.ts` has
 * the reasons.
 *
 * x is 2^k (1 + f) with 1 + f between the square roots of 1/2 and 2. With s = f / (2 + f), log(1 + f) = log((1 + s) / (1 - s)) =
 * 2 (s + s^3/3 + s^5/5 + ...), where s^2 < 0.0295: eleven terms leave less than 2^-59. It is added up as f - (f^2/2 - s (f^2/2 + R)), R
 * being the terms behind the first, because f is exact and everything else is small beside it. Every result is within 1 unit in
 * the last place, which tests hold against 200-bit numbers.
 */

/** ln 2 in two parts; the first has 32 bits, so that its products with exponents are exact. */
export const LN2_HIGH: f64 = 0.6931471803691238;
export const LN2_LOW: f64 = 1.9082149292705877e-10;

/** The bits of the square root of 1/2. */
const SQRT_HALF: i64 = 0x3fe6a09e667f3bcd;
/** 2^54, which makes a number of every subnormal one. */
const LIFT: f64 = 18014398509481984.0;

/** ln x; 0 gives -Infinity, and NaN and everything below 0 give NaN. */
export function log(x: f64): f64 {
  if (!(x > 0)) return x == 0 ? -Infinity : NaN;
  if (x == Infinity) return Infinity;
  let lifted: i64 = 0;
  if (x < 2.2250738585072014e-308) {
    x *= LIFT;
    lifted = 54;
  }
  // Without a branch, which for random numbers would be guessed wrong half of the time.
  const bits = reinterpret<i64>(x);
  const power = (bits - SQRT_HALF) >> 52;
  const f = reinterpret<f64>(bits - (power << 52)) - 1.0;
  const s = f / (2.0 + f);
  const z = s * s;
  const rest =
    z * (2.0 / 3.0 + z * (2.0 / 5.0 + z * (2.0 / 7.0 + z * (2.0 / 9.0 + z * (2.0 / 11.0 + z * (2.0 / 13.0 +
      z * (2.0 / 15.0 + z * (2.0 / 17.0 + z * (2.0 / 19.0 + z * (2.0 / 21.0))))))))));
  const half = 0.5 * f * f;
  const exponent = <f64>(power - lifted);
  return exponent * LN2_HIGH - (half - (s * (half + rest) + exponent * LN2_LOW) - f);
}
