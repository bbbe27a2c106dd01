/** The committed vectors of clocks, on every build that has them. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildNames, openBuild } from "../assembly/builds.js";
import { BuiltHybrid, BuiltSet, BuiltStamp, readContext, roomyBuilds, writeContext } from "../assembly/clocks.js";
import type {
  DottedSetVectors,
  DottedVectors,
  HybridVectors,
  IntervalTreeVectors,
  VectorClockVectors,
} from "../twins/vectors/clocks.js";

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8")) as T;

describe.each(buildNames)("%s", (name) => {
  test("hybrid-clock.json", () => {
    const told = (answer: bigint | number): string | number =>
      typeof answer === "bigint" ? answer.toString(16) : answer;
    for (const { logicalBits, offsetMaxUs, steps } of read<HybridVectors>("hybrid-clock.json").cases) {
      const build = openBuild(name, 4);
      const clock = new BuiltHybrid(build, logicalBits, offsetMaxUs);
      for (const step of steps) {
        if (step[0] === "now") expect(["now", step[1], step[2], told(clock.now(step[1], step[2]))]).toEqual(step);
        else if (step[0] === "update") {
          const answer = told(clock.update(BigInt(`0x${step[2]}`), step[1]));
          expect(["update", step[1], step[2], answer]).toEqual(step);
        } else if (step[0] === "look") {
          expect(["look", told(clock.last), build.x.hybridStepsBack(clock.at)]).toEqual(step);
        } else if (step[0] === "arm") build.x.hybridArm(clock.at, step[2] ? 1 : 0, step[1]);
        else build.x.hybridSetBound(clock.at, step[1]);
      }
    }
  });

  test.skipIf(openBuild(name, 1).x.vectorInit === undefined)("vector-clock.json", () => {
    for (const { one, other, order, merged } of read<VectorClockVectors>("vector-clock.json").cases) {
      const { x, alloc } = openBuild(name, 4);
      const [mine, theirs] = [one, other].map((counters) => {
        const at = alloc(x.vectorSize(counters.length));
        x.vectorInit(at, counters.length);
        for (const [index, count] of counters.entries()) x.vectorRaise(at, index, count);
        return at;
      }) as [number, number];
      expect(x.vectorCompare(mine, theirs)).toBe(order);
      x.vectorMerge(mine, theirs);
      expect(merged.map((_, index) => x.vectorGet(mine, index))).toEqual(merged);
    }
  });
});

describe.each(roomyBuilds)("%s", (name) => {
  test("dotted.json", () => {
    for (const { one, other, order, known } of read<DottedVectors>("dotted.json").cases) {
      const build = openBuild(name, 4);
      const { x } = build;
      const [mine, theirs] = [one, other].map(([context, id, counter]) => {
        const at = build.alloc(x.dottedSize(3));
        x.dottedInit(at, 3);
        x.dottedWrite(at, writeContext(build, context), context.length, id, counter);
        return at;
      }) as [number, number];
      expect(x.dottedCompare(mine, theirs)).toBe(order);
      const to = build.alloc(4 * 16);
      expect(readContext(build, to, x.dottedContext(mine, to))).toEqual(known);
    }
  });

  test("dotted-set.json", () => {
    for (const steps of read<DottedSetVectors>("dotted-set.json").runs) {
      const build = openBuild(name, 16);
      const sets = [0, 1, 2].map(() => new BuiltSet(build, 3, 32));
      for (const { server, context, value, other, rows, order } of steps) {
        const set = sets[server]!;
        if (other === undefined) set.update(context!, server, value!);
        else set.sync(sets[other]!);
        expect(set.content).toEqual({ rows, anonymous: [] });
        expect(set.compare(sets[0]!)).toBe(order);
      }
    }
  });

  test("interval-tree.json", () => {
    for (const steps of read<IntervalTreeVectors>("interval-tree.json").runs) {
      const build = openBuild(name, 64);
      const stamps = [new BuiltStamp(build)];
      for (const { op, args, codes, order } of steps) {
        const [i, j] = args as [number, number];
        if (op === "event") stamps[i]!.event();
        else if (op === "fork") stamps.push(stamps[i]!.fork() as BuiltStamp);
        else if (op === "peek") stamps[i]!.join(stamps[j]!.peek());
        else {
          stamps[i]!.join(stamps[j]!);
          stamps.splice(j, 1);
        }
        expect(stamps.map(({ code }) => code.hex)).toEqual(codes);
        expect(stamps[0]!.compare(stamps.at(-1)!)).toBe(order);
      }
    }
  });
});
