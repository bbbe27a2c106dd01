import { describe, expect, it } from "vitest";
import { dispose, manualClock } from "../../../ts/kernel/index.js";
import { adaptive, latencyTarget, timeout } from "../../../ts/resilience/index.js";

const invalid = expect.objectContaining({ code: "INVALID_OPTION" });

describe("a latency target", () => {
  it("tells what it has seen, and forgets it", async () => {
    const clock = manualClock();
    const users = latencyTarget("users", { clock, windowMs: 10_000, minSamples: 5 });
    for (let ms = 1; ms <= 100; ms++) users.record(ms);
    users.recordCut(500);
    users.recordLate(700);
    expect(users.stats).toMatchObject({ inTime: 100, cut: 1, late: 1 });
    expect(users.stats.p50).toBeCloseTo(51, -1);
    expect(users.quantile(1)).toBeCloseTo(500, -1);
    expect(users.successQuantile(1)).toBeCloseTo(700, -1);
    await clock.advance(10_000);
    expect(users.stats).toEqual({ inTime: 0, cut: 0, late: 0, p50: undefined, p95: undefined, p99: undefined });
    users[dispose]();
  });

  it("leaves answers out that are failures: a refusal is quick", async () => {
    const clock = manualClock();
    const usual = latencyTarget("users", { clock });
    const guarded = timeout({ timeoutMs: adaptive({ target: usual, maxMs: 1_000 }), clock });
    await guarded.execute(() => ({ status: 503 }));
    await guarded.execute(() => ({ status: 200 }));
    expect(usual.stats.inTime).toBe(1);
    const strict = latencyTarget("users", { clock, isFailure: (outcome) => outcome.ok && outcome.value === "no" });
    const other = timeout({ timeoutMs: adaptive({ target: strict, maxMs: 1_000 }), clock });
    await other.execute(() => "no");
    await other.execute(() => ({ status: 503 }));
    expect(strict.stats.inTime).toBe(1);
  });

  it("tells the mean of what succeeded, and is not spoilt by a duration that is none", () => {
    const users = latencyTarget("users", { clock: manualClock(), minSamples: 3, maxMs: 1_000 });
    users.record(Number.NaN);
    users.record(10);
    users.record(20);
    expect(users.successMean()).toBeUndefined();
    users.recordLate(60);
    users.recordCut(500);
    expect(users.successMean()).toBeCloseTo(30);
    users.record(Number.POSITIVE_INFINITY);
    expect(users.totals).toEqual({ count: 3, sumMs: 1_030 });
  });

  it("goes on in another process where it was, with another clock", () => {
    const clock = manualClock();
    const before = latencyTarget("users", { clock });
    for (let n = 0; n < 50; n++) before.record(40);
    const after = latencyTarget("users", { clock: manualClock({ nowMs: 5_000_000 }) });
    after.restore(structuredClone(before.snapshot()));
    expect(after.quantile(0.5)).toBe(before.quantile(0.5));
  });

  it("refuses a snapshot of something else, of other options, and a torn one", () => {
    const users = latencyTarget("users");
    const image = users.snapshot();
    const refused = expect.objectContaining({ code: "SNAPSHOT_INVALID" });
    expect(() => users.restore({ ...image, kind: "other" })).toThrow(refused);
    expect(() => latencyTarget("users", { windowMs: 1_000 }).restore(image)).toThrow(refused);
    expect(() => users.restore({ ...image, state: image.state.slice(1) })).toThrow(refused);
  });

  it("refuses options and questions that make no sense", () => {
    expect(() => latencyTarget("x", { windowMs: 0 })).toThrow(invalid);
    expect(() => latencyTarget("x", { minSamples: 0 })).toThrow(invalid);
    expect(() => latencyTarget("x", { relativeError: 1 })).toThrow(invalid);
    expect(() => latencyTarget("x").quantile(Number.NaN)).toThrow(invalid);
    expect(() => latencyTarget("x").successQuantile(1.1)).toThrow(invalid);
  });
});

describe("an adaptive limit", () => {
  const target = latencyTarget("users");

  it.each([
    { maxMs: 0 },
    { maxMs: Number.NaN },
    { maxMs: 100, minMs: 200 },
    { maxMs: 100, initialMs: 200 },
    { maxMs: 100, quantile: 0 },
    { maxMs: 100, factor: 0.9 },
    { maxMs: 100, falseTimeouts: 0 },
    { maxMs: 100, explore: -1 },
  ])("refuses %o", (options) => {
    expect(() => adaptive({ target, ...options })).toThrow(invalid);
  });

  it("is the longest limit until enough is known, then factor × quantile, on a grid", () => {
    const clock = manualClock();
    const known = latencyTarget("users", { clock, minSamples: 20 });
    const limit = adaptive({ target: known, maxMs: 2_000, factor: 2, explore: 0 });
    for (let n = 0; n < 19; n++) known.record(100);
    expect(limit.next(0)).toBe(2_000);
    known.record(100);
    expect(limit.next(100)).toBeGreaterThanOrEqual(200);
    expect(limit.limitMs).toBeLessThan(200 * 2 ** (1 / 16) * 1.02);
    for (let n = 0; n < 50; n++) known.record(5_000);
    expect(limit.next(200)).toBe(2_000);
  });

  it("never goes below minMs, however quick the target is", () => {
    const clock = manualClock();
    const quick = latencyTarget("users", { clock });
    const limit = adaptive({ target: quick, maxMs: 2_000, minMs: 50, explore: 0 });
    for (let n = 0; n < 100; n++) quick.record(0.5);
    expect(limit.next(0)).toBeGreaterThanOrEqual(50);
    expect(limit.limitMs).toBeLessThan(55);
  });

  it("lets the share `explore` of all calls run as long as any may", () => {
    const clock = manualClock();
    const quick = latencyTarget("users", { clock });
    const limit = adaptive({ target: quick, maxMs: 2_000, explore: 0.1 });
    for (let n = 0; n < 100; n++) quick.record(10);
    let explorers = 0;
    for (let n = 0; n < 10_000; n++) if (limit.next(0) === 2_000) explorers++;
    expect(explorers).toBeGreaterThan(900);
    expect(explorers).toBeLessThan(1_100);
  });

  it("rises above a false timeout that the budget does not cover, and not for one that it covers", () => {
    const clock = manualClock();
    const quick = latencyTarget("users", { clock });
    const limit = adaptive({ target: quick, maxMs: 2_000, explore: 0, falseTimeouts: 0.01 });
    for (let n = 0; n < 100; n++) quick.record(10);
    for (let n = 0; n < 150; n++) limit.next(0);
    const usual = limit.limitMs;
    limit.wasCut(usual);
    limit.succeededLate(60);
    expect(limit.limitMs).toBe(usual);
    limit.wasCut(usual);
    limit.succeededLate(60);
    expect(limit.limitMs).toBeGreaterThan(usual * 1.4);
    // What came after maxMs no limit would have let pass.
    const risen = limit.limitMs;
    for (let n = 0; n < 10; n++) limit.succeededLate(2_001);
    expect(limit.limitMs).toBe(risen);
  });

  it("lets one answer beyond the limit stand for the cuts that nobody could resolve", () => {
    const clock = manualClock();
    const quick = latencyTarget("users", { clock });
    const limit = adaptive({ target: quick, maxMs: 2_000, explore: 0 });
    for (let n = 0; n < 100; n++) quick.record(10);
    const usual = limit.next(0);
    limit.explored(400);
    expect(limit.limitMs).toBe(usual);
    for (let n = 0; n < 30; n++) limit.wasCut(usual);
    limit.explored(400);
    expect(limit.limitMs).toBeGreaterThanOrEqual(400);
    // An explorer that was cut as well says that the cuts were right.
    for (let n = 0; n < 30; n++) limit.wasCut(limit.limitMs);
    limit.wasCut(2_000);
    const before = limit.limitMs;
    limit.explored(1_900);
    expect(limit.limitMs).toBe(before);
  });
});
