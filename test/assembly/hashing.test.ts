/** Hashes against their twins in BigInt, and jump hash against doubles, in every build. */

import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as twin from "../twins/hashing.js";
import { type Build, buildNames, openBuild } from "./builds.js";

const low = (value: bigint): number => Number(BigInt.asUintN(32, value));
const high = (value: bigint): number => Number(value >> 32n);

/** Lengths of all kinds: around every limit at which an algorithm changes, and long ones. */
const texts = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ maxLength: 280, size: "max" }),
  fc
    .tuple(fc.constantFrom(1, 3, 4, 8, 9, 16, 17, 32, 64, 128, 129, 240, 241, 1_024, 1_025, 2_049, 3_000), fc.nat(255))
    .map(([length, byte]) => Uint8Array.from({ length }, (_, i) => (i * i + byte * i + byte) & 255)),
);
const seeds = fc.oneof(
  fc.constantFrom(0n, 1n, 2n ** 32n - 1n, 2n ** 64n - 1n),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);

/** Writes a text between bytes that must not count, and calls. */
function over(build: Build, bytes: Uint8Array): { readonly from: number; readonly out: number; words(): bigint[] } {
  const [from, out] = [build.alloc(bytes.length + 32) + 3, build.alloc(160)];
  build.bytes(from - 3, bytes.length + 32).fill(0xa5);
  build.bytes(from, bytes.length).set(bytes);
  return { from, out, words: () => [...new BigUint64Array(build.memory.buffer, out, 2)] };
}

describe.each(buildNames)("%s", (name) => {
  const { x } = openBuild(name);

  test("32-bit hashes are those of the twins", () => {
    fc.assert(
      fc.property(texts, seeds, (bytes, seed) => {
        const build = openBuild(name, 2);
        const { from } = over(build, bytes);
        const start = BigInt.asUintN(32, seed);
        expect(build.x.xxHash32(from, bytes.length, Number(start)) >>> 0).toBe(Number(twin.xxHash32(bytes, start)));
        expect(build.x.murmur3x32(from, bytes.length, Number(start)) >>> 0).toBe(Number(twin.murmur3x32(bytes, start)));
      }),
      { numRuns: 60 },
    );
  });

  test.skipIf(x.xxHash64 === undefined)("XXH64 is that of the twin, alone and in a batch", () => {
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1, maxLength: 5 }), seeds, (all, seed) => {
        const build = openBuild(name, 2);
        const { from, out, words } = over(build, Buffer.concat(all));
        build.x.xxHash64(from, all[0]!.length, low(seed), high(seed), out);
        const expected = all.map((bytes) => twin.xxHash64(bytes, seed));
        expect(words()[0]).toBe(expected[0]);
        const ends = build.alloc(4 * (all.length + 1));
        const list = new Uint32Array(build.memory.buffer, ends, all.length + 1);
        for (const [index, bytes] of all.entries()) list[index + 1] = list[index]! + bytes.length;
        build.x.xxHash64Many(from, ends, all.length, low(seed), high(seed), out);
        expect([...new BigUint64Array(build.memory.buffer, out, all.length)]).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test.skipIf(x.xxh3Hash64 === undefined)("XXH3, MurmurHash and MD5 are those of the twins", () => {
    fc.assert(
      fc.property(texts, seeds, (bytes, seed) => {
        const build = openBuild(name, 2);
        const { from, out, words } = over(build, bytes);
        const at = build.alloc(build.x.xxh3Size());
        build.x.xxh3Init(at, low(seed), high(seed));
        build.x.xxh3Hash64(at, from, bytes.length, out);
        expect(words()[0]).toBe(twin.xxh3Hash64(bytes, seed));
        build.x.xxh3Hash128(at, from, bytes.length, out);
        expect(words()).toEqual(twin.xxh3Hash128(bytes, seed));
        build.x.murmur3x128(from, bytes.length, low(seed), out);
        expect(words()).toEqual(twin.murmur3x128(bytes, BigInt(low(seed))));
        build.x.murmur2x64(from, bytes.length, low(seed), high(seed), out);
        expect(words()[0]).toBe(twin.murmur2x64(bytes, seed));
        build.x.md5(from, bytes.length, out);
        const digest = createHash("md5").update(bytes).digest("hex");
        expect(Buffer.from(build.bytes(out, 16)).toString("hex")).toBe(digest);
      }),
      { numRuns: 80 },
    );
  });

  test("jump hash is that of doubles, alone and in batches of both widths", () => {
    const buckets = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 2 ** 31 - 1 }));
    fc.assert(
      fc.property(fc.array(seeds, { minLength: 1, maxLength: 11 }), buckets, (keys, count) => {
        const build = openBuild(name, 1);
        const [at, out] = [build.alloc(8 * keys.length), build.alloc(4 * keys.length)];
        const got = (): number[] => [...new Uint32Array(build.memory.buffer, out, keys.length)];
        new BigUint64Array(build.memory.buffer, at, keys.length).set(keys);
        build.x.jumpHashMany(at, keys.length, count, out);
        const expected = keys.map((key) => twin.jumpHash(key, count));
        expect(got()).toEqual(expected);
        expect(keys.map((key) => build.x.jumpHash(low(key), high(key), count))).toEqual(expected);
        new Uint32Array(build.memory.buffer, at, keys.length).set(keys.map(low));
        build.x.jumpHash32Many(at, keys.length, count, out);
        expect(got()).toEqual(keys.map((key) => twin.jumpHash(BigInt(low(key)), count)));
      }),
      { numRuns: 150 },
    );
  });

  test("jump hash among no or too many buckets is 0", () => {
    const build = openBuild(name, 1);
    const [at, out] = [build.alloc(64), build.alloc(32)];
    build.bytes(at, 64).fill(77);
    for (const buckets of [0, 2 ** 31, 2 ** 32 - 1]) {
      expect(build.x.jumpHash(123, 456, buckets)).toBe(0);
      build.bytes(out, 32).fill(9);
      build.x.jumpHashMany(at, 8, buckets, out);
      expect([...build.bytes(out, 32)]).toEqual(new Array(32).fill(0));
    }
  });
});

const factor = 2_862_933_555_777_941_757n;

/** The inverse of an odd number modulo 2^64, by Newton's iteration. */
function inverseOf(odd: bigint): bigint {
  let inverse = odd;
  for (let step = 0; step < 6; step++) inverse = BigInt.asUintN(64, inverse * (2n - odd * inverse));
  return inverse;
}

/** The least x from 0 on for which a·x mod m lies in from..to, by Euclid's algorithm; such an x must exist. */
function firstWithin(a: bigint, m: bigint, from: bigint, to: bigint): bigint {
  if (from === 0n) return 0n;
  if (2n * a > m) return firstWithin(m - a, m, m - to, m - from);
  const up = (from + a - 1n) / a;
  if (up * a <= to) return up;
  const turns = firstWithin((a - (m % a)) % a, a, from % a, to % a);
  return (from + m * turns + a - 1n) / a;
}

/** A key whose first step has the divisor `first` and whose second has `second`; undefined where there is none. */
function keyWith(first: bigint, second: bigint): bigint | undefined {
  const m = 1n << 64n;
  // The state after one step is `upper` + r, r below 2^33; the second step's divisor is told by the upper bits of its product.
  const upper = (first - 1n) << 33n;
  const from = BigInt.asUintN(64, ((second - 1n) << 33n) - (upper * factor + 1n));
  const to = from + (1n << 33n) - 1n;
  if (to >= m) return undefined;
  const rest = firstWithin(factor, m, from, to);
  return rest < 1n << 33n ? BigInt.asUintN(64, (upper + rest - 1n) * inverseOf(factor)) : undefined;
}

/** Jump hash with the floor of the exact quotient in place of doubles. */
function exactJump(key: bigint, buckets: number): number {
  let state = key;
  let bucket = 0n;
  for (let next = 0n; next < BigInt(buckets); ) {
    bucket = next;
    state = BigInt.asUintN(64, state * factor + 1n);
    next = ((bucket + 1n) << 31n) / ((state >> 33n) + 1n);
  }
  return Number(bucket);
}

describe("jump hash without floats rounds as doubles do", () => {
  /** Odd numbers whose reciprocal, rounded to a double, does not give 1 when multiplied by them again. */
  const odd = Array.from({ length: 20_000 }, (_, i) => 2 * i + 1).filter((q) => q * (1 / q) !== 1);

  test("where a quotient of exact arithmetic is whole and that of doubles falls short of it", () => {
    expect(odd.slice(0, 3)).toEqual([49, 103, 107]);
    const { x } = openBuild("embedded", 1);
    let [keys, differ] = [0, 0];
    // Behind those, small ones whose quotient is rounded down too, but whose product is rounded up to the whole number again.
    const small = Array.from({ length: 100 }, (_, i) => 2 * i + 3);
    for (const q of [...odd.slice(0, 300), ...small]) {
      // The first step leads to bucket q - 1; the second divides by q times a power of two.
      const first = 2 ** 31 / (q - 1);
      for (let power = 0; q * 2 ** power <= 2 ** 31; power++) {
        const key = keyWith(BigInt(Math.floor(first)), BigInt(q * 2 ** power));
        if (key === undefined) continue;
        keys++;
        for (const buckets of [Math.max(q, 2 ** (31 - power) - 1), 2 ** (31 - power), 2 ** 31 - 1]) {
          if (buckets > 2 ** 31 - 1) continue;
          const expected = twin.jumpHash(key, buckets);
          expect([key, buckets, x.jumpHash(low(key), high(key), buckets)]).toEqual([key, buckets, expected]);
          if (exactJump(key, buckets) !== expected) differ++;
        }
      }
    }
    // The keys are what they should be: there are thousands, and exact arithmetic fails on many.
    expect(keys).toBeGreaterThan(3_000);
    expect(differ).toBeGreaterThan(1_000);
  });
});
