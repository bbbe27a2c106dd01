/**
 * Gradient2: the limit follows how much longer calls take than they would without a queue (after Netflix's
 * concurrency-limits, `Gradient2Limit`; the idea is TCP's delay gradient). With baseline b and round trip r of a window:
 *
 *   gradient = clamp(tolerance · b / r, 0.5, 1)
 *   limit'   = (1 − smoothing) · limit + smoothing · (gradient · limit + queueSize)
 *
 * What differs from the plain form, and why:
 * - The plain one ignores drops, so refusals, which are quick, make it grow. Here the share of a window's calls that was
 *   answered is a factor of the gradient, and no queue is granted while calls are dropped.
 * - The plain one's baseline is an average over what it sees, its own queue included; since `queueSize` is always added, the
 *   limit drifts up under mild overload, and without end where every call takes the same long time. Here the baseline is
 *   measured by experiment (`windowed-limit.ts`), which makes the limit come to rest at tolerance · servers + queueSize.
 */

import type { Random } from "../../kernel/index.js";
import { inRange, ratio, wholeNumber } from "../options.js";
import type { LatencyTarget } from "../target/latency-target.js";
import type { AdaptiveLimit } from "./limit-algorithm.js";
import type { SampleWindow } from "./sample-window.js";
import {
  configOf,
  WindowedLimit,
  type WindowedOptions,
  type WindowedSettings,
  windowedSettings,
} from "./windowed-limit.js";

/** Options of {@link gradient2}. `max` is 200 where it is not given. */
export interface Gradient2Options extends WindowedOptions {
  /** How many times longer than the baseline a round trip may be before the limit shrinks, from 1 to 10. Default: 1.5. */
  readonly tolerance?: number;
  /** How far the limit goes towards its new value in one window, above 0 and at most 1. Default: 0.2. */
  readonly smoothing?: number;
  /** Calls that may queue at the dependency, which is also what the limit grows by. Default: 4. */
  readonly queueSize?: number;
}

type Gradient2Settings = WindowedSettings & Required<Omit<Gradient2Options, "target">>;

class Gradient2 extends WindowedLimit {
  readonly #settings: Gradient2Settings;

  constructor(
    settings: Gradient2Settings,
    target: LatencyTarget | undefined,
    random: Random,
    from: number | undefined,
  ) {
    super(settings, target, random, from);
    this.#settings = settings;
  }

  protected next(limit: number, baselineMs: number, window: SampleWindow): number {
    const { tolerance, smoothing, queueSize } = this.#settings;
    const gradient = window.measured ? Math.min(1, (tolerance * baselineMs) / window.meanMs) : 0;
    const granted = window.dropped === 0 ? queueSize : 0;
    const wanted = limit * Math.max(0.5, gradient * window.answeredShare) + granted;
    return (1 - smoothing) * limit + smoothing * wanted;
  }
}

/**
 * A concurrency limit that follows the ratio of the round trip without a queue to the round trip of now.
 *
 * Use it where you do not know how many calls at once a dependency can take, or where that changes. It tolerates service times
 * that vary much. One client, or the server itself, should make most of the load: many clients that each make a little cannot
 * measure their own queue, and `aimd` serves those better.
 *
 * @param options `initial`, `min`, `max`: calls at once; `tolerance`; `smoothing`; `queueSize` in calls; `windowSamples` in
 *   calls; `probeEveryMs` in milliseconds; `target`, a {@link latencyTarget}, for round trips of the function itself.
 * @throws HoldfastError `INVALID_OPTION`
 * @see vegas, aimd
 *
 * @example
 * ```ts
 * import { bulkhead, gradient2 } from "holdfast";
 *
 * const policy = bulkhead({ limit: gradient2({ initial: 10, max: 100 }), queue: { size: 50 } });
 * await policy.execute(() => "answer"); // => "answer"
 * policy.limit; // => 10
 * ```
 */
export function gradient2(options: Gradient2Options = {}): AdaptiveLimit {
  const settings: Gradient2Settings = {
    ...windowedSettings(options, 200),
    tolerance: inRange("tolerance", options.tolerance ?? 1.5, 1, 10),
    smoothing: ratio("smoothing", options.smoothing ?? 0.2),
    queueSize: wholeNumber("queueSize", options.queueSize ?? 4, 1, 10_000),
  };
  const { target } = options;
  return {
    kind: "gradient2",
    config: configOf("gradient2", settings, target),
    target,
    begin: (random, from) => new Gradient2(settings, target, random, from),
  };
}
