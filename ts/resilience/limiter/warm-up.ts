import { fullRuntime, WarmUpLimiter, type WarmUpLimiterOptions } from "../../core/index.js";
import { dispose } from "../../kernel/index.js";
import type { LimiterAlgorithm } from "./algorithm.js";
import { PlainMeter, type State } from "./meter.js";
import { withoutKeys } from "./window.js";

/** Warm-up as a limiter. A permit's price depends on when it was taken, so none is taken back. */
function stateOf(limiter: WarmUpLimiter): State {
  return {
    peek: (weight, nowMs) => limiter.peek(weight, nowMs),
    tryAcquire: (weight, nowMs) => limiter.tryAcquire(weight, nowMs),
    remaining: (nowMs) => (limiter.peek(1, nowMs) === 0 ? 1 : 0),
    resetAfterMs: (nowMs) => limiter.resetAfterMs(nowMs),
    refund() {},
    snapshot: (nowMs) => limiter.snapshot(nowMs),
    restore: (bytes, nowMs) => limiter.restore(bytes, nowMs),
    [dispose]: () => limiter[dispose](),
  };
}

/**
 * A steady rate that starts slowly (Guava's `SmoothWarmingUp`): after a rest permits come `coldFactor` times further apart, and under load
 * the distance shrinks in a straight line until, after `warmUpMs`, it is `perMs / limit`.
 *
 * Use it towards what needs time to get going: caches, connection pools, code that is compiled as it runs. There is no burst, and no
 * refund. A call of any weight passes at once, and the next one waits for it.
 *
 * @param options `limit` permits each `perMs` milliseconds when warm; `warmUpMs` under load from cold to warm; `coldFactor`, default 3.
 *
 * @example
 * ```ts
 * import { manualClock, rateLimiter } from "holdfast";
 * import { warmUp } from "holdfast/resilience/limiter";
 *
 * const limiter = rateLimiter({ algorithm: warmUp({ limit: 2, perMs: 1_000, warmUpMs: 4_000 }), clock: manualClock() });
 * limiter.check().allowed; // => true
 * limiter.check().retryAfterMs; // => 1375
 * ```
 */
export function warmUp(options: WarmUpLimiterOptions): LimiterAlgorithm {
  const { limit, perMs, warmUpMs, coldFactor = 3 } = options;
  return {
    kind: "warm-up",
    limit,
    perMs,
    // Permits are paid after they are taken, so that any weight passes.
    burst: Number.POSITIVE_INFINITY,
    shape: [limit, perMs, warmUpMs, coldFactor],
    open(keys) {
      withoutKeys("warm-up limiter", keys);
      const limiter = new WarmUpLimiter({ limit, perMs, warmUpMs, coldFactor }, fullRuntime());
      const follow = ({ shape }: LimiterAlgorithm, nowMs: number) => {
        const [nextLimit, nextPerMs, nextWarmUpMs, nextFactor] = shape as readonly [number, number, number, number];
        limiter.configure(
          { limit: nextLimit, perMs: nextPerMs, warmUpMs: nextWarmUpMs, coldFactor: nextFactor },
          nowMs,
        );
        return true;
      };
      return new PlainMeter(stateOf(limiter), Number.POSITIVE_INFINITY, follow, {
        reserve: (weight, nowMs, maxWaitMs) => limiter.reserve(weight, nowMs, maxWaitMs),
        // Its permits cannot be given back; the turn passes unused.
        cancel() {},
      });
    },
  };
}
