/** Backoff, retry budget, random numbers and semaphore against their twins, in every build. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BackoffTwin, BudgetTwin } from "../twins/retry.js";
import { ticksFromUs } from "./abi.js";
import { type Build, buildNames, openBuild } from "./builds.js";

const kinds = ["constant", "linear", "exponential", "fibonacci"] as const;
const jitters = ["none", "full", "equal", "decorrelated"] as const;

const usOf = (ticks: bigint): number => Number(ticks) / 1024;

const backoffs = fc
  .record({
    kind: fc.nat(3),
    jitter: fc.nat(3),
    baseUs: fc.oneof(fc.nat(1_000_000), fc.constantFrom(0, 1)),
    moreUs: fc.oneof(fc.nat(10_000_000), fc.constant(31_536_000_000_000 - 1_000_000)),
    factor: fc.oneof(fc.integer({ min: 66_192, max: 16_777_216 }), fc.constantFrom(65_536, 131_072)),
    seed: fc.integer(),
  })
  .map((o) => ({ ...o, mostUs: o.baseUs + o.moreUs }));

describe.each(buildNames)("%s", (name) => {
  test("delays are those of the papers", () => {
    const build = openBuild(name, 1);
    const at = build.alloc(build.x.backoffSize());
    const attempts = fc.array(
      fc.record({
        attempt: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(0, 100, 5_000, 2 ** 31)),
        previousUs: fc.nat(20_000_000),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(backoffs, attempts, (o, program) => {
        const factor = o.factor / 65_536;
        expect(build.x.backoffInit(at, o.kind, o.jitter, o.baseUs, o.mostUs, factor, o.seed)).toBe(0);
        const twin = new BackoffTwin({
          kind: kinds[o.kind]!,
          jitter: jitters[o.jitter]!,
          base: ticksFromUs(o.baseUs),
          most: ticksFromUs(o.mostUs),
          factor: BigInt(o.factor),
          seed: o.seed,
        });
        for (const { attempt, previousUs } of program) {
          const delay = build.x.backoffNext(at, attempt, previousUs);
          expect(delay).toBe(usOf(twin.next(attempt, ticksFromUs(previousUs))));
          expect(delay).toBeLessThanOrEqual(o.mostUs);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("without jitter the series are what anybody would write down", () => {
    const build = openBuild(name, 1);
    const at = build.alloc(build.x.backoffSize());
    const series = (kind: number): number[] => {
      build.x.backoffInit(at, kind, 0, 100, 1_000, 2, 0);
      return [1, 2, 3, 4, 5, 6, 7].map((attempt) => build.x.backoffNext(at, attempt, 0));
    };
    expect(kinds.map((_, kind) => series(kind))).toEqual([
      [100, 100, 100, 100, 100, 100, 100],
      [100, 200, 300, 400, 500, 600, 700],
      [100, 200, 400, 800, 1_000, 1_000, 1_000],
      [100, 100, 200, 300, 500, 800, 1_000],
    ]);
  });

  test("jitter stays in its range and fills it", () => {
    const build = openBuild(name, 1);
    const at = build.alloc(build.x.backoffSize());
    const ranges = [
      [1_000, 1_000],
      [0, 1_000],
      [500, 1_000],
      [1_000, 3_000],
    ] as const;
    for (const [jitter, [from, to]] of ranges.entries()) {
      build.x.backoffInit(at, 0, jitter, 1_000, 5_000, 1, 7);
      const delays = Array.from({ length: 2_000 }, () => build.x.backoffNext(at, 1, 0));
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(from);
      expect(Math.max(...delays)).toBeLessThanOrEqual(to);
      const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
      expect(Math.abs(mean - (from + to) / 2)).toBeLessThanOrEqual((to - from) / 20);
    }
  });

  test("numbers out of range make no backoff", () => {
    const build = openBuild(name, 1);
    const at = build.alloc(build.x.backoffSize());
    const bad: [number, number, number, number, number][] = [
      [4, 0, 1, 2, 1],
      [0, 4, 1, 2, 1],
      [0, 0, 3, 2, 1],
      [0, 0, 1, 1e30, 1],
      [2, 0, 1, 2, 0.5],
      [2, 0, 1, 2, 257],
      [2, 0, 1, 2, Number.NaN],
    ];
    for (const numbers of bad) expect(build.x.backoffInit(at, ...numbers, 1)).toBe(1);
  });

  test("the budget counts like Finagle's", () => {
    const build = openBuild(name, 1);
    const at = build.alloc(build.x.budgetSize());
    const { x } = build;
    const operations = fc.array(
      fc.record({
        what: fc.nat(4),
        stepUs: fc.oneof(
          { weight: 9, arbitrary: fc.nat(300) },
          { weight: 1, arbitrary: fc.constantFrom(5_000, -100, -2_000_000) },
        ),
      }),
      { maxLength: 100 },
    );
    fc.assert(
      fc.property(
        fc.record({
          withdrawal: fc.integer({ min: 1, max: 20_000 }),
          retries: fc.nat(5),
          ttlUs: fc.integer({ min: 10, max: 2_000 }),
        }),
        operations,
        ({ withdrawal, retries, ttlUs }, program) => {
          expect(x.budgetInit(at, 1_000, withdrawal, retries * withdrawal, ttlUs)).toBe(0);
          const twin = new BudgetTwin({
            deposit: 1_000n,
            withdrawal: BigInt(withdrawal),
            reserve: BigInt(retries * withdrawal),
            ttlTicks: BigInt(ttlUs) * 1024n,
          });
          let nowUs = 4_000_000_000;
          for (const { what, stepUs } of program) {
            nowUs += stepUs;
            const now = BigInt(nowUs) * 1024n;
            if (what < 2) {
              x.budgetDeposit(at, nowUs);
              twin.deposit(now);
            } else if (what < 4) expect(x.budgetTryWithdraw(at, nowUs) === 1).toBe(twin.tryWithdraw(now));
            else expect(x.budgetBalance(at, nowUs)).toBe(twin.balance(now));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("a budget goes on in another memory, on another clock", () => {
    const [one, two] = [openBuild(name, 1), openBuild(name, 1)];
    const make = (build: Build): number => {
      const at = build.alloc(build.x.budgetSize());
      build.x.budgetInit(at, 1_000, 2_000, 0, 1_000);
      return at;
    };
    const [at, into] = [make(one), make(two)];
    for (let i = 0; i < 10; i++) one.x.budgetDeposit(at, 5_000 + i * 90);
    const size = one.x.snapshotSize(at);
    const [to, from] = [one.alloc(size), two.alloc(size)];
    one.x.budgetSave(at, to, 5_900);
    two.bytes(from, size).set(one.bytes(to, size));
    expect(two.x.budgetLoad(into, from, 100)).toBe(0);
    for (const later of [0, 100, 300, 500, 900, 1_000]) {
      expect(two.x.budgetBalance(into, 100 + later)).toBe(one.x.budgetBalance(at, 5_900 + later));
    }
    two.bytes(from, size)[60]! ^= 1;
    expect(two.x.budgetLoad(into, from, 100)).toBe(3);
  });

  test("a semaphore gives out its permits and no more", () => {
    const build = openBuild(name, 1);
    const at = build.alloc(build.x.semaphoreSize());
    const { x } = build;
    fc.assert(
      fc.property(fc.nat(4), fc.array(fc.nat(6), { maxLength: 60 }), (permits, program) => {
        x.semaphoreInit(at, permits);
        let used = 0;
        let most = permits;
        for (const what of program) {
          if (what < 3) {
            const free = used < most ? 1 : 0;
            expect(x.semaphoreTryAcquire(at)).toBe(free);
            used += free;
          } else if (what < 5) {
            const taken = used > 0 ? 1 : 0;
            expect(x.semaphoreRelease(at)).toBe(taken);
            used -= taken;
          } else {
            most = what === 5 ? 1 : 3;
            x.semaphoreResize(at, most);
          }
          expect(x.semaphoreInUse(at)).toBe(used);
        }
      }),
      { numRuns: 100 },
    );
  });
});
