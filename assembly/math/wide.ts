/** The whole part of a product of two 64-bit numbers divided by a third, by way of 128 bits. */

/**
 * a * b / c, rounded down, for a and b from 0 to 2^62, c from 1 to 2^62 and a quotient below 2^63. Where the product has more than
 * 63 bits, it is divided as it is built, one bit of `a` at a time (Knuth, "The Art of Computer Programming" 2, §4.3.1, in base 2).
 */
export function mulDiv(a: u64, b: u64, c: u64): i64 {
  if (clz(a) + clz(b) > 64) return <i64>((a * b) / c);
  const whole = b / c;
  const part = b % c;
  let quotient: u64 = 0;
  let rest: u64 = 0;
  for (let bit = 64 - clz(a); bit > 0; ) {
    bit--;
    quotient <<= 1;
    // Below 3c, so below 2^64.
    rest <<= 1;
    if ((a >> bit) & 1) {
      quotient += whole;
      rest += part;
    }
    for (; rest >= c; rest -= c) quotient++;
  }
  return <i64>quotient;
}
