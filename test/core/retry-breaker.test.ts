/** The classes of retries held back and of breakers that learn, are shared or look at their peers. */

import { describe, expect, test } from "vitest";
import {
  AdaptiveBreakerMachine,
  AttemptLimit,
  breakerStates,
  createFullRuntime,
  type FullRuntime,
  OutlierDetector,
  outcome,
  RetryThrottle,
  SendRate,
  SharedBreakerMachine,
} from "../../ts/core/index.js";
import { codeOf, inheritedCalls, innerNames } from "./subject.js";

const breakerCalls = {
  acquireClosed: (it: SharedBreakerMachine) => it.acquireClosed(),
  tryAcquire: (it: SharedBreakerMachine) => it.tryAcquire(0),
  settle: (it: SharedBreakerMachine) => it.settle(0, 0, 0, 0),
  state: (it: SharedBreakerMachine) => it.state(0),
  calls: (it: SharedBreakerMachine) => it.calls(0),
  failures: (it: SharedBreakerMachine) => it.failures(0),
  slowCalls: (it: SharedBreakerMachine) => it.slowCalls(0),
  failureRate: (it: SharedBreakerMachine) => it.failureRate(0),
  slowRate: (it: SharedBreakerMachine) => it.slowRate(0),
  probes: (it: SharedBreakerMachine) => it.probes(0),
  generation: (it: SharedBreakerMachine) => it.generation,
  retryAfterMs: (it: SharedBreakerMachine) => it.retryAfterMs(0),
  openFor: (it: SharedBreakerMachine) => it.openFor(1, 0),
  forceOpen: (it: SharedBreakerMachine) => it.forceOpen(0),
  disable: (it: SharedBreakerMachine) => it.disable(0),
  reconfigure: (it: SharedBreakerMachine) => it.reconfigure({ kind: "count", calls: 10 }),
  reset: (it: SharedBreakerMachine) => it.reset(0),
  snapshot: (it: SharedBreakerMachine) => it.snapshot(0),
  restore: (it: SharedBreakerMachine) => it.restore(new Uint8Array(8), 0),
};

interface Subject {
  readonly name: string;
  make(runtime?: FullRuntime): Disposable & { dispose(): void };
  // biome-ignore lint/suspicious/noExplicitAny: one table for classes of different shapes
  readonly calls: Readonly<Record<string, (it: any) => unknown>>;
}

const subjects: Subject[] = [
  {
    name: "AdaptiveBreakerMachine",
    make: (runtime) => new AdaptiveBreakerMachine({ kind: "count", calls: 10 }, runtime),
    calls: {
      ...breakerCalls,
      threshold: (it) => it.threshold,
      usualRate: (it) => it.usualRate,
      deviation: (it) => it.deviation,
    },
  },
  {
    name: "SharedBreakerMachine",
    make: (runtime) => new SharedBreakerMachine({ kind: "count", calls: 10, thread: 1 }, runtime),
    calls: { ...breakerCalls, reclaim: (it) => it.reclaim(2) },
  },
  {
    name: "OutlierDetector",
    make: (runtime) => new OutlierDetector({ maxInstances: 10 }, runtime),
    calls: { find: (it) => it.find([], []) },
  },
  {
    name: "RetryThrottle",
    make: (runtime) => new RetryThrottle({ maxTokens: 10, tokenRatio: 0.1 }, runtime),
    calls: {
      recordSuccess: (it) => it.recordSuccess(),
      recordFailure: (it) => it.recordFailure(),
      allows: (it) => it.allows,
      tokens: (it) => it.tokens,
      snapshot: (it) => it.snapshot(),
      restore: (it) => it.restore(new Uint8Array(8)),
    },
  },
  {
    name: "AttemptLimit",
    make: (runtime) => new AttemptLimit({ maxAttempts: 3 }, runtime),
    calls: {
      record: (it) => it.record(true),
      allowed: (it) => it.allowed,
      failureRate: (it) => it.failureRate,
      snapshot: (it) => it.snapshot(),
      restore: (it) => it.restore(new Uint8Array(8)),
    },
  },
  {
    name: "SendRate",
    make: (runtime) => new SendRate(runtime),
    calls: {
      tryAcquire: (it) => it.tryAcquire(0),
      record: (it) => it.record(false, 0),
      allowedPerSecond: (it) => it.allowedPerSecond(0),
      measuredPerSecond: (it) => it.measuredPerSecond(0),
      snapshot: (it) => it.snapshot(0),
      restore: (it) => it.restore(new Uint8Array(8), 0),
    },
  },
];

describe.each(subjects)("$name", ({ make, calls }) => {
  test("gives its memory back, and says ARENA_FULL where there is none", () => {
    const runtime = createFullRuntime({ memoryBytes: 65_536 });
    make(runtime).dispose();
    const before = runtime.info.usedBytes;
    const one = make(runtime);
    expect(runtime.info.usedBytes).toBeGreaterThan(before);
    one.dispose();
    one.dispose();
    expect(runtime.info.usedBytes).toBe(before);
    expect(
      codeOf(() => {
        for (;;) make(runtime);
      }),
    ).toBe("ARENA_FULL");
  });

  test("says DISPOSED from every method after dispose", () => {
    for (const [name, call] of Object.entries(calls)) {
      const one = make();
      one.dispose();
      expect(
        codeOf(() => call(one)),
        name,
      ).toBe("DISPOSED");
    }
  });

  test("lists every method and getter in this test", () => {
    const own = new Set<string>();
    for (let proto = Object.getPrototypeOf(make()); proto !== Object.prototype; proto = Object.getPrototypeOf(proto)) {
      for (const name of Object.getOwnPropertyNames(proto)) own.add(name);
    }
    expect(Object.keys({ ...inheritedCalls, ...calls }).sort()).toEqual(
      [...own].filter((name) => !innerNames.includes(name)).sort(),
    );
  });

  if ("restore" in calls) {
    test("restores its own snapshot and nothing else", () => {
      const one = make();
      const bytes = calls["snapshot"]!(one) as Uint8Array;
      // biome-ignore lint/suspicious/noExplicitAny: as above
      const restore = (from: Uint8Array): unknown => (one as any).restore(from, 0);
      expect(codeOf(() => restore(bytes))).toBeUndefined();
      for (const wrong of [new Uint8Array(0), bytes.slice(1), new Uint8Array(bytes.length)]) {
        expect(codeOf(() => restore(wrong))).toBe("SNAPSHOT_INVALID");
      }
      for (let at = 0; at < bytes.length; at++) {
        const damaged = bytes.slice();
        damaged[at]! ^= 0x10;
        expect(
          codeOf(() => restore(damaged)),
          `byte ${at}`,
        ).toBe("SNAPSHOT_INVALID");
      }
    });
  }
});

test.each<[string, () => unknown, string]>([
  ["maxTokens 0", () => new RetryThrottle({ maxTokens: 0, tokenRatio: 1 }), "maxTokens"],
  ["maxTokens NaN", () => new RetryThrottle({ maxTokens: Number.NaN, tokenRatio: 1 }), "maxTokens"],
  ["tokenRatio 0.0009", () => new RetryThrottle({ maxTokens: 1, tokenRatio: 0.0009 }), "tokenRatio"],
  ["maxAttempts 65", () => new AttemptLimit({ maxAttempts: 65 }), "maxAttempts"],
  ["maxLoad 0.9", () => new AttemptLimit({ maxAttempts: 2, maxLoad: 0.9 }), "maxLoad"],
  ["window 0", () => new AttemptLimit({ maxAttempts: 2, window: 0 }), "window"],
  ["thread 0", () => new SharedBreakerMachine({ kind: "count", calls: 9, thread: 0 }), "thread"],
  ["leaseMs 1", () => new SharedBreakerMachine({ kind: "count", calls: 9, thread: 1, leaseMs: 1 }), "leaseMs"],
  ["reclaim 0", () => new SharedBreakerMachine({ kind: "count", calls: 9, thread: 1 }).reclaim(0), "thread"],
  [
    "sampleCalls 0",
    () => new AdaptiveBreakerMachine({ kind: "count", calls: 9, baseline: { sampleCalls: 0 } }),
    "sampleCalls",
  ],
  ["memory 0", () => new AdaptiveBreakerMachine({ kind: "count", calls: 9, baseline: { memory: 0 } }), "memory"],
  [
    "deviations -1",
    () => new AdaptiveBreakerMachine({ kind: "count", calls: 9, baseline: { deviations: -1 } }),
    "deviations",
  ],
  ["floor above", () => new AdaptiveBreakerMachine({ kind: "count", calls: 9, baseline: { floor: 0.6 } }), "floor"],
  ["failureRate 0", () => new AdaptiveBreakerMachine({ kind: "count", calls: 9, failureRate: 0 }), "failureRate"],
  ["failures in a row", () => new AdaptiveBreakerMachine({ kind: "consecutive", failures: 9 } as never), "kind"],
  ["maxInstances 4,097", () => new OutlierDetector({ maxInstances: 4_097 }), "maxInstances"],
  ["measure", () => new OutlierDetector({ maxInstances: 1, measure: "x" as "latency" }), "measure"],
  ["minimumCalls 0", () => new OutlierDetector({ maxInstances: 1, minimumCalls: 0 }), "minimumCalls"],
  ["deviations 1,001", () => new OutlierDetector({ maxInstances: 1, deviations: 1_001 }), "deviations"],
  ["failureRate 0", () => new OutlierDetector({ maxInstances: 1, failureRate: 0 }), "failureRate"],
  ["maxEjected 2", () => new OutlierDetector({ maxInstances: 1, maxEjected: 2 }), "maxEjected"],
  ["minimumInstances -1", () => new OutlierDetector({ maxInstances: 1, minimumInstances: -1 }), "minimumInstances"],
  ["too many calls", () => new OutlierDetector({ maxInstances: 1 }).find([1, 1], [1, 1]), "calls.length"],
  ["values missing", () => new OutlierDetector({ maxInstances: 2 }).find([1, 1], [1]), "values.length"],
])("refuses %s as INVALID_OPTION and names it", (_, make, option) => {
  expect(make).toThrow(
    expect.objectContaining({ code: "INVALID_OPTION", details: expect.objectContaining({ option }) }),
  );
});

test("three decimal digits of the throttle are exact", () => {
  const throttle = new RetryThrottle({ maxTokens: 100.001, tokenRatio: 0.29 });
  expect(throttle.tokens).toBe(100.001);
  throttle.recordFailure();
  throttle.recordSuccess();
  expect(throttle.tokens).toBe(99.291);
});

test("outliers by each measure, the worst first where there is room for few", () => {
  const calls = Array.from({ length: 20 }, () => 100);
  const successes = calls.map((_, index) => (index === 3 ? 40 : index === 11 ? 20 : index === 12 ? 55 : 99));
  const find = (options: object): object =>
    new OutlierDetector({ maxInstances: 32, ...options }).find(calls, successes);
  expect(find({ maxEjected: 0.05 })).toMatchObject({ indices: [11], found: 2 });
  expect(find({ measure: "failure-rate", failureRate: 0.45, maxEjected: 1 })).toEqual({
    indices: [3, 11, 12],
    found: 3,
    threshold: 0.45,
  });
  expect(find({ minimumInstances: 21 })).toEqual({ indices: [], found: 0, threshold: undefined });
  const slow = calls.map((_, index) => (index === 5 ? 9_000 : 100 + index));
  const latency = new OutlierDetector({ maxInstances: 32, measure: "latency" });
  expect(latency.find(calls, slow).indices).toEqual([5]);
  expect(latency.find(calls, slow, 2).indices).toEqual([]);
});

test("a send rate starts without a limit and finds one", () => {
  const rate = new SendRate();
  for (let nowMs = 0; nowMs < 4_000; nowMs += 10) {
    expect(rate.tryAcquire(nowMs)).toBe(0);
    rate.record(false, nowMs);
  }
  expect(rate.allowedPerSecond(4_000)).toBe(Number.POSITIVE_INFINITY);
  rate.record(true, 4_000);
  expect(rate.allowedPerSecond(4_000)).toBeCloseTo(0.7 * rate.measuredPerSecond(4_000), 4);
  const waitMs = rate.tryAcquire(4_000);
  expect(waitMs).toBeGreaterThan(0);
  expect(rate.tryAcquire(4_000 + waitMs)).toBe(0);
});

test("a shared breaker waits for a thread that is inside, and goes on without one that died there", () => {
  const runtime = createFullRuntime({ memoryBytes: 65_536 });
  const breaker = new SharedBreakerMachine({ kind: "count", calls: 10, thread: 1, leaseMs: 5 }, runtime);
  breaker.settle(breaker.tryAcquire(0), outcome.failure, 1, 0);
  // Another thread takes the lock and never comes back.
  const at = (breaker as unknown as { at: number }).at - runtime.core.breakerSharedAhead();
  expect(runtime.core.breakerSharedEnter(at, 2, 0)).toBe(0);
  expect(breaker.acquireClosed()).toBe(0);
  expect(breaker.settle(0, outcome.success, Number.NaN, Number.NaN)).toBe(-1);
  expect(breaker.settle(breaker.tryAcquire(10), outcome.success, 1, 10)).toBe(0);
  expect([breaker.calls(20), breaker.failures(20), breakerStates[breaker.state(20)]]).toEqual([2, 1, "closed"]);
  expect(runtime.core.breakerSharedEnter(at, 3, 0)).toBe(0);
  expect([breaker.reclaim(2), breaker.reclaim(3), breaker.reclaim(3)]).toEqual([false, true, false]);
  expect(breaker.calls(21)).toBe(2);
});
