/** A duration that is a quantile of what a target takes, read when it is needed. */

import { invalidOption } from "../../kernel/index.js";
import { durationMs, inRange } from "../options.js";
import { onGrid } from "./grid.js";
import type { LatencyTarget } from "./latency-target.js";

/** Options of {@link quantile}. */
export interface QuantileOptions {
  /** Whose latencies. */
  readonly target: LatencyTarget;
  /** What the quantile is multiplied by, from 0.1 to 100. Default: 1. */
  readonly factor?: number;
  /** The shortest duration, in milliseconds. Default: 1. */
  readonly minMs?: number;
  /** The longest duration, in milliseconds. Default: none. */
  readonly maxMs?: number;
  /** The duration until enough is known, in milliseconds. Default: none, and what would wait for it is not done. */
  readonly initialMs?: number;
}

/** See {@link quantile}. */
export class LiveQuantile {
  readonly q: number;
  readonly target: LatencyTarget;
  readonly factor: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly initialMs: number | undefined;
  /** What the target said last, and what it is on the grid. */
  #readMs = Number.NaN;
  #durationMs = 0;

  constructor(q: number, options: QuantileOptions) {
    this.q = inRange("q", q, 0, 1);
    this.target = options.target;
    this.factor = inRange("factor", options.factor ?? 1, 0.1, 100);
    this.minMs = durationMs("minMs", options.minMs ?? 1);
    this.maxMs = options.maxMs === undefined ? Number.POSITIVE_INFINITY : durationMs("maxMs", options.maxMs);
    if (this.minMs > this.maxMs) throw invalidOption("minMs", this.minMs, `give at most maxMs (${this.maxMs})`);
    this.initialMs = options.initialMs === undefined ? undefined : durationMs("initialMs", options.initialMs);
  }

  /** @internal The options that what was judged by it makes sense with. */
  get config(): string {
    return JSON.stringify([this.q, this.factor, this.minMs, this.maxMs, this.initialMs]);
  }

  /** The duration now, in milliseconds; undefined while too little is known and `initialMs` is not given. */
  durationMs(nowMs: number): number | undefined {
    const ms = this.target.quantile(this.q, nowMs);
    if (ms === undefined) return this.initialMs;
    if (ms !== this.#readMs) {
      this.#readMs = ms;
      this.#durationMs = Math.min(this.maxMs, onGrid(Math.max(this.minMs, ms * this.factor)));
    }
    return this.#durationMs;
  }
}

/** Whether a duration is a live one. */
export function isLive(duration: number | LiveQuantile | undefined): duration is LiveQuantile {
  return typeof duration === "object" && duration !== null;
}

/**
 * A live quantile of a target, as a duration: for the delay of a hedge, and, times a factor, for what a circuit breaker calls
 * slow.
 *
 * @param q 0 to 1, such as 0.95.
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @see latencyTarget
 * @example
 * ```ts
 * import { latencyTarget, manualClock, quantile } from "holdfast";
 *
 * const target = latencyTarget("users", { clock: manualClock() });
 * const p95 = quantile(0.95, { target });
 * p95.durationMs(0); // => undefined
 * for (let ms = 1; ms <= 100; ms++) target.record(ms);
 * Math.abs(p95.durationMs(0)! - 97) < 5; // => true
 * ```
 */
export function quantile(q: number, options: QuantileOptions): LiveQuantile {
  return new LiveQuantile(q, options);
}
