import { describe, expect, it } from "vitest";
import { dispose, manualClock } from "../../../ts/kernel/index.js";
import {
  type CircuitBreakerOptions,
  circuitBreaker,
  count,
  errorOrStatus,
  type Permit,
  time,
} from "../../../ts/resilience/index.js";
import { policyContract } from "../policy-contract.js";
import { down, fail, observed, pass } from "./observed.js";

for (const [name, options] of [
  ["consecutive failures", { consecutiveFailures: 1 }],
  ["a count window", { window: count(10), minimumCalls: 1 }],
  ["a time window with slow calls", { window: time(10_000), minimumCalls: 1, slowRate: 0.5, slowAfterMs: 100 }],
] as const) {
  describe(name, () => {
    policyContract({
      kind: "circuit-breaker",
      make: (given) => circuitBreaker({ ...options, ...given }),
      exhaust: async (policy) => {
        await policy.tryExecute(down);
      },
      refusal: { code: "CIRCUIT_OPEN", rule: "open", hasRetryAfter: true },
      shadowed: { action: "reject" },
      change: { good: { openForMs: 7 }, bad: { openForMs: -1 } },
      keepsRefusing: true,
    });
  });
}

describe("circuit breaker", () => {
  it("opens after consecutive failures, tries after its time, closes after the probes", async () => {
    const { clock, breaker, transitions } = observed({
      consecutiveFailures: 3,
      openForMs: 1_000,
      halfOpen: { permits: 2 },
    });
    await fail(breaker, 2);
    await pass(breaker, 1);
    await fail(breaker, 3);
    expect(breaker.state).toBe("open");
    expect(breaker.retryAfterMs).toBe(1_000);
    await expect(breaker.execute(() => 1)).rejects.toMatchObject({ rule: "open", retryAfterMs: 1_000 });
    await clock.advance(1_000);
    expect(breaker.state).toBe("half-open");
    await pass(breaker, 2);
    expect(breaker.state).toBe("closed");
    expect(transitions).toEqual([
      "closed > open (threshold)",
      "open > half-open (elapsed)",
      "half-open > closed (probes)",
    ]);
  });

  it("opens again when the probes fail", async () => {
    const { clock, breaker } = observed({ consecutiveFailures: 1, openForMs: 100, halfOpen: { permits: 1 } });
    await fail(breaker, 1);
    await clock.advance(100);
    await fail(breaker, 1);
    expect(breaker.state).toBe("open");
    expect(breaker.retryAfterMs).toBe(100);
  });

  it("opens by rate at equality, and not before the minimum of calls", async () => {
    const { breaker } = observed({ window: count(10), failureRate: 0.5, minimumCalls: 4 });
    await fail(breaker, 2);
    await pass(breaker, 1);
    expect(breaker.state).toBe("closed");
    await pass(breaker, 1);
    expect(breaker.state).toBe("open");
  });

  it("lets old calls fall out of a count window", async () => {
    const { breaker } = observed({ window: count(4), failureRate: 0.75, minimumCalls: 4 });
    await fail(breaker, 2);
    await pass(breaker, 4);
    await fail(breaker, 2);
    expect(breaker.stats).toMatchObject({ state: "closed", calls: 4, failureRate: 0.5 });
    await fail(breaker, 1);
    expect(breaker.state).toBe("open");
  });

  it("lets old calls fall out of a time window, also without new ones", async () => {
    const { clock, breaker } = observed({ window: time(10_000), minimumCalls: 3, failureRate: 1 });
    await fail(breaker, 2);
    expect(breaker.stats).toMatchObject({ calls: 2, failureRate: 1 });
    await clock.advance(11_000);
    expect(breaker.stats.calls).toBe(0);
    await fail(breaker, 2);
    expect(breaker.state).toBe("closed");
  });

  it("opens by slow calls", async () => {
    const { clock, breaker } = observed({ window: count(10), minimumCalls: 2, slowRate: 1, slowAfterMs: 100 });
    for (let call = 0; call < 2; call++) {
      const running = breaker.execute(() => new Promise<void>((resolve) => clock.schedule(resolve, 100)));
      await clock.advance(100);
      await running;
    }
    expect(breaker.state).toBe("open");
  });

  it("stays open longer each time when its open time grows, and starts again after closing", async () => {
    const { clock, breaker } = observed({
      consecutiveFailures: 1,
      openForMs: 1_000,
      openFactor: 2,
      openMaxMs: 4_000,
      halfOpen: { permits: 1 },
    });
    const opened: number[] = [];
    for (let round = 0; round < 4; round++) {
      await fail(breaker, 1);
      opened.push(breaker.retryAfterMs);
      await clock.advance(breaker.retryAfterMs);
    }
    expect(opened).toEqual([1_000, 2_000, 4_000, 4_000]);
    await pass(breaker, 1);
    await fail(breaker, 1);
    expect(breaker.retryAfterMs).toBe(1_000);
  });

  it("counts what its test calls a failure", async () => {
    const { breaker } = observed({ consecutiveFailures: 1, isFailure: errorOrStatus(503) });
    await breaker.execute(() => ({ status: 404 }));
    expect(breaker.state).toBe("closed");
    await breaker.execute(() => ({ status: 503 }));
    expect(breaker.state).toBe("open");
  });

  it("is opened by hand until the last isolation ends", async () => {
    const { breaker, transitions } = observed();
    const one = breaker.isolate();
    const two = breaker.isolate();
    await expect(breaker.execute(() => 1)).rejects.toMatchObject({ code: "CIRCUIT_ISOLATED", rule: "isolated" });
    one[dispose]();
    one[dispose]();
    expect(breaker.state).toBe("forced-open");
    two[dispose]();
    expect(await breaker.execute(() => 1)).toBe(1);
    expect(transitions).toEqual(["closed > forced-open (manual)", "forced-open > closed (manual)"]);
  });

  it("lets everything through while it is disabled", async () => {
    const { breaker } = observed({ consecutiveFailures: 1 });
    breaker.disable();
    await fail(breaker, 10);
    expect(breaker.state).toBe("disabled");
    breaker.reset();
    await fail(breaker, 1);
    expect(breaker.state).toBe("open");
  });

  it("gives permits by hand; one that is dropped counts for nothing", async () => {
    const { clock, breaker } = observed({ consecutiveFailures: 1, openForMs: 10, halfOpen: { permits: 1 } });
    breaker.tryAcquire()!.failure();
    expect(breaker.tryAcquire()).toBeUndefined();
    await clock.advance(10);
    const probe = breaker.tryAcquire() as Permit;
    expect(breaker.tryAcquire()).toBeUndefined();
    probe[dispose]();
    breaker.tryAcquire()!.success();
    expect(breaker.state).toBe("closed");
  });

  it("keeps an open breaker open over snapshot and restore, for the time that was left", async () => {
    const { clock, breaker } = observed({ consecutiveFailures: 1, openForMs: 1_000 });
    await fail(breaker, 1);
    await clock.advance(400);
    const later = manualClock({ nowMs: 123_456_789 });
    const restored = circuitBreaker({ consecutiveFailures: 1, openForMs: 1_000, openJitter: 0, clock: later });
    restored.restore(structuredClone(breaker.snapshot()));
    expect(restored.state).toBe("open");
    expect(restored.retryAfterMs).toBeCloseTo(600, 2);
  });

  it.each<[CircuitBreakerOptions, string]>([
    [{ consecutiveFailures: 0 }, "consecutiveFailures"],
    [{ consecutiveFailures: 1, window: count(5) }, "window"],
    [{ window: count(0) }, "window.calls"],
    [{ window: time(0) }, "window.windowMs"],
    [{ window: time(1_000, { buckets: 0 }) }, "window.buckets"],
    [{ failureRate: 0 }, "failureRate"],
    [{ failureRate: 1.1 }, "failureRate"],
    [{ slowRate: 0.5 }, "slowAfterMs"],
    [{ window: count(5), minimumCalls: 6 }, "minimumCalls"],
    [{ openForMs: Number.NaN }, "openForMs"],
    [{ openFactor: 0.5 }, "openFactor"],
    [{ openJitter: 2 }, "openJitter"],
    [{ halfOpen: { permits: 0 } }, "halfOpen.permits"],
    [{ halfOpen: { maxWaitMs: -1 } }, "halfOpen.maxWaitMs"],
  ])("refuses %j", (options, option) => {
    expect(() => circuitBreaker(options)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", details: expect.objectContaining({ option }) }),
    );
  });
});
