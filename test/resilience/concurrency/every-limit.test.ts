/** What holds for every adaptive limit. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seeded } from "../../../ts/kernel/index.js";
import { aimd } from "../../../ts/resilience/concurrency/aimd.js";
import { gradient2 } from "../../../ts/resilience/concurrency/gradient2.js";
import { vegas } from "../../../ts/resilience/concurrency/vegas.js";
import type { Scenario } from "../simulation/queueing.js";
import { erlang, exponential, logNormal } from "../simulation/service-times.js";
import { behind, behindOurs, minutes } from "./behind-limit.js";

describe.each([
  ["aimd", aimd, 1.5],
  ["vegas", vegas, 0.5],
  ["gradient2", gradient2, 1.5],
] as const)("%s", (name, make, spread) => {
  it.each([
    ["exponential", exponential(100)],
    ["log-normal", logNormal(100, spread)],
  ] as const)("stays out of the way of a healthy dependency with %s service times", (_distribution, service) => {
    const scenario = {
      seed: 4,
      arrivals: 1_000,
      service,
      servers: 1_000,
      measureFromMs: minutes(0.5),
      durationMs: minutes(1.5),
    };
    // Hence 100 calls at once are needed, five times what it begins with.
    expect(behindOurs(make(), scenario).goodput).toBeGreaterThan(970);
  });

  it("is back soon after an outage of a minute in which nothing was answered", () => {
    const down = (nowMs: number) => nowMs > minutes(1) && nowMs < minutes(2);
    const alive = erlang(100, 4);
    const scenario: Scenario = {
      seed: 5,
      arrivals: 150,
      service: (random, nowMs) => (down(nowMs) ? minutes(2) - nowMs : 0) + alive(random, nowMs),
      servers: (nowMs) => (down(nowMs) ? 10_000 : 20),
      timeoutMs: 1_000,
      durationMs: minutes(4),
      measureFromMs: minutes(2) + 20_000,
    };
    const report = behindOurs(make(), scenario);
    expect(report.series[118]).toBeLessThan(12);
    expect(report.goodput).toBeGreaterThan(140);
  });

  it("decides the same for the same seed", () => {
    const scenario = { seed: 6, arrivals: 200, service: exponential(100), servers: 10, durationMs: minutes(1) };
    expect(behindOurs(make(), scenario)).toEqual(behindOurs(make(), scenario));
  });

  it("stays a whole number within its bounds, whatever it is told", () => {
    const sample = fc.record({
      afterMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 100_000, noNaN: true })),
      rttMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 100_000, noNaN: true })),
      inFlight: fc.integer({ min: 1, max: 300 }),
      dropped: fc.boolean(),
    });
    const bounds = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 40 }));
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 200 }), bounds, fc.integer(), (samples, [min, above], seed) => {
        const algorithm = make({ min, max: min + above }).begin(seeded(seed));
        let atMs = 0;
        for (const { afterMs, ...rest } of samples) {
          atMs += afterMs;
          algorithm.onSample({ ...rest, atMs });
          expect(Number.isInteger(algorithm.limit)).toBe(true);
          expect(algorithm.limit).toBeGreaterThanOrEqual(min);
          expect(algorithm.limit).toBeLessThanOrEqual(min + above);
        }
      }),
    );
  });

  it("leaves a limit alone that is not in use", () => {
    const algorithm = make().begin(seeded(1));
    for (let atMs = 0; atMs < 100_000; atMs += 10) {
      algorithm.onSample({ atMs, rttMs: 5 + (atMs % 40), inFlight: 9, dropped: false });
    }
    expect(algorithm.limit).toBe(20);
  });

  it("hands on what it has learnt", () => {
    const scenario = { seed: 8, arrivals: 200, service: erlang(100, 4), servers: 30, durationMs: minutes(1) };
    const before = make().begin(seeded(8));
    behind(before, scenario);
    const after = make().begin(seeded(9));
    after.load(before.save());
    expect(after.limit).toBe(before.limit);
    expect(after.save()).toEqual(before.save());
  });

  it("refuses to learn nonsense", () => {
    const algorithm = make({ max: 50 }).begin(seeded(1));
    const invalid = expect.objectContaining({ code: "SNAPSHOT_INVALID" });
    for (const limit of [undefined, Number.NaN, 0, 51, -1, Number.POSITIVE_INFINITY]) {
      expect(() => algorithm.load([limit as number, 1])).toThrow(invalid);
    }
    expect(algorithm.limit).toBe(20);
  });

  it("names itself and its options, defaults included", () => {
    expect(make().kind).toBe(name);
    expect(make({ initial: 20 }).config).toBe(make().config);
    expect(make({ initial: 21 }).config).not.toBe(make().config);
    expect(make({ min: 30 }).begin(seeded(1)).limit).toBe(30);
    expect(make({ max: 10 }).begin(seeded(1)).limit).toBe(10);
  });

  it.each([
    { min: 0 },
    { max: 0.5 },
    { min: 10, max: 9 },
    { initial: 5, min: 6 },
    { initial: Number.NaN },
    { backoffRatio: 0.4, tolerance: 0.9, windowSamples: 0 },
    { timeoutMs: 0, smoothing: 0, probeEveryMs: 0 },
  ])("refuses %o", (options) => {
    expect(() => make(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

describe("a limit that measures in windows", () => {
  it.each([vegas, gradient2])("refuses a baseline that is none", (make) => {
    const invalid = expect.objectContaining({ code: "SNAPSHOT_INVALID" });
    for (const baselineMs of [undefined, -1, Number.POSITIVE_INFINITY]) {
      expect(() =>
        make()
          .begin(seeded(1))
          .load([20, baselineMs as number]),
      ).toThrow(invalid);
    }
  });

  it.each([vegas, gradient2])("halves its limit now and then, once in 15 to 30 seconds, and puts it back", (make) => {
    const algorithm = make({ max: 20 }).begin(seeded(3));
    const halvedAtMs: number[] = [];
    let last = 20;
    for (let atMs = 0; atMs < 300_000; atMs += 5) {
      algorithm.onSample({ atMs, rttMs: 100, inFlight: algorithm.limit, dropped: false });
      if (last === 20 && algorithm.limit === 10) halvedAtMs.push(atMs);
      last = algorithm.limit;
    }
    expect(last).toBe(20);
    const gaps = halvedAtMs.slice(1).map((atMs, index) => atMs - halvedAtMs[index]!);
    expect(gaps.length).toBeGreaterThan(8);
    expect(Math.min(...gaps)).toBeGreaterThan(15_000);
    expect(Math.max(...gaps)).toBeLessThan(31_500);
    expect(new Set(gaps).size).toBeGreaterThan(3);
  });
});
