/**
 * MurmurHash3 (Appleby, 2011, in the public domain), the variant x86_32. Bytes are read as little-endian words, as
 * the reference does on the machines it was made for.
 */

/** x86_32 of `length` bytes at `from`. */
export function murmur3x32(from: usize, length: u32, seed: u32): u32 {
  let hash = seed;
  const end = from + (length & ~3);
  for (; from < end; from += 4) hash = rotl(hash ^ scramble(load<u32>(from, 0, 1)), 13) * 5 + 0xe6546b64;
  let word: u32 = 0;
  for (let at: u32 = length & 3; at > 0; at--) word = (word << 8) | load<u8>(from + at - 1);
  hash ^= scramble(word) ^ length;
  hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
  return hash ^ (hash >>> 16);
}

// @ts-ignore: decorator
@inline
function scramble(word: u32): u32 {
  return rotl(word * 0xcc9e2d51, 15) * 0x1b873593;
}
