/** The committed vectors of the sketches, on every build that has them. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Build, buildsWith, openBuild } from "../assembly/builds.js";
import type { DDSketchVectors, DigestVectors, ExponentialVectors, P2Vectors } from "../twins/vectors/sketches.js";

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8")) as T;

const made = ({ alloc }: Build, bytes: number, init: (at: number) => number): number => {
  const at = alloc(bytes);
  expect(init(at)).toBe(0);
  return at;
};

describe.each(buildsWith("ddsketchInit"))("%s", (name) => {
  test("exponential.json", () => {
    const { indexes, cases } = read<ExponentialVectors>("exponential.json");
    const build = openBuild(name);
    const { x, memory } = build;
    for (const [magnitude, scale, index] of indexes) {
      expect([magnitude, scale, x.exponentialIndex(magnitude, scale)]).toEqual([magnitude, scale, index]);
    }
    for (const { maxSize, maxScale, values, scale, zeros, positive, negative } of cases) {
      const at = made(build, x.exponentialSize(maxSize), (to) => x.exponentialInit(to, maxSize, maxScale));
      for (const value of values) x.exponentialRecord(at, value);
      expect([x.exponentialState(at, 0), x.exponentialZeros(at)]).toEqual([scale, zeros]);
      for (const [sign, expected] of [positive, negative].entries()) {
        const offset = x.exponentialState(at, 1 + 2 * sign);
        const size = x.exponentialState(at, 2 + 2 * sign);
        const counts = [...new Float64Array(memory.buffer, at + x.exponentialCounts(at, sign), size)];
        expect({ offset, counts }).toEqual(expected);
      }
    }
  });

  test("ddsketch.json", () => {
    for (const { alpha, bins, values, quantiles } of read<DDSketchVectors>("ddsketch.json").cases) {
      const build = openBuild(name);
      const { x } = build;
      const at = made(build, x.ddsketchSize(bins), (to) => x.ddsketchInit(to, alpha, bins));
      for (const value of values) x.ddsketchRecord(at, value);
      const got = quantiles.map(([share]) => [share, Number(x.ddsketchQuantile(at, share).toPrecision(12))]);
      expect(got).toEqual(quantiles);
    }
  });

  test("p2.json", () => {
    for (const { share, values, estimates } of read<P2Vectors>("p2.json").cases) {
      const build = openBuild(name);
      const { x } = build;
      const at = made(build, x.p2Size(), (to) => x.p2Init(to, share));
      const got = values.map((value) => {
        x.p2Record(at, value);
        return x.p2Value(at);
      });
      expect(got).toEqual(estimates);
    }
  });

  test("tdigest.json", () => {
    for (const { compression, parts, centroids, quantiles } of read<DigestVectors>("tdigest.json").cases) {
      const build = openBuild(name);
      const { x } = build;
      const [first, second] = parts.map((values) => {
        const at = made(build, x.tdigestSize(compression), (to) => x.tdigestInit(to, compression));
        for (const value of values) x.tdigestRecord(at, value);
        return at;
      });
      expect(x.tdigestMerge(first!, second!)).toBe(0);
      expect(quantiles.map(([share]) => [share, x.tdigestQuantile(first!, share)])).toEqual(quantiles);
      expect(x.tdigestCentroids(first!)).toBe(centroids);
    }
  });
});
