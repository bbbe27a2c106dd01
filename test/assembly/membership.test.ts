/** Failure detection against its twins, in every build that has it. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  akkaPhi,
  digitsOf,
  type PhiOptions,
  PhiTwin,
  pushPullScale,
  SuspicionTwin,
  timeoutMs,
} from "../twins/membership.js";
import { type Build, buildsWith, openBuild } from "./builds.js";

const names = buildsWith("phiInit");

const phiOptions: fc.Arbitrary<PhiOptions> = fc.record({
  window: fc.integer({ min: 1, max: 20 }),
  threshold: fc.integer({ min: 1, max: 16 }),
  leastDeviationUs: fc.integer({ min: 1_000, max: 200_000 }),
  pauseUs: fc.constantFrom(0, 3_000_000),
  firstUs: fc.constantFrom(1_000_000, 100_000, 333_333),
});

/** Distances between heartbeats: mostly regular, sometimes a pause, sometimes one that no window tells from a longer one. */
const gaps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 900_000, max: 1_100_000 }) },
    { weight: 2, arbitrary: fc.double({ min: 0, max: 5e6, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 2 ** 32, 1e11) },
  ),
  { minLength: 1, maxLength: 40 },
);

function detector({ x, alloc }: Build, { window, threshold, leastDeviationUs, pauseUs, firstUs }: PhiOptions): number {
  const at = alloc(x.phiSize(window));
  expect(x.phiInit(at, window, threshold, leastDeviationUs, pauseUs, firstUs)).toBe(0);
  return at;
}

const near = (got: number, expected: number, scale = Math.abs(expected)): void =>
  expect(Math.abs(got - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, scale));

describe.each(names)("%s", (name) => {
  test("φ, mean and deviation are those of all distances in the window", () => {
    fc.assert(
      fc.property(phiOptions, gaps, (options, distances) => {
        const build = openBuild(name, 1);
        const at = detector(build, options);
        const twin = new PhiTwin(options);
        let nowUs = 0;
        for (const gap of distances) {
          nowUs += Math.round(gap * 1024) / 1024;
          const phi = twin.phi(nowUs);
          near(build.x.phiValue(at, nowUs), phi);
          // Where both are as near as that, either answer is right.
          if (Math.abs(phi - options.threshold) < 1e-6) return;
          expect(build.x.phiAvailable(at, nowUs)).toBe(phi < options.threshold ? 1 : 0);
          build.x.phiHeartbeat(at, nowUs);
          twin.heartbeat(nowUs);
          expect(build.x.phiRead(at, 2)).toBe(twin.samples);
          near(build.x.phiRead(at, 0), twin.meanUs);
          near(build.x.phiRead(at, 1), twin.deviationUs, twin.meanUs);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("φ is Akka's wherever that is a number, rises with the silence, and is a number everywhere", () => {
    const { x } = openBuild(name, 1);
    const spans = fc.double({ min: -1e4, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(
        spans,
        spans,
        fc.double({ min: 1, max: 1e3, noNaN: true }),
        spans,
        (elapsed, mean, deviation, more) => {
          const phi = x.phiOf(elapsed, mean, deviation);
          expect(phi).toBeGreaterThanOrEqual(0);
          expect(phi).toBeLessThan(Number.POSITIVE_INFINITY);
          near(phi, akkaPhi(elapsed, mean, deviation));
          // Exponential and logarithm are each right to the last place or two, so equal silences may differ by that much.
          expect(x.phiOf(elapsed + Math.abs(more), mean, deviation)).toBeGreaterThanOrEqual(phi * (1 - 1e-14));
        },
      ),
      { numRuns: 300 },
    );
    // No deviation: it was to come at that instant. What is no number says nothing.
    const half = Math.log10(2);
    near(x.phiOf(5, 5, 0), half);
    expect([x.phiOf(4, 5, 0), x.phiOf(6, 5, 0)]).toEqual([0, Number.POSITIVE_INFINITY]);
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY])
      expect([x.phiOf(odd, odd, 1), x.phiOf(1, 1, odd), x.phiOf(1, odd, odd)].every((phi) => phi >= 0)).toBe(true);
  });

  test("a snapshot goes on in another process as if no time had passed", () => {
    const options = { window: 5, threshold: 8, leastDeviationUs: 1_000, pauseUs: 0, firstUs: 1_000 };
    const build = openBuild(name, 1);
    const { x } = build;
    const [one, other] = [detector(build, options), detector(build, options)];
    for (let n = 0; n < 9; n++) x.phiHeartbeat(one, n * 1_000 + (n % 3) * 100);
    const to = build.alloc(x.snapshotSize(one));
    x.phiSave(one, to, 8_900);
    expect(x.phiLoad(other, to, 77)).toBe(0);
    for (const later of [0, 500, 3_000]) expect(x.phiValue(other, 77 + later)).toBe(x.phiValue(one, 8_900 + later));
    build.bytes(to + 100, 1)[0]! ^= 1;
    expect(x.phiLoad(other, to, 77)).toBe(3);
    expect(x.phiLoad(detector(build, { ...options, pauseUs: 1 }), to, 77)).toBe(2);
  });

  test("a clock that steps back, and numbers that make no detector", () => {
    const build = openBuild(name, 1);
    const { x, alloc } = build;
    const at = detector(build, { window: 4, threshold: 8, leastDeviationUs: 1e5, pauseUs: 0, firstUs: 1e6 });
    expect([x.phiValue(at, 5), x.phiAvailable(at, 1e15), x.phiRead(at, 0), x.phiRead(at, 2)]).toEqual([0, 1, 0, 0]);
    for (const nowUs of [1e6, 2e6, 3e6]) x.phiHeartbeat(at, nowUs);
    const phi = x.phiValue(at, 4e6);
    // A little: no time has passed. A lot: time goes on from there.
    expect([x.phiValue(at, 3.5e6), x.phiValue(at, 1e6), x.phiValue(at, Number.NaN)]).toEqual([phi, phi, phi]);
    expect(x.phiValue(at, 2e6)).toBeGreaterThan(phi);
    for (const odd of [-1, 2 ** 32, Number.NaN, Number.POSITIVE_INFINITY]) {
      const big = alloc(x.phiSize(9));
      for (const [least, pause, first] of [
        [odd, 1, 1],
        [1, odd, 1],
        [1, 1, odd],
      ] as const)
        expect(x.phiInit(big, 9, 8, least, pause, first)).toBe(1);
    }
    expect([x.phiSize(0), x.phiSize(65_537), x.phiInit(at, 0, 8, 1, 1, 1)]).toEqual([0, 0, 1]);
    expect([-1, Number.NaN].map((threshold) => x.phiInit(at, 4, threshold, 1, 1, 1))).toEqual([1, 1]);
  });

  test("the timeout of a suspicion is memberlist's, to the millisecond", () => {
    const { x } = openBuild(name, 1);
    const most = fc.integer({ min: 0, max: 60_000 });
    fc.assert(
      fc.property(fc.nat(60), fc.integer({ min: 1, max: 50 }), most, most, (n, k, one, two) => {
        const [least, longest] = [Math.min(one, two), Math.max(one, two)];
        const expected = timeoutMs(n, k, least, longest);
        expect([n, k, least, longest, x.suspicionTimeout(n, k, least * 1000, longest * 1000) / 1000]).toEqual([
          n,
          k,
          least,
          longest,
          expected,
        ]);
      }),
      { numRuns: 500 },
    );
    // Shares that are fractions of small numbers, where a last bit of a logarithm could cost a millisecond.
    for (const [n, k] of [
      [1, 3],
      [1, 7],
      [2, 8],
      [4, 24],
      [8, 26],
      [5, 35],
      [3, 63],
      [26, 80],
    ] as const)
      for (let span = 1; span < 700; span++)
        expect(x.suspicionTimeout(n, k, 1e6, (1_000 + span) * 1000) / 1000).toBe(timeoutMs(n, k, 1_000, 1_000 + span));
    expect(x.suspicionTimeout(5, 0, 7_000, 9_000)).toBe(7_000);
    expect(x.suspicionTimeout(0, 3, 7_000, Number.NaN)).toBe(7_000);
  });

  test("a suspicion counts each accuser once, and time from its beginning", () => {
    const steps = fc.array(fc.tuple(fc.nat(9), fc.nat(3_000)), { maxLength: 30 });
    fc.assert(
      fc.property(fc.nat(6), fc.nat(9), steps, (expected, from, confirmed) => {
        const { x, alloc } = openBuild(name, 1);
        const at = alloc(x.suspicionSize(expected));
        const twin = new SuspicionTwin(expected, from);
        let nowUs = 12_345;
        expect(x.suspicionInit(at, expected, 2e6, 3e7, from, nowUs)).toBe(0);
        for (const [accuser, gapMs] of confirmed) {
          nowUs += gapMs * 1000;
          expect(x.suspicionConfirm(at, accuser) === 1).toBe(twin.confirm(accuser));
          expect(x.suspicionConfirmations(at)).toBe(twin.confirmations);
          const timeout = expected === 0 ? 2_000 : timeoutMs(twin.confirmations, expected, 2_000, 30_000);
          expect(x.suspicionRemaining(at, nowUs)).toBe(timeout * 1000 - (nowUs - 12_345));
        }
      }),
      { numRuns: 100 },
    );
  });

  test("a suspicion's snapshot, and numbers that make none", () => {
    const { x, alloc } = openBuild(name, 1);
    const [one, other] = [alloc(x.suspicionSize(3)), alloc(x.suspicionSize(3))];
    for (const at of [one, other]) expect(x.suspicionInit(at, 3, 2e6, 3e7, 1, 1e6)).toBe(0);
    x.suspicionConfirm(one, 5);
    const to = alloc(x.snapshotSize(one));
    x.suspicionSave(one, to, 4e6);
    expect(x.suspicionLoad(other, to, 9e6)).toBe(0);
    expect(x.suspicionRemaining(other, 1e7)).toBe(1.6e7 - 4e6);
    expect([x.suspicionConfirm(other, 5), x.suspicionConfirm(other, 6)]).toEqual([0, 1]);
    expect([x.suspicionSize(1_025), x.suspicionInit(one, 1_025, 0, 0, 0, 0)]).toEqual([0, 1]);
    for (const [least, most] of [
      [2, 1],
      [-1, 1],
      [Number.NaN, 1],
      [1, Number.NaN],
      [0, 2 ** 53],
    ] as const)
      expect(x.suspicionInit(one, 3, least, most, 0, 0)).toBe(1);
  });

  test("what grows with the cluster steps where the powers are", () => {
    const { x } = openBuild(name, 1);
    const sizes = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.nat(2_000));
    const hold = (members: number): void => {
      expect([members, x.gossipRetransmits(1, members) >>> 0]).toEqual([members, digitsOf(members)]);
      expect([members, x.gossipPushPullScale(members)]).toEqual([members, pushPullScale(members)]);
    };
    fc.assert(fc.property(sizes, hold), { numRuns: 300 });
    for (let power = 1; power < 2 ** 32; power *= 10) for (const off of [-1, 0, 1]) hold(power + off);
    for (let power = 1; power < 2 ** 32; power *= 2) for (const off of [-1, 0, 1]) hold(power + off);
    expect(x.gossipRetransmits(4, 100)).toBe(12);
    // Every thousandth that a count of 32 bits has, from both sides.
    for (let step = 1_000; step < 9_633; step++) {
      const members = Math.round(10 ** (step / 1_000));
      for (const each of [members - 1, members, members + 1].filter((count) => count >= 10 && count < 2 ** 32)) {
        const exact = 1_000 * Math.log10(each);
        // Away from whole numbers there is no doubt; beside one, the thousandth power tells.
        const isWhole = Math.abs(exact - Math.round(exact)) < 1e-7;
        const floor = isWhole ? String(BigInt(each) ** 1000n).length - 1 : Math.floor(exact);
        if (x.gossipSuspicionLeast(1, each, 1_000) !== floor) throw new Error(`${each} members: not ${floor}`);
      }
    }
    expect([0, 1, 10].map((few) => x.gossipSuspicionLeast(3, few, 1e6))).toEqual([3e6, 3e6, 3e6]);
  });

  test("health stays between 0 and its worst", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.healthSize());
    fc.assert(
      fc.property(fc.nat(20), fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })), (most, changes) => {
        expect(x.healthInit(at, most)).toBe(0);
        let score = 0;
        for (const change of [1, -2, 3, ...changes, 1, 1, -1]) {
          score = Math.min(Math.max(score + change, 0), most);
          expect([x.healthNote(at, change), x.healthScore(at)]).toEqual([score, score]);
        }
      }),
      { numRuns: 100 },
    );
    expect(x.healthInit(at, 65_537)).toBe(1);
  });
});

test("every build has equal bytes", () => {
  fc.assert(
    fc.property(phiOptions, gaps, (options, distances) => {
      const states = names.map((name) => {
        const build = openBuild(name, 1);
        const at = detector(build, options);
        let nowUs = 0;
        for (const gap of distances) build.x.phiHeartbeat(at, (nowUs += gap));
        return build.bytes(at, build.x.phiSize(options.window)).slice();
      });
      for (const state of states) expect(state).toEqual(states[0]);
    }),
    { numRuns: 40 },
  );
});
