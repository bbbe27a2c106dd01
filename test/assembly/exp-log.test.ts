/** The table-free exponential and logarithm: how exact they are, and that flags do not change a bit. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fixedOf, preciseExp, preciseLog, unitsOff } from "../twins/precise.js";
import { compiled } from "./source.js";

interface Functions {
  exp(x: number): number;
  log(x: number): number;
}

const source = 'export { exp } from "./math/exp";\nexport { log } from "./math/log";\n';
/** The two whose flags differ most: everything on and speed first, everything off and size first. */
const targets = ["server", "embedded"];
const builds = await Promise.all(targets.map(async (name) => (await compiled(source, name)) as unknown as Functions));
const { exp, log } = builds[0]!;

const bitsOf = (value: number): bigint => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
};

const positive = fc.oneof(
  fc.double({ min: 0, minExcluded: true, noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: 0.5, max: 2, noNaN: true }),
  fc.double({ min: 0.999, max: 1.001, noNaN: true }),
);
const exponent = fc.oneof(
  fc.double({ min: -708, max: 709.7, noNaN: true }),
  fc.double({ min: -1, max: 1, noNaN: true }),
  fc.integer({ min: -700, max: 700 }).map((k) => (k + 0.5) * Math.LN2),
);

describe("exp", () => {
  test("is within 1 unit in the last place", () => {
    fc.assert(
      fc.property(exponent, (x) => {
        expect(unitsOff(exp(x), preciseExp(fixedOf(x)))).toBeLessThan(1);
      }),
      { numRuns: 300 },
    );
  });

  test("is within 1 unit below the smallest normal number too", () => {
    fc.assert(
      fc.property(fc.double({ min: -745, max: -708, noNaN: true }), (x) => {
        expect(unitsOff(exp(x), preciseExp(fixedOf(x)))).toBeLessThan(1);
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    [Number.NaN, Number.NaN],
    [0, 1],
    [-0, 1],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, 0],
    [709.782712893384, Number.MAX_VALUE],
    [709.7827128933841, Number.POSITIVE_INFINITY],
    [-745.1332191019411, Number.MIN_VALUE],
    [-745.1332191019413, 0],
  ])("of %d is %d", (x, expected) => {
    if (expected === Number.MAX_VALUE) expect(exp(x) / expected).toBeCloseTo(1, 12);
    else expect(exp(x)).toBe(expected);
  });
});

describe("log", () => {
  test("is within 1 unit in the last place", () => {
    fc.assert(
      fc.property(positive, (x) => {
        if (x !== 1) expect(unitsOff(log(x), preciseLog(fixedOf(x)))).toBeLessThan(1);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    [Number.NaN, Number.NaN],
    [-1, Number.NaN],
    [Number.NEGATIVE_INFINITY, Number.NaN],
    [0, Number.NEGATIVE_INFINITY],
    [-0, Number.NEGATIVE_INFINITY],
    [1, 0],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])("of %d is %d", (x, expected) => {
    expect(log(x)).toBe(expected);
  });
});

test("every set of flags gives the same bits", () => {
  fc.assert(
    fc.property(fc.double(), exponent, positive, (any, x, y) => {
      for (const value of [any, x, y]) {
        for (const build of builds) {
          expect(bitsOf(build.exp(value))).toBe(bitsOf(exp(value)));
          expect(bitsOf(build.log(value))).toBe(bitsOf(log(value)));
        }
      }
    }),
    { numRuns: 300 },
  );
});
