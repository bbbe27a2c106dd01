/** Public vectors of clocks: runs of the authors' code, and the rules of CockroachDB's hybrid clock, on every build that has them. */

import { describe, expect, test } from "vitest";
import { type BuildName, buildNames, openBuild } from "../assembly/builds.js";
import { BuiltHybrid, BuiltSet, BuiltStamp, type Context, roomyBuilds } from "../assembly/clocks.js";
import { type EventTree, encode, type IdTree } from "../twins/interval-tree.js";
import { readVectors } from "./public-vectors.js";

type Timestamp = readonly [wall: number, logical: number];

interface HybridFile {
  readonly maxOffsetNs: number;
  readonly history: readonly (readonly [
    wall: number,
    what: "SEND" | "RECV",
    input: Timestamp | null,
    expected: Timestamp,
  ])[];
  readonly forward_jump_check: {
    readonly rows_ms: readonly (readonly [jump: number, maxOffset: number, fatal: boolean])[];
  };
  readonly backward_jump: {
    readonly rows_ns: {
      readonly maxOffset: number;
      readonly steps: readonly (readonly [step: number, count: number])[];
    };
  };
  readonly wall_upper_bound: { readonly rows: readonly (readonly [wall: number, bound: number, fatal: boolean])[] };
  readonly update_and_check: {
    readonly maxOffsetMs: number;
    readonly rows_ms_ahead: readonly (readonly [ahead: number, verdict: "ok" | "untrustworthy"])[];
  };
}

/** Bits that hold every counter of a history; the walls have what is left. One of their nanoseconds is one of our microseconds. */
function bitsFor(history: HybridFile["history"]): number {
  const most = Math.max(...history.flatMap(([, , input, [, logical]]) => [logical, input?.[1] ?? 0]));
  return Math.max(12, Math.floor(Math.log2(most + 1)) + 1);
}

const hybridFiles = readVectors("clocks/hlc").map(({ data }) => data as HybridFile);

describe.skipIf(hybridFiles.length === 0)("hybrid logical clock", () => {
  test.each(buildNames)("history, %s", (name) => {
    for (const { maxOffsetNs, history } of hybridFiles) {
      const bits = bitsFor(history);
      const packed = ([wall, logical]: Timestamp): bigint => (BigInt(wall) << BigInt(bits)) | BigInt(logical);
      const build = openBuild(name, 4);
      const clock = new BuiltHybrid(build, bits, maxOffsetNs);
      const checked = new BuiltHybrid(build, bits, maxOffsetNs);
      for (const [wall, what, input, expected] of history) {
        if (what === "RECV") {
          clock.now(wall);
          checked.now(wall);
          expect(clock.forward(packed(input!))).toBe(0);
          const refused = input![0] - wall > maxOffsetNs;
          expect(checked.update(packed(input!), wall)).toBe(refused ? BigInt(input![0] - wall) : 0);
          if (refused) checked.forward(packed(input!));
        }
        expect(clock.now(wall)).toBe(packed(expected));
        expect(checked.now(wall)).toBe(packed(expected));
      }
    }
  });

  test.each(buildNames)("leaps and steps back of the physical clock, %s", (name) => {
    const startUs = 10_000_000;
    for (const file of hybridFiles) {
      const build = openBuild(name, 4);
      for (const [jump, maxOffset, fatal] of file.forward_jump_check.rows_ms) {
        const clock = new BuiltHybrid(build, 12, maxOffset * 1_000);
        clock.now(startUs);
        expect(typeof clock.now(startUs + jump * 1_000)).toBe("bigint");
        build.x.hybridArm(clock.at, 1, startUs);
        expect(clock.now(startUs + jump * 1_000) === 1).toBe(fatal);
      }
      const { maxOffset, steps } = file.backward_jump.rows_ns;
      const clock = new BuiltHybrid(build, 12, maxOffset);
      let wall = startUs;
      clock.now(wall);
      for (const [step, count] of steps) {
        wall += step;
        clock.now(wall);
        expect(build.x.hybridStepsBack(clock.at)).toBe(count);
      }
    }
  });

  test.each(buildNames)("upper bound, remote clocks ahead, %s", (name) => {
    const startUs = 946_684_800_000_000;
    for (const file of hybridFiles) {
      const build = openBuild(name, 4);
      for (const [wall, bound, fatal] of file.wall_upper_bound.rows) {
        const clock = new BuiltHybrid(build, 12, 1_000);
        build.x.hybridSetBound(clock.at, bound);
        expect(clock.now(wall) === 2).toBe(fatal);
        expect(clock.forward((BigInt(wall) << 12n) + 1n) === 2).toBe(fatal);
      }
      const { maxOffsetMs, rows_ms_ahead } = file.update_and_check;
      for (const [ahead, verdict] of rows_ms_ahead) {
        const clock = new BuiltHybrid(build, 12, maxOffsetMs * 1_000);
        const told = clock.update(BigInt(startUs + ahead * 1_000) << 12n, startUs);
        expect(told).toBe(verdict === "ok" ? 0 : BigInt(ahead * 1_000));
      }
    }
  });
});

interface SetResult {
  readonly c: readonly (readonly [id: string, counter: number, values: readonly number[]])[];
  readonly anon: readonly number[];
}

type NamedContext = readonly (readonly [id: string, counter: number])[];

type SetStep =
  | {
      readonly op: "put";
      readonly server: string;
      readonly ctx: NamedContext;
      readonly val: number;
      readonly result: SetResult;
      readonly size: number;
    }
  | { readonly op: "get"; readonly server: string; readonly ctx: NamedContext; readonly values: readonly number[] }
  | { readonly op: "sync"; readonly x: string; readonly y: string; readonly result: SetResult; readonly less: boolean };

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** Runs the steps of one history in a build; ids are numbered in the order of their names. */
function runSets(name: BuildName, steps: readonly SetStep[]): void {
  const names = new Set(steps.flatMap((step) => (step.op === "sync" ? [step.x, step.y] : [step.server])));
  for (const step of steps) if (step.op !== "sync") for (const [id] of step.ctx) names.add(id);
  const sorted = [...names].sort();
  const ids = new Map(sorted.map((each, index) => [each, index]));
  const contextOf = (named: NamedContext): Context => named.map(([id, counter]) => [ids.get(id)!, counter] as const);
  const build = openBuild(name, 64);
  const sets = new Map(sorted.map((each) => [each, new BuiltSet(build, sorted.length, steps.length + 1)]));
  const content = (set: BuiltSet): SetResult => {
    const { rows, anonymous } = set.content;
    return { c: rows.map(([id, counter, values]) => [sorted[id]!, counter, values]), anon: ascending(anonymous) };
  };
  const told = (result: SetResult): SetResult => ({ c: result.c, anon: ascending(result.anon) });
  for (const step of steps) {
    if (step.op === "sync") {
      const [x, y] = [sets.get(step.x)!, sets.get(step.y)!];
      expect(x.compare(y) === 1).toBe(step.less);
      expect(x.sync(y)).toBe(0);
      if (x !== y) expect(y.sync(x)).toBe(0);
      expect(content(x)).toEqual(told(step.result));
      expect(content(y)).toEqual(told(step.result));
      continue;
    }
    const set = sets.get(step.server)!;
    if (step.op === "put") {
      expect(set.update(contextOf(step.ctx), ids.get(step.server)!, step.val)).toBe(0);
      expect(content(set)).toEqual(told(step.result));
      expect(build.x.dottedSetRead(set.at, 1)).toBe(step.size);
    } else {
      const { rows, anonymous } = set.content;
      expect(set.context).toEqual(contextOf(step.ctx));
      expect(ascending([...rows.flatMap(([, , values]) => values), ...anonymous])).toEqual(ascending(step.values));
    }
  }
}

interface StampStep {
  readonly op: "event" | "fork" | "join";
  readonly args: readonly number[];
  readonly stamps: readonly {
    readonly id: IdTree;
    readonly ev: EventTree;
    readonly bits: number;
    readonly hex: string;
  }[];
  readonly leq?: readonly (readonly boolean[])[];
}

/** Runs the steps of one history in a build. */
function runStamps(name: BuildName, steps: readonly StampStep[]): void {
  const build = openBuild(name, 256);
  const capacity = 2_048;
  const stamps = [new BuiltStamp(build, capacity)];
  for (const { op, args, stamps: expected, leq } of steps) {
    const [i, j] = args as [number, number];
    if (op === "event") expect(stamps[i]!.event()).toBe(0);
    else if (op === "fork") stamps.push(stamps[i]!.fork() as BuiltStamp);
    else {
      expect(stamps[i]!.join(stamps[j]!)).toBe(0);
      stamps.splice(j, 1);
    }
    expect(stamps.map(({ code }) => code)).toEqual(expected.map(({ bits, hex }) => ({ bits, hex })));
    // The trees of the file and its code are the same, so ours are the trees.
    expect(expected.map(({ id, ev }) => encode({ id, events: ev }))).toEqual(
      expected.map(({ bits, hex }) => ({ bits, hex })),
    );
    if (leq !== undefined)
      expect(stamps.map((one) => stamps.map((other) => (one.compare(other) & 2) === 0))).toEqual(leq);
  }
  for (const stamp of stamps) {
    const { bits, hex } = stamp.code;
    const copy = new BuiltStamp(build, capacity);
    expect(copy.decode(Buffer.from(hex, "hex"))).toBe(0);
    expect(copy.code).toEqual({ bits, hex });
  }
}

const setFiles = readVectors("clocks/dvvset").map(({ data }) => data as { readonly runs: readonly SetStep[][] });

test.skipIf(setFiles.length === 0).each(roomyBuilds)("dotted version vector sets, %s", (name) => {
  for (const { runs } of setFiles) for (const steps of runs) runSets(name, steps);
});

const stampFiles = readVectors("clocks/itc").map(
  ({ data }) => data as { readonly runs: readonly { readonly steps: readonly StampStep[] }[] },
);

test.skipIf(stampFiles.length === 0).each(roomyBuilds)("interval tree clocks, %s", (name) => {
  for (const { runs } of stampFiles) for (const { steps } of runs) runStamps(name, steps);
});
