import { AsyncLocalStorage } from "node:async_hooks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ManualClock, manualClock, seeded } from "../../ts/kernel/index.js";
import {
  aimd,
  bulkhead,
  type CallContext,
  circuitBreaker,
  compose,
  constant,
  type Hedge,
  hedge,
  latencyTarget,
  quantile,
  retry,
  retryBudget,
  timeout,
} from "../../ts/resilience/index.js";
import { policyContract } from "./policy-contract.js";

const never = () => new Promise<never>(() => {});

/** What one attempt does: it ends after so long, with a value or an error. */
type Plan = { readonly ms: number; readonly value?: unknown; readonly error?: unknown };

/** A function whose attempts go by plans, the original's first; it notes what it sees. */
function planned(clock: ManualClock, ...plans: readonly Plan[]) {
  const started: { readonly hedge: number; readonly atMs: number; readonly context: CallContext }[] = [];
  const fn = (context: CallContext) => {
    started.push({ hedge: context.hedge, atMs: clock.now(), context });
    void context.signal;
    const plan = plans[context.hedge];
    if (plan === undefined) return never();
    return new Promise((resolve, reject) => {
      clock.schedule(() => ("error" in plan ? reject(plan.error) : resolve(plan.value)), plan.ms);
    });
  };
  return Object.assign(fn, { started });
}

const down = new Error("down");
const unpaid = { budget: false } as const;

policyContract({
  kind: "hedge",
  make: (options) => hedge({ afterMs: 50, ...unpaid, ...options }),
  shadowed: {
    action: "hedge",
    provoke: async (policy, clock) => {
      const call = policy.execute(() => new Promise((resolve) => clock.schedule(() => resolve("late"), 80)));
      await clock.advance(80);
      expect(await call).toBe("late");
    },
  },
  change: { good: { max: 2 }, bad: { max: 0 } },
});

describe("hedge", () => {
  it("starts nothing beside an attempt that answers in time", async () => {
    const clock = manualClock();
    const fn = planned(clock, { ms: 49, value: "quick" });
    const call = hedge({ afterMs: 50, ...unpaid, clock }).execute(fn);
    await clock.advance(100);
    expect(await call).toBe("quick");
    expect(fn.started).toHaveLength(1);
    expect(fn.started[0]!.context.signal.aborted).toBe(false);
  });

  it("asks again after the delay, takes the first answer and cuts the original off with a reason of its own", async () => {
    const clock = manualClock();
    const policy = hedge({ afterMs: 50, ...unpaid, clock });
    const won: number[] = [];
    policy.on("won", ({ hedge }) => won.push(hedge));
    const fn = planned(clock, { ms: 500, error: new Error("late: must not surface") }, { ms: 10, value: "hedged" });
    const call = policy.tryExecute(fn);
    await clock.advance(60);
    expect(await call).toEqual({ ok: true, value: "hedged" });
    expect(fn.started.map(({ hedge, atMs }) => [hedge, atMs])).toEqual([
      [0, 0],
      [1, 50],
    ]);
    const [original, second] = fn.started;
    expect(original!.context.signal.reason).toMatchObject({ code: "SUPERSEDED", policy: "hedge" });
    expect(second!.context.signal.aborted).toBe(false);
    expect(won).toEqual([1]);
    await clock.advance(1_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it("cuts the hedge off where the original answers first", async () => {
    const clock = manualClock();
    const fn = planned(clock, { ms: 60, value: "original" }, { ms: 500, error: new Error("must not surface") });
    const call = hedge({ afterMs: 50, ...unpaid, clock }).execute(fn);
    await clock.advance(60);
    expect(await call).toBe("original");
    expect(fn.started[1]!.context.signal.reason).toMatchObject({ code: "SUPERSEDED" });
    expect(fn.started[0]!.context.signal.aborted).toBe(false);
    await clock.advance(1_000);
  });

  it("starts the next attempt at once after a failure that is not fatal (gRPC A6)", async () => {
    const clock = manualClock();
    const fn = planned(clock, { ms: 10, error: down }, { ms: 20, error: down }, { ms: 5, value: "third" });
    const call = hedge({ afterMs: 50, max: 2, ...unpaid, clock }).execute(fn);
    await clock.advance(35);
    expect(await call).toBe("third");
    expect(fn.started.map(({ atMs }) => atMs)).toEqual([0, 10, 30]);
    await clock.advance(100);
    expect(clock.pendingTimers).toBe(0);
  });

  it("ends everything at a fatal failure, of the original or of a hedge", async () => {
    const bug = new TypeError("x is not a function");
    const clock = manualClock();
    const first = planned(clock, { ms: 10, error: bug });
    const policy = hedge({ afterMs: 50, max: 2, ...unpaid, clock });
    const call = policy.tryExecute(first);
    await clock.advance(200);
    expect(await call).toEqual({ ok: false, error: bug });
    expect(first.started).toHaveLength(1);
    const second = planned(clock, { ms: 500, value: "late" }, { ms: 10, error: bug });
    const other = policy.tryExecute(second);
    await clock.advance(60);
    expect(await other).toEqual({ ok: false, error: bug });
    expect(second.started[0]!.context.signal.reason).toMatchObject({ code: "SUPERSEDED" });
  });

  it("fails with the first failure where all fail", async () => {
    const clock = manualClock();
    const fn = planned(clock, { ms: 70, error: new Error("first") }, { ms: 100, error: new Error("second") });
    const call = hedge({ afterMs: 50, ...unpaid, clock }).tryExecute(fn);
    await clock.advance(149);
    let settled = false;
    void call.then(() => {
      settled = true;
    });
    await clock.advance(0);
    expect(settled).toBe(false);
    await clock.advance(1);
    expect(await call).toEqual({ ok: false, error: new Error("first") });
  });

  it("goes on with hedges by delay while it waits for others after the original has failed", async () => {
    const clock = manualClock();
    const fn = planned(clock, { ms: 60, error: down }, { ms: 900, value: "slow" }, { ms: 20, value: "third" });
    const policy = hedge({ afterMs: 50, max: 2, ...unpaid, clock, handle: (outcome) => !outcome.ok });
    const call = policy.execute(fn);
    await clock.advance(80);
    // At 50 the second, at 60 (the failure) the third.
    expect(await call).toBe("third");
    expect(fn.started.map(({ atMs }) => atMs)).toEqual([0, 50, 60]);
  });

  it("judges values too, where it is told to", async () => {
    const clock = manualClock();
    const fn = planned(clock, { ms: 10, value: { status: 503 } }, { ms: 10, value: { status: 200 } });
    const policy = hedge({
      afterMs: 50,
      ...unpaid,
      clock,
      handle: (outcome) => !outcome.ok || (outcome.value as { status: number }).status >= 500,
    });
    const call = policy.execute(fn);
    await clock.advance(20);
    expect(await call).toEqual({ status: 200 });
  });

  it("never hedges a call that may not run twice", async () => {
    const clock = manualClock();
    const fn = planned(clock, { ms: 500, value: "once" });
    const call = hedge({ afterMs: 50, max: 3, ...unpaid, clock }).execute(fn, { idempotent: false });
    await clock.advance(500);
    expect(await call).toBe("once");
    expect(fn.started).toHaveLength(1);
  });

  it("is paid for by a budget of 5 % without a reserve, and one that is spent fails no call (failsafe-go #139, #141)", async () => {
    const clock = manualClock();
    const policy = hedge({ afterMs: 50, clock });
    const withheld: string[] = [];
    policy.on("withheld", ({ rule }) => withheld.push(rule));
    let attempts = 0;
    const slow = ({ hedge }: CallContext) => {
      attempts++;
      return new Promise((resolve) => clock.schedule(() => resolve(hedge), 60));
    };
    for (let n = 0; n < 100; n++) {
      const call = policy.tryExecute(slow);
      await clock.advance(60);
      expect(await call).toEqual({ ok: true, value: 0 });
    }
    expect(attempts).toBe(105);
    expect(withheld).toHaveLength(95);
  });

  it("shares a budget with a retry outside, and a call pays once", async () => {
    const clock = manualClock();
    const budget = retryBudget({ ratio: 0.5, minPerSecond: 0, clock });
    const policy = compose(retry({ budget, clock }), hedge({ afterMs: 50, budget, clock }));
    for (let n = 0; n < 10; n++) await policy.execute(() => 1);
    expect(budget.balance).toBe(5);
  });

  it("starts none that could not answer before the deadline", async () => {
    const clock = manualClock();
    const target = latencyTarget("users", { clock });
    for (let n = 0; n < 100; n++) target.record(60);
    const policy = hedge({ afterMs: 50, target, ...unpaid, clock });
    const withheld: string[] = [];
    policy.on("withheld", ({ rule }) => withheld.push(rule));
    const fn = planned(clock);
    const call = compose(timeout({ timeoutMs: 100, clock }), policy).tryExecute(fn);
    await clock.advance(100);
    expect(await call).toMatchObject({ ok: false, error: { code: "TIMEOUT" } });
    expect(fn.started).toHaveLength(1);
    expect(withheld).toEqual(["deadline"]);
  });

  it("passes an abort by the caller on to all attempts, with the caller's reason", async () => {
    const clock = manualClock();
    const fn = planned(clock);
    const controller = new AbortController();
    const call = hedge({ afterMs: 50, max: 2, ...unpaid, clock }).tryExecute(fn, { signal: controller.signal });
    await clock.advance(100);
    expect(fn.started).toHaveLength(3);
    controller.abort("gone");
    expect(await call).toEqual({ ok: false, error: "gone" });
    for (const { context } of fn.started) expect(context.signal.reason).toBe("gone");
    await clock.advance(100);
    expect(clock.pendingTimers).toBe(0);
  });

  it("cuts all attempts at an outer deadline, also while it only waits for hedges", async () => {
    const clock = manualClock();
    const fn = planned(clock, { ms: 10, error: down });
    const call = compose(timeout({ timeoutMs: 200, clock }), hedge({ afterMs: 50, ...unpaid, clock })).tryExecute(fn);
    await clock.advance(200);
    expect(await call).toMatchObject({ ok: false, error: { code: "TIMEOUT" }, rejectedBy: "timeout" });
    expect(fn.started[1]!.context.signal.reason).toMatchObject({ code: "TIMEOUT" });
    await clock.advance(100);
    expect(clock.pendingTimers).toBe(0);
  });

  it("runs hedges in the caller's asynchronous context, not in that of whoever set the shared timer", async () => {
    const clock = manualClock();
    const storage = new AsyncLocalStorage<string>();
    const policy = hedge({ afterMs: 50, ...unpaid, clock });
    const seen: (string | undefined)[] = [];
    const fn = ({ hedge }: CallContext) => {
      seen.push(storage.getStore());
      return hedge === 0 ? never() : "done";
    };
    await storage.run("other", () => policy.execute(() => 1));
    const first = storage.run("first", () => policy.execute(fn));
    const second = storage.run("second", () => policy.execute(fn, { key: "k" }));
    await clock.advance(60);
    expect(await Promise.all([first, second])).toEqual(["done", "done"]);
    expect(seen).toEqual(["first", "second", "first", "second"]);
  });
});

describe("hedges inside other policies", () => {
  const setUp = (plans: readonly Plan[], limit: number) => {
    const clock = manualClock();
    const breaker = circuitBreaker({ consecutiveFailures: 1, clock });
    const slots = bulkhead({ limit, clock });
    const attempt = timeout({ timeoutMs: 300, clock });
    const policy = compose(hedge({ afterMs: 50, ...unpaid, clock }), breaker, slots, attempt);
    return { clock, breaker, slots, policy, fn: planned(clock, ...plans) };
  };

  it("each attempt passes breaker, bulkhead and deadline by itself, and a slot is held until the work ends", async () => {
    const { clock, breaker, slots, policy, fn } = setUp(
      [
        { ms: 200, value: "late" },
        { ms: 10, value: "hedged" },
      ],
      5,
    );
    const call = policy.execute(fn);
    await clock.advance(50);
    expect(slots.inUse).toBe(2);
    expect(fn.started[1]!.context.remainingMs()).toBe(300);
    await clock.advance(10);
    expect(await call).toBe("hedged");
    expect(slots.inUse).toBe(1);
    await clock.advance(140);
    expect(slots.inUse).toBe(0);
    // The original was overtaken, which is no failure of anyone's.
    expect(breaker.state).toBe("closed");
    expect(breaker.stats.failureRate).not.toBeGreaterThan(0);
  });

  it("a hedge that is overtaken gives everything back, and counts for nothing", async () => {
    const { clock, breaker, slots, policy, fn } = setUp(
      [
        { ms: 60, value: "original" },
        { ms: 100, value: "late" },
      ],
      5,
    );
    const call = policy.execute(fn);
    await clock.advance(60);
    expect(await call).toBe("original");
    expect(slots.inUse).toBe(1);
    await clock.advance(90);
    expect(slots.inUse).toBe(0);
    expect(breaker.state).toBe("closed");
  });

  it("a hedge that finds no slot does not harm the call", async () => {
    const { clock, policy, fn } = setUp([{ ms: 80, value: "original" }], 1);
    const call = policy.execute(fn);
    await clock.advance(80);
    expect(await call).toBe("original");
    expect(fn.started).toHaveLength(1);
  });

  it("a refusal of the original starts no hedge, and one of a hedge does not hide why the original failed", async () => {
    const { clock, breaker, policy, fn } = setUp([{ ms: 80, error: down }], 1);
    const call = policy.tryExecute(fn);
    await clock.advance(80);
    expect(await call).toEqual({ ok: false, error: down });
    expect(breaker.state).toBe("open");
    expect(await policy.tryExecute(fn)).toMatchObject({
      error: { code: "CIRCUIT_OPEN" },
      rejectedBy: "circuit-breaker",
    });
    expect(fn.started).toHaveLength(1);
  });

  it("a call that still waits for its own turn is not hedged", async () => {
    const clock = manualClock();
    const slots = bulkhead({ limit: 1, queue: { size: 5 }, clock });
    const policy = compose(hedge({ afterMs: 50, ...unpaid, clock }), slots);
    const first = policy.execute(() => new Promise((resolve) => clock.schedule(() => resolve(1), 120)));
    const fn = planned(clock, { ms: 10, value: 2 });
    const second = policy.execute(fn);
    await clock.advance(119);
    // The first has a hedge of its own in the queue, the second nothing but itself.
    expect(slots.queued).toBe(2);
    await clock.advance(20);
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    expect(fn.started).toHaveLength(1);
    await clock.advance(200);
    expect(slots.inUse).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it("without any delay looks at a call that waits for its turn again and again, but not for ever at once", async () => {
    const clock = manualClock();
    const policy = compose(hedge({ afterMs: 0, ...unpaid, clock }), bulkhead({ limit: 1, queue: { size: 5 }, clock }));
    const first = policy.execute(() => new Promise((resolve) => clock.schedule(() => resolve(1), 5)), {
      idempotent: false,
    });
    const second = policy.execute(() => 2);
    await clock.advance(10);
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("an adaptive bulkhead does not take an overtaken original for a drop", async () => {
    const clock = manualClock();
    const slots = bulkhead({ limit: aimd({ initial: 20 }), clock });
    const policy = compose(hedge({ afterMs: 50, ...unpaid, clock }), slots);
    const call = policy.execute(planned(clock, { ms: 200, value: "late" }, { ms: 10, value: "hedged" }));
    await clock.advance(60);
    expect(await call).toBe("hedged");
    await clock.advance(200);
    expect(slots.limit).toBe(20);
  });

  it("a bulkhead outside keeps its slot while overtaken work goes on", async () => {
    const clock = manualClock();
    const slots = bulkhead({ limit: 1, clock });
    const policy = compose(slots, hedge({ afterMs: 50, ...unpaid, clock }));
    const fn = planned(clock, { ms: 60, value: "original" }, { ms: 100, value: "late" });
    const call = policy.execute(fn);
    await clock.advance(60);
    expect(await call).toBe("original");
    expect(slots.inUse).toBe(1);
    await clock.advance(90);
    expect(slots.inUse).toBe(0);
  });

  it("a retry outside sees one failure for all attempts of a hedge, and its next attempt is hedged anew", async () => {
    const clock = manualClock();
    const seen: (readonly [attempt: number, hedge: number])[] = [];
    const policy = compose(
      retry({ attempts: 2, backoff: constant({ baseMs: 10 }), clock }),
      hedge({ afterMs: 50, ...unpaid, clock }),
    );
    const call = policy.tryExecute(({ attempt, hedge }) => {
      seen.push([attempt, hedge]);
      throw down;
    });
    await clock.advance(10);
    expect(await call).toMatchObject({
      error: { code: "RETRIES_EXHAUSTED", attempts: [{ attempt: 1 }, { attempt: 2 }] },
    });
    expect(seen).toEqual([
      [1, 0],
      [1, 1],
      [2, 0],
      [2, 1],
    ]);
  });
});

describe("a hedge with a live quantile", () => {
  it("hedges nothing until enough is known, then after the quantile", async () => {
    const clock = manualClock();
    const target = latencyTarget("users", { clock, minSamples: 20 });
    const policy = hedge({ afterMs: quantile(0.9, { target }), ...unpaid, clock });
    for (let n = 0; n < 20; n++) {
      const fn = planned(clock, { ms: 20, value: n });
      const call = policy.execute(fn);
      await clock.advance(20);
      await call;
      expect(fn.started).toHaveLength(1);
    }
    const fn = planned(clock, { ms: 500, value: "slow" }, { ms: 3, value: "hedged" });
    const call = policy.execute(fn);
    await clock.advance(25);
    expect(await call).toBe("hedged");
    // The hedge counts with its own time, the original with what it took at least.
    expect(target.stats).toMatchObject({ inTime: 21, cut: 1, late: 0 });
    expect(target.quantile(0)).toBeLessThan(4);
    expect(target.quantile(1)).toBeGreaterThan(20);
  });

  it("keeps its delay near the quantile: what it overtakes does not vanish from it", async () => {
    const clock = manualClock();
    const random = seeded(5);
    const target = latencyTarget("users", { clock, windowMs: 10_000 });
    const policy = hedge({ afterMs: quantile(0.9, { target }), ...unpaid, clock });
    let hedges = 0;
    policy.on("hedge", () => hedges++);
    const work = () =>
      new Promise((resolve) => clock.schedule(() => resolve(1), random.next() < 0.1 ? 200 : 5 + 10 * random.next()));
    const calls: Promise<unknown>[] = [];
    for (let n = 0; n < 3_000; n++) {
      calls.push(policy.execute(work));
      await clock.advance(10);
    }
    await clock.advance(1_000);
    await Promise.all(calls);
    // One in ten is slow; the share that is hedged stays there instead of growing from window to window.
    expect(hedges / 3_000).toBeGreaterThan(0.05);
    expect(hedges / 3_000).toBeLessThan(0.2);
  });
});

describe("a hedge against a naive model", () => {
  type Fate = { ms: number; kind: "ok" | "failure" | "fatal" };

  /** Replays the rules instant by instant, with nothing but lists. */
  function model(fates: readonly Fate[], afterMs: number, max: number) {
    const startMs = [0];
    const ended = new Set<number>();
    let nextMs = afterMs;
    for (;;) {
      const running = startMs
        .map((start, at) => ({ at, endMs: start + fates[at]!.ms }))
        .filter(({ at }) => !ended.has(at));
      const first = running.sort((a, b) => a.endMs - b.endMs)[0];
      const mayStart = startMs.length <= max;
      if (mayStart && (first === undefined || nextMs < first.endMs)) {
        startMs.push(nextMs);
        nextMs += afterMs;
        continue;
      }
      if (first === undefined) return { answer: 0, kind: "failure", startMs };
      const { kind } = fates[first.at]!;
      if (kind !== "failure") return { answer: first.at, kind, atMs: first.endMs, startMs };
      ended.add(first.at);
      if (mayStart) {
        startMs.push(first.endMs);
        nextMs = first.endMs + afterMs;
      } else if (ended.size === startMs.length) {
        return { answer: [...ended][0], kind, atMs: first.endMs, startMs };
      }
    }
  }

  it("starts the same attempts at the same instants and ends with the same answer at the same time", async () => {
    const fate = fc.record({ ms: fc.integer({ min: 1, max: 200 }), kind: fc.constantFrom("ok", "failure", "fatal") });
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { minLength: 4, maxLength: 4 }), fc.nat(3), async (given, extra) => {
        // Fractions that no two attempts share, so that nothing ends at the same instant.
        const fates = given.map(({ ms, kind }, at) => ({ ms: ms + (at + 1) / 64, kind: kind as Fate["kind"] }));
        const max = Math.max(1, extra);
        const clock = manualClock();
        const bug = new TypeError("bug");
        const fn = planned(
          clock,
          ...fates.map(({ ms, kind }, at): Plan => {
            if (kind === "ok") return { ms, value: at };
            return { ms, error: kind === "fatal" ? bug : new Error(`failure ${at}`) };
          }),
        );
        const expected = model(fates, 40, max);
        const policy: Hedge = hedge({ afterMs: 40, max, ...unpaid, clock });
        let settledMs = Number.NaN;
        const call = policy.tryExecute(fn).then((outcome) => {
          settledMs = clock.now();
          return outcome;
        });
        await clock.advance(2_000);
        const outcome = await call;
        expect(fn.started.map(({ atMs }) => atMs)).toEqual(expected.startMs);
        expect(settledMs).toBe(expected.atMs);
        if (expected.kind === "ok") expect(outcome).toEqual({ ok: true, value: expected.answer });
        else if (expected.kind === "fatal") expect(outcome).toEqual({ ok: false, error: bug });
        else expect(outcome).toMatchObject({ ok: false, error: { message: `failure ${expected.answer}` } });
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});

describe("options of a hedge", () => {
  it.each([{ afterMs: -1 }, { afterMs: Number.NaN }, { afterMs: 1, max: 0 }, { afterMs: 1, max: 17 }])(
    "refuses %o",
    (options) => {
      expect(() => hedge(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    },
  );

  it("refuses a target with another clock, and a quantile that is none", () => {
    const invalid = expect.objectContaining({ code: "INVALID_OPTION" });
    const target = latencyTarget("users");
    expect(() => hedge({ afterMs: 1, target, clock: manualClock() })).toThrow(invalid);
    expect(() => quantile(1.5, { target })).toThrow(invalid);
    expect(() => quantile(0.5, { target, minMs: 10, maxMs: 5 })).toThrow(invalid);
    expect(quantile(0.5, { target, initialMs: 7 }).durationMs(0)).toBe(7);
  });
});
