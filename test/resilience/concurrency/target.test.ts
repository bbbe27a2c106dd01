/** The windowed algorithms with a target in place of their own round trips. */

import { describe, expect, it } from "vitest";
import { manualClock, seeded } from "../../../ts/kernel/index.js";
import { aimd } from "../../../ts/resilience/concurrency/aimd.js";
import { gradient2 } from "../../../ts/resilience/concurrency/gradient2.js";
import type { AdaptiveLimit } from "../../../ts/resilience/concurrency/limit-algorithm.js";
import { vegas } from "../../../ts/resilience/concurrency/vegas.js";
import {
  bulkhead,
  circuitBreaker,
  compose,
  constant,
  type LatencyTarget,
  type LatencyTargetOptions,
  latencyTarget,
  quantile,
  retry,
} from "../../../ts/resilience/index.js";
import { type Scenario, simulate } from "../simulation/queueing.js";
import { erlang, exponential, fixed } from "../simulation/service-times.js";
import { behindOurs, limitingGate, minutes } from "./behind-limit.js";

/** The same as `behindOurs`, where a target sees the answers first, as the innermost layer does. */
function behindWith(target: LatencyTarget, limit: AdaptiveLimit, scenario: Scenario) {
  const algorithm = limit.begin(seeded(scenario.seed));
  const gate = limitingGate(algorithm);
  return simulate({
    ...scenario,
    gate: {
      admit: (nowMs, inFlight) => gate.admit(nowMs, inFlight),
      ended(call) {
        if (call.outcome === "answered") target.record(call.rttMs, call.atMs);
        gate.ended(call);
      },
    },
    probe: () => algorithm.limit,
  });
}

const algorithms = [
  ["vegas", vegas],
  ["gradient2", gradient2],
] as const;

function targetOf(options: LatencyTargetOptions = {}) {
  const clock = manualClock();
  return { clock, target: latencyTarget("users", { clock, ...options }) };
}

describe.each(algorithms)("%s with a target", (_name, make) => {
  const base = { seed: 1, servers: 10, durationMs: minutes(3) };

  it.each([
    ["twice too much", { ...base, arrivals: 200, service: erlang(100, 4) }],
    ["refusals", { ...base, arrivals: 300, service: erlang(100, 4), backlog: 10 }],
    ["nothing but timeouts", { ...base, arrivals: 100, service: fixed(minutes(60)), timeoutMs: 1_000 }],
  ])("does what it does without one, where both measure the same: %s", (_case, scenario) => {
    // What a target saw before is another thing: this one never says.
    const { target } = targetOf({ minSamples: 2 ** 31 - 1 });
    expect(behindWith(target, make({ target }), scenario).series).toEqual(behindOurs(make(), scenario).series);
  });

  it("begins with the baseline that its target has seen, where it begins under load", () => {
    const limitAfter = (target: LatencyTarget | undefined) => {
      const algorithm = make({ target }).begin(seeded(1));
      for (let atMs = 0; atMs < 10_000; atMs += 20) {
        target?.record(1_000, atMs);
        algorithm.onSample({ atMs, rttMs: 1_000, inFlight: algorithm.limit, dropped: false });
      }
      return algorithm.limit;
    };
    const { target } = targetOf();
    for (let n = 0; n < 10_000; n++) target.record(100, 0);
    expect(limitAfter(undefined)).toBeGreaterThan(20);
    expect(limitAfter(target)).toBeLessThan(20);
  });

  it("learns nothing from windows in which its target saw no answer", () => {
    const { target } = targetOf();
    const algorithm = make({ target }).begin(seeded(1));
    for (let atMs = 0; atMs < 60_000; atMs += 10) {
      algorithm.onSample({ atMs, rttMs: 1 + (atMs % 500), inFlight: 20, dropped: false });
    }
    expect(algorithm.limit).toBe(20);
    expect(algorithm.save()[1]).toBeNaN();
  });
});

describe("aimd", () => {
  it("has no target: a quantile that decides what is a drop rises with the limit's own queue", () => {
    const { target } = targetOf();
    const slowAfter = quantile(0.5, { target, factor: 3, initialMs: 5_000 });
    const algorithm = aimd().begin(seeded(1));
    const { series } = simulate({
      seed: 1,
      servers: 10,
      // A tenth more than it can do, after a minute of a fifth less.
      arrivals: (nowMs) => (nowMs < minutes(1) ? 80 : 110),
      service: exponential(100),
      durationMs: minutes(9),
      gate: {
        admit: (_nowMs, inFlight) => inFlight < algorithm.limit,
        ended({ atMs, rttMs, inFlight }) {
          target.record(rttMs, atMs);
          algorithm.onSample({ atMs, rttMs, inFlight, dropped: rttMs >= slowAfter.durationMs(atMs)! });
        },
      },
      probe: () => algorithm.limit,
    });
    expect(series[59]).toBeLessThan(20);
    expect(series.at(-1)).toBe(200);
  });
});

describe("a bulkhead whose limit has a target", () => {
  it("measures the function, not what stands between", async () => {
    const { clock, target } = targetOf();
    const limit = gradient2({ target, windowSamples: 1 });
    const slots = bulkhead({ limit, clock });
    const again = retry({ attempts: 2, backoff: constant({ baseMs: 5_000 }), budget: false, clock });
    const guarded = compose(slots, again);
    for (let call = 0; call < 4; call++) {
      let attempts = 0;
      const answer = guarded.execute(async () => {
        await new Promise<void>((resolve) => void clock.schedule(resolve, 40));
        if (++attempts === 1) throw new Error("once more");
      });
      await clock.advance(6_000);
      await answer;
    }
    const baselineMs = new Float64Array(slots.snapshot().state.slice().buffer)[1]!;
    expect(baselineMs).toBeCloseTo(40);
    expect(target.stats.inTime).toBe(4);
  });

  it("counts each attempt once beside another policy of the same target, and not where it is off", async () => {
    const { clock, target } = targetOf();
    const slots = bulkhead({ limit: vegas({ target }), clock });
    const breaker = circuitBreaker({ slowAfterMs: quantile(0.5, { target, factor: 3 }), clock });
    await compose(breaker, slots).execute(() => "once");
    await slots.execute(() => "alone");
    slots.setMode("off");
    await slots.execute(() => "unseen");
    expect(target.stats.inTime).toBe(2);
  });

  it("keeps what was learnt for the same target, and begins anew for another of the same name", () => {
    const { clock, target } = targetOf();
    const slots = bulkhead({ limit: vegas({ target, initial: 30 }), clock });
    const learnt = new Float64Array([25, 40]);
    slots.restore({ ...slots.snapshot(), state: new Uint8Array(learnt.buffer) });
    const baseline = () => new Float64Array(slots.snapshot().state.slice().buffer)[1];
    slots.reconfigure({ limit: vegas({ target, initial: 30 }) });
    expect([slots.limit, baseline()]).toEqual([25, 40]);
    slots.reconfigure({ limit: vegas({ target: latencyTarget("users", { clock }), initial: 30 }) });
    expect([slots.limit, baseline()]).toEqual([25, Number.NaN]);
  });

  it("refuses a target with another clock, and a snapshot that was measured otherwise", () => {
    const { clock, target } = targetOf();
    const limit = gradient2({ target });
    expect(() => bulkhead({ limit })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    const plain = bulkhead({ limit: gradient2(), clock }).snapshot();
    const refused = expect.objectContaining({ code: "SNAPSHOT_INVALID" });
    expect(() => bulkhead({ limit, clock }).restore(plain)).toThrow(refused);
  });
});
