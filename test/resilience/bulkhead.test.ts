import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dispose, manualClock } from "../../ts/kernel/index.js";
import { bulkhead, compose, retry, timeout } from "../../ts/resilience/index.js";
import { policyContract } from "./policy-contract.js";

/** A function whose calls end when they are told to. */
function gate() {
  const open: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const fn = () => {
    running++;
    most = Math.max(most, running);
    return new Promise<void>((resolve) =>
      open.push(() => {
        running--;
        resolve();
      }),
    );
  };
  return { fn, open, running: () => running, most: () => most };
}

policyContract({
  kind: "bulkhead",
  make: (options) => bulkhead({ limit: 1, ...options }),
  exhaust: async (policy) => {
    void policy.execute(() => new Promise(() => {}));
  },
  refusal: { code: "BULKHEAD_FULL", rule: "full", hasRetryAfter: false, observed: 1, threshold: 1 },
  shadowed: { action: "reject" },
  change: { good: { limit: 2 }, bad: { limit: 0 } },
});

describe("bulkhead", () => {
  it("hands a slot to the one who has waited longest, never to a newcomer", async () => {
    const policy = bulkhead({ limit: 1, queue: { size: 2 }, clock: manualClock() });
    const { fn, open } = gate();
    const order: string[] = [];
    const first = policy.execute(fn).then(() => order.push("first"));
    const second = policy.execute(() => order.push("second ran"));
    open.shift()!();
    await first;
    // The slot is the waiter's from the very moment of the release: a newcomer is queued behind it.
    const third = policy.execute(() => order.push("third ran"));
    await Promise.all([second, third]);
    expect(order.filter((entry) => entry.endsWith("ran"))).toEqual(["second ran", "third ran"]);
  });

  it("refuses beyond the queue, and a wait that takes too long", async () => {
    const clock = manualClock();
    const policy = bulkhead({ limit: 1, queue: { size: 1, maxWaitMs: 100 }, clock });
    void policy.execute(() => new Promise(() => {}));
    const waiting = policy.execute(() => 1).catch((error: unknown) => error);
    await expect(policy.execute(() => 2)).rejects.toMatchObject({ rule: "queue-full" });
    await clock.advance(100);
    expect(await waiting).toMatchObject({ code: "BULKHEAD_FULL", rule: "queue-timeout" });
    expect(policy.queued).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it("lets an aborted waiter leave at once", async () => {
    const clock = manualClock();
    const policy = bulkhead({ limit: 1, queue: { size: 1 }, clock });
    const { fn, open } = gate();
    const first = policy.execute(fn);
    const controller = new AbortController();
    const waiting = policy.tryExecute(() => 1, { signal: controller.signal });
    expect(policy.queued).toBe(1);
    controller.abort("tired");
    expect(policy.queued).toBe(0);
    expect(await waiting).toMatchObject({ error: "tired" });
    open[0]!();
    await first;
    expect(policy.inUse).toBe(0);
    // The shared timer of all deadlines ends by itself.
    await clock.advance(50);
    expect(clock.pendingTimers).toBe(0);
  });

  it("passes a slot on that was handed to a waiter who aborts in the same breath", async () => {
    const policy = bulkhead({ limit: 1, queue: { size: 2 }, clock: manualClock() });
    const { fn, open } = gate();
    const first = policy.execute(fn);
    const controller = new AbortController();
    const aborted = policy.tryExecute(() => "ran", { signal: controller.signal });
    const last = policy.execute(() => "last ran");
    open[0]!();
    // The slot is handed over in the reaction to the first call's end; the abort comes before the waiter wakes.
    await Promise.resolve();
    while (policy.queued === 2) await Promise.resolve();
    controller.abort("too late");
    expect(policy.queued).toBe(1);
    expect(await aborted).toMatchObject({ error: "too late" });
    expect(await last).toBe("last ran");
    await first;
    expect(policy.inUse).toBe(0);
    expect(policy.queued).toBe(0);
  });

  it("keeps the slot of a call that was cut until its work really ends", async () => {
    const clock = manualClock();
    const policy = compose(timeout({ timeoutMs: 10, clock }), bulkhead({ limit: 1, clock }));
    const { fn, open, most } = gate();
    const cut = policy.tryExecute(fn);
    await clock.advance(10);
    expect(await cut).toMatchObject({ error: { code: "TIMEOUT" } });
    await expect(policy.execute(fn)).rejects.toMatchObject({ code: "BULKHEAD_FULL" });
    open[0]!();
    await clock.advance(0);
    const next = policy.execute(fn);
    open[1]!();
    await next;
    expect(most()).toBe(1);
  });

  it("keeps one slot for each attempt that was cut, and frees each with its own work", async () => {
    const clock = manualClock();
    const slots = bulkhead({ limit: 3, clock });
    const policy = compose(retry({ attempts: 3, clock }), slots, timeout({ timeoutMs: 10, clock }));
    const { fn, open } = gate();
    const call = policy.tryExecute(fn);
    await clock.advance(100_000);
    await call;
    expect(slots.inUse).toBe(3);
    for (const [index, end] of open.entries()) {
      end();
      await clock.advance(0);
      expect(slots.inUse).toBe(2 - index);
    }
  });

  it("gives permits by hand, and takes back one that is held too long", async () => {
    const clock = manualClock();
    const policy = bulkhead({ limit: 1, maxHoldMs: 1_000, clock });
    const held: unknown[] = [];
    policy.on("reclaimed", (event) => held.push(event));
    const permit = policy.tryAcquire()!;
    expect(policy.tryAcquire()).toBeUndefined();
    permit.release();
    permit.release();
    expect(policy.inUse).toBe(0);
    const forgotten = policy.tryAcquire()!;
    await clock.advance(1_000);
    expect(policy.inUse).toBe(0);
    expect(held).toEqual([{ heldMs: 1_000 }]);
    forgotten[dispose]();
    expect(policy.inUse).toBe(0);
  });

  it("waits for a permit by hand in the same queue", async () => {
    const policy = bulkhead({ limit: 1, queue: { size: 1 }, clock: manualClock() });
    const first = await policy.acquire();
    const second = policy.acquire();
    expect(policy.queued).toBe(1);
    first.release();
    const permit = await second;
    expect(policy.inUse).toBe(1);
    permit.release();
    expect(policy.inUse).toBe(0);
    const controller = new AbortController();
    await policy.acquire();
    const aborted = policy.acquire({ signal: controller.signal });
    controller.abort("no");
    await expect(aborted).rejects.toBe("no");
  });

  it("can be widened and narrowed while calls run", async () => {
    const policy = bulkhead({ limit: 1, queue: { size: 10 }, clock: manualClock() });
    const { fn, open, running } = gate();
    const calls = [1, 2, 3, 4].map(() => policy.execute(fn));
    expect(running()).toBe(1);
    policy.resize(3);
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    expect(running()).toBe(3);
    policy.resize(1);
    while (open.length > 0) {
      open.shift()!();
      for (let turn = 0; turn < 10; turn++) await undefined;
    }
    await Promise.all(calls);
    expect(policy.inUse).toBe(0);
    expect(policy.limit).toBe(1);
  });

  it("hands no slot on that is beyond the limit, though the limit rose again since it was lowered", async () => {
    const policy = bulkhead({ limit: 5, queue: { size: 10 }, clock: manualClock() });
    const permits = Array.from({ length: 5 }, () => policy.tryAcquire()!);
    const { fn, open, running } = gate();
    const waiting = policy.execute(fn);
    policy.resize(1);
    policy.resize(2);
    for (const [index, permit] of permits.entries()) {
      expect([policy.inUse, running()]).toEqual([5 - index, 0]);
      permit.release();
      if (index === 3) break;
      for (let turn = 0; turn < 10; turn++) await undefined;
    }
    for (let turn = 0; turn < 10; turn++) await undefined;
    expect([policy.inUse, running()]).toEqual([2, 1]);
    permits[4]!.release();
    open[0]!();
    await waiting;
    expect(policy.inUse).toBe(0);
  });

  it("never lets more run than its limit and loses no slot, whatever calls do", async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constant("call" as const) },
      { weight: 3, arbitrary: fc.constant("end" as const) },
      { weight: 1, arbitrary: fc.constant("fail" as const) },
      { weight: 1, arbitrary: fc.constant("abort" as const) },
      { weight: 1, arbitrary: fc.constant("time" as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 40 }), async (limit, steps) => {
        const clock = manualClock();
        const slots = bulkhead({ limit, queue: { size: 4, maxWaitMs: 50 }, clock });
        const policy = compose(timeout({ timeoutMs: 100, clock }), slots);
        const running: { resolve: () => void; reject: (error: Error) => void }[] = [];
        const controllers: AbortController[] = [];
        const calls: Promise<unknown>[] = [];
        let most = 0;
        for (const what of steps) {
          if (what === "call") {
            const controller = new AbortController();
            controllers.push(controller);
            calls.push(
              policy.tryExecute(
                () =>
                  new Promise<void>((resolve, reject) => {
                    running.push({ resolve, reject });
                    most = Math.max(most, running.length);
                  }),
                { signal: controller.signal },
              ),
            );
          } else if (what === "end") running.shift()?.resolve();
          else if (what === "fail") running.shift()?.reject(new Error("fail"));
          else if (what === "abort") controllers.shift()?.abort("abort");
          await clock.advance(what === "time" ? 60 : 0);
        }
        while (running.length > 0) {
          running.shift()!.resolve();
          await clock.advance(0);
        }
        await clock.advance(1_000);
        await Promise.all(calls);
        expect(most).toBeLessThanOrEqual(limit);
        expect(slots.inUse).toBe(0);
        expect(slots.queued).toBe(0);
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it.each([0, 0.5, Number.NaN])("refuses a limit of %s", (limit) => {
    expect(() => bulkhead({ limit })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});
