/** XXH64 (Collet, "xxHash fast digest algorithm", specification 0.1.1, section "XXH64 algorithm description"). */

const P1: u64 = 0x9e3779b185ebca87;
const P2: u64 = 0xc2b2ae3d27d4eb4f;
const P3: u64 = 0x165667b19e3779f9;
const P4: u64 = 0x85ebca77c2b2ae63;
const P5: u64 = 0x27d4eb2f165667c5;

/** XXH64 of `length` bytes at `from`, as 8 bytes to `out`, lowest first. */
export function xxHash64(from: usize, length: u32, seedLow: u32, seedHigh: u32, out: usize): void {
  store<u64>(out, hash64(from, length, <u64>seedLow | (<u64>seedHigh << 32)));
}

/**
 * XXH64 of each of `count` texts that stand one after another: text i is the bytes from `texts` + `ends`[i] to
 * `texts` + `ends`[i + 1], `ends` being `count` + 1 numbers of 4 bytes. 8 bytes each go to `out`.
 */
export function xxHash64Many(texts: usize, ends: usize, count: u32, seedLow: u32, seedHigh: u32, out: usize): void {
  const seed = <u64>seedLow | (<u64>seedHigh << 32);
  let start = load<u32>(ends);
  for (const last = out + (<usize>count << 3); out < last; out += 8) {
    ends += 4;
    const end = load<u32>(ends);
    store<u64>(out, hash64(texts + start, end - start, seed));
    start = end;
  }
}

function hash64(from: usize, length: u32, seed: u64): u64 {
  const end = from + length;
  let hash: u64;
  if (length >= 32) {
    let a = seed + P1 + P2;
    let b = seed + P2;
    let c = seed;
    let d = seed - P1;
    for (const last = end - 32; from <= last; from += 32) {
      a = round(a, load<u64>(from, 0, 1));
      b = round(b, load<u64>(from, 8, 1));
      c = round(c, load<u64>(from, 16, 1));
      d = round(d, load<u64>(from, 24, 1));
    }
    hash = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18);
    hash = merge(merge(merge(merge(hash, a), b), c), d);
  } else {
    hash = seed + P5;
  }
  hash += length;
  for (; from + 8 <= end; from += 8) hash = rotl(hash ^ round(0, load<u64>(from, 0, 1)), 27) * P1 + P4;
  if (from + 4 <= end) {
    hash = rotl(hash ^ (<u64>load<u32>(from, 0, 1) * P1), 23) * P2 + P3;
    from += 4;
  }
  for (; from < end; from++) hash = rotl(hash ^ (<u64>load<u8>(from) * P5), 11) * P1;
  return avalanche(hash);
}

// @ts-ignore: decorator
@inline
function round(lane: u64, word: u64): u64 {
  return rotl(lane + word * P2, 31) * P1;
}

// @ts-ignore: decorator
@inline
function merge(hash: u64, lane: u64): u64 {
  return (hash ^ round(0, lane)) * P1 + P4;
}

/** The last mixing of XXH64, which XXH3 uses for the shortest texts. */
export function avalanche(hash: u64): u64 {
  hash = (hash ^ (hash >> 33)) * P2;
  hash = (hash ^ (hash >> 29)) * P3;
  return hash ^ (hash >> 32);
}
