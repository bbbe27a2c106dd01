/** The classes of the sketches: what they add to the core's functions, which have tests of their own. */

import { describe, expect, test } from "vitest";
import {
  createFullRuntime,
  DDSketch,
  ExponentialHistogram,
  HdrHistogram,
  LatencyHistogram,
  P2Quantile,
  TDigest,
} from "../../ts/core/index.js";

const series = Array.from({ length: 1_000 }, (_, n) => ((n * 7_919) % 1_009) - 100);

describe.each([
  ["DDSketch", () => new DDSketch()],
  ["ExponentialHistogram", () => new ExponentialHistogram()],
  ["P2Quantile", () => new P2Quantile({ q: 0.9 })],
  ["TDigest", () => new TDigest()],
])("%s", (_, make) => {
  test("records many as one after the other, and forgets all", () => {
    const [one, many, none] = [make(), make(), make()];
    for (const value of series) one.record(value);
    many.recordMany(series);
    expect(many.snapshot()).toEqual(one.snapshot());
    expect([many.count, many.min, many.max]).toEqual([1_000, -100, 908]);
    expect(many.sum).toBe(series.reduce((sum, value) => sum + value));
    expect(many.mean).toBe(many.sum / 1_000);
    many.reset();
    many.recordMany(new Float64Array([Number.NaN, Number.POSITIVE_INFINITY]));
    expect(many.snapshot()).toEqual(none.snapshot());
    expect([many.count, many.sum, many.min, many.max, many.mean]).toEqual([0, 0, NaN, NaN, NaN]);
  });

  test("goes on from a snapshot", () => {
    const [one, two] = [make(), make()];
    one.recordMany(series);
    two.record(5);
    two.restore(one.snapshot());
    for (const sketch of [one, two]) sketch.recordMany([1, 2, 3]);
    expect(two.snapshot()).toEqual(one.snapshot());
  });
});

describe.each([
  ["DDSketch", DDSketch, new DDSketch({ relativeError: 0.02 })],
  ["ExponentialHistogram", ExponentialHistogram, new ExponentialHistogram({ maxSize: 80 })],
  ["TDigest", TDigest, new TDigest({ compression: 100 })],
  ["HdrHistogram", HdrHistogram, new HdrHistogram({ relativeError: 0.02 })],
] as const)("%s", (_, Sketch, other) => {
  test("merges one of the same memory and of another alike, and refuses other options", () => {
    const runtime = createFullRuntime();
    const filled = (values: readonly number[], where = runtime) => {
      const sketch = new Sketch({}, where);
      for (const value of values) sketch.record(value);
      return sketch;
    };
    const [near, far] = [filled(series), filled(series)];
    // biome-ignore lint/suspicious/noExplicitAny: each merges its own kind, which a union of classes cannot say
    const merge = (into: any, from: unknown): void => into.merge(from);
    merge(near, filled([5, 6, 7]));
    merge(far, filled([5, 6, 7], createFullRuntime()));
    expect(near.count).toBe(1_003);
    expect(far.snapshot()).toEqual(near.snapshot());
    expect(() => merge(near, other)).toThrow(expect.objectContaining({ code: "NOT_MERGEABLE" }));
  });
});

test("an exponential histogram tells its buckets as OTLP has them", () => {
  const histogram = new ExponentialHistogram({ maxScale: 1 });
  histogram.recordMany([1, 1.5, 2, -8, 0, 0]);
  expect(histogram.scale).toBe(1);
  expect(histogram.zeroCount).toBe(2);
  expect(histogram.positive).toEqual({ offset: -1, counts: new Float64Array([1, 0, 2]) });
  expect(histogram.negative).toEqual({ offset: 5, counts: new Float64Array([1]) });
  expect(histogram.lowerBound(2)).toBe(2);
});

describe("HdrHistogram", () => {
  test("counts up to a value, at a value, and bucket by bucket", () => {
    const histogram = new HdrHistogram();
    for (let ms = 1; ms <= 100; ms++) histogram.record(ms);
    expect(Math.abs(histogram.countUpTo(50) - 50)).toBeLessThanOrEqual(1);
    expect(histogram.countAt(10)).toBe(1);
    expect(histogram.countAt(1_000)).toBe(0);
    const buckets = [...histogram.buckets()];
    expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(100);
    expect(buckets[0]!.fromMs).toBeLessThanOrEqual(1);
    expect(buckets.at(-1)!.toMs).toBeGreaterThan(100);
    for (const { fromMs, toMs } of buckets) expect(toMs / fromMs).toBeLessThanOrEqual(1 + 2 ** -6);
  });

  test("percentiles rise to the longest duration, and end there", () => {
    const histogram = new HdrHistogram();
    expect([...histogram.percentiles()]).toEqual([]);
    for (let ms = 1; ms <= 1_000; ms++) histogram.record(ms);
    const all = [...histogram.percentiles(5)];
    expect(all.at(-1)).toEqual({ q: 1, valueMs: 1_000, count: 1_000 });
    for (const [n, { q, valueMs, count }] of all.entries()) {
      expect(count).toBeGreaterThan(all[n - 1]?.count ?? 0);
      expect(q).toBe(count / 1_000);
      expect(Math.abs(valueMs - count)).toBeLessThanOrEqual(valueMs * 0.02);
    }
    expect(all.length).toBeGreaterThan(20);
  });

  test("percentiles end where a bucket's count stopped", () => {
    const histogram = new HdrHistogram();
    histogram.record(1);
    for (let doubling = 0; doubling < 40; doubling++) histogram.merge(histogram);
    expect([...histogram.percentiles()].map(({ count }) => count)).toEqual([2 ** 32 - 1]);
  });

  test("takes an earlier state away, and one of a LatencyHistogram in", () => {
    const histogram = new HdrHistogram();
    const earlier = new LatencyHistogram();
    histogram.record(5);
    earlier.restore(histogram.snapshot());
    histogram.recordShared(7);
    histogram.subtract(earlier);
    expect([histogram.count, histogram.sum]).toEqual([1, 7]);
    histogram.merge(earlier);
    expect([histogram.count, histogram.min]).toEqual([2, 5]);
    expect(() => earlier.merge(new LatencyHistogram({ maxMs: 5 }))).toThrow();
    expect(() => histogram.subtract(new LatencyHistogram({ maxMs: 5 }))).toThrow(
      expect.objectContaining({ code: "NOT_MERGEABLE" }),
    );
  });
});
