/**
 * Jump consistent hash (Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014): the bucket of a
 * 64-bit key among `buckets`, by jumping from one bucket that a growing number of buckets would move the key to, to the next.
 * A key of 32 bits is one of 64 bits whose upper half is 0.
 */

import { WHOLE } from "../math/whole";

/** The bucket, 0 to `buckets` - 1, of the key `high` * 2^32 + `low`; 0 where `buckets` is 0 or 2^31 and more. */
export function jumpHash(low: u32, high: u32, buckets: u32): u32 {
  return jump(<u64>low | (<u64>high << 32), buckets);
}

/** The buckets of `count` keys of 8 bytes each at `keys`, as 4 bytes each to `out`. */
export function jumpHashMany(keys: usize, count: u32, buckets: u32, out: usize): void {
  for (const end = keys + (<usize>count << 3); keys < end; keys += 8, out += 4) {
    store<u32>(out, jump(load<u64>(keys), buckets));
  }
}

/** The same for `count` keys of 4 bytes each. */
export function jumpHash32Many(keys: usize, count: u32, buckets: u32, out: usize): void {
  for (const end = keys + (<usize>count << 2); keys < end; keys += 4, out += 4) {
    store<u32>(out, jump(load<u32>(keys), buckets));
  }
}

// @ts-ignore: decorator
@inline
function jump(key: u64, buckets: u32): u32 {
  let bucket: i64 = 0;
  let next: i64 = 0;
  while (next < <i64>(<i32>buckets)) {
    bucket = next;
    key = key * 2862933555777941757 + 1;
    const divisor = (key >> 33) + 1;
    next = WHOLE ? wholeStep(<u64>bucket + 1, divisor) : <i64>(<f64>(bucket + 1) * (2147483648.0 / <f64>divisor));
  }
  return <u32>bucket;
}

/**
 * floor(`count` * (2^31 / `divisor`)) for factors from 1 to 2^31, where quotient and product are rounded to 53 bits as IEEE 754
 * doubles are. The exact floor is not the same: 49 * (2^31 / (49 * 2^20)) is 2^11, but the quotient is rounded down and the
 * product falls short.
 */
function wholeStep(count: u64, divisor: u64): i64 {
  // The quotient is `mantissa` * 2^-(22 + log), the mantissa 2^84 / `normal` to the nearest. A tie would need a divisor that is a
  // power of two, and then nothing is left over. 2^84 is divided as 2^63 and then 21 bits of zeros.
  const log = 63 - clz(divisor);
  const normal = divisor << (31 - log);
  const first: u64 = ((<u64>1) << 63) / normal;
  const rest: u64 = (((<u64>1) << 63) - first * normal) << 21;
  const second = rest / normal;
  const mantissa = (first << 21) + second + <u64>(((rest - second * normal) << 1) > normal);

  // The product has up to 84 bits: `upper` * 2^32 + `lower`.
  let lower = count * (mantissa & 0xffffffff);
  let upper = count * (mantissa >> 32) + (lower >> 32);
  lower &= 0xffffffff;
  // Half of the 53rd bit's worth is added, the rest cut off. Doubles round a tie to even; here that matters only where
  // rounding reaches a whole number, which is even in units of the 53rd bit, so a tie reaches it too.
  const excess = 43 - clz(upper);
  if (<i64>excess > 0) {
    lower += <u64>1 << (excess - 1);
    upper += lower >> 32;
    lower &= 0xffffffff;
  }
  const shift = 22 + log;
  return shift < 32 ? <i64>((upper << (32 - shift)) | (lower >> shift)) : <i64>(upper >> (shift - 32));
}
