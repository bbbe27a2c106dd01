/** What the algorithms of a rate limiter have in common: a description, and the state that is made of it. */

import type { Meter } from "./meter.js";

/** A rate: `limit` permits each `perMs`, and how many may come at once. */
export interface Rate {
  /** Permits per period. */
  readonly limit: number;
  /** The period, in milliseconds. */
  readonly perMs: number;
  /** Permits that may be taken at once. Default: `limit` for a token bucket or a leaky bucket, 1 for GCRA (evenly spaced). */
  readonly burst?: number;
}

/** A window: `limit` permits in each `perMs` milliseconds. */
export interface WindowRate {
  /** Permits in a window, a whole number. */
  readonly limit: number;
  /** Length of the window, in milliseconds. */
  readonly perMs: number;
}

/** Which algorithm it is. */
export type AlgorithmKind =
  | "token-bucket"
  | "gcra"
  | "leaky-bucket"
  | "leaky-bucket-queue"
  | "fixed-window"
  | "sliding-window"
  | "sliding-log"
  | "warm-up"
  | "all";

/** One state for each key. */
export interface KeyOptions {
  /** Keys that have a state at once; 32 bytes or less each. */
  readonly max: number;
  /**
   * The limit of a key, where it is not the algorithm's own (`undefined`). It is asked at each call, so that a change counts at once;
   * keep it as quick as a look into a map.
   */
  readonly limits?: (key: string) => Rate | undefined;
  /** Limits of {@link RateLimiter.setLimit} that are held at once. Default: 10 000. */
  readonly maxLimits?: number;
  /**
   * The longest time that the full burst of any key's limit takes to come back, in milliseconds. Default: that of the algorithm's
   * own limit, which fits wherever all limits have the same `perMs` and their default burst.
   */
  readonly windowMs?: number;
}

/** An algorithm with its rate: `tokenBucket(…)`, `gcra(…)`, `leakyBucket(…)`; more in `holdfast/resilience/limiter`. */
export interface LimiterAlgorithm extends Rate {
  readonly kind: AlgorithmKind;
  /** The most that can be taken at once. */
  readonly burst: number;
  /** @internal How long `execute` waits for its turn unless told otherwise; pacing is all that some algorithms are for. */
  readonly maxWaitMs?: number;
  /** @internal Everything that shapes the state, for snapshots. */
  readonly shape: readonly unknown[];
  /** @internal Makes the state. */
  open(keys: KeyOptions | undefined): Meter;
}
