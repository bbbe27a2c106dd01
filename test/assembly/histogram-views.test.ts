/** What the full module adds to the histogram, against plain counting, in every build that has it. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Build, type BuildName, buildsWith, openBuild } from "./builds.js";

const builds: readonly BuildName[] = buildsWith("histogramCountUpTo");
const hourUs = 3_600_000_000;

function histogram({ x, alloc }: Build, bits = 6): number {
  const at = alloc(x.histogramSize(bits, hourUs));
  expect(x.histogramInit(at, bits, hourUs)).toBe(0);
  return at;
}

const stateOf = (build: Build, at: number): Buffer => Buffer.from(build.bytes(at, build.x.histogramSize(6, hourUs)));

/** Whole ticks, so that differences are exact. */
const spans = fc.oneof(fc.nat(40), fc.nat(100_000), fc.nat(2 ** 31 - 1)).map((ticks) => ticks / 1024);
const values = fc.array(fc.oneof(spans, fc.constantFrom(0, hourUs, 2 * hourUs, -1)), { maxLength: 40 });

describe.each(builds)("%s", (name) => {
  test("a corrected value is recorded with those that it held up", () => {
    fc.assert(
      fc.property(
        fc.oneof(spans, fc.constant(hourUs)),
        fc.double({ min: 0.002, max: 2, noNaN: true }),
        (value, part) => {
          const build = openBuild(name);
          const [corrected, plain] = [histogram(build), histogram(build)];
          const intervalTicks = Math.max(1, Math.floor(value * 1024 * part));
          build.x.histogramRecordCorrected(corrected, value, intervalTicks / 1024);
          build.x.histogramRecord(plain, value);
          for (let ticks = value * 1024 - intervalTicks; ticks >= intervalTicks; ticks -= intervalTicks) {
            build.x.histogramRecord(plain, ticks / 1024);
          }
          expect(stateOf(build, corrected).equals(stateOf(build, plain))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("an hour in steps of a nanosecond is counted, not walked", () => {
    const build = openBuild(name);
    const at = histogram(build);
    build.x.histogramRecordCorrected(at, hourUs, 1 / 1024);
    expect(build.x.histogramRead(at, 0)).toBe(hourUs * 1024);
    expect(build.x.histogramRead(at, 2)).toBe(1 / 1024);
    expect(build.x.histogramRead(at, 1)).toBe(2 ** 63 / 1024);
  });

  test("without an interval, and for odd numbers, only what can be is recorded", () => {
    const build = openBuild(name);
    const at = histogram(build);
    build.x.histogramRecordCorrected(at, Number.NaN, 1);
    expect(build.x.histogramRead(at, 0)).toBe(0);
    for (const interval of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 10]) {
      build.x.histogramRecordCorrected(at, 19, interval);
    }
    build.x.histogramRecordCorrected(at, -5, 1);
    expect(build.x.histogramRead(at, 0)).toBe(6);
    build.x.histogramRecordCorrected(at, 20, 10);
    expect(build.x.histogramRead(at, 0)).toBe(8);
    // The longest value is told apart no further, and neither is what it held up.
    build.x.histogramRecordCorrected(at, Number.POSITIVE_INFINITY, hourUs / 4);
    expect(build.x.histogramRead(at, 0)).toBe(12);
  });

  test("recording in step with others is recording", () => {
    fc.assert(
      fc.property(values, (all) => {
        const build = openBuild(name);
        const [shared, plain, copy] = [histogram(build), histogram(build), histogram(build)];
        for (const value of [...all, Number.NaN]) {
          build.x.histogramRecordShared(shared, value);
          build.x.histogramRecord(plain, value);
        }
        expect(stateOf(build, shared).equals(stateOf(build, plain))).toBe(true);
        build.x.histogramRecord(copy, 7);
        build.x.histogramCopyShared(shared, copy);
        expect(stateOf(build, copy).equals(stateOf(build, plain))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test("counts in step with others stop where counts stop", () => {
    const build = openBuild(name);
    const at = histogram(build);
    const cell = new DataView(build.memory.buffer);
    cell.setUint32(at + 56 + 4 * build.x.histogramBucketOf(at, 5), 2 ** 32 - 1, true);
    build.x.histogramRecordShared(at, 5);
    expect(build.x.histogramBucketCount(at, build.x.histogramBucketOf(at, 5)) >>> 0).toBe(2 ** 32 - 1);
  });

  test("buckets are contiguous, and each has what lies in it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), values, spans, (bits, all, limit) => {
        const build = openBuild(name);
        const { x } = build;
        const at = histogram(build, bits);
        const kept = all.map((value) => Math.max(0, Math.min(value, hourUs)));
        for (const value of all) x.histogramRecord(at, value);
        const found: number[] = [];
        for (let bucket = x.histogramNextBucket(at, 0); bucket >= 0; bucket = x.histogramNextBucket(at, bucket + 1)) {
          const [from, to] = [x.histogramBucketFrom(at, bucket), x.histogramBucketFrom(at, bucket + 1)];
          expect([x.histogramBucketOf(at, from), x.histogramBucketOf(at, to - 1 / 1024)]).toEqual([bucket, bucket]);
          expect(x.histogramBucketCount(at, bucket)).toBe(kept.filter((value) => value >= from && value < to).length);
          found.push(bucket);
        }
        expect(found).toEqual([...new Set(kept.map((value) => x.histogramBucketOf(at, value)))].sort((a, b) => a - b));
        const end = x.histogramBucketFrom(at, x.histogramBucketOf(at, limit) + 1);
        expect(x.histogramCountUpTo(at, limit)).toBe(kept.filter((value) => value < end).length);
        expect(x.histogramBucketCount(at, 1_000_000)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  test("subtracting an earlier state leaves what was recorded since", () => {
    fc.assert(
      fc.property(values, values, (before, since) => {
        const build = openBuild(name);
        const { x } = build;
        const [all, earlier, later] = [histogram(build), histogram(build), histogram(build)];
        for (const value of before) for (const at of [all, earlier]) x.histogramRecord(at, value);
        for (const value of since) for (const at of [all, later]) x.histogramRecord(at, value);
        expect(x.histogramSubtract(all, earlier)).toBe(0);
        // Smallest and largest are known to their buckets.
        for (const what of [2, 3]) {
          const [got, exact] = [x.histogramRead(all, what), x.histogramRead(later, what)];
          if (since.length === 0) expect(got).toBe(exact);
          else expect(x.histogramBucketOf(all, got)).toBe(x.histogramBucketOf(all, exact));
        }
        const [got, exact] = [stateOf(build, all), stateOf(build, later)];
        expect(Buffer.concat([got.subarray(0, 40), got.subarray(56)])).toEqual(
          Buffer.concat([exact.subarray(0, 40), exact.subarray(56)]),
        );
      }),
      { numRuns: 30 },
    );
  });

  test("more than there is, and another shape, is not taken away", () => {
    const build = openBuild(name);
    const [one, two] = [histogram(build), histogram(build)];
    build.x.histogramRecord(one, 5);
    build.x.histogramRecord(two, 9);
    const before = stateOf(build, one);
    expect(build.x.histogramSubtract(one, two)).toBe(2);
    expect(build.x.histogramSubtract(one, histogram(build, 5))).toBe(2);
    expect(stateOf(build, one).equals(before)).toBe(true);
  });
});
