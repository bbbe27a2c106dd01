/**
 * The first digits of a binary logarithm, exactly, from whole numbers alone: "squaring doubles the logarithm, and a number of
 * two or more has a logarithm with a 1 before the point" (Knuth, The Art of Computer Programming 1, exercise 1.2.2-25).
 *
 * The number is held to 127 binary places. A step drops less than four units of the last place and the next doubles what was
 * dropped, so that after 20 steps the square is known to 2^-104 of itself. That is enough, because a double is never nearer to one
 * of the 2^20 boundaries than 2^-78 of itself, 2^-58 after 20 doublings; computing all of them showed it, and
 * `test/assembly/exponential.test.ts` compares the results on both sides of them.
 */

/** The upper half of the 128-bit product of two whole numbers. */
function multiplyHigh(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  return a1 * b1 + (middle >> 32) + ((a0 * b1 + (middle & 0xffffffff)) >> 32);
}

/** floor(2^digits × log2(1 + fraction × 2^-52)), for a fraction above 0 and below 2^52. */
export function binaryLogDigits(fraction: u64, digits: i32): i32 {
  let high: u64 = (1 << 63) | (fraction << 11);
  let low: u64 = 0;
  let found = 0;
  for (; digits > 0; digits--) {
    // (high + low)^2, of which low^2 is below the last place that is kept.
    const cross = multiplyHigh(high, low);
    const square = high * high;
    const rest = square + (cross << 1);
    high = multiplyHigh(high, high) + (cross >> 63) + <u64>(rest < square);
    low = rest;
    found <<= 1;
    if (high >> 63) found |= 1;
    else {
      high = (high << 1) | (low >> 63);
      low <<= 1;
    }
  }
  return found;
}
