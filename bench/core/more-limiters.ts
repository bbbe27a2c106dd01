/** Windows, log, queue, warm-up and hierarchy. Half of the calls are admitted: a limit of 250 in a millisecond of 500 calls. */

import {
  createFullRuntime,
  FixedWindow,
  HierarchicalLimiter,
  LeakyBucketQueue,
  SlidingWindowCounter,
  SlidingWindowLog,
  TokenBucket,
  WarmUpLimiter,
} from "holdfast/core";
import { HandBucket, HandFixedWindow, HandSlidingCounter, HandSlidingLog } from "./by-hand.js";
import { type CoreCase, timed } from "./timed.js";

const window = { limit: 250, perMs: 1 };

/** A user, a tenant and everybody: nobody refuses. */
const wide = { limit: 1e9, perMs: 1_000 };

export const moreLimiters: readonly CoreCase[] = [
  timed("fixed window", () => {
    const limiter = new FixedWindow(window);
    return (nowMs) => limiter.tryAcquire(1, nowMs);
  }),
  timed("fixed window by hand", () => {
    const limiter = new HandFixedWindow(window.limit, window.perMs);
    return (nowMs) => limiter.tryAcquire(1, nowMs);
  }),
  timed("sliding-window counter", () => {
    const limiter = new SlidingWindowCounter(window);
    return (nowMs) => limiter.tryAcquire(1, nowMs);
  }),
  timed("sliding-window counter by hand", () => {
    const limiter = new HandSlidingCounter(window.limit, window.perMs);
    return (nowMs) => limiter.tryAcquire(1, nowMs);
  }),
  timed("sliding log of 250", () => {
    const limiter = new SlidingWindowLog(window);
    return (nowMs) => limiter.tryAcquire(1, nowMs);
  }),
  timed("sliding log of 250 by hand", () => {
    const limiter = new HandSlidingLog(window.limit, window.perMs);
    return (nowMs) => limiter.tryAcquire(nowMs);
  }),
  timed("leaky bucket as a queue", () => {
    const queue = new LeakyBucketQueue({ limit: 250, perMs: 1, capacity: 100 });
    return (nowMs) => queue.enter(1, nowMs);
  }),
  timed("warm-up", () => {
    const limiter = new WarmUpLimiter({ limit: 250, perMs: 1, warmUpMs: 10 });
    return (nowMs) => limiter.tryAcquire(1, nowMs);
  }),
  timed("hierarchy of 3 buckets", () => {
    const runtime = createFullRuntime({ memoryBytes: 65_536 });
    const levels = ["user", "tenant", "all"].map((name) => ({ name, limiter: new TokenBucket(wide, runtime) }));
    const limiter = new HierarchicalLimiter({ levels }, runtime);
    return (nowMs) => limiter.tryAcquire(1, nowMs);
  }),
  timed("hierarchy of 3 buckets by hand, without giving back", () => {
    const levels = [0, 1, 2].map(() => new HandBucket(wide.limit / wide.perMs, wide.limit));
    return (nowMs) => {
      let waitMs = 0;
      for (const level of levels) waitMs = Math.max(waitMs, level.tryAcquire(1, nowMs));
      return waitMs;
    };
  }),
];
