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
  jumpMany(keys, count, buckets, out, true);
}

/** The same for `count` keys of 4 bytes each. */
export function jumpHash32Many(keys: usize, count: u32, buckets: u32, out: usize): void {
  jumpMany(keys, count, buckets, out, false);
}

/** The buckets of keys of 8 bytes, if they are `wide`, or of 4. */
function jumpMany(keys: usize, count: u32, buckets: u32, out: usize, wide: bool): void {
  const end = out + (<usize>count << 2);
  if (ASC_FEATURE_SIMD && <i32>buckets > 0) {
    for (const last = end - 16; <isize>out <= <isize>last; out += 16) {
      if (wide) {
        jumpFour(v128.load(keys), v128.load(keys, 16), buckets, out);
        keys += 32;
      } else {
        jumpFour(v128.load32x2_u(keys), v128.load32x2_u(keys, 8), buckets, out);
        keys += 16;
      }
    }
  }
  const bytes: usize = wide ? 8 : 4;
  for (; out < end; out += 4) {
    store<u32>(out, jump(wide ? load<u64>(keys) : <u64>load<u32>(keys), buckets));
    keys += bytes;
  }
}

// @ts-ignore: decorator
@inline
function jump(key: u64, buckets: u32): u32 {
  return WHOLE ? wholeJump(key, buckets) : floatJump(key, buckets);
}

/** The constants of the generator that draws the jumps of a key. */
const FACTOR: u64 = 2862933555777941757;
const TWO_31: f64 = 2147483648;

/** Buckets and steps are floats throughout, of whole numbers below 2^63: to convert them to integers and back would take longer. */
// @ts-ignore: decorator
@inline
function floatJump(key: u64, buckets: u32): u32 {
  const end = <f64>(<i32>buckets);
  let bucket: f64 = 0;
  for (let next: f64 = 0; next < end; ) {
    bucket = next;
    key = key * FACTOR + 1;
    next = floor((bucket + 1) * (TWO_31 / (<f64>(<i32>(key >> 33)) + 1)));
  }
  return <u32>bucket;
}

/**
 * Four keys side by side, each as `floatJump` does it, until the last has arrived; `alive` marks those that have not. One key by itself
 * waits for each of its steps, and its last is never predicted.
 */
function jumpFour(one: v128, two: v128, buckets: u32, out: usize): void {
  const end = f64x2.splat(<f64>(<i32>buckets));
  const unit = f64x2.splat(1);
  let oneBucket = f64x2.splat(0);
  let twoBucket = oneBucket;
  let oneAlive = i64x2.splat(-1);
  let twoAlive = oneAlive;
  do {
    one = i64x2.add(i64x2.mul(one, i64x2.splat(FACTOR)), i64x2.splat(1));
    two = i64x2.add(i64x2.mul(two, i64x2.splat(FACTOR)), i64x2.splat(1));
    const oneNext = f64x2.floor(f64x2.mul(f64x2.add(oneBucket, unit), f64x2.div(f64x2.splat(TWO_31), divisors(one))));
    const twoNext = f64x2.floor(f64x2.mul(f64x2.add(twoBucket, unit), f64x2.div(f64x2.splat(TWO_31), divisors(two))));
    oneAlive = v128.and(oneAlive, f64x2.lt(oneNext, end));
    twoAlive = v128.and(twoAlive, f64x2.lt(twoNext, end));
    oneBucket = v128.bitselect(oneNext, oneBucket, oneAlive);
    twoBucket = v128.bitselect(twoNext, twoBucket, twoAlive);
  } while (v128.any_true(v128.or(oneAlive, twoAlive)));
  const first = i32x4.trunc_sat_f64x2_s_zero(oneBucket);
  const second = i32x4.trunc_sat_f64x2_s_zero(twoBucket);
  v128.store(out, v128.shuffle<u64>(first, second, 0, 2));
}

/**
 * Each key's upper 31 bits plus 1, as floats: put into the mantissa of 2^52 they make 2^52 more than themselves.
 */
// @ts-ignore: decorator
@inline
function divisors(keys: v128): v128 {
  return f64x2.sub(v128.or(i64x2.shr_u(keys, 33), i64x2.splat(0x4330000000000000)), f64x2.splat(4503599627370495));
}

/** The same in whole numbers, to the same bucket. */
// @ts-ignore: decorator
@inline
function wholeJump(key: u64, buckets: u32): u32 {
  let bucket: i64 = 0;
  for (let next: i64 = 0; next < <i64>(<i32>buckets); ) {
    bucket = next;
    key = key * FACTOR + 1;
    next = wholeStep(<u64>bucket + 1, (key >> 33) + 1);
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
