import { describe, expect, test } from "vitest";
import { median, quantile, spread } from "../../bench/harness/statistics.js";

describe("quantile", () => {
  test("lies between neighbours by linear interpolation", () => {
    expect(quantile([10, 20], 0.25)).toBe(12.5);
    expect(quantile([3, 1, 2], 0)).toBe(1);
    expect(quantile([3, 1, 2], 1)).toBe(3);
  });

  test("of one value is that value, of none NaN", () => {
    expect(quantile([7], 0.99)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
  });

  test("does not sort the caller's array", () => {
    const values = [3, 1, 2];
    quantile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
  });
});

test("one disturbed round does not move the median", () => {
  expect(median([100, 101, 5_000])).toBe(101);
});

test("the spread is the range over the median", () => {
  expect(spread([90, 100, 110])).toBeCloseTo(0.2);
  expect(spread([42])).toBe(0);
});
