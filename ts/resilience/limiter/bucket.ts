/**
 * Token bucket, GCRA and the leaky bucket as a meter: one machine of the core, read from three sides (ITU-T I.371 proves them
 * equal). They differ in the burst that they have by default, and in what they are called.
 */

import { type FullRuntime, Gcra, KeyedLimiter } from "../../core/index.js";
import type { AlgorithmKind, LimiterAlgorithm, Rate } from "./algorithm.js";
import { KeyedRates } from "./keyed-rates.js";
import { type Meter, PlainMeter } from "./meter.js";
import type { Stackable } from "./stackable.js";

/** An algorithm that is a bucket. */
export function bucket(kind: AlgorithmKind, rate: Rate, defaultBurst: number): LimiterAlgorithm & Stackable {
  const { limit, perMs } = rate;
  // Half a permit a second is a fine rate, but half a permit is no burst.
  const burst = rate.burst ?? Math.max(1, Math.ceil(defaultBurst));
  const whole = { limit, perMs, burst };
  return {
    kind,
    ...whole,
    shape: [limit, perMs, burst],
    open: (keys) => (keys === undefined ? meterOf(whole) : new KeyedRates(kind, whole, keys)),
    level: (runtime: FullRuntime, maxKeys: number | undefined) =>
      maxKeys === undefined ? new Gcra(whole, runtime) : new KeyedLimiter({ ...whole, maxKeys }, runtime),
  };
}

function meterOf(rate: Required<Rate>): Meter {
  const state = new Gcra(rate);
  const follow = ({ limit, perMs, burst }: LimiterAlgorithm, nowMs: number) => {
    state.configure({ limit, perMs, burst }, nowMs);
    return true;
  };
  return new PlainMeter(state, rate.burst, follow, {
    reserve: (weight, nowMs, maxWaitMs) => state.reserve(weight, nowMs, maxWaitMs),
    cancel: (weight, dueMs, nowMs) => state.cancelReservation(weight, dueMs, nowMs),
  });
}
