/**
 * One latency sketch for each thing that is called: its quantiles feed adaptive timeouts, the delay of hedges, the
 * slow-call threshold of a breaker and the limit of concurrency, so that all of them see the same dependency and it is
 * measured once.
 *
 * Every attempt of a policy that was given the target feeds it: successes in time, and attempts that a deadline cut off, as
 * having taken at least that long. So does an original attempt that its hedge has overtaken: it was slow, and a sketch without
 * it would move the hedge's delay down and down. Failures say nothing about how long success takes, and neither do attempts
 * that the caller called off, or hedges that their original has overtaken: they are left out.
 */

import { type Clock, dispose, systemClock } from "../../kernel/index.js";
import { type Call, succeeded } from "../call.js";
import { isOverload } from "../concurrency/overload.js";
import { SupersededError, TimeoutError } from "../errors.js";
import type { FailureTest } from "../handle.js";
import { done, type Layer } from "../layer.js";
import { durationMs, inRange, wholeNumber } from "../options.js";
import { openSnapshot, type PolicySnapshot, sealSnapshot } from "../snapshot.js";
import { cut, inTime, LatencyWindow, late, seenByCallers, successes } from "./latency-window.js";

/** Options of {@link latencyTarget}. */
export interface LatencyTargetOptions {
  /** How long an attempt counts at most, in milliseconds; it counts for at least half of that. Default: 60 000. */
  readonly windowMs?: number;
  /** Attempts in the window before a quantile means anything. Default: 20. */
  readonly minSamples?: number;
  /** How far a quantile may be off, as a share of its value: 0.00025 to 0.25. Default: 0.02. */
  readonly relativeError?: number;
  /** Durations above this are not told apart, in milliseconds. Default: 600 000, ten minutes. */
  readonly maxMs?: number;
  /**
   * Which answers are failures, which say nothing about how long success takes. Default: {@link isOverload}, responses with the
   * status 429 or 503: a refusal is quick.
   */
  readonly isFailure?: FailureTest;
  readonly clock?: Clock;
}

/** @internal All attempts that ever succeeded in time; the difference between two readings is what came between. */
export interface LatencyTotals {
  readonly count: number;
  readonly sumMs: number;
}

/** What a target has seen in its window. */
export interface LatencyStats {
  /** Attempts that succeeded in time. */
  readonly inTime: number;
  /** Attempts that were cut off by a deadline. */
  readonly cut: number;
  /** Those of them whose work succeeded later all the same. */
  readonly late: number;
  /** Quantiles in milliseconds, as `quantile` gives them. */
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

/** See {@link latencyTarget}. */
export class LatencyTarget implements Layer, Disposable {
  readonly name: string;
  readonly clock: Clock;
  readonly windowMs: number;
  readonly #window: LatencyWindow;
  readonly #config: string;
  readonly #maxMs: number;
  readonly #isFailure: FailureTest;
  #count = 0;
  #sumMs = 0;

  constructor(name: string, options: LatencyTargetOptions = {}) {
    this.name = name;
    this.clock = options.clock ?? systemClock;
    const checked = {
      windowMs: durationMs("windowMs", options.windowMs ?? 60_000, 1),
      minSamples: wholeNumber("minSamples", options.minSamples ?? 20, 1),
      relativeError: options.relativeError ?? 0.02,
      maxMs: durationMs("maxMs", options.maxMs ?? 600_000),
    };
    this.windowMs = checked.windowMs;
    this.#maxMs = checked.maxMs;
    this.#isFailure = options.isFailure ?? isOverload;
    this.#window = new LatencyWindow(checked);
    this.#config = JSON.stringify([checked.windowMs, checked.relativeError, checked.maxMs]);
  }

  /** Notes an attempt that succeeded after `ms` milliseconds. */
  record(ms: number, nowMs: number = this.clock.now()): void {
    this.#window.record(inTime, ms, nowMs);
    if (!(ms >= 0)) return;
    this.#count++;
    this.#sumMs += Math.min(ms, this.#maxMs);
  }

  /** Notes an attempt that was cut off after `ms` milliseconds, and so took at least that long. */
  recordCut(ms: number, nowMs: number = this.clock.now()): void {
    this.#window.record(cut, ms, nowMs);
  }

  /** Notes that the work of an attempt that was cut off earlier succeeded after `ms` milliseconds in all. */
  recordLate(ms: number, nowMs: number = this.clock.now()): void {
    this.#window.record(late, ms, nowMs);
  }

  /**
   * How long the share `q` of all attempts took at most, in milliseconds; undefined while too few are known. Attempts that
   * were cut off count as long as they were let run.
   *
   * @param q 0 (the shortest) to 1 (the longest).
   */
  quantile(q: number, nowMs: number = this.clock.now()): number | undefined {
    return this.#window.quantile(seenByCallers, inRange("q", q, 0, 1), nowMs);
  }

  /** The same of all that succeeded, in time or after they had been cut off: how long the dependency takes to succeed. */
  successQuantile(q: number, nowMs: number = this.clock.now()): number | undefined {
    return this.#window.quantile(successes, inRange("q", q, 0, 1), nowMs);
  }

  /** The mean of all that succeeded, in milliseconds; undefined while too few are known. */
  successMean(nowMs: number = this.clock.now()): number | undefined {
    return this.#window.mean(successes, nowMs);
  }

  /** @internal */
  get totals(): LatencyTotals {
    return { count: this.#count, sumMs: this.#sumMs };
  }

  /** @internal */
  enter(call: Call, index: number): undefined {
    call.keep(index, call.nowMs());
    return undefined;
  }

  /** @internal The innermost layer: what it sees is the function itself, without queues and waits. */
  leave(call: Call, index: number): typeof done {
    const startedMs = call.slot(index) as number;
    const nowMs = call.nowMs();
    if (call.status === succeeded) {
      if (!this.#isFailure(call.outcome)) this.record(nowMs - startedMs, nowMs);
    } else if (wasOvertaken(call)) this.recordCut(nowMs - startedMs, nowMs);
    else if (call.cutReason instanceof TimeoutError) {
      this.recordCut(nowMs - startedMs, nowMs);
      // The work may go on, and its end tells how long it would have taken.
      call.abandoned.at(-1)?.then(
        () => this.recordLate(this.clock.now() - startedMs),
        () => {},
      );
    }
    return done;
  }

  /** What the window holds now. */
  get stats(): LatencyStats {
    const nowMs = this.clock.now();
    return {
      inTime: this.#window.countOf(inTime, nowMs),
      cut: this.#window.countOf(cut, nowMs),
      late: this.#window.countOf(late, nowMs),
      p50: this.quantile(0.5, nowMs),
      p95: this.quantile(0.95, nowMs),
      p99: this.quantile(0.99, nowMs),
    };
  }

  /** What is known of the target, as data that holds in another process; see {@link restore}. */
  snapshot(): PolicySnapshot {
    return sealSnapshot("latency-target", this.#config, this.#window.save(this.clock.now()));
  }

  /** Takes over a snapshot of a target with the same options; `SNAPSHOT_INVALID`, with nothing changed, for anything else. */
  restore(snapshot: PolicySnapshot): void {
    this.#window.load(openSnapshot("latency-target", this.#config, snapshot), this.clock.now());
  }

  /** Gives the core's memory back; the target cannot be used afterwards. */
  [dispose](): void {
    this.#window[dispose]();
  }
}

/** Whether a hedge answered in the call's place; hedges that were overtaken themselves are cut by their caller, the policy. */
function wasOvertaken(call: Call): boolean {
  return call.hedge === 0 && call.interrupter >= 0 && call.result instanceof SupersededError;
}

/**
 * What is known about how long one dependency takes: one sketch that several policies feed and read.
 *
 * Make one for each thing whose latency is its own (a service, a database, perhaps an endpoint), give it to every policy
 * around its calls, and keep it as long as they live. It forgets: an attempt counts for half a window to a whole one.
 *
 * @param name appears in what is reported about it.
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @see quantile
 * @example
 * ```ts
 * import { latencyTarget, manualClock } from "holdfast";
 *
 * const users = latencyTarget("users", { clock: manualClock() });
 * users.quantile(0.5); // => undefined
 * for (let ms = 1; ms <= 100; ms++) users.record(ms);
 * Math.abs(users.quantile(0.95)! - 95) < 2; // => true
 * ```
 */
export function latencyTarget(name: string, options: LatencyTargetOptions = {}): LatencyTarget {
  return new LatencyTarget(name, options);
}
