/** The exponential histogram against its definition, in every build that has it. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExponentialTwin, exponentialIndex, roots } from "../twins/exponential.js";
import { type Build, type BuildName, buildsWith, openBuild } from "./builds.js";

const builds: readonly BuildName[] = buildsWith("exponentialInit");

function histogram({ x, alloc }: Build, maxSize: number, maxScale: number): number {
  const at = alloc(x.exponentialSize(maxSize));
  expect(x.exponentialInit(at, maxSize, maxScale)).toBe(0);
  return at;
}

function buckets({ x, memory }: Build, at: number, sign: 1 | -1): { offset: number; counts: number[] } {
  const first = sign > 0 ? 1 : 3;
  const counts = at + x.exponentialCounts(at, sign > 0 ? 0 : 1);
  return {
    offset: x.exponentialState(at, first),
    counts: [...new Float64Array(memory.buffer, counts, x.exponentialState(at, first + 1))],
  };
}

const magnitudes = fc.oneof(
  fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true }),
  fc.double({ min: 1, max: 2, noNaN: true }),
  fc.integer({ min: -1_074, max: 1_023 }).map((exponent) => 2 ** exponent),
  fc.integer({ min: -1_022, max: 1_023 }).map((exponent) => 2 ** exponent * (1 + 2 ** -52)),
  fc.integer({ min: -1_021, max: 1_023 }).map((exponent) => 2 ** exponent * (1 - 2 ** -53)),
);
const scales = fc.integer({ min: -10, max: 20 });

/** Calls `visit` with the last double below each boundary of scale 20 between 1 and 2, of which `step` leaves some out. */
function eachBoundary(step: number, visit: (below: number, index: number) => void): void {
  const double = new Float64Array(1);
  const bits = new BigUint64Array(double.buffer);
  let factor = 1n << 256n;
  for (let n = 0; n < step; n++) factor = (factor * roots[20]!) >> 256n;
  let bound = factor;
  for (let index = step; index < 2 ** 20; index += step) {
    bits[0] = 0x3ff0000000000000n | ((bound >> 204n) & 0xfffffffffffffn);
    visit(double[0]!, index);
    bound = (bound * factor) >> 256n;
  }
}

/** All of them in the long form: that takes two seconds. */
const boundaryStep = process.env["HOLDFAST_LONG"] === "1" ? 1 : 8;

test("the index is exact on both sides of the boundaries of scale 20", () => {
  const { x } = openBuild("server");
  let wrong = 0;
  eachBoundary(boundaryStep, (below, index) => {
    if (x.exponentialIndex(below, 20) !== index - 1) wrong++;
    if (x.exponentialIndex(below + 2 ** -52, 20) !== index) wrong++;
  });
  expect(wrong).toBe(0);
});

describe.each(builds)("%s", (name) => {
  test("the index is exact, at every scale", () => {
    const { x } = openBuild(name);
    fc.assert(
      fc.property(magnitudes, scales, (magnitude, scale) => {
        expect(x.exponentialIndex(magnitude, scale)).toBe(exponentialIndex(magnitude, scale));
      }),
      { numRuns: 300 },
    );
  });

  test("the index is exact beside the boundaries, at every scale above 0", () => {
    const { x } = openBuild(name);
    const wrong: number[] = [];
    eachBoundary(509, (below, index) => {
      for (let scale = 1; scale <= 20; scale++) {
        const [low, high] = [index - 1, index].map((each) => each >> (20 - scale));
        if (x.exponentialIndex(below, scale) !== low || x.exponentialIndex(below + 2 ** -52, scale) !== high) {
          wrong.push(scale);
        }
      }
    });
    expect(wrong).toEqual([]);
  });

  test("a power of the base is the last value of its bucket", () => {
    const { x } = openBuild(name);
    const powers = Array.from({ length: 2_046 }, (_, n) => n - 1_022);
    for (let scale = 0; scale <= 20; scale += 4) {
      const at = powers.map((exponent) => x.exponentialIndex(2 ** exponent, scale));
      const after = powers.map((exponent) => x.exponentialIndex(2 ** exponent * (1 + 2 ** -52), scale));
      expect(at).toEqual(powers.map((exponent) => exponent * 2 ** scale - 1));
      expect(after).toEqual(powers.map((exponent) => exponent * 2 ** scale));
    }
    // Scale -1 has base 4: 4 is in (1, 4], and what follows it in (4, 16].
    expect([1, 1.5, 4, 4.1, 16].map((value) => x.exponentialIndex(value, -1))).toEqual([-1, 0, 0, 1, 1]);
  });

  test("a lower bound is that of its bucket, to the last places", () => {
    const { x } = openBuild(name);
    fc.assert(
      fc.property(fc.double({ min: 2 ** -1000, max: 2 ** 1000, noNaN: true }), scales, (magnitude, scale) => {
        const index = x.exponentialIndex(magnitude, scale);
        expect(x.exponentialLowerBound(index, scale) * (1 - 2 ** -50)).toBeLessThan(magnitude);
        expect(x.exponentialLowerBound(index + 1, scale) * (1 + 2 ** -50)).toBeGreaterThanOrEqual(magnitude);
      }),
    );
    expect([-2, -1, 0, 1, 2].map((index) => x.exponentialLowerBound(index, -10))).toEqual([
      0,
      2 ** -1024,
      1,
      1 / 0,
      1 / 0,
    ]);
    for (const index of [-1, 0, 1, 3]) expect(x.exponentialLowerBound(index, 1)).toBeCloseTo(2 ** (index / 2), 14);
    expect([2 ** 31 - 1, -(2 ** 31)].map((index) => x.exponentialLowerBound(index, 0))).toEqual([1 / 0, 0]);
  });

  test("scale and buckets are those of the definition", () => {
    const values = fc.array(
      fc.tuple(fc.oneof(magnitudes, fc.double({ min: 1, max: 100, noNaN: true })), fc.constantFrom(1, -1, 0)),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(fc.constantFrom(2, 3, 10, 160), scales, values, (maxSize, maxScale, all) => {
        const build = openBuild(name);
        const at = histogram(build, maxSize, maxScale);
        const twin = new ExponentialTwin(maxSize, maxScale);
        for (const [magnitude, sign] of all) {
          build.x.exponentialRecord(at, magnitude * sign);
          twin.record(magnitude * sign);
        }
        expect(build.x.exponentialState(at, 0)).toBe(twin.scale);
        expect(build.x.exponentialZeros(at)).toBe(twin.zeros);
        expect(buckets(build, at, 1)).toEqual(twin.buckets(1));
        expect(buckets(build, at, -1)).toEqual(twin.buckets(-1));
      }),
      { numRuns: 60 },
    );
  });

  test("two buckets hold every double at scale -10", () => {
    const build = openBuild(name);
    const at = histogram(build, 2, 20);
    for (const value of [5e-324, 2 ** -1022, 1, Number.MAX_VALUE]) build.x.exponentialRecord(at, value);
    expect(build.x.exponentialState(at, 0)).toBe(-10);
    expect(buckets(build, at, 1)).toEqual({ offset: -1, counts: [3, 1] });
  });

  test("quantiles are within (base - 1) / (base + 1) of the exact ones", () => {
    const values = fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (all, q) => {
        const build = openBuild(name);
        const at = histogram(build, 2_000, 4);
        for (const value of all) build.x.exponentialRecord(at, value);
        const base = 2 ** (2 ** -build.x.exponentialState(at, 0));
        const rank = Math.max(1, Math.ceil(q * all.length - 0.000001));
        const exact = all.toSorted((a, b) => a - b)[rank - 1]!;
        if (Math.abs(exact) < 2 ** -1022) return;
        const off = Math.abs(build.x.exponentialQuantile(at, q) - exact);
        expect(off).toBeLessThanOrEqual(Math.abs(exact) * ((base - 1) / (base + 1) + 1e-12));
      }),
    );
  });

  test("many values at once are recorded as one after the other", () => {
    const build = openBuild(name);
    const [one, many] = [histogram(build, 20, 20), histogram(build, 20, 20)];
    const values = Array.from({ length: 100 }, (_, n) => (n % 7) * 1.1 ** n - 50);
    const from = build.alloc(800);
    new Float64Array(build.memory.buffer, from, 100).set(values);
    build.x.exponentialRecordMany(many, from, 100);
    for (const value of values) build.x.exponentialRecord(one, value);
    const bytes = build.x.exponentialSize(20);
    expect(build.bytes(many, bytes)).toEqual(build.bytes(one, bytes));
  });

  test("numbers out of range are refused", () => {
    const { x, alloc } = openBuild(name);
    const at = alloc(10_000);
    expect([0, 1, 16_385, -1].map((maxSize) => x.exponentialSize(maxSize))).toEqual([0, 0, 0, 0]);
    expect([1, 160, 160].map((size, n) => x.exponentialInit(at, size, [20, 21, -11][n]!))).toEqual([1, 1, 1]);
  });
});
