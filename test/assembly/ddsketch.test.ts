/** DDSketch against one that keeps every value, in every build that has it. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DDSketchTwin } from "../twins/ddsketch.js";
import { type Build, type BuildName, buildsWith, openBuild } from "./builds.js";
import { rankOf } from "./sketch-contract.js";

const builds: readonly BuildName[] = buildsWith("ddsketchInit");

function sketch({ x, alloc }: Build, alpha: number, bins: number): number {
  const at = alloc(x.ddsketchSize(bins));
  expect(x.ddsketchInit(at, alpha, bins)).toBe(0);
  return at;
}

const values = fc.array(
  fc.oneof(
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.integer({ min: -20, max: 20 }),
    fc.integer({ min: -1_022, max: 1_023 }).map((exponent) => 2 ** exponent),
    fc.constantFrom(0, 5e-324, 2 ** -1022, Number.MAX_VALUE, -Number.MAX_VALUE),
  ),
  { minLength: 1, maxLength: 40 },
);

describe.each(builds)("%s", (name) => {
  test("answers are those of all values sorted into buckets, collapsed ones too", () => {
    fc.assert(
      fc.property(fc.constantFrom(0.001, 0.01, 0.25), fc.constantFrom(16, 64, 1024), values, (alpha, bins, all) => {
        const build = openBuild(name);
        const at = sketch(build, alpha, bins);
        const twin = new DDSketchTwin(alpha, bins);
        for (const value of all) {
          build.x.ddsketchRecord(at, value);
          twin.record(value);
        }
        for (const q of [0, 0.1, 0.5, 0.9, 0.99, 1]) {
          const expected = twin.atRank(rankOf(q, all.length));
          const got = build.x.ddsketchQuantile(at, q);
          // What is nearer to 0 than 2^-1022 counts as 0, and the twin's powers lose their last places down there.
          expect(Math.abs(got - expected), `${q}: ${got}, not ${expected}`).toBeLessThanOrEqual(
            Math.max(Math.abs(expected) * 1e-11, 2 ** -1021),
          );
        }
      }),
      { numRuns: 30 },
    );
  });

  test("every magnitude whose bucket was not collapsed keeps the bound", () => {
    fc.assert(
      fc.property(fc.constantFrom(0.01, 0.1), fc.constantFrom(16, 256), values, (alpha, bins, all) => {
        const build = openBuild(name);
        const at = sketch(build, alpha, bins);
        const twin = new DDSketchTwin(alpha, bins);
        for (const value of all) {
          build.x.ddsketchRecord(at, value);
          twin.record(value);
        }
        const sorted = all.toSorted((a, b) => a - b);
        for (const q of [0.1, 0.5, 0.9, 0.99]) {
          const exact = sorted[rankOf(q, all.length) - 1]!;
          if (Math.abs(exact) < 2 ** -1022 || !twin.keeps(exact)) continue;
          const off = Math.abs(build.x.ddsketchQuantile(at, q) - exact);
          expect(off).toBeLessThanOrEqual(Math.abs(exact) * (alpha + 1e-11));
        }
      }),
      { numRuns: 40 },
    );
  });

  test("a merge takes the negative values along", () => {
    const build = openBuild(name);
    const [one, two] = [sketch(build, 0.01, 1024), sketch(build, 0.01, 1024)];
    for (const value of [1, 2, 3]) build.x.ddsketchRecord(one, value);
    for (const value of [-7, -5, -6]) build.x.ddsketchRecord(two, value);
    expect(build.x.ddsketchMerge(one, two)).toBe(0);
    expect(build.x.ddsketchQuantile(one, 0)).toBe(-7);
    expect(build.x.ddsketchQuantile(one, 0.4)).toBeCloseTo(-5, 0);
    expect(build.x.ddsketchQuantile(one, 0.5)).toBeCloseTo(-5, 0);
  });

  test("many values at once are recorded as one after the other", () => {
    const build = openBuild(name);
    const [one, many] = [sketch(build, 0.01, 64), sketch(build, 0.01, 64)];
    const all = Array.from({ length: 100 }, (_, n) => (n % 7) * 1.1 ** n - 50);
    const from = build.alloc(800);
    new Float64Array(build.memory.buffer, from, 100).set(all);
    build.x.ddsketchRecordMany(many, from, 100);
    for (const value of all) build.x.ddsketchRecord(one, value);
    const bytes = build.x.ddsketchSize(64);
    expect(build.bytes(many, bytes)).toEqual(build.bytes(one, bytes));
  });

  test("numbers out of range are refused", () => {
    const { x, alloc } = openBuild(name);
    const at = alloc(1_000);
    expect([0, 8, 17, 32_768].map((bins) => x.ddsketchSize(bins))).toEqual([0, 0, 0, 0]);
    expect([0, 0.3, Number.NaN, -0.1].map((alpha) => x.ddsketchInit(at, alpha, 16))).toEqual([1, 1, 1, 1]);
  });
});
