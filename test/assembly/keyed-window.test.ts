/** The keyed table of windows: its decisions, and what it does when it is full; `keyed.test.ts` has what it shares with the other table. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FixedWindowTwin, SlidingWindowCounterTwin } from "../twins/windows.js";
import { type Build, openBuild, writeText } from "./builds.js";

const secret = [0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c] as const;
const builds = ["server", "browser", "edge"] as const;
const kinds = [
  [0, "fixed", FixedWindowTwin],
  [1, "sliding", SlidingWindowCounterTwin],
] as const;

function table(build: Build, kind: number, keys: number, limit: number, lengthUs: number) {
  const { x } = build;
  const [at, scratch] = [build.alloc(x.keyedSize(keys)), build.alloc(264)];
  expect(x.keyedWindowInit(at, kind, keys, limit, lengthUs, ...secret)).toBe(0);
  const text = (key: string): [number, number] => [scratch, writeText(build, scratch, key)];
  return {
    at,
    text,
    take: (key: string, weight: number, nowUs: number) => x.keyedWindowTryAcquire(at, ...text(key), weight, nowUs),
    peek: (key: string, weight: number, nowUs: number) => x.keyedWindowPeek(at, ...text(key), weight, nowUs),
    remaining: (key: string, nowUs: number) => x.keyedWindowRemaining(at, ...text(key), nowUs),
  };
}

const usOf = (wait: bigint): number => (wait < 0n ? Number.POSITIVE_INFINITY : Number(wait) / 1024);

describe.each(builds.flatMap((name) => kinds.map(([kind, title, Twin]) => ({ name, kind, title, Twin }))))(
  "$title, $name",
  ({ name, kind, Twin }) => {
    test("each key decides like a limiter of its own", () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 12 }),
          fc.array(
            fc.record({
              key: fc.nat(40),
              stepUs: fc.nat(30_000),
              weight: fc.integer({ min: 1, max: 8 }),
              refund: fc.oneof(fc.constant(0), fc.nat(4)),
            }),
            { maxLength: 100 },
          ),
          fc.nat(2 ** 40),
          (limit, program, startUs) => {
            const build = openBuild(name, 1);
            const { x } = build;
            const { at, text, take, peek, remaining } = table(build, kind, 64, limit, 100_000);
            const twins = new Map<number, InstanceType<typeof Twin>>();
            let nowUs = startUs;
            for (const { key, stepUs, weight, refund } of program) {
              nowUs += stepUs;
              const now = BigInt(nowUs) * 1024n;
              if (!twins.has(key)) twins.set(key, new Twin(limit, 102_400_000n));
              const twin = twins.get(key)!;
              expect(peek(`key-${key}`, weight, nowUs)).toBe(usOf(twin.peek(weight, now)));
              expect(take(`key-${key}`, weight, nowUs)).toBe(usOf(twin.take(weight, now)));
              if (refund > 0) {
                x.keyedWindowRefund(at, ...text(`key-${key}`), refund, nowUs);
                twin.refund(refund, now);
              }
              expect(remaining(`key-${key}`, nowUs)).toBe(twin.remaining(now));
              expect(x.keyedWindowResetAfter(at, ...text(`key-${key}`), nowUs)).toBe(usOf(twin.resetAfter(now)));
            }
          },
        ),
        { numRuns: 40 },
      );
    });

    test("holds all the keys that it was made for, at 20 bytes each", () => {
      const build = openBuild(name, 32);
      const keys = 20_000;
      const { at, take, peek } = table(build, kind, keys, 1, 1e9);
      for (let i = 0; i < keys; i++) expect(take(`key-${i}`, 1, 5)).toBe(0);
      expect([build.x.keyedRead(at, 0), build.x.keyedRead(at, 1)]).toEqual([keys, 0]);
      expect(build.x.keyedSize(keys) / keys).toBeLessThanOrEqual(20.2);
      for (let i = 0; i < keys; i += 7) expect(peek(`key-${i}`, 1, 5)).toBeGreaterThan(0);
    });

    test("keys of windows that are over make room for new ones", () => {
      const build = openBuild(name, 8);
      const { at, take } = table(build, kind, 500, 1, 100_000);
      for (let round = 0; round < 20; round++) {
        for (let i = 0; i < 400; i++) expect(take(`round-${round}-${i}`, 1, round * 200_000)).toBe(0);
      }
      expect(build.x.keyedRead(at, 1)).toBe(0);
    });

    test("forged keys evict no key that refuses, and share one limiter when nothing may be evicted", () => {
      const build = openBuild(name, 8);
      const { at, take, peek } = table(build, kind, 200, 2, 1e9);
      for (let i = 0; i < 100; i++) expect(take(`blocked-${i}`, 2, 5)).toBe(0);
      let admitted = 0;
      for (let i = 0; i < 20_000; i++) if (take(`forged-${i}`, 2, 6) === 0) admitted++;
      for (let i = 0; i < 100; i++) expect(peek(`blocked-${i}`, 1, 7)).toBeGreaterThan(0);
      const slots = build.x.keyedRead(at, 2) * 4;
      expect(admitted).toBeLessThanOrEqual(slots - 100 + 1);
      expect(admitted).toBeGreaterThan(slots - 100 - 20);
    });

    test("when it must forget somebody, it forgets who used least", () => {
      const build = openBuild(name, 8);
      const { at, take, peek } = table(build, kind, 200, 100, 1e9);
      for (let i = 0; i < 100; i++) take(`heavy-${i}`, 50, 5);
      for (let i = 0; i < 5_000; i++) take(`light-${i}`, 1, 5);
      expect(build.x.keyedRead(at, 1)).toBeGreaterThan(4_000);
      let remembered = 0;
      for (let i = 0; i < 100; i++) if (peek(`heavy-${i}`, 100, 5) > 0) remembered++;
      expect(remembered).toBeGreaterThan(90);
    });

    test("a snapshot moves to another memory, size and clock, with its windows", () => {
      const [one, two] = [openBuild(name, 8), openBuild(name, 8)];
      const from = table(one, kind, 300, 3, 1e6);
      const into = table(two, kind, 400, 3, 1e6);
      for (let i = 0; i < 200; i++) from.take(`key-${i % 150}`, 1, 7_300_000 + i * 4_000);
      into.take("stays not", 3, 1);
      const head = [one.alloc(64), two.alloc(64)] as const;
      const piece = [one.alloc(1_024), two.alloc(1_024)] as const;
      expect(one.x.snapshotSize(from.at)).toBe(64);
      one.x.keyedWindowSaveHead(from.at, head[0], 8_100_000);
      two.bytes(head[1], 64).set(one.bytes(head[0], 64));
      expect(two.x.keyedWindowLoadHead(into.at, head[1], 50)).toBe(0);
      const buckets = one.x.keyedRead(from.at, 2);
      for (let first = 0; first < buckets; first += 16) {
        const written = one.x.keyedWindowSave(from.at, first, Math.min(16, buckets - first), piece[0], 8_100_000);
        two.bytes(piece[1], written).set(one.bytes(piece[0], written));
        two.x.keyedWindowLoad(into.at, piece[1], written / 16, 50);
      }
      for (let i = 0; i < 160; i++) {
        for (const laterUs of [0, 400_000, 1_200_000]) {
          expect(into.peek(`key-${i}`, 3, 50 + laterUs)).toBe(from.peek(`key-${i}`, 3, 8_100_000 + laterUs));
        }
      }
      expect(into.peek("stays not", 3, 50)).toBe(0);
      two.bytes(head[1], 64)[40]! ^= 1;
      expect(two.x.keyedWindowLoadHead(into.at, head[1], 50)).toBe(3);
    });
  },
);

test("all builds give the same answers and keep the same bytes", () => {
  const time = fc.oneof(fc.double({ min: 0, max: 1e7, noNaN: true }), fc.constantFrom(Number.NaN, -1, 1e300));
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1),
      fc.array(
        fc.record({
          what: fc.nat(5),
          key: fc.string({ maxLength: 12, unit: "grapheme" }),
          weight: fc.double({ min: 0, max: 4 }),
          now: time,
        }),
        { maxLength: 60 },
      ),
      (kind, program) => {
        const transcripts = builds.map((name) => {
          const build = openBuild(name, 4);
          const { at, take, peek, text } = table(build, kind, 6, 3, 1_000_000);
          const said: number[] = [];
          for (const { what, key, weight, now } of program) {
            if (what < 3) said.push(take(key, weight, now));
            else if (what === 3) said.push(peek(key, weight, now));
            else if (what === 4) build.x.keyedWindowRefund(at, ...text(key), weight, now);
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
