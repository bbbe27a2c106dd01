import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { manualClock, type Random, seeded } from "../../../ts/kernel/index.js";
import { criticalities, ranks } from "../../../ts/resilience/criticality.js";
import { type AdmissionControlOptions, admissionControl, type Criticality } from "../../../ts/resilience/index.js";
import { lowestFirst } from "../../../ts/resilience/shedding/lowest-first.js";
import { policyContract } from "../policy-contract.js";
import { simulate } from "../simulation/queueing.js";
import { exponential } from "../simulation/service-times.js";
import { gateOf } from "./gate.js";

const down = () => Promise.reject(new Error("down"));
const drawing = (value: number): Random => ({ uint32: () => value * 2 ** 32, next: () => value });

policyContract({
  kind: "admission-control",
  make: (options) => admissionControl({ random: drawing(0), minimumRps: 1 / 3, ...options }),
  exhaust: async (policy) => {
    for (let i = 0; i < 10; i++) await policy.tryExecute(down);
  },
  refusal: { code: "THROTTLED", rule: "success-rate", hasRetryAfter: false, observed: 0, threshold: 0.95 },
  shadowed: { action: "reject" },
  change: { good: { successRate: 0.5 }, bad: { aggression: 0 } },
  keepsRefusing: true,
});

describe("who is refused first", () => {
  it("takes the share from the least important calls, and from no class more than is missing", () => {
    const counts = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: ranks, maxLength: ranks });
    fc.assert(
      fc.property(counts, fc.double({ min: 0, max: 1, noNaN: true }), (arrivals, share) => {
        const chances = arrivals.map((_, rank) => lowestFirst(rank, share, (other) => arrivals[other]!));
        const all = arrivals.reduce((sum, n) => sum + n, 0);
        const refused = arrivals.reduce((sum, n, rank) => sum + n * chances[rank]!, 0);
        expect(refused).toBeCloseTo(share * all, 6);
        // Where one who is more important may be refused, everybody who is less so is.
        for (let rank = 0; rank + 1 < ranks; rank++) {
          if (chances[rank]! > 1e-9 && arrivals[rank]! > 0 && arrivals[rank + 1]! > 0) {
            expect(chances[rank + 1]!).toBeGreaterThan(1 - 1e-6);
          }
        }
      }),
    );
  });
});

describe("admission control", () => {
  it("refuses as Envoy's formula says", () => {
    return fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 40 }),
        fc.constantFrom(0.5, 0.95, 1),
        fc.constantFrom(0.5, 1, 2),
        async (good, successRate, aggression) => {
          // Nobody is refused by a draw of nearly 1 but where the chance is 1, which `maxRejection` excludes.
          const control = admissionControl({
            successRate,
            aggression,
            random: drawing(0.999999),
            clock: manualClock(),
          });
          let successes = 0;
          for (const [n, one] of good.entries()) {
            const wanted = Math.max(0, (n - successes / successRate) / (n + 1)) ** (1 / aggression);
            expect(control.rejectionProbability).toBeCloseTo(Math.min(0.8, wanted), 12);
            await control.tryExecute<unknown>(one ? () => 1 : down);
            if (one) successes++;
          }
        },
      ),
    );
  });

  it("leaves quiet clients alone: below minimumRps none is refused", async () => {
    const control = admissionControl({ minimumRps: 1, windowMs: 10_000, random: drawing(0), clock: manualClock() });
    for (let i = 0; i < 9; i++) await control.tryExecute(down);
    expect(control.rejectionProbability).toBe(0);
    await control.tryExecute(down);
    expect(control.rejectionProbability).toBeCloseTo(0.8, 9);
  });

  it("refuses what is sheddable before what is critical", async () => {
    const control = admissionControl({ random: seeded(5), clock: manualClock() });
    const refused: Record<string, number> = {};
    for (let i = 0; i < 4_000; i++) {
      const priority: Criticality = criticalities[i % ranks]!;
      // Half of what is let through fails.
      const outcome = await control.tryExecute<unknown>(i % 8 < 4 ? down : () => 1, { priority });
      if (!outcome.ok && outcome.rejectedBy !== undefined) refused[priority] = (refused[priority] ?? 0) + 1;
    }
    expect(refused["sheddable"]).toBeGreaterThan(900);
    expect(refused["sheddable-plus"]).toBeGreaterThan(500);
    expect(refused["critical"] ?? 0).toBeLessThan(100);
    expect(refused["critical-plus"] ?? 0).toBeLessThan(20);
  });

  it("forgets with its window", async () => {
    const clock = manualClock();
    const control = admissionControl({ random: drawing(0.999), clock });
    for (let i = 0; i < 10; i++) await control.tryExecute(down);
    expect(control.rejectionProbability).toBe(0.8);
    await clock.advance(30_000);
    expect(control.rejectionProbability).toBe(0);
    control.reconfigure({ windowMs: 10_000 });
    expect(control.rejectionProbability).toBe(0);
  });

  it.each<[AdmissionControlOptions]>([
    [{ successRate: 0 }],
    [{ aggression: Number.NaN }],
    [{ minimumRps: -1 }],
    [{ maxRejection: 2 }],
    [{ windowMs: 0.5 }],
    [{ buckets: 1.5 }],
  ])("refuses %j", (options) => {
    expect(() => admissionControl(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });

  it("keeps a backend with half the capacity it needs working, and lets go when it has recovered", () => {
    const backend = {
      seed: 11,
      arrivals: 60,
      service: exponential(100),
      servers: (nowMs: number) => (nowMs > 20_000 && nowMs < 80_000 ? 3 : 10),
      timeoutMs: 1_000,
    };
    const run = (from: number, to: number, gated: boolean) => {
      const clock = manualClock();
      const control = admissionControl({ random: seeded(3), clock });
      const gate = gated ? { gate: gateOf(control, clock) } : {};
      return simulate({ ...backend, measureFromMs: from, durationMs: to, ...gate });
    };
    expect(run(40_000, 80_000, false).goodput).toBeLessThan(1);
    expect(run(40_000, 80_000, true).goodput).toBeGreaterThan(8);
    const after = run(120_000, 160_000, true);
    expect(after.goodput / (after.arrived / 40)).toBeGreaterThan(0.99);
  });
});
