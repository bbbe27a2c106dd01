import { describe, expect, it } from "vitest";
import { manualClock } from "../../ts/kernel/index.js";
import { bulkhead, compose, timeout } from "../../ts/resilience/index.js";
import { policyContract } from "./policy-contract.js";

const never = () => new Promise<never>(() => {});

policyContract({
  kind: "timeout",
  make: (options) => timeout({ timeoutMs: 100, ...options }),
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
