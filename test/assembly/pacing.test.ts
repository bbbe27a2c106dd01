/** The leaky bucket as a queue, in every build, and the warm-up limiter, against their twins. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LeakyQueueTwin } from "../twins/leaky-queue.js";
import { GuavaWarmUp, WarmUpTwin, type WarmUpTwinOptions } from "../twins/warm-up.js";
import { type Build, buildNames, buildsWith, openBuild } from "./builds.js";

const never = Number.POSITIVE_INFINITY;

function queue(build: Build, limit: number, periodUs: number, room: number): number {
  const at = build.alloc(build.x.gcraSize());
  expect(build.x.gcraInit(at, limit, periodUs, room, room)).toBe(0);
  return at;
}

describe.each(buildNames)("leaky queue, %s", (name) => {
  test("tells every caller the turn that a queue tells which holds who waits", () => {
    fc.assert(
      fc.property(
        fc.record({
          limit: fc.integer({ min: 1, max: 1_000 }),
          periodUs: fc.constantFrom(1_000, 1_000_000, 60_000_000),
          burst: fc.integer({ min: 1, max: 20 }),
        }),
        fc.array(
          fc.record({
            share: fc.double({ min: 0, max: 3, noNaN: true }),
            weight: fc.integer({ min: 0, max: 5 }),
            leaves: fc.boolean(),
          }),
          { maxLength: 40 },
        ),
        fc.nat(2 ** 40),
        (rate, program, startUs) => {
          const build = openBuild(name, 1);
          const at = queue(build, rate.limit, rate.periodUs, rate.burst);
          const twin = new LeakyQueueTwin(rate);
          let nowUs = startUs;
          for (const { share, weight, leaves } of program) {
            nowUs += Math.floor((share * rate.periodUs) / rate.limit);
            const expected = twin.enter(weight, nowUs);
            expect(build.x.leakyQueuePeek(at, weight, nowUs)).toBe(expected);
            const waitUs = build.x.leakyQueueEnter(at, weight, nowUs);
            expect(waitUs).toBe(expected);
            if (leaves && weight > 0 && waitUs > 1 && waitUs < never) {
              expect(build.x.leakyQueueLeave(at, weight, nowUs + waitUs, nowUs)).toBe(1);
              twin.leave();
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test("paces: ten who come at once leave 100 ms apart, and the eleventh finds no room", () => {
    const build = openBuild(name, 1);
    const at = queue(build, 10, 1_000_000, 10);
    const turns = Array.from({ length: 11 }, () => build.x.leakyQueueEnter(at, 1, 5));
    expect(turns).toEqual([0, 1e5, 2e5, 3e5, 4e5, 5e5, 6e5, 7e5, 8e5, 9e5, never]);
    // Room for the next is there when the first has been away for its time.
    expect(build.x.gcraPeek(at, 1, 5)).toBe(100_000);
    expect(build.x.gcraRemaining(at, 100_005)).toBe(1);
    expect(build.x.leakyQueueEnter(at, 1, 100_005)).toBe(900_000);
    expect(build.x.gcraResetAfter(at, 100_005)).toBe(1_000_000);
  });

  test("only the last may leave, and only before its turn", () => {
    const build = openBuild(name, 1);
    const at = queue(build, 10, 1_000_000, 10);
    for (let i = 0; i < 3; i++) build.x.leakyQueueEnter(at, 1, 5);
    expect(build.x.leakyQueueLeave(at, 1, 100_005, 5)).toBe(0);
    expect(build.x.leakyQueueLeave(at, 1, 200_005, 200_005)).toBe(0);
    expect(build.x.leakyQueueLeave(at, 1, 200_005, 5)).toBe(1);
    expect(build.x.leakyQueueEnter(at, 2, 5)).toBe(200_000);
  });

  test("odd weights, and a clock that steps back", () => {
    const build = openBuild(name, 1);
    const at = queue(build, 10, 1_000_000, 10);
    for (const weight of [-1, Number.NaN, 11, 1e300]) {
      expect(build.x.leakyQueueEnter(at, weight, 9e9)).toBe(never);
      expect(build.x.leakyQueuePeek(at, weight, 9e9)).toBe(never);
      expect(build.x.leakyQueueLeave(at, weight, 9e9 + 1, 9e9)).toBe(0);
    }
    expect(build.x.leakyQueueEnter(at, 10, 9e9)).toBe(0);
    expect(build.x.leakyQueueEnter(at, 0, 9e9)).toBe(1_000_000);
    expect(build.x.leakyQueueEnter(at, 1, 1_000)).toBe(never);
    expect(build.x.leakyQueueEnter(at, 1, 101_000)).toBe(900_000);
  });
});

const warmBuilds = buildsWith("warmUpInit");

function warmUp(build: Build, o: WarmUpTwinOptions): number {
  const at = build.alloc(build.x.warmUpSize());
  expect(build.x.warmUpInit(at, o.limit, o.periodUs, o.warmUpUs, o.coldFactor)).toBe(0);
  return at;
}

const options = fc.record({
  limit: fc.integer({ min: 1, max: 5_000 }),
  periodUs: fc.constantFrom(1_000_000, 60_000_000),
  warmUpUs: fc.oneof(fc.integer({ min: 1, max: 10_000_000 }), fc.constantFrom(3_600_000_000, 864_000_000_000)),
  coldFactor: fc.oneof(fc.constant(3), fc.constantFrom(1, 1.5, 2, 10, 100)),
});

const calls = fc.array(
  fc.record({ share: fc.double({ min: 0, max: 30, noNaN: true }), weight: fc.integer({ min: 1, max: 40 }) }),
  { minLength: 1, maxLength: 40 },
);

describe.each(warmBuilds)("warm-up, %s", (name) => {
  test("waits as its rule says, to the tick, and as Guava's doubles do, to a millionth", () => {
    fc.assert(
      fc.property(options, calls, fc.nat(2 ** 40), (o, program, startUs) => {
        const build = openBuild(name, 1);
        const at = warmUp(build, o);
        const twin = new WarmUpTwin(o);
        const guava = new GuavaWarmUp(o);
        let nowUs = startUs;
        let paidUs = 0;
        for (const { share, weight } of program) {
          nowUs += Math.floor((share * o.periodUs) / o.limit);
          const waitUs = build.x.warmUpReserve(at, weight, nowUs, never);
          expect(waitUs).toBe(twin.reserve(weight, nowUs, 2 ** 50));
          const expected = guava.reserve(weight, nowUs);
          paidUs = Math.max(paidUs, expected);
          expect(Math.abs(waitUs - expected)).toBeLessThanOrEqual(1 + (nowUs - startUs + paidUs) * 2e-5);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("a permit a second with a cold factor of 3 and a warm-up of 4 s: the waits of Guava's tests", () => {
    // SmoothRateLimiter's own example: 2 permits a second, 4 s to warm up: 0.00 R1.38 R1.13 R0.88 R0.63 R0.50.
    const build = openBuild(name, 1);
    const at = warmUp(build, { limit: 2, periodUs: 1_000_000, warmUpUs: 4_000_000, coldFactor: 3 });
    const waits: number[] = [];
    let nowUs = 0;
    for (let i = 0; i < 8; i++) {
      const waitUs = build.x.warmUpReserve(at, 1, nowUs, never);
      waits.push(waitUs / 1e6);
      nowUs += waitUs;
    }
    expect(waits).toEqual([0, 1.375, 1.125, 0.875, 0.625, 0.5, 0.5, 0.5]);
    expect(build.x.warmUpInterval(at, nowUs)).toBe(500_000);
    // Four seconds of rest, after the permit is paid, and it is as cold as at the start.
    expect(build.x.warmUpResetAfter(at, nowUs)).toBe(500_000 + 4_000_000);
    expect(build.x.warmUpInterval(at, nowUs + 4_500_000)).toBe(1_375_000);
  });

  test("ten permits one by one pay what ten at once do", () => {
    fc.assert(
      fc.property(options, fc.integer({ min: 1, max: 50 }), (o, weight) => {
        const build = openBuild(name, 1);
        const [one, many] = [warmUp(build, o), warmUp(build, o)];
        for (let i = 0; i < weight; i++) build.x.warmUpReserve(one, 1, 5, never);
        build.x.warmUpReserve(many, weight, 5, never);
        // One of them may end in the middle of a permit that was half stored, which rounds once.
        const [a, b] = [build.x.warmUpPeek(one, 1, 5), build.x.warmUpPeek(many, 1, 5)];
        expect(Math.abs(a - b)).toBeLessThanOrEqual(1 / 1024);
      }),
      { numRuns: 100 },
    );
  });

  test("does not drift when it is warm: 7 a second over a thousand seconds", () => {
    const build = openBuild(name, 1);
    const at = warmUp(build, { limit: 7, periodUs: 1_000_000, warmUpUs: 1_000, coldFactor: 3 });
    build.x.warmUpReserve(at, 7, 0, never);
    const from = build.x.warmUpPeek(at, 1, 0);
    for (let i = 0; i < 7_000; i++) build.x.warmUpReserve(at, 1, 0, never);
    expect(Math.abs(build.x.warmUpPeek(at, 1, 0) - from - 1e9)).toBeLessThanOrEqual(1 / 1024);
  });

  test("tryAcquire and a short patience take nothing where they refuse", () => {
    const build = openBuild(name, 1);
    const at = warmUp(build, { limit: 10, periodUs: 1_000_000, warmUpUs: 1_000_000, coldFactor: 3 });
    expect(build.x.warmUpTryAcquire(at, 1, 0)).toBe(0);
    const waitUs = build.x.warmUpTryAcquire(at, 1, 0);
    expect(waitUs).toBeGreaterThan(100_000);
    expect(build.x.warmUpPeek(at, 1, 0)).toBe(waitUs);
    expect(build.x.warmUpReserve(at, 1, 0, waitUs - 1)).toBe(never);
    expect(build.x.warmUpTryAcquire(at, 1, waitUs)).toBe(0);
    expect(build.x.warmUpTryAcquire(at, 0, 0)).toBe(0);
    for (const weight of [-1, Number.NaN, 1e300]) expect(build.x.warmUpTryAcquire(at, weight, 9e9)).toBe(never);
  });

  test("a clock that steps back costs the longest wait that there was", () => {
    const build = openBuild(name, 1);
    const at = warmUp(build, { limit: 10, periodUs: 1_000_000, warmUpUs: 1_000_000, coldFactor: 3 });
    build.x.warmUpTryAcquire(at, 2, 9e9);
    const longestUs = build.x.warmUpPeek(at, 1, 9e9);
    expect(build.x.warmUpTryAcquire(at, 1, 5)).toBe(longestUs);
    expect(build.x.warmUpTryAcquire(at, 1, 5 + longestUs)).toBe(0);
  });

  test("a new rate keeps how cold it is, as a share, and what is unpaid, in time", () => {
    const build = openBuild(name, 1);
    const at = warmUp(build, { limit: 10, periodUs: 1_000_000, warmUpUs: 1_000_000, coldFactor: 3 });
    build.x.warmUpReserve(at, 5, 0, never);
    const unpaidUs = build.x.warmUpPeek(at, 1, 0);
    expect(build.x.warmUpConfigure(at, 0, 1, 1, 3, 0)).toBe(1);
    expect(build.x.warmUpConfigure(at, 1, 1, 1, 0.5, 0)).toBe(1);
    expect(build.x.warmUpConfigure(at, 1, 1, 2 ** 45, 3, 0)).toBe(1);
    expect(build.x.warmUpConfigure(at, 20, 1_000_000, 4_000_000, 3, 0)).toBe(0);
    expect(build.x.warmUpPeek(at, 1, 0)).toBe(unpaidUs);
    // Half of the second was used up: half of the four is left.
    expect(build.x.warmUpResetAfter(at, 0)).toBe(unpaidUs + 2_000_000);
  });

  test("a snapshot holds in another memory, on another clock", () => {
    fc.assert(
      fc.property(options, calls, calls, fc.nat(2 ** 40), fc.nat(2 ** 40), (o, first, second, startUs, otherUs) => {
        const [one, two] = [openBuild(name, 1), openBuild(name, 1)];
        const [at, into] = [warmUp(one, o), warmUp(two, o)];
        const stepUs = (share: number): number => Math.floor((share * o.periodUs) / o.limit);
        let [nowUs, thereUs] = [startUs, otherUs];
        for (const { share, weight } of first) one.x.warmUpReserve(at, weight, (nowUs += stepUs(share)), never);
        const size = one.x.snapshotSize(at);
        const [to, from] = [one.alloc(size), two.alloc(size)];
        one.x.warmUpSave(at, to, nowUs);
        two.bytes(from, size).set(one.bytes(to, size));
        expect(two.x.warmUpLoad(into, from, thereUs)).toBe(0);
        for (const { share, weight } of second) {
          nowUs += stepUs(share);
          thereUs += stepUs(share);
          expect(two.x.warmUpReserve(into, weight, thereUs, never)).toBe(one.x.warmUpReserve(at, weight, nowUs, never));
        }
      }),
      { numRuns: 40 },
    );
  });
});

test("all builds give the same results and the same bytes, whatever they are given", () => {
  const oddTime = fc.oneof(
    fc.double({ min: 0, max: 1e9, noNaN: true }),
    fc.double(),
    fc.constantFrom(Number.NaN, never, -1, 0, 2 ** 53, 1e300),
  );
  const operation = fc.record({
    what: fc.nat(7),
    weight: fc.oneof(fc.nat(20), fc.double()),
    now: oddTime,
    more: oddTime,
  });
  fc.assert(
    fc.property(
      fc.record({
        limit: fc.double({ min: 0.1, max: 1e7 }),
        period: oddTime,
        warmUp: oddTime,
        cold: fc.double({ min: 0, max: 120 }),
      }),
      fc.array(operation, { maxLength: 30 }),
      (o, program) => {
        const queues = buildNames.map((name) => {
          const { x, alloc, bytes } = openBuild(name, 1);
          const at = alloc(x.gcraSize());
          const said: number[] = [x.gcraInit(at, 3, 1_000, 5, 5)];
          for (const { what, weight, now, more } of program) {
            if (what < 4) said.push(x.leakyQueueEnter(at, weight, now));
            else if (what === 4) said.push(x.leakyQueuePeek(at, weight, now));
            else said.push(x.leakyQueueLeave(at, weight, more, now));
          }
          return [...said, ...bytes(at, x.gcraSize())];
        });
        for (const each of queues) expect(each).toEqual(queues[0]);
        const warm = warmBuilds.map((name) => {
          const { x, alloc, bytes } = openBuild(name, 1);
          const at = alloc(x.warmUpSize());
          const said: number[] = [x.warmUpInit(at, o.limit, o.period, o.warmUp, o.cold)];
          if (said[0] !== 0) return said;
          for (const { what, weight, now, more } of program) {
            if (what < 2) said.push(x.warmUpTryAcquire(at, weight, now));
            else if (what < 4) said.push(x.warmUpReserve(at, weight, now, more));
            else if (what === 4) said.push(x.warmUpConfigure(at, o.limit, o.period, more, o.cold, now));
            else if (what === 5) said.push(x.warmUpPeek(at, weight, now));
            else said.push(x.warmUpInterval(at, now), x.warmUpResetAfter(at, now));
          }
          return [...said, ...bytes(at, x.warmUpSize())];
        });
        for (const each of warm) expect(each).toEqual(warm[0]);
      },
    ),
    { numRuns: 200 },
  );
});
