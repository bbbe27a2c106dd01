/** The hybrid logical clock against CockroachDB's rules, in every build. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HybridTwin } from "../twins/hybrid-clock.js";
import { buildNames, openBuild, openBuilds } from "./builds.js";
import { BuiltHybrid } from "./clocks.js";

const startUs = 1_764_000_000_000_000;

type Step =
  | readonly ["now", us: number, count: number]
  | readonly ["update" | "forward", us: number, ahead: number, logical: number]
  | readonly ["arm", us: number, armed: boolean]
  | readonly ["observe", us: number]
  | readonly ["bound", us: number];

/** Steps of the physical clock: small ones mostly, leaps, steps back. */
const step = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -200, max: 600 }));
const logical = fc.integer({ min: 0, max: 15 });

const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.tuple(fc.constant("now" as const), step, fc.integer({ min: 1, max: 20 })) },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom("update" as const, "forward" as const), step, step, logical) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("arm" as const), step, fc.boolean()) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("observe" as const), step) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("bound" as const), fc.integer({ min: 0, max: 2_000 })) },
  ),
  { maxLength: 50, size: "max" },
);

/** Runs steps on a clock and its twin, and gives all answers of the clock. */
function run(clock: BuiltHybrid, twin: HybridTwin, all: readonly Step[]): unknown[] {
  const { x } = clock.build;
  let us = startUs;
  return all.map((each) => {
    if (each[0] === "bound") {
      const bound = each[1] === 0 ? 0 : us + each[1];
      x.hybridSetBound(clock.at, bound);
      twin.bound = BigInt(bound);
      return 0;
    }
    us += each[1];
    if (each[0] === "now") {
      const told = clock.now(us, each[2]);
      const given = twin.now(BigInt(us), each[2]);
      expect(told).toBe(typeof given === "number" ? given : given[0]);
      if (typeof given !== "number") expect(clock.last).toBe(given.at(-1));
      return told;
    }
    if (each[0] === "arm") {
      x.hybridArm(clock.at, each[2] ? 1 : 0, us);
      twin.arm(each[2], BigInt(us));
      return 0;
    }
    if (each[0] === "observe") {
      const told = x.hybridObserve(clock.at, us);
      expect(told).toBe(twin.observe(BigInt(us)) ? 0 : 1);
      return told;
    }
    const [what, , ahead, counter] = each;
    const wall = BigInt(us + ahead);
    const told =
      what === "update"
        ? clock.update(twin.pack(wall, BigInt(counter)), us)
        : clock.forward(twin.pack(wall, BigInt(counter)));
    const expected =
      what === "update" ? twin.update(wall, BigInt(counter), BigInt(us)) : twin.forward(wall, BigInt(counter));
    expect(told).toBe(expected);
    expect(clock.last).toBe(twin.pack());
    expect(x.hybridStepsBack(clock.at)).toBe(twin.stepsBack);
    return told;
  });
}

describe.each(buildNames)("%s", (name) => {
  test("keeps CockroachDB's rules", () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 12 }), fc.constantFrom(0, 100, 500), steps, (bits, offsetMax, all) => {
        const clock = new BuiltHybrid(openBuild(name, 4), bits, offsetMax);
        run(clock, new HybridTwin(bits, BigInt(offsetMax)), all);
      }),
      { numRuns: 60 },
    );
  });

  test("never repeats or goes back, whatever the physical clock does", () => {
    const clock = new BuiltHybrid(openBuild(name, 4), 4, 0);
    let before = -1n;
    for (const us of [5, 5, 0, -3, Number.NaN, 1e300, 4, Number.POSITIVE_INFINITY, 2 ** 50, 7]) {
      const stamp = clock.now(us);
      expect(stamp).toBeTypeOf("bigint");
      expect(stamp > before).toBe(true);
      before = stamp as bigint;
    }
  });

  test("carries a full counter into the microseconds, and ends with the last one", () => {
    const clock = new BuiltHybrid(openBuild(name, 4), 32, 0);
    const last = 2n ** 64n - 1n;
    expect(clock.forward((9n << 32n) + 2n ** 32n - 1n)).toBe(0);
    expect(clock.now(9)).toBe(10n << 32n);
    expect(clock.now(2 ** 32)).toBe(3);
    expect(clock.update(5n, 2 ** 33)).toBe(3);
    expect(clock.forward(last - 1n)).toBe(0);
    expect(clock.now(9, 2)).toBe(3);
    expect(clock.now(9)).toBe(last);
    expect(clock.now(9)).toBe(3);
    expect(clock.last).toBe(last);
  });

  test("refuses what is too far ahead and says by how much", () => {
    const clock = new BuiltHybrid(openBuild(name, 4), 12, 500);
    expect(clock.update(BigInt(startUs + 501) << 12n, startUs)).toBe(501n);
    expect(clock.last).toBe(0n);
    expect(clock.update(BigInt(startUs + 500) << 12n, startUs)).toBe(0);
    expect(clock.now(startUs)).toBe((BigInt(startUs + 500) << 12n) + 1n);
  });

  test("a leap stays refused until it is accepted", () => {
    const clock = new BuiltHybrid(openBuild(name, 4), 12, 500);
    clock.build.x.hybridArm(clock.at, 1, startUs);
    expect(clock.now(startUs + 249)).toBeTypeOf("bigint");
    expect(clock.now(startUs + 499)).toBe(1);
    expect(clock.now(startUs + 500)).toBe(1);
    expect(clock.update(1n, startUs + 500)).toBe(1);
    clock.build.x.hybridArm(clock.at, 1, startUs + 500);
    expect(clock.now(startUs + 501)).toBeTypeOf("bigint");
  });

  test("takes 1 to 32 bits for its counter", () => {
    const { x, alloc } = openBuild(name, 4);
    const at = alloc(x.hybridSize());
    expect([0, 1, 32, 33].map((bits) => x.hybridInit(at, bits, 0))).toEqual([1, 0, 0, 1]);
  });

  test("a snapshot is restored, but never sets the clock back", () => {
    const clock = new BuiltHybrid(openBuild(name, 4), 12, 500);
    const own = clock.build.x;
    clock.now(startUs);
    const bytes = clock.build.alloc(own.snapshotSize(clock.at));
    own.hybridSave(clock.at, bytes);
    const later = clock.now(startUs + 9) as bigint;
    expect(own.hybridLoad(clock.at, bytes)).toBe(0);
    expect(clock.last).toBe(later);
    const fresh = new BuiltHybrid(clock.build, 12, 500);
    expect(own.hybridLoad(fresh.at, bytes)).toBe(0);
    expect(fresh.last).toBe(BigInt(startUs) << 12n);
    const other = new BuiltHybrid(clock.build, 12, 501);
    expect(own.hybridLoad(other.at, bytes)).toBe(2);
  });
});

test("all builds give the same answers and hold the same bytes", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const told = openBuilds(4).map((build) => {
        const clock = new BuiltHybrid(build, 12, 500);
        const answers = run(clock, new HybridTwin(12, 500n), all);
        return { answers, bytes: [...build.bytes(clock.at, build.x.hybridSize())] };
      });
      for (const each of told) expect(each).toEqual(told[0]);
    }),
    { numRuns: 20 },
  );
});
