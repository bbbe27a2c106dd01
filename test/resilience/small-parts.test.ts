import { describe, expect, it } from "vitest";
import { manualClock, seeded } from "../../ts/kernel/index.js";
import { constant, exponential, fibonacci, linear, parseRetryAfter, retryBudget } from "../../ts/resilience/index.js";

describe("backoff", () => {
  const delays = (backoff: { delayMs(attempt: number): number }) =>
    [1, 2, 3, 4, 5, 6].map((attempt) => backoff.delayMs(attempt));

  it("has the shapes that its names say", () => {
    expect(delays(constant({ baseMs: 50 }))).toEqual([50, 50, 50, 50, 50, 50]);
    expect(delays(linear({ baseMs: 50, maxMs: 220 }))).toEqual([50, 100, 150, 200, 220, 220]);
    expect(delays(exponential({ baseMs: 10, factor: 3, maxMs: 800, jitter: "none" }))).toEqual([
      10, 30, 90, 270, 800, 800,
    ]);
    expect(delays(fibonacci({ baseMs: 10, jitter: "none" }))).toEqual([10, 10, 20, 30, 50, 80]);
  });

  it("spreads delays within the bounds of its jitter, the same for the same seed", () => {
    for (const [jitter, least, most] of [
      ["full", 0, 800],
      ["equal", 400, 800],
    ] as const) {
      const make = () => exponential({ baseMs: 100, jitter, random: seeded(5) });
      const [one, two] = [make(), make()];
      const drawn = Array.from({ length: 200 }, () => one.delayMs(4));
      expect(Array.from({ length: 200 }, () => two.delayMs(4))).toEqual(drawn);
      expect(Math.min(...drawn)).toBeGreaterThanOrEqual(least);
      expect(Math.max(...drawn)).toBeLessThanOrEqual(most);
      expect(new Set(drawn).size).toBeGreaterThan(100);
    }
  });

  it.each([[{ baseMs: -1 }], [{ baseMs: Number.NaN }], [{ baseMs: 10, maxMs: 5 }]])("refuses %j", (options) => {
    expect(() => exponential(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

describe("retry budget", () => {
  it("lets retries be a share of the calls, plus a reserve", () => {
    const clock = manualClock();
    const budget = retryBudget({ ratio: 0.2, minPerSecond: 1, ttlMs: 10_000, clock });
    expect(budget.balance).toBe(10);
    for (let call = 0; call < 50; call++) budget.deposit();
    expect(budget.balance).toBe(20);
    let paid = 0;
    while (budget.tryWithdraw()) paid++;
    expect(paid).toBe(20);
  });

  it("forgets deposits after their time", async () => {
    const clock = manualClock();
    const budget = retryBudget({ ratio: 1, minPerSecond: 0, ttlMs: 1_000, clock });
    budget.deposit();
    await clock.advance(1_200);
    expect(budget.tryWithdraw()).toBe(false);
  });

  it("keeps its balance over snapshot and restore", () => {
    const options = { ratio: 1, minPerSecond: 0, ttlMs: 1_000 };
    const budget = retryBudget({ ...options, clock: manualClock() });
    budget.deposit();
    budget.deposit();
    const copy = retryBudget({ ...options, clock: manualClock({ nowMs: 99_999 }) });
    copy.restore(structuredClone(budget.snapshot()));
    expect(copy.balance).toBe(2);
  });
});

describe("Retry-After", () => {
  it.each([
    ["0", 0],
    [" 7 ", 7_000],
    ["Thu, 01 Jan 1970 00:00:10 GMT", 9_000],
    ["Thursday, 01-Jan-70 00:00:10 GMT", 9_000],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["-1", undefined],
    ["1.5", undefined],
    ["2030-01-01", undefined],
    ["", undefined],
  ])("%j", (value, ms) => expect(parseRetryAfter(value, 1_000)).toBe(ms));
});
