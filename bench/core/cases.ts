/** The core's structures by themselves, the time passed in, each beside what one would write by hand in JavaScript. */

import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AdaptiveBreakerMachine,
  AttemptLimit,
  BackoffMachine,
  BreakerMachine,
  ConcurrentHashMap,
  createFullRuntime,
  Gcra,
  KeyedLimiter,
  KeyedWindowLimiter,
  LatencyHistogram,
  OutlierDetector,
  Semaphore,
  SharedBreakerMachine,
  SharedSemaphore,
  TokenBucket,
  WorkStealingDeque,
} from "holdfast/core";
import { type ProcessRuntime, processRuntime } from "holdfast/native";
import { sharedRuntime } from "holdfast/shared";
import { HandBackoff, HandBreaker, HandBucket, HandHistogram, HandSemaphore } from "./by-hand.js";
import { clockCases } from "./clock-cases.js";
import { flatKeys, randomOrder } from "./keys.js";
import { membershipCases } from "./membership.js";
import { moreLimiters } from "./more-limiters.js";
import { BigIntBucket, Int32Bucket } from "./shared.js";
import { type CoreCase, perOp, stepMs, timed } from "./timed.js";

const rate = { limit: 1_000_000, perMs: 1_000, burst: 1_000 };

const limiters: readonly CoreCase[] = [
  timed("token bucket", () => {
    const bucket = new TokenBucket(rate);
    return (nowMs) => bucket.tryAcquire(1, nowMs);
  }),
  timed("GCRA", () => {
    const gcra = new Gcra(rate);
    return (nowMs) => gcra.tryAcquire(1, nowMs);
  }),
  timed("token bucket by hand", () => {
    const bucket = new HandBucket(rate.limit / rate.perMs, rate.burst);
    return (nowMs) => bucket.tryAcquire(1, nowMs);
  }),
];

const breakers: readonly CoreCase[] = [
  timed("breaker, consecutive failures: try and settle", () => {
    const breaker = new BreakerMachine({ kind: "consecutive", failures: 5 });
    return () => breaker.settle(breaker.acquireClosed(), 0, Number.NaN, Number.NaN);
  }),
  timed("breaker, 100 calls: try and settle", () => {
    const breaker = new BreakerMachine({ kind: "count", calls: 100 });
    return () => breaker.settle(breaker.acquireClosed(), 0, Number.NaN, Number.NaN);
  }),
  timed("breaker, 10 s and slow calls: try and settle", () => {
    const breaker = new BreakerMachine({ kind: "time", windowMs: 10_000, failureRate: 0.5, slowRate: 0.5 });
    return (nowMs) => breaker.settle(breaker.tryAcquire(nowMs), 0, stepMs, nowMs);
  }),
  timed("breaker, 100 calls, learning its threshold: try and settle", () => {
    const breaker = new AdaptiveBreakerMachine({ kind: "count", calls: 100 });
    return () => breaker.settle(breaker.acquireClosed(), 0, Number.NaN, Number.NaN);
  }),
  timed("breaker, 100 calls, shared by threads: try and settle", () => {
    const breaker = new SharedBreakerMachine({ kind: "count", calls: 100, thread: 1 });
    return () => breaker.settle(breaker.acquireClosed(), 0, Number.NaN, Number.NaN);
  }),
  timed("breaker, 100 calls, by hand: try and settle", () => {
    const breaker = new HandBreaker(100, 0.5, 20);
    return () => (breaker.tryAcquire() ? breaker.settle(false) : 1);
  }),
];

const others: readonly CoreCase[] = [
  timed("semaphore: take and give back", () => {
    const semaphore = new Semaphore({ permits: 10 });
    return () => {
      const taken = semaphore.tryAcquire();
      semaphore.release();
      return taken ? 1 : 0;
    };
  }),
  timed("semaphore by hand: take and give back", () => {
    const semaphore = new HandSemaphore(10);
    return () => {
      const taken = semaphore.tryAcquire();
      semaphore.release();
      return taken ? 1 : 0;
    };
  }),
  timed("attempt limit: a result, and how many attempts", () => {
    const limit = new AttemptLimit({ maxAttempts: 5 });
    return (nowMs) => {
      limit.record(nowMs % 1 > 0.1);
      return limit.allowed;
    };
  }),
  timed("backoff, exponential with full jitter", () => {
    const backoff = new BackoffMachine({ kind: "exponential", baseMs: 100, maxMs: 10_000, jitter: "full", seed: 1 });
    return () => backoff.nextDelayMs(3);
  }),
  timed("backoff by hand", () => {
    const backoff = new HandBackoff(100, 10_000, 1);
    return () => backoff.nextDelayMs(3);
  }),
  timed("histogram: record", () => {
    const histogram = new LatencyHistogram();
    return (nowMs) => {
      histogram.record(nowMs % 100);
      return 0;
    };
  }),
  timed("histogram by hand: record", () => {
    const histogram = new HandHistogram(6, 3_600_000);
    return (nowMs) => {
      histogram.record(nowMs % 100);
      return 0;
    };
  }),
];

/** A look at a group of `count` instances, one of which fails half its calls; `perOp` is one group. */
const outliers = (count: number): CoreCase => ({
  name: `outliers among ${count} instances`,
  perOp: 1,
  setup() {
    const detector = new OutlierDetector({ maxInstances: count });
    const calls = new Uint32Array(count).fill(1_000);
    const successes = Uint32Array.from(calls, (all, index) => (index === 7 ? all / 2 : all - (index % 9)));
    return () => detector.find(calls, successes).found;
  },
});
/** A file of this process alone, gone with it. */
function ownFile(): ProcessRuntime {
  const file = join(tmpdir(), `holdfast-bench-${process.pid}`);
  const host = processRuntime({ file, memoryBytes: 1 << 20 });
  rmSync(file);
  return host;
}

/** Structures that threads share, used by one; with more the figures are those of the machine's caches. */
const shared: readonly CoreCase[] = [
  timed("shared token bucket", () => {
    const bucket = new TokenBucket(rate, sharedRuntime());
    return (nowMs) => bucket.tryAcquire(1, nowMs);
  }),
  timed("token bucket in a file, shared by processes", () => {
    const bucket = ownFile().structure("bucket", TokenBucket, rate);
    return (nowMs) => bucket.tryAcquire(1, nowMs);
  }),
  timed("shared bucket by hand, BigInt64Array", () => {
    const bucket = new BigIntBucket(rate.limit / rate.perMs, rate.burst);
    return (nowMs) => bucket.tryAcquire(1, nowMs);
  }),
  timed("shared bucket by hand, Int32Array", () => {
    const bucket = new Int32Bucket(rate.limit / rate.perMs, rate.burst);
    return (nowMs) => bucket.tryAcquire(1, nowMs);
  }),
  timed("shared semaphore: take and give back", () => {
    const semaphore = new SharedSemaphore({ permits: 10 }, sharedRuntime());
    return () => {
      const taken = semaphore.tryAcquire();
      semaphore.release();
      return taken ? 1 : 0;
    };
  }),
  timed("semaphore in a file, shared by processes: take and give back", () => {
    const semaphore = ownFile().structure("semaphore", SharedSemaphore, { permits: 10 });
    return () => {
      const taken = semaphore.tryAcquire();
      semaphore.release();
      return taken ? 1 : 0;
    };
  }),
  timed("work-stealing deque: push and take", () => {
    const deque = new WorkStealingDeque({ capacity: 1024 }, sharedRuntime());
    return () => {
      deque.push(1);
      return deque.take()!;
    };
  }),
  timed("shared map of 1,000 numbers: add", () => {
    const map = new ConcurrentHashMap({ capacity: 1_000 }, sharedRuntime());
    let key = 0;
    return () => {
      key = key < 999 ? key + 1 : 0;
      return map.add(key, 1);
    };
  }),
];

/** Keys in a call of the batch form. */
const keysInBatch = 250;

/** A check of one of `count` keys in random order; the name says the bytes of the whole table for each key. */
function keyed(count: number, label: string): readonly CoreCase[] {
  const bytes = new KeyedLimiter({ ...rate, maxKeys: count });
  const perKey = bytes.bytes / count;
  bytes.dispose();
  const check = (
    name: string,
    make: (keys: readonly string[]) => (key: string, nowMs: number) => number,
  ): CoreCase => ({
    name,
    perOp,
    setup() {
      const keys = flatKeys(count);
      const order = randomOrder(count);
      const operation = make(keys);
      let at = 0;
      return () => {
        let sum = 0;
        for (let n = 0; n < perOp; n++) {
          sum += operation(keys[order[at]!]!, 1_000);
          at = at + 1 < order.length ? at + 1 : 0;
        }
        return sum;
      };
    },
  });
  return [
    check(`keyed limiter, ${label} (${perKey < 100 ? perKey.toFixed(1) : Math.round(perKey)} bytes a key)`, (keys) => {
      const limiter = new KeyedLimiter({ ...rate, maxKeys: count });
      for (const key of keys) limiter.tryAcquire(key, 1, 1_000);
      return (key, nowMs) => limiter.tryAcquire(key, 1, nowMs);
    }),
    {
      name: `keyed limiter, ${label}, ${keysInBatch} at a time`,
      perOp,
      setup() {
        const keys = flatKeys(count);
        const order = randomOrder(count);
        const limiter = new KeyedLimiter({ ...rate, maxKeys: count }, createFullRuntime({ memoryBytes: 1 << 26 }));
        for (const key of keys) limiter.tryAcquire(key, 1, 1_000);
        const batch = new Array<string>(keysInBatch).fill("");
        const waits = new Float64Array(keysInBatch);
        let at = 0;
        return () => {
          let sum = 0;
          for (let n = 0; n < perOp; n += keysInBatch) {
            for (let i = 0; i < keysInBatch; i++) {
              batch[i] = keys[order[at]!]!;
              at = at + 1 < order.length ? at + 1 : 0;
            }
            limiter.tryAcquireMany(batch, 1, 1_000, waits);
            sum += waits[0]!;
          }
          return sum;
        };
      },
    },
    check(`keyed sliding windows, ${label}`, (keys) => {
      const limiter = new KeyedWindowLimiter({
        algorithm: "sliding-window-counter",
        limit: 1_000_000,
        perMs: 1_000,
        maxKeys: count,
      });
      for (const key of keys) limiter.tryAcquire(key, 1, 1_000);
      return (key, nowMs) => limiter.tryAcquire(key, 1, nowMs);
    }),
    check(`Map of buckets by hand, ${label}`, (keys) => {
      const buckets = new Map<string, HandBucket>();
      for (const key of keys) buckets.set(key, new HandBucket(rate.limit / rate.perMs, rate.burst));
      return (key, nowMs) => buckets.get(key)!.tryAcquire(1, nowMs);
    }),
  ];
}

/** All cases; the harness measures each in a process of its own. */
export const cases: readonly CoreCase[] = [
  ...limiters,
  ...moreLimiters,
  ...breakers,
  ...others,
  outliers(100),
  ...shared,
  ...clockCases,
  ...membershipCases,
  ...keyed(1, "1 key"),
  ...keyed(10_000, "10,000 keys"),
  ...keyed(100_000, "100,000 keys"),
  ...keyed(1_000_000, "1,000,000 keys"),
];
