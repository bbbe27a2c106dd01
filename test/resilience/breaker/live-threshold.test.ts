import { describe, expect, it } from "vitest";
import { manualClock } from "../../../ts/kernel/index.js";
import {
  type CircuitBreakerOptions,
  circuitBreaker,
  compose,
  count,
  latencyTarget,
  type QuantileOptions,
  quantile,
  time,
} from "../../../ts/resilience/index.js";

/** A breaker that calls slow what takes three times the median, and looks at the last four calls. */
function subject(options: CircuitBreakerOptions = {}, live: Partial<QuantileOptions> = {}) {
  const clock = manualClock({ nowMs: 1_000 });
  const target = latencyTarget("users", { clock, minSamples: 10 });
  const slowAfterMs = quantile(0.5, { target, factor: 3, ...live });
  const settings = { window: count(4), minimumCalls: 1, slowRate: 1, openJitter: 0, slowAfterMs, clock, ...options };
  const breaker = circuitBreaker(settings);
  return { clock, target, slowAfterMs, breaker };
}

function know(target: ReturnType<typeof subject>["target"], ms: number): void {
  for (let n = 0; n < 100; n++) target.record(ms);
}

describe("a live threshold for slow calls", () => {
  it.each([
    ["calls", { window: count(4) }],
    ["time", { window: time(60_000) }],
  ])("calls slow what takes as long exactly, and nothing shorter, in a window of %s", (_name, window) => {
    const { clock, target, slowAfterMs, breaker } = subject(window);
    know(target, 40);
    const thresholdMs = slowAfterMs.durationMs(clock.now())!;
    expect(Math.abs(thresholdMs / 120 - 1)).toBeLessThan(0.08);
    const short = breaker.tryAcquire()!;
    clock.advanceSync(thresholdMs - 0.01);
    short.success();
    expect(breaker.stats).toMatchObject({ state: "closed", calls: 1, slowRate: 0 });
    breaker.reset();
    const exact = breaker.tryAcquire()!;
    clock.advanceSync(thresholdMs + 1e-6);
    exact.success();
    expect(breaker.state).toBe("open");
  });

  it("moves with the target", () => {
    const { clock, target, breaker } = subject({ slowRate: 1, minimumCalls: 4 });
    const takes = (ms: number) => {
      const permit = breaker.tryAcquire()!;
      clock.advanceSync(ms);
      permit.success();
    };
    know(target, 40);
    takes(200);
    expect(breaker.stats.slowRate).toBe(1);
    know(target, 400);
    know(target, 400);
    takes(200);
    expect(breaker.stats.slowRate).toBe(0.5);
  });

  it("calls nothing slow before enough is known, unless it is told what to begin with", () => {
    for (const [live, slowRate] of [
      [{}, 0],
      [{ initialMs: 50 }, 1],
    ] as const) {
      const { clock, breaker } = subject({ minimumCalls: 4 }, live);
      const permit = breaker.tryAcquire()!;
      clock.advanceSync(60);
      permit.success();
      expect(breaker.stats.slowRate).toBe(slowRate);
    }
  });

  it("tells calls apart that take less than a millisecond", () => {
    const { clock, target, breaker } = subject({ minimumCalls: 4 }, { minMs: 0.1, factor: 1 });
    know(target, 0.2);
    const permit = breaker.tryAcquire()!;
    clock.advanceSync(0.5);
    permit.success();
    expect(breaker.stats.slowRate).toBe(1);
  });

  it("has the calls feed the target, each once, wherever the breaker stands", async () => {
    const { clock, target, breaker } = subject();
    const other = circuitBreaker({ slowAfterMs: quantile(0.9, { target }), clock });
    await breaker.execute(() => "alone");
    await compose(breaker, other).execute(() => "inside");
    breaker.setMode("off");
    await breaker.execute(() => "unseen");
    expect(target.stats.inTime).toBe(2);
  });

  it("can take the place of a fixed one and give it back, with what was counted", () => {
    const { clock, target, breaker, slowAfterMs } = subject({ minimumCalls: 4, slowAfterMs: 10 });
    const takes = (ms: number) => {
      const permit = breaker.tryAcquire()!;
      clock.advanceSync(ms);
      permit.success();
    };
    know(target, 40);
    takes(50);
    breaker.reconfigure({ slowAfterMs });
    takes(50);
    expect(breaker.stats).toMatchObject({ calls: 2, slowRate: 0.5 });
    breaker.reconfigure({ slowAfterMs: 10 });
    takes(50);
    expect(breaker.stats.slowRate).toBeCloseTo(2 / 3);
  });

  it("restores what was judged by the same quantile, and by no other", () => {
    const { clock, target, breaker } = subject({ minimumCalls: 4 });
    know(target, 40);
    const permit = breaker.tryAcquire()!;
    clock.advanceSync(500);
    permit.success();
    const image = breaker.snapshot();
    const same = subject({ minimumCalls: 4 }).breaker;
    same.restore(image);
    expect(same.stats).toMatchObject({ calls: 1, slowRate: 1 });
    const refused = expect.objectContaining({ code: "SNAPSHOT_INVALID" });
    expect(() => subject({ minimumCalls: 4 }, { factor: 2 }).breaker.restore(image)).toThrow(refused);
    expect(() => subject({ minimumCalls: 4, slowAfterMs: 1 }).breaker.restore(image)).toThrow(refused);
  });

  it("refuses a target with another clock, and factors that make no sense", () => {
    const invalid = expect.objectContaining({ code: "INVALID_OPTION" });
    const { slowAfterMs, target, breaker } = subject();
    expect(() => circuitBreaker({ slowAfterMs, clock: manualClock() })).toThrow(invalid);
    expect(() => breaker.reconfigure({ slowAfterMs: quantile(0.5, { target: latencyTarget("x") }) })).toThrow(invalid);
    for (const factor of [0, 101, Number.NaN]) expect(() => quantile(0.5, { target, factor })).toThrow(invalid);
  });
});
