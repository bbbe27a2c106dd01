/**
 * Jump consistent hash (Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014): the bucket of a
 * 64-bit key among `buckets`, by jumping from one bucket that a growing number of buckets would move the key to, to the next.
 */

/** The bucket, 0 to `buckets` - 1, of the key `high` * 2^32 + `low`; 0 where `buckets` is 0 or 2^31 and more. */
export function jumpHash(low: u32, high: u32, buckets: u32): u32 {
  return jump(<u64>low | (<u64>high << 32), buckets);
}

/** The buckets of `count` keys of 8 bytes each at `keys`, as 4 bytes each to `out`. */
export function jumpHashMany(keys: usize, count: u32, buckets: u32, out: usize): void {
  for (let index: u32 = 0; index < count; index++) {
    store<u32>(out + (<usize>index << 2), jump(load<u64>(keys + (<usize>index << 3)), buckets));
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
    next = <i64>(<f64>(bucket + 1) * (2147483648.0 / <f64>((key >> 33) + 1)));
  }
  return <u32>bucket;
}
