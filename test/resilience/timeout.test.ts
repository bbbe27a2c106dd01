import { describe, expect, it } from "vitest";
import { manualClock } from "../../ts/kernel/index.js";
import { adaptive, bulkhead, compose, latencyTarget, timeout } from "../../ts/resilience/index.js";
import { policyContract, type Subject } from "./policy-contract.js";

const never = () => new Promise<never>(() => {});

/** What a timeout of 100 ms promises, fixed or adaptive. */
const contract = {
  kind: "timeout",
  refusedCall: async (policy, clock) => {
    const call = policy.execute(never).catch((error: unknown) => error);
    await clock.advance(100);
    return call;
  },
  refusal: { code: "TIMEOUT", rule: "timeout", hasRetryAfter: false, observed: 100, threshold: 100 },
  shadowed: {
    action: "cut",
    provoke: async (policy, clock) => {
      const call = policy.execute(() => new Promise((resolve) => clock.schedule(() => resolve("late"), 150)));
      await clock.advance(150);
      expect(await call).toBe("late");
    },
  },
  change: { good: { timeoutMs: 200 }, bad: { timeoutMs: 0 } },
} satisfies Omit<Subject, "make">;

policyContract({ ...contract, make: (options) => timeout({ timeoutMs: 100, ...options }) });

policyContract({
  ...contract,
  make: (options) =>
    timeout({ ...options, timeoutMs: adaptive({ target: latencyTarget("subject", options), maxMs: 100 }) }),
});

describe("timeout", () => {
  it("cuts at the deadline, not before", async () => {
    const clock = manualClock();
    let settled = false;
    const call = timeout({ timeoutMs: 100, clock })
      .tryExecute(never)
      .then((outcome) => {
        settled = true;
        return outcome;
      });
    await clock.advance(99.9);
    expect(settled).toBe(false);
    await clock.advance(0.1);
    expect(await call).toMatchObject({ ok: false, error: { code: "TIMEOUT" }, rejectedBy: "timeout" });
  });

  it("tells the function by its signal, with the error as the reason", async () => {
    const clock = manualClock();
    let reason: unknown;
    const call = timeout({ timeoutMs: 100, clock }).tryExecute(({ signal }) => {
      signal.addEventListener("abort", () => {
        reason = signal.reason;
      });
      return never();
    });
    await clock.advance(100);
    await call;
    expect(reason).toMatchObject({ code: "TIMEOUT" });
  });

  it("gives an aborted signal to a function that asks for it too late", async () => {
    const clock = manualClock();
    let late: AbortSignal | undefined;
    const call = timeout({ timeoutMs: 100, clock }).tryExecute(async (context) => {
      await new Promise<void>((resolve) => clock.schedule(resolve, 150));
      late = context.signal as AbortSignal;
    });
    await clock.advance(200);
    await call;
    expect(late?.aborted).toBe(true);
  });

  it("tells the function how long it has", async () => {
    const clock = manualClock();
    const seen = await compose(timeout({ timeoutMs: 500, clock }), timeout({ timeoutMs: 100, clock })).execute(
      ({ remainingMs }) => remainingMs === undefined,
    );
    expect(seen).toBe(false);
    const left = await compose(timeout({ timeoutMs: 500, clock }), timeout({ timeoutMs: 100, clock })).execute(
      (context) => context.remainingMs(),
    );
    expect(left).toBe(100);
    expect(await bulkhead({ limit: 1, clock }).execute((context) => context.remainingMs())).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  it("in cooperative mode waits for the function and keeps a value that came all the same", async () => {
    const clock = manualClock();
    const policy = timeout({ timeoutMs: 100, strategy: "cooperative", clock });
    const call = policy.tryExecute(
      () => new Promise((resolve) => clock.schedule(() => resolve("late but whole"), 150)),
    );
    await clock.advance(150);
    expect(await call).toEqual({ ok: true, value: "late but whole" });
  });

  it("in cooperative mode turns the failure of an aborted function into a timeout", async () => {
    const clock = manualClock();
    const policy = timeout({ timeoutMs: 100, strategy: "cooperative", clock });
    const call = policy.tryExecute(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => clock.schedule(() => reject(new Error("stopped")), 20));
        }),
    );
    await clock.advance(100);
    await clock.advance(20);
    expect(await call).toMatchObject({ ok: false, error: { code: "TIMEOUT" } });
  });

  it("an outer deadline wins over an inner one that passes at the same instant", async () => {
    const clock = manualClock();
    const outer = timeout({ timeoutMs: 100, name: "outer", clock });
    const inner = timeout({ timeoutMs: 100, name: "inner", clock });
    const call = compose(outer, inner).tryExecute(never);
    await clock.advance(100);
    expect(await call).toMatchObject({ rejectedBy: "outer" });
  });

  it("does not time out a function that settles at the deadline's instant before the timer runs", async () => {
    const clock = manualClock();
    const policy = timeout({ timeoutMs: 100, clock });
    let finish: (value: string) => void = () => {};
    clock.schedule(() => finish("in time"), 100);
    const call = policy.tryExecute(
      () =>
        new Promise<string>((resolve) => {
          finish = resolve;
        }),
    );
    await clock.advance(100);
    expect(await call).toEqual({ ok: true, value: "in time" });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses timeoutMs %s", (timeoutMs) => {
    expect(() => timeout({ timeoutMs })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

describe("timeout with an adaptive limit", () => {
  const setUp = (more: { strategy?: "hard" | "cooperative" } = {}) => {
    const clock = manualClock();
    const target = latencyTarget("users", { clock, minSamples: 10 });
    const limit = adaptive({ target, maxMs: 1_000, factor: 2, explore: 0, falseTimeouts: 0.01 });
    const policy = timeout({ timeoutMs: limit, clock, ...more });
    const taking = (ms: number) => () =>
      new Promise<number>((resolve) => {
        clock.schedule(() => resolve(ms), ms);
      });
    const run = async (ms: number) => {
      const call = policy.tryExecute(taking(ms));
      await clock.advance(ms);
      return call;
    };
    return { clock, target, limit, policy, taking, run };
  };

  it("follows what the calls take", async () => {
    const { limit, policy, run } = setUp();
    for (let n = 0; n < 12; n++) expect(await run(20)).toEqual({ ok: true, value: 20 });
    await run(20);
    expect(limit.limitMs).toBeGreaterThanOrEqual(40);
    expect(limit.limitMs).toBeLessThan(43);
    expect(policy.timeoutMs).toBe(limit.limitMs);
    const threshold = limit.limitMs;
    expect(await run(50)).toMatchObject({ ok: false, error: { code: "TIMEOUT", threshold } });
  });

  it("learns from work that goes on after it was cut that it was cut too early", async () => {
    const { limit, run, target } = setUp();
    for (let n = 0; n < 14; n++) await run(20);
    const before = limit.limitMs;
    expect(await run(60)).toMatchObject({ ok: false });
    expect(target.stats).toMatchObject({ inTime: 14, cut: 1, late: 1 });
    expect(limit.limitMs).toBeGreaterThan(before * 1.4);
    expect(await run(60)).toEqual({ ok: true, value: 60 });
  });

  it("learns nothing from work that stops when it is told to, nor from a call that was still waiting", async () => {
    const { clock, limit, policy, run, target } = setUp();
    for (let n = 0; n < 14; n++) await run(20);
    const before = limit.limitMs;
    const call = policy.tryExecute(
      ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    );
    await clock.advance(60);
    expect(await call).toMatchObject({ ok: false });
    const narrow = compose(policy, bulkhead({ limit: 1, queue: { size: 1 }, clock }));
    const first = narrow.tryExecute(never);
    const second = narrow.tryExecute(() => "never runs");
    await clock.advance(60);
    expect(await first).toMatchObject({ ok: false, error: { code: "TIMEOUT" } });
    expect(await second).toMatchObject({ ok: false, error: { code: "TIMEOUT" } });
    expect(target.stats).toMatchObject({ inTime: 14, cut: 2, late: 0 });
    expect(limit.limitMs).toBe(before);
  });

  it("in cooperative mode counts a value that came all the same as a false timeout", async () => {
    const { limit, run, target } = setUp({ strategy: "cooperative" });
    for (let n = 0; n < 14; n++) await run(20);
    const before = limit.limitMs;
    expect(await run(60)).toEqual({ ok: true, value: 60 });
    expect(limit.limitMs).toBeGreaterThan(before * 1.4);
    expect(target.stats).toMatchObject({ inTime: 15, cut: 0 });
  });

  it("in cooperative mode counts a function that stopped because it was told to as cut", async () => {
    const { clock, policy, run, target } = setUp({ strategy: "cooperative" });
    for (let n = 0; n < 14; n++) await run(20);
    const call = policy.tryExecute(
      ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    );
    await clock.advance(60);
    expect(await call).toMatchObject({ ok: false });
    expect(target.stats).toMatchObject({ inTime: 14, cut: 1 });
  });

  it("does not count what the caller aborted, nor what failed", async () => {
    const { clock, policy, target } = setUp();
    const controller = new AbortController();
    const call = policy.tryExecute(never, { signal: controller.signal });
    await clock.advance(5);
    controller.abort();
    await call;
    await policy.tryExecute(() => Promise.reject(new Error("refused at once")));
    expect(target.stats).toMatchObject({ inTime: 0, cut: 0 });
  });

  it("measures each attempt once, however many policies of a composition have the target", async () => {
    const { clock, policy, target, taking } = setUp();
    const both = compose(timeout({ timeoutMs: adaptive({ target, maxMs: 5_000 }), clock }), policy);
    const call = both.execute(taking(20));
    await clock.advance(20);
    await call;
    expect(target.stats).toMatchObject({ inTime: 1 });
    policy.setMode("off");
    const next = both.execute(taking(20));
    await clock.advance(20);
    await next;
    expect(target.stats).toMatchObject({ inTime: 2 });
  });

  it("goes on in another process with the limit that it had found", async () => {
    const { run, policy, limit } = setUp();
    for (let n = 0; n < 14; n++) await run(20);
    const other = setUp();
    expect(other.limit.limitMs).toBe(1_000);
    other.policy.restore(policy.snapshot());
    expect(other.limit.limitMs).toBe(limit.limitMs);
  });

  it("refuses a target with another clock", () => {
    const target = latencyTarget("users");
    expect(() => timeout({ timeoutMs: adaptive({ target, maxMs: 100 }), clock: manualClock() })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  });
});
