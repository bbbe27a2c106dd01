/**
 * The natural logarithm without a table, from additions, multiplications and divisions alone, each of which IEEE 754 defines to the
 * last bit: the same result in every build and on every host. The error is below 2^-51 of the value.
 */

const LN2: f64 = 0.6931471805599453;

/** ln(`x`) of a number above 0 that is not subnormal. */
export function logarithm(x: f64): f64 {
  // x = m * 2^k with m around 1, from √½ to √2; then ln m = 2 artanh(s), s = (m - 1) / (m + 1), and s² <= 0.0295.
  const bits = reinterpret<u64>(x);
  const shifted = bits - 0x3fe6a09e667f3bcd;
  const k = <i64>shifted >> 52;
  const m = reinterpret<f64>(bits - (<u64>k << 52));
  const s = (m - 1) / (m + 1);
  const z = s * s;
  // The odd terms of artanh up to s^21; the next is below 2^-57 of the sum.
  let sum: f64 = 1.0 / 21;
  sum = sum * z + 1.0 / 19;
  sum = sum * z + 1.0 / 17;
  sum = sum * z + 1.0 / 15;
  sum = sum * z + 1.0 / 13;
  sum = sum * z + 1.0 / 11;
  sum = sum * z + 1.0 / 9;
  sum = sum * z + 1.0 / 7;
  sum = sum * z + 1.0 / 5;
  sum = sum * z + 1.0 / 3;
  return <f64>k * LN2 + (2 * s + 2 * s * (z * sum));
}
