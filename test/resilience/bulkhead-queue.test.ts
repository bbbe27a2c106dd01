import { AsyncLocalStorage } from "node:async_hooks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../../ts/kernel/index.js";
import {
  type Bulkhead,
  bulkhead,
  type Criticality,
  codel,
  compose,
  criticalities,
  type QueueOrder,
  timeout,
} from "../../ts/resilience/index.js";

/** A bulkhead of one slot that is taken, and a way to free it. */
function busy(clock: ManualClock, queue: { size: number; maxWaitMs?: number; order?: QueueOrder }) {
  const policy = bulkhead({ limit: 1, queue, clock });
  const permit = policy.tryAcquire()!;
  return { policy, free: () => permit.release() };
}

/** Calls that note when they run; `undefined` where a call was refused, by which rule. */
function noting(policy: Bulkhead) {
  const ran: string[] = [];
  const refused: Record<string, unknown> = {};
  const call = (name: string, priority?: Criticality) => {
    const options = priority === undefined ? undefined : { priority };
    return policy
      .execute(() => {
        ran.push(name);
      }, options)
      .catch((error: { rule?: string }) => {
        refused[name] = error.rule ?? error;
      });
  };
  return { ran, refused, call };
}

describe("the queue of a bulkhead", () => {
  it("serves whom its order says", async () => {
    const orders = {
      fifo: ["a", "b", "c", "d"],
      lifo: ["d", "c", "b", "a"],
      priority: ["c", "b", "d", "a"],
    };
    for (const [order, expected] of Object.entries(orders)) {
      const clock = manualClock();
      const { policy, free } = busy(clock, { size: 4, order: order as QueueOrder });
      const { ran, call } = noting(policy);
      const calls = [call("a", "sheddable"), call("b"), call("c", "critical-plus"), call("d", "sheddable-plus")];
      expect(policy.queued).toBe(4);
      free();
      await Promise.all(calls);
      expect(ran).toEqual(expected);
    }
  });

  it("when full, lets the oldest go under LIFO", async () => {
    const { policy, free } = busy(manualClock(), { size: 2, order: "lifo" });
    const { ran, refused, call } = noting(policy);
    const seen: unknown[] = [];
    policy.on("rejected", (error) => seen.push(error));
    const calls = [call("a"), call("b"), call("c")];
    expect(seen).toEqual([expect.objectContaining({ rule: "displaced", observed: 2, threshold: 2 })]);
    expect(policy.queued).toBe(2);
    free();
    await Promise.all(calls);
    expect(ran).toEqual(["c", "b"]);
    expect(refused).toEqual({ a: "displaced" });
  });

  it("when full, lets the least important go for one more important, and else refuses the newcomer", async () => {
    const { policy, free } = busy(manualClock(), { size: 2, order: "priority" });
    const { ran, refused, call } = noting(policy);
    const calls = [call("a", "sheddable"), call("b", "sheddable"), call("c"), call("d", "sheddable-plus"), call("e")];
    free();
    await Promise.all(calls);
    expect(ran).toEqual(["c", "e"]);
    expect(refused).toEqual({ a: "displaced", b: "displaced", d: "displaced" });
    const again = busy(manualClock(), { size: 1, order: "priority" });
    const second = noting(again.policy);
    const more = [second.call("a"), second.call("b"), second.call("c", "sheddable")];
    again.free();
    await Promise.all(more);
    expect(second.refused).toEqual({ b: "queue-full", c: "queue-full" });
  });

  it("refuses a word that is no criticality, and loses nothing by it", async () => {
    const { policy, free } = busy(manualClock(), { size: 1, order: "priority" });
    const outcome = await policy.tryExecute(() => 1, { priority: "urgent" as Criticality });
    expect(outcome).toMatchObject({ ok: false, error: { code: "INVALID_OPTION" } });
    expect(policy.queued).toBe(0);
    free();
    expect(policy.inUse).toBe(0);
  });

  it("with codel drains a standing queue, and serves who came last while it stands", async () => {
    const clock = manualClock();
    const policy = bulkhead({ limit: 1, queue: { size: 100, order: codel({ targetMs: 5, intervalMs: 100 }) }, clock });
    const permit = policy.tryAcquire()!;
    const { ran, refused, call } = noting(policy);
    const calls = [call("early")];
    await clock.advance(60);
    calls.push(call("patient"));
    await clock.advance(40);
    // An interval without being empty: "early" has waited for as long as it may, and the queue still stands.
    expect(refused).toEqual({ early: "queue-timeout" });
    await clock.advance(1);
    calls.push(call("hasty"));
    await clock.advance(5);
    expect(refused).toMatchObject({ hasty: "queue-timeout" });
    calls.push(call("late"), call("last"));
    permit.release();
    await Promise.all(calls);
    expect(ran).toEqual(["last", "late", "patient"]);
  });

  it("says how long was waited and how long may be, by the clock of the process", async () => {
    const clock = manualClock();
    const { policy } = busy(clock, { size: 10, maxWaitMs: 100 });
    const first = policy.execute(() => 1).catch((error: unknown) => error);
    const firstOutcome = policy.tryExecute(() => 1);
    await clock.advance(40);
    const second = policy.execute(() => 2).catch((error: unknown) => error);
    await clock.advance(60);
    expect(await first).toMatchObject({ rule: "queue-timeout", observed: 100, threshold: 100 });
    expect(await firstOutcome).toMatchObject({ rejectedBy: "bulkhead", error: { rule: "queue-timeout" } });
    expect(policy.queued).toBe(1);
    await clock.advance(40);
    expect(await second).toMatchObject({ rule: "queue-timeout" });
    expect(policy.counts.rejected).toBe(3);
    await clock.advance(50);
    expect(clock.pendingTimers).toBe(0);
  });

  it("counts patience from the end of the synchronous run in which a call joined", async () => {
    const clock = manualClock();
    const { policy } = busy(clock, { size: 10, maxWaitMs: 100 });
    const call = policy.execute(() => 1).catch((error: unknown) => error);
    // The program is busy for a second before it lets anybody else run.
    clock.advanceSync(1_000);
    await clock.advance(99);
    expect(policy.queued).toBe(1);
    await clock.advance(1);
    expect(await call).toMatchObject({ rule: "queue-timeout", observed: 100 });
  });

  it("keeps those who wait when order, size and patience change, by the rules under which they came", async () => {
    const clock = manualClock();
    const { policy, free } = busy(clock, { size: 10, maxWaitMs: 100 });
    const { ran, refused, call } = noting(policy);
    const calls = [call("a"), call("b"), call("c", "critical-plus")];
    await clock.advance(50);
    policy.reconfigure({ queue: { size: 4, maxWaitMs: 10, order: "priority" } });
    calls.push(call("d"), call("e"));
    await clock.advance(10);
    expect(refused).toEqual({ e: "queue-full", d: "queue-timeout" });
    free();
    await Promise.all(calls);
    expect(ran).toEqual(["c", "a", "b"]);
    policy.reconfigure({ queue: { size: 4, order: "priority" } });
    await clock.advance(100);
    expect(clock.pendingTimers).toBe(0);
  });

  it("runs thousands of synchronous calls after one another without recursion", async () => {
    const { policy, free } = busy(manualClock(), { size: 20_000 });
    const calls = Array.from({ length: 20_000 }, (_, index) => policy.execute(() => index));
    const outcomes = Array.from({ length: 10 }, (_, index) => policy.tryExecute(() => index));
    free();
    expect((await Promise.all(calls)).at(-1)).toBe(19_999);
    expect(await Promise.all(outcomes)).toHaveLength(10);
    expect(policy.inUse).toBe(0);
  });

  it("runs a call that waited in its caller's own asynchronous context", async () => {
    const { policy, free } = busy(manualClock(), { size: 10 });
    const store = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const note = () => void seen.push(store.getStore());
    const calls = [store.run("a", () => policy.execute(note)), store.run("b", () => policy.tryExecute(note))];
    store.run("releaser", free);
    await Promise.all(calls);
    expect(seen).toEqual(["a", "b"]);
  });

  it("passes on what a call that waited throws, rejects with or returns", async () => {
    const { policy, free } = busy(manualClock(), { size: 10 });
    const down = new Error("down");
    const thrown = policy.execute(() => {
      throw down;
    });
    const rejected = policy.execute(() => Promise.reject(down));
    const signal = policy.execute((context) => [context.attempt, context.signal.aborted, context.remainingMs()]);
    free();
    await expect(thrown).rejects.toBe(down);
    await expect(rejected).rejects.toBe(down);
    expect(await signal).toEqual([1, false, Number.POSITIVE_INFINITY]);
    expect(policy.inUse).toBe(0);
  });

  it("never serves a newcomer before those who wait, whatever its order", async () => {
    const clock = manualClock();
    const { policy, free } = busy(clock, { size: 10, order: "priority" });
    const { ran, call } = noting(policy);
    const waits = call("waits", "sheddable");
    free();
    const newcomer = call("newcomer", "critical-plus");
    await Promise.all([waits, newcomer]);
    expect(ran).toEqual(["waits", "newcomer"]);
  });

  it("loses no slot and nobody who waits, whatever calls do, in every order", async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant("call" as const), priority: fc.constantFrom(...criticalities) }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("end" as const, "abort" as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("time" as const, "turn" as const) }) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant("limit" as const), limit: fc.integer({ min: 1, max: 4 }) }),
      },
    );
    const order = fc.constantFrom<QueueOrder>("fifo", "lifo", "priority", codel({ targetMs: 5, intervalMs: 20 }));
    await fc.assert(
      fc.asyncProperty(order, fc.array(step, { maxLength: 40 }), fc.array(order), async (first, steps, orders) => {
        const clock = manualClock();
        const slots = bulkhead({ limit: 2, queue: { size: 4, maxWaitMs: 50, order: first }, clock });
        const policy = compose(timeout({ timeoutMs: 100, clock }), slots);
        const running: (() => void)[] = [];
        const controllers: AbortController[] = [];
        const calls: Promise<unknown>[] = [];
        let widest = 2;
        let most = 0;
        const work = () =>
          new Promise<void>((resolve) => {
            running.push(resolve);
            most = Math.max(most, running.length);
          });
        for (const one of steps) {
          if (one.kind === "call") {
            const controller = new AbortController();
            controllers.push(controller);
            calls.push(policy.tryExecute(work, { signal: controller.signal, priority: one.priority }));
            calls.push(slots.execute(work).catch(() => {}));
          } else if (one.kind === "end") running.shift()?.();
          else if (one.kind === "abort") controllers.shift()?.abort("abort");
          else if (one.kind === "turn") {
            const next = orders.shift();
            if (next !== undefined) slots.reconfigure({ queue: { size: 4, maxWaitMs: 50, order: next } });
          } else if (one.kind === "limit") {
            widest = Math.max(widest, one.limit);
            slots.resize(one.limit);
          }
          await clock.advance(one.kind === "time" ? 30 : 0);
        }
        while (running.length > 0) {
          running.shift()!();
          await clock.advance(0);
        }
        await clock.advance(1_000);
        await Promise.all(calls);
        expect(most).toBeLessThanOrEqual(widest);
        expect(slots.inUse).toBe(0);
        expect(slots.queued).toBe(0);
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
