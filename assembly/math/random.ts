/**
 * xoshiro128++ 1.0 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47:4, 2021), seeded
 * by four outputs of the SplitMix32 finalizer: the twin of `ts/kernel/random.ts`; `test/vectors/random.json` holds both.
 * State is four 32-bit words at `at`.
 */

/** Fills the state from a seed. */
export function randomSeed(at: usize, seed: u32): void {
  let weyl = seed;
  for (let end = at + 16; at < end; at += 4) {
    weyl += 0x9e3779b9;
    let mixed = weyl ^ (weyl >> 16);
    mixed *= 0x85ebca6b;
    mixed ^= mixed >> 13;
    mixed *= 0xc2b2ae35;
    store<u32>(at, mixed ^ (mixed >> 16));
  }
}

/** The next 32 random bits. */
export function randomNext(at: usize): u32 {
  const s0 = load<u32>(at);
  const s1 = load<u32>(at, 4);
  const third = load<u32>(at, 8) ^ s0;
  const fourth = load<u32>(at, 12) ^ s1;
  const result = rotl(s0 + load<u32>(at, 12), 7) + s0;
  store<u32>(at, s0 ^ fourth);
  store<u32>(at, s1 ^ third, 4);
  store<u32>(at, third ^ (s1 << 9), 8);
  store<u32>(at, rotl(fourth, 11), 12);
  return result;
}

/** A whole number from 0 to `span`, uniform in steps of span / 2^32: span * r / 2^32, without a 128-bit product. */
export function randomUpTo(at: usize, span: i64): i64 {
  const draw = <i64>randomNext(at);
  return (span >> 32) * draw + <i64>(<u64>((span & 0xffffffff) * draw) >> 32);
}
