/** Every queue discipline against a naive twin: an array, searched from end to end. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { criticalities } from "../../../ts/resilience/criticality.js";
import { Burst } from "../../../ts/resilience/queue/burst.js";
import { codel } from "../../../ts/resilience/queue/codel.js";
import { type QueueOrder, queueOf, sameOrder } from "../../../ts/resilience/queue/order.js";
import { Waiter } from "../../../ts/resilience/queue/waiter.js";

const burst = new Burst(1, () => {});

class Numbered extends Waiter {
  readonly number: number;

  constructor(rank: number, number: number) {
    super(rank, burst);
    this.number = number;
  }

  granted(): void {}

  refused(): void {}
}

/** Who goes next and who has to go, out of all who wait in the order in which they came. */
interface Twin {
  next(all: readonly Numbered[], standing: boolean): Numbered | undefined;
  yielder(all: readonly Numbered[], rank: number, standing: boolean): Numbered | undefined;
}

const oldest = (all: readonly Numbered[]) => all[0];
const newest = (all: readonly Numbered[]) => all.at(-1);
const byRank = (all: readonly Numbered[]) => all.toSorted((a, b) => a.rank - b.rank || a.number - b.number);

const intervalMs = 100;
const targetMs = 5;
const cases: readonly (readonly [string, QueueOrder, Twin])[] = [
  ["fifo", "fifo", { next: oldest, yielder: () => undefined }],
  ["lifo", "lifo", { next: newest, yielder: oldest }],
  [
    "priority",
    "priority",
    {
      next: (all) => byRank(all)[0],
      yielder(all, rank) {
        const least = byRank(all).at(-1);
        return least !== undefined && least.rank > rank ? least : undefined;
      },
    },
  ],
  [
    "codel",
    codel({ targetMs, intervalMs }),
    {
      next: (all, standing) => (standing ? newest(all) : oldest(all)),
      yielder: (all, _rank, standing) => (standing ? oldest(all) : undefined),
    },
  ],
];

describe.each(cases)("the queue discipline %s", (_name, order, twin) => {
  it("agrees with its naive twin, whatever comes and goes", () => {
    const rank = fc.integer({ min: 0, max: criticalities.length - 1 });
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant("push" as const), rank }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("take" as const) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("yield" as const), rank }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), at: fc.nat() }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.nat({ max: 80 }) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const queue = queueOf(order);
        const all: Numbered[] = [];
        const gone: Numbered[] = [];
        let nowMs = 0;
        let emptyMs = 0;
        let count = 0;
        const drop = (waiter: Numbered | undefined) => {
          if (waiter === undefined) return;
          gone.push(...all.splice(all.indexOf(waiter), 1));
        };
        for (const one of steps) {
          if (all.length === 0) emptyMs = nowMs;
          const standing = all.length > 0 && nowMs - emptyMs > intervalMs;
          if (one.kind === "time") nowMs += one.ms;
          else if (one.kind === "push") {
            if (typeof order === "object") expect(queue.patienceMs(nowMs)).toBe(standing ? targetMs : intervalMs);
            else expect(queue.patienceMs(nowMs)).toBe(Number.POSITIVE_INFINITY);
            const waiter = new Numbered(one.rank, count++);
            queue.push(waiter, nowMs);
            all.push(waiter);
          } else if (one.kind === "take") {
            const taken = queue.take(nowMs);
            expect(taken).toBe(twin.next(all, standing));
            drop(taken as Numbered | undefined);
          } else if (one.kind === "yield") {
            expect(queue.yielder(one.rank, nowMs)).toBe(twin.yielder(all, one.rank, standing));
          } else if (all.length > 0) {
            const waiter = all[one.at % all.length]!;
            expect(queue.remove(waiter)).toBe(true);
            drop(waiter);
          }
          expect(queue.length).toBe(all.length);
          expect(new Set(queue.waiting())).toEqual(new Set(all));
        }
        for (const waiter of gone) expect(queue.remove(waiter)).toBe(false);
      }),
    );
  });

  it("takes out everybody who steps out while they are counted", () => {
    const queue = queueOf(order);
    for (let number = 0; number < 100; number++) queue.push(new Numbered(number % 4, number), 0);
    for (const waiter of queue.waiting()) queue.remove(waiter);
    expect(queue.length).toBe(0);
    expect(queue.take(0)).toBeUndefined();
  });
});

describe("a CoDel queue", () => {
  it("is standing when it has not been empty for an interval, and no longer when it was", () => {
    const queue = queueOf(codel({ targetMs, intervalMs }));
    const first = new Numbered(1, 0);
    queue.push(first, 1_000);
    queue.push(new Numbered(1, 1), 1_050);
    expect(queue.patienceMs(1_100)).toBe(intervalMs);
    expect(queue.patienceMs(1_101)).toBe(targetMs);
    expect(queue.take(1_101)).not.toBe(first);
    expect(queue.take(1_101)).toBe(first);
    expect(queue.patienceMs(1_101)).toBe(intervalMs);
    queue.push(new Numbered(1, 2), 1_101);
    expect(queue.patienceMs(1_201)).toBe(intervalMs);
    expect(queue.patienceMs(1_202)).toBe(targetMs);
  });

  it("needs a target no longer than its interval by default, and durations that are some", () => {
    expect(codel()).toEqual({ kind: "codel", targetMs: 5, intervalMs: 100 });
    expect(codel({ intervalMs: 2 }).targetMs).toBe(2);
    const invalid = expect.objectContaining({ code: "INVALID_OPTION" });
    expect(() => codel({ targetMs: 0 })).toThrow(invalid);
    expect(() => codel({ intervalMs: Number.NaN })).toThrow(invalid);
  });
});

describe("an order", () => {
  it("is one of four", () => {
    for (const order of ["filo", undefined, null, { kind: "codel", targetMs: 0, intervalMs: 1 }]) {
      expect(() => queueOf(order as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    }
  });

  it("is the same with the same options", () => {
    expect(sameOrder("fifo", "fifo")).toBe(true);
    expect(sameOrder("fifo", "lifo")).toBe(false);
    expect(sameOrder("fifo", codel())).toBe(false);
    expect(sameOrder(codel(), codel({ targetMs: 5 }))).toBe(true);
    expect(sameOrder(codel(), codel({ targetMs: 6 }))).toBe(false);
  });
});
