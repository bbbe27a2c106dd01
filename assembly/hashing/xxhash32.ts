/** XXH32 (Collet, "xxHash fast digest algorithm", specification 0.1.1, section "XXH32 algorithm description"). */

const P1: u32 = 0x9e3779b1;
const P2: u32 = 0x85ebca77;
const P3: u32 = 0xc2b2ae3d;
const P4: u32 = 0x27d4eb2f;
const P5: u32 = 0x165667b1;

/** XXH32 of `length` bytes at `from`. */
export function xxHash32(from: usize, length: u32, seed: u32): u32 {
  const end = from + length;
  let hash: u32;
  if (length >= 16) {
    let a = seed + P1 + P2;
    let b = seed + P2;
    let c = seed;
    let d = seed - P1;
    for (const last = end - 16; from <= last; from += 16) {
      a = round(a, load<u32>(from, 0, 1));
      b = round(b, load<u32>(from, 4, 1));
      c = round(c, load<u32>(from, 8, 1));
      d = round(d, load<u32>(from, 12, 1));
    }
    hash = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18);
  } else {
    hash = seed + P5;
  }
  hash += length;
  for (; from + 4 <= end; from += 4) hash = rotl(hash + load<u32>(from, 0, 1) * P3, 17) * P4;
  for (; from < end; from++) hash = rotl(hash + <u32>load<u8>(from) * P5, 11) * P1;
  hash = (hash ^ (hash >>> 15)) * P2;
  hash = (hash ^ (hash >>> 13)) * P3;
  return hash ^ (hash >>> 16);
}

// @ts-ignore: decorator
@inline
function round(lane: u32, word: u32): u32 {
  return rotl(lane + word * P2, 13) * P1;
}
