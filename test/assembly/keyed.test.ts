/** The keyed table: its hash, its decisions, and what it does when it is full; in every build. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GcraTwin } from "../twins/meters.js";
import { sipHash } from "../twins/siphash.js";
import { type Build, buildNames, openBuild, openBuilds, writeText } from "./builds.js";

const secret = [0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c] as const;
const k0 = 0x0706050403020100n;
const k1 = 0x0f0e0d0c0b0a0908n;

/** A table with a place for texts. */
interface Table {
  readonly build: Build;
  readonly at: number;
  take(key: string, weight: number, nowUs: number): number;
  peek(key: string, weight: number, nowUs: number): number;
  /** Address and length of the key, for any other call. */
  text(key: string): [number, number];
}

function table(build: Build, keys: number, limit: number, periodUs: number, burst: number): Table {
  const { x } = build;
  const at = build.alloc(x.keyedSize(keys));
  const scratch = build.alloc(264);
  expect(x.keyedInit(at, keys, limit, periodUs, burst, ...secret)).toBe(0);
  const text = (key: string): [number, number] => [scratch, writeText(build, scratch, key)];
  return {
    build,
    at,
    text,
    take: (key, weight, nowUs) => x.keyedTryAcquire(at, ...text(key), weight, nowUs),
    peek: (key, weight, nowUs) => x.keyedPeek(at, ...text(key), weight, nowUs),
  };
}

/** The fingerprint under which a key is kept, read from a snapshot of a table that holds nothing else. */
function fingerprint(build: Build, absorb: number, key: Uint8Array): bigint {
  const { x } = build;
  const at = build.alloc(x.keyedSize(1));
  const text = build.alloc(key.length + 8);
  const to = build.alloc(256);
  x.keyedInit(at, 1, 1, 1_000_000, 1, ...secret);
  build.bytes(text, key.length).set(key);
  for (let from = 0; from < absorb; from += 8) x.keyedAbsorb(at, text + from, 8);
  expect(x.keyedTryAcquire(at, text + absorb, key.length - absorb, 1, 0)).toBe(0);
  expect(x.keyedSave(at, 0, x.keyedRead(at, 2), to, 0)).toBe(16);
  return new DataView(build.memory.buffer).getBigUint64(to, true);
}

test("the twin of SipHash agrees with the paper: 2-4 of the bytes 0 to 14", () => {
  const input = Uint8Array.from({ length: 15 }, (_, i) => i);
  expect(sipHash(2, 4, k0, k1, input)).toBe(0xa129ca6149be45e5n);
});

describe.each(buildNames)("%s", (name) => {
  test("keys are kept under SipHash-1-3, in one piece or in several", () => {
    for (let length = 0; length <= 40; length++) {
      const build = openBuild(name, 1);
      const key = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 255);
      const expected = sipHash(1, 3, k0, k1, key);
      expect(fingerprint(build, 0, key)).toBe(expected);
      if (length >= 8) expect(fingerprint(build, length & ~7, key)).toBe(expected);
    }
  });

  test("each key decides like a limiter of its own", () => {
    const build = openBuild(name, 8);
    const { x } = build;
    fc.assert(
      fc.property(
        fc.record({ limit: fc.integer({ min: 1, max: 50 }), burst: fc.integer({ min: 1, max: 20 }) }),
        fc.array(fc.record({ key: fc.nat(40), stepUs: fc.nat(100_000), weight: fc.integer({ min: 1, max: 8 }) }), {
          maxLength: 120,
        }),
        ({ limit, burst }, program) => {
          const block = x.arenaAlloc(x.keyedSize(64)) >>> 0;
          const text = x.arenaAlloc(64) >>> 0;
          const told = x.arenaAlloc(16) >>> 0;
          x.keyedInit(block, 64, limit, 1_000_000, burst, ...secret);
          const twins = new Map<number, GcraTwin>();
          let nowUs = 1_000;
          for (const { key, stepUs, weight } of program) {
            nowUs += stepUs;
            if (!twins.has(key)) twins.set(key, new GcraTwin({ limit, periodUs: 1_000_000, burst }));
            const length = writeText(build, text, `key-${key}`);
            const peeked = x.keyedPeek(block, text, length, weight, nowUs);
            const full = weight % 2 === 0;
            const got = full
              ? x.keyedCheck(block, text, length, weight, nowUs, told)
              : x.keyedTryAcquire(block, text, length, weight, nowUs);
            expect(peeked).toBe(got);
            expect(got).toBe(twins.get(key)!.take(weight, nowUs));
            expect(x.keyedRemaining(block, text, length, nowUs)).toBe(twins.get(key)!.remaining(nowUs));
            if (!full) continue;
            expect([...new Float64Array(build.memory.buffer, told, 2)]).toEqual([
              x.keyedRemaining(block, text, length, nowUs),
              x.keyedResetAfter(block, text, length, nowUs),
            ]);
          }
          x.arenaFree(told, x.arenaGeneration(told));
          x.arenaFree(text, x.arenaGeneration(text));
          x.arenaFree(block, x.arenaGeneration(block));
        },
      ),
      { numRuns: 60 },
    );
  });

  // A microcontroller has no cache to wait for, and no batch.
  test.skipIf(name === "embedded")("many keys at once decide as one after another, and leave the same bytes", () => {
    const build = openBuild(name, 8);
    const { x } = build;
    const bytes = x.keyedSize(20);
    const [batched, single] = [build.alloc(bytes), build.alloc(bytes)];
    const [texts, ends, out, text] = [build.alloc(520), build.alloc(260), build.alloc(512), build.alloc(16)];
    const keys = fc.array(
      fc.nat(60).map((n) => `${"key".repeat(n % 3)}${n}`),
      { maxLength: 64 },
    );
    fc.assert(
      fc.property(
        fc.array(fc.record({ keys, stepUs: fc.nat(100_000), weight: fc.integer({ min: -1, max: 6 }) }), {
          maxLength: 8,
        }),
        (program) => {
          for (const at of [batched, single]) x.keyedInit(at, 20, 30, 1_000_000, 5, ...secret);
          let nowUs = 1_000;
          for (const { keys, stepUs, weight } of program) {
            nowUs += stepUs;
            const list = new Uint32Array(build.memory.buffer, ends, keys.length + 1);
            for (const [i, key] of keys.entries()) list[i + 1] = list[i]! + writeText(build, texts + list[i]!, key);
            x.keyedTryAcquireMany(batched, texts, ends, keys.length, weight, nowUs, out);
            const waits = [...new Float64Array(build.memory.buffer, out, keys.length)];
            const one = (key: string) => x.keyedTryAcquire(single, text, writeText(build, text, key), weight, nowUs);
            expect(waits).toEqual(keys.map(one));
          }
          expect(build.bytes(batched, bytes)).toEqual(build.bytes(single, bytes));
        },
      ),
      { numRuns: 50 },
    );
  });

  test("holds all the keys that it was made for, at 20 bytes each", () => {
    const build = openBuild(name, 64);
    const keys = name === "embedded" ? 1_500 : 50_000;
    const { at, take, peek } = table(build, keys, 1, 1e9, 1);
    for (let i = 0; i < keys; i++) expect(take(`key-${i}`, 1, 5)).toBe(0);
    expect(build.x.keyedRead(at, 0)).toBe(keys);
    expect(build.x.keyedRead(at, 1)).toBe(0);
    expect(build.x.keyedSize(keys) / keys).toBeLessThanOrEqual(20.2);
    // Every one of them is remembered.
    for (let i = 0; i < keys; i += 7) expect(peek(`key-${i}`, 1, 5)).toBe(1e9);
  });

  test("each key is found in whichever slot it has", () => {
    const build = openBuild(name, 8);
    const { at, take, text } = table(build, 400, 1, 1e9, 4);
    const told = build.alloc(16);
    for (let i = 0; i < 400; i++) expect(take(`key-${i}`, 1 + (i % 4), 5)).toBe(0);
    for (let i = 0; i < 400; i++) {
      build.x.keyedCheck(at, ...text(`key-${i}`), 0, 5, told);
      expect(new Float64Array(build.memory.buffer, told, 1)[0]).toBe(3 - (i % 4));
    }
  });

  test("nine tenths full, it has lost no more than one key in a thousand", () => {
    const build = openBuild(name, 64);
    const keys = name === "embedded" ? 1_500 : 20_000;
    const { at, take } = table(build, keys, 1, 1e9, 10);
    const slots = build.x.keyedRead(at, 2) * 4;
    const many = Math.floor(slots * 0.9);
    for (let i = 0; i < many; i++) take(`key-${i}`, 1, 5);
    expect(build.x.keyedRead(at, 1)).toBeLessThan(many / 1_000);
    expect(build.x.keyedRead(at, 0) / slots).toBeGreaterThan(0.899);
  });

  test("keys at rest make room for new ones, without anybody cleaning up", () => {
    const build = openBuild(name, 8);
    const { at, take } = table(build, 500, 10, 1_000_000, 1);
    for (let round = 0; round < 20; round++) {
      const nowUs = round * 200_000;
      for (let i = 0; i < 400; i++) expect(take(`round-${round}-${i}`, 1, nowUs)).toBe(0);
    }
    expect(build.x.keyedRead(at, 1)).toBe(0);
    expect(build.x.keyedRead(at, 0)).toBeLessThanOrEqual(build.x.keyedRead(at, 2) * 4);
  });

  test("forged keys evict no key that refuses, and share one limiter when nothing may be evicted", () => {
    const build = openBuild(name, 8);
    const { at, take, peek, text } = table(build, 200, 1, 1e9, 2);
    for (let i = 0; i < 100; i++) expect(take(`blocked-${i}`, 2, 5)).toBe(0);
    let admitted = 0;
    for (let i = 0; i < 20_000; i++) if (take(`forged-${i}`, 2, 6) === 0) admitted++;
    for (let i = 0; i < 100; i++) expect(peek(`blocked-${i}`, 1, 7)).toBeGreaterThan(0);
    // Every admitted key blocks itself, so at most one for each slot, and two permits of the overflow limiter.
    const slots = build.x.keyedRead(at, 2) * 4;
    expect(admitted).toBeLessThanOrEqual(slots - 100 + 1);
    expect(admitted).toBeGreaterThan(slots - 100 - 20);
    expect(take("another", 1, 8)).toBeGreaterThan(0);
    expect(take("another", 3, 8)).toBe(Number.POSITIVE_INFINITY);
    // Who shares it is told how it stands.
    const told = build.alloc(16);
    expect(build.x.keyedCheck(at, ...text("another"), 1, 8, told)).toBeGreaterThan(0);
    expect([...new Float64Array(build.memory.buffer, told, 2)]).toEqual([0, expect.any(Number)]);
  });

  test("when it must forget somebody, it forgets who used least", () => {
    const build = openBuild(name, 8);
    const { at, take, peek } = table(build, 200, 1, 1e9, 100);
    for (let i = 0; i < 100; i++) take(`heavy-${i}`, 50, 5);
    for (let i = 0; i < 5_000; i++) take(`light-${i}`, 1, 5);
    expect(build.x.keyedRead(at, 1)).toBeGreaterThan(4_000);
    let remembered = 0;
    for (let i = 0; i < 100; i++) if (peek(`heavy-${i}`, 100, 5) > 0) remembered++;
    expect(remembered).toBeGreaterThan(90);
  });

  test("refund, forget and odd weights", () => {
    const build = openBuild(name, 8);
    const { at, take, peek, text } = table(build, 10, 10, 1_000_000, 5);
    const { x } = build;
    expect(take("a", 4, 9)).toBe(0);
    x.keyedRefund(at, ...text("a"), 1, 9);
    x.keyedRefund(at, ...text("b"), 1, 9);
    expect(x.keyedRemaining(at, ...text("a"), 9)).toBe(2);
    expect(x.keyedResetAfter(at, ...text("a"), 9)).toBe(300_000);
    for (const weight of [-1, Number.NaN, 1e300, 6]) expect(take("a", weight, 9)).toBe(Number.POSITIVE_INFINITY);
    expect(take("new", 0, 9)).toBe(0);
    const told = build.alloc(16);
    expect(x.keyedCheck(at, ...text("new"), 0, 9, told)).toBe(0);
    expect([...new Float64Array(build.memory.buffer, told, 2)]).toEqual([5, 0]);
    expect(peek("new", 6, 9)).toBe(Number.POSITIVE_INFINITY);
    expect(x.keyedRead(at, 0)).toBe(1);
    x.keyedRefund(at, ...text("a"), 1e300, 9);
    expect(x.keyedRemaining(at, ...text("a"), 9)).toBe(5);
    expect(x.keyedForget(at, ...text("a"))).toBe(1);
    expect(x.keyedForget(at, ...text("a"))).toBe(0);
    expect(x.keyedRead(at, 0)).toBe(0);
    expect([x.keyedSize(0), x.keyedSize(2 ** 27)]).toEqual([0, 0]);
  });

  test("a clock that steps back costs a key one window", () => {
    const build = openBuild(name, 8);
    const { take } = table(build, 10, 10, 1_000_000, 10);
    expect(take("a", 5, 9e9)).toBe(0);
    expect(take("a", 1, 1_000)).toBe(100_000);
    expect(take("a", 1, 101_000)).toBe(0);
  });

  test("a snapshot moves to another memory, size and clock", () => {
    const [one, two] = [openBuild(name, 8), openBuild(name, 8)];
    const from = table(one, 300, 1, 1e6, 3);
    const into = table(two, 400, 1, 1e6, 3);
    for (let i = 0; i < 200; i++) from.take(`key-${i % 150}`, 1, 7_000_000 + i * 10);
    into.take("stays not", 3, 1);
    const head = [one.alloc(56), two.alloc(56)] as const;
    const piece = [one.alloc(1_024), two.alloc(1_024)] as const;
    one.x.keyedSaveHead(from.at, head[0]);
    two.bytes(head[1], 56).set(one.bytes(head[0], 56));
    expect(two.x.keyedLoadHead(into.at, head[1])).toBe(0);
    const buckets = one.x.keyedRead(from.at, 2);
    for (let first = 0; first < buckets; first += 16) {
      const written = one.x.keyedSave(from.at, first, Math.min(16, buckets - first), piece[0], 7_100_000);
      two.bytes(piece[1], written).set(one.bytes(piece[0], written));
      two.x.keyedLoad(into.at, piece[1], written / 16, 50);
    }
    for (let i = 0; i < 160; i++) {
      for (const later of [0, 400_000, 1_200_000]) {
        expect(into.peek(`key-${i}`, 3, 50 + later)).toBe(from.peek(`key-${i}`, 3, 7_100_000 + later));
      }
    }
    expect(into.peek("stays not", 3, 50)).toBe(0);
    two.bytes(head[1], 56)[40]! ^= 1;
    expect(two.x.keyedLoadHead(into.at, head[1])).toBe(3);
  });
});

test("all builds give the same answers and keep the same bytes", () => {
  const time = fc.oneof(fc.double({ min: 0, max: 1e7, noNaN: true }), fc.constantFrom(Number.NaN, -1, 1e300));
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          what: fc.nat(5),
          key: fc.string({ maxLength: 12, unit: "grapheme" }),
          weight: fc.double({ min: 0, max: 4 }),
          now: time,
        }),
        { maxLength: 60 },
      ),
      (program) => {
        const transcripts = openBuilds(4).map((build) => {
          const { at, take, peek, text } = table(build, 6, 3, 1_000_000, 4);
          const said: number[] = [];
          for (const { what, key, weight, now } of program) {
            if (what < 3) said.push(take(key, weight, now));
            else if (what === 3) said.push(peek(key, weight, now));
            else if (what === 4) build.x.keyedRefund(at, ...text(key), weight, now);
            else said.push(build.x.keyedForget(at, ...text(key)));
          }
          return [...said, ...build.bytes(at, build.x.keyedSize(6))];
        });
        for (const transcript of transcripts) expect(transcript).toEqual(transcripts[0]);
      },
    ),
    { numRuns: 100 },
  );
});
