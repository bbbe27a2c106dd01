/**
 * What every sketch promises, as one suite: `sketch-contract.test.ts` holds each sketch of the core to it, in every build that has it.
 * A sketch is told by how it is made, what it keeps of a value, and how near to the exact quantile it must be.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Build, type BuildName, openBuild } from "./builds.js";

/** The rank of a share of `count` values. */
export const rankOf = (q: number, count: number): number =>
  Math.max(1, Math.min(count, Math.ceil(q * count - 0.000001)));

/** What a sketch says beside its quantiles. */
export interface Totals {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/** One sketch. */
export interface SketchSubject {
  readonly name: string;
  readonly builds: readonly BuildName[];
  /** An empty sketch; with `other`, one of another configuration. */
  make(build: Build, other?: boolean): number;
  record(build: Build, at: number, value: number): void;
  /** What it keeps of a value: perhaps another one, or nothing. */
  kept(value: number): number | undefined;
  totals(build: Build, at: number): Totals;
  /** The quantiles that it can be asked for. */
  readonly shares: readonly number[];
  quantile(build: Build, at: number, q: number): number;
  /** What an empty one says. */
  readonly nothing: number;
  /** The least and the greatest answer that is right, given all values in order. */
  bound(sorted: readonly number[], q: number): readonly [least: number, greatest: number];
  /** Absent where the algorithm has no merge that keeps a bound. */
  readonly merge?: (build: Build, at: number, other: number) => number;
  /** Whether state, but for the last places of the sum, is the same in whatever order values came. */
  readonly ordered: boolean;
  /** Where the sum stands in the state, if it is a float. */
  readonly sumAt?: number;
  reset(build: Build, at: number): void;
  save(build: Build, at: number, to: number): void;
  load(build: Build, at: number, from: number): number;
}

/** Values of every size and sign, and many that are equal, or powers of two. */
const values = fc.array(
  fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ min: 0, max: 5_000_000, noNaN: true }),
    fc.integer({ min: -40, max: 40 }),
    fc.integer({ min: -1_074, max: 1_023 }).map((exponent) => 2 ** exponent),
    fc.constantFrom(-0, 0, 5e-324, -5e-324, 2 ** -1022, Number.MAX_VALUE, -Number.MAX_VALUE),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  ),
  { maxLength: 40 },
);

/** The same values in two orders. */
const shuffled = values.chain((all) =>
  fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
);

/** Adds floats one after the other, as the core does: the sum stops at the largest. */
const sumOf = (all: readonly number[]): number =>
  all.reduce((sum, value) => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, sum + value)), 0);

const stateBytes = ({ x }: Build, at: number): number => (x.snapshotSize(at) >>> 0) - 8;

/** The whole state of a sketch, its sum blanked where that may differ in its last places. */
function state(subject: SketchSubject, build: Build, at: number, withSum = false): Buffer {
  const bytes = Buffer.from(build.bytes(at, stateBytes(build, at)));
  if (subject.sumAt !== undefined && !withSum) bytes.fill(0, subject.sumAt, subject.sumAt + 8);
  return bytes;
}

/** Compares states of up to a hundred kilobytes, and tells where they differ. */
function expectSame(got: Buffer, expected: Buffer): void {
  if (got.equals(expected)) return;
  const at = got.findIndex((byte, index) => byte !== expected[index]) & ~7;
  expect([at, got.subarray(at, at + 8)]).toEqual([at, expected.subarray(at, at + 8)]);
}

function filled(subject: SketchSubject, build: Build, all: readonly number[], other = false): number {
  const at = subject.make(build, other);
  for (const value of all) subject.record(build, at, value);
  return at;
}

const keptOf = (subject: SketchSubject, all: readonly number[]): number[] =>
  all.map((value) => subject.kept(value)).filter((value) => value !== undefined);

/** Holds all answers of the sketch at `at` to its bound. */
function expectBound(subject: SketchSubject, build: Build, at: number, kept: readonly number[]): void {
  const sorted = kept.toSorted((a, b) => a - b);
  const { count, min, max } = subject.totals(build, at);
  expect(count).toBe(kept.length);
  if (count === 0) return;
  expect([min, max]).toEqual([sorted[0]! + 0, sorted.at(-1)! + 0]);
  for (const q of subject.shares) {
    const [least, greatest] = subject.bound(sorted, q);
    const got = subject.quantile(build, at, q);
    expect(got, `quantile ${q} of ${kept.length}`).toBeGreaterThanOrEqual(least);
    expect(got, `quantile ${q} of ${kept.length}`).toBeLessThanOrEqual(greatest);
  }
}

/** Sums of the same numbers in different orders differ by rounding alone. */
function expectSum(got: number, kept: readonly number[]): void {
  const magnitudes = sumOf(kept.map(Math.abs));
  if (magnitudes === Number.MAX_VALUE) return;
  expect(Math.abs(got - sumOf(kept))).toBeLessThanOrEqual(magnitudes * kept.length * 2 ** -52);
}

/** The suite of one sketch. */
export function contract(subject: SketchSubject): void {
  describe.each(subject.builds)("%s", (name) => {
    test("an empty one has nothing to say", () => {
      const build = openBuild(name);
      const at = subject.make(build);
      expect(subject.totals(build, at).count).toBe(0);
      for (const q of subject.shares) expect(subject.quantile(build, at, q)).toBe(subject.nothing);
    });

    test("a single value is every quantile", () => {
      for (const value of [0, -0, 1, -1, 0.1, 1e300, -1e300, 5e-324, Number.MAX_VALUE, Number.NaN, 1 / 0, -1 / 0]) {
        const build = openBuild(name);
        expectBound(subject, build, filled(subject, build, [value]), keptOf(subject, [value]));
      }
    });

    test("quantiles keep their bound, whatever is recorded", () => {
      fc.assert(
        fc.property(values, (all) => {
          const build = openBuild(name);
          const at = filled(subject, build, all);
          const kept = keptOf(subject, all);
          expectBound(subject, build, at, kept);
          expectSum(subject.totals(build, at).sum, kept);
        }),
        { numRuns: 40 },
      );
    });

    test("a snapshot goes on where the sketch was", () => {
      fc.assert(
        fc.property(values, values, (before, after) => {
          const build = openBuild(name);
          const one = filled(subject, build, before);
          const bytes = stateBytes(build, one);
          const saved = build.alloc(bytes + 8);
          subject.save(build, one, saved);
          const two = filled(subject, build, after);
          expect(subject.load(build, two, saved)).toBe(0);
          for (const at of [one, two]) for (const value of after) subject.record(build, at, value);
          expectSame(state(subject, build, two, true), state(subject, build, one, true));
          // Not where a bit is wrong, and not into another configuration.
          expect(subject.load(build, subject.make(build, true), saved)).toBe(2);
          build.bytes(saved, bytes)[bytes - 1]! ^= 1;
          expect(subject.load(build, two, saved)).toBe(3);
          subject.reset(build, one);
          expectSame(state(subject, build, one, true), state(subject, build, subject.make(build), true));
        }),
        { numRuns: 15 },
      );
    });

    if (subject.ordered) {
      test("the order of values does not matter", () => {
        fc.assert(
          fc.property(shuffled, ([all, mixed]) => {
            const build = openBuild(name);
            const [one, two] = [filled(subject, build, all), filled(subject, build, mixed)];
            expectSame(state(subject, build, two), state(subject, build, one));
          }),
          { numRuns: 30 },
        );
      });
    }

    const { merge } = subject;
    if (merge !== undefined) {
      test("merging equals recording everything in one", () => {
        fc.assert(
          fc.property(values, values, values, (first, second, third) => {
            const build = openBuild(name);
            const [one, two, rest] = [first, second, third].map((all) => filled(subject, build, all));
            const untouched = state(subject, build, two!, true);
            expect(merge(build, one!, two!)).toBe(0);
            expect(merge(build, one!, rest!)).toBe(0);
            expectSame(state(subject, build, two!, true), untouched);
            const all = [...first, ...second, ...third];
            const kept = keptOf(subject, all);
            if (subject.ordered) {
              expectSame(state(subject, build, one!), state(subject, build, filled(subject, build, all)));
            }
            expectBound(subject, build, one!, kept);
            expectSum(subject.totals(build, one!).sum, kept);
          }),
          { numRuns: 30 },
        );
      });

      test("merging with itself doubles it, with an empty one changes nothing, with another shape is refused", () => {
        const build = openBuild(name);
        const all = [1, 5, -3, 0, 7e5];
        const one = filled(subject, build, all);
        const before = subject.totals(build, one);
        expect(merge(build, one, subject.make(build))).toBe(0);
        expect(subject.totals(build, one)).toEqual(before);
        expect(merge(build, one, one)).toBe(0);
        expect(subject.totals(build, one)).toEqual({ ...before, count: 2 * before.count, sum: 2 * before.sum });
        expectBound(subject, build, one, keptOf(subject, [...all, ...all]));
        expect(merge(build, one, subject.make(build, true))).toBe(2);
      });
    }
  });

  test("state has the same bytes in every build", () => {
    fc.assert(
      fc.property(values, (all) => {
        const states = subject.builds.map((name) => {
          const build = openBuild(name);
          const at = filled(subject, build, all);
          for (const q of subject.shares) subject.quantile(build, at, q);
          return state(subject, build, at, true);
        });
        for (const other of states.slice(1)) expectSame(other, states[0]!);
      }),
      { numRuns: 15 },
    );
  });
}
