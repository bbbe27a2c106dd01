/**
 * A time limit that follows what the dependency really takes, without a clock and without timers of its own.
 *
 *   limit = factor × (quantile of all successes), within [minMs, maxMs], and never below a floor.
 *
 * The quantile alone would spiral. A limit that cuts slow successes off no longer sees them, so it falls, cuts more, and
 * falls on; one that counts what it cut as having taken the limit multiplies itself by `factor` in an outage. So only
 * successes count here, and there is a BUDGET of false timeouts: attempts that were cut although they would have succeeded
 * within `maxMs`. Each call pays a small share in (`falseTimeouts`), each false timeout takes a whole one out, and where
 * the budget does not cover it the floor rises above the limit that was too short. Afterwards it sinks slowly, until the
 * budget pushes back again or the quantile carries the limit. Where nothing succeeds nothing is learnt: the limit stays
 * where it was, neither falling nor growing.
 *
 * Whether a timeout was false is seen in two ways. Work that goes on after it was cut tells by its end. Work that stops
 * when it is told to leaves a cut unresolved; for these a share of all calls, drawn at random, is let run up to `maxMs`
 * (`explore`): one that succeeds beyond the limit stands for the cuts that were unresolved so far. It costs nothing but the
 * wait of those few calls, and without it nobody could know.
 */

import { invalidOption, type Random, systemRandom } from "../../kernel/index.js";
import { snapshotInvalid } from "../errors.js";
import { durationMs, inRange, ratio } from "../options.js";
import { onGrid } from "./grid.js";
import type { LatencyTarget } from "./latency-target.js";

/** Options of {@link adaptive}. */
export interface AdaptiveTimeLimitOptions {
  /** Whose latencies the limit follows. */
  readonly target: LatencyTarget;
  /** Which quantile of all successes, above 0 and at most 1. Default: 0.99. */
  readonly quantile?: number;
  /** What the quantile is multiplied by, from 1 to 100. Default: 1.5. */
  readonly factor?: number;
  /** The shortest limit, in milliseconds; it covers pauses of your own process too. Default: 10, or `maxMs` where that is less. */
  readonly minMs?: number;
  /** The longest limit, in milliseconds: what you would have given as a fixed timeout. */
  readonly maxMs: number;
  /** The limit until enough is known, in milliseconds. Default: `maxMs`. */
  readonly initialMs?: number;
  /** The share of calls that may be cut although they would have succeeded within `maxMs`, above 0 and at most 1. Default: 0.001. */
  readonly falseTimeouts?: number;
  /** The share of calls that may run up to `maxMs` to see what the limit hides, from 0 (none) to 1. Default: 0.05. */
  readonly explore?: number;
  /** Where those calls are drawn from. Default: the system's. */
  readonly random?: Random;
}

/**
 * How much the floor rises at a time: above the limit that was too short, or, where one answer stands for several cuts,
 * above the time that it took. Those are rare, and steps from the limit would sink away in between.
 */
const growth = 1.5;

/** Windows in which the floor sinks by half. Quicker, and it is gone before work that is rarely seen is seen again. */
const floorHalfLife = 4;

/** False timeouts that may be saved up; more would delay the answer to a change. */
const savings = 3;

function isWithin(value: number | undefined, min: number, max: number): value is number {
  return value !== undefined && value >= min && value <= max;
}

/** How often a limit is computed anew, in milliseconds. */
const refreshMs = 100;

/** See {@link adaptive}. */
export class AdaptiveTimeLimit {
  readonly target: LatencyTarget;
  readonly quantile: number;
  readonly factor: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly falseTimeouts: number;
  readonly explore: number;
  readonly #random: Random;
  #limitMs: number;
  #floorMs = 0;
  /** False timeouts that may still happen; calls pay in. */
  #balance = 0;
  /** Cuts of which nobody knows how they would have ended. */
  #unresolved = 0;
  #callsToExplorer: number;
  #dueMs = Number.NEGATIVE_INFINITY;
  #computedMs = Number.NaN;

  constructor(options: AdaptiveTimeLimitOptions) {
    this.target = options.target;
    this.quantile = ratio("quantile", options.quantile ?? 0.99);
    this.factor = options.factor ?? 1.5;
    if (!(this.factor >= 1 && this.factor <= 100)) {
      throw invalidOption("factor", this.factor, "give a number from 1 to 100");
    }
    this.maxMs = durationMs("maxMs", options.maxMs);
    this.minMs = durationMs("minMs", options.minMs ?? Math.min(10, this.maxMs));
    if (this.minMs > this.maxMs) throw invalidOption("minMs", this.minMs, `give at most maxMs (${this.maxMs})`);
    this.#limitMs = durationMs("initialMs", options.initialMs ?? this.maxMs);
    if (this.#limitMs < this.minMs || this.#limitMs > this.maxMs) {
      throw invalidOption("initialMs", this.#limitMs, `give from minMs (${this.minMs}) to maxMs (${this.maxMs})`);
    }
    this.falseTimeouts = ratio("falseTimeouts", options.falseTimeouts ?? 0.001);
    this.explore = inRange("explore", options.explore ?? 0.05, 0, 1);
    this.#random = options.random ?? systemRandom;
    this.#callsToExplorer = this.#gap();
  }

  /** The limit as it stands, in milliseconds. */
  get limitMs(): number {
    return this.#limitMs;
  }

  /** @internal The options that the state makes sense with. */
  get config(): string {
    return JSON.stringify([this.quantile, this.factor, this.minMs, this.maxMs, this.falseTimeouts]);
  }

  /** @internal The limit, its floor and the budget. What nobody could resolve is forgotten: it was another process's. */
  save(): Uint8Array {
    return new Uint8Array(Float64Array.of(this.#limitMs, this.#floorMs, this.#balance).buffer);
  }

  /** @internal Takes over what `save` gave. Throws `SNAPSHOT_INVALID`, with nothing changed. */
  load(bytes: Uint8Array): void {
    const [limitMs, floorMs, balance] = bytes.length === 24 ? new Float64Array(bytes.slice().buffer) : [];
    if (
      !isWithin(limitMs, this.minMs, this.maxMs) ||
      !isWithin(floorMs, 0, this.maxMs) ||
      !isWithin(balance, 0, savings)
    ) {
      throw snapshotInvalid("these bytes are no adaptive limit", { limitMs, floorMs, balance });
    }
    this.#limitMs = limitMs;
    this.#floorMs = floorMs;
    this.#balance = balance;
  }

  /** The limit of a call that starts now: the usual one, or `maxMs` for one that is to explore. */
  next(nowMs: number): number {
    if (nowMs >= this.#dueMs) this.#compute(nowMs);
    this.#balance = Math.min(savings, this.#balance + this.falseTimeouts);
    if (--this.#callsToExplorer > 0) return this.#limitMs;
    this.#callsToExplorer = this.#gap();
    return this.maxMs;
  }

  /** A call was cut at the limit it had been given; what would have become of it is not known yet. */
  wasCut(givenMs: number): void {
    // An explorer was let run as long as any call may: cut all the same, it says that no limit would have served.
    if (givenMs >= this.maxMs) this.#unresolved = 0;
    else this.#unresolved++;
  }

  /** The work of a call that had been cut succeeded, `tookMs` after the call had begun. */
  succeededLate(tookMs: number): void {
    if (this.#unresolved > 0) this.#unresolved--;
    if (tookMs <= this.maxMs) this.#falseTimeouts(1, tookMs);
  }

  /** A call succeeded that had been given more than the usual limit. */
  explored(tookMs: number): void {
    if (tookMs <= this.#limitMs) return;
    const standsFor = this.#unresolved;
    this.#unresolved = 0;
    if (standsFor > 0) this.#falseTimeouts(standsFor, tookMs);
  }

  /** Takes false timeouts out of the budget. One that the limit of today would not cut says nothing against it. */
  #falseTimeouts(number: number, tookMs: number): void {
    if (tookMs <= this.#limitMs) return;
    this.#balance -= number;
    if (this.#balance >= 0) return;
    this.#balance = 0;
    this.#floorMs = Math.min(this.maxMs, (number > 1 ? tookMs : this.#limitMs) * growth);
    this.#limitMs = Math.min(this.maxMs, onGrid(this.#floorMs));
  }

  #compute(nowMs: number): void {
    const elapsedMs = Number.isNaN(this.#computedMs) ? 0 : nowMs - this.#computedMs;
    this.#computedMs = nowMs;
    this.#dueMs = nowMs + refreshMs;
    const observedMs = this.target.successQuantile(this.quantile, nowMs);
    if (observedMs === undefined) return;
    this.#floorMs *= 2 ** (-elapsedMs / (floorHalfLife * this.target.windowMs));
    const wantedMs = Math.max(observedMs * this.factor, this.#floorMs, this.minMs);
    this.#limitMs = Math.min(this.maxMs, onGrid(wantedMs));
  }

  /** Calls until the next that explores: 1 / explore on average. */
  #gap(): number {
    if (this.explore === 0) return Number.POSITIVE_INFINITY;
    return 1 + Math.round(this.#random.next() * 2 * (1 / this.explore - 1));
  }
}

/**
 * A time limit for `timeout` that follows a target: `factor` times a quantile of what succeeds, kept honest by a budget of
 * false timeouts.
 *
 * Use it where a fixed limit would be either so long that it protects nothing or so short that it cuts good answers off on
 * a slow day. `maxMs` is what you would have given as the fixed limit.
 *
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @see latencyTarget
 * @example
 * ```ts
 * import { adaptive, latencyTarget, timeout } from "holdfast";
 *
 * const target = latencyTarget("users");
 * const limit = adaptive({ target, quantile: 0.99, factor: 1.5, maxMs: 2_000 });
 * const guarded = timeout({ timeoutMs: limit });
 * await guarded.execute(() => "quick"); // => "quick"
 * limit.limitMs; // => 2000
 * ```
 */
export function adaptive(options: AdaptiveTimeLimitOptions): AdaptiveTimeLimit {
  return new AdaptiveTimeLimit(options);
}
