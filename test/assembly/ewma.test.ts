/** The time-decayed mean against one that keeps every value, and its contract of merging, in every build. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EwmaTwin } from "../twins/ewma.js";
import { type Build, buildsWith, openBuild } from "./builds.js";

const names = buildsWith("ewmaInit");
const halfLifeUs = 1_000_000;

function ewma({ x, alloc }: Build, spanUs = halfLifeUs): number {
  const at = alloc(x.ewmaSize());
  expect(x.ewmaInit(at, spanUs)).toBe(0);
  return at;
}

const steps = fc.array(
  fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.oneof(fc.constant(0), fc.nat(3_000_000))),
  { minLength: 1, maxLength: 40 },
);

/** Within 10^-9 of `scale`, which is what the sums are made of. */
function near(got: number, expected: number, scale: number): void {
  expect(Math.abs(got - expected)).toBeLessThanOrEqual(1e-9 * scale);
}

const scaleOf = (twin: EwmaTwin): number => Math.max(1e-9, ...twin.values.map(({ value }) => Math.abs(value)));

describe.each(names)("%s", (name) => {
  test("mean, variance and weight are those of all values", () => {
    fc.assert(
      fc.property(steps, (recorded) => {
        const build = openBuild(name, 1);
        const at = ewma(build);
        const twin = new EwmaTwin(halfLifeUs);
        let nowUs = 5_000;
        for (const [value, gap] of recorded) {
          nowUs += gap;
          build.x.ewmaRecord(at, value, nowUs);
          twin.record(value, nowUs);
        }
        const scale = scaleOf(twin);
        near(build.x.ewmaRead(at, 0, nowUs), twin.mean, scale);
        near(build.x.ewmaRead(at, 1, nowUs), twin.variance, scale * scale);
        const later = nowUs + 12_345_678;
        near(build.x.ewmaRead(at, 2, later), twin.weight(later), twin.weight(later));
        near(build.x.ewmaRead(at, 0, later), twin.mean, scale);
      }),
      { numRuns: 60 },
    );
  });

  test("merge(a, b) is one over all values of a and b, to rounding", () => {
    fc.assert(
      fc.property(steps, steps, fc.nat(5_000_000), (first, second, wait) => {
        const build = openBuild(name, 1);
        const [one, two, both] = [ewma(build), ewma(build), ewma(build)];
        const twin = new EwmaTwin(halfLifeUs);
        const timed = (recorded: typeof first, at: number, start: number) => {
          let nowUs = start;
          return recorded.map(([value, gap]) => ({ value, at, nowUs: (nowUs += gap) }));
        };
        const calls = [...timed(first, one, 1_000), ...timed(second, two, 2_500)].sort((a, b) => a.nowUs - b.nowUs);
        for (const { value, at, nowUs } of calls) {
          for (const each of [at, both]) build.x.ewmaRecord(each, value, nowUs);
          twin.record(value, nowUs);
        }
        const nowUs = calls.at(-1)!.nowUs + wait;
        expect(build.x.ewmaMerge(one, two, nowUs)).toBe(0);
        const scale = scaleOf(twin);
        near(build.x.ewmaRead(one, 0, nowUs), build.x.ewmaRead(both, 0, nowUs), scale);
        near(build.x.ewmaRead(one, 1, nowUs), build.x.ewmaRead(both, 1, nowUs), scale * scale);
        near(build.x.ewmaRead(one, 2, nowUs), build.x.ewmaRead(both, 2, nowUs), build.x.ewmaRead(both, 2, nowUs));
      }),
      { numRuns: 40 },
    );
  });

  test("a restored one goes on as the first", () => {
    const build = openBuild(name, 1);
    const [one, other] = [ewma(build), ewma(build)];
    for (let n = 0; n < 20; n++) build.x.ewmaRecord(one, n, n * 300_000);
    const to = build.alloc(build.x.snapshotSize(one));
    build.x.ewmaSave(one, to, 6_500_000);
    expect(build.x.ewmaLoad(other, to, 1_500_000)).toBe(0);
    build.x.ewmaRecord(one, 5, 7_000_000);
    build.x.ewmaRecord(other, 5, 2_000_000);
    for (const what of [0, 1, 2]) {
      expect(build.x.ewmaRead(other, what, 3_000_000)).toBe(build.x.ewmaRead(one, what, 8_000_000));
    }
  });

  test("merges one whose clock is another, as a restored one's is", () => {
    const build = openBuild(name, 1);
    const [one, saved, other] = [ewma(build), ewma(build), ewma(build)];
    build.x.ewmaRecord(one, 8, 1_000_000);
    build.x.ewmaRecord(saved, 4, 500_000);
    const to = build.alloc(build.x.snapshotSize(saved));
    build.x.ewmaSave(saved, to, 500_000);
    expect(build.x.ewmaLoad(other, to, 1_000_000)).toBe(0);
    expect(build.x.ewmaMerge(one, other, 1_000_000)).toBe(0);
    near(build.x.ewmaRead(one, 0, 1_000_000), 6, 6);
    near(build.x.ewmaRead(one, 1, 1_000_000), 4, 4);
    near(build.x.ewmaRead(one, 2, 1_000_000), 2, 2);
  });

  test("odd values, odd times and long silence have defined results", () => {
    const build = openBuild(name, 1);
    const at = ewma(build);
    const readings = (nowUs: number): number[] => [0, 1, 2].map((what) => build.x.ewmaRead(at, what, nowUs));
    expect(readings(0)).toEqual([0, 0, 0]);
    build.x.ewmaRecord(at, Number.NaN, 0);
    expect(readings(0)).toEqual([0, 0, 0]);
    build.x.ewmaRecord(at, 8, 1e9);
    build.x.ewmaRecord(at, 4, Number.NaN);
    build.x.ewmaRecord(at, 6, -5);
    expect(readings(Number.NaN)[0]).toBe(6);
    expect(readings(1e15)).toEqual([6, 8 / 3, 0]);
    build.x.ewmaRecord(at, 42, 1e15);
    expect(readings(1e15)).toEqual([42, 0, 1]);
    build.x.ewmaRecord(at, Number.POSITIVE_INFINITY, 1e15);
    expect(Number.isFinite(readings(1e15)[0]!) && Number.isFinite(readings(1e15)[1]!)).toBe(true);
    expect([0, -1, Number.NaN, 1e300].map((odd) => build.x.ewmaInit(at, odd))).toEqual([1, 1, 1, 1]);
    expect(build.x.ewmaMerge(at, ewma(build, 5), 0)).not.toBe(0);
  });
});

test("every build has equal bytes", () => {
  fc.assert(
    fc.property(steps, (recorded) => {
      const states = names.map((name) => {
        const build = openBuild(name, 1);
        const at = ewma(build);
        let nowUs = 0;
        for (const [value, gap] of recorded) build.x.ewmaRecord(at, value, (nowUs += gap));
        return build.bytes(at, build.x.ewmaSize()).slice();
      });
      for (const state of states) expect(state).toEqual(states[0]);
    }),
    { numRuns: 40 },
  );
});
