/**
 * SipHash-1-3: a keyed hash that keeps hash tables safe from chosen keys as long as the key is secret (Aumasson and
 * Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012; one compression and three finalization rounds, as in the
 * standard libraries of Rust and Python).
 *
 * At `at`: 0 k0 | 8 k1 | 16 v0 | 24 v1 | 32 v2 | 40 v3 | 48 bytes absorbed u32. The state between is used for texts that come in
 * pieces only; a short text is hashed in registers.
 */

import { SMALL } from "../math/small";

/** Bytes of key and state. */
export const SIP_BYTES: usize = 56;

/**
 * Eight bytes of the text. A host has just written them, four at a time at best: a processor hands each half on from its queue of stores,
 * but lets a load of both wait until they are in the cache.
 */
// @ts-ignore: decorator
@inline
function wordAt(from: usize): u64 {
  if (SMALL) return load<u64>(from);
  // Texts may stand anywhere. What WebAssembly takes in its stride, the core as JavaScript must be told: that it is not aligned.
  return <u64>load<u32>(from, 0, 1) | (<u64>load<u32>(from, 4, 1) << 32);
}

/**
 * Hashes `length` bytes at `from`. With `last` false they are a piece of a longer text, their number a multiple of 8, and
 * the result means nothing; with `last` true they end it, and up to 7 bytes behind them are read but not used.
 */
export function sipHash(at: usize, from: usize, length: u32, last: bool): u64 {
  const before = load<u32>(at, 48);
  let v0: u64, v1: u64, v2: u64, v3: u64;
  if (before == 0) {
    const k0 = load<u64>(at);
    const k1 = load<u64>(at, 8);
    v0 = k0 ^ 0x736f6d6570736575;
    v1 = k1 ^ 0x646f72616e646f6d;
    v2 = k0 ^ 0x6c7967656e657261;
    v3 = k1 ^ 0x7465646279746573;
  } else {
    v0 = load<u64>(at, 16);
    v1 = load<u64>(at, 24);
    v2 = load<u64>(at, 32);
    v3 = load<u64>(at, 40);
  }
  const end = from + (length & ~7);
  // After the whole words come the rest with the length, and then three rounds, which equal words of zero.
  let rounds = 0;
  while (true) {
    let word: u64 = 0;
    if (from < end) {
      word = wordAt(from);
      from += 8;
    } else {
      if (!last || rounds == 4) break;
      if (rounds == 0) word = (<u64>(before + length) << 56) | (wordAt(from) & ((1 << <u64>((length & 7) << 3)) - 1));
      else if (rounds == 1) v2 ^= 0xff;
      rounds++;
    }
    v3 ^= word;
    v0 += v1;
    v2 += v3;
    v1 = rotl(v1, 13) ^ v0;
    v3 = rotl(v3, 16) ^ v2;
    v0 = rotl(v0, 32) + v3;
    v2 += v1;
    v3 = rotl(v3, 21) ^ v0;
    v1 = rotl(v1, 17) ^ v2;
    v2 = rotl(v2, 32);
    v0 ^= word;
  }
  if (last) {
    if (before != 0) store<u32>(at, 0, 48);
    return v0 ^ v1 ^ v2 ^ v3;
  }
  store<u64>(at, v0, 16);
  store<u64>(at, v1, 24);
  store<u64>(at, v2, 32);
  store<u64>(at, v3, 40);
  store<u32>(at, before + length, 48);
  return 0;
}
