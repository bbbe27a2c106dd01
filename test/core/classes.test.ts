/** What every class of the core has in common: options, disposal, snapshots, bounds. */

import { describe, expect, test } from "vitest";
import {
  AdaptiveSampler,
  AnchorHash,
  BackoffMachine,
  BoundedLoads,
  BreakerMachine,
  createFullRuntime,
  DDSketch,
  DottedVersionVector,
  DottedVersionVectorSet,
  ErrorBiasedSampler,
  Ewma,
  ExponentialHistogram,
  FixedWindow,
  Gcra,
  HashRing,
  HdrHistogram,
  HybridClock,
  IntervalTreeClock,
  JumpHash,
  KetamaRing,
  KeyedLimiter,
  KeyedWindowLimiter,
  KeyHasher,
  LatencyHistogram,
  LeakyBucketMeter,
  LeakyBucketQueue,
  Maglev,
  P2Quantile,
  RateLimitedSampler,
  RatioSampler,
  Rendezvous,
  Reservoir,
  RetryBudgetMachine,
  Semaphore,
  SlidingWindowCounter,
  SlidingWindowLog,
  TDigest,
  TokenBucket,
  TraceIdBatch,
  VectorClock,
  WarmUpLimiter,
  Xxh3,
} from "../../ts/core/index.js";
import { dispose, isHoldfastError } from "../../ts/kernel/index.js";
import { lockFreeSubjects } from "./lockfree-subjects.js";
import { membershipSubjects } from "./membership-subjects.js";
import { codeOf, inheritedCalls, innerNames, type Subject } from "./subject.js";

const rate = { limit: 10, perMs: 1_000 };

const limiterCalls: Subject["calls"] = {
  tryAcquire: (it) => it.tryAcquire(1, 0),
  check: (it) => it.check(1, 0),
  peek: (it) => it.peek(1, 0),
  remaining: (it) => it.remaining(0),
  resetAfterMs: (it) => it.resetAfterMs(0),
  refund: (it) => it.refund(1, 0),
  reserve: (it) => it.reserve(1, 0, 10),
  cancelReservation: (it) => it.cancelReservation(1, 0, 0),
  configure: (it) => it.configure(rate, 0),
  snapshot: (it) => it.snapshot(0),
  restore: (it) => it.restore(new Uint8Array(64), 0),
};

const nodes = ["a", "b"];

const placementCalls: Subject["calls"] = {
  find: (it) => it.find("key"),
  indexOf: (it) => it.indexOf("key"),
  indexOfHash: (it) => it.indexOfHash(1, 2),
  indicesOf: (it) => it.indicesOf(new BigUint64Array(3)),
};

const { find: _find, ...bucketCalls } = placementCalls;

/** What a placement shows to bounded loads, and has for its own kinds. */
const innerOfPlacements = ["hashKey", "hashOf", "home", "locate", "locateMany", "shares", "take"];
const histogramCalls: Subject["calls"] = {
  record: (it) => it.record(1),
  count: (it) => it.count,
  sum: (it) => it.sum,
  min: (it) => it.min,
  max: (it) => it.max,
  mean: (it) => it.mean,
  quantile: (it) => it.quantile(0.5),
  merge: (it) => it.merge(new LatencyHistogram()),
  reset: (it) => it.reset(),
  snapshot: (it) => it.snapshot(),
  restore: (it) => it.restore(new Uint8Array(8)),
};

const sketchCalls: Subject["calls"] = {
  record: (it) => it.record(1),
  recordMany: (it) => it.recordMany([]),
  recordFrom: (it) => it.recordMany([1]),
  count: (it) => it.count,
  sum: (it) => it.sum,
  min: (it) => it.min,
  max: (it) => it.max,
  mean: (it) => it.mean,
  reset: (it) => it.reset(),
  snapshot: (it) => it.snapshot(),
  restore: (it) => it.restore(new Uint8Array(8)),
};

const windowCalls: Subject["calls"] = {
  tryAcquire: (it) => it.tryAcquire(1, 0),
  peek: (it) => it.peek(1, 0),
  remaining: (it) => it.remaining(0),
  resetAfterMs: (it) => it.resetAfterMs(0),
  refund: (it) => it.refund(1, 0),
  configure: (it) => it.configure(rate, 0),
  snapshot: (it) => it.snapshot(0),
  restore: (it) => it.restore(new Uint8Array(64), 0),
};

const keyedCalls: Subject["calls"] = {
  tryAcquire: (it) => it.tryAcquire("a", 1, 0),
  peek: (it) => it.peek("a", 1, 0),
  remaining: (it) => it.remaining("a", 0),
  resetAfterMs: (it) => it.resetAfterMs("a", 0),
  refund: (it) => it.refund("a", 1, 0),
  forget: (it) => it.forget("a"),
  size: (it) => it.size,
  evictions: (it) => it.evictions,
  bytesPerKey: (it) => it.bytesPerKey,
  snapshot: (it) => it.snapshot(0),
  restore: (it) => it.restore(new Uint8Array(64), 0),
};

const trace = "0123456789abcdef0123456789abcdef";

const pacedCalls: Subject["calls"] = {
  sample: (it) => it.sample(trace, 0),
  sampleMany: (it) => it.sampleMany(new TraceIdBatch({ capacity: 1 }), 1, 0),
  threshold: (it) => it.threshold,
  ratio: (it) => it.ratio,
  ratePerSecond: (it) => it.ratePerSecond,
  snapshot: (it) => it.snapshot(0),
  restore: (it) => it.restore(new Uint8Array(8), 0),
};

const subjects: Subject[] = [
  { name: "TokenBucket", make: (runtime) => new TokenBucket(rate, runtime), calls: limiterCalls },
  { name: "Gcra", make: (runtime) => new Gcra(rate, runtime), calls: limiterCalls },
  {
    name: "KeyedLimiter",
    make: (runtime) => new KeyedLimiter({ ...rate, maxKeys: 10 }, runtime),
    calls: {
      ...keyedCalls,
      check: (it) => it.check("a", 1, 0),
      tryAcquireMany: (it) => it.tryAcquireMany(["a"], 1, 0),
    },
  },
  {
    name: "KeyedWindowLimiter",
    make: (runtime) => new KeyedWindowLimiter({ ...rate, algorithm: "fixed-window", maxKeys: 10 }, runtime),
    calls: keyedCalls,
  },
  {
    name: "LeakyBucketMeter",
    make: (runtime) => new LeakyBucketMeter({ ...rate, burst: 3 }, runtime),
    calls: limiterCalls,
  },
  {
    name: "LeakyBucketQueue",
    make: (runtime) => new LeakyBucketQueue({ ...rate, capacity: 3 }, runtime),
    calls: {
      enter: (it) => it.enter(1, 0),
      peek: (it) => it.peek(1, 0),
      retryAfterMs: (it) => it.retryAfterMs(1, 0),
      remaining: (it) => it.remaining(0),
      resetAfterMs: (it) => it.resetAfterMs(0),
      leave: (it) => it.leave(1, 1, 0),
      configure: (it) => it.configure({ ...rate, capacity: 2 }, 0),
      snapshot: (it) => it.snapshot(0),
      restore: (it) => it.restore(new Uint8Array(64), 0),
    },
  },
  { name: "FixedWindow", make: (runtime) => new FixedWindow(rate, runtime), calls: windowCalls },
  { name: "SlidingWindowCounter", make: (runtime) => new SlidingWindowCounter(rate, runtime), calls: windowCalls },
  { name: "SlidingWindowLog", make: (runtime) => new SlidingWindowLog(rate, runtime), calls: windowCalls },
  {
    name: "WarmUpLimiter",
    make: (runtime) => new WarmUpLimiter({ ...rate, warmUpMs: 1_000 }, runtime),
    calls: {
      tryAcquire: (it) => it.tryAcquire(1, 0),
      peek: (it) => it.peek(1, 0),
      reserve: (it) => it.reserve(1, 0, 10),
      intervalMs: (it) => it.intervalMs(0),
      resetAfterMs: (it) => it.resetAfterMs(0),
      configure: (it) => it.configure({ ...rate, warmUpMs: 1 }, 0),
      snapshot: (it) => it.snapshot(0),
      restore: (it) => it.restore(new Uint8Array(64), 0),
    },
  },
  {
    name: "BreakerMachine",
    make: (runtime) => new BreakerMachine({ kind: "count", calls: 10 }, runtime),
    calls: {
      acquireClosed: (it) => it.acquireClosed(),
      tryAcquire: (it) => it.tryAcquire(0),
      settle: (it) => it.settle(0, 0, 0, 0),
      state: (it) => it.state(0),
      calls: (it) => it.calls(0),
      failures: (it) => it.failures(0),
      slowCalls: (it) => it.slowCalls(0),
      failureRate: (it) => it.failureRate(0),
      slowRate: (it) => it.slowRate(0),
      probes: (it) => it.probes(0),
      generation: (it) => it.generation,
      retryAfterMs: (it) => it.retryAfterMs(0),
      openFor: (it) => it.openFor(1, 0),
      forceOpen: (it) => it.forceOpen(0),
      disable: (it) => it.disable(0),
      reconfigure: (it) => it.reconfigure({ kind: "count", calls: 10 }),
      reset: (it) => it.reset(0),
      snapshot: (it) => it.snapshot(0),
      restore: (it) => it.restore(new Uint8Array(8), 0),
    },
  },
  {
    name: "BackoffMachine",
    make: (runtime) => new BackoffMachine({ kind: "exponential", baseMs: 1 }, runtime),
    calls: {
      nextDelayMs: (it) => it.nextDelayMs(1),
      snapshot: (it) => it.snapshot(),
      restore: (it) => it.restore(new Uint8Array(8)),
    },
  },
  {
    name: "RetryBudgetMachine",
    make: (runtime) => new RetryBudgetMachine({}, runtime),
    calls: {
      deposit: (it) => it.deposit(0),
      tryWithdraw: (it) => it.tryWithdraw(0),
      balance: (it) => it.balance(0),
      snapshot: (it) => it.snapshot(0),
      restore: (it) => it.restore(new Uint8Array(8), 0),
    },
  },
  {
    name: "Semaphore",
    make: (runtime) => new Semaphore({ permits: 1 }, runtime),
    calls: {
      tryAcquire: (it) => it.tryAcquire(),
      release: (it) => it.release(),
      inUse: (it) => it.inUse,
      resize: (it) => it.resize(2),
    },
  },
  {
    name: "LatencyHistogram",
    make: (runtime) => new LatencyHistogram({}, runtime),
    calls: histogramCalls,
  },
  {
    name: "HdrHistogram",
    make: (runtime) => new HdrHistogram({}, runtime),
    calls: {
      ...histogramCalls,
      recordCorrected: (it) => it.recordCorrected(2, 1),
      recordShared: (it) => it.recordShared(1),
      countUpTo: (it) => it.countUpTo(1),
      countAt: (it) => it.countAt(1),
      buckets: (it) => [...it.buckets()],
      percentiles: (it) => [...it.percentiles()],
      subtract: (it) => it.subtract(new HdrHistogram()),
    },
  },
  {
    name: "DDSketch",
    make: (runtime) => new DDSketch({}, runtime),
    calls: { ...sketchCalls, quantile: (it) => it.quantile(0.5), merge: (it) => it.merge(new DDSketch()) },
  },
  {
    name: "ExponentialHistogram",
    make: (runtime) => new ExponentialHistogram({}, runtime),
    calls: {
      ...sketchCalls,
      scale: (it) => it.scale,
      zeroCount: (it) => it.zeroCount,
      positive: (it) => it.positive,
      negative: (it) => it.negative,
      lowerBound: (it) => it.lowerBound(0),
      quantile: (it) => it.quantile(0.5),
      merge: (it) => it.merge(new ExponentialHistogram()),
    },
  },
  {
    name: "P2Quantile",
    make: (runtime) => new P2Quantile({ q: 0.5 }, runtime),
    calls: { ...sketchCalls, value: (it) => it.value },
  },
  {
    name: "TDigest",
    make: (runtime) => new TDigest({}, runtime),
    calls: {
      ...sketchCalls,
      centroids: (it) => it.centroids,
      quantile: (it) => it.quantile(0.5),
      merge: (it) => it.merge(new TDigest()),
    },
  },
  {
    name: "KeyHasher",
    make: (runtime) => new KeyHasher({}, runtime),
    calls: {
      hash: (it) => it.hash("key"),
      hashMany: (it) => it.hashMany(["key"]),
      low: (it) => it.low,
      high: (it) => it.high,
    },
  },
  {
    name: "Xxh3",
    make: (runtime) => new Xxh3({}, runtime),
    calls: { hash64: (it) => it.hash64("key"), hash128: (it) => it.hash128("key") },
  },
  { name: "JumpHash", make: (runtime) => new JumpHash({ buckets: 9 }, runtime), calls: bucketCalls },
  {
    name: "AnchorHash",
    make: (runtime) => new AnchorHash({ capacity: 9 }, runtime),
    calls: {
      ...bucketCalls,
      add: (it) => it.add(),
      remove: (it) => it.remove(3),
      has: (it) => it.has(3),
      working: (it) => it.working,
      snapshot: (it) => it.snapshot(),
      restore: (it) => it.restore(new Uint8Array(8)),
    },
  },
  {
    name: "Maglev",
    make: (runtime) => new Maglev({ nodes, tableSize: 7 }, runtime),
    calls: { ...placementCalls, table: (it) => it.table() },
  },
  { name: "Rendezvous", make: (runtime) => new Rendezvous({ nodes }, runtime), calls: placementCalls },
  {
    name: "Rendezvous with weights",
    make: (runtime) => new Rendezvous({ nodes: [{ name: "a", weight: 2 }, "b"] }, runtime),
    calls: placementCalls,
  },
  {
    name: "HashRing",
    make: (runtime) => new HashRing({ nodes, pointsPerNode: 9 }, runtime),
    calls: { ...placementCalls, points: (it) => it.points() },
  },
  {
    name: "KetamaRing",
    make: (runtime) => new KetamaRing({ nodes }, runtime),
    calls: { ...placementCalls, points: (it) => it.points() },
  },
  {
    name: "HybridClock",
    make: (runtime) => new HybridClock({}, runtime),
    calls: {
      now: (it) => it.now(0),
      nowMany: (it) => it.nowMany(2, 0),
      update: (it) => it.update({ wallMs: 0, logical: 0 }, 0),
      forward: (it) => it.forward({ wallMs: 0, logical: 0 }),
      last: (it) => it.last,
      setUpperBound: (it) => it.setUpperBound(0),
      armLeapCheck: (it) => it.armLeapCheck(0),
      disarmLeapCheck: (it) => it.disarmLeapCheck(0),
      observe: (it) => it.observe(0),
      stepsBack: (it) => it.stepsBack,
      snapshot: (it) => it.snapshot(),
      restore: (it) => it.restore(new Uint8Array(8)),
    },
  },
  {
    name: "VectorClock",
    make: (runtime) => new VectorClock({ entries: 3 }, runtime),
    calls: {
      increment: (it) => it.increment(0),
      get: (it) => it.get(0),
      raise: (it) => it.raise(0, 1),
      counters: (it) => it.counters,
      compare: (it) => it.compare(new VectorClock({ entries: 3 })),
      compareMany: (it) => it.compareMany([]),
      merge: (it) => it.merge(new VectorClock({ entries: 3 })),
      snapshot: (it) => it.snapshot(),
      restore: (it) => it.restore(new Uint8Array(8)),
    },
  },
  {
    name: "DottedVersionVector",
    make: (runtime) => new DottedVersionVector({ id: 1, counter: 2, context: [[1, 1]] }, runtime),
    calls: {
      compare: (it) => it.compare(new DottedVersionVector({ id: 1, counter: 1, context: [] })),
      counterOf: (it) => it.counterOf(1),
      context: (it) => it.context,
      snapshot: (it) => it.snapshot(),
      restore: (it) => it.restore(new Uint8Array(8)),
    },
  },
  {
    name: "DottedVersionVectorSet",
    make: (runtime) => new DottedVersionVectorSet({ maxServers: 2, maxValues: 2 }, runtime),
    calls: {
      update: (it) => it.update([], 1, 1),
      sync: (it) => it.sync(new DottedVersionVectorSet()),
      discard: (it) => it.discard([]),
      add: (it) => it.add(1),
      compare: (it) => it.compare(new DottedVersionVectorSet()),
      values: (it) => it.values,
      size: (it) => it.size,
      context: (it) => it.context,
      content: (it) => it.content,
      assign: (it) => it.assign({ servers: [], anonymous: [] }),
      snapshot: (it) => it.snapshot(),
      restore: (it) => it.restore(new Uint8Array(8)),
    },
  },
  {
    name: "IntervalTreeClock",
    make: (runtime) => new IntervalTreeClock({ maxBytes: 16 }, runtime),
    calls: {
      event: (it) => it.event(),
      fork: (it) => it.fork(),
      peek: (it) => it.peek(),
      join: (it) => it.join(new IntervalTreeClock()),
      compare: (it) => it.compare(new IntervalTreeClock()),
      leq: (it) => it.leq(new IntervalTreeClock()),
      encode: (it) => it.encode(),
      snapshot: (it) => it.snapshot(),
      restore: (it) => it.restore(new Uint8Array(8)),
    },
  },
  { name: "AdaptiveSampler", make: (runtime) => new AdaptiveSampler({ limit: 5 }, runtime), calls: pacedCalls },
  {
    name: "RateLimitedSampler",
    make: (runtime) => new RateLimitedSampler({ limit: 5, burst: 2 }, runtime),
    calls: { ...pacedCalls, refused: (it) => it.refused },
  },
  {
    name: "ErrorBiasedSampler",
    make: (runtime) => new ErrorBiasedSampler({ ratio: 0.1 }, runtime),
    calls: {
      sample: (it) => it.sample(trace, true, 1),
      seen: (it) => it.seen("failed"),
      kept: (it) => it.kept("failed"),
      snapshot: (it) => it.snapshot(),
      restore: (it) => it.restore(new Uint8Array(8)),
    },
  },
  {
    name: "Reservoir",
    make: (runtime) => new Reservoir({ capacity: 10 }, runtime),
    calls: {
      offer: (it) => it.offer("a"),
      items: (it) => it.items,
      offered: (it) => it.offered,
      merge: (it) => it.merge(new Reservoir({ capacity: 10 })),
      snapshot: (it) => it.snapshot(),
      restore: (it) => it.restore(new Uint8Array(8), []),
    },
  },
  {
    name: "Ewma",
    make: (runtime) => new Ewma({ halfLifeMs: 1_000 }, runtime),
    calls: {
      record: (it) => it.record(1, 0),
      mean: (it) => it.mean(0),
      deviation: (it) => it.deviation(0),
      weight: (it) => it.weight(0),
      ratePerSecond: (it) => it.ratePerSecond(0),
      merge: (it) => it.merge(new Ewma({ halfLifeMs: 1_000 }), 0),
      snapshot: (it) => it.snapshot(0),
      restore: (it) => it.restore(new Uint8Array(8), 0),
    },
  },
  {
    name: "TraceIdBatch",
    make: (runtime) => new TraceIdBatch({ capacity: 10 }, runtime),
    calls: {
      ids: (it) => it.ids,
      kept: (it) => it.kept,
      decided: (it) => it.decided(undefined, 0, () => 0),
    },
  },
  ...lockFreeSubjects,
  ...membershipSubjects,
];

/** Methods that are not part of the public face, of any class that does not list them. */
const inner = [
  ...innerNames,
  ...innerOfPlacements,
  ...["structureBytes", "openSlot", "closeSlot", "fetchSlot", "freeSlot", "askCore", "answer"],
];

describe.each(subjects)("$name", ({ make, calls }) => {
  test("gives its memory back, once", () => {
    const runtime = createFullRuntime({ memoryBytes: 65_536 });
    make(runtime).dispose();
    const before = runtime.info.usedBytes;
    const one = make(runtime);
    expect(runtime.info.usedBytes).toBeGreaterThan(before);
    one.dispose();
    one.dispose();
    one[dispose]();
    expect(runtime.info.usedBytes).toBe(before);
  });

  test("says DISPOSED from every method after dispose", async () => {
    for (const [name, call] of Object.entries({ ...inheritedCalls, ...calls })) {
      const one = make();
      one.dispose();
      // Some give promises; those must reject with it.
      const failure = await Promise.resolve()
        .then(() => call(one))
        .catch((error: unknown) => error);
      expect(isHoldfastError(failure) && failure.code, name).toBe("DISPOSED");
    }
  });

  test("lists every method and getter in this test", () => {
    const own = new Set<string>();
    for (let proto = Object.getPrototypeOf(make()); proto !== Object.prototype; proto = Object.getPrototypeOf(proto)) {
      for (const name of Object.getOwnPropertyNames(proto)) own.add(name);
    }
    expect(Object.keys({ ...inheritedCalls, ...calls }).sort()).toEqual(
      [...own].filter((name) => Object.hasOwn(calls, name) || !inner.includes(name)).sort(),
    );
  });

  test("says ARENA_FULL when the memory is used up, and works again after somebody left", () => {
    const runtime = createFullRuntime({ memoryBytes: 65_536 });
    const all: Disposable[] = [];
    const code = codeOf(() => {
      for (;;) all.push(make(runtime));
    });
    expect(code).toBe("ARENA_FULL");
    all.pop()![dispose]();
    expect(codeOf(() => make(runtime))).toBeUndefined();
  });

  if ("restore" in calls) {
    test("restores its own snapshot and nothing else", () => {
      const one = make();
      const other = subjects.find((subject) => subject.make !== make && "snapshot" in subject.calls)!;
      const bytes = calls["snapshot"]!(one) as Uint8Array;
      // biome-ignore lint/suspicious/noExplicitAny: as above
      const restore = (from: Uint8Array): unknown => (one as any).restore(from, 0);
      expect(codeOf(() => restore(bytes))).toBeUndefined();
      expect(codeOf(() => restore(new Uint8Array(0)))).toBe("SNAPSHOT_INVALID");
      expect(codeOf(() => restore(bytes.slice(1)))).toBe("SNAPSHOT_INVALID");
      const foreign = other.calls["snapshot"]!(other.make()) as Uint8Array;
      const sameLength = new Uint8Array(bytes.length);
      sameLength.set(foreign.subarray(0, bytes.length));
      if (!(one instanceof TokenBucket || one instanceof Gcra) || other.name === "BackoffMachine") {
        expect(codeOf(() => restore(sameLength))).toBe("SNAPSHOT_INVALID");
      }
      for (let at = 0; at < Math.min(bytes.length, 300); at++) {
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
  ["limit 0", () => new TokenBucket({ limit: 0, perMs: 1 }), "limit"],
  ["limit NaN", () => new TokenBucket({ limit: Number.NaN, perMs: 1 }), "limit"],
  ["perMs 0", () => new Gcra({ limit: 1, perMs: 0 }), "perMs"],
  ["perMs above a year", () => new Gcra({ limit: 1, perMs: 366 * 86_400_000 }), "perMs"],
  ["burst 0", () => new Gcra({ limit: 1, perMs: 1, burst: 0 }), "burst"],
  ["burst 1.5", () => new Gcra({ limit: 1, perMs: 1, burst: 1.5 }), "burst"],
  ["initial above burst", () => new TokenBucket({ limit: 1, perMs: 1, initial: 2 }), "initial"],
  ["a burst of ages", () => new Gcra({ limit: 1, perMs: 365 * 86_400_000, burst: 1_000 }), "limit"],
  ["maxKeys 0", () => new KeyedLimiter({ limit: 1, perMs: 1, maxKeys: 0 }), "maxKeys"],
  [
    "unknown algorithm",
    () => new KeyedLimiter({ limit: 1, perMs: 1, maxKeys: 1, algorithm: "x" as "gcra" }),
    "algorithm",
  ],
  [
    "keyed burst of ages",
    () => new KeyedLimiter({ limit: 1, perMs: 365 * 86_400_000, burst: 1_000, maxKeys: 1 }),
    "limit",
  ],
  ["window limit 0", () => new FixedWindow({ limit: 0, perMs: 1 }), "limit"],
  ["window limit 1.5", () => new SlidingWindowCounter({ limit: 1.5, perMs: 1 }), "limit"],
  ["sliding limit 2^24", () => new SlidingWindowCounter({ limit: 2 ** 24, perMs: 1 }), "limit"],
  ["log limit 2^15 + 1", () => new SlidingWindowLog({ limit: 2 ** 15 + 1, perMs: 1 }), "limit"],
  ["window perMs NaN", () => new FixedWindow({ limit: 1, perMs: Number.NaN }), "perMs"],
  ["window shorter than a tick", () => new SlidingWindowLog({ limit: 1, perMs: 1e-9 }), "perMs"],
  ["fixed window shorter than a tick", () => new FixedWindow({ limit: 1, perMs: 1e-9 }), "perMs"],
  ["capacity 0", () => new LeakyBucketQueue({ limit: 1, perMs: 1, capacity: 0 }), "capacity"],
  ["queue limit 0", () => new LeakyBucketQueue({ limit: 0, perMs: 1, capacity: 1 }), "limit"],
  ["queue of ages", () => new LeakyBucketQueue({ limit: 1, perMs: 365 * 86_400_000, capacity: 1_000 }), "limit"],
  ["warmUpMs 0", () => new WarmUpLimiter({ limit: 1, perMs: 1, warmUpMs: 0 }), "warmUpMs"],
  ["coldFactor 0.5", () => new WarmUpLimiter({ limit: 1, perMs: 1, warmUpMs: 1, coldFactor: 0.5 }), "coldFactor"],
  ["warm-up rate beyond counting", () => new WarmUpLimiter({ limit: 2 ** 40, perMs: 0.001, warmUpMs: 1 }), "limit"],
  [
    "keyed window algorithm",
    () => new KeyedWindowLimiter({ limit: 1, perMs: 1, maxKeys: 1, algorithm: "x" as "fixed-window" }),
    "algorithm",
  ],
  [
    "keyed window shorter than a tick",
    () => new KeyedWindowLimiter({ limit: 1, perMs: 1e-9, maxKeys: 1, algorithm: "fixed-window" }),
    "perMs",
  ],
  ["unknown kind", () => new BreakerMachine({ kind: "x" as "count", calls: 1 }), "kind"],
  ["failures 0", () => new BreakerMachine({ kind: "consecutive", failures: 0 }), "failures"],
  ["calls too many", () => new BreakerMachine({ kind: "count", calls: 2 ** 18 + 1 }), "calls"],
  ["windowMs 0", () => new BreakerMachine({ kind: "time", windowMs: 0 }), "windowMs"],
  ["buckets 0", () => new BreakerMachine({ kind: "time", windowMs: 1, buckets: 0 }), "buckets"],
  ["failureRate 2", () => new BreakerMachine({ kind: "count", calls: 9, failureRate: 2 }), "failureRate"],
  ["no rate", () => new BreakerMachine({ kind: "count", calls: 9, failureRate: 0 }), "failureRate"],
  ["slowRate -1", () => new BreakerMachine({ kind: "count", calls: 9, slowRate: -1 }), "slowRate"],
  ["slowAfterMs NaN", () => new BreakerMachine({ kind: "count", calls: 9, slowAfterMs: Number.NaN }), "slowAfterMs"],
  ["minimumCalls above calls", () => new BreakerMachine({ kind: "count", calls: 9, minimumCalls: 10 }), "minimumCalls"],
  ["openForMs -1", () => new BreakerMachine({ kind: "count", calls: 9, openForMs: -1 }), "openForMs"],
  ["openMaxMs below", () => new BreakerMachine({ kind: "count", calls: 9, openForMs: 9, openMaxMs: 8 }), "openMaxMs"],
  ["openFactor 0", () => new BreakerMachine({ kind: "count", calls: 9, openFactor: 0 }), "openFactor"],
  ["openJitter 2", () => new BreakerMachine({ kind: "count", calls: 9, openJitter: 2 }), "openJitter"],
  ["halfOpenPermits 0", () => new BreakerMachine({ kind: "count", calls: 9, halfOpenPermits: 0 }), "halfOpenPermits"],
  [
    "halfOpenSuccesses 0",
    () => new BreakerMachine({ kind: "count", calls: 9, halfOpenSuccesses: 0 }),
    "halfOpenSuccesses",
  ],
  [
    "halfOpenMaxWaitMs 0",
    () => new BreakerMachine({ kind: "count", calls: 9, halfOpenMaxWaitMs: 0 }),
    "halfOpenMaxWaitMs",
  ],
  ["seed NaN", () => new BreakerMachine({ kind: "count", calls: 9, seed: Number.NaN }), "seed"],
  ["backoff kind", () => new BackoffMachine({ kind: "x" as "linear", baseMs: 1 }), "kind"],
  ["jitter", () => new BackoffMachine({ kind: "linear", baseMs: 1, jitter: "x" as "full" }), "jitter"],
  ["baseMs -1", () => new BackoffMachine({ kind: "linear", baseMs: -1 }), "baseMs"],
  ["maxMs below base", () => new BackoffMachine({ kind: "linear", baseMs: 2, maxMs: 1 }), "maxMs"],
  ["factor 0.5", () => new BackoffMachine({ kind: "exponential", baseMs: 2, factor: 0.5 }), "factor"],
  ["ratio -1", () => new RetryBudgetMachine({ ratio: -1 }), "ratio"],
  ["minPerSecond -1", () => new RetryBudgetMachine({ minPerSecond: -1 }), "minPerSecond"],
  ["ttlMs 0", () => new RetryBudgetMachine({ ttlMs: 0 }), "ttlMs"],
  ["ttlMs NaN", () => new RetryBudgetMachine({ ttlMs: Number.NaN }), "ttlMs"],
  ["maxOffsetMs -1", () => new HybridClock({ maxOffsetMs: -1 }), "maxOffsetMs"],
  ["maxOffsetMs NaN", () => new HybridClock({ maxOffsetMs: Number.NaN }), "maxOffsetMs"],
  ["logicalBits 3", () => new HybridClock({ logicalBits: 3 }), "logicalBits"],
  ["a timestamp before 1970", () => new HybridClock().forward({ wallMs: -1, logical: 0 }), "wallMs"],
  ["a counter beyond its bits", () => new HybridClock().update({ wallMs: 0, logical: 4_096 }, 0), "logical"],
  ["count 0", () => new HybridClock().nowMany(0, 0), "count"],
  ["entries 0", () => new VectorClock({ entries: 0 }), "entries"],
  ["no process", () => new VectorClock({ entries: 2 }).increment(2), "index"],
  ["a negative count", () => new VectorClock({ entries: 2 }).raise(0, -1), "count"],
  ["other entries", () => new VectorClock({ entries: 2 }).merge(new VectorClock({ entries: 3 })), "entries"],
  ["a dot of 0", () => new DottedVersionVector({ id: 1, counter: 0, context: [] }), "counter"],
  ["a dot that is known", () => new DottedVersionVector({ id: 1, counter: 1, context: [[1, 1]] }), "counter"],
  [
    "a context with an id twice",
    () =>
      new DottedVersionVectorSet().discard([
        [1, 1],
        [1, 2],
      ]),
    "context",
  ],
  ["maxServers 0", () => new DottedVersionVectorSet({ maxServers: 0 }), "maxServers"],
  ["maxValues 0.5", () => new DottedVersionVectorSet({ maxValues: 0.5 }), "maxValues"],
  ["a value that is no number", () => new DottedVersionVectorSet().update([], 1, Number.NaN), "value"],
  [
    "content with more values than writes",
    () => new DottedVersionVectorSet().assign({ servers: [[1, 1, [5, 6]]], anonymous: [] }),
    "content",
  ],
  ["maxBytes 0", () => new IntervalTreeClock({ maxBytes: 0 }), "maxBytes"],
  ["permits -1", () => new Semaphore({ permits: -1 }), "permits"],
  ["relativeError 0", () => new LatencyHistogram({ relativeError: 0 }), "relativeError"],
  ["maxMs 0", () => new LatencyHistogram({ maxMs: 0 }), "maxMs"],
  ["q 2", () => new LatencyHistogram().quantile(2), "q"],
  ["seed -1n", () => new KeyHasher({ seed: -1n }), "seed"],
  ["seed 2^64", () => new Xxh3({ seed: 2n ** 64n }), "seed"],
  ["buckets 0", () => new JumpHash({ buckets: 0 }), "buckets"],
  ["buckets 2^31", () => new JumpHash({ buckets: 2 ** 31 }), "buckets"],
  ["capacity 16,385", () => new AnchorHash({ capacity: 16_385 }), "capacity"],
  ["working above capacity", () => new AnchorHash({ capacity: 3, working: 4 }), "working"],
  ["bucket -1", () => new AnchorHash({ capacity: 3 }).remove(-1), "bucket"],
  ["no nodes", () => new Rendezvous({ nodes: [] }), "nodes"],
  ["a node twice", () => new HashRing({ nodes: ["a", "a"] }), "nodes"],
  ["a negative weight", () => new Maglev({ nodes: [{ name: "a", weight: -1 }] }), "weight"],
  ["a weight of NaN", () => new Rendezvous({ nodes: [{ name: "a", weight: Number.NaN }] }), "weight"],
  ["weights of 0 alone", () => new HashRing({ nodes: [{ name: "a", weight: 0 }] }), "weight"],
  ["weights of too many points", () => new HashRing({ nodes: [{ name: "a", weight: 1e6 }] }), "weight"],
  ["tableSize 65,536", () => new Maglev({ nodes, tableSize: 65_536 }), "tableSize"],
  ["tableSize 7.5", () => new Maglev({ nodes, tableSize: 7.5 }), "tableSize"],
  ["pointsPerNode 0", () => new HashRing({ nodes, pointsPerNode: 0 }), "pointsPerNode"],
  ["an unknown pointHash", () => new HashRing({ nodes, pointHash: "md5" as "xxh64" }), "pointHash"],
  ["an unknown client", () => new KetamaRing({ nodes, like: "redis" as "hashring" }), "like"],
  ["factor 0.9", () => new BoundedLoads({ placement: new HashRing({ nodes }), factor: 0.9 }), "factor"],
  ["an unknown node", () => new BoundedLoads({ placement: new HashRing({ nodes }) }).load("c"), "node"],
  ["sketch relativeError 1", () => new DDSketch({ relativeError: 1 }), "relativeError"],
  ["maxBuckets 100", () => new DDSketch({ maxBuckets: 100 }), "maxBuckets"],
  ["sketch q -1", () => new DDSketch().quantile(-1), "q"],
  ["maxSize 1", () => new ExponentialHistogram({ maxSize: 1 }), "maxSize"],
  ["maxScale 21", () => new ExponentialHistogram({ maxScale: 21 }), "maxScale"],
  ["exponential q 2", () => new ExponentialHistogram().quantile(2), "q"],
  ["P² q 1", () => new P2Quantile({ q: 1 }), "q"],
  ["compression 9", () => new TDigest({ compression: 9 }), "compression"],
  ["digest q NaN", () => new TDigest().quantile(Number.NaN), "q"],
  ["steps 0", () => [...new HdrHistogram().percentiles(0)], "steps"],
  ["ratio -1", () => new RatioSampler({ ratio: -1 }), "ratio"],
  ["ratio NaN", () => new RatioSampler({ ratio: Number.NaN }), "ratio"],
  ["digits 13", () => new RatioSampler({ ratio: 1, digits: 13 }), "digits"],
  ["limit 0 of a sampler", () => new AdaptiveSampler({ limit: 0 }), "limit"],
  ["halfLifeMs 0", () => new AdaptiveSampler({ limit: 1, halfLifeMs: 0 }), "halfLifeMs"],
  ["more traces than a window holds", () => new AdaptiveSampler({ limit: 1e9 }), "limit"],
  ["burst 0 of a sampler", () => new RateLimitedSampler({ limit: 1, burst: 0 }), "burst"],
  ["errorRatio 2", () => new ErrorBiasedSampler({ ratio: 0, errorRatio: 2 }), "errorRatio"],
  ["slowRatio -1", () => new ErrorBiasedSampler({ ratio: 0, slowRatio: -1 }), "slowRatio"],
  ["slowAfterMs 0", () => new ErrorBiasedSampler({ ratio: 0, slowAfterMs: 0 }), "slowAfterMs"],
  ["capacity 0 of a reservoir", () => new Reservoir({ capacity: 0 }), "capacity"],
  ["capacity 0 of a batch", () => new TraceIdBatch({ capacity: 0 }), "capacity"],
  ["a half-life of nothing", () => new Ewma({ halfLifeMs: 1e-9 }), "halfLifeMs"],
])("refuses %s as INVALID_OPTION and names it", (_, make, option) => {
  expect(make).toThrow(
    expect.objectContaining({ code: "INVALID_OPTION", details: expect.objectContaining({ option }) }),
  );
});
