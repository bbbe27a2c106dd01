/** The retry throttle, the attempt limit and the send rate against their twins, in every build that has them. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AttemptLimitTwin, RetryThrottleTwin, SendRateTwin } from "../twins/retry-feedback.js";
import { ticksFromUs } from "./abi.js";
import { type Build, buildNames, buildsWith, openBuild, openBuilds } from "./builds.js";

const fractions = 2 ** 20;

/** Copies a structure's snapshot into a new structure of another build's memory. */
function moved(
  one: Build,
  at: number,
  save: (at: number, to: number) => void,
  two: Build,
  into: number,
  load: (at: number, from: number) => number,
): number {
  const size = one.x.snapshotSize(at);
  const [to, from] = [one.alloc(size), two.alloc(size)];
  save(at, to);
  two.bytes(from, size).set(one.bytes(to, size));
  return load(into, from);
}

describe.each(buildNames)("%s", (name) => {
  test("the throttle counts like gRPC's", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.retryThrottleSize());
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 1, max: 3_000 }),
        fc.array(fc.boolean(), { maxLength: 100 }),
        (maximum, ratio, results) => {
          expect(x.retryThrottleInit(at, maximum, ratio)).toBe(0);
          const twin = new RetryThrottleTwin(maximum, ratio);
          for (const good of results) {
            if (good) {
              x.retryThrottleSuccess(at);
              twin.success();
            } else expect(x.retryThrottleFailure(at) === 1).toBe(twin.failure());
            expect(x.retryThrottleTokens(at)).toBe(Number(twin.tokens));
            expect(x.retryThrottleAllows(at) === 1).toBe(twin.allows());
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("the throttle of the proposal: ten tokens, a tenth for each success", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.retryThrottleSize());
    x.retryThrottleInit(at, 10_000, 100);
    // Five failures leave half, and half is too little.
    expect([1, 2, 3, 4, 5].map(() => x.retryThrottleFailure(at))).toEqual([1, 1, 1, 1, 0]);
    x.retryThrottleSuccess(at);
    expect([x.retryThrottleTokens(at), x.retryThrottleAllows(at)]).toEqual([5_100, 1]);
    for (let n = 0; n < 20; n++) x.retryThrottleFailure(at);
    expect([x.retryThrottleTokens(at), x.retryThrottleFailure(at)]).toEqual([0, 0]);
    for (let n = 0; n < 200; n++) x.retryThrottleSuccess(at);
    expect(x.retryThrottleTokens(at)).toBe(10_000);
  });

  test("the attempt limit follows the average of the results", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.attemptLimitSize());
    fc.assert(
      fc.property(
        fc.record({
          most: fc.integer({ min: 1, max: 64 }),
          window: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(4_096)),
          factor: fc.oneof(fc.integer({ min: 65_536, max: 200_000 }), fc.constant(16_777_216)),
          quality: fc.nat(10),
        }),
        fc.array(fc.nat(9), { maxLength: 60 }),
        ({ most, window, factor, quality }, draws) => {
          expect(x.attemptLimitInit(at, most, window, factor / 65_536)).toBe(0);
          const twin = new AttemptLimitTwin(most, window, factor);
          expect(x.attemptLimitAllowed(at)).toBe(most);
          for (const draw of draws) {
            x.attemptLimitRecord(at, draw < quality ? 1 : 0);
            twin.record(draw < quality);
          }
          expect(x.attemptLimitFailureShare(at)).toBe(Number(twin.share));
          expect(x.attemptLimitAllowed(at)).toBe(twin.allowed());
        },
      ),
      { numRuns: 200 },
    );
  });

  test("attempts at a load of 1.2: all at a tenth, two at a fifth, one beyond", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.attemptLimitSize());
    const allowed = [1, 10, 19, 21, 50, 100].map((failedOf100) => {
      x.attemptLimitInit(at, 6, 100, 1.2);
      for (let n = 0; n < 100; n++) x.attemptLimitRecord(at, n < failedOf100 ? 1 : 0);
      return x.attemptLimitAllowed(at);
    });
    expect(allowed).toEqual([6, 6, 2, 1, 1, 1]);
  });

  test("a limit recovers once attempts are good again", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.attemptLimitSize());
    x.attemptLimitInit(at, 4, 50, 1.2);
    for (let n = 0; n < 500; n++) x.attemptLimitRecord(at, 1);
    expect(x.attemptLimitAllowed(at)).toBe(1);
    for (let n = 0; n < 150; n++) x.attemptLimitRecord(at, 0);
    expect(x.attemptLimitAllowed(at)).toBe(4);
  });

  test("numbers out of range make neither", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(64);
    for (const [maximum, ratio] of [
      [0, 1],
      [1, 0],
      [1e9 + 1, 1],
      [1, 1e9 + 1],
      [-1, 1],
    ] as const) {
      expect(x.retryThrottleInit(at, maximum, ratio)).toBe(1);
    }
    for (const [most, window, factor] of [
      [0, 1, 1],
      [65, 1, 1],
      [1, 0, 1],
      [1, 4_097, 1],
      [1, 1, 0.9],
      [1, 1, 257],
      [1, 1, Number.NaN],
    ] as const) {
      expect(x.attemptLimitInit(at, most, window, factor)).toBe(1);
    }
  });

  test("throttle and limit go on in another memory, and refuse damaged bytes", () => {
    const [one, two] = [openBuild(name, 1), openBuild(name, 1)];
    const throttles = [one, two].map(({ x, alloc }) => {
      const at = alloc(x.retryThrottleSize());
      x.retryThrottleInit(at, 10_000, 100);
      return at;
    });
    one.x.retryThrottleFailure(throttles[0]!);
    expect(moved(one, throttles[0]!, one.x.retryThrottleSave, two, throttles[1]!, two.x.retryThrottleLoad)).toBe(0);
    expect(two.x.retryThrottleTokens(throttles[1]!)).toBe(9_000);
    const limits = [one, two].map(({ x, alloc }) => {
      const at = alloc(x.attemptLimitSize());
      x.attemptLimitInit(at, 4, 10, 1.5);
      return at;
    });
    for (let n = 0; n < 7; n++) one.x.attemptLimitRecord(limits[0]!, n % 3 === 0 ? 1 : 0);
    expect(moved(one, limits[0]!, one.x.attemptLimitSave, two, limits[1]!, two.x.attemptLimitLoad)).toBe(0);
    expect(two.x.attemptLimitFailureShare(limits[1]!)).toBe(one.x.attemptLimitFailureShare(limits[0]!));
    expect(moved(one, limits[0]!, one.x.attemptLimitSave, two, throttles[1]!, two.x.retryThrottleLoad)).toBe(1);
  });
});

const floatBuilds = buildsWith("sendRateInit");

describe.each(floatBuilds)("%s", (name) => {
  test("the send rate decides like its twin", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.sendRateSize());
    const program = fc.array(
      fc.record({
        what: fc.constantFrom("acquire", "acquire", "good", "good", "throttled", "look"),
        stepUs: fc.oneof(
          { weight: 10, arbitrary: fc.integer({ min: 0, max: 400_000 }) },
          { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 }) },
          { weight: 1, arbitrary: fc.constantFrom(5_000_000, 400_000_000, 1e12, -100, -3_000_000) },
        ),
        /** Responses at once: how the rate grows large. */
        times: fc.oneof(
          { weight: 5, arbitrary: fc.constant(1) },
          { weight: 1, arbitrary: fc.integer({ min: 2, max: 400 }) },
        ),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(program, (steps) => {
        expect(x.sendRateInit(at)).toBe(0);
        const twin = new SendRateTwin();
        let nowUs = 7_000_000_000;
        for (const { what, stepUs, times } of steps) {
          nowUs += stepUs;
          const now = ticksFromUs(nowUs);
          if (what === "acquire") expect(x.sendRateTryAcquire(at, nowUs)).toBe(Number(twin.tryAcquire(now)) / 1024);
          else if (what === "look") {
            twin.look(now);
            const readings = [0, 1, 2, 3].map((reading) => x.sendRateRead(at, reading, nowUs));
            expect(readings).toEqual(
              [twin.rate, twin.measured, twin.tokens, twin.throttledEver ? 2n ** 20n : 0n].map(Number),
            );
          } else {
            for (let n = 0; n < times; n++) {
              x.sendRateRecord(at, what === "throttled" ? 1 : 0, nowUs);
              twin.record(what === "throttled", now);
            }
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test("the send rate is the AWS SDKs'", () => {
    // Time in seconds, throttled, measured rate, allowed rate: the figures that the SDK's own test publishes
    // (smithy-typescript, DefaultRateLimiter.spec.ts). Before the first throttled response nothing is limited.
    const published = [
      [0.2, 0, 0],
      [0.4, 0, 0],
      [0.6, 0, 4.8],
      [0.8, 0, 4.8],
      [1, 0, 4.16],
      [1.2, 0, 4.16],
      [1.4, 0, 4.16],
      [1.6, 0, 5.632],
      [1.8, 0, 5.632],
      [2, 1, 4.3264, 3.02848],
      [2.2, 0, 4.3264, 3.486639],
      [2.4, 0, 4.3264, 3.821874],
      [2.6, 0, 5.66528, 4.053386],
      [2.8, 0, 5.66528, 4.200373],
      [3, 0, 4.333056, 4.282037],
      [3.2, 1, 4.333056, 2.997426],
      [3.4, 0, 4.333056, 3.452226],
    ] as const;
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.sendRateSize());
    x.sendRateInit(at);
    for (const [seconds, throttled, measured, allowed] of published) {
      x.sendRateRecord(at, throttled, seconds * 1e6);
      expect(x.sendRateRead(at, 1, seconds * 1e6) / fractions).toBeCloseTo(measured, 5);
      if (allowed !== undefined) expect(x.sendRateRead(at, 0, seconds * 1e6) / fractions).toBeCloseTo(allowed, 5);
    }
  });

  test("its curve is the cubic, at every rate and for every span", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.sendRateSize());
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 0, max: 60_000_000 }), (perHalf, afterUs) => {
        x.sendRateInit(at);
        let nowUs = 1_000_000;
        // A steady rate: the average forgets its start within twenty half seconds.
        const record = (count: number): void => {
          for (let n = 0; n < count; n++) x.sendRateRecord(at, 0, nowUs);
        };
        const few = Math.ceil(perHalf / 1_000);
        for (let half = 0; half < 20; half++, nowUs += 500_000) record(few);
        x.sendRateRecord(at, 1, nowUs);
        const w = x.sendRateRead(at, 1, nowUs) / fractions;
        expect(x.sendRateRead(at, 0, nowUs) / fractions).toBeCloseTo(Math.max(0.7 * w, 0.5), 4);
        nowUs += afterUs;
        x.sendRateRecord(at, 0, nowUs);
        const measured = x.sendRateRead(at, 1, nowUs) / fractions;
        const cubic = 0.4 * (afterUs / 1e6 - Math.cbrt(0.75 * w)) ** 3 + w;
        const expected = Math.max(Math.min(cubic, 2 * measured, fractions), 0.5);
        expect(Math.abs(x.sendRateRead(at, 0, nowUs) / fractions - expected)).toBeLessThan(1e-3 + expected * 1e-5);
      }),
      { numRuns: 100 },
    );
  });

  test("a refusal's wait is exact, and no time is lost between calls", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.sendRateSize());
    x.sendRateInit(at);
    for (let half = 0; half < 8; half++) for (let n = 0; n < 500; n++) x.sendRateRecord(at, 0, half * 500_000);
    const startUs = 4_000_000;
    x.sendRateRecord(at, 1, startUs);
    const rate = x.sendRateRead(at, 0, startUs) / fractions;
    let sent = 0;
    // Asked every 3 µs for half a second: as many pass as the rate says.
    for (let us = 0; us < 500_000; us += 3) if (x.sendRateTryAcquire(at, startUs + us) === 0) sent++;
    expect(Math.abs(sent - rate / 2)).toBeLessThanOrEqual(1);
    const nowUs = startUs + 500_000;
    while (x.sendRateTryAcquire(at, nowUs) === 0);
    const waitUs = x.sendRateTryAcquire(at, nowUs);
    expect(x.sendRateTryAcquire(at, nowUs + waitUs - 16)).toBeGreaterThan(0);
    expect(x.sendRateTryAcquire(at, nowUs + waitUs)).toBe(0);
  });

  test("the send rate goes on in another memory, on another clock", () => {
    const [one, two] = [openBuild(name, 1), openBuild(name, 1)];
    const [at, into] = [one, two].map(({ x, alloc }) => {
      const made = alloc(x.sendRateSize());
      x.sendRateInit(made);
      return made;
    }) as [number, number];
    for (let n = 0; n < 30; n++) one.x.sendRateRecord(at, n % 7 === 6 ? 1 : 0, 9_000_000 + n * 100_000);
    const save = (from: number, to: number): void => one.x.sendRateSave(from, to, 12_000_000);
    expect(moved(one, at, save, two, into, (to, from) => two.x.sendRateLoad(to, from, 50))).toBe(0);
    for (const later of [0, 100, 200_000, 900_000, 5_000_000]) {
      one.x.sendRateRecord(at, 0, 12_000_000 + later);
      two.x.sendRateRecord(into, 0, 50 + later);
      for (const what of [0, 1, 2]) {
        expect(two.x.sendRateRead(into, what, 50 + later)).toBe(one.x.sendRateRead(at, what, 12_000_000 + later));
      }
    }
  });
});

test("all builds give the same answers and the same bytes, whatever the time is", () => {
  const builds = openBuilds(1);
  const odd = fc.oneof(
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 0, 1e300, 4.5e15),
    fc.double({ min: 0, max: 1e13, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(fc.record({ what: fc.nat(6), now: odd }), { maxLength: 30 }), (program) => {
      const transcripts = builds.map(({ name, x, alloc, bytes }) => {
        const [limit, throttle, rate] = [alloc(32), alloc(24), alloc(104)];
        x.attemptLimitInit(limit, 5, 7, 1.3);
        x.retryThrottleInit(throttle, 7_001, 333);
        const said: number[] = [];
        for (const { what } of program) {
          if (what < 2) x.attemptLimitRecord(limit, what);
          else if (what === 2) said.push(x.attemptLimitAllowed(limit));
          else if (what === 3) x.retryThrottleSuccess(throttle);
          else said.push(x.retryThrottleFailure(throttle));
        }
        const common = [...said, ...bytes(limit, 32), ...bytes(throttle, 24)];
        const timed: number[] = [];
        if (floatBuilds.includes(name)) {
          x.sendRateInit(rate);
          for (const { what, now } of program) {
            if (what < 3) x.sendRateRecord(rate, what === 0 ? 1 : 0, now);
            else if (what < 5) timed.push(x.sendRateTryAcquire(rate, now));
            else timed.push(x.sendRateRead(rate, what - 5, now));
          }
          timed.push(...bytes(rate, 104));
        }
        for (const [at, size] of [
          [limit, 32],
          [throttle, 24],
          [rate, 104],
        ] as const) {
          bytes(at, size).fill(0);
          x.arenaFree(at, x.arenaGeneration(at));
        }
        return { common, timed };
      });
      for (const { common } of transcripts) expect(common).toEqual(transcripts[0]!.common);
      for (const { timed } of transcripts.slice(0, floatBuilds.length)) expect(timed).toEqual(transcripts[0]!.timed);
    }),
    { numRuns: 150 },
  );
});
