import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dispose, type ManualClock, manualClock } from "../../ts/kernel/index.js";
import { type DistributedRateLimiterOptions, distributedRateLimiter } from "../../ts/redis/index.js";
import {
  compose,
  gcra,
  type Policy,
  type PolicyOptions,
  rateLimiter,
  timeout,
  tokenBucket,
} from "../../ts/resilience/index.js";
import { slidingWindow } from "../../ts/resilience/limiter/index.js";
import { policyContract } from "../resilience/policy-contract.js";
import { FakeRedis } from "./fake-redis.js";

type Options = Partial<DistributedRateLimiterOptions>;

function build(options: Options = {}) {
  const clock = manualClock();
  const redis = new FakeRedis(clock);
  const limiter = distributedRateLimiter({
    clock,
    redis,
    algorithm: tokenBucket({ limit: 2, perMs: 1_000 }),
    prefix: "test",
    onStoreFailure: "closed",
    ...options,
  });
  return { clock, redis, limiter };
}

const down = new Error("ECONNREFUSED");

for (const [name, algorithm] of [
  ["token bucket", tokenBucket({ limit: 1, perMs: 1_000 })],
  ["sliding window", slidingWindow({ limit: 1, perMs: 1_000 })],
] as const) {
  describe(name, () => {
    policyContract({
      kind: "distributed-rate-limiter",
      make: (options: PolicyOptions) => {
        const redis = new FakeRedis(options.clock as ManualClock);
        return distributedRateLimiter({ redis, algorithm, prefix: "test", onStoreFailure: "closed", ...options });
      },
      callOptions: { key: "tenant" },
      exhaust: async (policy: Policy, clock) => {
        await policy.execute(() => 1, { key: "tenant" });
        await clock.advance(0);
      },
      refusal: { code: "RATE_LIMITED", rule: "limit", hasRetryAfter: true, observed: 1, threshold: 1 },
      shadowed: {
        action: "reject",
        provoke: async (policy, clock) => {
          expect(await policy.execute(() => "passed", { key: "tenant" })).toBe("passed");
          await clock.advance(0);
        },
      },
      change: { good: { timeoutMs: 100 }, bad: { onStoreFailure: "perhaps" } },
    });
  });
}

describe("a distributed limiter", () => {
  it("answers as the limiter of one process does, and says who decided", async () => {
    const algorithm = tokenBucket({ limit: 3, perMs: 1_000 });
    const trace = fc.array(fc.tuple(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 4 })), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(trace, async (steps) => {
        const { clock, limiter } = build({ algorithm });
        const local = rateLimiter({ algorithm, clock });
        for (const [afterMs, weight] of steps) {
          clock.advanceSync(afterMs);
          const { decidedBy, ...decision } = await limiter.check("a", { weight });
          const expected = local.check(undefined, weight);
          expect(["store", "memory"]).toContain(decidedBy);
          expect(decision.allowed).toBe(expected.allowed);
          expect(decision.limit).toBe(3);
          // Waits from memory are differences of the clock's fractions.
          expect(decision.retryAfterMs).toBeCloseTo(expected.retryAfterMs, 2);
          expect(decision.resetAfterMs).toBeCloseTo(expected.resetAfterMs, 2);
          if (decidedBy === "store") expect(decision.remaining).toBe(expected.remaining);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("counts by the sliding window", async () => {
    const { clock, limiter } = build({ algorithm: slidingWindow({ limit: 10, perMs: 1_000 }) });
    await clock.advance(900);
    expect(await limiter.check("a", { weight: 10 })).toMatchObject({ allowed: true, limit: 10, remaining: 0 });
    await clock.advance(300);
    // A fifth of the next window is over: 8 of the 10 still count.
    expect(await limiter.check("a", { weight: 2 })).toMatchObject({ allowed: true, remaining: 0 });
    expect(await limiter.check("a")).toMatchObject({ allowed: false, retryAfterMs: 100 });
  });

  it("keeps keys apart, or shares one state", async () => {
    const { limiter, redis } = build();
    await limiter.check("a", { weight: 2 });
    expect((await limiter.check("b")).allowed).toBe(true);
    expect(redis.asked.map(({ key }) => key)).toEqual(["test:gcra:a", "test:gcra:b"]);
    await expect(limiter.check()).rejects.toMatchObject({ code: "INVALID_OPTION" });
    await expect(limiter.execute(() => 1)).rejects.toMatchObject({ code: "INVALID_OPTION" });
    const shared = build({ keyed: false });
    expect((await shared.limiter.check()).allowed).toBe(true);
    expect(await shared.limiter.execute(() => 1, { key: "whatever" })).toBe(1);
    expect((await shared.limiter.check()).allowed).toBe(false);
  });

  it("hashes long keys, also in execute", async () => {
    const { limiter, redis } = build();
    const key = "k".repeat(10_000);
    expect(await limiter.execute(() => 1, { key })).toBe(1);
    await limiter.check(key);
    expect((await limiter.check(key)).allowed).toBe(false);
    for (const asked of redis.asked) expect(asked.key).toMatch(/^test:gcra#[0-9a-f]{64}$/);
  });

  it("weighs as the core does: fractions up, zero looks, what is no weight never passes", async () => {
    const { limiter, redis } = build();
    expect(await limiter.check("a", { weight: 0 })).toMatchObject({ allowed: true, remaining: 2 });
    expect(await limiter.check("a", { weight: 0.5 })).toMatchObject({ allowed: true, remaining: 1 });
    for (const weight of [3, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const decision = await limiter.check("a", { weight });
      expect(decision).toMatchObject({ allowed: false, remaining: 1, retryAfterMs: Number.POSITIVE_INFINITY });
    }
    await expect(limiter.execute(() => 1, { key: "a", weight: 3 })).rejects.toMatchObject({
      rule: "weight",
      observed: 3,
      threshold: 2,
      retryable: false,
      retryAfterMs: undefined,
    });
    // None of them was remembered as a refusal for a time.
    expect(redis.asked).toHaveLength(7);
    expect((await limiter.check("a")).allowed).toBe(true);
  });

  it("gives permits back and forgets keys", async () => {
    const { limiter } = build();
    await limiter.check("a", { weight: 2 });
    expect((await limiter.check("a")).decidedBy).toBe("store");
    expect(await limiter.refund("a")).toBe(true);
    expect(await limiter.check("a")).toMatchObject({ allowed: true, remaining: 0 });
    expect((await limiter.check("a")).allowed).toBe(false);
    expect(await limiter.reset("a")).toBe(true);
    expect(await limiter.check("a")).toMatchObject({ allowed: true, remaining: 1 });
    await limiter.refund("a", { weight: 100 });
    await limiter.refund("a", { weight: -5 });
    expect(await limiter.check("a")).toMatchObject({ allowed: true, remaining: 1 });
  });
});

describe("the memory of refusals", () => {
  it("refuses a blocked key without a round trip until it may pass, and not longer", async () => {
    const { clock, limiter, redis } = build();
    await limiter.check("a", { weight: 2 });
    expect(await limiter.check("a")).toMatchObject({ allowed: false, retryAfterMs: 500, decidedBy: "store" });
    await clock.advance(200);
    for (let i = 0; i < 1_000; i++) {
      expect(await limiter.check("a")).toMatchObject({
        allowed: false,
        retryAfterMs: 300,
        resetAfterMs: 800,
        decidedBy: "memory",
      });
    }
    await expect(limiter.execute(() => 1, { key: "a" })).rejects.toMatchObject({ rule: "limit", retryAfterMs: 300 });
    expect(redis.asked).toHaveLength(2);
    await clock.advance(300);
    expect(await limiter.check("a")).toMatchObject({ allowed: true, decidedBy: "store" });
  });

  it("does not outlast permits that were taken for less", async () => {
    const { limiter } = build();
    await limiter.check("a");
    expect(await limiter.check("a", { weight: 2 })).toMatchObject({ allowed: false, retryAfterMs: 500 });
    expect((await limiter.check("a")).allowed).toBe(true);
    expect(await limiter.check("a", { weight: 2 })).toMatchObject({ allowed: false, retryAfterMs: 1_000 });
  });

  it("can be off", async () => {
    const { limiter, redis } = build({ maxBlockedKeys: 0 });
    for (let i = 0; i < 5; i++) await limiter.check("a");
    expect(redis.asked).toHaveLength(5);
  });
});

describe("when the store fails", () => {
  it("open: every call passes, and nothing is promised", async () => {
    const { limiter, redis } = build({ onStoreFailure: "open" });
    redis.behaviour = down;
    expect(await limiter.check("a")).toEqual({
      allowed: true,
      limit: 2,
      remaining: 0,
      retryAfterMs: 0,
      resetAfterMs: 0,
      decidedBy: "open",
      storeError: down,
    });
    expect(await limiter.execute(() => "passed", { key: "a" })).toBe("passed");
    // What can never pass does not pass because the store is away.
    expect(await limiter.check("a", { weight: 3 })).toMatchObject({
      allowed: false,
      retryAfterMs: Number.POSITIVE_INFINITY,
    });
  });

  it("closed: no call passes; the refusal says why and has the store's error as cause", async () => {
    const { limiter, redis } = build({ onStoreFailure: "closed", pauseMs: 700 });
    redis.behaviour = down;
    expect(await limiter.check("a")).toMatchObject({ allowed: false, retryAfterMs: 700, decidedBy: "closed" });
    await expect(limiter.execute(() => 1, { key: "a" })).rejects.toMatchObject({
      code: "RATE_LIMITED",
      rule: "store-unavailable",
      retryAfterMs: 700,
      retryable: true,
      cause: down,
      observed: undefined,
    });
  });

  it.each([
    ["token bucket", tokenBucket({ limit: 100, perMs: 1_000 })],
    ["GCRA", gcra({ limit: 100, perMs: 1_000, burst: 100 })],
    ["sliding window", slidingWindow({ limit: 100, perMs: 1_000 })],
  ])("local: %s, this process's share of it", async (_name, algorithm) => {
    const { clock, limiter, redis } = build({ algorithm, onStoreFailure: "local", localShare: 0.25 });
    redis.behaviour = down;
    const decisions = await Promise.all(Array.from({ length: 60 }, () => limiter.check("a")));
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(25);
    expect(decisions[0]).toMatchObject({ limit: 25, remaining: 24, decidedBy: "local" });
    expect((await limiter.check("b")).allowed).toBe(true);
    // More than the share is not more than the limit: the store may let it pass when it is back.
    expect(await limiter.check("b", { weight: 50 })).toMatchObject({ allowed: false, decidedBy: "local" });
    expect((await limiter.check("b", { weight: 50 })).retryAfterMs).toBeLessThanOrEqual(1_000);
    expect(await limiter.refund("a", { weight: 2 })).toBe(false);
    expect((await limiter.check("a")).allowed).toBe(true);
    expect(await limiter.reset("a")).toBe(false);
    expect((await limiter.check("a", { weight: 25 })).allowed).toBe(true);
    await clock.advance(2_000);
    redis.behaviour = "answer";
    expect(await limiter.check("c")).toMatchObject({ allowed: true, limit: 100, decidedBy: "store" });
  });

  it("a store that hangs costs the timeout a few times, then nothing", async () => {
    const { clock, limiter, redis } = build({ onStoreFailure: "open", timeoutMs: 50, failures: 3, pauseMs: 1_000 });
    redis.behaviour = "hang";
    for (let i = 0; i < 3; i++) {
      const decision = limiter.check("a");
      await clock.advance(50);
      expect(await decision).toMatchObject({ decidedBy: "open", storeError: { code: "TIMEOUT" } });
    }
    expect(limiter.storeState).toBe("open");
    const startMs = clock.now();
    for (let i = 0; i < 100; i++) {
      expect(await limiter.check("a")).toMatchObject({ decidedBy: "open", storeError: { code: "CIRCUIT_OPEN" } });
    }
    expect(clock.now()).toBe(startMs);
    expect(redis.asked).toHaveLength(3);
    expect(redis.signals.map(({ signal }) => signal.aborted)).toEqual([true, true, true]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("tells of failures and of recovery", async () => {
    const { clock, limiter, redis } = build({ failures: 2, pauseMs: 1_000 });
    const told: unknown[] = [];
    limiter.on("storeFailed", ({ error }) => told.push(error));
    limiter.on("storeRecovered", ({ policy, downMs }) => told.push([policy, downMs]));
    await limiter.check("a");
    redis.behaviour = down;
    for (let i = 0; i < 10; i++) await limiter.check("a");
    await clock.advance(1_000);
    await limiter.check("a");
    expect(told).toEqual([down, down, down]);
    redis.behaviour = "answer";
    await clock.advance(1_000);
    expect(await limiter.check("a")).toMatchObject({ allowed: true, decidedBy: "store" });
    expect(limiter.storeState).toBe("closed");
    expect(told.slice(3)).toEqual([["distributed-rate-limiter", 2_000]]);
    await limiter.check("a");
    expect(told).toHaveLength(4);
  });

  it("takes an answer that is none for a failure", async () => {
    const { limiter, redis } = build();
    redis.behaviour = { reply: "OK" };
    const { storeError } = await limiter.check("a");
    expect(storeError).toMatchObject({ message: expect.stringContaining('"OK"') });
    redis.behaviour = new TypeError("a bug in a client");
    for (let i = 0; i < 5; i++) await limiter.check("a");
    expect(limiter.storeState).toBe("open");
  });
});

describe("in execute", () => {
  it("gives back what was taken for a caller who has left", async () => {
    const { clock, limiter, redis } = build();
    redis.hold();
    const controller = new AbortController();
    let calls = 0;
    const outcome = limiter.tryExecute(() => calls++, { key: "a", weight: 2, signal: controller.signal });
    await clock.advance(0);
    controller.abort("gone");
    expect(await outcome).toMatchObject({ ok: false, error: "gone" });
    redis.release();
    await clock.advance(0);
    expect(calls).toBe(0);
    expect(redis.asked.map(({ args }) => args[3])).toEqual(["1000000", "-1000000"]);
    expect(await limiter.check("a", { weight: 2 })).toMatchObject({ allowed: true });
  });

  it("has nothing to give back when it was disposed meanwhile; an unhandled rejection would fail this test run", async () => {
    const { clock, limiter, redis } = build();
    redis.hold();
    const controller = new AbortController();
    const outcome = limiter.tryExecute(() => 1, { key: "a", signal: controller.signal });
    await clock.advance(0);
    controller.abort("gone");
    await outcome;
    redis.release();
    // The answer is through the guard by then, and nobody has looked at it.
    await Promise.resolve();
    limiter[dispose]();
    await clock.advance(0);
    await new Promise((resolve) => setImmediate(resolve));
  });

  it("is cut by a deadline outside of it", async () => {
    const { clock, limiter, redis } = build({ timeoutMs: 1_000 });
    redis.behaviour = "hang";
    const outcome = compose(timeout({ timeoutMs: 10, clock }), limiter).tryExecute(() => 1, { key: "a" });
    await clock.advance(10);
    expect(await outcome).toMatchObject({ error: { code: "TIMEOUT" } });
    await clock.advance(2_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it("reports in shadow mode also what memory refuses, and what the store's failure would", async () => {
    const { clock, limiter, redis } = build({ mode: "shadow", onStoreFailure: "closed" });
    const rules: unknown[] = [];
    limiter.on("shadowed", ({ rejection }) => rules.push((rejection as { rule: string }).rule));
    const call = async (key: string) => {
      expect(await limiter.execute(() => "passed", { key })).toBe("passed");
      await clock.advance(0);
    };
    for (let i = 0; i < 4; i++) await call("a");
    redis.behaviour = down;
    await call("b");
    expect(rules).toEqual(["limit", "limit", "store-unavailable"]);
    expect(limiter.counts).toMatchObject({ rejected: 0, shadowed: 3 });
  });
});

describe("live changes", () => {
  it("another rate of the same algorithm goes on from what was used", async () => {
    const { limiter } = build({ algorithm: tokenBucket({ limit: 10, perMs: 1_000 }) });
    await limiter.check("a", { weight: 10 });
    expect((await limiter.check("a")).allowed).toBe(false);
    limiter.reconfigure({ algorithm: tokenBucket({ limit: 20, perMs: 1_000 }) });
    expect(limiter.algorithm.limit).toBe(20);
    // Empty for another second; the memory of the refusal is gone, so the store says so.
    expect(await limiter.check("a")).toMatchObject({ allowed: false, limit: 20, decidedBy: "store" });
  });

  it("another failure mode, another share, another port", async () => {
    const { clock, limiter, redis } = build({ onStoreFailure: "closed" });
    redis.behaviour = down;
    expect((await limiter.check("a")).decidedBy).toBe("closed");
    limiter.reconfigure({ onStoreFailure: "local", localShare: 1 });
    expect(await limiter.check("a")).toMatchObject({ decidedBy: "local", remaining: 1 });
    limiter.reconfigure({ pauseMs: 500 });
    expect(await limiter.check("a")).toMatchObject({ decidedBy: "local", remaining: 0 });
    limiter.reconfigure({ localShare: 0.5 });
    expect(await limiter.check("a")).toMatchObject({ decidedBy: "local", limit: 1, remaining: 0 });
    limiter.reconfigure({ redis: new FakeRedis(clock) });
    expect(await limiter.check("a")).toMatchObject({ decidedBy: "store" });
  });

  it("while a call waits for a store that then fails: the new stand-in decides", async () => {
    const { clock, limiter, redis } = build({ onStoreFailure: "local", localShare: 1, timeoutMs: 50 });
    redis.behaviour = "hang";
    const waiting = limiter.check("a");
    limiter.reconfigure({ localShare: 0.5 });
    await clock.advance(50);
    expect(await waiting).toMatchObject({ allowed: true, decidedBy: "local", limit: 1 });
  });
});

describe("options", () => {
  it.each<[string, Options]>([
    ["redis", { redis: undefined as never }],
    ["redis", { redis: {} as never }],
    ["prefix", { prefix: "" }],
    ["prefix", { prefix: "x".repeat(65) }],
    ["onStoreFailure", { onStoreFailure: undefined as never }],
    ["localShare", { onStoreFailure: "local" }],
    ["localShare", { onStoreFailure: "local", localShare: 1.5 }],
    ["algorithm.limit", { algorithm: tokenBucket({ limit: 0.5, perMs: 1_000 }) }],
    ["algorithm.limit", { algorithm: slidingWindow({ limit: 2 ** 24, perMs: 1_000 }) }],
    ["algorithm.burst", { algorithm: gcra({ limit: 1, perMs: 1_000, burst: 0 }) }],
    ["algorithm.perMs", { algorithm: gcra({ limit: 1, perMs: 0.0004 }) }],
    ["algorithm.perMs", { algorithm: gcra({ limit: 1, perMs: Number.NaN }) }],
    ["algorithm.kind", { algorithm: { kind: "fixed", limit: 1, perMs: 1 } as never }],
    ["timeoutMs", { timeoutMs: 0 }],
    ["failures", { failures: 0 }],
    ["pauseMs", { pauseMs: -1 }],
    ["maxBlockedKeys", { maxBlockedKeys: -1 }],
    ["maxLocalKeys", { maxLocalKeys: 0 }],
  ])("refuses a bad %s", (option, options) => {
    expect(() => build(options)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", details: expect.objectContaining({ option }) }),
    );
  });

  it("gives the core's memory back, and is of no use afterwards, whatever holds without a store", async () => {
    for (const options of [
      { onStoreFailure: "open" },
      { onStoreFailure: "closed" },
      { onStoreFailure: "local", localShare: 1 },
      { onStoreFailure: "local", localShare: 1, algorithm: slidingWindow({ limit: 1, perMs: 1_000 }) },
    ] as const) {
      const { limiter } = build(options);
      const failures: unknown[] = [];
      limiter.on("storeFailed", ({ error }) => failures.push(error));
      limiter[dispose]();
      await expect(limiter.check("a")).rejects.toMatchObject({ code: "DISPOSED" });
      await expect(limiter.execute(() => 1, { key: "a" })).rejects.toMatchObject({ code: "DISPOSED" });
      await expect(limiter.refund("a")).rejects.toMatchObject({ code: "DISPOSED" });
      await expect(limiter.reset("a")).rejects.toMatchObject({ code: "DISPOSED" });
      expect(failures).toEqual([]);
    }
  });

  it("tells in shadow mode what it could not decide, and lets the call go on", async () => {
    const { clock, limiter } = build();
    const failures: unknown[] = [];
    limiter.on("shadowFailed", ({ error }) => failures.push((error as { code: string }).code));
    limiter.setMode("shadow");
    expect(await limiter.execute(() => "passed")).toBe("passed");
    limiter[dispose]();
    expect(await limiter.execute(() => "passed", { key: "a" })).toBe("passed");
    await clock.advance(0);
    expect(failures).toEqual(["INVALID_OPTION", "DISPOSED"]);
  });
});
