/** The algorithms of the distributed limiter: what users name, and the meter and the stand-in that each means. */

import { invalidOption } from "../kernel/index.js";
import type { LimiterAlgorithm } from "../resilience/index.js";
import { wholeNumber } from "../resilience/skeleton/index.js";
import { GcraMeter } from "./gcra-meter.js";
import type { RemoteMeter } from "./remote-meter.js";
import { WindowMeter } from "./window-meter.js";

/** At most `limit` permits in any window of `perMs` milliseconds; make one with {@link slidingWindow}. */
export interface SlidingWindow {
  readonly kind: "sliding-window";
  /** Permits in a window: 1 to 2^24 − 1. */
  readonly limit: number;
  /** Length of the window, in milliseconds. */
  readonly perMs: number;
}

/** An algorithm that can be shared: `tokenBucket` or `gcra` of `holdfast/resilience`, or {@link slidingWindow}. Limits are whole numbers. */
export type DistributedAlgorithm = LimiterAlgorithm | SlidingWindow;

/**
 * At most `limit` permits in any `perMs` milliseconds, estimated from two counters: of the window before, the share counts that is not
 * yet over.
 *
 * Use it for a limit that shall hold for any minute, not only for those that begin with the clock's. Source: Cloudflare, "How we built rate limiting
 * capable of scaling to millions of domains" (2017).
 *
 * @example
 * ```ts
 * import { slidingWindow } from "holdfast/redis";
 *
 * slidingWindow({ limit: 100, perMs: 60_000 }).kind; // => "sliding-window"
 * ```
 */
export function slidingWindow(window: { readonly limit: number; readonly perMs: number }): SlidingWindow {
  return { kind: "sliding-window", limit: window.limit, perMs: window.perMs };
}

/** Checks an algorithm and makes the meter that it means. */
export function meterOf(algorithm: DistributedAlgorithm): RemoteMeter {
  const { kind, perMs } = algorithm;
  const lengthUs = wholeMicroseconds(perMs);
  switch (kind) {
    case "sliding-window":
      return new WindowMeter(wholeNumber("algorithm.limit", algorithm.limit, 1, 2 ** 24 - 1), lengthUs);
    case "gcra":
    case "token-bucket":
      return new GcraMeter(
        wholeNumber("algorithm.limit", algorithm.limit, 1, 2 ** 32 - 1),
        lengthUs,
        wholeNumber("algorithm.burst", algorithm.burst, 1, 2 ** 32 - 1),
      );
    default:
      throw invalidOption("algorithm.kind", kind, "give a tokenBucket, a gcra or a slidingWindow");
  }
}

/** A period in whole microseconds, at most a year of them. */
function wholeMicroseconds(perMs: number): number {
  const us = Math.round(perMs * 1000);
  if (!(us >= 1 && us <= 365 * 86_400_000_000 && Math.abs(perMs * 1000 - us) < 1e-6 * us)) {
    throw invalidOption("algorithm.perMs", perMs, "give milliseconds from 0.001 to a year, in whole microseconds");
  }
  return us;
}
