/** The samplers as their users see them: texts, counts and tracestate. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  AdaptiveSampler,
  adjustedCountOf,
  alwaysSampler,
  createFullRuntime,
  ErrorBiasedSampler,
  Ewma,
  higherThreshold,
  inheritSampling,
  lowerThreshold,
  neverSampler,
  RateLimitedSampler,
  RatioSampler,
  Reservoir,
  readSamplingState,
  TraceIdBatch,
  thresholdOf,
  writeSamplingState,
} from "../../ts/core/index.js";
import { probabilityTwin } from "../twins/sampling.js";

const digits = (length: number) =>
  fc.array(fc.constantFrom(..."0123456789abcdef"), { minLength: length, maxLength: length }).map((all) => all.join(""));
const traceId = digits(32);
const invalid = expect.objectContaining({ code: "INVALID_OPTION" });
const notMergeable = expect.objectContaining({ code: "NOT_MERGEABLE" });

describe("ratio", () => {
  test("a trace is kept where its last 14 digits reach the threshold, as texts", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        traceId,
        fc.integer({ min: 1, max: 12 }),
        (ratio, trace, precision) => {
          const sampler = new RatioSampler({ ratio, digits: precision });
          const threshold = probabilityTwin(ratio, precision);
          expect(sampler.threshold).toBe(threshold);
          const kept = threshold !== undefined && trace.slice(18) >= threshold.padEnd(14, "0");
          expect(sampler.sample(trace)).toBe(kept ? sampler.adjustedCount : 0);
          expect(sampler.sample(trace.toUpperCase())).toBe(sampler.sample(trace));
          // Explicit randomness takes the place of the id.
          expect(sampler.sample(trace.slice(18))).toBe(sampler.sample(trace));
          if (kept) expect(thresholdOf(sampler.adjustedCount)).toBe(threshold);
        },
      ),
    );
  });

  test("who keeps more keeps all that others keep", () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(ratio, ratio, traceId, (one, other, trace) => {
        const fewer = new RatioSampler({ ratio: Math.min(one, other) });
        const more = new RatioSampler({ ratio: Math.max(one, other) });
        if (fewer.sample(trace) > 0) expect(more.sample(trace)).toBeGreaterThan(0);
      }),
    );
  });

  test("0 is never and 1 is always", () => {
    const trace = "f".repeat(32);
    expect(new RatioSampler({ ratio: 0 }).sample(trace)).toBe(neverSampler.sample(trace, 0));
    expect(new RatioSampler({ ratio: 0 }).threshold).toBe(neverSampler.threshold);
    expect(new RatioSampler({ ratio: 1 }).sample("0".repeat(32))).toBe(alwaysSampler.sample(trace, 0));
    expect(new RatioSampler({ ratio: 1 }).threshold).toBe(alwaysSampler.threshold);
  });

  test("a batch is decided as its ids are", () => {
    const sampler = new RatioSampler({ ratio: 0.3 });
    const batch = new TraceIdBatch({ capacity: 50 });
    const traces = fc.sample(traceId, { numRuns: 40, seed: 3 });
    traces.forEach((trace, index) => {
      batch.ids.set(Buffer.from(trace, "hex"), 16 * index);
    });
    const expected = traces.map((trace) => (sampler.sample(trace) > 0 ? 1 : 0) as number);
    expect(sampler.sampleMany(batch, 40)).toBe(expected.filter((each) => each === 1).length);
    expect([...batch.kept.subarray(0, 40)]).toEqual(expected);
    expect(() => sampler.sampleMany(batch, 51)).toThrow(invalid);
    expect(() => new RatioSampler({ ratio: 1 }, createFullRuntime()).sampleMany(batch, 1)).toThrow(invalid);
  });
});

describe("tracestate", () => {
  test("a threshold and the count that a trace stands for say the same", () => {
    expect(["0", "8", "c", "E", "f"].map(adjustedCountOf)).toEqual([1, 2, 4, 8, 16]);
    expect([1, 2, 4, 8, 16].map(thresholdOf)).toEqual(["0", "8", "c", "e", "f"]);
    expect(adjustedCountOf("ffffffffffffff")).toBe(2 ** 56);
    expect(thresholdOf(2 ** 56)).toBe("ffffffffffff");
    for (const odd of [0, 0.5, Number.NaN, 2 ** 57]) expect(() => thresholdOf(odd)).toThrow(invalid);
    for (const odd of ["", "g", "0".repeat(15)]) expect(() => adjustedCountOf(odd)).toThrow(invalid);
  });

  test("thresholds compare as numbers, whatever zeros they end with", () => {
    const text = fc.integer({ min: 1, max: 14 }).chain(digits);
    const number = (threshold: string): bigint => BigInt(`0x${threshold.padEnd(14, "0")}`);
    fc.assert(
      fc.property(text, text, (one, other) => {
        const [least, most] = [number(one), number(other)].sort((a, b) => (a < b ? -1 : 1));
        expect(number(lowerThreshold(one, other))).toBe(least);
        expect(number(higherThreshold(one, other))).toBe(most);
        expect(lowerThreshold(one, other)).toMatch(/^(0|[0-9a-f]*[1-9a-f])$/);
      }),
    );
  });

  test("what was written is read again, and what others wrote stays", () => {
    fc.assert(
      fc.property(fc.option(digits(14), { nil: undefined }), fc.option(digits(14), { nil: undefined }), (th, rv) => {
        const entry = writeSamplingState("p:8;th:123;k1:13;rv:00000000000000", { threshold: th, randomness: rv });
        const state = readSamplingState(entry);
        expect(state.threshold).toBe(th === undefined ? undefined : th.replace(/0+$/, "") || "0");
        expect(state.randomness).toBe(rv);
        expect(entry.startsWith("p:8;k1:13")).toBe(true);
      }),
    );
  });

  test("values that are not valid are absent, and are not written", () => {
    for (const entry of ["", "th:", "th:xyz", "th:123456789012345", "rv:1", "rv:0123456789abcdef", "oth:8", "th"]) {
      expect(readSamplingState(entry)).toEqual({ threshold: undefined, randomness: undefined });
    }
    expect(() => writeSamplingState("", { threshold: "x", randomness: undefined })).toThrow(invalid);
    expect(() => writeSamplingState("", { threshold: undefined, randomness: "1" })).toThrow(invalid);
    expect(() => writeSamplingState(`a:${"1".repeat(250)}`, { threshold: "123456", randomness: undefined })).toThrow(
      invalid,
    );
  });

  test("a child follows its parent and passes on a threshold that agrees", () => {
    const trace = `${"0".repeat(18)}80000000000000`;
    expect(inheritSampling({ sampled: true, threshold: "8" }, trace)).toEqual({ sampled: true, threshold: "8" });
    expect(inheritSampling({ sampled: true, threshold: "81" }, trace)).toEqual({ sampled: true, threshold: undefined });
    expect(inheritSampling({ sampled: false, threshold: "81" }, trace)).toEqual({
      sampled: false,
      threshold: undefined,
    });
    expect(inheritSampling({ sampled: true, threshold: undefined }, trace)).toEqual({
      sampled: true,
      threshold: undefined,
    });
    const explicit = { sampled: true, threshold: "81", randomness: "ff000000000000" };
    expect(inheritSampling(explicit, trace)).toEqual({ sampled: true, threshold: "81" });
  });
});

describe("paced", () => {
  test("the threshold that is told is the one of the next decision", () => {
    const sampler = new AdaptiveSampler({ limit: 10, halfLifeMs: 800 });
    for (let nowMs = 0; nowMs < 3_000; nowMs += 5) sampler.sample("f".repeat(32), nowMs);
    const count = sampler.sample("f".repeat(32), 3_000);
    expect(thresholdOf(count)).toBe(sampler.threshold);
    expect(sampler.ratio).toBe(1 / count);
    expect(sampler.ratePerSecond).toBeCloseTo(200, 0);
  });

  test("a batch takes permits one after another", () => {
    const sampler = new RateLimitedSampler({ limit: 3, burst: 2 });
    const batch = new TraceIdBatch({ capacity: 4 });
    batch.ids.fill(255);
    expect(sampler.sampleMany(batch, 4, 0)).toBe(2);
    expect([...batch.kept]).toEqual([1, 1, 0, 0]);
    expect(sampler.refused).toBe(2);
  });
});

test("a biased sampler counts by kind and minds the sampler before it", () => {
  const sampler = new ErrorBiasedSampler({ ratio: 0.25, slowAfterMs: 100 });
  const low = "0".repeat(32);
  const high = "f".repeat(32);
  expect([sampler.sample(low, false, 1), sampler.sample(low, true, 1), sampler.sample(low, false, 100)]).toEqual([
    0, 1, 1,
  ]);
  expect(sampler.sample(high, true, Number.NaN, "8")).toBe(2);
  expect(sampler.sample(low, true, Number.NaN, "8")).toBe(0);
  expect((["ordinary", "slow", "failed"] as const).map((kind) => [sampler.seen(kind), sampler.kept(kind)])).toEqual([
    [1, 0],
    [1, 1],
    [3, 2],
  ]);
});

describe("reservoir", () => {
  test("its items are those that it said were in, and go with a snapshot", () => {
    const one = new Reservoir<number>({ capacity: 5, seed: 1 });
    const other = new Reservoir<number>({ capacity: 5, seed: 2 });
    for (let n = 0; n < 100; n++) one.offer(n, 1 + (n % 7));
    other.restore(one.snapshot(), [...one.items]);
    for (let n = 100; n < 500; n++) expect(other.offer(n)).toBe(one.offer(n));
    expect(other.items).toEqual(one.items);
    expect(new Set(one.items).size).toBe(5);
  });

  test("merges one of another runtime, itself, and none that dropped what might belong in", () => {
    const one = new Reservoir<number>({ capacity: 4, seed: 1 });
    const other = new Reservoir<number>({ capacity: 8, seed: 2 }, createFullRuntime());
    for (let n = 0; n < 30; n++) other.offer(n);
    one.merge(other);
    expect(one.items).toHaveLength(4);
    expect(one.offered).toBe(30);
    expect(one.items.every((item) => other.items.includes(item))).toBe(true);
    one.merge(one);
    expect(one.offered).toBe(60);
    expect(() => other.merge(one)).toThrow(notMergeable);
  });
});

test("an average merges one of another runtime, and none of another half-life", () => {
  const one = new Ewma({ halfLifeMs: 1_000 });
  const other = new Ewma({ halfLifeMs: 1_000 }, createFullRuntime());
  one.record(1, 0);
  other.record(3, 5_000);
  other.record(5, 5_000);
  one.merge(other, 6_000);
  expect(one.weight(6_000)).toBeCloseTo(1 + 1 / 64, 6);
  expect(one.mean(6_000)).toBeCloseTo((8 + 1 / 32) / (2 + 1 / 32), 9);
  expect(one.deviation(6_000)).toBeGreaterThan(1);
  expect(() => one.merge(new Ewma({ halfLifeMs: 2_000 }), 0)).toThrow(notMergeable);
});
