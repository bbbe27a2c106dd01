/** The P² quantile against the paper and a twin, in every build that has it. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { P2Twin } from "../twins/p2.js";
import { type Build, type BuildName, buildsWith, openBuild } from "./builds.js";

const builds: readonly BuildName[] = buildsWith("p2Init");

function estimator({ x, alloc }: Build, share: number): number {
  const at = alloc(x.p2Size());
  expect(x.p2Init(at, share)).toBe(0);
  return at;
}

/** Table I of the paper: the twenty observations of its example, whose median it estimates. */
const observations = [
  0.02, 0.15, 0.74, 3.39, 0.83, 22.37, 10.15, 15.43, 38.62, 15.92, 34.6, 10.28, 1.47, 0.4, 0.05, 11.39, 0.27, 0.42,
  0.09, 11.37,
];

describe.each(builds)("%s", (name) => {
  test("the paper's example ends with the paper's markers", () => {
    const build = openBuild(name);
    const at = estimator(build, 0.5);
    for (const value of observations) build.x.p2Record(at, value);
    expect(build.x.p2Value(at)).toBeCloseTo(4.44, 2);
    const markers = [...new Float64Array(build.memory.buffer, at + 48, 10)];
    expect(markers.slice(0, 5).map((height) => Math.round(height * 100) / 100)).toEqual([
      0.02, 0.49, 4.44, 17.2, 38.62,
    ]);
    expect(markers.slice(5)).toEqual([1, 6, 10, 16, 20]);
  });

  test("every step is the twin's", () => {
    const values = fc.array(
      fc.oneof(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.integer({ min: 0, max: 5 }), fc.double()),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), values, (share, all) => {
        const build = openBuild(name);
        const at = estimator(build, share);
        const twin = new P2Twin(share);
        for (const value of all) {
          build.x.p2Record(at, value);
          twin.record(value);
          expect(build.x.p2Value(at) + 0).toBe(twin.value + 0);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("of 100,000 values it is within half a percent of the ranks", () => {
    const build = openBuild(name);
    for (const share of [0.1, 0.5, 0.95, 0.99]) {
      const at = estimator(build, share);
      // A walk over all fractions of 100,003, a prime: uniform, and in no order.
      const values = Float64Array.from({ length: 100_000 }, (_, n) => ((n + 1) * 61_803) % 100_003);
      const from = build.alloc(8_000);
      for (let done = 0; done < values.length; done += 1_000) {
        new Float64Array(build.memory.buffer, from, 1_000).set(values.subarray(done, done + 1_000));
        build.x.p2RecordMany(at, from, 1_000);
      }
      expect(Math.abs(build.x.p2Value(at) / 100_003 - share)).toBeLessThan(0.005);
    }
  });

  test("shares that are no shares are refused", () => {
    const { x, alloc } = openBuild(name);
    const at = alloc(x.p2Size());
    expect([0, 1, -1, Number.NaN].map((share) => x.p2Init(at, share))).toEqual([1, 1, 1, 1]);
  });
});
