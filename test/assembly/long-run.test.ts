/**
 * Every structure that is driven by time, over a thousand simulated seconds, over clocks that step back and hosts that sleep for hours, over
 * the instants at which inner counters wrap, and over numbers that are none. All builds must answer alike, and nobody may be
 * given more than the time that passed is good for.
 */

import { describe, expect, test } from "vitest";
import { seeded } from "../../ts/kernel/index.js";
import { type Build, buildsWith, openBuild } from "./builds.js";

const secondUs = 1_000_000;
const hourUs = 3_600 * secondUs;
const simulatedUs = 1e9;

/** Four a second, so that everything below is asked for more than it may give; `npm run test:long` takes ten times as many steps of a tenth of the length. */
const steps = process.env["HOLDFAST_LONG"] === "1" ? 40_000 : 4_000;

/** A structure under test. */
interface Driven {
  readonly name: string;
  /** The function by which a build shows that it has it. */
  readonly witness: Parameters<typeof buildsWith>[0];
  /** Makes one; the answer is where it stands. */
  make(build: Build): number;
  /** Asks for one; above 0 where it was given. `spare` is a place for keys and results. */
  ask(x: Build["x"], at: number, amount: number, nowUs: number, spare: number): number;
  /** The most that may be given in so long a time; undefined where it gives nothing. */
  readonly most?: (spanUs: number) => number;
  /** Whether only differences of times count, so that a later beginning changes no answer. */
  readonly shifts?: true;
  /** How much more may be given each time the clock steps back. */
  readonly mostAStep?: number;
}

const admitted = (wait: number): number => (wait === 0 ? 1 : wait === Number.POSITIVE_INFINITY ? -2 : -wait);

/** A limiter over the state of `gcra`. */
function gcra(name: string, limit: number, periodUs: number, burst: number): Driven {
  return {
    name,
    witness: "gcraInit",
    make(build) {
      const at = build.alloc(build.x.gcraSize());
      expect(build.x.gcraInit(at, limit, periodUs, burst, burst)).toBe(0);
      return at;
    },
    ask: (x, at, amount, nowUs) => admitted(x.gcraTryAcquire(at, amount, nowUs)),
    most: (spanUs) => burst + (spanUs * limit) / periodUs,
    shifts: true,
    mostAStep: 0,
  };
}

function windows(name: string, kind: number, limit: number): Driven {
  return {
    name,
    witness: "windowCounterInit",
    make(build) {
      const at = build.alloc(build.x.windowCounterSize());
      expect(build.x.windowCounterInit(at, kind, limit, secondUs)).toBe(0);
      return at;
    },
    ask: (x, at, amount, nowUs) => admitted(x.windowCounterTryAcquire(at, amount, nowUs)),
    most: (spanUs) => limit * (spanUs / secondUs + 2),
    mostAStep: 0,
  };
}

function breaker(name: string, kind: number, size: number, sliceUs: number): Driven {
  return {
    name,
    witness: "breakerInit",
    make(build) {
      const at = build.alloc(build.x.breakerSize(kind, size));
      build.x.breakerInit(
        at,
        kind,
        size,
        sliceUs,
        kind === 0 ? 0 : 0.5,
        0,
        secondUs,
        4,
        2,
        2,
        secondUs,
        1e5,
        1e7,
        2,
        0.25,
        7,
      );
      return at;
    },
    ask(x, at, amount, nowUs) {
      const permit = x.breakerTryAcquire(at, nowUs);
      // One in three calls fails, so that it opens and closes all the time; one in twenty never comes back.
      if (permit >= 0 && amount % 20 !== 0) x.breakerSettle(at, permit, amount % 3 === 0 ? 1 : 0, amount * 100, nowUs);
      return permit * 8 + x.breakerState(at, nowUs);
    },
  };
}

const driven: readonly Driven[] = [
  gcra("gcra of 3 a second", 3, secondUs, 5),
  gcra("gcra of sub-ticks that are as small as can be", 262_139, 60 * secondUs, 1_000),
  gcra("gcra of one an hour", 1, hourUs, 2),
  {
    name: "leaky bucket as queue",
    witness: "leakyQueueEnter",
    make: (build) => gcra("queue", 2, secondUs, 5).make(build),
    ask: (x, at, amount, nowUs) => (x.leakyQueueEnter(at, amount, nowUs) === Number.POSITIVE_INFINITY ? 0 : 1),
    // It begins full.
    most: (spanUs) => 10 + (spanUs * 2) / secondUs,
    mostAStep: 0,
  },
  {
    name: "keyed table of meters",
    witness: "keyedInit",
    make(build) {
      const at = build.alloc(build.x.keyedSize(8));
      expect(build.x.keyedInit(at, 8, 3, secondUs, 5, 1, 2, 3, 4)).toBe(0);
      return at;
    },
    ask: (x, at, amount, nowUs, spare) => admitted(x.keyedTryAcquire(at, spare, 8, amount, nowUs)),
    most: (spanUs) => 5 + (spanUs * 3) / secondUs,
    mostAStep: 5,
  },
  windows("fixed window", 0, 2),
  windows("sliding window", 1, 3),
  windows("sliding window whose numbers wrap within a day", 1, 2 ** 24 - 1),
  {
    name: "keyed table of windows",
    witness: "keyedWindowInit",
    make(build) {
      const at = build.alloc(build.x.keyedSize(8));
      expect(build.x.keyedWindowInit(at, 1, 8, 3, secondUs, 1, 2, 3, 4)).toBe(0);
      return at;
    },
    ask: (x, at, amount, nowUs, spare) => admitted(x.keyedWindowTryAcquire(at, spare, 8, amount, nowUs)),
    most: (spanUs) => 3 * (spanUs / secondUs + 2),
    mostAStep: 3,
  },
  {
    name: "sliding-window log",
    witness: "slidingLogInit",
    make(build) {
      const at = build.alloc(build.x.slidingLogSize(3));
      expect(build.x.slidingLogInit(at, 3, secondUs)).toBe(0);
      return at;
    },
    ask: (x, at, amount, nowUs) => admitted(x.slidingLogTryAcquire(at, amount, nowUs)),
    most: (spanUs) => 3 * (spanUs / secondUs + 1),
    mostAStep: 0,
  },
  {
    name: "warm-up",
    witness: "warmUpInit",
    make(build) {
      const at = build.alloc(build.x.warmUpSize());
      expect(build.x.warmUpInit(at, 50, secondUs, 3 * secondUs, 3)).toBe(0);
      return at;
    },
    ask: (x, at, amount, nowUs) => admitted(x.warmUpTryAcquire(at, amount, nowUs)),
  },
  breaker("breaker by failures in a row", 0, 3, 0),
  breaker("breaker by the last calls", 1, 20, 0),
  breaker("breaker by time", 2, 10, 100_000),
  {
    name: "retry budget",
    witness: "budgetInit",
    make(build) {
      const at = build.alloc(build.x.budgetSize());
      build.x.budgetInit(at, 200, 1_000, 5, 10 * secondUs);
      return at;
    },
    ask(x, at, _, nowUs) {
      x.budgetDeposit(at, nowUs);
      return x.budgetTryWithdraw(at, nowUs) * 1_000 + x.budgetBalance(at, nowUs);
    },
  },
  {
    name: "pacer of samplers",
    witness: "pacerInit",
    make(build) {
      const at = build.alloc(build.x.pacerSize());
      expect(build.x.pacerInit(at, 1, secondUs, 2, 8 * secondUs, 1)).toBe(0);
      return at;
    },
    ask: (x, at, amount, nowUs) =>
      x.pacerDecide(at, amount * 40_503, (amount * 77_777) & 0xffffff, nowUs) > 0 ? 1 : 0,
    most: (spanUs) => 2 + spanUs / secondUs,
    mostAStep: 0,
  },
  {
    name: "hybrid clock",
    witness: "hybridInit",
    make(build) {
      const at = build.alloc(build.x.hybridSize());
      expect(build.x.hybridInit(at, 12, 500_000)).toBe(0);
      return at;
    },
    ask: (x, at, _, nowUs, spare) => x.hybridNow(at, nowUs, 1, spare) * 8 + (x.hybridStepsBack(at) & 7),
  },
  {
    name: "send rate",
    witness: "sendRateInit",
    make(build) {
      const at = build.alloc(build.x.sendRateSize());
      build.x.sendRateInit(at);
      return at;
    },
    ask(x, at, amount, nowUs) {
      x.sendRateRecord(at, amount % 40 === 0 ? 1 : 0, nowUs);
      return admitted(x.sendRateTryAcquire(at, nowUs));
    },
  },
  {
    name: "time-decayed mean",
    witness: "ewmaInit",
    make(build) {
      const at = build.alloc(build.x.ewmaSize());
      build.x.ewmaInit(at, secondUs);
      return at;
    },
    ask(x, at, amount, nowUs) {
      x.ewmaRecord(at, amount, nowUs);
      return x.ewmaRead(at, 0, nowUs);
    },
  },
];

/** Asks at each of these times, and gives all answers. */
function answers(build: Build, it: Driven, times: readonly number[], amounts: (n: number) => number): number[] {
  const spare = build.alloc(64);
  build.bytes(spare, 64).fill(1);
  const at = it.make(build);
  return times.map((nowUs, n) => it.ask(build.x, at, amounts(n), nowUs, spare));
}

/** The same in every build that has it; all must answer alike. */
function answersOfAll(it: Driven, times: readonly number[], amounts: (n: number) => number): number[] {
  const [first, ...others] = buildsWith(it.witness).map((name) => answers(openBuild(name, 4), it, times, amounts));
  for (const other of others) expect(other).toEqual(first);
  return first!;
}

/** Times that go on by random steps from `startUs`, a thousand seconds in all; `leap` adds to one step in a hundred or so. */
function walk(startUs: number, leap: (n: number) => number): number[] {
  const random = seeded(20);
  let nowUs = startUs;
  return Array.from({ length: steps }, (_, n) => {
    nowUs = Math.max(0, nowUs + Math.floor((random.uint32() / 2 ** 31) * (simulatedUs / steps)) + leap(n));
    return nowUs;
  });
}

const one = (n: number): number => (n % 7 === 0 ? 3 : 1);
const counted = (given: readonly number[]): number =>
  given.reduce((sum, answer, n) => sum + (answer > 0 ? one(n) : 0), 0);
const spanOf = (times: readonly number[]): number => times.at(-1)! - times[0]!;

describe.each(driven)("$name", (it) => {
  test.each([
    { from: "time 0", startUs: 0 },
    { from: "where sub-ticks wrap around 2^63", startUs: 2 ** 45 - simulatedUs / 2 },
    { from: "where 16-bit numbers of windows wrap", startUs: 2 ** 15 * secondUs - simulatedUs / 2 },
    { from: "where moments of 32 bits wrap", startUs: 2 ** 32 - simulatedUs / 2 },
  ])("gives no more than a thousand seconds are good for, from $from", ({ startUs }) => {
    const times = walk(startUs, () => 0);
    const all = answersOfAll(it, times, one);
    if (it.shifts === true) {
      const early = times.map((nowUs) => nowUs - startUs);
      expect(all).toEqual(answersOfAll(it, early, one));
    }
    if (it.most === undefined) return;
    expect(counted(all)).toBeLessThanOrEqual(it.most(spanOf(times)));
    expect(counted(all)).toBeGreaterThan(0);
  });

  test("gives nothing for a clock that steps back, and goes on", () => {
    let back = 0;
    const times = walk(2 * hourUs, (n) => {
      const step = n % 500 === 499 ? (n % 1_000 === 999 ? -hourUs / 10 : -300_000) : 0;
      if (step !== 0) back++;
      return step;
    });
    const given = counted(answersOfAll(it, times, one));
    if (it.most === undefined) return;
    // Time that passes twice is good for permits twice.
    expect(given).toBeLessThanOrEqual(it.most(2 * simulatedUs) + back * (it.mostAStep ?? 0));
    expect(given).toBeGreaterThan(0);
  });

  test("takes hours of sleep for time that passed, once", () => {
    const times = walk(0, (n) => (n % 1_000 === 999 ? 5 * hourUs : 0));
    const given = counted(answersOfAll(it, times, one));
    if (it.most !== undefined) expect(given).toBeLessThanOrEqual(it.most(spanOf(times)));
  });

  test("answers alike in every build whatever it is given", () => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, -0, 0, 0.5, 1, 2 ** 31, 2 ** 53];
    const times = odd.flatMap((nowUs) => odd.map(() => nowUs));
    const given = answersOfAll(it, [...times, ...[...times].reverse(), 5, secondUs], (n) =>
      it.name.includes("breaker") || it.name.includes("pacer") || it.name.includes("send") ? n : odd[n % odd.length]!,
    );
    expect(given.length).toBe(2 * times.length + 2);
  });
});
