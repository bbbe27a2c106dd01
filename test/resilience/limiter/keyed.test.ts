/** Limits by key, each with a limit of its own, against tables that keep everything in plain numbers. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dispose, manualClock } from "../../../ts/kernel/index.js";
import { gcra, type KeyOptions, type Rate, rateLimiter, tokenBucket } from "../../../ts/resilience/index.js";
import { fixedWindow, slidingWindow } from "../../../ts/resilience/limiter/index.js";

const own = { limit: 20, perMs: 1_000, burst: 20 };
/** Rates whose permits take whole milliseconds, so that the twin is exact. */
const rates: readonly Rate[] = [
  { limit: 10, perMs: 1_000 },
  { limit: 5, perMs: 1_000, burst: 3 },
  { limit: 1, perMs: 500, burst: 2 },
  { limit: 100, perMs: 1_000, burst: 100 },
  { limit: 2, perMs: 4_000, burst: 1 },
];

/** The instant at which each key is at rest again, and nothing more. */
class RestingTwin {
  readonly #rest = new Map<string, number>();

  take(key: string, weight: number, nowMs: number, { limit, perMs, burst = limit }: Rate): number {
    if (weight > burst) return Number.POSITIVE_INFINITY;
    const cost = perMs / limit;
    const after = Math.max(this.#rest.get(key) ?? 0, nowMs) + weight * cost;
    const waitMs = after - nowMs - burst * cost;
    if (waitMs > 0) return waitMs;
    this.#rest.set(key, after);
    return 0;
  }

  remaining(key: string, nowMs: number, { limit, perMs, burst = limit }: Rate): number {
    const cost = perMs / limit;
    const owed = Math.max(0, (this.#rest.get(key) ?? 0) - nowMs);
    return Math.max(0, Math.floor((burst * cost - owed) / cost));
  }
}

const key = fc.constantFrom("ada", "bob", "eve");
const step = fc.oneof(
  fc.record({ key, weight: fc.integer({ min: 1, max: 6 }), afterMs: fc.integer({ min: 0, max: 400 }) }),
  fc.record({ key, rate: fc.option(fc.constantFrom(...rates), { nil: undefined }) }),
);

const keys: KeyOptions = { max: 100, windowMs: 4_000 };

describe("a limit for each key", () => {
  it("decides as one bucket a key would, whatever is changed on the way", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const clock = manualClock();
        const limiter = rateLimiter({ algorithm: tokenBucket(own), keys, clock });
        const twin = new RestingTwin();
        const limits = new Map<string, Rate | undefined>();
        for (const one of steps) {
          if ("rate" in one) {
            limiter.setLimit(one.key, one.rate);
            limits.set(one.key, one.rate);
            continue;
          }
          clock.advanceSync(one.afterMs);
          const rate = limits.get(one.key) ?? own;
          const wanted = twin.take(one.key, one.weight, clock.now(), rate);
          const decision = limiter.check(one.key, one.weight);
          expect(decision.retryAfterMs).toBeCloseTo(wanted, 3);
          expect(decision.allowed).toBe(wanted === 0);
          expect(decision.limit).toBe(rate.burst ?? rate.limit);
          expect(decision.remaining).toBe(twin.remaining(one.key, clock.now(), rate));
        }
        // Nothing is collected in the course of a synchronous run, and the core's memory is bounded.
        limiter[dispose]();
      }),
    );
  });

  it("asks a function at each call, so that a change of plan counts at once (rate-limiter-flexible #50)", () => {
    const plans = new Map<string, Rate>([["ada", { limit: 100, perMs: 1_000 }]]);
    const limiter = rateLimiter({
      algorithm: tokenBucket({ limit: 2, perMs: 1_000 }),
      keys: { max: 100, limits: (name) => plans.get(name) },
      clock: manualClock(),
    });
    expect(limiter.check("ada", 50)).toMatchObject({ allowed: true, limit: 100, remaining: 50 });
    expect(limiter.check("bob", 3).retryAfterMs).toBe(Number.POSITIVE_INFINITY);
    plans.set("bob", { limit: 10, perMs: 1_000 });
    expect(limiter.check("bob", 3)).toMatchObject({ allowed: true, limit: 10, remaining: 7 });
    // What is owed is time: half a second of a burst that takes a second.
    plans.set("ada", { limit: 10, perMs: 1_000 });
    expect(limiter.check("ada")).toMatchObject({ allowed: true, remaining: 4 });
  });

  it.each([3, 7, 0.1, 1_000])("counts the algorithm's own rate exactly: no drift at %d a second", (limit) => {
    const clock = manualClock();
    const burst = Math.max(1, limit);
    const limiter = rateLimiter({ algorithm: tokenBucket({ limit, perMs: 1_000, burst }), keys: { max: 10 }, clock });
    let taken = 0;
    for (let ms = 0; ms < 100_000; ms += 20) {
      while (limiter.tryAcquire("a")) taken++;
      clock.advanceSync(20);
    }
    while (limiter.tryAcquire("a")) taken++;
    expect(taken).toBe(burst + 100 * limit);
  });

  it("takes another rate for all keys while it works, keys that used a half keeping a half; one that does not fit begins anew", () => {
    const limiter = rateLimiter({ algorithm: tokenBucket(own), keys: { max: 100 }, clock: manualClock() });
    limiter.check("ada", 10);
    limiter.reconfigure({ algorithm: tokenBucket({ limit: 100, perMs: 1_000 }) });
    expect(limiter.check("ada", 0)).toMatchObject({ limit: 100, remaining: 50 });
    expect(limiter.check("bob", 0).remaining).toBe(100);
    const copy = rateLimiter({ algorithm: tokenBucket(own), keys: { max: 100 }, clock: manualClock() });
    copy.reconfigure({ algorithm: tokenBucket({ limit: 100, perMs: 1_000 }) });
    copy.restore(limiter.snapshot());
    expect(copy.check("ada", 0).remaining).toBe(50);
    limiter.reconfigure({ algorithm: tokenBucket({ limit: 100, perMs: 5_000 }) });
    expect(limiter.check("ada", 0).remaining).toBe(100);
  });

  it("keeps a limit for at most so many keys, and drops none silently", () => {
    const limiter = rateLimiter({
      algorithm: tokenBucket(own),
      keys: { max: 100, maxLimits: 1 },
      clock: manualClock(),
    });
    limiter.setLimit("ada", { limit: 1, perMs: 1_000 });
    limiter.setLimit("ada", { limit: 2, perMs: 1_000 });
    expect(() => limiter.setLimit("bob", { limit: 1, perMs: 1_000 })).toThrow(/maxLimits/);
    limiter.setLimit("ada", undefined);
    limiter.setLimit("bob", { limit: 1, perMs: 1_000 });
    expect(limiter.check("bob").limit).toBe(1);
    expect(limiter.check("ada").limit).toBe(20);
  });

  it.each<[Rate]>([
    [{ limit: 0, perMs: 1_000 }],
    [{ limit: 1, perMs: Number.NaN }],
    [{ limit: 1, perMs: 1_000, burst: 0.5 }],
    [{ limit: 1, perMs: 10_000 }],
  ])("refuses the limit %j", (rate) => {
    const limiter = rateLimiter({ algorithm: tokenBucket(own), keys: { max: 100 }, clock: manualClock() });
    const invalid = expect.objectContaining({ code: "INVALID_OPTION" });
    expect(() => limiter.setLimit("ada", rate)).toThrow(invalid);
    expect(limiter.check("ada").limit).toBe(20);
  });

  it("refuses a limit by key where there are no keys", () => {
    const limiter = rateLimiter({ algorithm: tokenBucket(own), clock: manualClock() });
    expect(() => limiter.setLimit("ada", own)).toThrow(/with keys/);
  });

  it("keeps its memory bounded: a flood of keys neither grows the table nor frees one that is blocked (governor #171)", () => {
    const limiter = rateLimiter({
      algorithm: gcra({ limit: 1, perMs: 60_000 }),
      keys: { max: 256 },
      clock: manualClock(),
    });
    expect(limiter.tryAcquire("blocked")).toBe(true);
    for (let i = 0; i < 10_000; i++) limiter.tryAcquire(`forged ${i}`);
    expect(limiter.keys).toBeLessThanOrEqual(1_024);
    expect(limiter.tryAcquire("blocked")).toBe(false);
  });
});

describe("a window for each key", () => {
  const windowStep = fc.oneof(
    fc.record({ key, weight: fc.integer({ min: 1, max: 12 }), afterMs: fc.integer({ min: 0, max: 600 }) }),
    fc.record({ key, limit: fc.integer({ min: 1, max: 40 }) }),
  );

  it("lets each key have its own limit in each window, and a change keeps the share that was used", () => {
    fc.assert(
      fc.property(fc.array(windowStep, { maxLength: 60 }), (steps) => {
        const clock = manualClock();
        const limiter = rateLimiter({ algorithm: fixedWindow({ limit: 30, perMs: 1_000 }), keys: { max: 100 }, clock });
        const limits = new Map<string, number>();
        /** Shares of the window that each key used. */
        let used = new Map<string, number>();
        let window = 0;
        for (const one of steps) {
          if ("limit" in one) {
            limiter.setLimit(one.key, { limit: one.limit, perMs: 1_000 });
            limits.set(one.key, one.limit);
            continue;
          }
          clock.advanceSync(one.afterMs);
          if (Math.floor(clock.now() / 1_000) !== window) used = new Map();
          window = Math.floor(clock.now() / 1_000);
          const limit = limits.get(one.key) ?? 30;
          const after = (used.get(one.key) ?? 0) + one.weight / limit;
          const allowed = one.weight <= limit && after <= 1 + 1e-6;
          expect(limiter.tryAcquire(one.key, one.weight)).toBe(allowed);
          if (allowed) used.set(one.key, after);
        }
        limiter[dispose]();
      }),
    );
  });

  it.each([fixedWindow, slidingWindow])("admits exactly the limit of a key, from 1 to a few thousand", (algorithm) => {
    for (const limit of [1, 2, 3, 7, 99, 1_000, 4_001]) {
      const limiter = rateLimiter({
        algorithm: algorithm({ limit: 10, perMs: 1_000 }),
        keys: { max: 10, limits: () => ({ limit, perMs: 1_000 }) },
        clock: manualClock(),
      });
      expect(limiter.check("a", limit)).toMatchObject({ allowed: true, limit, remaining: 0 });
      expect(limiter.tryAcquire("a")).toBe(false);
    }
  });

  it("takes another limit for all keys while it works", () => {
    const limiter = rateLimiter({
      algorithm: fixedWindow({ limit: 10, perMs: 1_000 }),
      keys: { max: 10 },
      clock: manualClock(),
    });
    limiter.check("a", 5);
    limiter.reconfigure({ algorithm: fixedWindow({ limit: 100, perMs: 1_000 }) });
    expect(limiter.check("a", 0)).toMatchObject({ limit: 100, remaining: 50 });
    limiter.reconfigure({ algorithm: fixedWindow({ limit: 100, perMs: 2_000 }) });
    expect(limiter.check("a", 0).remaining).toBe(100);
  });

  it("refuses what its windows cannot count", () => {
    const limiter = rateLimiter({
      algorithm: slidingWindow({ limit: 10, perMs: 1_000 }),
      keys: { max: 10 },
      clock: manualClock(),
    });
    expect(() => limiter.setLimit("a", { limit: 10, perMs: 2_000 })).toThrow(/1000 ms long/);
    expect(() => limiter.setLimit("a", { limit: 100_000, perMs: 1_000 })).toThrow(/from 1 to 4095/);
  });
});
