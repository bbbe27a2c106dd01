import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeScales } from "../../ts/dashboard/page/client/scale.js";

const scales = makeScales();

describe("a linear axis", () => {
  it("goes from zero to a round number and keeps values in order and inside", () => {
    expect(scales.linear(331).ticks.map((tick) => tick.value)).toEqual([200, 400]);
    expect(scales.linear(300).ticks.map((tick) => tick.value)).toEqual([100, 200, 300]);
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (max, part) => {
          const axis = scales.linear(max);
          expect(axis.ticks.length).toBeGreaterThanOrEqual(1);
          expect(axis.ticks.length).toBeLessThanOrEqual(4);
          expect(axis.ticks.at(-1)!.at).toBeCloseTo(1, 9);
          expect(axis.at(max)).toBeLessThanOrEqual(1);
          expect(axis.at(max * part)).toBeLessThanOrEqual(axis.at(max));
          // Nothing is clipped: the top of the axis is at or above the greatest value.
          expect(axis.ticks.at(-1)!.value).toBeGreaterThanOrEqual(max * (1 - 1e-12));
        },
      ),
    );
  });
});

describe("a logarithmic axis", () => {
  it("shows whole decades, two at least", () => {
    expect(scales.logarithmic(1, 100).ticks.map((tick) => tick.value)).toEqual([1, 10, 100]);
    expect(scales.logarithmic(3, 5).ticks.map((tick) => tick.value)).toEqual([1, 10, 100]);
    expect(scales.logarithmic(0.4, 2_500).ticks.map((tick) => tick.value)).toEqual([0.1, 1, 10, 100, 1_000, 10_000]);
  });

  it("gives each decade the same height", () => {
    const axis = scales.logarithmic(1, 1_000);
    expect(axis.at(10)).toBeCloseTo(1 / 3);
    expect(axis.at(100)).toBeCloseTo(2 / 3);
    expect(axis.at(0)).toBe(0);
  });
});

describe("outlines", () => {
  const x = (atMs: number) => atMs / 100;
  const y = (value: number) => 10 - value;

  it("draws each second as wide as a second, down to the lower curve", () => {
    const path = scales.stepArea(
      [
        { atMs: 1_000, low: 0, high: 4 },
        { atMs: 2_000, low: 1, high: 6 },
      ],
      x,
      y,
    );
    expect(path).toBe("M0.0 6.0L10.0 6.0L10.0 4.0L20.0 4.0L20.0 9.0L10.0 9.0L10.0 10.0L0.0 10.0Z");
  });

  it("leaves a gap where seconds are missing", () => {
    const steps = [1_000, 2_000, 9_000].map((atMs) => ({ atMs, low: 0, high: 1 }));
    expect(scales.stepArea(steps, x, y).match(/M/g)).toHaveLength(2);
    expect(
      scales.line(
        steps.map(({ atMs }) => ({ atMs, value: 1 })),
        x,
        y,
      ),
    ).toBe("M10.0 9.0L20.0 9.0M90.0 9.0");
    expect(scales.stepArea([], x, y)).toBe("");
  });
});
