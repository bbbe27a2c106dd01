/** The algorithms that can be shared, and the meter that each means on the server. */

import { invalidOption } from "../kernel/index.js";
import type { LimiterAlgorithm } from "../resilience/index.js";
import { wholeNumber } from "../resilience/skeleton/index.js";
import { GcraMeter } from "./gcra-meter.js";
import type { RemoteMeter } from "./remote-meter.js";
import { WindowMeter } from "./window-meter.js";

/** Checks an algorithm and makes the meter that it means. */
export function meterOf(algorithm: LimiterAlgorithm): RemoteMeter {
  const { kind, perMs } = algorithm;
  const lengthUs = wholeMicroseconds(perMs);
  switch (kind) {
    case "sliding-window":
      return new WindowMeter(wholeNumber("algorithm.limit", algorithm.limit, 1, 2 ** 24 - 1), lengthUs);
    case "gcra":
    case "leaky-bucket":
    case "token-bucket":
      return new GcraMeter(
        wholeNumber("algorithm.limit", algorithm.limit, 1, 2 ** 32 - 1),
        lengthUs,
        wholeNumber("algorithm.burst", algorithm.burst, 1, 2 ** 32 - 1),
      );
    default:
      throw invalidOption(
        "algorithm.kind",
        kind,
        "give a tokenBucket, a gcra, a leakyBucket or a slidingWindow; others have no script",
      );
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
