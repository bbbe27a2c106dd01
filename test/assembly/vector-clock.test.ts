/** Vector clocks against lists of numbers, in every build: the vector instructions of some must answer as the loops of the others. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joinOfClocks, orderOfClocks } from "../twins/vector-clock.js";
import { type Build, buildsWith, openBuild, openBuilds } from "./builds.js";

function clock(build: Build, counters: readonly number[]): number {
  const at = build.alloc(build.x.vectorSize(counters.length));
  expect(build.x.vectorInit(at, counters.length)).toBe(0);
  for (const [index, count] of counters.entries()) expect(build.x.vectorRaise(at, index, count)).toBe(0);
  return at;
}

const read = (build: Build, at: number, length: number): number[] =>
  Array.from({ length }, (_, index) => build.x.vectorGet(at, index));

/** Two to five clocks of one length, close to each other, so that all four orders come up. */
const clocks = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 2, max: 5 }))
  .chain(([length, count]) =>
    fc.array(fc.array(fc.nat(2), { minLength: length, maxLength: length }), { minLength: count, maxLength: count }),
  );

describe.each(buildsWith("vectorInit"))("%s", (name) => {
  test("compares and merges as histories do", () => {
    fc.assert(
      fc.property(clocks, (all) => {
        const build = openBuild(name, 4);
        const [one, ...others] = all as [number[], ...number[][]];
        const at = clock(build, one);
        for (const other of others) {
          const theirs = clock(build, other);
          expect(build.x.vectorCompare(at, theirs)).toBe(orderOfClocks(one, other));
          expect(build.x.vectorCompare(theirs, at)).toBe(orderOfClocks(other, one));
          const merged = clock(build, one);
          expect(build.x.vectorMerge(merged, theirs)).toBe(0);
          expect(read(build, merged, one.length)).toEqual(joinOfClocks(one, other));
        }
      }),
      { numRuns: 60 },
    );
  });

  test("counts events of one process, and of no process that it does not have", () => {
    const build = openBuild(name, 4);
    const at = clock(build, [0, 7, 0]);
    expect([build.x.vectorIncrement(at, 1), build.x.vectorIncrement(at, 1), build.x.vectorIncrement(at, 2)]).toEqual([
      8, 9, 1,
    ]);
    expect(build.x.vectorIncrement(at, 3)).toBe(-1);
    expect(build.x.vectorGet(at, 3)).toBe(-1);
    expect(build.x.vectorRaise(at, 3, 1)).toBe(1);
    expect(build.x.vectorRaise(at, 1, 4)).toBe(0);
    expect(build.x.vectorRaise(at, 1, Number.NaN)).toBe(0);
    expect(read(build, at, 3)).toEqual([0, 9, 1]);
  });

  test("counters above 2^32 are told apart, and stop at 2^53 - 1", () => {
    const build = openBuild(name, 4);
    const at = clock(build, [2 ** 32 + 1, 2 ** 31]);
    expect(build.x.vectorCompare(at, clock(build, [1, 2 ** 31]))).toBe(2);
    expect(build.x.vectorCompare(at, clock(build, [1, 2 ** 31 + 2 ** 32]))).toBe(3);
    build.x.vectorRaise(at, 0, 1e300);
    expect(build.x.vectorGet(at, 0)).toBe(2 ** 53 - 1);
    expect(build.x.vectorIncrement(at, 0)).toBe(2 ** 53 - 1);
  });

  test("clocks of other lengths are not compared", () => {
    const build = openBuild(name, 4);
    const [two, one] = [clock(build, [1, 2]), clock(build, [1])];
    expect(build.x.vectorCompare(two, one)).toBe(4);
    expect(build.x.vectorMerge(two, one)).not.toBe(0);
    expect(read(build, two, 2)).toEqual([1, 2]);
    expect([0, 1, 2, 3, 65_532, 65_533].map((entries) => build.x.vectorSize(entries))).toEqual([
      0, 32, 32, 48, 524_272, 0,
    ]);
    expect(build.x.vectorInit(two, 0)).toBe(1);
  });
});

test("one is compared with many as with each", () => {
  fc.assert(
    fc.property(clocks, (all) => {
      for (const build of openBuilds(4, "vectorCompareMany")) {
        const addresses = all.map((each) => clock(build, each));
        const list = build.alloc(addresses.length * 4);
        new Uint32Array(build.memory.buffer, list, addresses.length).set(
          addresses.map((address) => address - addresses[0]!),
        );
        const out = build.alloc(8);
        build.x.vectorCompareMany(addresses[0]!, list, addresses.length, out);
        expect([...build.bytes(out, addresses.length)]).toEqual(all.map((each) => orderOfClocks(all[0]!, each)));
      }
    }),
    { numRuns: 30 },
  );
});

test("all builds hold the same bytes, and load each other's snapshots", () => {
  fc.assert(
    fc.property(clocks, (all) => {
      const snapshots = openBuilds(4, "vectorInit").map((build) => {
        const [first, ...rest] = all.map((each) => clock(build, each));
        for (const each of rest) build.x.vectorMerge(first!, each);
        const size = build.x.snapshotSize(first!);
        const to = build.alloc(size);
        build.x.vectorSave(first!, to);
        return build.bytes(to, size).slice();
      });
      for (const each of snapshots) expect(each).toEqual(snapshots[0]);
      for (const build of openBuilds(4, "vectorInit")) {
        const at = clock(
          build,
          all[0]!.map(() => 0),
        );
        const from = build.alloc(snapshots[0]!.length);
        build.bytes(from, snapshots[0]!.length).set(snapshots[0]!);
        expect(build.x.vectorLoad(at, from)).toBe(0);
        expect(read(build, at, all[0]!.length)).toEqual(all.reduce(joinOfClocks));
      }
    }),
    { numRuns: 20 },
  );
});
