import { fullRuntime, LeakyBucketQueue, type LeakyBucketQueueOptions } from "../../core/index.js";
import { dispose } from "../../kernel/index.js";
import type { LimiterAlgorithm } from "./algorithm.js";
import { PlainMeter, type State } from "./meter.js";
import { withoutKeys } from "./window.js";

/** A queue seen as a limiter: what may go at once passes, everything else would have to wait for its turn. */
function stateOf(queue: LeakyBucketQueue): State {
  const peek = (weight: number, nowMs: number) => {
    const turnMs = queue.peek(weight, nowMs);
    return turnMs < 0 ? queue.retryAfterMs(weight, nowMs) : turnMs;
  };
  return {
    peek,
    tryAcquire(weight, nowMs) {
      const waitMs = peek(weight, nowMs);
      if (waitMs === 0) queue.enter(weight, nowMs);
      return waitMs;
    },
    remaining: (nowMs) => queue.remaining(nowMs),
    resetAfterMs: (nowMs) => queue.resetAfterMs(nowMs),
    refund: (weight, nowMs) => {
      // The end of the queue is behind the turn of whoever entered last, so this takes the last places back.
      queue.leave(weight, nowMs + queue.resetAfterMs(nowMs), nowMs);
    },
    snapshot: (nowMs) => queue.snapshot(nowMs),
    restore: (bytes, nowMs) => queue.restore(bytes, nowMs),
    [dispose]: () => queue[dispose](),
  };
}

/**
 * The leaky bucket as a queue: calls leave it evenly spaced, `perMs / limit` milliseconds apart, and one that finds it full is refused.
 *
 * Use it to smooth traffic towards something that bears no bursts at all. `execute` and `acquire` wait for their turn without being asked to;
 * `check` passes only who need not wait. Permits keep the full rate from the first on: nothing is held back first to come in
 * a burst at the end.
 *
 * @param options `limit` permits leave each `perMs` milliseconds; `capacity` is how many there is room for, the one that leaves at
 * once included.
 *
 * @example
 * ```ts
 * import { manualClock, rateLimiter } from "holdfast";
 * import { leakyBucketQueue } from "holdfast/resilience/limiter";
 *
 * const clock = manualClock();
 * const paced = rateLimiter({ algorithm: leakyBucketQueue({ limit: 10, perMs: 1_000, capacity: 2 }), clock });
 * const instants = Promise.all([1, 2].map(() => paced.execute(() => clock.now())));
 * (await paced.tryExecute(() => 1)).ok; // => false
 * await clock.advance(100);
 * await instants; // => [0, 100]
 * ```
 */
export function leakyBucketQueue(options: LeakyBucketQueueOptions): LimiterAlgorithm {
  const { limit, perMs, capacity } = options;
  return {
    kind: "leaky-bucket-queue",
    limit,
    perMs,
    burst: capacity,
    maxWaitMs: Math.min((capacity * perMs) / limit, 365 * 86_400_000),
    shape: [limit, perMs, capacity],
    open(keys) {
      withoutKeys("leaky bucket that queues", keys);
      const queue = new LeakyBucketQueue({ limit, perMs, capacity }, fullRuntime());
      const follow = (next: LimiterAlgorithm, nowMs: number) => {
        queue.configure({ limit: next.limit, perMs: next.perMs, capacity: next.burst }, nowMs);
        return true;
      };
      return new PlainMeter(stateOf(queue), capacity, follow, {
        reserve: (weight, nowMs, maxWaitMs) => {
          const turnMs = queue.peek(weight, nowMs);
          return turnMs > maxWaitMs ? -1 : queue.enter(weight, nowMs);
        },
        cancel: (weight, dueMs, nowMs) => queue.leave(weight, dueMs, nowMs),
      });
    },
  };
}
