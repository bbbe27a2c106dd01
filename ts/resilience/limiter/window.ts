/** Fixed and sliding windows: both are counters of the core, which differ in how they see the window before. */

import {
  FixedWindow,
  type FullRuntime,
  fullRuntime,
  KeyedWindowLimiter,
  type KeyedWindowLimiterOptions,
  SlidingWindowCounter,
} from "../../core/index.js";
import { invalidOption } from "../../kernel/index.js";
import type { KeyOptions, LimiterAlgorithm, WindowRate } from "./algorithm.js";
import { KeyedWindows } from "./keyed-windows.js";
import { type Meter, PlainMeter } from "./meter.js";
import type { Stackable } from "./stackable.js";

const cores = { "fixed-window": FixedWindow, "sliding-window": SlidingWindowCounter } as const;
const keyedAlgorithms: Record<keyof typeof cores, KeyedWindowLimiterOptions["algorithm"]> = {
  "fixed-window": "fixed-window",
  "sliding-window": "sliding-window-counter",
};

/** An algorithm that counts in windows. */
export function windowAlgorithm(kind: keyof typeof cores, window: WindowRate): LimiterAlgorithm & Stackable {
  const { limit, perMs } = window;
  const rate = { limit, perMs };
  const algorithm = keyedAlgorithms[kind];
  return {
    kind,
    ...rate,
    burst: limit,
    shape: [limit, perMs],
    open: (keys) => (keys === undefined ? meterOf(kind, rate) : new KeyedWindows(algorithm, rate, keys)),
    level: (runtime: FullRuntime, maxKeys: number | undefined) =>
      maxKeys === undefined
        ? new cores[kind](rate, runtime)
        : new KeyedWindowLimiter({ ...rate, algorithm, maxKeys }, runtime),
  };
}

function meterOf(kind: keyof typeof cores, rate: WindowRate): Meter {
  const state = new cores[kind](rate, fullRuntime());
  return new PlainMeter(state, rate.limit, ({ limit, perMs }, nowMs) => {
    state.configure({ limit, perMs }, nowMs);
    return true;
  });
}

/** Refuses keys for an algorithm of which the core has no table. */
export function withoutKeys(kind: string, keys: KeyOptions | undefined): void {
  if (keys === undefined) return;
  throw invalidOption("keys", keys.max, `a ${kind} has one state; take buckets or windows for limits by key`);
}
