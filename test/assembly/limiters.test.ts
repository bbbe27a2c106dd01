/** Token bucket and GCRA against their twins, in every build. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GcraTwin, TokenBucketTwin } from "../twins/meters.js";
import { type Build, buildNames, openBuild, openBuilds } from "./builds.js";

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Rates that are counted exactly: the reduced limit is at most 2^18. */
const rates = fc
  .record({
    limit: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5_000_000 })),
    periodUs: fc.oneof(fc.constantFrom(1_000_000, 60_000_000, 1_000), fc.integer({ min: 1, max: 3_600_000_000 })),
    burst: fc.integer({ min: 1, max: 1_000 }),
  })
  .filter(({ limit, periodUs }) => limit / gcd(limit, periodUs) <= 2 ** 18);

/** Steps of a few permits' time, so that refusals and admissions alternate. */
const steps = fc.array(
  fc.record({ share: fc.double({ min: 0, max: 3, noNaN: true }), weight: fc.integer({ min: 1, max: 1_100 }) }),
  { minLength: 1, maxLength: 40 },
);

function limiter(build: Build, limit: number, periodUs: number, burst: number, initial = burst): number {
  const at = build.alloc(build.x.gcraSize());
  expect(build.x.gcraInit(at, limit, periodUs, burst, initial)).toBe(0);
  return at;
}

describe.each(buildNames)("%s", (name) => {
  test("decides like Turner's token bucket and like I.371, with the same waits", () => {
    const build = openBuild(name);
    const at = build.alloc(build.x.gcraSize());
    fc.assert(
      fc.property(rates, steps, fc.nat(2 ** 40), (rate, program, startUs) => {
        build.x.gcraInit(at, rate.limit, rate.periodUs, rate.burst, rate.burst);
        const bucket = new TokenBucketTwin(rate);
        const gcra = new GcraTwin(rate);
        let nowUs = startUs;
        for (const { share, weight } of program) {
          nowUs += Math.floor((share * rate.periodUs) / rate.limit);
          const peeked = build.x.gcraPeek(at, weight, nowUs);
          const got = build.x.gcraTryAcquire(at, weight, nowUs);
          expect(peeked).toBe(got);
          expect(got).toBe(bucket.take(weight, nowUs));
          expect(got).toBe(gcra.take(weight, nowUs));
          expect(build.x.gcraRemaining(at, nowUs)).toBe(bucket.remaining(nowUs));
        }
      }),
      { numRuns: 150 },
    );
  });

  test("a full answer by one call is what three calls answer", () => {
    const build = openBuild(name);
    const [one, three, told] = [build.alloc(build.x.gcraSize()), build.alloc(build.x.gcraSize()), build.alloc(16)];
    const numbers = new Float64Array(build.memory.buffer, told, 2);
    fc.assert(
      fc.property(rates, steps, fc.nat(2 ** 40), fc.constantFrom(0, -1, Number.NaN), (rate, program, startUs, odd) => {
        for (const at of [one, three]) build.x.gcraInit(at, rate.limit, rate.periodUs, rate.burst, rate.burst);
        let nowUs = startUs;
        for (const [i, { share, weight: usual }] of program.entries()) {
          nowUs += Math.floor((share * rate.periodUs) / rate.limit);
          const weight = i % 5 === 4 ? odd : usual;
          expect(build.x.gcraCheck(one, weight, nowUs, told)).toBe(build.x.gcraTryAcquire(three, weight, nowUs));
          expect([...numbers]).toEqual([build.x.gcraRemaining(three, nowUs), build.x.gcraResetAfter(three, nowUs)]);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("starts with what it is told to start with", () => {
    fc.assert(
      fc.property(rates, fc.nat(1_000), fc.nat(2 ** 50), (rate, initial, nowUs) => {
        fc.pre(initial <= rate.burst);
        const build = openBuild(name, 1);
        const at = limiter(build, rate.limit, rate.periodUs, rate.burst, initial);
        expect(build.x.gcraRemaining(at, nowUs)).toBe(initial);
        expect(build.x.gcraTryAcquire(at, rate.burst, nowUs)).toBe(
          new TokenBucketTwin(rate, initial).take(rate.burst, nowUs),
        );
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    [3, 1_000_000],
    [7, 1_000_000],
    [3_000_000, 1_000_000],
    [1_009, 60_000_000],
  ])("counts every permit: %d in %d µs, at thousands of irregular instants", (limit, periodUs) => {
    const build = openBuild(name, 1);
    const at = limiter(build, limit, periodUs, 10);
    const startUs = 12_345;
    let admitted = 0;
    // Sampled: emptied at irregular instants that are close enough for the bucket never to run over.
    const stepUs = Math.max(1, Math.floor((5 * periodUs) / limit));
    const samples = 2_000;
    let nowUs = startUs;
    const drain = (): void => {
      while (build.x.gcraTryAcquire(at, 1, nowUs) === 0) admitted++;
    };
    for (let i = 0; i < samples; i++) {
      drain();
      nowUs += 1 + ((i * 7_919) % stepUs);
    }
    drain();
    const elapsedUs = nowUs - startUs;
    expect(admitted).toBe(10 + Math.floor((elapsedUs * limit) / periodUs));
  });

  test("does not drift at 3/s, 7/s and 3,000,000/s over 10^9 µs", () => {
    for (const limit of [3, 7, 3_000_000]) {
      const build = openBuild(name, 1);
      const burst = limit * 10;
      const at = limiter(build, limit, 1_000_000, burst);
      let admitted = 0;
      for (let nowUs = 1; nowUs <= 1_000_000_001; nowUs += 1_000_000 * 0.5) {
        const there = build.x.gcraRemaining(at, nowUs);
        if (there > 0 && build.x.gcraTryAcquire(at, there, nowUs) === 0) admitted += there;
      }
      expect(admitted).toBe(burst + limit * 1_000);
    }
  });

  test("the wait that it tells is enough, and a tick less is not", () => {
    fc.assert(
      fc.property(rates, fc.nat(2 ** 30), fc.integer({ min: 1, max: 1_000 }), (rate, nowUs, weight) => {
        fc.pre(weight <= rate.burst);
        const build = openBuild(name, 1);
        const at = limiter(build, rate.limit, rate.periodUs, rate.burst);
        build.x.gcraTryAcquire(at, rate.burst, nowUs);
        const waitUs = build.x.gcraPeek(at, weight, nowUs);
        expect(waitUs).toBeGreaterThan(0);
        expect(build.x.gcraPeek(at, weight, nowUs + waitUs - 1 / 1024)).toBeGreaterThan(0);
        expect(build.x.gcraTryAcquire(at, weight, nowUs + waitUs)).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  test("a clock that steps back grants nothing and costs at most one window", () => {
    fc.assert(
      fc.property(
        rates,
        fc.nat(2 ** 40),
        fc.nat(2 ** 40),
        fc.integer({ min: 0, max: 1_000 }),
        (rate, nowUs, backUs, used) => {
          fc.pre(used <= rate.burst);
          const build = openBuild(name, 1);
          const at = limiter(build, rate.limit, rate.periodUs, rate.burst);
          build.x.gcraTryAcquire(at, used, nowUs);
          const then = Math.max(0, nowUs - backUs);
          expect(build.x.gcraRemaining(at, then)).toBeLessThanOrEqual(build.x.gcraRemaining(at, nowUs));
          const windowUs = (rate.burst * rate.periodUs) / rate.limit;
          expect(build.x.gcraResetAfter(at, then)).toBeLessThanOrEqual(windowUs + 1);
          build.x.gcraTryAcquire(at, rate.burst, then);
          expect(build.x.gcraTryAcquire(at, rate.burst, then + windowUs + 1)).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("a suspend of hours fills the bucket once", () => {
    const build = openBuild(name, 1);
    const at = limiter(build, 10, 1_000_000, 10);
    expect(build.x.gcraTryAcquire(at, 10, 5)).toBe(0);
    expect(build.x.gcraRemaining(at, 5 + 8 * 3_600_000_000)).toBe(10);
    expect(build.x.gcraTryAcquire(at, 11, 5 + 8 * 3_600_000_000)).toBe(Number.POSITIVE_INFINITY);
  });

  test("odd weights and times have defined results", () => {
    const build = openBuild(name, 1);
    const at = limiter(build, 10, 1_000_000, 10);
    expect(build.x.gcraTryAcquire(at, 0, 0)).toBe(0);
    expect(build.x.gcraTryAcquire(at, -1, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(build.x.gcraTryAcquire(at, Number.NaN, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(build.x.gcraTryAcquire(at, Number.POSITIVE_INFINITY, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(build.x.gcraTryAcquire(at, 1e300, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(build.x.gcraRemaining(at, 0)).toBe(10);
    expect(build.x.gcraTryAcquire(at, 1.5, Number.NaN)).toBe(0);
    expect(build.x.gcraRemaining(at, -5)).toBe(8);
    expect(build.x.gcraRemaining(at, Number.NEGATIVE_INFINITY)).toBe(8);
    expect(build.x.gcraTryAcquire(at, 10, Number.POSITIVE_INFINITY)).toBe(0);
    expect(build.x.gcraTryAcquire(at, 1, Number.POSITIVE_INFINITY)).toBe(100_000);
  });

  test("a refund is never more than was used", () => {
    const build = openBuild(name, 1);
    const at = limiter(build, 10, 1_000_000, 10);
    build.x.gcraTryAcquire(at, 4, 7);
    build.x.gcraRefund(at, 1, 7);
    expect(build.x.gcraRemaining(at, 7)).toBe(7);
    for (const weight of [Number.NaN, -3, 0]) build.x.gcraRefund(at, weight, 7);
    expect(build.x.gcraRemaining(at, 7)).toBe(7);
    build.x.gcraRefund(at, 1e300, 7);
    expect(build.x.gcraRemaining(at, 7)).toBe(10);
    expect(build.x.gcraResetAfter(at, 7)).toBe(0);
  });

  test("bookings queue up, and only the latest can be given back", () => {
    const build = openBuild(name, 1);
    const at = limiter(build, 10, 1_000_000, 1);
    expect(build.x.gcraReserve(at, 1, 0, 1e9)).toBe(0);
    expect(build.x.gcraReserve(at, 1, 0, 1e9)).toBe(100_000);
    expect(build.x.gcraReserve(at, 1, 0, 1e9)).toBe(200_000);
    expect(build.x.gcraReserve(at, 1, 0, 250_000)).toBe(Number.POSITIVE_INFINITY);
    expect(build.x.gcraCancelReservation(at, 1, 100_000, 10_000)).toBe(0);
    expect(build.x.gcraCancelReservation(at, 1, 200_000, 10_000)).toBe(1);
    expect(build.x.gcraReserve(at, 1, 10_000, 1e9)).toBe(190_000);
    expect(build.x.gcraTryAcquire(at, 1, 299_999)).toBe(1);
    expect(build.x.gcraTryAcquire(at, 1, 300_000)).toBe(0);
  });

  test("a changed rate keeps the degree of filling", () => {
    const build = openBuild(name, 1);
    const at = limiter(build, 10, 1_000_000, 10);
    build.x.gcraTryAcquire(at, 5, 50);
    expect(build.x.gcraConfigure(at, 1_000, 60_000_000, 100, 50)).toBe(0);
    expect(build.x.gcraRemaining(at, 50)).toBe(50);
    expect(build.x.gcraConfigure(at, 0, 1, 1, 50)).toBe(1);
    expect(build.x.gcraRemaining(at, 50)).toBe(50);
    const fresh = limiter(build, 10, 1_000_000, 10, 2);
    expect(build.x.gcraConfigure(fresh, 20, 1_000_000, 20, 50)).toBe(0);
    expect(build.x.gcraRemaining(fresh, 90)).toBe(4);
  });

  test.runIf("gcraAdopt" in openBuild(name, 1).x)(
    "a rate that is taken over from another limiter is as one that is set",
    () => {
      const build = openBuild(name, 1);
      const [set, adopted, model] = [0, 1, 2].map(() => build.alloc(build.x.gcraSize())) as [number, number, number];
      const rate = fc.record({
        limit: fc.integer({ min: 1, max: 300_000 }),
        periodUs: fc.integer({ min: 1_000, max: 3_600_000_000 }),
        burst: fc.integer({ min: 1, max: 1_000 }),
      });
      fc.assert(
        fc.property(rate, rate, fc.nat(2_000), fc.nat(10_000_000), (from, to, weight, nowUs) => {
          for (const at of [set, adopted]) {
            fc.pre(build.x.gcraInit(at, from.limit, from.periodUs, from.burst, from.burst) === 0);
            build.x.gcraTryAcquire(at, weight % from.burst || 1, nowUs);
          }
          fc.pre(build.x.gcraInit(model, to.limit, to.periodUs, to.burst, to.burst) === 0);
          expect(build.x.gcraConfigure(set, to.limit, to.periodUs, to.burst, nowUs + 5)).toBe(0);
          build.x.gcraAdopt(adopted, model, nowUs + 5);
          // All but the count of changes, which only the one for threads keeps.
          expect(build.bytes(adopted, 56)).toEqual(build.bytes(set, 56));
        }),
      );
    },
  );

  test("rates that cannot be counted are refused, the others are within 2^-18", () => {
    const build = openBuild(name, 1);
    const at = build.alloc(build.x.gcraSize());
    const bad: [number, number, number][] = [
      [0, 1_000_000, 1],
      [-1, 1_000_000, 1],
      [Number.NaN, 1_000_000, 1],
      [1, 0, 1],
      [1, Number.NaN, 1],
      [1, 1e20, 1],
      [1, 1_000_000, 0],
      [1, 1_000_000, 2 ** 33],
      [2 ** 52, 1, 1],
      [1, 3e13, 2 ** 32 - 1],
    ];
    for (const [limit, periodUs, burst] of bad) expect(build.x.gcraInit(at, limit, periodUs, burst, 1)).toBe(1);
    expect(build.x.gcraInit(at, 1, 1_000_000, 5, 6)).toBe(1);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), fc.integer({ min: 1, max: 2 ** 40 }), (limit, periodUs) => {
        fc.pre(build.x.gcraInit(at, limit, periodUs, 1, 1) === 0);
        build.x.gcraTryAcquire(at, 1, 0);
        const costUs = build.x.gcraResetAfter(at, 0);
        const wanted = periodUs / limit;
        expect(Math.abs(costUs - wanted)).toBeLessThanOrEqual(wanted * 2 ** -18 + 1 / 1024);
      }),
      { numRuns: 300 },
    );
  });

  test("a snapshot holds in another memory, on another clock", () => {
    fc.assert(
      fc.property(rates, steps, fc.nat(2 ** 40), fc.nat(2 ** 40), (rate, program, startUs, otherUs) => {
        const [one, two] = [openBuild(name, 1), openBuild(name, 1)];
        const at = limiter(one, rate.limit, rate.periodUs, rate.burst);
        const into = limiter(two, rate.limit, rate.periodUs, rate.burst);
        const [first, second] = [program.slice(0, program.length >> 1), program.slice(program.length >> 1)];
        let nowUs = startUs;
        for (const { share, weight } of first) {
          nowUs += Math.floor((share * rate.periodUs) / rate.limit);
          one.x.gcraTryAcquire(at, weight, nowUs);
        }
        const size = one.x.snapshotSize(at);
        const [to, from] = [one.alloc(size), two.alloc(size)];
        one.x.gcraSave(at, to, nowUs);
        two.bytes(from, size).set(one.bytes(to, size));
        expect(two.x.gcraLoad(into, from, otherUs)).toBe(0);
        for (const { share, weight } of second) {
          const step = Math.floor((share * rate.periodUs) / rate.limit);
          nowUs += step;
          otherUs += step;
          expect(two.x.gcraTryAcquire(into, weight, otherUs)).toBe(one.x.gcraTryAcquire(at, weight, nowUs));
        }
      }),
      { numRuns: 60 },
    );
  });
});

test("all builds give the same results and the same bytes, whatever they are given", () => {
  const oddTime = fc.oneof(
    fc.double({ min: 0, max: 1e9, noNaN: true }),
    fc.double(),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 2 ** 53, 1e300),
  );
  const oddWeight = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.double(), fc.constant(Number.NaN));
  const operation = fc.record({ what: fc.nat(7), weight: oddWeight, now: oddTime, more: oddTime });
  fc.assert(
    fc.property(
      fc.record({ limit: fc.double({ min: 0.1, max: 1e7 }), period: oddTime, burst: fc.nat(50) }),
      fc.array(operation, { maxLength: 30 }),
      (rate, program) => {
        const transcripts = openBuilds(1).map(({ x, alloc, bytes }) => {
          const at = alloc(x.gcraSize());
          const said: unknown[] = [x.gcraInit(at, rate.limit, rate.period, rate.burst, rate.burst)];
          if (said[0] !== 0) return said;
          for (const { what, weight, now, more } of program) {
            if (what === 0) said.push(x.gcraPeek(at, weight, now));
            else if (what === 1) said.push(x.gcraRemaining(at, now));
            else if (what === 2) said.push(x.gcraResetAfter(at, now));
            else if (what === 3) x.gcraRefund(at, weight, now);
            else if (what === 4) said.push(x.gcraReserve(at, weight, now, more));
            else if (what === 5) said.push(x.gcraCancelReservation(at, weight, more, now));
            else if (what === 6) said.push(x.gcraConfigure(at, weight, more, 3, now));
            else said.push(x.gcraTryAcquire(at, weight, now));
          }
          return [...said, ...bytes(at, x.gcraSize())];
        });
        for (const transcript of transcripts) expect(transcript).toEqual(transcripts[0]);
      },
    ),
    { numRuns: 300 },
  );
});
