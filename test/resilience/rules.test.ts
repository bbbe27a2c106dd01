/**
 * Twenty-two rules that resilience libraries are known to break, each as a test named after it. Rules about policies that
 * are not here (hedging, stores on other machines) are tested on the parts of them that any policy has.
 */

import { describe, expect, it } from "vitest";
import { coreInfo, LatencyHistogram } from "../../ts/core/index.js";
import { dispose, manualClock, seeded, systemClock } from "../../ts/kernel/index.js";
import {
  bulkhead,
  circuitBreaker,
  compose,
  constant,
  count,
  exponential,
  fallback,
  gcra,
  parseRetryAfter,
  rateLimiter,
  retry,
  retryBudget,
  time,
  timeout,
  tokenBucket,
} from "../../ts/resilience/index.js";

const down = () => {
  throw new Error("down");
};
const never = () => new Promise<never>(() => {});

/** A function whose calls are settled from outside, in any order. */
function held() {
  const calls: { resolve: (value?: unknown) => void; reject: (error: Error) => void }[] = [];
  return { calls, fn: () => new Promise((resolve, reject) => calls.push({ resolve, reject })) };
}

/** Lets promise reactions run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await undefined;
}

describe("the rules", () => {
  it("rule 1: a late result never moves the state that it does not belong to", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({ consecutiveFailures: 2, openForMs: 100, halfOpen: { permits: 1 }, clock });
    const late: unknown[] = [];
    breaker.on("late", (event) => late.push(event));
    const { calls, fn } = held();
    const old = [1, 2, 3].map(() => breaker.tryExecute(fn));
    await breaker.tryExecute(down);
    await breaker.tryExecute(down);
    expect(breaker.state).toBe("open");
    await clock.advance(100);
    const probe = breaker.tryExecute(fn);
    expect(breaker.state).toBe("half-open");
    calls[0]!.reject(new Error("from the closed time"));
    await old[0];
    expect(breaker.state).toBe("half-open");
    calls[1]!.resolve();
    await old[1];
    expect(breaker.state).toBe("half-open");
    calls[3]!.resolve();
    await probe;
    expect(breaker.state).toBe("closed");
    calls[2]!.reject(new Error("later still"));
    await old[2];
    expect(breaker.stats).toMatchObject({ state: "closed" });
    expect(late.length).toBe(3);
  });

  it("rule 1, in time windows: a result is filed where its call started, or dropped when that has left the window", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({ window: time(1_000), minimumCalls: 1, failureRate: 1, clock });
    const { calls, fn } = held();
    const slow = breaker.tryExecute(fn);
    await clock.advance(5_000);
    calls[0]!.reject(new Error("started five windows ago"));
    await slow;
    expect(breaker.stats).toMatchObject({ state: "closed", calls: 0 });
  });

  it("rule 2: a permit comes back exactly once, on every way out", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({ consecutiveFailures: 1, openForMs: 10, halfOpen: { permits: 1 }, clock });
    const twice: unknown[] = [];
    breaker.on("settledTwice", (event) => twice.push(event));
    await breaker.tryExecute(down);
    await clock.advance(10);
    const full = bulkhead({ limit: 1, clock });
    void full.execute(never);
    const ways = [
      // An inner policy refuses: nothing reached the dependency.
      () => compose(breaker, full).tryExecute(() => 1),
      // The caller had aborted before, or aborts meanwhile.
      () => breaker.tryExecute(() => 1, { signal: AbortSignal.abort() }),
      async () => {
        const controller = new AbortController();
        const call = breaker.tryExecute(never, { signal: controller.signal });
        controller.abort();
        await call;
      },
      // A permit by hand is dropped.
      async () => breaker.tryAcquire()![dispose](),
    ];
    for (const way of ways) {
      await way();
      expect(breaker.state).toBe("half-open");
    }
    const permit = breaker.tryAcquire()!;
    permit.ignore();
    permit.success();
    expect(twice.length).toBe(1);
    expect(breaker.state).toBe("half-open");
    // After all that the one probe is still there; a synchronous throw settles it.
    await breaker.tryExecute(down);
    expect(breaker.state).toBe("open");
  });

  it("rule 3: a probe that never settles does not hold the breaker for ever", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({
      consecutiveFailures: 1,
      openForMs: 100,
      halfOpen: { permits: 1, maxWaitMs: 1_000 },
      clock,
    });
    await breaker.tryExecute(down);
    await clock.advance(100);
    void breaker.execute(never);
    await expect(breaker.execute(() => 1)).rejects.toMatchObject({ rule: "half-open-full" });
    await clock.advance(1_000);
    expect(breaker.state).toBe("open");
    await clock.advance(100);
    expect(await breaker.execute(() => "back")).toBe("back");
  });

  it("rule 4: half-open admits so many probes and refuses the rest; open times are spread", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({ consecutiveFailures: 1, openForMs: 10, halfOpen: { permits: 3 }, clock });
    await breaker.tryExecute(down);
    await clock.advance(10);
    const { calls, fn } = held();
    const herd = Array.from({ length: 100 }, () => breaker.tryExecute(fn));
    expect(calls.length).toBe(3);
    for (const call of calls) call.resolve();
    expect((await Promise.all(herd)).filter((outcome) => outcome.ok).length).toBe(3);

    const waits = new Set<number>();
    for (let seed = 0; seed < 10; seed++) {
      const rules = { consecutiveFailures: 1, openForMs: 1_000, openJitter: 0.5 };
      const one = circuitBreaker({ ...rules, random: seeded(seed), clock });
      await one.tryExecute(down);
      expect(one.retryAfterMs).toBeGreaterThanOrEqual(499);
      expect(one.retryAfterMs).toBeLessThanOrEqual(1_000);
      waits.add(one.retryAfterMs);
    }
    expect(waits.size).toBeGreaterThan(5);
  });

  it("rule 5: states change without timers, and reading the state says so too", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({ consecutiveFailures: 1, openForMs: 100, clock });
    await breaker.tryExecute(down);
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(100);
    expect(breaker.state).toBe("half-open");
  });

  it("rule 6: a clock that steps back, or leaps after a suspend, breaks nothing", async () => {
    let nowMs = 10_000_000;
    const clock = { ...manualClock(), now: () => nowMs };
    const breaker = circuitBreaker({ consecutiveFailures: 1, openForMs: 1_000, clock });
    await breaker.tryExecute(down);
    nowMs -= 3_600_000;
    expect(breaker.retryAfterMs).toBeLessThanOrEqual(1_000);
    nowMs += 3_600_000 + 1_000;
    expect(breaker.state).toBe("half-open");

    const limiter = rateLimiter({ algorithm: tokenBucket({ limit: 10, perMs: 1_000 }), clock });
    for (let call = 0; call < 10; call++) limiter.check();
    nowMs -= 3_600_000;
    expect(limiter.check().allowed).toBe(false);
    nowMs += 7_200_000;
    let admitted = 0;
    while (limiter.check().allowed) admitted++;
    expect(admitted).toBe(10);
  });

  it("rule 7: a window forgets by time, whatever the pace of the calls", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({ window: time(30_000), minimumCalls: 3, failureRate: 1, clock });
    for (let call = 0; call < 5; call++) {
      await breaker.tryExecute(down);
      await clock.advance(600_000);
    }
    expect(breaker.state).toBe("closed");
  });

  it("rule 8: thresholds hold at equality; only completed calls count, refused ones never", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({ window: count(10), failureRate: 0.5, minimumCalls: 2, openForMs: 10, clock });
    const { fn } = held();
    void breaker.execute(fn);
    await breaker.tryExecute(() => 1);
    expect(breaker.stats.calls).toBe(1);
    await breaker.tryExecute(down);
    expect(breaker.state).toBe("open");
    for (let call = 0; call < 50; call++) await breaker.tryExecute(() => 1);
    await clock.advance(10);
    for (let call = 0; call < 3; call++) await breaker.execute(() => 1);
    expect(breaker.stats).toMatchObject({ state: "closed", calls: 0 });
  });

  it("rule 9: closing clears the window; opening by hand cancels probes", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({
      window: count(10),
      minimumCalls: 4,
      openForMs: 10,
      halfOpen: { permits: 1 },
      clock,
    });
    for (let call = 0; call < 4; call++) await breaker.tryExecute(down);
    await clock.advance(10);
    await breaker.execute(() => 1);
    for (let call = 0; call < 3; call++) await breaker.tryExecute(down);
    expect(breaker.state).toBe("closed");

    await breaker.tryExecute(down);
    await clock.advance(10);
    const { calls, fn } = held();
    const probe = breaker.tryExecute(fn);
    const hold = breaker.isolate();
    calls[0]!.resolve();
    await probe;
    expect(breaker.state).toBe("forced-open");
    hold[dispose]();
    expect(breaker.state).toBe("closed");
  });

  it("rule 10: odd numbers are refused or saturate; nothing becomes NaN", () => {
    const backoff = exponential({ baseMs: 100, maxMs: 1_000, jitter: "none" });
    expect(backoff.delayMs(2 ** 31 - 1)).toBe(1_000);
    for (const limit of [Number.NaN, Number.POSITIVE_INFINITY, -1, 0]) {
      expect(() => rateLimiter({ algorithm: gcra({ limit, perMs: 1_000 }) })).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION" }),
      );
    }
    const clock = manualClock();
    const thirds = rateLimiter({ algorithm: gcra({ limit: 3, perMs: 1_000 }), clock });
    let admitted = 0;
    for (let ms = 0; ms < 600_000; ms++) {
      if (thirds.check().allowed) admitted++;
      clock.advanceSync(1);
    }
    // Three a second for 600 s; steps of a millisecond lose nothing but the last step.
    expect(admitted).toBeGreaterThanOrEqual(1_796);
    expect(admitted).toBeLessThanOrEqual(1_801);
  });

  it("rule 11: a limiter refills by reading, refunds no more than the burst, and gives back what an abort did not use", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm: tokenBucket({ limit: 2, perMs: 1_000 }), clock });
    limiter.refund(undefined, 100);
    expect([limiter.check().allowed, limiter.check().allowed, limiter.check().allowed]).toEqual([true, true, false]);
    const controller = new AbortController();
    const waiting = limiter.acquire(undefined, { signal: controller.signal });
    controller.abort("no");
    await waiting.catch(() => {});
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(500);
    expect(limiter.check().allowed).toBe(true);
  });

  it("rule 12: an abort cuts a retry's wait at once and no attempt follows; it is no failure to anybody", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({ consecutiveFailures: 2, clock });
    const policy = compose(retry({ attempts: 5, backoff: constant({ baseMs: 10_000 }), clock }), breaker);
    const controller = new AbortController();
    let calls = 0;
    const call = policy.tryExecute(
      () => {
        calls++;
        throw new Error("down");
      },
      { signal: controller.signal },
    );
    await settle();
    controller.abort("enough");
    expect(await call).toMatchObject({ error: "enough" });
    await clock.advance(60_000);
    expect(calls).toBe(1);
    expect(clock.pendingTimers).toBe(0);

    const running = breaker.tryExecute(never, { signal: AbortSignal.abort("gone") });
    await running;
    expect(breaker.state).toBe("closed");
    expect(parseRetryAfter("Wed, 21 Oct 2015 07:28:00 GMT", Date.UTC(2015, 9, 21, 7, 27))).toBe(60_000);
  });

  it("rule 13: work that lost (a cut attempt) never surfaces, and does not feed the breaker again", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({ window: count(10), minimumCalls: 10, clock });
    const policy = compose(
      retry({ attempts: 2, backoff: constant({ baseMs: 1 }), clock }),
      breaker,
      timeout({ timeoutMs: 100, clock }),
    );
    const { calls, fn } = held();
    const call = policy.tryExecute(fn);
    await clock.advance(150);
    calls[1]!.resolve("won");
    expect(await call).toEqual({ ok: true, value: "won" });
    const before = breaker.stats;
    calls[0]!.reject(new Error("the loser; an unhandled rejection would fail this test run"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(breaker.stats).toEqual(before);
    expect(before.calls).toBe(2);
  });

  it("rule 14: a timeout never aborts after success, and work that was cut keeps its slot until it ends", async () => {
    const clock = manualClock();
    const slots = bulkhead({ limit: 1, clock });
    const policy = compose(slots, timeout({ timeoutMs: 50, clock }));
    let signal: AbortSignal | undefined;
    await policy.execute((context) => {
      signal = context.signal as AbortSignal;
    });
    await clock.advance(1_000);
    expect(signal!.aborted).toBe(false);

    const { calls, fn } = held();
    const cut = policy.tryExecute(fn);
    await clock.advance(50);
    await cut;
    expect(slots.inUse).toBe(1);
    calls[0]!.resolve();
    await settle();
    expect(slots.inUse).toBe(0);
  });

  it("rule 15: one listener a call, removed when it settles; no controller until somebody reads the signal", async () => {
    const clock = manualClock();
    const controller = new AbortController();
    const added: string[] = [];
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = ((...args: Parameters<typeof add>) => {
      added.push("add");
      add(...args);
    }) as typeof add;
    signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
      added.push("remove");
      remove(...args);
    }) as typeof remove;
    const policy = compose(timeout({ timeoutMs: 50, clock }), retry({ clock }), bulkhead({ limit: 1, clock }));
    let made = 0;
    const original = globalThis.AbortController;
    globalThis.AbortController = class extends original {
      constructor() {
        super();
        made++;
      }
    };
    try {
      await policy.execute(() => 1, { signal });
    } finally {
      globalThis.AbortController = original;
    }
    expect(added).toEqual(["add", "remove"]);
    expect(made).toBe(0);
  });

  it("rule 16: a queue is first in, first out, at once, without recursion, whatever leaves it", async () => {
    const policy = bulkhead({ limit: 1, queue: { size: 20_000 }, clock: manualClock() });
    const { calls, fn } = held();
    const first = policy.execute(fn);
    const order: number[] = [];
    const waiting = Array.from({ length: 10_000 }, (_, index) => policy.execute(() => order.push(index)));
    calls[0]!.resolve();
    await first;
    await Promise.all(waiting);
    expect(order).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
  });

  it("rule 17: listeners see a consistent state, may call in, and cannot break the call", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({ consecutiveFailures: 1, clock });
    const seen: string[] = [];
    breaker.on("transition", ({ to }) => {
      seen.push(`${to} while ${breaker.state}`);
      if (to === "open") breaker.isolate();
    });
    await breaker.tryExecute(down);
    expect(seen).toEqual(["open while open", "forced-open while forced-open"]);
  });

  it("rule 18: a limit is a value, and no inner promise is left to reject unheard", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm: gcra({ limit: 1, perMs: 1_000 }), clock });
    expect([limiter.check().allowed, limiter.check().allowed]).toEqual([true, false]);
    const policy = compose(
      fallback({ value: 1, clock }),
      timeout({ timeoutMs: 10, clock }),
      retry({ attempts: 2, clock }),
    );
    const call = policy.execute(
      () => new Promise((_resolve, reject) => clock.schedule(() => reject(new Error("late")), 20)),
    );
    await clock.advance(30);
    expect(await call).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
  });

  it("rule 19: keyed state is bounded, expires without timers, and a flood of forged keys frees no blocked one", () => {
    const clock = manualClock();
    const limiter = rateLimiter({ algorithm: gcra({ limit: 1, perMs: 60_000 }), keys: { max: 256 }, clock });
    limiter.check("villain");
    expect(limiter.check("villain").allowed).toBe(false);
    for (let key = 0; key < 50_000; key++) limiter.check(`forged ${key}`);
    expect(limiter.check("villain").allowed).toBe(false);
    expect(clock.pendingTimers).toBe(0);
    clock.advanceSync(120_000);
    expect(limiter.check("villain").allowed).toBe(true);
  });

  it("rule 20: a snapshot is a copy, has a version and its options, and keeps half-open as open", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({ consecutiveFailures: 1, openForMs: 100, clock });
    await breaker.tryExecute(down);
    await clock.advance(100);
    void breaker.execute(never);
    expect(breaker.state).toBe("half-open");
    const image = breaker.snapshot();
    const copy = structuredClone(image);
    breaker.reset();
    expect(image).toEqual(copy);
    const other = circuitBreaker({ consecutiveFailures: 1, openForMs: 100, clock: manualClock() });
    other.restore(image);
    // Open with no time left: the probe that was out does not count, and the next call is a probe.
    expect(other.state).toBe("half-open");
    for (let probe = 0; probe < 3; probe++) await other.execute(() => 1);
    expect(other.state).toBe("closed");
    expect(() => circuitBreaker({ consecutiveFailures: 2, clock }).restore(image)).toThrow(
      expect.objectContaining({ code: "SNAPSHOT_INVALID" }),
    );
  });

  it("rule 21: the state of every policy lies in the core's memory and goes back to it", () => {
    const before = coreInfo().usedBytes;
    const clock = systemClock;
    const parts = [
      circuitBreaker({ clock }),
      rateLimiter({ algorithm: gcra({ limit: 1, perMs: 1 }), clock }),
      bulkhead({ limit: 1, clock }),
      retryBudget({ clock }),
      new LatencyHistogram(),
    ];
    expect(coreInfo().usedBytes).toBeGreaterThan(before);
    for (const part of parts) part[dispose]();
    expect(coreInfo().usedBytes).toBe(before);
  });

  it("rule 22: state that comes from elsewhere carries remaining times, so no clock is compared with another's", async () => {
    const here = manualClock({ nowMs: 5_000_000 });
    const there = manualClock({ nowMs: 3 });
    const make = (clock: typeof here) => rateLimiter({ algorithm: tokenBucket({ limit: 2, perMs: 1_000 }), clock });
    const limiter = make(here);
    limiter.check();
    limiter.check();
    await here.advance(250);
    const copy = make(there);
    copy.restore(limiter.snapshot());
    expect(copy.check()).toMatchObject({ allowed: false, retryAfterMs: 250 });
    await there.advance(250);
    expect(copy.check().allowed).toBe(true);
  });
});
