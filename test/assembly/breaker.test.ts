/** The breaker's state machine against a twin that keeps every result, in every build. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BreakerTwin, type BreakerTwinOptions, type TwinPermit } from "../twins/breaker.js";
import { type Build, buildNames, openBuild, openBuilds } from "./builds.js";

const us = 1024n;
const kinds = ["consecutive", "count", "time"] as const;

const configurations: fc.Arbitrary<BreakerTwinOptions> = fc
  .record({
    kind: fc.constantFrom(...kinds),
    size: fc.integer({ min: 1, max: 8 }),
    sliceUs: fc.integer({ min: 1, max: 50 }),
    failureRate: fc.constantFrom(0, 1, 250_000, 333_333, 500_000, 1_000_000),
    slowRate: fc.constantFrom(0, 0, 250_000, 500_000),
    slowAfterUs: fc.integer({ min: 0, max: 30 }),
    minimum: fc.integer({ min: 1, max: 6 }),
    permits: fc.integer({ min: 1, max: 3 }),
    successes: fc.integer({ min: 1, max: 4 }),
    maxWaitUs: fc.integer({ min: 1, max: 60 }),
    openUs: fc.integer({ min: 0, max: 40 }),
    openMostUs: fc.integer({ min: 40, max: 200 }),
    openFactor: fc.constantFrom(65_536n, 98_304n, 131_072n),
    openJitter: fc.constantFrom(0n, 0n, 32_768n, 65_536n),
    seed: fc.nat(),
  })
  .map((o) => ({
    kind: o.kind,
    size: o.size,
    sliceTicks: BigInt(o.sliceUs) * us,
    failureRate: o.kind !== "consecutive" && o.slowRate === 0 && o.failureRate === 0 ? 500_000 : o.failureRate,
    slowRate: o.slowRate,
    slowAfter: BigInt(o.slowAfterUs) * us,
    minimumCalls: o.kind === "count" ? Math.min(o.minimum, o.size) : o.minimum,
    permits: o.permits,
    successes: o.successes,
    maxWait: BigInt(o.maxWaitUs) * us,
    open: BigInt(o.openUs) * us,
    openMost: BigInt(o.openMostUs) * us,
    openFactor: o.openFactor,
    openJitter: o.openJitter,
    seed: o.seed,
  }));

/** Mostly calls and their results; now and then somebody turns a switch or the clock steps back. */
const operations = fc.array(
  fc.record({
    what: fc.constantFrom("acquire", "acquire", "acquire", "settle", "settle", "settle", "read", "force"),
    stepUs: fc.oneof(
      { weight: 12, arbitrary: fc.integer({ min: 0, max: 40 }) },
      { weight: 1, arbitrary: fc.constantFrom(500, 70_000, -20, -3_000_000) },
    ),
    which: fc.nat(),
    outcome: fc.constantFrom(0, 0, 1, 1, 2),
    spanUs: fc.integer({ min: -1, max: 60 }),
    state: fc.constantFrom(0, 3, 4),
  }),
  { maxLength: 80 },
);

const usOf = (ticks: bigint): number => Number(ticks) / 1024;

function init(build: Build, o: BreakerTwinOptions, at?: number): number {
  const kind = kinds.indexOf(o.kind);
  const to = at ?? build.alloc(build.x.breakerSize(kind, o.size));
  const status = build.x.breakerInit(
    to,
    kind,
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
  return to;
}

describe.each(buildNames)("%s", (name) => {
  test("decides like the twin that keeps every result", () => {
    const build = openBuild(name, 1);
    const at = build.alloc(8_192);
    fc.assert(
      fc.property(configurations, operations, (options, program) => {
        init(build, options, at);
        const { x } = build;
        const twin = new BreakerTwin(options);
        const open: { permit: number; twin: TwinPermit }[] = [];
        let nowUs = 10_000_000_000;
        for (const { what, stepUs, which, outcome, spanUs, state } of program) {
          nowUs += stepUs;
          const now = BigInt(nowUs) * us;
          if (what === "acquire") {
            const quick = x.breakerAcquireClosed(at);
            const permit = x.breakerTryAcquire(at, nowUs);
            const expected = twin.tryAcquire(now);
            expect(permit >= 0).toBe(expected !== undefined);
            // The answer without a time is the same, or that it needs one.
            if (quick !== -2) expect(quick).toBe(permit);
            if (expected !== undefined) open.push({ permit, twin: expected });
          } else if (what === "settle" && open.length > 0) {
            const [call] = open.splice(which % open.length, 1);
            const span = BigInt(spanUs) * us;
            const spanGiven = spanUs < 0 ? Number.NaN : spanUs;
            const early = x.breakerSettle(at, call!.permit, outcome, spanGiven, Number.NaN);
            const flags = early === -1 ? x.breakerSettle(at, call!.permit, outcome, spanGiven, nowUs) : early;
            expect(flags).toBe(twin.settle(call!.twin, outcome, span, now));
          } else if (what === "force") {
            x.breakerForce(at, state, nowUs);
            twin.force(state, now);
          } else if (what === "read") {
            expect(x.breakerState(at, nowUs)).toBe(twin.state(now));
            expect([0, 1, 2].map((reading) => x.breakerRead(at, reading, nowUs))).toEqual(twin.readings(now));
            const wait = twin.retryAfter(now);
            expect(x.breakerRetryAfter(at, nowUs)).toBe(wait < 0n ? Number.POSITIVE_INFINITY : usOf(wait));
          }
          expect(x.breakerState(at, nowUs)).toBe(twin.state(now));
          expect(x.breakerRead(at, 5, nowUs)).toBe(twin.generation);
        }
      }),
      { numRuns: 400 },
    );
  });

  const simple: BreakerTwinOptions = {
    kind: "count",
    size: 4,
    sliceTicks: 0n,
    failureRate: 500_000,
    slowRate: 0,
    slowAfter: 0n,
    minimumCalls: 4,
    permits: 1,
    successes: 1,
    maxWait: 1_000n * us,
    open: 100n * us,
    openMost: 100n * us,
    openFactor: 65_536n,
    openJitter: 0n,
    seed: 1,
  };

  test("without a time, a result that would open changes nothing", () => {
    const build = openBuild(name, 1);
    const at = init(build, simple);
    const { x } = build;
    for (const outcome of [0, 0, 1])
      expect(x.breakerSettle(at, x.breakerAcquireClosed(at), outcome, Number.NaN, Number.NaN)).toBe(0);
    const before = build.bytes(at, x.breakerSize(1, 4)).slice();
    const permit = x.breakerAcquireClosed(at);
    expect(x.breakerSettle(at, permit, 1, Number.NaN, Number.NaN)).toBe(-1);
    expect(build.bytes(at, x.breakerSize(1, 4)).slice()).toEqual(before);
    expect(x.breakerSettle(at, permit, 1, Number.NaN, 5)).toBe(1);
    expect(x.breakerState(at, 5)).toBe(1);
  });

  test("rates count at equality: 3 failures of 10 reach 0.3", () => {
    const build = openBuild(name, 1);
    const at = init(build, { ...simple, size: 10, minimumCalls: 10, failureRate: 300_000 });
    const { x } = build;
    for (const outcome of [1, 1, 0, 0, 0, 0, 0, 0, 0]) x.breakerSettle(at, x.breakerAcquireClosed(at), outcome, 0, 1);
    expect(x.breakerState(at, 1)).toBe(0);
    expect(x.breakerSettle(at, x.breakerAcquireClosed(at), 1, 0, 1)).toBe(1);
  });

  test("a probe that never comes back opens the breaker again", () => {
    const build = openBuild(name, 1);
    const at = init(build, { ...simple, minimumCalls: 1 });
    const { x } = build;
    x.breakerSettle(at, x.breakerTryAcquire(at, 0), 1, 0, 0);
    const probe = x.breakerTryAcquire(at, 100);
    expect(probe).toBeGreaterThan(0);
    expect(x.breakerTryAcquire(at, 101)).toBe(-1);
    expect(x.breakerRetryAfter(at, 101)).toBe(Number.POSITIVE_INFINITY);
    expect(x.breakerState(at, 1_099)).toBe(2);
    expect(x.breakerState(at, 1_100)).toBe(1);
    // Open from the instant at which the wait was over, not from the one at which somebody looked.
    expect(x.breakerRetryAfter(at, 1_150)).toBe(50);
    expect(x.breakerSettle(at, probe, 0, 1_000, 1_160)).toBe(2);
    expect(x.breakerState(at, 1_160)).toBe(1);
  });

  test("open times can be planned by the caller", () => {
    const build = openBuild(name, 1);
    const at = init(build, { ...simple, minimumCalls: 1 });
    const { x } = build;
    x.breakerOpenFor(at, 77, 0);
    expect(x.breakerRetryAfter(at, 0)).toBe(0);
    x.breakerSettle(at, x.breakerTryAcquire(at, 0), 1, 0, 0);
    x.breakerOpenFor(at, 77, 10);
    expect(x.breakerRetryAfter(at, 10)).toBe(77);
    expect(x.breakerTryAcquire(at, 87)).toBeGreaterThan(0);
  });

  test("numbers out of range make no breaker", () => {
    const build = openBuild(name, 1);
    const { x } = build;
    expect(x.breakerSize(1, 0)).toBe(0);
    expect(x.breakerSize(1, 2 ** 18 + 1)).toBe(0);
    expect(x.breakerSize(2, 4_097)).toBe(0);
    const at = build.alloc(8_192);
    const good = [1, 4, 0, 0.5, 0, 0, 4, 1, 1, 10, 5, 5, 1, 0, 1] as const;
    const tryInit = (changes: Record<number, number>): number =>
      x.breakerInit(at, ...(good.map((value, index) => changes[index] ?? value) as unknown as typeof good));
    expect(tryInit({})).toBe(0);
    const bad: Record<number, number>[] = [
      { 0: 3 },
      { 1: 0 },
      { 0: 2, 2: 0 },
      { 3: 0 },
      { 3: 1.5 },
      { 4: 2 },
      { 6: 0 },
      { 6: 5 },
      { 7: 0 },
      { 8: 0 },
      { 9: 0 },
      { 10: 9 },
      { 11: 1e30 },
      { 12: 0.5 },
      { 12: 300 },
      { 13: 1.5 },
    ];
    for (const changes of bad) expect(tryInit(changes), JSON.stringify(changes)).toBe(1);
  });

  test("a snapshot goes on in another memory, on another clock", () => {
    fc.assert(
      fc.property(configurations, operations, fc.nat(2 ** 30), (options, program, otherUs) => {
        const [one, two] = [openBuild(name, 1), openBuild(name, 1)];
        const [at, into] = [init(one, options), init(two, options)];
        let nowUs = 5_000_000;
        const half = program.length >> 1;
        for (const { stepUs, outcome, spanUs } of program.slice(0, half)) {
          nowUs += Math.max(0, stepUs);
          const permit = one.x.breakerTryAcquire(at, nowUs);
          if (permit >= 0) one.x.breakerSettle(at, permit, outcome, spanUs, nowUs);
        }
        const size = one.x.snapshotSize(at);
        const [to, from] = [one.alloc(size), two.alloc(size)];
        // Good probes so far are not kept: half-open is loaded as open.
        fc.pre(one.x.breakerRead(at, 4, nowUs) === 0);
        one.x.breakerSave(at, to, nowUs);
        two.bytes(from, size).set(one.bytes(to, size));
        expect(two.x.breakerLoad(into, from, otherUs)).toBe(0);
        for (const { stepUs, outcome, spanUs } of program.slice(half)) {
          nowUs += Math.max(0, stepUs);
          otherUs += Math.max(0, stepUs);
          const [here, there] = [one.x.breakerTryAcquire(at, nowUs), two.x.breakerTryAcquire(into, otherUs)];
          expect(there >= 0).toBe(here >= 0);
          if (here < 0) continue;
          const flags = one.x.breakerSettle(at, here, outcome, spanUs, nowUs);
          expect(two.x.breakerSettle(into, there, outcome, spanUs, otherUs)).toBe(flags);
          expect(two.x.breakerRetryAfter(into, otherUs)).toBe(one.x.breakerRetryAfter(at, nowUs));
        }
      }),
      { numRuns: 60 },
    );
  });

  test("half-open is loaded as open with no time left, and old permits are stale", () => {
    const build = openBuild(name, 1);
    const at = init(build, { ...simple, minimumCalls: 1 });
    const { x } = build;
    x.breakerSettle(at, x.breakerTryAcquire(at, 0), 1, 0, 0);
    const probe = x.breakerTryAcquire(at, 100);
    const to = build.alloc(x.snapshotSize(at));
    x.breakerSave(at, to, 100);
    expect(x.breakerLoad(at, to, 7)).toBe(0);
    expect(x.breakerSettle(at, probe, 0, 0, 8)).toBe(2);
    expect(x.breakerTryAcquire(at, 8)).toBeGreaterThan(probe);
  });
});

test("all builds give the same answers and the same bytes, whatever the time is", () => {
  const odd = fc.oneof(
    fc.double({ min: 0, max: 500, noNaN: true }),
    fc.double(),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -7, 0, 2 ** 60),
  );
  fc.assert(
    fc.property(
      configurations,
      fc.array(fc.record({ what: fc.nat(6), outcome: fc.nat(3), span: odd, now: odd }), { maxLength: 40 }),
      (options, program) => {
        const transcripts = openBuilds(1).map((build) => {
          const at = init(build, options);
          const { x } = build;
          const said: number[] = [];
          let permit = 0;
          for (const { what, outcome, span, now } of program) {
            if (what < 2) said.push((permit = x.breakerTryAcquire(at, now)));
            else if (what < 4) said.push(x.breakerSettle(at, permit, outcome, span, now));
            else if (what === 4) said.push(x.breakerState(at, now), x.breakerRetryAfter(at, now));
            else if (what === 5) x.breakerOpenFor(at, span, now);
            else said.push(x.breakerRead(at, outcome, now));
          }
          return [...said, ...build.bytes(at, x.snapshotSize(at) - 8)];
        });
        for (const transcript of transcripts) expect(transcript).toEqual(transcripts[0]);
      },
    ),
    { numRuns: 200 },
  );
});
