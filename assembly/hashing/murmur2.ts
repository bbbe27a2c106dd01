/**
 * MurmurHash2, 64 bits for 64-bit machines (Appleby, 2008, in the public domain), which the standard library of GNU C++ and rings
 * made to agree with it use. For anything new take xxHash.
 */

const M: u64 = 0xc6a4a7935bd1e995;

/** MurmurHash64A of `length` bytes at `from`, as 8 bytes to `out`. */
export function murmur2x64(from: usize, length: u32, seedLow: u32, seedHigh: u32, out: usize): void {
  let hash = (<u64>seedLow | (<u64>seedHigh << 32)) ^ (length * M);
  for (const end = from + (length & ~7); from < end; from += 8) {
    let word = load<u64>(from, 0, 1) * M;
    word ^= word >> 47;
    hash = (hash ^ (word * M)) * M;
  }
  if ((length & 7) != 0) {
    let word: u64 = 0;
    for (let at: u32 = length & 7; at > 0; at--) word = (word << 8) | load<u8>(from + at - 1);
    hash = (hash ^ word) * M;
  }
  hash = (hash ^ (hash >> 47)) * M;
  store<u64>(out, hash ^ (hash >> 47));
}
