import { AsyncLocalStorage } from "node:async_hooks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../ts/kernel/index.js";
import {
  bulkhead,
  circuitBreaker,
  coalesce,
  compose,
  constant,
  count,
  retry,
  timeout,
} from "../../ts/resilience/index.js";
import { policyContract } from "./policy-contract.js";

const key = "k";
const never = () => new Promise<never>(() => {});

for (const maxWaiters of [undefined, 0]) {
  policyContract({
    kind: "coalesce",
    make: (options) => coalesce({ ...(maxWaiters !== undefined && { maxWaiters }), ...options }),
    exhaust: async (policy) => {
      void policy.execute(never, { key });
    },
    ...(maxWaiters === 0 && {
      refusal: { code: "COALESCE_FULL", rule: "max-waiters", hasRetryAfter: false, observed: 0, threshold: 0 },
    }),
    shadowed: { action: maxWaiters === 0 ? "reject" : "replace" },
    change: { good: { maxKeys: 5 }, bad: { maxKeys: 0 } },
    callOptions: { key },
  });
}

/** A function that counts its calls and is ended by hand. */
function load() {
  const ends: { resolve(value: unknown): void; reject(error: unknown): void; signal: AbortSignal }[] = [];
  const fn = ({ signal }: { signal: AbortSignal }) =>
    new Promise((resolve, reject) => {
      ends.push({ resolve, reject, signal });
    });
  return { fn, ends };
}

describe("coalesce", () => {
  it("runs one function for all calls of a key that overlap, and gives all the same object", async () => {
    const policy = coalesce();
    const { fn, ends } = load();
    const calls = [1, 2, 3].map(() => policy.execute(fn, { key }));
    const other = policy.execute(fn, { key: "other" });
    expect(ends.length).toBe(2);
    const value = {};
    ends[0]!.resolve(value);
    ends[1]!.resolve("other");
    const values = await Promise.all(calls);
    expect(values.every((each) => each === value)).toBe(true);
    expect(await other).toBe("other");
    expect(policy.stats).toEqual({ underWay: 0, executions: 2, coalesced: 2, alone: 0 });
  });

  it("gives all the same error, reports none as unhandled, and remembers nothing", async () => {
    const policy = coalesce();
    const { fn, ends } = load();
    const { signal } = new AbortController();
    const calls = [
      policy.tryExecute(fn, { key }),
      policy.tryExecute(fn, { key, signal }),
      policy.execute(fn, { key }).catch((error: unknown) => ({ ok: false, error })),
    ];
    const error = new Error("down");
    ends[0]!.reject(error);
    for (const outcome of await Promise.all(calls)) expect(outcome).toEqual({ ok: false, error });
    const again = policy.execute(fn, { key });
    expect(ends.length).toBe(2);
    ends[1]!.resolve("up");
    expect(await again).toBe("up");
    await new Promise((resolve) => setImmediate(resolve));
  });

  it("needs a key", async () => {
    await expect(coalesce().execute(() => 1)).rejects.toMatchObject({
      code: "INVALID_OPTION",
      details: { option: "key" },
    });
  });

  it("lets a caller that aborts leave alone, the first one too, and cuts the work when the last has left", async () => {
    const policy = coalesce();
    const { fn, ends } = load();
    const first = new AbortController();
    const second = new AbortController();
    const calls = [first, second].map(({ signal }) => policy.tryExecute(fn, { key, signal }));
    first.abort("bored");
    expect(await calls[0]).toMatchObject({ ok: false, error: "bored" });
    expect(ends[0]!.signal.aborted).toBe(false);
    second.abort("bored too");
    expect(await calls[1]).toMatchObject({ ok: false, error: "bored too" });
    expect(ends[0]!.signal).toMatchObject({ aborted: true, reason: "bored too" });
    const next = policy.execute(fn, { key });
    expect(ends.length).toBe(2);
    ends[0]!.reject(new Error("late"));
    ends[1]!.resolve("new");
    expect(await next).toBe("new");
  });

  it("goes on for a caller that cannot leave", async () => {
    const policy = coalesce();
    const { fn, ends } = load();
    const controller = new AbortController();
    const first = policy.tryExecute(fn, { key, signal: controller.signal });
    const second = policy.execute(fn, { key });
    controller.abort("bored");
    await first;
    expect(ends[0]!.signal.aborted).toBe(false);
    ends[0]!.resolve("value");
    expect(await second).toBe("value");
  });

  it("lets each caller have its own deadline", async () => {
    const clock = manualClock();
    const shared = coalesce({ clock });
    const quick = compose(timeout({ timeoutMs: 10, clock }), shared);
    const patient = compose(timeout({ timeoutMs: 100, clock }), shared);
    const { fn, ends } = load();
    const remaining: number[] = [];
    const one = quick.tryExecute(
      (context) => {
        remaining.push(context.remainingMs());
        return fn(context);
      },
      { key },
    );
    const two = patient.tryExecute(fn, { key });
    await clock.advance(10);
    expect(await one).toMatchObject({ ok: false, error: { code: "TIMEOUT" } });
    expect(ends[0]!.signal.aborted).toBe(false);
    await clock.advance(90);
    expect(await two).toMatchObject({ ok: false, error: { code: "TIMEOUT" } });
    expect(ends[0]!.signal.aborted).toBe(true);
    expect(remaining).toEqual([10]);
  });

  it("tells the work of the latest deadline of those who wait", async () => {
    const clock = manualClock();
    const shared = coalesce({ clock });
    const within = (timeoutMs: number) => compose(timeout({ timeoutMs, clock }), shared);
    let remainingMs = () => 0;
    const fn = (context: { remainingMs(): number }) => {
      remainingMs = () => context.remainingMs();
      return never();
    };
    void within(10).tryExecute(fn, { key });
    expect(remainingMs()).toBe(10);
    void within(50).tryExecute(fn, { key });
    void within(20).tryExecute(fn, { key });
    expect(remainingMs()).toBe(50);
    void shared.execute(fn, { key });
    expect(remainingMs()).toBe(Number.POSITIVE_INFINITY);
    await clock.advance(100);
  });

  it("shares the layers further in: one attempt at the breaker, one slot, one series of retries", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({ window: count(10), clock });
    const narrow = bulkhead({ limit: 1, clock });
    const policy = compose(
      coalesce({ clock }),
      retry({ attempts: 2, backoff: constant({ baseMs: 10 }), clock }),
      breaker,
      narrow,
    );
    const attempts: number[] = [];
    const calls = [1, 2, 3].map(() =>
      policy.execute(
        ({ attempt }) => {
          attempts.push(attempt);
          if (attempt === 1) throw new Error("busy");
          return "value";
        },
        { key },
      ),
    );
    await clock.advance(10);
    expect(await Promise.all(calls)).toEqual(["value", "value", "value"]);
    expect(attempts).toEqual([1, 2]);
    expect([breaker.stats.calls, narrow.inUse]).toEqual([2, 0]);
  });

  it("says to every caller which policy further in refused", async () => {
    const policy = compose(coalesce(), bulkhead({ limit: 1, name: "narrow" }));
    void policy.execute(never, { key: "other" });
    const outcomes = await Promise.all([1, 2].map(() => policy.tryExecute(() => 1, { key })));
    expect(outcomes).toMatchObject([{ rejectedBy: "narrow" }, { rejectedBy: "narrow" }]);
  });

  it("keeps the slots further out until work that was cut really ends", async () => {
    const outer = bulkhead({ limit: 2 });
    const policy = compose(outer, coalesce());
    const { fn, ends } = load();
    const controllers = [new AbortController(), new AbortController()];
    const calls = controllers.map(({ signal }) => policy.tryExecute(fn, { key, signal }));
    for (const controller of controllers) controller.abort();
    await Promise.all(calls);
    expect(outer.inUse).toBe(1);
    ends[0]!.resolve("late");
    await new Promise((resolve) => setImmediate(resolve));
    expect(outer.inUse).toBe(0);
  });

  it("lets so many wait and refuses the next", async () => {
    const policy = coalesce({ maxWaiters: 2 });
    const { fn, ends } = load();
    const { signal } = new AbortController();
    const calls = [{ key }, { key, signal }, { key }].map((options) => policy.execute(fn, options));
    for (const options of [{ key }, { key, signal }]) {
      await expect(policy.execute(fn, options)).rejects.toMatchObject({
        code: "COALESCE_FULL",
        observed: 2,
        threshold: 2,
      });
    }
    ends[0]!.resolve("value");
    expect(await Promise.all(calls)).toEqual(["value", "value", "value"]);
  });

  it("lets a call run by itself where too many keys are under way", async () => {
    const policy = coalesce({ maxKeys: 1 });
    const { fn, ends } = load();
    const calls = ["a", "b", "b"].map((name) => policy.execute(fn, { key: name }));
    expect(ends.length).toBe(3);
    for (const [n, { resolve }] of ends.entries()) resolve(n);
    expect(await Promise.all(calls)).toEqual([0, 1, 2]);
    expect(policy.stats).toMatchObject({ executions: 3, coalesced: 0, alone: 2 });
  });

  it("tells who joined", async () => {
    const policy = coalesce();
    const seen: unknown[] = [];
    policy.on("coalesced", (payload) => seen.push(payload));
    const { fn, ends } = load();
    const { signal } = new AbortController();
    const calls = [{ key }, { key, signal }, { key }].map((options) => policy.execute(fn, options));
    ends[0]!.resolve(1);
    await Promise.all(calls);
    expect(seen).toEqual([
      { key, callers: 2 },
      { key, callers: 3 },
    ]);
  });

  it("survives a function that has its own caller cut before it returns", async () => {
    const policy = coalesce();
    const controller = new AbortController();
    const outcome = await policy.tryExecute(
      () => {
        controller.abort("enough");
        return "value";
      },
      { key, signal: controller.signal },
    );
    expect(outcome).toMatchObject({ ok: false, error: "enough" });
    expect(await policy.execute(() => "next", { key })).toBe("next");
  });

  it("keeps each caller's asynchronous context", async () => {
    const context = new AsyncLocalStorage<string>();
    const policy = coalesce();
    const { fn, ends } = load();
    const { signal } = new AbortController();
    const calls = [{ key }, { key }, { key, signal }].map((options, n) =>
      context.run(`caller ${n}`, async () => {
        await policy.execute(fn, options);
        return context.getStore();
      }),
    );
    ends[0]!.resolve(1);
    expect(await Promise.all(calls)).toEqual(["caller 0", "caller 1", "caller 2"]);
  });

  it("loses no caller and leaks no flight, whatever joins, aborts, succeeds and fails in which order", async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("call" as const), key: fc.constantFrom("a", "b"), stays: fc.boolean() }),
      fc.record({ kind: fc.constant("abort" as const), which: fc.nat(20) }),
      fc.record({ kind: fc.constant("end" as const), which: fc.nat(20), ok: fc.boolean() }),
      fc.record({ kind: fc.constant("turn" as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const policy = coalesce();
        const { fn, ends } = load();
        const calls: { outcome: Promise<unknown>; controller: AbortController | undefined }[] = [];
        for (const one of steps) {
          if (one.kind === "call") {
            const controller = one.stays ? undefined : new AbortController();
            const options = { key: one.key, ...(controller && { signal: controller.signal }) };
            const outcome = policy.execute(fn, options).then(
              (value) => value,
              (error: unknown) => error,
            );
            calls.push({ outcome, controller });
          } else if (one.kind === "abort") calls[one.which]?.controller?.abort("aborted");
          else if (one.kind === "end") ends[one.which]?.[one.ok ? "resolve" : "reject"](one.which);
          else await new Promise((resolve) => setImmediate(resolve));
        }
        for (const [n, { resolve }] of ends.entries()) resolve(n);
        for (const { outcome, controller } of calls) {
          const end = await outcome;
          if (typeof end === "number") expect(ends[end]).toBeDefined();
          else expect([end, controller?.signal.aborted]).toEqual(["aborted", true]);
        }
        await new Promise((resolve) => setImmediate(resolve));
        expect(policy.stats.underWay).toBe(0);
        expect(policy.stats.executions).toBe(ends.length);
      }),
      { numRuns: 200 },
    );
  });
});
