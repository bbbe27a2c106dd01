import { describe, expect, it } from "vitest";
import { manualClock, type Signal, systemRandom } from "../../../ts/kernel/index.js";
import {
  HealthProbe,
  type HealthProbeOptions,
  healthProbeSettings,
  type Probed,
} from "../../../ts/resilience/breaker/health-probe.js";
import { constant, exponential } from "../../../ts/resilience/index.js";

/** A probe whose checks are settled from outside, with a record of what it found. */
function probing(options: Partial<HealthProbeOptions> = {}) {
  const clock = manualClock();
  const checks: { signal: Signal; answer: (value?: unknown) => void; fail: (error: unknown) => void }[] = [];
  const found: Probed[] = [];
  const settings = healthProbeSettings(
    {
      check: ({ signal }) => new Promise((answer, fail) => checks.push({ signal, answer, fail })),
      backoff: constant({ baseMs: 100 }),
      timeoutMs: 50,
      ...options,
    },
    systemRandom,
  );
  let wanted = true;
  const probe = new HealthProbe(settings, { clock, wanted: () => wanted, found: (probed) => found.push(probed) });
  return {
    clock,
    checks,
    found,
    probe,
    unwant: () => {
      wanted = false;
    },
  };
}

describe("health probe", () => {
  it("asks a delay after its start, again after a growing delay while the answer is bad, and no more after a good one", async () => {
    const { clock, checks, found, probe } = probing({
      backoff: exponential({ baseMs: 100, factor: 2, jitter: "none" }),
    });
    probe.start();
    await clock.advance(99);
    expect(checks.length).toBe(0);
    await clock.advance(1);
    checks[0]!.fail("still down");
    await clock.advance(199);
    expect(checks.length).toBe(1);
    await clock.advance(1);
    checks[1]!.answer(false);
    await clock.advance(400);
    checks[2]!.answer();
    await clock.advance(10_000);
    expect(checks.length).toBe(3);
    expect(found).toEqual([
      { healthy: false, attempt: 1, error: "still down" },
      { healthy: false, attempt: 2, error: expect.objectContaining({ code: "HEALTH_CHECK_FAILED" }) },
      { healthy: true, attempt: 3 },
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("takes a throw as a bad answer, and a plain value as a good one", async () => {
    const answers = [
      () => {
        throw new Error("no socket");
      },
      () => Promise.reject(undefined),
      () => "pong",
    ];
    const { clock, found, probe } = probing({ check: () => answers.shift()!() });
    probe.start();
    await clock.advance(300);
    expect(found.map(({ healthy }) => healthy)).toEqual([false, false, true]);
  });

  it("cuts a check at its deadline, and starts no other before the cut one has ended", async () => {
    const { clock, checks, found, probe } = probing();
    probe.start();
    await clock.advance(150);
    expect(checks[0]!.signal.aborted).toBe(true);
    expect(checks[0]!.signal.reason).toBe(found[0]!.error);
    await clock.advance(100);
    expect(checks.length).toBe(1);
    expect(found.map(({ healthy }) => healthy)).toEqual([false, false]);
    checks[0]!.answer();
    await clock.advance(100);
    expect(checks.length).toBe(2);
    expect(found.length).toBe(2);
  });

  it("forgets a check that runs when it is stopped, and leaves no timer", async () => {
    const { clock, checks, found, probe } = probing();
    probe.start();
    await clock.advance(100);
    probe.stop();
    expect(checks[0]!.signal.aborted).toBe(true);
    checks[0]!.answer();
    await clock.advance(1_000);
    expect(found).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
    probe.start();
    probe.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it("counts its attempts and delays anew from each start", async () => {
    const { clock, checks, found, probe } = probing({ backoff: exponential({ baseMs: 100, jitter: "none" }) });
    probe.start();
    await clock.advance(100);
    checks[0]!.fail(1);
    await clock.advance(0);
    probe.start();
    await clock.advance(100);
    checks[1]!.fail(2);
    await clock.advance(0);
    expect(found.map(({ attempt }) => attempt)).toEqual([1, 1]);
  });

  it("asks nothing that nobody wants to know", async () => {
    const { clock, checks, probe, unwant } = probing();
    probe.start();
    unwant();
    await clock.advance(1_000);
    expect(checks.length).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it("keeps no process alive", async () => {
    const { clock, probe } = probing();
    const kept: (boolean | undefined)[] = [];
    const { schedule } = clock;
    clock.schedule = (callback, delayMs, options) => {
      kept.push(options?.keepAlive);
      return schedule.call(clock, callback, delayMs, options);
    };
    probe.start();
    await clock.advance(1_000);
    expect(kept.length).toBeGreaterThan(2);
    expect(new Set(kept)).toEqual(new Set([false]));
  });

  it.each<[Partial<HealthProbeOptions>, string]>([
    [{ check: undefined as never }, "probe.check"],
    [{ timeoutMs: 0 }, "probe.timeoutMs"],
    [{ onHealthy: "open" as never }, "probe.onHealthy"],
  ])("refuses %j", (options, option) => {
    expect(() => probing(options)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", details: expect.objectContaining({ option }) }),
    );
  });
});
