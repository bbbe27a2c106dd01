/** The t-digest against one over plain lists, in every build that has it. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../ts/kernel/index.js";
import { DigestTwin } from "../twins/t-digest.js";
import { type Build, type BuildName, buildsWith, openBuild } from "./builds.js";
import { rankOf } from "./sketch-contract.js";

const builds: readonly BuildName[] = buildsWith("tdigestInit");

function digest({ x, alloc }: Build, compression: number): number {
  const at = alloc(x.tdigestSize(compression));
  expect(x.tdigestInit(at, compression)).toBe(0);
  return at;
}

const shares = [0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1];

/** Long series in few numbers: a shape, a seed and a length. */
const series = fc.tuple(fc.constantFrom("uniform", "heavy", "few", "rising", "falling"), fc.nat(), fc.nat(3_000));
function valuesOf([shape, seed, length]: readonly [string, number, number]): number[] {
  const random = seeded(seed);
  return Array.from({ length }, (_, n) => {
    const draw = random.next();
    if (shape === "uniform") return draw - 0.5;
    if (shape === "heavy") return 1 / (draw + 1e-9);
    if (shape === "few") return Math.floor(draw * 7);
    return shape === "rising" ? n : -n;
  });
}

describe.each(builds)("%s", (name) => {
  test("answers are the twin's, merged ones too", () => {
    fc.assert(
      fc.property(fc.constantFrom(10, 25, 100), series, series, (compression, first, second) => {
        const build = openBuild(name);
        const [one, two] = [digest(build, compression), digest(build, compression)];
        const [twinOne, twinTwo] = [new DigestTwin(compression), new DigestTwin(compression)];
        for (const value of valuesOf(first)) {
          build.x.tdigestRecord(one, value);
          twinOne.record(value);
        }
        for (const value of valuesOf(second)) {
          build.x.tdigestRecord(two, value);
          twinTwo.record(value);
        }
        expect(build.x.tdigestMerge(one, two)).toBe(0);
        twinOne.merge(twinTwo);
        expect(shares.map((q) => build.x.tdigestQuantile(one, q))).toEqual(shares.map((q) => twinOne.quantile(q)));
        const centroids = build.x.tdigestCentroids(one);
        expect(centroids).toBe(twinOne.centroids);
        expect(centroids).toBeLessThanOrEqual(2 * compression);
      }),
      { numRuns: 12 },
    );
  });

  test("ranks are within twice the heaviest centroid there, or four times where values are equal", () => {
    fc.assert(
      fc.property(series, (one) => {
        const build = openBuild(name);
        const at = digest(build, 50);
        const values = valuesOf(one);
        for (const value of values) build.x.tdigestRecord(at, value);
        const sorted = values.toSorted((a, b) => a - b);
        const n = sorted.length;
        if (n === 0) return;
        for (const q of shares) {
          const rank = rankOf(q, n);
          const heaviest = 2 * Math.sin(Math.PI / 50) * Math.sqrt(rank * (n - rank));
          const off = heaviest * (one[0] === "few" ? 4 : 2) + 1;
          const got = build.x.tdigestQuantile(at, q);
          expect(got).toBeGreaterThanOrEqual(sorted[Math.max(0, Math.floor(rank - off) - 1)]!);
          expect(got).toBeLessThanOrEqual(sorted[Math.min(n, Math.ceil(rank + off)) - 1]!);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("it is exact while every centroid is one value", () => {
    const build = openBuild(name);
    const at = digest(build, 200);
    for (let value = 60; value > 0; value--) build.x.tdigestRecord(at, value);
    expect(build.x.tdigestCentroids(at)).toBe(60);
    for (const q of shares) expect(build.x.tdigestQuantile(at, q)).toBe(rankOf(q, 60));
  });

  test("many values at once are recorded as one after the other", () => {
    const build = openBuild(name);
    const [one, many] = [digest(build, 20), digest(build, 20)];
    const all = Array.from({ length: 500 }, (_, n) => ((n * 7_919) % 1_009) - 500);
    const from = build.alloc(4_000);
    new Float64Array(build.memory.buffer, from, 500).set(all);
    build.x.tdigestRecordMany(many, from, 500);
    for (const value of all) build.x.tdigestRecord(one, value);
    const bytes = build.x.tdigestSize(20);
    expect(build.bytes(many, bytes)).toEqual(build.bytes(one, bytes));
  });

  test("numbers out of range are refused", () => {
    const { x, alloc } = openBuild(name);
    expect([0, 9, 4_001, -1].map((compression) => x.tdigestSize(compression))).toEqual([0, 0, 0, 0]);
    expect(x.tdigestInit(alloc(1_000), 9)).toBe(1);
  });
});
