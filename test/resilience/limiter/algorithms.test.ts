/** Every algorithm keeps the contract of policies, its rate, and the order of those who wait. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dispose, manualClock } from "../../../ts/kernel/index.js";
import {
  gcra,
  type LimiterAlgorithm,
  leakyBucket,
  type RateLimiter,
  type RateLimiterOptions,
  rateLimiter,
  tokenBucket,
} from "../../../ts/resilience/index.js";
import {
  all,
  fixedWindow,
  leakyBucketQueue,
  slidingLog,
  slidingWindow,
  warmUp,
} from "../../../ts/resilience/limiter/index.js";
import { policyContract } from "../policy-contract.js";

const one = { limit: 1, perMs: 1_000 };
const two = { limit: 2, perMs: 1_000 };

/** Each with the one permit that the contract uses up, and a change of its numbers. */
const contracts: readonly (readonly [string, LimiterAlgorithm, LimiterAlgorithm])[] = [
  ["leaky bucket", leakyBucket(one), leakyBucket(two)],
  ["fixed window", fixedWindow(one), fixedWindow(two)],
  ["sliding window", slidingWindow(one), slidingWindow(two)],
  ["sliding log", slidingLog(one), slidingLog(two)],
  ["warm-up", warmUp({ ...one, warmUpMs: 2_000 }), warmUp({ ...two, warmUpMs: 2_000 })],
  ["all", all(tokenBucket(one), fixedWindow(two)), all(tokenBucket(two))],
];

for (const [name, algorithm, changed] of contracts) {
  describe(name, () => {
    policyContract({
      kind: "rate-limiter",
      make: (options) => rateLimiter({ algorithm, ...options }),
      exhaust: async (policy) => {
        await policy.execute(() => 1);
      },
      refusal: {
        code: "RATE_LIMITED",
        rule: "limit",
        hasRetryAfter: true,
        observed: 1,
        threshold: name === "warm-up" ? Number.POSITIVE_INFINITY : 1,
      },
      shadowed: { action: "reject" },
      change: { good: { algorithm: changed }, bad: { maxWaitMs: -1 } },
      keepsRefusing: true,
    });
  });
}

describe("leaky bucket as a queue", () => {
  policyContract({
    kind: "rate-limiter",
    make: (options) =>
      rateLimiter({ algorithm: leakyBucketQueue({ ...one, capacity: 1 }), maxWaitMs: 500, ...options }),
    exhaust: async (policy) => {
      await policy.execute(() => 1);
    },
    refusal: { code: "RATE_LIMITED", rule: "max-wait", hasRetryAfter: true, observed: 1_000, threshold: 500 },
    shadowed: { action: "reject" },
    change: { good: { algorithm: leakyBucketQueue({ ...two, capacity: 1 }) }, bad: { maxWaiting: 0.5 } },
    keepsRefusing: true,
  });
});

for (const [name, algorithm] of [
  ["fixed window", fixedWindow(one)],
  ["all", all(tokenBucket(one), { algorithm: fixedWindow({ limit: 100, perMs: 1_000 }), by: "everybody" })],
] as const) {
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
      change: { good: { maxWaiting: 5 }, bad: { maxWaitMs: Number.NaN } },
      keepsRefusing: true,
    });
  });
}

/** Every algorithm at 10 a second or less, with whether bursts are part of what it allows. */
const tens: readonly (readonly [string, LimiterAlgorithm, RateLimiterOptions["keys"]?])[] = [
  ["token bucket", tokenBucket({ limit: 10, perMs: 1_000, burst: 4 })],
  ["GCRA", gcra({ limit: 10, perMs: 1_000, burst: 4 })],
  ["leaky bucket", leakyBucket({ limit: 10, perMs: 1_000, burst: 4 })],
  ["leaky bucket as a queue", leakyBucketQueue({ limit: 10, perMs: 1_000, capacity: 1_000 })],
  ["fixed window", fixedWindow({ limit: 10, perMs: 1_000 })],
  ["sliding window", slidingWindow({ limit: 10, perMs: 1_000 })],
  ["sliding log", slidingLog({ limit: 10, perMs: 1_000 })],
  ["warm-up", warmUp({ limit: 10, perMs: 1_000, warmUpMs: 1_000 })],
  ["all", all(gcra({ limit: 10, perMs: 1_000, burst: 5 }), slidingLog({ limit: 20, perMs: 10_000 }))],
  ["token bucket, keyed", tokenBucket({ limit: 10, perMs: 1_000, burst: 4 }), { max: 10 }],
  ["sliding window, keyed", slidingWindow({ limit: 10, perMs: 1_000 }), { max: 10 }],
];

const arrival = fc.record({
  afterMs: fc.integer({ min: 0, max: 60 }),
  weight: fc.integer({ min: 1, max: 4 }),
  as: fc.constantFrom("acquire", "acquire", "acquire", "execute", "check"),
  /** When the caller gives up, if it still waits then. */
  patienceMs: fc.option(fc.integer({ min: 0, max: 500 }), { nil: undefined, freq: 4 }),
});

describe.each(tens.map(([name, algorithm, keys]) => ({ name, algorithm, keys })))("$name", ({ algorithm, keys }) => {
  const key = keys && "key";

  it("lets nobody pass who came later, however they ask, and leaves nothing behind", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { maxLength: 40 }), async (arrivals) => {
        const clock = manualClock();
        const limiter = rateLimiter({ algorithm, clock, maxWaitMs: 60_000, ...(keys && { keys }) });
        const entered: number[] = [];
        const ends: Promise<unknown>[] = [];
        for (const [number, { afterMs, weight, as, patienceMs }] of arrivals.entries()) {
          await clock.advance(afterMs);
          const controller = new AbortController();
          const { signal } = controller;
          const enter = () => void entered.push(number);
          if (as === "check") {
            if (limiter.check(key, weight).allowed) {
              enter();
              expect(limiter.waiting).toBe(0);
            }
            continue;
          }
          const end =
            as === "acquire"
              ? limiter.acquire(key, { weight, signal }).then(enter)
              : limiter.execute(enter, { weight, signal, ...(key && { key }) });
          ends.push(end.catch((error: unknown) => expect(error).toBe("impatient")));
          if (patienceMs !== undefined) clock.schedule(() => controller.abort("impatient"), patienceMs);
        }
        await clock.advance(600_000);
        await Promise.all(ends);
        expect(entered).toEqual([...entered].sort((a, b) => a - b));
        expect(limiter.waiting).toBe(0);
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it("gives those who wait the full rate, and no more in any second than its burst on top", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm, clock, ...(keys && { keys }) });
    const at: number[] = [];
    for (let i = 0; i < 60; i++) void limiter.acquire(key).then(() => at.push(clock.now()));
    await clock.advance(60_000);
    expect(at).toHaveLength(60);
    const perMs = algorithm.perMs / algorithm.limit;
    const burst = Number.isFinite(algorithm.burst) ? Math.min(algorithm.burst, 20) : 1;
    for (let i = burst; i < 60; i++) {
      // A window's worth may come at once where windows meet, and never more.
      expect(at[i]! - at[i - burst]!).toBeGreaterThanOrEqual(0);
      const inSecond = at.filter((ms) => ms > at[i]! - 1_000 && ms <= at[i]!).length;
      expect(inSecond).toBeLessThanOrEqual(10 + (algorithm.kind === "fixed-window" ? 10 : burst));
    }
    // Nothing is held back: 60 permits take no longer than at the steady rate, where there is only that one.
    if (algorithm.kind !== "warm-up" && algorithm.kind !== "all")
      expect(at[59]).toBeLessThanOrEqual(60 * perMs + 1_000);
  });

  it("refuses at once, for ever and as a value what weighs more than can be had", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm, clock, maxWaitMs: 60_000, ...(keys && { keys }) });
    const weight = 2 ** 40;
    expect(limiter.check(key, weight)).toMatchObject({ allowed: false, retryAfterMs: Number.POSITIVE_INFINITY });
    await expect(limiter.acquire(key, { weight })).rejects.toMatchObject({ rule: "weight", retryable: false });
    await expect(limiter.execute(() => 1, { weight, ...(key && { key }) })).rejects.toMatchObject({ rule: "weight" });
    expect(limiter.tryAcquire(key)).toBe(true);
    expect(limiter.waiting).toBe(0);
  });
});

describe("a limiter whose numbers change while it works", () => {
  /** What was taken, as a share. */
  const usedAfter = (limiter: RateLimiter) => {
    const { limit, remaining } = limiter.check(undefined, 0);
    return 1 - remaining / limit;
  };

  it.each([
    ["token bucket", tokenBucket, 0.5],
    ["leaky bucket", leakyBucket, 0.5],
    ["fixed window", fixedWindow, 0.5],
    ["sliding window", slidingWindow, 0.5],
  ] as const)("%s keeps the share that was used", (_name, make, share) => {
    for (const limit of [4, 20, 100]) {
      const limiter = rateLimiter({ algorithm: make({ limit: 10, perMs: 1_000 }), clock: manualClock() });
      limiter.check(undefined, 5);
      limiter.reconfigure({ algorithm: make({ limit, perMs: 1_000 }) });
      expect(usedAfter(limiter)).toBeCloseTo(share, 1);
      expect(limiter.check().limit).toBe(limit);
    }
  });

  it("a sliding log keeps its entries, also where it needs more room", () => {
    const limiter = rateLimiter({ algorithm: slidingLog({ limit: 10, perMs: 1_000 }), clock: manualClock() });
    limiter.check(undefined, 5);
    limiter.reconfigure({ algorithm: slidingLog({ limit: 6, perMs: 1_000 }) });
    expect(limiter.check(undefined, 0).remaining).toBe(1);
    limiter.reconfigure({ algorithm: slidingLog({ limit: 12, perMs: 1_000 }) });
    // 5 of 6 is the share that goes over.
    expect(limiter.check(undefined, 0).remaining).toBe(2);
  });

  it("another algorithm begins with the share that was used, so that a change is no way to get a second burst", () => {
    const limiter = rateLimiter({ algorithm: tokenBucket({ limit: 10, perMs: 1_000 }), clock: manualClock() });
    limiter.check(undefined, 10);
    limiter.reconfigure({ algorithm: fixedWindow({ limit: 50, perMs: 1_000 }) });
    expect(limiter.check().allowed).toBe(false);
  });

  it("goes on refilling after a change (bottleneck #185), and limits change live (resilience4j #174)", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm: tokenBucket({ limit: 1, perMs: 1_000 }), clock });
    limiter.check();
    limiter.reconfigure({ algorithm: tokenBucket({ limit: 100, perMs: 1_000 }) });
    expect(limiter.check().allowed).toBe(false);
    for (let second = 0; second < 3; second++) {
      await clock.advance(1_000);
      expect(limiter.check(undefined, 100).allowed).toBe(true);
    }
  });

  it("serves those who stand in a line at the new rate", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm: slidingLog({ limit: 10, perMs: 60_000 }), clock });
    limiter.check(undefined, 10);
    const at: number[] = [];
    void limiter.acquire().then(() => at.push(clock.now()));
    await clock.advance(100);
    limiter.reconfigure({ algorithm: slidingLog({ limit: 10, perMs: 1_000 }) });
    await clock.advance(1_000);
    expect(at).toEqual([1_000]);
  });

  it("lets those leave who booked with an algorithm that is gone", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm: gcra({ limit: 1, perMs: 1_000 }), clock });
    await limiter.acquire();
    const controller = new AbortController();
    const left = limiter.acquire(undefined, { signal: controller.signal });
    const stays = limiter.acquire().then(() => clock.now());
    limiter.reconfigure({ algorithm: slidingLog({ limit: 1, perMs: 1_000 }) });
    controller.abort("gone");
    await expect(left).rejects.toBe("gone");
    await clock.advance(2_000);
    expect(await stays).toBe(2_000);
  });

  it.each([
    ["booked", gcra({ limit: 1, perMs: 1_000 })],
    ["in a line", fixedWindow({ limit: 1, perMs: 1_000 })],
  ])("tells those who are %s when it is disposed of", async (_name, algorithm) => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm, maxWaitMs: 60_000, clock });
    await limiter.acquire();
    const waits = [limiter.acquire(), limiter.execute(() => 1), limiter.acquire()];
    limiter[dispose]();
    for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: "DISPOSED" });
    expect(limiter.waiting).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it("tells one who waits, and no timer, that the limit of its key makes no sense", async () => {
    const clock = manualClock();
    let limit = 1;
    const algorithm = tokenBucket({ limit: 1, perMs: 1_000 });
    const limits = () => ({ limit, perMs: 1_000 });
    const limiter = rateLimiter({ algorithm, keys: { max: 10, limits }, clock });
    await limiter.acquire("ada");
    const wait = limiter.acquire("ada");
    limit = Number.NaN;
    const seen = wait.catch((error: { code: string }) => error.code);
    await clock.advance(1_000);
    expect(await seen).toBe("INVALID_OPTION");
    expect(limiter.waiting).toBe(0);
  });

  it("lets the next one pass at once when the one before leaves who asked for more", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm: slidingLog({ limit: 5, perMs: 1_000 }), clock });
    limiter.check(undefined, 3);
    const controller = new AbortController();
    const large = limiter.acquire(undefined, { weight: 4, signal: controller.signal }).catch((reason) => reason);
    const small = limiter.acquire().then(() => clock.now());
    controller.abort("gone");
    expect(await Promise.all([large, small])).toEqual(["gone", 0]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("keeps lines as they are while somebody stands in them", () => {
    const algorithm = fixedWindow({ limit: 1, perMs: 1_000 });
    const limiter = rateLimiter({ algorithm, clock: manualClock() });
    void limiter.acquire();
    void limiter.acquire();
    expect(() => limiter.reconfigure({ fairQueue: {} })).toThrow(/nobody waits/);
    expect(limiter.waiting).toBe(1);
  });
});

describe("what went wrong elsewhere", () => {
  it("paces evenly at the full rate from the first permit on (rate-limiter-flexible #112: half of it, then a burst)", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm: leakyBucketQueue({ limit: 5, perMs: 1_000, capacity: 100 }), clock });
    const at: number[] = [];
    for (let i = 0; i < 20; i++) void limiter.execute(() => at.push(clock.now()));
    await clock.advance(4_000);
    expect(at).toEqual(Array.from({ length: 20 }, (_, i) => i * 200));
  });

  it("admits no two windows' worth where windows meet (bottleneck #153), but for the fixed window that says so", async () => {
    for (const [algorithm, most] of [
      [slidingWindow({ limit: 10, perMs: 1_000 }), 11],
      [slidingLog({ limit: 10, perMs: 1_000 }), 10],
      [fixedWindow({ limit: 10, perMs: 1_000 }), 20],
    ] as const) {
      const clock = manualClock({ nowMs: 990 });
      const limiter = rateLimiter({ algorithm, clock });
      let taken = 0;
      for (let ms = 0; ms < 100; ms++) {
        while (limiter.tryAcquire()) taken++;
        await clock.advance(1);
      }
      expect(taken).toBeLessThanOrEqual(most);
    }
  });

  it("bounds those who wait (bottleneck #95), and lets each of them leave (bottleneck #117)", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm: fixedWindow({ limit: 1, perMs: 1_000 }), maxWaiting: 2, clock });
    await limiter.acquire();
    const controller = new AbortController();
    const first = limiter.acquire(undefined, { signal: controller.signal });
    const second = limiter.acquire();
    await expect(limiter.acquire()).rejects.toMatchObject({ rule: "queue-full", observed: 2, threshold: 2 });
    controller.abort("enough");
    await expect(first).rejects.toBe("enough");
    // The one behind takes the turn: nothing was taken for the one who left.
    await clock.advance(1_000);
    await second;
    expect(limiter.waiting).toBe(0);
  });

  it("gives a booking back unless it was overtaken, so that two never meet in its place", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm: gcra({ limit: 10, perMs: 1_000 }), clock });
    await limiter.acquire();
    const last = new AbortController();
    const middle = new AbortController();
    const outcomes = [
      limiter.acquire(undefined, { signal: middle.signal }).catch(() => "left"),
      limiter.acquire().then(() => clock.now()),
      limiter.acquire(undefined, { signal: last.signal }).catch(() => "left"),
    ];
    last.abort();
    middle.abort();
    await clock.advance(200);
    expect(await Promise.all(outcomes)).toEqual(["left", 200, "left"]);
    // The last one's place is free again, that in the middle passed unused.
    expect(limiter.check().retryAfterMs).toBe(100);
  });

  it("takes from all limits or from none (rate-limiter-flexible #150), and says which refused", () => {
    const clock = manualClock();
    const algorithm = all(
      { name: "burst", algorithm: tokenBucket({ limit: 5, perMs: 1_000 }) },
      { name: "day", algorithm: fixedWindow({ limit: 8, perMs: 86_400_000 }), by: "everybody" },
    );
    const limiter = rateLimiter({ algorithm, keys: { max: 100 }, clock });
    expect(limiter.check("ada", 5)).toMatchObject({ allowed: true, remaining: 0 });
    expect(limiter.check("bob", 5)).toMatchObject({ allowed: false, refusedBy: "day" });
    expect(limiter.check("ada", 1)).toMatchObject({ allowed: false, refusedBy: "burst" });
    // Bob lost nothing by being refused.
    expect(limiter.check("bob", 3)).toMatchObject({ allowed: true, remaining: 0 });
    limiter.refund("bob", 3);
    expect(limiter.check("bob", 3).allowed).toBe(true);
  });

  it("restores all limits of several, or none", () => {
    const make = () =>
      rateLimiter({ algorithm: all(tokenBucket(one), fixedWindow(two)), clock: manualClock(), name: "both" });
    const used = make();
    used.check();
    const { state, ...rest } = used.snapshot();
    const torn = state.slice();
    torn.fill(0xff, -8);
    const fresh = make();
    expect(() => fresh.restore({ ...rest, state: torn })).toThrow(
      expect.objectContaining({ code: "SNAPSHOT_INVALID" }),
    );
    expect(fresh.check().allowed).toBe(true);
  });

  it.each([
    ["leaky bucket that queues", leakyBucketQueue({ ...one, capacity: 1 })],
    ["warm-up limiter", warmUp({ ...one, warmUpMs: 1 })],
    ["sliding log", slidingLog(one)],
  ])("a %s has no keys", (_name, algorithm) => {
    expect(() => rateLimiter({ algorithm, keys: { max: 1 } })).toThrow(/has one state/);
  });

  it("refuses limits that cannot stand together", () => {
    expect(() => all()).toThrow(/at least one/);
    expect(() => all(warmUp({ ...one, warmUpMs: 1 }))).toThrow(/give a permit back/);
    const shared = all({ algorithm: tokenBucket(one), by: "everybody" });
    expect(() => rateLimiter({ algorithm: shared, keys: { max: 1 } })).toThrow(/no level is kept by key/);
    expect(() => rateLimiter({ algorithm: all(slidingLog(one)), keys: { max: 1 } })).toThrow(/everybody/);
    expect(() => rateLimiter({ algorithm: all(tokenBucket(one)), keys: { max: 1, limits: () => one } })).toThrow(
      /one level/,
    );
  });
});
