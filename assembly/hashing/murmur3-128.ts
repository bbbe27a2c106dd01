/**
 * MurmurHash3 (Appleby, 2011, in the public domain), the variant x64_128. Bytes are read as little-endian words, as the reference
 * does on the machines it was made for.
 */

import { mix64 } from "./mix64";

const C1: u64 = 0x87c37b91114253d5;
const C2: u64 = 0x4cf5ad432745937f;

/** x64_128 of `length` bytes at `from`: the two 64-bit words of the reference's result, the first one first, to `out`. */
export function murmur3x128(from: usize, length: u32, seed: u32, out: usize): void {
  let first: u64 = seed;
  let second: u64 = seed;
  const end = from + (length & ~15);
  for (; from < end; from += 16) {
    first ^= scrambleFirst(load<u64>(from, 0, 1));
    first = (rotl(first, 27) + second) * 5 + 0x52dce729;
    second ^= scrambleSecond(load<u64>(from, 8, 1));
    second = (rotl(second, 31) + first) * 5 + 0x38495ab5;
  }
  let low: u64 = 0;
  let high: u64 = 0;
  for (let at: u32 = length & 15; at > 0; at--) {
    high = (high << 8) | (low >> 56);
    low = (low << 8) | load<u8>(from + at - 1);
  }
  first ^= scrambleFirst(low) ^ length;
  second ^= scrambleSecond(high) ^ length;
  first += second;
  second += first;
  first = mix64(first);
  second = mix64(second);
  first += second;
  store<u64>(out, first);
  store<u64>(out, second + first, 8);
}

// @ts-ignore: decorator
@inline
function scrambleFirst(word: u64): u64 {
  return rotl(word * C1, 31) * C2;
}

// @ts-ignore: decorator
@inline
function scrambleSecond(word: u64): u64 {
  return rotl(word * C2, 33) * C1;
}
