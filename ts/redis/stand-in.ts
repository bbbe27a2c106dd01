/** The local limiter that stands in while the server does not answer: the same algorithm over this process's share of the limit. */

import { KeyedLimiter, KeyedWindowLimiter } from "../core/index.js";
import { dispose } from "../kernel/index.js";
import type { LimiterAlgorithm } from "../resilience/index.js";
import type { Standing } from "./remote-meter.js";

export interface StandIn {
  /** The most that can be taken at once. */
  readonly limit: number;
  take(name: string, weight: number, nowMs: number): Standing;
  refund(name: string, weight: number, nowMs: number): void;
  forget(name: string): void;
  [dispose](): void;
}

/** A share of a whole number of permits, at least one. */
const shareOf = (permits: number, share: number): number => Math.max(1, Math.floor(permits * share));

/** A stand-in for `share` of `algorithm` that knows at most `maxKeys` keys. */
export function standInFor(algorithm: LimiterAlgorithm, share: number, maxKeys: number): StandIn {
  return algorithm.kind === "sliding-window"
    ? windowStandIn(shareOf(algorithm.limit, share), algorithm.perMs, maxKeys)
    : meterStandIn(algorithm.limit * share, algorithm.perMs, shareOf(algorithm.burst, share), maxKeys);
}

function meterStandIn(limit: number, perMs: number, burst: number, maxKeys: number): StandIn {
  const limiter = new KeyedLimiter({ algorithm: "gcra", limit, perMs, burst, maxKeys });
  return {
    limit: burst,
    take: (name, weight, nowMs) => limiter.check(name, weight, nowMs),
    refund: (name, weight, nowMs) => limiter.refund(name, weight, nowMs),
    forget: (name) => void limiter.forget(name),
    [dispose]: () => limiter[dispose](),
  };
}

function windowStandIn(limit: number, perMs: number, maxKeys: number): StandIn {
  const limiter = new KeyedWindowLimiter({ algorithm: "sliding-window-counter", limit, perMs, maxKeys });
  return {
    limit,
    take: (name, weight, nowMs) => ({
      waitMs: limiter.tryAcquire(name, weight, nowMs),
      remaining: limiter.remaining(name, nowMs),
      resetAfterMs: limiter.resetAfterMs(name, nowMs),
    }),
    refund: (name, weight, nowMs) => limiter.refund(name, weight, nowMs),
    forget: (name) => void limiter.forget(name),
    [dispose]: () => limiter[dispose](),
  };
}
