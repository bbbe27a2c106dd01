/** Fixed window, sliding-window counter and sliding log against twins that keep every call, in every build. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FixedWindowTwin, SlidingLogTwin, SlidingWindowCounterTwin, type WindowTwin } from "../twins/windows.js";
import { type Build, type BuildName, buildsWith, openBuild, openBuilds } from "./builds.js";

const usOf = (ticks: bigint): number => (ticks < 0n ? Number.POSITIVE_INFINITY : Number(ticks) / 1024);
const never = Number.POSITIVE_INFINITY;

/** One kind of window under one face. */
interface Kind {
  readonly name: string;
  readonly builds: readonly BuildName[];
  twin(limit: number, length: bigint): WindowTwin;
  make(build: Build, limit: number, lengthUs: number): number;
  take(build: Build, at: number, weight: number, nowUs: number): number;
  peek(build: Build, at: number, weight: number, nowUs: number): number;
  remaining(build: Build, at: number, nowUs: number): number;
  resetAfter(build: Build, at: number, nowUs: number): number;
  refund(build: Build, at: number, weight: number, nowUs: number): void;
  configure(build: Build, at: number, limit: number, lengthUs: number, nowUs: number): number;
  save(build: Build, at: number, to: number, nowUs: number): void;
  load(build: Build, at: number, from: number, nowUs: number): number;
  /** The longest that it takes until everything is there again, in windows. */
  readonly windows: number;
}

function counter(kind: 0 | 1, name: string, twin: Kind["twin"]): Kind {
  return {
    name,
    builds: buildsWith("windowCounterInit"),
    twin,
    make({ x, alloc }, limit, lengthUs) {
      const at = alloc(x.windowCounterSize());
      expect(x.windowCounterInit(at, kind, limit, lengthUs)).toBe(0);
      return at;
    },
    take: ({ x }, at, weight, nowUs) => x.windowCounterTryAcquire(at, weight, nowUs),
    peek: ({ x }, at, weight, nowUs) => x.windowCounterPeek(at, weight, nowUs),
    remaining: ({ x }, at, nowUs) => x.windowCounterRemaining(at, nowUs),
    resetAfter: ({ x }, at, nowUs) => x.windowCounterResetAfter(at, nowUs),
    refund: ({ x }, at, weight, nowUs) => x.windowCounterRefund(at, weight, nowUs),
    configure: ({ x }, at, limit, lengthUs, nowUs) => x.windowCounterConfigure(at, limit, lengthUs, nowUs),
    save: ({ x }, at, to, nowUs) => x.windowCounterSave(at, to, nowUs),
    load: ({ x }, at, from, nowUs) => x.windowCounterLoad(at, from, nowUs),
    windows: kind + 1,
  };
}

const fixed = counter(0, "fixed window", (limit, length) => new FixedWindowTwin(limit, length));
const sliding = counter(1, "sliding-window counter", (limit, length) => new SlidingWindowCounterTwin(limit, length));

const log: Kind = {
  name: "sliding log",
  builds: buildsWith("slidingLogInit"),
  twin: (limit, length) => new SlidingLogTwin(limit, length),
  make({ x, alloc }, limit, lengthUs) {
    const at = alloc(x.slidingLogSize(limit));
    expect(x.slidingLogInit(at, limit, lengthUs)).toBe(0);
    return at;
  },
  take: ({ x }, at, weight, nowUs) => x.slidingLogTryAcquire(at, weight, nowUs),
  peek: ({ x }, at, weight, nowUs) => x.slidingLogPeek(at, weight, nowUs),
  remaining: ({ x }, at, nowUs) => x.slidingLogRemaining(at, nowUs),
  resetAfter: ({ x }, at, nowUs) => x.slidingLogResetAfter(at, nowUs),
  refund: ({ x }, at, weight, nowUs) => x.slidingLogRefund(at, weight, nowUs),
  configure: ({ x }, at, limit, lengthUs, nowUs) => x.slidingLogConfigure(at, limit, lengthUs, nowUs),
  save: ({ x }, at, to, nowUs) => x.slidingLogSave(at, to, nowUs),
  load: ({ x }, at, from, nowUs) => x.slidingLogLoad(at, from, nowUs),
  windows: 1,
};

const cases = [fixed, sliding, log].flatMap((kind) => kind.builds.map((name) => ({ title: kind.name, name, kind })));

const limits = fc.integer({ min: 1, max: 30 });
const lengths = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constantFrom(1_000, 1_000_000, 3_600_000_000));
/** Steps of up to a window and a half, in shares of it. */
const program = fc.array(
  fc.record({
    share: fc.oneof(
      fc.constant(0),
      fc.double({ min: 0, max: 0.3, noNaN: true }),
      fc.double({ min: 0, max: 1.5, noNaN: true }),
    ),
    weight: fc.integer({ min: 1, max: 12 }),
    refund: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 5 }) },
    ),
  }),
  { minLength: 1, maxLength: 40 },
);

describe.each(cases)("$title, $name", ({ name, kind }) => {
  test("decides like a twin that keeps every call, with the same waits", () => {
    fc.assert(
      fc.property(limits, lengths, program, fc.nat(2 ** 40), (limit, lengthUs, steps, startUs) => {
        const build = openBuild(name, 1);
        const at = kind.make(build, limit, lengthUs);
        const twin = kind.twin(limit, BigInt(lengthUs) * 1024n);
        let nowUs = startUs;
        for (const { share, weight, refund } of steps) {
          nowUs += Math.floor(share * lengthUs);
          const now = BigInt(nowUs) * 1024n;
          if (refund > 0) {
            kind.refund(build, at, refund, nowUs);
            twin.refund(refund, now);
          }
          expect(kind.peek(build, at, weight, nowUs)).toBe(usOf(twin.peek(weight, now)));
          expect(kind.take(build, at, weight, nowUs)).toBe(usOf(twin.take(weight, now)));
          expect(kind.remaining(build, at, nowUs)).toBe(twin.remaining(now));
          expect(kind.resetAfter(build, at, nowUs)).toBe(usOf(twin.resetAfter(now)));
        }
      }),
      { numRuns: 100 },
    );
  });

  test("the wait that it tells is enough, and a tick less is not", () => {
    const build = openBuild(name, 1);
    const at = kind.make(build, 10, 1_000);
    for (const [weight, nowUs] of [
      [7, 5_100],
      [3, 5_900],
      [4, 6_300],
      [2, 6_301],
    ] as const) {
      const waitUs = kind.take(build, at, weight, nowUs);
      if (waitUs === 0) continue;
      expect(kind.peek(build, at, weight, nowUs + waitUs)).toBe(0);
      expect(kind.peek(build, at, weight, nowUs + waitUs - 1 / 1024)).toBeGreaterThan(0);
    }
  });

  test("a clock that steps back grants nothing, and costs what the windows last", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.nat(2 ** 40), fc.nat(2 ** 40), (used, nowUs, backUs) => {
        const build = openBuild(name, 1);
        const at = kind.make(build, 10, 1_000_000);
        kind.take(build, at, used, nowUs);
        const thenUs = Math.max(0, nowUs - backUs);
        expect(kind.remaining(build, at, thenUs)).toBeLessThanOrEqual(10 - used);
        kind.take(build, at, 10, thenUs);
        // A log counts a step of less than a second as no time passed.
        const slackUs = kind === log ? 1_000_000 : 125_000;
        expect(kind.take(build, at, 10, thenUs + kind.windows * 1_000_000 + slackUs)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test("a suspend of hours makes everything free once", () => {
    const build = openBuild(name, 1);
    const at = kind.make(build, 10, 1_000_000);
    expect(kind.take(build, at, 10, 5)).toBe(0);
    expect(kind.take(build, at, 10, 5 + 8 * 3_600_000_000)).toBe(0);
    expect(kind.remaining(build, at, 5 + 8 * 3_600_000_000)).toBe(0);
  });

  test("odd weights and times have defined results", () => {
    const build = openBuild(name, 1);
    const at = kind.make(build, 10, 1_000_000);
    expect(kind.take(build, at, 0, 0)).toBe(0);
    for (const weight of [-1, Number.NaN, never, 1e300, 11]) {
      expect(kind.take(build, at, weight, 0)).toBe(never);
      expect(kind.peek(build, at, weight, 0)).toBe(never);
    }
    expect(kind.take(build, at, 1.5, Number.NaN)).toBe(0);
    expect(kind.remaining(build, at, -5)).toBe(8);
    for (const weight of [Number.NaN, -3, 0]) kind.refund(build, at, weight, 0);
    expect(kind.remaining(build, at, Number.NEGATIVE_INFINITY)).toBe(8);
    expect(kind.take(build, at, 10, never)).toBe(0);
    expect(kind.take(build, at, 1, never)).toBeGreaterThan(0);
    kind.refund(build, at, 1e300, never);
    expect(kind.remaining(build, at, never)).toBe(10);
    expect(kind.resetAfter(build, at, never)).toBe(0);
  });

  test("a snapshot holds in another memory, on another clock", () => {
    fc.assert(
      fc.property(
        limits,
        program,
        program,
        fc.nat(2 ** 40),
        fc.nat(2 ** 40),
        (limit, first, second, startUs, otherUs) => {
          const [one, two] = [openBuild(name, 1), openBuild(name, 1)];
          const lengthUs = 10_000;
          const at = kind.make(one, limit, lengthUs);
          const into = kind.make(two, limit, lengthUs);
          let [nowUs, thereUs] = [startUs, otherUs];
          for (const { share, weight } of first) kind.take(one, at, weight, (nowUs += Math.floor(share * lengthUs)));
          const size = one.x.snapshotSize(at);
          const [to, from] = [one.alloc(size), two.alloc(size)];
          kind.save(one, at, to, nowUs);
          two.bytes(from, size).set(one.bytes(to, size));
          expect(kind.load(two, into, from, thereUs)).toBe(0);
          for (const { share, weight } of second) {
            const stepUs = Math.floor(share * lengthUs);
            nowUs += stepUs;
            thereUs += stepUs;
            expect(kind.take(two, into, weight, thereUs)).toBe(kind.take(one, at, weight, nowUs));
          }
          two.bytes(from, size)[size - 12]! ^= 1;
          expect(kind.load(two, into, from, thereUs)).toBe(3);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("refuses limits and windows out of range, and changes nothing", () => {
    const build = openBuild(name, 1);
    const at = kind.make(build, 10, 1_000_000);
    kind.take(build, at, 4, 5);
    for (const [limit, lengthUs] of [
      [0, 1],
      [2 ** 40, 1],
      [5, 0],
      [5, Number.NaN],
      [5, 2 ** 50],
    ] as const) {
      expect(kind.configure(build, at, limit, lengthUs, 5)).toBe(1);
    }
    expect(kind.remaining(build, at, 5)).toBe(6);
  });
});

test.each(buildsWith("slidingLogInit"))("a permit of a log is back after one window, not a tick later, %s", (name) => {
  const build = openBuild(name, 1);
  const at = log.make(build, 1, 100);
  expect([log.take(build, at, 1, 0), log.take(build, at, 1, 99)]).toEqual([0, 1]);
  expect(log.remaining(build, at, 100)).toBe(1);
  expect([log.take(build, at, 1, 100), log.take(build, at, 1, 100)]).toEqual([0, 100]);
});

describe.each(buildsWith("windowCounterInit"))("%s", (name) => {
  test.each([fixed, sliding])("a new limit keeps the degree of filling: $name", (kind) => {
    const build = openBuild(name, 1);
    const at = kind.make(build, 10, 1_000_000);
    kind.take(build, at, 5, 50);
    expect(kind.configure(build, at, 100, 60_000_000, 50)).toBe(0);
    expect(kind.remaining(build, at, 50)).toBe(50);
    expect(kind.resetAfter(build, at, 50)).toBe(60_000_000);
  });

  test("the window's first instant belongs to it, its end to the next", () => {
    const build = openBuild(name, 1);
    const at = fixed.make(build, 1, 1_000);
    expect(fixed.take(build, at, 1, 2_000 - 1 / 1024)).toBe(0);
    expect(fixed.take(build, at, 1, 2_000 - 1 / 1024)).toBe(1 / 1024);
    expect(fixed.take(build, at, 1, 2_000)).toBe(0);
  });

  test("the window before counts by the share that is covered: Cloudflare's example", () => {
    // 42 calls in the minute before, 18 in this one, a quarter of it over: 42 * 0.75 + 18 = 49.5 of 50.
    const build = openBuild(name, 1);
    const minuteUs = 60_000_000;
    const at = sliding.make(build, 50, minuteUs);
    for (let i = 0; i < 42; i++) expect(sliding.take(build, at, 1, i * 1_000)).toBe(0);
    for (let i = 0; i < 18; i++) expect(sliding.take(build, at, 1, minuteUs * 1.25)).toBe(0);
    expect(sliding.remaining(build, at, minuteUs * 1.25)).toBe(0);
    // The 50th fits when 42 * share is down to 31.
    expect(sliding.take(build, at, 1, minuteUs * 1.25)).toBeCloseTo(minuteUs * (0.75 - 31 / 42), 2);
  });

  test("readings that go to and fro by an eighth of a window open it once", () => {
    for (const kind of [fixed, sliding]) {
      const build = openBuild(name, 1);
      const at = kind.make(build, 10, 1_000);
      let admitted = 0;
      for (let i = 0; i < 200; i++)
        if (kind.take(build, at, 1, i % 2 === 0 ? 5_000 + i / 4 : 4_876 + i / 4) === 0) admitted++;
      expect(admitted).toBe(10);
    }
  });

  test("the largest limits are counted, in windows of a year", () => {
    const yearUs = 365 * 86_400 * 1e6;
    for (const [kind, limit] of [
      [fixed, 2 ** 32 - 1],
      [sliding, 2 ** 24 - 1],
    ] as const) {
      const build = openBuild(name, 1);
      const at = kind.make(build, limit, yearUs);
      expect(kind.take(build, at, limit - 1, 3.5 * yearUs)).toBe(0);
      expect(kind.take(build, at, 2, 3.5 * yearUs)).toBeGreaterThan(0);
      expect(kind.take(build, at, 1, 3.5 * yearUs)).toBe(0);
      expect(kind.remaining(build, at, 3.5 * yearUs)).toBe(0);
      // Half of the next window later a sliding one has half of it back.
      expect(kind.remaining(build, at, 4.5 * yearUs)).toBe(kind === fixed ? limit : Math.floor(limit / 2));
      expect(build.x.windowCounterInit(at, kind === fixed ? 0 : 1, limit + 1, yearUs)).toBe(1);
    }
  });
});

test("a log never has more in any stretch of its length, whatever the weights", () => {
  fc.assert(
    fc.property(limits, program, (limit, steps) => {
      const build = openBuild("server", 1);
      const at = log.make(build, limit, 1_000);
      const given: [number, number][] = [];
      let nowUs = 0;
      for (const { share, weight } of steps) {
        nowUs += Math.floor(share * 1_000);
        if (log.take(build, at, weight, nowUs) === 0) given.push([nowUs, weight]);
      }
      for (const [from] of given) {
        const sum = given.reduce((all, [us, weight]) => (us >= from && us < from + 1_000 ? all + weight : all), 0);
        expect(sum).toBeLessThanOrEqual(limit);
      }
    }),
  );
});

test("a log of 32,768 permits is the largest, and its limit may shrink but not grow beyond what it was made for", () => {
  const build = openBuild("server", 16);
  const { x } = build;
  expect([x.slidingLogSize(0), x.slidingLogSize(2 ** 15 + 1)]).toEqual([0, 0]);
  const at = log.make(build, 2 ** 15, 1_000);
  for (let i = 0; i < 2 ** 15; i++) expect(log.take(build, at, 1, i / 64)).toBe(0);
  expect(log.take(build, at, 1, 512)).toBe(1_000 - 512);
  expect(log.configure(build, at, 4, 1_000, 512)).toBe(0);
  expect(log.remaining(build, at, 512)).toBe(0);
  expect(log.take(build, at, 4, 512)).toBeGreaterThan(999);
  expect(log.configure(build, at, 2 ** 15 + 1, 1_000, 512)).toBe(1);
});

test.each([fixed, sliding, log])(
  "all builds give the same results and the same bytes, whatever they are given: $name",
  (kind) => {
    const oddTime = fc.oneof(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.double(),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 2 ** 53, 1e300),
    );
    const oddWeight = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.double(), fc.constant(Number.NaN));
    const operation = fc.record({ what: fc.nat(7), weight: oddWeight, now: oddTime, more: oddTime });
    fc.assert(
      fc.property(fc.nat(50), oddTime, fc.array(operation, { maxLength: 30 }), (limit, lengthUs, steps) => {
        const builds = openBuilds(1).filter(({ name }) => kind.builds.includes(name));
        const transcripts = builds.map((build) => {
          const { x, alloc, bytes } = build;
          const size = kind === log ? x.slidingLogSize(limit) : x.windowCounterSize();
          const at = alloc(size);
          const kindNumber = kind === fixed ? 0 : 1;
          const status =
            kind === log ? x.slidingLogInit(at, limit, lengthUs) : x.windowCounterInit(at, kindNumber, limit, lengthUs);
          const said: unknown[] = [status];
          if (status !== 0) return said;
          for (const { what, weight, now, more } of steps) {
            if (what === 0) said.push(kind.peek(build, at, weight, now));
            else if (what === 1) said.push(kind.remaining(build, at, now));
            else if (what === 2) said.push(kind.resetAfter(build, at, now));
            else if (what === 3) kind.refund(build, at, weight, now);
            else if (what === 4) said.push(kind.configure(build, at, Math.floor(weight) || 0, more, now));
            else said.push(kind.take(build, at, weight, now));
          }
          return [...said, ...bytes(at, size)];
        });
        for (const transcript of transcripts) expect(transcript).toEqual(transcripts[0]);
      }),
      { numRuns: 200 },
    );
  },
);
