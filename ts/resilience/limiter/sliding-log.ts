import { type FullRuntime, fullRuntime, SlidingWindowLog } from "../../core/index.js";
import { invalidOption } from "../../kernel/index.js";
import type { LimiterAlgorithm, WindowRate } from "./algorithm.js";
import { PlainMeter } from "./meter.js";
import type { Stackable } from "./stackable.js";
import { withoutKeys } from "./window.js";

/**
 * At most `limit` permits in any stretch of `perMs` milliseconds, exactly: the instant of each permit that counts is kept.
 *
 * Use it for small limits that must hold to the letter, such as those of an upstream that punishes the one call too many. It takes
 * 12 bytes a permit, from the beginning on, and has no keys.
 *
 * @param window `limit` from 1 to 32 768 in `perMs` milliseconds.
 *
 * @example
 * ```ts
 * import { manualClock, rateLimiter } from "holdfast";
 * import { slidingLog } from "holdfast/resilience/limiter";
 *
 * const clock = manualClock();
 * const limiter = rateLimiter({ algorithm: slidingLog({ limit: 2, perMs: 1_000 }), clock });
 * limiter.check().allowed; // => true
 * await clock.advance(600);
 * limiter.check().allowed; // => true
 * limiter.check().retryAfterMs; // => 400
 * ```
 */
export function slidingLog(window: WindowRate): LimiterAlgorithm {
  const { limit, perMs } = window;
  const rate = { limit, perMs };
  const algorithm: LimiterAlgorithm & Stackable = {
    kind: "sliding-log",
    ...rate,
    burst: limit,
    shape: [limit, perMs],
    open(keys) {
      withoutKeys("sliding log", keys);
      const state = new SlidingWindowLog(rate, fullRuntime());
      return new PlainMeter(state, limit, (next, nowMs) => {
        // Its memory was taken for the limit that it was made with.
        if (next.limit > limit) return false;
        state.configure({ limit: next.limit, perMs: next.perMs }, nowMs);
        return true;
      });
    },
    level(runtime: FullRuntime, maxKeys: number | undefined) {
      if (maxKeys !== undefined)
        throw invalidOption("levels", "sliding-log", 'a sliding log has one state: give its level by: "everybody"');
      return new SlidingWindowLog(rate, runtime);
    },
  };
  return algorithm;
}
