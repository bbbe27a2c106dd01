/** The jump consistent hash of `hashing/jump.ts` in whole numbers, in as few instructions as it takes. */

const FACTOR: u64 = 2862933555777941757;

/**
 * floor(`count` * (2^31 / `divisor`)) for factors from 1 to 2^31, with quotient and product rounded to 53 bits as IEEE 754 doubles
 * are: the exact floor is another number where the rounded quotient falls just short, as in 49 * (2^31 / (49 * 2^20)).
 */
// @ts-ignore: decorator
@inline
function step(count: u64, divisor: u64): u64 {
  const zeros = clz(divisor);
  // 2^63, by a shift: as a constant it would take ten bytes each time.
  const top = <u64>1 << (zeros | 63);
  // The quotient's 53 bits are 2^84 / normal, to the nearest: 32 bits, then 21.
  const normal = divisor << (zeros - 32);
  const rest = (top % normal) << 21;
  const low = count * (rest / normal + <u64>((rest % normal) << 1 > normal));
  const high = count * (top / normal);
  // Half a unit of the product's last place is added, and what lies behind the point cut off; a tie is even only at a whole number.
  const half = (<u64>1 << (32 - clz(high + (low >> 21)))) >> 1;
  return (high + ((low + half) >> 21)) >> (64 - zeros);
}

/** As in `hashing/jump.ts`. */
export function jumpHash(low: u32, high: u32, buckets: u32): u32 {
  let key = <u64>low | (<u64>high << 32);
  let bucket: u64 = 0;
  let next: u64 = 0;
  while (<i64>next < <i64>(<i32>buckets)) {
    bucket = next;
    key = key * FACTOR + 1;
    next = step(bucket + 1, (key >> 33) + 1);
  }
  return <u32>bucket;
}
