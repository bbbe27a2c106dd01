/**
 * Vegas: the limit follows an estimate of how many calls queue (Brakmo, O'Malley and Peterson, "TCP Vegas", SIGCOMM 1994; the
 * thresholds are those of Netflix's concurrency-limits, `VegasLimit`). With baseline b and round trip r of a window:
 *
 *   queue = ⌈limit · (1 − b / r)⌉            step = max(1, log₁₀ limit), α = 3 · step, β = 6 · step
 *   queue ≤ step: limit + β      queue < α: limit + step      queue > β: limit − step      else as it is
 *
 * The plain form's baseline is the least round trip ever seen, looked at anew now and then under whatever load there is: after
 * the dependency became slower the limit falls to nothing, and after the next look it takes its own queue for the truth. Here
 * it is measured by experiment (`windowed-limit.ts`). And a window with drops takes the limit down by the share that was
 * dropped, at most by half and at least by a step: by a step alone it would take minutes to leave a dependency that answers nothing.
 */

import type { AdaptiveLimit } from "./limit-algorithm.js";
import type { SampleWindow } from "./sample-window.js";
import {
  configOf,
  WindowedLimit,
  type WindowedOptions,
  type WindowedSettings,
  windowedSettings,
} from "./windowed-limit.js";

/** Options of {@link vegas}. `max` is 1 000 where it is not given. */
export interface VegasOptions extends WindowedOptions {}

class Vegas extends WindowedLimit {
  protected next(limit: number, baselineMs: number, window: SampleWindow): number {
    const step = Math.max(1, Math.log10(limit));
    if (window.dropped > 0) return limit - Math.max(step, (limit / 2) * (1 - window.answeredShare));
    const queue = Math.ceil(limit * (1 - baselineMs / window.meanMs));
    if (queue <= step) return limit + 6 * step;
    if (queue < 3 * step) return limit + step;
    if (queue > 6 * step) return limit - step;
    return limit;
  }
}

/**
 * A concurrency limit that keeps a few calls queueing at the dependency: enough to use it fully, too few to slow it down.
 *
 * Use it where round trips without a queue vary little (a database, a service of one kind of call): it reacts to small
 * queues and keeps latency lowest. Where they vary much, `gradient2` is steadier.
 *
 * @param options `initial`, `min`, `max`: calls at once; `windowSamples` in calls; `probeEveryMs` in milliseconds;
 *   `target`, a {@link latencyTarget}, for round trips of the function itself.
 * @throws HoldfastError `INVALID_OPTION`
 * @see gradient2, aimd
 *
 * @example
 * ```ts
 * import { bulkhead, vegas } from "holdfast";
 *
 * const policy = bulkhead({ limit: vegas({ initial: 10, max: 100 }) });
 * await policy.execute(() => "answer"); // => "answer"
 * policy.limit; // => 10
 * ```
 */
export function vegas(options: VegasOptions = {}): AdaptiveLimit {
  const settings: WindowedSettings = windowedSettings(options, 1_000);
  const { target } = options;
  return {
    kind: "vegas",
    config: configOf("vegas", settings, target),
    target,
    begin: (random, from) => new Vegas(settings, target, random, from),
  };
}
