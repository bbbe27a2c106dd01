/** Breakers that learn, that are shared, and that look at their peers, against their twins, in every build that has them. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BreakerTwin, type BreakerTwinOptions, type TwinPermit } from "../twins/breaker.js";
import {
  AdaptiveBreakerTwin,
  type BaselineTwinOptions,
  type OutlierTwinOptions,
  outliersOf,
} from "../twins/breaker-full.js";
import { ticksFromUs } from "./abi.js";
import { type Build, buildsWith, openBuild, openBuilds } from "./builds.js";

const names = buildsWith("outlierFind");
const kinds = ["consecutive", "count", "time"] as const;
const us = 1024n;
const usOf = (ticks: bigint): number => Number(ticks) / 1024;

const simple: BreakerTwinOptions = {
  kind: "count",
  size: 10,
  sliceTicks: 100n * us,
  failureRate: 500_000,
  slowRate: 0,
  slowAfter: 0n,
  minimumCalls: 4,
  permits: 2,
  successes: 2,
  maxWait: 1_000n * us,
  open: 100n * us,
  openMost: 100n * us,
  openFactor: 65_536n,
  openJitter: 0n,
  seed: 1,
};

function breakerInit({ x }: Build, at: number, o: BreakerTwinOptions): void {
  const status = x.breakerInit(
    at,
    kinds.indexOf(o.kind),
    o.size,
    usOf(o.sliceTicks),
    o.failureRate / 1e6,
    o.slowRate / 1e6,
    usOf(o.slowAfter),
    o.minimumCalls,
    o.permits,
    o.successes,
    usOf(o.maxWait),
    usOf(o.open),
    usOf(o.openMost),
    Number(o.openFactor) / 65_536,
    Number(o.openJitter) / 65_536,
    o.seed,
  );
  expect(status).toBe(0);
}

/** A structure with a breaker inside: the address of the whole, and that of the breaker. */
function behind(build: Build, ahead: number, o: BreakerTwinOptions): { at: number; body: number } {
  const at = build.alloc(ahead + build.x.breakerSize(kinds.indexOf(o.kind), o.size));
  breakerInit(build, at + ahead, o);
  return { at, body: at + ahead };
}

const baseline: BaselineTwinOptions = { sample: 10, memory: 8, factor: 3_000, floor: 50_000, ceiling: 800_000 };

function adaptive(build: Build, o: BreakerTwinOptions, b: BaselineTwinOptions): { at: number; body: number } {
  const made = behind(build, build.x.breakerAdaptiveAhead(), { ...o, failureRate: b.ceiling });
  expect(build.x.breakerAdaptiveInit(made.at, b.sample, b.memory, b.factor, b.floor / 1e6, b.ceiling / 1e6)).toBe(0);
  return made;
}

const shapes = fc.record({
  kind: fc.constantFrom(...kinds),
  size: fc.integer({ min: 2, max: 12 }),
  minimumCalls: fc.integer({ min: 1, max: 2 }),
  openJitter: fc.constantFrom(0n, 32_768n),
});

const programs = fc.array(
  fc.record({
    what: fc.constantFrom("call", "call", "call", "call", "call", "acquire", "settle", "force", "look"),
    stepUs: fc.oneof({ weight: 9, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: fc.constantFrom(2_000, -50, -2e6) }),
    which: fc.nat(),
    draw: fc.nat(19),
    state: fc.constantFrom(0, 3, 4),
  }),
  { maxLength: 150 },
);

describe.each(names)("%s", (name) => {
  test("an adaptive breaker learns and opens like its twin", () => {
    const build = openBuild(name, 4);
    const { x } = build;
    const baselines = fc.record({
      sample: fc.integer({ min: 1, max: 8 }),
      memory: fc.integer({ min: 1, max: 6 }),
      factor: fc.integer({ min: 0, max: 5_000 }),
      floor: fc.integer({ min: 1, max: 400_000 }),
      ceiling: fc.integer({ min: 400_000, max: 1_000_000 }),
    });
    fc.assert(
      fc.property(shapes, baselines, fc.nat(12), programs, (shape, learnt, quality, program) => {
        const { at, body } = adaptive(build, { ...simple, ...shape }, learnt);
        const twin = new AdaptiveBreakerTwin({ ...simple, ...shape }, learnt);
        const out: { permit: number; twin: TwinPermit }[] = [];
        let nowUs = 1_000_000;
        const acquire = (now: bigint): void => {
          const permit = x.breakerTryAcquire(body, nowUs);
          const expected = twin.tryAcquire(now);
          expect(permit >= 0).toBe(expected !== undefined);
          if (expected !== undefined) out.push({ permit, twin: expected });
        };
        const settle = (which: number, draw: number, now: bigint): void => {
          const [call] = out.splice(which % out.length, 1);
          const outcome = draw === 19 ? 2 : draw < quality ? 1 : 0;
          const early = x.breakerAdaptiveSettle(at, call!.permit, outcome, 5, Number.NaN);
          const flags = early === -1 ? x.breakerAdaptiveSettle(at, call!.permit, outcome, 5, nowUs) : early;
          expect(flags).toBe(twin.settle(call!.twin, outcome, 5n * us, now));
        };
        for (const { what, stepUs, which, draw, state } of program) {
          nowUs += stepUs;
          const now = ticksFromUs(nowUs);
          if (what === "acquire" || what === "call") acquire(now);
          if ((what === "settle" || what === "call") && out.length > 0) settle(which, draw, now);
          if (what === "force" && draw === 0) {
            x.breakerForce(body, state, nowUs);
            twin.breaker.force(state, now);
          }
          expect(x.breakerState(body, nowUs)).toBe(twin.breaker.state(now));
        }
        const { mean, deviation, threshold } = twin.learnt;
        const millionths = (share: bigint): number => Number((share * 1_000_000n) >> 30n);
        expect([0, 1, 2].map((what) => x.breakerAdaptiveRead(at, what))).toEqual([
          threshold,
          millionths(mean),
          millionths(deviation),
        ]);
        x.arenaFree(at, x.arenaGeneration(at));
      }),
      { numRuns: 150 },
    );
  });

  /** Settles `results` (1 failed) one after another, a microsecond apart; stops where the state changes. */
  function feed({ x }: Build, at: number, body: number, results: readonly number[], startUs: number): number {
    let count = 0;
    for (const failed of results) {
      const permit = x.breakerTryAcquire(body, startUs + count);
      count++;
      if (x.breakerAdaptiveSettle(at, permit, failed, 1, startUs + count) !== 0) return count;
    }
    return count;
  }

  /** A hundred results with `failures` of them, spread evenly. */
  const spread = (failures: number): number[] =>
    Array.from({ length: 100 }, (_, n) =>
      Math.floor(((n + 1) * failures) / 100) > Math.floor((n * failures) / 100) ? 1 : 0,
    );

  test("what is a fault for a good service is usual for a poor one", () => {
    const build = openBuild(name, 1);
    const options = { ...simple, size: 100, minimumCalls: 100 };
    const learnt = { sample: 100, memory: 10, factor: 3_000, floor: 50_000, ceiling: 900_000 };
    const [good, poor] = [adaptive(build, options, learnt), adaptive(build, options, learnt)];
    for (let round = 0; round < 20; round++) {
      expect(feed(build, good.at, good.body, spread(round % 2), round * 1_000)).toBe(100);
      expect(feed(build, poor.at, poor.body, spread(38 + (round % 5)), round * 1_000)).toBe(100);
    }
    // The good one opens at its floor, the poor one only well above its forty in a hundred.
    expect(build.x.breakerAdaptiveRead(good.at, 0)).toBe(50_000);
    const threshold = build.x.breakerAdaptiveRead(poor.at, 0);
    expect(threshold).toBeGreaterThan(42_000 * 10);
    expect(threshold).toBeLessThan(500_000);
    feed(build, good.at, good.body, spread(20), 50_000);
    expect(build.x.breakerState(good.body, 50_100)).toBe(1);
    feed(build, poor.at, poor.body, spread(41), 50_000);
    expect(build.x.breakerState(poor.body, 50_100)).toBe(0);
    feed(build, poor.at, poor.body, spread(80), 60_000);
    expect(build.x.breakerState(poor.body, 60_100)).toBe(1);
  });

  test("an adaptive breaker goes on elsewhere with what it learnt, and refuses damaged bytes whole", () => {
    const [one, two] = [openBuild(name, 2), openBuild(name, 2)];
    const [from, into] = [adaptive(one, simple, baseline), adaptive(two, simple, baseline)];
    for (let n = 0; n < 12; n++) feed(one, from.at, from.body, [1, 0, 0, 0, 0, 0, 0, 0, 0, n % 2], n * 20);
    const learnt = [0, 1, 2, 3].map((what) => one.x.breakerAdaptiveRead(from.at, what));
    const size = one.x.breakerAdaptiveSnapshotSize(from.at);
    const [to, bytes] = [one.alloc(size), two.alloc(size)];
    one.x.breakerAdaptiveSave(from.at, to, 1_000);
    const before = two.bytes(into.at, size - 16).slice();
    for (let damaged = 0; damaged < size; damaged++) {
      two.bytes(bytes, size).set(one.bytes(to, size));
      two.bytes(bytes, size)[damaged]! ^= 4;
      expect(two.x.breakerAdaptiveLoad(into.at, bytes, 7)).not.toBe(0);
    }
    expect([...two.bytes(into.at, size - 16)]).toEqual([...before]);
    two.bytes(bytes, size).set(one.bytes(to, size));
    expect(two.x.breakerAdaptiveLoad(into.at, bytes, 7)).toBe(0);
    expect([0, 1, 2, 3].map((what) => two.x.breakerAdaptiveRead(into.at, what))).toEqual(learnt);
    // Taking the snapshot changed nothing here, and both trip at the same call.
    expect([0, 1, 2, 3].map((what) => one.x.breakerAdaptiveRead(from.at, what))).toEqual(learnt);
    const bad = Array.from({ length: 20 }, () => 1);
    expect(feed(two, into.at, into.body, bad, 10)).toBe(feed(one, from.at, from.body, bad, 1_010));
  });

  test("numbers out of range make no baseline", () => {
    const build = openBuild(name, 1);
    const { at } = behind(build, build.x.breakerAdaptiveAhead(), simple);
    const good = [10, 8, 3_000, 0.05, 0.8] as const;
    expect(build.x.breakerAdaptiveInit(at, ...good)).toBe(0);
    for (const [index, value] of [
      [0, 0],
      [0, 2 ** 20 + 1],
      [1, 0],
      [1, 65_537],
      [2, 100_001],
      [3, 0],
      [3, 0.9],
      [3, Number.NaN],
      [4, 1.1],
    ] as const) {
      const numbers = good.map((each, at) => (at === index ? value : each)) as [number, number, number, number, number];
      expect(build.x.breakerAdaptiveInit(at, ...numbers)).toBe(1);
    }
  });

  test("a shared breaker decides as the one inside it", () => {
    const build = openBuild(name, 4);
    const { x } = build;
    fc.assert(
      fc.property(shapes, programs, (shape, program) => {
        const o = { ...simple, ...shape };
        const { at, body } = behind(build, x.breakerSharedAhead(), o);
        expect(x.breakerSharedInit(at, 1_000_000)).toBe(0);
        const twin = new BreakerTwin(o);
        const out: { permit: number; twin: TwinPermit }[] = [];
        let nowUs = 1_000_000;
        for (const { what, stepUs, which, draw, state } of program) {
          nowUs += Math.abs(stepUs);
          const now = ticksFromUs(nowUs);
          if (what === "acquire" || what === "call") {
            const quick = x.breakerSharedAcquireClosed(at);
            const permit = x.breakerSharedTryAcquire(at, 1 + (which % 9), nowUs);
            const expected = twin.tryAcquire(now);
            if (quick !== -2) expect(quick).toBe(permit);
            expect(permit >= 0).toBe(expected !== undefined);
            if (expected !== undefined) out.push({ permit, twin: expected });
          }
          if ((what === "settle" || what === "call") && out.length > 0) {
            const [call] = out.splice(which % out.length, 1);
            const outcome = draw === 19 ? 2 : draw < 8 ? 1 : 0;
            const flags = x.breakerSharedSettle(at, 1 + (which % 9), call!.permit, outcome, 5, nowUs);
            expect(flags).toBe(twin.settle(call!.twin, outcome, 5n * us, now));
          }
          expect(x.breakerSharedEnter(at, 3, nowUs)).toBe(0);
          if (what === "force" && draw === 0) {
            x.breakerForce(body, state, nowUs);
            twin.force(state, now);
          }
          expect(x.breakerState(body, nowUs)).toBe(twin.state(now));
          expect([0, 1, 2].map((reading) => x.breakerRead(body, reading, nowUs))).toEqual(twin.readings(now));
          x.breakerSharedLeave(at, 3);
        }
        x.arenaFree(at, x.arenaGeneration(at));
      }),
      { numRuns: 150 },
    );
  });

  describe("a shared breaker whose owner died inside", () => {
    const leaseUs = 1_000_000;

    /** Thirty results, ten of them failures, in a window of `size`; then owner 5 enters, writes half of something and is gone. */
    function abandoned(kind: "count" | "time", size: number): { build: Build; at: number; body: number } {
      const build = openBuild(name, 1);
      const { x, bytes } = build;
      const { at, body } = behind(build, x.breakerSharedAhead(), { ...simple, kind, size, failureRate: 1e6 });
      x.breakerSharedInit(at, leaseUs);
      for (let n = 0; n < 30; n++) {
        x.breakerSharedSettle(at, 9, x.breakerSharedTryAcquire(at, 9, n), n % 3 === 0 ? 1 : 0, 0, n);
      }
      expect(x.breakerSharedEnter(at, 5, 30)).toBe(0);
      const view = new DataView(bytes(body, 192).buffer, body, 192);
      // Another state, another generation, one failure more than calls, and a result at the ring's position.
      view.setUint32(88, 1, true);
      view.setUint32(92, 77, true);
      view.setUint32(148, view.getUint32(148, true) + 1, true);
      if (kind === "count") bytes(body + 192 + view.getUint32(156, true), 1)[0] = 3;
      return { build, at, body };
    }

    const readings = ({ x }: Build, body: number, nowUs: number): number[] => [
      x.breakerState(body, nowUs),
      ...[0, 1, 2, 5].map((what) => x.breakerRead(body, what, nowUs)),
    ];

    test.each([
      ["count", 40, 10],
      ["time", 10, 10],
    ] as const)("is taken over after a lease, and counts by its ring (%s)", (kind, size, failures) => {
      const { build, at, body } = abandoned(kind, size);
      const { x } = build;
      // The first who finds it so notes the time; a lease later it is dead.
      expect([40, 500_000, 999_000].map((nowUs) => x.breakerSharedSettle(at, 6, 0, 2, 0, nowUs))).toEqual([-3, -3, -3]);
      // Calls that need no lock pass meanwhile, where calls are counted.
      expect(x.breakerSharedAcquireClosed(at)).toBe(kind === "count" ? 0 : -2);
      expect(x.breakerSharedEnter(at, 7, Number.NaN)).toBe(-3);
      const nowUs = 1_003_000;
      expect(x.breakerSharedEnter(at, 7, nowUs)).toBe(1);
      // Over a time window the results are over by now.
      expect(readings(build, body, nowUs)).toEqual(kind === "count" ? [0, 30, failures, 0, 0] : [0, 0, 0, 0, 0]);
      x.breakerSharedLeave(at, 7);
      expect(x.breakerSharedSettle(at, 6, x.breakerSharedTryAcquire(at, 6, nowUs), 1, 0, nowUs)).toBe(0);
      expect(x.breakerRead(body, 0, nowUs)).toBe(kind === "count" ? 31 : 1);
    });

    test("is free at once where the host knows who died", () => {
      for (const [kind, size] of [
        ["count", 40],
        ["time", 10],
      ] as const) {
        const { build, at, body } = abandoned(kind, size);
        expect(build.x.breakerSharedReclaim(at, 6, 4)).toBe(0);
        expect(build.x.breakerSharedReclaim(at, 6, 5)).toBe(1);
        expect(build.x.breakerSharedReclaim(at, 6, 5)).toBe(0);
        expect(readings(build, body, 40)).toEqual([0, 30, 10, 0, 0]);
      }
    });

    test("a full window loses at most the result that was being written", () => {
      const { build, at, body } = abandoned("count", 20);
      build.x.breakerSharedReclaim(at, 6, 5);
      const [state, calls, failures, slow] = readings(build, body, 40);
      expect([state, calls]).toEqual([0, 20]);
      const ring = build.bytes(body + 192, 20);
      expect([failures, slow]).toEqual([
        ring.filter((result) => result & 1).length,
        ring.filter((result) => result & 2).length,
      ]);
    });

    test("a hold that ended is no sign of death, and a clock that steps back none either", () => {
      const { build, at } = abandoned("count", 40);
      const { x } = build;
      expect(x.breakerSharedEnter(at, 6, 10_000_000)).toBe(-3);
      x.breakerSharedLeave(at, 5);
      expect(x.breakerSharedEnter(at, 4, 11_500_000)).toBe(0);
      // Another hold: its lease begins now.
      expect([11_600_000, 5_000_000, 5_900_000].map((nowUs) => x.breakerSharedEnter(at, 6, nowUs))).toEqual([
        -3, -3, -3,
      ]);
      expect(x.breakerSharedEnter(at, 6, 6_003_000)).toBe(1);
    });

    test("an owner that was only slow is found out when it leaves", () => {
      const { build, at, body } = abandoned("count", 40);
      const { x, bytes } = build;
      x.breakerSharedEnter(at, 6, 0);
      expect(x.breakerSharedEnter(at, 6, 1_002_000)).toBe(1);
      x.breakerSharedLeave(at, 6);
      // It goes on writing where it stopped.
      new DataView(bytes(body, 192).buffer, body, 192).setUint32(148, 29, true);
      x.breakerSharedLeave(at, 5);
      expect(x.breakerSharedEnter(at, 6, 1_003_000)).toBe(0);
      expect(readings(build, body, 1_003_000)).toEqual([0, 30, 10, 0, 0]);
    });
  });

  test("a lease out of range makes no shared breaker", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.breakerSharedAhead());
    expect([0, 1_000, 5e9, Number.NaN, 1_024, 4e9].map((leaseUs) => x.breakerSharedInit(at, leaseUs))).toEqual([
      1, 1, 1, 1, 0, 0,
    ]);
  });

  test("outliers are those of the definition", () => {
    const build = openBuild(name, 1);
    const { x, memory } = build;
    const [at, out] = [build.alloc(8 * 64), build.alloc(x.outlierSize(64))];
    const measures = ["success rate", "latency", "failure share"] as const;
    const instance = fc.record({
      calls: fc.oneof(fc.nat(300), fc.constantFrom(100, 2 ** 32 - 1)),
      share: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 85, max: 100 }) },
        { weight: 1, arbitrary: fc.nat(100) },
      ),
      latency: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 900, max: 1_100 }) },
        { weight: 1, arbitrary: fc.nat(2 ** 32 - 1) },
      ),
    });
    const settings = fc.record({
      measure: fc.constantFrom(...measures),
      minimumCalls: fc.constantFrom(1, 50, 100),
      minimumHosts: fc.nat(8),
      deviations: fc.constantFrom(0, 500, 1_000, 1_900, 1_000_000),
      share: fc.constantFrom(1, 85_000, 150_000, 1_000_000),
      room: fc.oneof(fc.nat(3), fc.constant(64)),
    });
    fc.assert(
      fc.property(fc.array(instance, { maxLength: 64 }), settings, (list, o) => {
        const instances = list.map(({ calls, share, latency }) => ({
          calls,
          value: o.measure === "latency" ? latency : Math.floor((calls * share) / 100),
        }));
        new Uint32Array(memory.buffer, at, 2 * instances.length).set(
          instances.flatMap(({ calls, value }) => [calls, value]),
        );
        const options: OutlierTwinOptions = { ...o, factor: o.measure === "failure share" ? o.share : o.deviations };
        const expected = outliersOf(instances, options);
        const found = x.outlierFind(
          at,
          instances.length,
          measures.indexOf(o.measure),
          o.minimumCalls,
          o.minimumHosts,
          options.factor,
          o.room,
          out,
        );
        const words = new Uint32Array(memory.buffer, out, x.outlierSize(instances.length) / 4);
        const marked = instances
          .map((_, index) => index)
          .filter((index) => (words[2 + (index >> 5)]! >>> (index & 31)) & 1);
        expect(words[0]).toBe(expected.threshold ?? 2 ** 32 - 1);
        expect(words[1]).toBe(expected.found);
        expect(marked).toEqual(expected.ejected);
        expect(found).toBe(expected.ejected.length);
      }),
      { numRuns: 300 },
    );
  });

  test("outliers are Envoy's, in its own numbers", () => {
    const { x, alloc, memory } = openBuild(name, 1);
    const [at, out] = [alloc(8 * 16), alloc(x.outlierSize(16))];
    // A success rate a host, in percent, and what mean - 1.9 deviations is in floats.
    for (const rates of [
      [100, 100, 100, 100, 0],
      [50, 99, 98, 99, 97],
      [90, 91, 92, 93, 94, 20, 95, 96],
      [70, 70, 70, 70, 70, 70],
    ]) {
      new Uint32Array(memory.buffer, at, 2 * rates.length).set(rates.flatMap((rate) => [200, 2 * rate]));
      const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
      const deviation = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length);
      const outliers = rates.filter((rate) => rate < mean - 1.9 * deviation);
      expect(x.outlierFind(at, rates.length, 0, 100, 5, 1_900, 16, out)).toBe(outliers.length);
      expect(new Uint32Array(memory.buffer, out, 1)[0]! / 10_000).toBeCloseTo(mean - 1.9 * deviation, 3);
    }
  });

  test("of equal outliers the first are ejected", () => {
    const { x, alloc, memory } = openBuild(name, 1);
    const [at, out] = [alloc(8 * 40), alloc(x.outlierSize(40))];
    const table = new Uint32Array(memory.buffer, at, 80);
    for (let index = 0; index < 40; index++) table.set([100, index % 10 === 3 ? 50 : 99], 2 * index);
    expect(x.outlierFind(at, 40, 0, 100, 5, 1_500, 3, out)).toBe(3);
    // Instances 3, 13, 23 and 33 are equally bad; the last one is spared.
    expect(new Uint32Array(memory.buffer, out, 4).slice(1)).toEqual(
      Uint32Array.of(4, (1 << 3) | (1 << 13) | (1 << 23), 0),
    );
  });

  test("the largest group has room for its sums", () => {
    const { x, alloc, memory } = openBuild(name, 2);
    const count = 4_096;
    const [at, out] = [alloc(8 * count), alloc(x.outlierSize(count))];
    const table = new Uint32Array(memory.buffer, at, 2 * count);
    for (let index = 0; index < count; index++) table.set([100, index % 2 === 0 ? 100 : 0], 2 * index);
    // Mean and deviation are half each, so one deviation below the mean is 0, and half a deviation a quarter.
    expect(x.outlierFind(at, count, 0, 100, 5, 1_000, count, out)).toBe(0);
    expect(x.outlierFind(at, count, 0, 100, 5, 500, count, out)).toBe(count / 2);
    expect(new Uint32Array(memory.buffer, out, 2)).toEqual(Uint32Array.of(250_000, count / 2));
    for (let index = 0; index < count; index++)
      table.set([100, index === 7 ? 2 ** 32 - 1 : 2 ** 32 - 4_096], 2 * index);
    expect(x.outlierFind(at, count, 1, 100, 5, 1_000, count, out)).toBe(0);
    expect([x.outlierSize(count), x.outlierSize(count + 1)]).toEqual([520, 0]);
    expect(x.outlierFind(at, count + 1, 0, 100, 5, 500, count, out)).toBe(-1);
    expect(x.outlierFind(at, 5, 3, 100, 5, 500, count, out)).toBe(-1);
    expect(x.outlierFind(at, 5, 2, 100, 5, 0, count, out)).toBe(-1);
    expect(x.outlierFind(at, 5, 0, 0, 5, 500, count, out)).toBe(-1);
  });

  test("the room for ejections is a share of the group, and at least one", () => {
    const { x } = openBuild(name, 1);
    expect([0, 1, 5, 10, 25, 100].map((count) => x.outlierRoom(count, 0, 10))).toEqual([0, 1, 1, 1, 2, 10]);
    expect([0, 1, 2, 3, 9].map((ejected) => x.outlierRoom(25, ejected, 10))).toEqual([2, 1, 0, 0, 0]);
    expect(
      [x.outlierRoom(7, 0, 0), x.outlierRoom(7, 0, 500), x.outlierRoom(2 ** 32 - 1, 0, 100)].map((room) => room >>> 0),
    ).toEqual([1, 7, 2 ** 32 - 1]);
  });
});

test("all builds give the same answers and the same bytes, whatever the time is", () => {
  const builds = openBuilds(1, "outlierFind");
  const made = builds.map((build) => ({
    build,
    learns: adaptive(build, { ...simple, kind: "time" }, baseline),
    shared: behind(build, build.x.breakerSharedAhead(), simple),
  }));
  const odd = fc.oneof(
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1e300, 4.5e15),
    fc.double({ min: 0, max: 1e7, noNaN: true }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.record({ what: fc.nat(4), outcome: fc.nat(4), now: odd }), { maxLength: 40 }),
      (program) => {
        const transcripts = made.map(({ build, learns, shared }) => {
          const { x } = build;
          breakerInit(build, learns.body, { ...simple, kind: "time", failureRate: baseline.ceiling });
          x.breakerAdaptiveInit(learns.at, 3, 2, 1_500, 0.05, 0.8);
          breakerInit(build, shared.body, simple);
          x.breakerSharedInit(shared.at, 5_000);
          const said: number[] = [];
          let [one, two] = [0, 0];
          for (const { what, outcome, now } of program) {
            if (what < 2) {
              said.push(
                (one = x.breakerTryAcquire(learns.body, now)),
                (two = x.breakerSharedTryAcquire(shared.at, 7, now)),
              );
            } else {
              said.push(x.breakerAdaptiveSettle(learns.at, one, outcome, now, now));
              said.push(x.breakerSharedSettle(shared.at, 7, two, outcome, now, now));
            }
          }
          return [
            ...said,
            ...build.bytes(learns.at, 72 + 192 + 160),
            ...build.bytes(shared.at, x.breakerSharedAhead() + 192 + 16),
          ];
        });
        for (const transcript of transcripts) expect(transcript).toEqual(transcripts[0]);
      },
    ),
    { numRuns: 150 },
  );
});
