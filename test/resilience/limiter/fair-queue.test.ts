import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../../ts/kernel/index.js";
import { rateLimiter, tokenBucket } from "../../../ts/resilience/index.js";
import { FairQueue } from "../../../ts/resilience/limiter/fair-queue.js";
import { Waiting } from "../../../ts/resilience/limiter/waiting.js";

const nothing = () => {};
const waitingFor = (key: string, weight: number) => new Waiting(key, weight, nothing, nothing, nothing);

/** Deficit round robin as the paper writes it: a list of flows, served round after round, with arrays. */
function servedInTurns(arrivals: readonly (readonly [string, number])[], quantum: number): string[] {
  const flows = new Map<string, { deficit: number; weights: [number, number][] }>();
  for (const [index, [key, weight]] of arrivals.entries()) {
    if (!flows.has(key)) flows.set(key, { deficit: 0, weights: [] });
    flows.get(key)!.weights.push([index, weight]);
  }
  const served: string[] = [];
  while (flows.size > 0) {
    for (const [key, flow] of [...flows]) {
      flow.deficit += quantum;
      while (flow.weights.length > 0 && flow.weights[0]![1] <= flow.deficit) {
        const [index, weight] = flow.weights.shift()!;
        flow.deficit -= weight;
        served.push(`${key}${index}`);
      }
      if (flow.weights.length === 0) flows.delete(key);
    }
  }
  return served;
}

const arrivals = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 1, max: 5 })), { maxLength: 40 });

describe("deficit round robin", () => {
  it("serves as the paper's rounds do", () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 6 }), (list, quantum) => {
        const queue = new FairQueue(quantum);
        const names = new Map<Waiting, string>();
        for (const [index, [key, weight]] of list.entries()) {
          const waiting = waitingFor(key, weight);
          names.set(waiting, `${key}${index}`);
          queue.push(waiting);
        }
        const served: string[] = [];
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) served.push(names.get(next)!);
        expect(served).toEqual(servedInTurns(list, quantum));
        expect(queue.length).toBe(0);
      }),
    );
  });

  it("gives busy keys the same up to a quantum and a largest weight (theorem 4.1), and loses nobody who leaves or comes between", () => {
    const action = fc.oneof(
      fc.record({ push: fc.constantFrom("a", "b", "c"), weight: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ drop: fc.nat() }),
      fc.constant("shift" as const),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const queue = new FairQueue(5);
        const inside = new Set<Waiting>();
        for (const one of actions) {
          if (one === "shift") {
            const { first } = queue;
            const next = queue.shift();
            expect(next).toBe(first);
            expect(next === undefined).toBe(inside.size === 0);
            if (next !== undefined) expect(inside.delete(next)).toBe(true);
          } else if ("push" in one) {
            const waiting = waitingFor(one.push, one.weight);
            inside.add(waiting);
            queue.push(waiting);
          } else if (inside.size > 0) {
            const victim = [...inside][one.drop % inside.size]!;
            inside.delete(victim);
            expect(queue.remove(victim)).toBe(true);
            expect(queue.remove(victim)).toBe(false);
          }
          expect(queue.length).toBe(inside.size);
          // Who is next stays next until it is taken out.
          expect(queue.first).toBe(queue.first);
        }
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 100, maxLength: 100 }), (weights) => {
        const queue = new FairQueue(5);
        for (const [index, weight] of weights.entries()) queue.push(waitingFor(index % 2 ? "a" : "b", weight));
        const got = { a: 0, b: 0 };
        for (let i = 0; i < 40; i++) {
          const next = queue.shift()!;
          got[next.key as "a" | "b"] += next.weight;
          expect(Math.abs(got.a - got.b)).toBeLessThanOrEqual(5 + 5);
        }
      }),
    );
  });
});

describe("a limiter with a fair queue", () => {
  it("lets a key that waits alone pass those of a key with a hundred waiters", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({
      algorithm: tokenBucket({ limit: 10, perMs: 1_000, burst: 1 }),
      fairQueue: {},
      clock,
    });
    const order: string[] = [];
    limiter.check();
    for (let i = 0; i < 100; i++) void limiter.acquire("greedy").then(() => order.push("greedy"));
    void limiter.acquire("modest").then(() => order.push(`modest at ${clock.now()}`));
    expect(limiter.waiting).toBe(101);
    await clock.advance(300);
    // The first turn was given before the other one came.
    expect(order).toEqual(["greedy", "modest at 200", "greedy"]);
    await clock.advance(20_000);
    expect(order.length).toBe(101);
    expect(limiter.waiting).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it("uses the whole rate, and newcomers without a wait do not take what others wait for", async () => {
    const clock = manualClock();
    const limiter = rateLimiter({
      algorithm: tokenBucket({ limit: 10, perMs: 1_000, burst: 1 }),
      fairQueue: {},
      maxWaitMs: 60_000,
      clock,
    });
    const done: number[] = [];
    for (let i = 0; i < 30; i++) void limiter.execute(() => done.push(clock.now()), { key: `k${i % 3}` });
    for (let ms = 0; ms < 2_900; ms += 10) {
      expect(limiter.check("thief").allowed).toBe(false);
      await clock.advance(10);
    }
    expect(done).toEqual(Array.from({ length: 30 }, (_, i) => i * 100));
  });

  it("makes no sense with a limit for each key", () => {
    const algorithm = tokenBucket({ limit: 1, perMs: 1 });
    expect(() => rateLimiter({ algorithm, keys: { max: 1 }, fairQueue: {} })).toThrow(/take turns/);
    expect(() => rateLimiter({ algorithm, fairQueue: { quantum: 0 } })).toThrow(/quantum/);
  });
});
