import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seeded } from "../../../ts/kernel/index.js";
import { admittedShare, SlowStart, slowStartSettings } from "../../../ts/resilience/breaker/slow-start.js";

describe("the share that a slow start admits", () => {
  it("follows Envoy's table: a straight line at aggression 1, more at first above, less below", () => {
    const shares = (aggression: number) =>
      [0, 100, 250, 640, 1_000].map((elapsed) =>
        Number(admittedShare(elapsed, slowStartSettings({ durationMs: 1_000, aggression })).toFixed(3)),
      );
    expect(shares(1)).toEqual([0.1, 0.1, 0.25, 0.64, 1]);
    expect(shares(2)).toEqual([0.1, 0.316, 0.5, 0.8, 1]);
    expect(shares(0.5)).toEqual([0.1, 0.1, 0.1, 0.41, 1]);
  });

  it("never falls as time passes, and stays between its minimum and all, whatever the numbers", () => {
    const settings = fc.record({
      durationMs: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
      minimumShare: fc.double({ min: 0.001, max: 1, noNaN: true }),
      aggression: fc.double({ min: 0.01, max: 100, noNaN: true }),
    });
    const instants = fc.tuple(
      fc.double({ min: -10, max: 2e6, noNaN: true }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(settings, instants, (options, [elapsed, more]) => {
        const checked = slowStartSettings(options);
        const share = admittedShare(elapsed, checked);
        expect(share).toBeGreaterThanOrEqual(options.minimumShare);
        expect(share).toBeLessThanOrEqual(1);
        expect(admittedShare(elapsed + more, checked)).toBeGreaterThanOrEqual(share);
        expect(admittedShare(options.durationMs, checked)).toBe(1);
      }),
    );
  });
});

describe("a slow start", () => {
  const settings = slowStartSettings({ durationMs: 1_000 });

  it("admits about its share, draws the same for the same seed, and says what it drew", () => {
    const decide = () => {
      const start = new SlowStart(settings, 5_000, seeded(11));
      return Array.from({ length: 4_000 }, () => start.refuses(5_400));
    };
    const decisions = decide();
    const admitted = decisions.filter((refusal) => refusal === undefined).length / decisions.length;
    expect(admitted).toBeCloseTo(0.4, 1);
    expect(decide()).toEqual(decisions);
    for (const refusal of decisions) {
      if (refusal === undefined) continue;
      expect(refusal.share).toBeCloseTo(0.4, 9);
      expect(refusal.drawn).toBeGreaterThanOrEqual(refusal.share);
    }
  });

  it("draws nothing when it is over, and stands still while the clock steps back", () => {
    const start = new SlowStart(settings, 5_000, {
      next: () => {
        throw new Error("drawn");
      },
      uint32: () => 0,
    });
    expect(start.refuses(6_000)).toBeUndefined();
    expect([start.isOver(5_999), start.isOver(6_000)]).toEqual([false, true]);
    expect([start.elapsedMs(4_000), start.share(4_000)]).toEqual([0, 0.1]);
  });

  it.each([
    [{ durationMs: 0 }, "slowStart.durationMs"],
    [{ durationMs: 1, minimumShare: 0 }, "slowStart.minimumShare"],
    [{ durationMs: 1, minimumShare: 1.1 }, "slowStart.minimumShare"],
    [{ durationMs: 1, aggression: 0 }, "slowStart.aggression"],
    [{ durationMs: 1, aggression: Number.NaN }, "slowStart.aggression"],
  ])("refuses %j", (options, option) => {
    expect(() => slowStartSettings(options)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", details: expect.objectContaining({ option }) }),
    );
  });
});
