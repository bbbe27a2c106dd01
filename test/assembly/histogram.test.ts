/** The latency histogram against one that keeps every value, in every build. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HistogramTwin } from "../twins/histogram.js";
import { ticksFromUs } from "./abi.js";
import { type Build, buildNames, openBuild } from "./builds.js";

const usOf = (ticks: bigint): number => Number(ticks) / 1024;
const hourUs = 3_600_000_000;

const values = fc.array(
  fc.oneof(
    fc.double({ min: 0, max: 2_000_000, noNaN: true }),
    fc.nat(50),
    fc.constantFrom(0, 1 / 1024, hourUs, 2 * hourUs, 1e300, -4),
  ),
  { minLength: 1, maxLength: 60 },
);

function histogram(build: Build, bits = 6, mostUs = hourUs): number {
  const at = build.alloc(build.x.histogramSize(bits, mostUs));
  expect(build.x.histogramInit(at, bits, mostUs)).toBe(0);
  return at;
}

describe.each(buildNames)("%s", (name) => {
  test("quantiles are those of all values, to the bounded error", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        values,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
        (bits, recorded, shares) => {
          const build = openBuild(name, 4);
          const at = histogram(build, bits);
          const twin = new HistogramTwin(bits, ticksFromUs(hourUs));
          for (const value of recorded) {
            build.x.histogramRecord(at, value);
            twin.record(ticksFromUs(value));
          }
          build.x.histogramRecord(at, Number.NaN);
          expect(build.x.histogramRead(at, 0)).toBe(recorded.length);
          expect(build.x.histogramRead(at, 1)).toBe(usOf(twin.sum));
          expect(build.x.histogramRead(at, 2)).toBe(usOf(twin.values[0]!));
          expect(build.x.histogramRead(at, 3)).toBe(usOf(twin.values.at(-1)!));
          for (const share of [0, 0.5, 1, ...shares]) {
            const rank = Math.ceil(share * recorded.length - 0.000001);
            const got = build.x.histogramQuantile(at, share);
            expect(got).toBe(usOf(twin.atRank(rank)));
            const exact = usOf(twin.exact(rank));
            expect(Math.abs(got - exact)).toBeLessThanOrEqual(exact * 2 ** -(bits + 1));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("merging equals recording everything in one", () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const build = openBuild(name, 4);
        const [one, two, both] = [histogram(build), histogram(build), histogram(build)];
        for (const value of first) build.x.histogramRecord(one, value);
        for (const value of second) build.x.histogramRecord(two, value);
        for (const value of [...first, ...second]) build.x.histogramRecord(both, value);
        expect(build.x.histogramMerge(one, two)).toBe(0);
        const size = build.x.histogramSize(6, hourUs);
        expect(build.bytes(one, size).slice()).toEqual(build.bytes(both, size).slice());
      }),
      { numRuns: 30 },
    );
  });

  test("counts and sums stop instead of wrapping", () => {
    const build = openBuild(name, 4);
    const [one, two] = [histogram(build), histogram(build)];
    build.x.histogramRecord(one, hourUs);
    build.x.histogramRecord(two, hourUs);
    for (let doubling = 0; doubling < 40; doubling++) build.x.histogramMerge(one, one);
    expect(build.x.histogramRead(one, 0)).toBe(2 ** 40);
    expect(build.x.histogramRead(one, 1)).toBe(2 ** 63 / 1024);
    expect(build.x.histogramQuantile(one, 1)).toBe(hourUs);
    const view = new DataView(build.memory.buffer);
    const last = view.getUint32(one + 12, true) - 1;
    expect(view.getUint32(one + 56 + 4 * last, true)).toBe(2 ** 32 - 1);
    build.x.histogramMerge(one, two);
    expect(build.x.histogramRead(one, 1)).toBe(2 ** 63 / 1024);
  });

  test("an empty one says 0, another shape is not merged", () => {
    const build = openBuild(name, 4);
    const [one, other] = [histogram(build), histogram(build, 5)];
    expect(build.x.histogramQuantile(one, 0.5)).toBe(0);
    expect(build.x.histogramMerge(one, other)).not.toBe(0);
    expect(build.x.histogramSize(0, 1)).toBe(0);
    expect(build.x.histogramSize(12, 1)).toBe(0);
    expect(build.x.histogramSize(6, 0)).toBe(0);
    expect(build.x.histogramSize(6, 1e300)).toBe(0);
    build.x.histogramRecord(one, 5);
    build.x.histogramReset(one);
    expect(build.x.histogramRead(one, 0)).toBe(0);
  });

  test("0.07 of 100 values is the 7th, not the 8th", () => {
    const build = openBuild(name, 4);
    const at = histogram(build);
    for (let value = 1; value <= 100; value++) build.x.histogramRecord(at, value / 1024);
    expect(build.x.histogramQuantile(at, 0.07) * 1024).toBe(7);
  });
});
