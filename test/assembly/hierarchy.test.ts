/** Several limiters as one: all or nothing, the longest wait, and who refused. Each level's oracle is a limiter of its kind by itself. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Build, buildsWith, openBuild, writeText } from "./builds.js";

const never = Number.POSITIVE_INFINITY;
const secret = [1, 2, 3, 4] as const;
const lengthUs = 1_000_000;
const builds = buildsWith("hierarchyTryAcquire");

/** A limiter, the key to ask for where it is a table, and its calls by themselves. */
interface Level {
  readonly at: number;
  readonly key: string;
  peek(weight: number, nowUs: number): number;
  take(weight: number, nowUs: number): number;
  remaining(nowUs: number): number;
}

type Make = (build: Build, limit: number) => Level;

const makers: Readonly<Record<string, Make>> = {
  gcra({ x, alloc }, limit) {
    const at = alloc(x.gcraSize());
    x.gcraInit(at, limit, lengthUs, limit, limit);
    return {
      at,
      key: "",
      peek: (weight, nowUs) => x.gcraPeek(at, weight, nowUs),
      take: (weight, nowUs) => x.gcraTryAcquire(at, weight, nowUs),
      remaining: (nowUs) => x.gcraRemaining(at, nowUs),
    };
  },
  fixed: (build, limit) => counter(build, 0, limit),
  sliding: (build, limit) => counter(build, 1, limit),
  log({ x, alloc }, limit) {
    const at = alloc(x.slidingLogSize(limit));
    x.slidingLogInit(at, limit, lengthUs);
    return {
      at,
      key: "",
      peek: (weight, nowUs) => x.slidingLogPeek(at, weight, nowUs),
      take: (weight, nowUs) => x.slidingLogTryAcquire(at, weight, nowUs),
      remaining: (nowUs) => x.slidingLogRemaining(at, nowUs),
    };
  },
  keyed(build, limit) {
    const { x, alloc } = build;
    const [at, text] = [alloc(x.keyedSize(10)), alloc(64)];
    x.keyedInit(at, 10, limit, lengthUs, limit, ...secret);
    const length = writeText(build, text, "ada");
    return {
      at,
      key: "ada",
      peek: (weight, nowUs) => x.keyedPeek(at, text, length, weight, nowUs),
      take: (weight, nowUs) => x.keyedTryAcquire(at, text, length, weight, nowUs),
      remaining: (nowUs) => x.keyedRemaining(at, text, length, nowUs),
    };
  },
  keyedWindow(build, limit) {
    const { x, alloc } = build;
    const [at, text] = [alloc(x.keyedSize(10)), alloc(64)];
    x.keyedWindowInit(at, 1, 10, limit, lengthUs, ...secret);
    const length = writeText(build, text, "bob");
    return {
      at,
      key: "bob",
      peek: (weight, nowUs) => x.keyedWindowPeek(at, text, length, weight, nowUs),
      take: (weight, nowUs) => x.keyedWindowTryAcquire(at, text, length, weight, nowUs),
      remaining: (nowUs) => x.keyedWindowRemaining(at, text, length, nowUs),
    };
  },
};

function counter({ x, alloc }: Build, kind: 0 | 1, limit: number): Level {
  const at = alloc(x.windowCounterSize());
  x.windowCounterInit(at, kind, limit, lengthUs);
  return {
    at,
    key: "",
    peek: (weight, nowUs) => x.windowCounterPeek(at, weight, nowUs),
    take: (weight, nowUs) => x.windowCounterTryAcquire(at, weight, nowUs),
    remaining: (nowUs) => x.windowCounterRemaining(at, nowUs),
  };
}

/** Writes the list of these levels. */
function list(build: Build, levels: readonly { readonly at: number; readonly key: string }[]): number {
  const at = build.alloc(build.x.hierarchySize(levels.length));
  const words = new Uint32Array(build.memory.buffer);
  words.set([levels.length, 0, 0, 0], at >> 2);
  for (const [i, { at: limiter, key }] of levels.entries()) {
    const text = build.alloc(64);
    words.set([limiter - at, text - at, writeText(build, text, key), 0], (at + 16 + 16 * i) >> 2);
  }
  return at;
}

const refusedBy = (build: Build, at: number): number => new Uint32Array(build.memory.buffer)[(at >> 2) + 1]!;

describe.each(builds)("%s", (name) => {
  test("takes from all or from none, tells the longest wait and whose it is", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...Object.keys(makers)), fc.integer({ min: 1, max: 12 })), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.array(fc.record({ stepUs: fc.nat(400_000), weight: fc.integer({ min: 0, max: 4 }) }), { maxLength: 30 }),
        (kinds, program) => {
          const build = openBuild(name, 2);
          const levels = kinds.map(([kind, limit]) => makers[kind]!(build, limit));
          const alone = kinds.map(([kind, limit]) => makers[kind]!(build, limit));
          const at = list(build, levels);
          let nowUs = 1_000;
          for (const { stepUs, weight } of program) {
            nowUs += stepUs;
            const waits = alone.map((level) => level.peek(weight, nowUs));
            const longest = Math.max(...waits);
            if (longest === 0) for (const level of alone) level.take(weight, nowUs);
            expect(build.x.hierarchyPeek(at, weight, nowUs)).toBe(longest);
            expect(build.x.hierarchyTryAcquire(at, weight, nowUs)).toBe(longest);
            if (longest > 0) expect(waits[refusedBy(build, at)]).toBe(longest);
            expect(levels.map((level) => level.remaining(nowUs))).toEqual(alone.map((level) => level.remaining(nowUs)));
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test("odd weights refuse for ever and take nothing, and so does a level that is none", () => {
    const build = openBuild(name, 2);
    const level = makers["gcra"]!(build, 5);
    const at = list(build, [level, makers["fixed"]!(build, 5)]);
    for (const weight of [-1, Number.NaN, 6, 1e300]) expect(build.x.hierarchyTryAcquire(at, weight, 0)).toBe(never);
    expect(build.x.hierarchyTryAcquire(at, 0, 0)).toBe(0);
    const nobody = build.alloc(64);
    build.bytes(nobody, 64).fill(0);
    const bad = list(build, [level, { at: nobody, key: "" }]);
    expect(build.x.hierarchyTryAcquire(bad, 1, 0)).toBe(never);
    expect(refusedBy(build, bad)).toBe(1);
    expect(level.remaining(0)).toBe(5);
    expect([build.x.hierarchySize(0), build.x.hierarchySize(2 ** 16 + 1)]).toEqual([0, 0]);
  });
});
