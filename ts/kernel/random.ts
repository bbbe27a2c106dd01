/**
 * Randomness, passed in. One algorithm everywhere: xoshiro128++ 1.0 (Blackman and Vigna, "Scrambled linear
 * pseudorandom number generators", ACM TOMS 47:4, 2021), seeded by four outputs of the SplitMix32 finalizer. It needs
 * 32-bit operations only, so the core computes the same sequence on every host (`assembly/math/random.ts` is its twin
 * and `test/vectors/random.json` holds both to it). It is for jitter and sampling, never for secrets.
 */

/** A source of random numbers. */
export interface Random {
  /** A whole number from 0 to 2^32 − 1. */
  uint32(): number;
  /** A number in [0, 1), a multiple of 2^-32. */
  next(): number;
}

function rotateLeft(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

/** Four words of state from one 32-bit seed (SplitMix32: Weyl step 0x9e3779b9 and MurmurHash3's finalizer). */
function expandSeed(seed: number): Uint32Array {
  const state = new Uint32Array(4);
  let weyl = seed | 0;
  for (let word = 0; word < 4; word++) {
    weyl = (weyl + 0x9e3779b9) | 0;
    let mixed = weyl ^ (weyl >>> 16);
    mixed = Math.imul(mixed, 0x85ebca6b);
    mixed ^= mixed >>> 13;
    mixed = Math.imul(mixed, 0xc2b2ae35);
    state[word] = mixed ^ (mixed >>> 16);
  }
  return state;
}

class Xoshiro128 implements Random {
  readonly #state: Uint32Array;

  constructor(state: Uint32Array) {
    this.#state = state;
  }

  uint32(): number {
    const s = this.#state;
    const [s0, s1, s2, s3] = s as unknown as [number, number, number, number];
    const result = (rotateLeft((s0 + s3) | 0, 7) + s0) >>> 0;
    const third = s2 ^ s0;
    const fourth = s3 ^ s1;
    s[1] = s1 ^ third;
    s[0] = s0 ^ fourth;
    s[2] = third ^ (s1 << 9);
    s[3] = rotateLeft(fourth, 11);
    return result;
  }

  next(): number {
    return this.uint32() / 2 ** 32;
  }
}

/**
 * A random source that gives the same sequence for the same seed, on every host.
 *
 * @param seed any number; its lower 32 bits count.
 *
 * @example
 * ```ts
 * import { seeded } from "holdfast";
 *
 * seeded(42).uint32() === seeded(42).uint32(); // => true
 * ```
 */
export function seeded(seed: number): Random {
  return new Xoshiro128(expandSeed(seed));
}

/** A seed from the host's entropy; call it from within a request where the host forbids randomness at start-up (edge workers). */
export function entropySeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}

let system: Random | undefined;

/** The process's own random source, seeded from the host's entropy on first use. */
export const systemRandom: Random = {
  uint32: () => (system ??= seeded(entropySeed())).uint32(),
  next: () => (system ??= seeded(entropySeed())).next(),
};
