/**
 * XXH3, 64 and 128 bits (Collet, "xxHash fast digest algorithm", specification 0.2.0, sections "XXH3 algorithm overview" and
 * following), with a seed and the default secret.
 *
 * The secret has to stand in memory, since texts are mixed with it at all offsets; there are no static data, so each hasher holds
 * it, plain for texts up to 240 bytes and with the seed worked in for longer ones, and room for the lanes of long texts:
 *
 *     0 seed u64 | 8 secret, 192 bytes | 200 seeded secret, 192 bytes | 392 lanes, 8 u64
 *
 * A hasher writes its lanes: one for each thread.
 */

import { avalanche as avalanche64 } from "./xxhash64";

const P32_1: u64 = 0x9e3779b1;
const P32_2: u64 = 0x85ebca77;
const P32_3: u64 = 0xc2b2ae3d;
const P1: u64 = 0x9e3779b185ebca87;
const P2: u64 = 0xc2b2ae3d27d4eb4f;
const P3: u64 = 0x165667b19e3779f9;
const P4: u64 = 0x85ebca77c2b2ae63;
const P5: u64 = 0x27d4eb2f165667c5;
const MX1: u64 = 0x165667919e3779f9;
const MX2: u64 = 0x9fb21c651e98df25;

const SECRET: usize = 8;
const SECRET_BYTES: usize = 192;
const SEEDED: usize = SECRET + SECRET_BYTES;
const LANES: usize = SEEDED + SECRET_BYTES;
const BYTES: u32 = <u32>LANES + 64;

/** Longest text that is mixed without lanes. */
const MIDDLE_MAX: u32 = 240;
const STRIPE: usize = 64;
/** Stripes in a block: each starts 8 bytes further on in the secret, until its end is reached. */
const STRIPES: usize = (SECRET_BYTES - STRIPE) >> 3;

/** Bytes that a hasher occupies. */
export function xxh3Size(): u32 {
  return BYTES;
}

/** Makes a hasher with a seed. */
export function xxh3Init(at: usize, seedLow: u32, seedHigh: u32): void {
  store<u64>(at, <u64>seedLow | (<u64>seedHigh << 32));
  pair(at, 0, 0xbe4ba423396cfeb8, 0x1cad21f72c81017c);
  pair(at, 16, 0xdb979083e96dd4de, 0x1f67b3b7a4a44072);
  pair(at, 32, 0x78e5c0cc4ee679cb, 0x2172ffcc7dd05a82);
  pair(at, 48, 0x8e2443f7744608b8, 0x4c263a81e69035e0);
  pair(at, 64, 0xcb00c391bb52283c, 0xa32e531b8b65d088);
  pair(at, 80, 0x4ef90da297486471, 0xd8acdea946ef1938);
  pair(at, 96, 0x3f349ce33f76faa8, 0x1d4f0bc7c7bbdcf9);
  pair(at, 112, 0x3159b4cd4be0518a, 0x647378d9c97e9fc8);
  pair(at, 128, 0xc3ebd33483acc5ea, 0xeb6313faffa081c5);
  pair(at, 144, 0x49daf0b751dd0d17, 0x9e68d429265516d3);
  pair(at, 160, 0xfca1477d58be162b, 0xce31d07ad1b8f88f);
  pair(at, 176, 0x280416958f3acb45, 0x7e404bbbcafbd7af);
}

/** 16 bytes of the secret, and of the seeded one. */
function pair(at: usize, offset: usize, first: u64, second: u64): void {
  const seed = load<u64>(at);
  at += offset;
  store<u64>(at, first, SECRET);
  store<u64>(at, second, SECRET + 8);
  store<u64>(at, first + seed, SEEDED);
  store<u64>(at, second - seed, SEEDED + 8);
}

/** XXH3, 64 bits, of `length` bytes at `from`, as 8 bytes to `out`, lowest first. */
export function xxh3Hash64(at: usize, from: usize, length: u32, out: usize): void {
  const seed = load<u64>(at);
  const secret = at + SECRET;
  const end = from + length;
  let hash: u64;
  if (length > MIDDLE_MAX) {
    fold(at, from, length);
    hash = merge(at + LANES, at + SEEDED + 11, length * P1);
  } else if (length > 128) {
    hash = middle(secret, from, length, seed);
  } else if (length > 16) {
    hash = length * P1;
    // From the middle outwards: pairs of 16 bytes, from the beginning and from the end, which overlap where they meet.
    for (let pairs: usize = (length - 1) >> 5; ; pairs--) {
      const step = pairs << 4;
      hash += mix16(from + step, secret + (step << 1), seed) + mix16(end - 16 - step, secret + (step << 1) + 16, seed);
      if (pairs == 0) break;
    }
    hash = avalanche(hash);
  } else if (length > 8) {
    const low = load<u64>(from, 0, 1) ^ (word(secret, 24) + seed);
    const high = load<u64>(end - 8, 0, 1) ^ (word(secret, 40) - seed);
    hash = avalanche(<u64>length + bswap(low) + high + (low * high ^ upperProduct(low, high)));
  } else if (length >= 4) {
    const mixed = load<u32>(end - 4, 0, 1) | (<u64>load<u32>(from, 0, 1) << 32);
    hash = mixed ^ (word(secret, 8) - spread(seed));
    hash ^= rotl(hash, 49) ^ rotl(hash, 24);
    hash *= MX2;
    hash = (hash ^ ((hash >> 35) + length)) * MX2;
    hash ^= hash >> 28;
  } else if (length > 0) {
    hash = avalanche64(<u64>few(from, length) ^ (<u64>(load<u32>(secret, 0, 1) ^ load<u32>(secret, 4, 1)) + seed));
  } else {
    hash = avalanche64(seed ^ word(secret, 56));
  }
  store<u64>(out, hash);
}

/** XXH3, 128 bits, of `length` bytes at `from`, as 16 bytes to `out`, lowest first. */
export function xxh3Hash128(at: usize, from: usize, length: u32, out: usize): void {
  const seed = load<u64>(at);
  const secret = at + SECRET;
  const end = from + length;
  let low: u64;
  let high: u64;
  if (length > MIDDLE_MAX) {
    fold(at, from, length);
    low = merge(at + LANES, at + SEEDED + 11, length * P1);
    high = merge(at + LANES, at + SEEDED + 117, ~(length * P2));
  } else if (length > 16) {
    // What one half takes in of 16 bytes as a product, the other takes in as a sum.
    store<u64>(out, length * P1);
    store<u64>(out, 0, 8);
    if (length > 128) {
      for (let step: usize = 0; step < 128; step += 32) mix32(out, from + step, from + step + 16, secret + step, seed);
      store<u64>(out, avalanche(load<u64>(out)));
      store<u64>(out, avalanche(load<u64>(out, 8)), 8);
      for (let step: usize = 128; step + 32 <= <usize>length; step += 32) {
        mix32(out, from + step, from + step + 16, secret + step - 125, seed);
      }
      mix32(out, end - 16, end - 32, secret + 103, 0 - seed);
    } else {
      for (let pairs: usize = (length - 1) >> 5; ; pairs--) {
        const step = pairs << 4;
        mix32(out, from + step, end - 16 - step, secret + (step << 1), seed);
        if (pairs == 0) break;
      }
    }
    const first = load<u64>(out);
    const second = load<u64>(out, 8);
    low = avalanche(first + second);
    high = 0 - avalanche(first * P1 + second * P4 + (length - seed) * P2);
  } else if (length > 8) {
    const mixed = load<u64>(from, 0, 1) ^ load<u64>(end - 8, 0, 1) ^ (word(secret, 32) - seed);
    low = mixed * P1 + (<u64>(length - 1) << 54);
    const last = load<u64>(end - 8, 0, 1) ^ (word(secret, 48) + seed);
    const upper = upperProduct(mixed, P1) + last + (last & 0xffffffff) * (P32_2 - 1);
    low ^= bswap(upper);
    high = avalanche(upperProduct(low, P2) + upper * P2);
    low = avalanche(low * P2);
  } else if (length >= 4) {
    const mixed = (load<u32>(from, 0, 1) | (<u64>load<u32>(end - 4, 0, 1) << 32)) ^ (word(secret, 16) + spread(seed));
    const factor = P1 + (length << 2);
    low = mixed * factor;
    high = upperProduct(mixed, factor) + (low << 1);
    low ^= high >> 3;
    low = (low ^ (low >> 35)) * MX2;
    low ^= low >> 28;
    high = avalanche(high);
  } else if (length > 0) {
    const bytes = few(from, length);
    low = avalanche64(<u64>bytes ^ (<u64>(load<u32>(secret, 0, 1) ^ load<u32>(secret, 4, 1)) + seed));
    high = avalanche64(<u64>rotl(bswap(bytes), 13) ^ (<u64>(load<u32>(secret, 8, 1) ^ load<u32>(secret, 12, 1)) - seed));
  } else {
    low = avalanche64(seed ^ word(secret, 64));
    high = avalanche64(seed ^ word(secret, 80));
  }
  store<u64>(out, low);
  store<u64>(out, high, 8);
}

/** Two neighbouring words of the secret in one. */
// @ts-ignore: decorator
@inline
function word(secret: usize, offset: usize): u64 {
  return load<u64>(secret + offset, 0, 1) ^ load<u64>(secret + offset + 8, 0, 1);
}

/** 1 to 3 bytes and their number in 32 bits. */
function few(from: usize, length: u32): u32 {
  return (
    (<u32>load<u8>(from) << 16) | (<u32>load<u8>(from + (length >> 1)) << 24) | load<u8>(from + length - 1) | (length << 8)
  );
}

/** The seed, its lower half worked into the upper one. */
// @ts-ignore: decorator
@inline
function spread(seed: u64): u64 {
  return seed ^ (<u64>bswap(<u32>seed) << 32);
}

/** The upper half of a product of 128 bits. */
function upperProduct(a: u64, b: u64): u64 {
  const low = (a & 0xffffffff) * (b & 0xffffffff);
  const cross = (a >> 32) * (b & 0xffffffff) + (low >> 32);
  const other = (a & 0xffffffff) * (b >> 32) + (cross & 0xffffffff);
  return (a >> 32) * (b >> 32) + (cross >> 32) + (other >> 32);
}

/** The halves of a product, added without carry. */
// @ts-ignore: decorator
@inline
function foldedProduct(a: u64, b: u64): u64 {
  return (a * b) ^ upperProduct(a, b);
}

function mix16(from: usize, secret: usize, seed: u64): u64 {
  return foldedProduct(load<u64>(from, 0, 1) ^ (load<u64>(secret, 0, 1) + seed), load<u64>(from, 8, 1) ^ (load<u64>(secret, 8, 1) - seed));
}

function mix32(sums: usize, one: usize, two: usize, secret: usize, seed: u64): void {
  const low = (load<u64>(sums) + mix16(one, secret, seed)) ^ (load<u64>(two, 0, 1) + load<u64>(two, 8, 1));
  const high = (load<u64>(sums, 8) + mix16(two, secret + 16, seed)) ^ (load<u64>(one, 0, 1) + load<u64>(one, 8, 1));
  store<u64>(sums, low);
  store<u64>(sums, high, 8);
}

function avalanche(hash: u64): u64 {
  hash = (hash ^ (hash >> 37)) * MX1;
  return hash ^ (hash >> 32);
}

/** 129 to 240 bytes. */
function middle(secret: usize, from: usize, length: u32, seed: u64): u64 {
  let hash = length * P1;
  for (let step: usize = 0; step < 128; step += 16) hash += mix16(from + step, secret + step, seed);
  hash = avalanche(hash) + mix16(from + length - 16, secret + 119, seed);
  for (let step: usize = 128; step + 16 <= <usize>length; step += 16) hash += mix16(from + step, secret + step - 125, seed);
  return avalanche(hash);
}

/** Takes more than 240 bytes into the lanes. */
function fold(at: usize, from: usize, length: u32): void {
  store<u64>(at, P32_3, LANES);
  store<u64>(at, P1, LANES + 8);
  store<u64>(at, P2, LANES + 16);
  store<u64>(at, P3, LANES + 24);
  store<u64>(at, P4, LANES + 32);
  store<u64>(at, P32_2, LANES + 40);
  store<u64>(at, P5, LANES + 48);
  store<u64>(at, P32_1, LANES + 56);
  if (ASC_FEATURE_SIMD) foldVectors(at + LANES, at + SEEDED, from, length);
  else foldWords(at + LANES, at + SEEDED, from, length);
}

/** Where the last stripe meets the secret; it ends with the text, may overlap the stripe before, and always stands alone. */
const LAST: usize = SECRET_BYTES - STRIPE - 7;
/** Where the secret is when a block ends. */
const SCRAMBLE: usize = SECRET_BYTES - STRIPE;

/** The lanes stay in registers, two in each. */
function foldVectors(lanes: usize, secret: usize, from: usize, length: u32): void {
  let a = v128.load(lanes);
  let b = v128.load(lanes, 16);
  let c = v128.load(lanes, 32);
  let d = v128.load(lanes, 48);
  const last = from + length - STRIPE;
  let key = secret;
  for (; from < last; from += STRIPE) {
    a = takenPair(a, from, key);
    b = takenPair(b, from + 16, key + 16);
    c = takenPair(c, from + 32, key + 32);
    d = takenPair(d, from + 48, key + 48);
    key += 8;
    if (key != secret + STRIPES * 8) continue;
    a = scrambledPair(a, secret + SCRAMBLE);
    b = scrambledPair(b, secret + SCRAMBLE + 16);
    c = scrambledPair(c, secret + SCRAMBLE + 32);
    d = scrambledPair(d, secret + SCRAMBLE + 48);
    key = secret;
  }
  v128.store(lanes, takenPair(a, last, secret + LAST));
  v128.store(lanes, takenPair(b, last + 16, secret + LAST + 16), 16);
  v128.store(lanes, takenPair(c, last + 32, secret + LAST + 32), 32);
  v128.store(lanes, takenPair(d, last + 48, secret + LAST + 48), 48);
}

/** A pair of lanes after 16 bytes: the product of the halves of each keyed word, and the word itself in the neighbouring lane. */
// @ts-ignore: decorator
@inline
function takenPair(pair: v128, from: usize, secret: usize): v128 {
  const words = v128.load(from);
  const keyed = v128.xor(words, v128.load(secret));
  const lower = v128.shuffle<u32>(keyed, keyed, 0, 2, 0, 2);
  const upper = v128.shuffle<u32>(keyed, keyed, 1, 3, 1, 3);
  const sum = i64x2.add(pair, v128.shuffle<u64>(words, words, 1, 0));
  return i64x2.add(sum, i64x2.extmul_low_i32x4_u(lower, upper));
}

// @ts-ignore: decorator
@inline
function scrambledPair(pair: v128, secret: usize): v128 {
  const mixed = v128.xor(v128.xor(pair, i64x2.shr_u(pair, 47)), v128.load(secret));
  return i64x2.mul(mixed, i64x2.splat(P32_1));
}

/** The same without vectors. */
function foldWords(lanes: usize, secret: usize, from: usize, length: u32): void {
  const last = from + length - STRIPE;
  let key = secret;
  for (; from < last; from += STRIPE) {
    accumulate(lanes, from, key);
    key += 8;
    if (key != secret + STRIPES * 8) continue;
    for (let step: usize = 0; step < STRIPE; step += 8) {
      const lane = load<u64>(lanes + step);
      store<u64>(lanes + step, (lane ^ (lane >> 47) ^ load<u64>(secret + SCRAMBLE + step, 0, 1)) * P32_1);
    }
    key = secret;
  }
  accumulate(lanes, last, secret + LAST);
}

function accumulate(lanes: usize, from: usize, secret: usize): void {
  for (let step: usize = 0; step < STRIPE; step += 16) {
    const first = load<u64>(from + step, 0, 1);
    const second = load<u64>(from + step, 8, 1);
    const one = first ^ load<u64>(secret + step, 0, 1);
    const two = second ^ load<u64>(secret + step, 8, 1);
    const to = lanes + step;
    store<u64>(to, load<u64>(to) + second + (one & 0xffffffff) * (one >> 32));
    store<u64>(to, load<u64>(to, 8) + first + (two & 0xffffffff) * (two >> 32), 8);
  }
}

function merge(lanes: usize, secret: usize, start: u64): u64 {
  for (let step: usize = 0; step < STRIPE; step += 16) {
    start += foldedProduct(
      load<u64>(lanes + step) ^ load<u64>(secret + step, 0, 1),
      load<u64>(lanes + step, 8) ^ load<u64>(secret + step, 8, 1),
    );
  }
  return avalanche(start);
}
