/** Dotted version vectors and their sets against sets of events, in every build that has them. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Counters, DottedSetTwin, DottedTwin } from "../twins/version-vectors.js";
import { type Build, openBuild } from "./builds.js";
import { BuiltSet, readContext, roomyBuilds, writeContext } from "./clocks.js";

/** What clients and servers of one key do: write with what was read last or before, exchange, read. */
const steps = fc.array(
  fc.oneof(
    fc.tuple(fc.constant("put" as const), fc.nat(2), fc.nat(40)),
    fc.tuple(fc.constant("sync" as const), fc.nat(2), fc.nat(2)),
    fc.tuple(fc.constant("discard" as const), fc.nat(2), fc.nat(40)),
  ),
  { maxLength: 40, size: "max" },
);

type Steps = typeof steps extends fc.Arbitrary<infer T> ? T : never;

/** Plays steps on three servers and their twins; contexts are those that some server had at some time. */
function play(build: Build, all: Steps): BuiltSet[] {
  const ids = [7, 3, 2 ** 32 - 1];
  const sets = ids.map(() => new BuiltSet(build, 3, 64));
  const twins = ids.map(() => new DottedSetTwin());
  const contexts: Counters[] = [[]];
  for (const [index, [what, server, other]] of all.entries()) {
    const [set, twin] = [sets[server]!, twins[server]!];
    const context = contexts[other % contexts.length]!;
    if (what === "put") {
      expect(set.update(context, ids[server]!, index)).toBe(0);
      twin.update(context, ids[server]!, index);
    } else if (what === "sync") {
      expect(set.sync(sets[other]!)).toBe(0);
      twin.sync(twins[other]!);
    } else {
      expect(set.discard(context)).toBe(0);
      twin.discard(context);
    }
    expect(set.content).toEqual({ rows: twin.rows, anonymous: [] });
    expect(set.context).toEqual(twin.context);
    contexts.push(twin.context);
  }
  return sets;
}

describe.each(roomyBuilds)("%s", (name) => {
  test("a set holds the values that nobody has seen overwritten", () => {
    fc.assert(
      fc.property(steps, (all) => {
        play(openBuild(name, 64), all);
      }),
      { numRuns: 40 },
    );
  });

  test("values without a server: those of the older set go, those of concurrent sets stay once", () => {
    const build = openBuild(name, 4);
    const make = (rows: Counters, values: readonly number[]): BuiltSet => {
      const set = new BuiltSet(build, 4, 8);
      for (const [id, counter] of rows) expect(build.x.dottedSetAppendRow(set.at, id, counter, 0)).toBe(0);
      for (const value of values) expect(build.x.dottedSetAppend(set.at, value)).toBe(0);
      return set;
    };
    const synced = (one: BuiltSet, other: BuiltSet): readonly number[] => {
      expect(one.sync(other)).toBe(0);
      return one.content.anonymous;
    };
    expect(synced(make([[1, 1]], [5]), make([[1, 2]], [6]))).toEqual([6]);
    expect(synced(make([[1, 2]], [5]), make([[1, 1]], [6]))).toEqual([5]);
    expect(synced(make([[1, 1]], [5, 6]), make([[2, 1]], [6, 7]))).toEqual([5, 6, 7]);
    const older = make([[1, 1]], [5]);
    expect(older.update([[1, 2]], 1, 9)).toBe(0);
    expect(older.content).toEqual({ rows: [[1, 3, [9]]], anonymous: [] });
    const newer = make([[1, 1]], [5]);
    expect(newer.update([], 1, 9)).toBe(0);
    expect(newer.content).toEqual({ rows: [[1, 2, [9]]], anonymous: [5] });
    expect(newer.discard([[1, 2]])).toBe(0);
    expect(newer.content).toEqual({ rows: [[1, 2, []]], anonymous: [5] });
  });

  test("a full set says so and stays as it was", () => {
    const build = openBuild(name, 4);
    const set = new BuiltSet(build, 2, 2);
    expect([set.update([], 1, 10), set.update([], 2, 20)]).toEqual([0, 0]);
    const before = set.content;
    expect(set.update([], 1, 11)).toBe(1);
    expect(set.update([[1, 1]], 3, 30)).toBe(1);
    expect(set.content).toEqual(before);
    const other = new BuiltSet(build, 4, 4);
    other.update([], 9, 90);
    expect(set.sync(other)).toBe(1);
    expect(set.content).toEqual(before);
    expect(set.update([[1, 1]], 1, 11)).toBe(0);
    expect(set.content.rows).toEqual([
      [1, 2, [11]],
      [2, 1, [20]],
    ]);
  });

  test("refuses what is no context, no value and no row", () => {
    const build = openBuild(name, 4);
    const { x } = build;
    const set = new BuiltSet(build, 4, 4);
    for (const context of [
      [
        [2, 1],
        [1, 1],
      ],
      [
        [1, 1],
        [1, 2],
      ],
      [[1, 2 ** 53]],
    ] as Counters[]) {
      expect(set.update(context, 1, 1)).toBe(2);
      expect(set.discard(context)).toBe(2);
    }
    const withValues = writeContext(build, [[1, 1]]);
    new DataView(build.memory.buffer).setUint32(withValues + 4, 1, true);
    expect(x.dottedSetDiscard(set.at, withValues, 1)).toBe(2);
    for (const value of [-1, Number.NaN, 2 ** 53]) {
      expect(set.update([], 1, value)).toBe(2);
      expect(x.dottedSetAppend(set.at, value)).toBe(2);
    }
    expect(set.update([[1, 2 ** 53 - 1]], 1, 1)).toBe(1);
    expect(set.content).toEqual({ rows: [], anonymous: [] });
    expect(x.dottedSetAppendRow(set.at, 5, 2, 3)).toBe(2);
    expect(x.dottedSetAppendRow(set.at, 5, 2, 1)).toBe(0);
    expect(x.dottedSetAppendRow(set.at, 5, 2, 0)).toBe(2);
    expect([x.dottedSetRow(set.at, 1, 0), x.dottedSetValue(set.at, 0)]).toEqual([-1, -1]);
    expect([x.dottedSetSize(0, 1), x.dottedSetSize(1, 0), x.dottedSetSize(40_000, 1)]).toEqual([0, 0, 0]);
    expect([x.dottedSetInit(set.at, 0, 1), x.dottedInit(set.at, 0), x.dottedSize(32_001)]).toEqual([1, 1, 0]);
  });

  test("a version is before those whose writers knew it", () => {
    const counters = fc
      .uniqueArray(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 3 })), { selector: ([id]) => id, maxLength: 4 })
      .map((rows) => rows.sort(([a], [b]) => a - b));
    const version = fc.tuple(counters, fc.nat(3), fc.integer({ min: 1, max: 2 }));
    fc.assert(
      fc.property(version, version, (one, other) => {
        const build = openBuild(name, 4);
        const { x } = build;
        const made = [one, other].map(([context, id, beyond]) => {
          const counter = (context.find(([each]) => each === id)?.[1] ?? 0) + beyond;
          const at = build.alloc(x.dottedSize(4));
          x.dottedInit(at, 4);
          expect(x.dottedWrite(at, writeContext(build, context), context.length, id, counter)).toBe(0);
          expect(x.dottedCounter(at, id)).toBe(counter);
          const twin = new DottedTwin(context, id, counter);
          const to = build.alloc(5 * 16);
          // The twin has no gaps below its dot, as a version vector cannot tell them.
          expect(readContext(build, to, x.dottedContext(at, to))).toEqual(twin.context);
          for (const [each, count] of context) if (each !== id) expect(x.dottedCounter(at, each)).toBe(count);
          return { at, twin };
        });
        const [first, second] = made as [(typeof made)[0], (typeof made)[0]];
        expect(x.dottedCompare(first.at, second.at)).toBe(first.twin.compare(second.twin));
      }),
      { numRuns: 60 },
    );
  });

  test("a version that was not written is before all, and one that knows its own dot is none", () => {
    const build = openBuild(name, 4);
    const { x } = build;
    const [one, other] = [0, 0].map(() => {
      const at = build.alloc(x.dottedSize(2));
      x.dottedInit(at, 2);
      return at;
    }) as [number, number];
    expect(x.dottedCompare(one, other)).toBe(0);
    expect(x.dottedContext(one, build.alloc(64))).toBe(0);
    expect(x.dottedWrite(other, writeContext(build, []), 0, 4, 1)).toBe(0);
    expect(x.dottedCompare(one, other)).toBe(1);
    expect(x.dottedCompare(other, one)).toBe(2);
    expect(x.dottedWrite(one, writeContext(build, [[4, 1]]), 1, 4, 1)).toBe(2);
    expect(x.dottedWrite(one, writeContext(build, [[4, 1]]), 1, 5, 0)).toBe(2);
    expect(x.dottedWrite(one, writeContext(build, []), 3, 5, 1)).toBe(1);
    expect(x.dottedCompare(one, other)).toBe(1);
  });
});

test("all builds hold the same bytes", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const bytes = roomyBuilds.map((name) => {
        const build = openBuild(name, 64);
        return play(build, all).map(({ at }) => [...build.bytes(at, build.x.dottedSetSize(3, 64))]);
      });
      for (const each of bytes) expect(each).toEqual(bytes[0]);
    }),
    { numRuns: 10 },
  );
});
