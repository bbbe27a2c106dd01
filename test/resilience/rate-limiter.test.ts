import { describe, expect, it } from "vitest";
import { dispose, manualClock } from "../../ts/kernel/index.js";
import { gcra, rateLimiter, tokenBucket } from "../../ts/resilience/index.js";
import { policyContract } from "./policy-contract.js";

for (const [name, algorithm] of [
  ["token bucket", tokenBucket({ limit: 1, perMs: 1_000 })],
  ["GCRA", gcra({ limit: 1, perMs: 1_000 })],
] as const) {
  describe(name, () => {
    policyContract({
      kind: "rate-limiter",
      make: (options) => rateLimiter({ algorithm, ...options }),
      exhaust: async (policy) => {
        await policy.execute(() => 1);
      },
      refusal: { code: "RATE_LIMITED", rule: "limit", hasRetryAfter: true, observed: 1, threshold: 1 },
      shadowed: { action: "reject" },
      change: { good: { maxWaitMs: 100 }, bad: { maxWaitMs: -1 } },
      keepsRefusing: true,
    });
  });

  describe(`${name}, keyed`, () => {
    policyContract({
      kind: "rate-limiter",
      make: (options) => rateLimiter({ algorithm, keys: { max: 100 }, ...options }),
      callOptions: { key: "tenant" },
      exhaust: async (policy) => {
        await policy.execute(() => 1, { key: "tenant" });
      },
      refusal: { code: "RATE_LIMITED", rule: "limit", hasRetryAfter: true, observed: 1, threshold: 1 },
      shadowed: { action: "reject" },
      change: { good: { maxWaitMs: 100 }, bad: { maxWaitMs: -1 } },
      keepsRefusing: true,
    });
  });
}

describe("rate limiter", () => {
  it("decides with everything that a client should know", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm: tokenBucket({ limit: 2, perMs: 1_000 }), clock });
    expect(limiter.check()).toEqual({ allowed: true, limit: 2, remaining: 1, retryAfterMs: 0, resetAfterMs: 500 });
    expect(limiter.check().allowed).toBe(true);
    expect(limiter.check()).toEqual({ allowed: false, limit: 2, remaining: 0, retryAfterMs: 500, resetAfterMs: 1_000 });
    await clock.advance(500);
    expect(limiter.tryAcquire()).toBe(true);
    expect(limiter.tryAcquire()).toBe(false);
  });

  it("keeps keys apart and counts them", () => {
    const limiter = rateLimiter({
      algorithm: gcra({ limit: 1, perMs: 1_000 }),
      keys: { max: 10 },
      clock: manualClock(),
    });
    expect(limiter.check("a").allowed).toBe(true);
    expect(limiter.check("a").allowed).toBe(false);
    expect(limiter.check("b").allowed).toBe(true);
    expect(limiter.keys).toBe(2);
  });

  it("asks for the key where it needs one", async () => {
    const limiter = rateLimiter({
      algorithm: gcra({ limit: 1, perMs: 1_000 }),
      keys: { max: 10 },
      clock: manualClock(),
    });
    const invalid = expect.objectContaining({ code: "INVALID_OPTION" });
    expect(() => limiter.check()).toThrow(invalid);
    await expect(limiter.execute(() => 1)).rejects.toEqual(invalid);
  });

  it("refuses for ever what weighs more than fits", async () => {
    const limiter = rateLimiter({ algorithm: tokenBucket({ limit: 5, perMs: 1_000 }), clock: manualClock() });
    expect(limiter.check(undefined, 6)).toMatchObject({ allowed: false, retryAfterMs: Number.POSITIVE_INFINITY });
    await expect(limiter.execute(() => 1, { weight: 6 })).rejects.toMatchObject({
      rule: "weight",
      retryable: false,
      retryAfterMs: undefined,
    });
    expect(limiter.check().remaining).toBe(4);
  });

  it("gives permits back, never beyond the burst", () => {
    const limiter = rateLimiter({ algorithm: tokenBucket({ limit: 2, perMs: 1_000 }), clock: manualClock() });
    limiter.check();
    limiter.refund();
    limiter.refund(undefined, 5);
    expect(limiter.check().remaining).toBe(1);
  });

  it("waits for its turn when asked to, and no longer than allowed", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm: gcra({ limit: 10, perMs: 1_000 }), clock });
    const at: number[] = [];
    const calls = [0, 1, 2].map(() => limiter.acquire().then(() => at.push(clock.now())));
    await clock.advance(1_000);
    await Promise.all(calls);
    expect(at).toEqual([0, 100, 200]);
    await limiter.acquire();
    await expect(limiter.acquire(undefined, { maxWaitMs: 50 })).rejects.toMatchObject({ rule: "max-wait" });
  });

  it("stops waiting when the caller aborts", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm: gcra({ limit: 1, perMs: 1_000 }), clock });
    await limiter.acquire();
    const controller = new AbortController();
    const waiting = limiter.acquire(undefined, { signal: controller.signal });
    controller.abort("no");
    await expect(waiting).rejects.toBe("no");
    expect(clock.pendingTimers).toBe(0);
  });

  it("lets execute wait up to maxWaitMs", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm: gcra({ limit: 10, perMs: 1_000 }), maxWaitMs: 150, clock });
    await limiter.execute(() => 1);
    const second = limiter.execute(() => clock.now());
    const controller = new AbortController();
    const aborted = limiter.tryExecute(() => 3, { signal: controller.signal });
    controller.abort("no");
    expect(await aborted).toMatchObject({ error: "no" });
    await clock.advance(100);
    expect(await second).toBe(100);
    await clock.advance(100);
    const burst = [1, 2, 3].map(() => limiter.tryExecute(() => 1));
    await clock.advance(500);
    const outcomes = await Promise.all(burst);
    expect(outcomes.filter((outcome) => outcome.ok).length).toBe(2);
    expect(outcomes.find((outcome) => !outcome.ok)).toMatchObject({ error: { rule: "max-wait" } });
  });

  it("refuses use after dispose", () => {
    const limiter = rateLimiter({ algorithm: gcra({ limit: 1, perMs: 1_000 }), clock: manualClock() });
    limiter[dispose]();
    expect(() => limiter.check()).toThrow(expect.objectContaining({ code: "DISPOSED" }));
  });

  it.each([
    [{ limit: 0, perMs: 1_000 }],
    [{ limit: 1, perMs: 0 }],
    [{ limit: 1, perMs: 1_000, burst: 0 }],
    [{ limit: Number.NaN, perMs: 1_000 }],
  ])("refuses the rate %j", (rate) => {
    expect(() => rateLimiter({ algorithm: tokenBucket(rate) })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  });
});
