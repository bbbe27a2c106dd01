import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { HoldfastError, invalidOption } from "../kernel/index.js";
import { duration } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link Ewma}. */
export interface EwmaOptions {
  /** After so many milliseconds a value counts half. */
  readonly halfLifeMs: number;
}

/**
 * A mean of values that come at any times, in which old ones fade: a value counts half as much after each half-life. With it go the
 * standard deviation and the rate at which values come.
 *
 * Use it for "latency lately", "errors a second lately" and for baselines. Unlike the textbook average it is right from the first value
 * on, and values of the same instant count alike. Those of several threads or processes merge into that of the whole.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`; `NOT_MERGEABLE`.
 * Source: Cormode, Shkapenyuk, Srivastava and Xu, "Forward Decay" (2009).
 *
 * @example
 * ```ts
 * import { Ewma } from "holdfast/core";
 *
 * const latency = new Ewma({ halfLifeMs: 1_000 });
 * latency.record(10, 0);
 * latency.record(40, 1_000);
 * latency.mean(1_000); // => 30
 * latency.weight(1_000); // => 1.5
 * ```
 */
export class Ewma extends Structure<FullExports> {
  readonly #halfLifeMs: number;

  constructor(options: EwmaOptions, runtime: FullRuntime = fullRuntime()) {
    const halfLifeMs = duration("halfLifeMs", options.halfLifeMs);
    super(runtime.core.ewmaSize(), runtime);
    this.#halfLifeMs = halfLifeMs;
    if (this.core.ewmaInit(this.at, halfLifeMs * 1000) !== 0) {
      this.dispose();
      throw invalidOption("halfLifeMs", options.halfLifeMs, "give a microsecond or more");
    }
  }

  /** Records a value of any unit; NaN is not recorded, and values beyond ±2^500 count as that. */
  record(value: number, nowMs: number): void {
    if (this.at === 0) throw this.disposed();
    this.core.ewmaRecord(this.at, value, nowMs * 1000);
  }

  /** The mean, 0 where nothing was recorded. It does not change while nothing comes. */
  mean(nowMs: number): number {
    return this.core.ewmaRead(this.live, 0, nowMs * 1000);
  }

  /** The standard deviation (of all values, as they fade). */
  deviation(nowMs: number): number {
    return Math.sqrt(this.core.ewmaRead(this.live, 1, nowMs * 1000));
  }

  /** How many values the mean is made of: those of a half-life ago count half. */
  weight(nowMs: number): number {
    return this.core.ewmaRead(this.live, 2, nowMs * 1000);
  }

  /** Values a second, lately: the weight by what it would be at one a second. Too low before a few half-lives have passed. */
  ratePerSecond(nowMs: number): number {
    return (this.weight(nowMs) * Math.LN2 * 1_000) / this.#halfLifeMs;
  }

  /** Adds everything that `other` recorded by the same clock, as of `nowMs`. Throws `NOT_MERGEABLE` where its half-life is not the same. */
  merge(other: Ewma, nowMs: number): void {
    const at = this.live;
    if (other.#halfLifeMs !== this.#halfLifeMs)
      throw new HoldfastError("NOT_MERGEABLE", "averages can be merged only if both have the same halfLifeMs");
    if (other.runtime === this.runtime) {
      this.core.ewmaMerge(at, other.live, nowMs * 1000);
      return;
    }
    const copy = new Ewma({ halfLifeMs: this.#halfLifeMs }, this.runtime);
    try {
      copy.restore(other.snapshot(nowMs), nowMs);
      this.core.ewmaMerge(at, copy.at, nowMs * 1000);
    } finally {
      copy.dispose();
    }
  }

  /** Everything recorded, as bytes, as of `nowMs`. */
  snapshot(nowMs: number): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.ewmaSave(at, to, nowMs * 1000));
  }

  /** Goes on where {@link snapshot} was taken, at `nowMs` of this process. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array, nowMs: number): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.ewmaLoad(at, from, nowMs * 1000));
  }
}
