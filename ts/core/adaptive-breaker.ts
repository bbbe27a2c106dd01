import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { BreakerMachine, type BreakerMachineOptions } from "./breaker-machine.js";
import { whole, within } from "./options.js";
import { snapshotInvalid } from "./structure.js";

/** What {@link AdaptiveBreakerMachine} learns from, and how far it may go. */
export interface BaselineOptions {
  /** Results that make one rate of the baseline: 1 to 1,048,576. Default: 100. */
  readonly sampleCalls?: number | undefined;
  /** Rates that the baseline remembers, and must know before it is used: 1 to 65,536. Default: 20. */
  readonly memory?: number | undefined;
  /** Standard deviations above the usual rate at which the breaker opens: 0 to 100, kept to three decimals. Default: 3. */
  readonly deviations?: number | undefined;
  /** Lowest threshold, 0.000001 to 1: a rate below it never opens the breaker, however unusual. Default: 0.05. */
  readonly floor?: number | undefined;
}

/**
 * Options of {@link AdaptiveBreakerMachine}; `failureRate` is the highest threshold, and the one until the baseline is known. The kind
 * is `count` or `time`: failures in a row are no rate, and are refused.
 */
export type AdaptiveBreakerMachineOptions = BreakerMachineOptions & { readonly baseline?: BaselineOptions | undefined };

/**
 * A {@link BreakerMachine} that learns which failure rate is usual, and opens where its window's rate is well above that.
 *
 * Use it where services differ: a service that never fails is cut off at 5 %, one that always refuses a third of its calls only
 * when it gets worse. While the breaker is closed every `sampleCalls` results make a rate; mean and deviation of these rates are
 * exponentially weighted, and the threshold is mean + `deviations` × deviation, between `floor` and `failureRate`. What opened the breaker is not
 * learnt, and a rate above the threshold counts as the threshold.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`.
 * Source: Finch, "Incremental calculation of weighted mean and variance" (2009), §9; thresholds by deviations after Shewhart's control charts.
 *
 * @see {@link OutlierDetector}, which compares with others instead of with the past.
 * @example
 * ```ts
 * import { AdaptiveBreakerMachine, breakerStates, outcome } from "holdfast/core";
 *
 * const breaker = new AdaptiveBreakerMachine({ kind: "count", calls: 20, baseline: { sampleCalls: 10, memory: 5 } });
 * breaker.threshold; // => 0.5
 * for (let n = 0; n < 50; n++) breaker.settle(breaker.tryAcquire(n), outcome.success, 1, n);
 * breaker.threshold; // => 0.05
 * breaker.settle(breaker.tryAcquire(50), outcome.failure, 1, 50); // => 1
 * breakerStates[breaker.state(50)]; // => "open"
 * ```
 */
export class AdaptiveBreakerMachine extends BreakerMachine {
  readonly #full: FullExports;
  readonly #ahead: number;
  readonly #ceiling: number;

  constructor(options: AdaptiveBreakerMachineOptions, runtime: FullRuntime = fullRuntime()) {
    const { baseline = {} } = options;
    const sampleCalls = whole("sampleCalls", baseline.sampleCalls ?? 100, 1, 2 ** 20);
    const memory = whole("memory", baseline.memory ?? 20, 1, 2 ** 16);
    const deviations = within("deviations", baseline.deviations ?? 3, 0, 100);
    const ceiling = within("failureRate", options.failureRate ?? 0.5, 1e-6, 1);
    const floor = within("floor", baseline.floor ?? Math.min(0.05, ceiling), 1e-6, ceiling);
    if (!["count", "time"].includes(options.kind)) {
      throw invalidOption("kind", options.kind, "give one of count, time: failures in a row are no rate");
    }
    const ahead = runtime.core.breakerAdaptiveAhead();
    super({ ...options, failureRate: ceiling }, runtime, ahead);
    this.#full = runtime.core;
    this.#ahead = ahead;
    this.#ceiling = ceiling;
    this.#full.breakerAdaptiveInit(this.#whole, sampleCalls, memory, Math.round(deviations * 1000), floor, ceiling);
  }

  /** Address of the baseline; the breaker stands behind it. */
  get #whole(): number {
    return this.live - this.#ahead;
  }

  override settle(permit: number, result: number, durationMs: number, nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    return this.#full.breakerAdaptiveSettle(this.at - this.#ahead, permit, result, durationMs * 1000, nowMs * 1000);
  }

  /**
   * As {@link BreakerMachine.reconfigure}; what was learnt stays too. False also for another `failureRate`, the highest threshold: what
   * was learnt was bounded by the old one.
   */
  override reconfigure(options: BreakerMachineOptions): boolean {
    if ((options.failureRate ?? 0.5) !== this.#ceiling) return false;
    // Where the breaker has its failure rate there stands the present threshold.
    return super.reconfigure({ ...options, failureRate: this.threshold });
  }

  /** Share of failed calls at which the window opens the breaker now. */
  get threshold(): number {
    return this.#full.breakerAdaptiveRead(this.#whole, 0) / 1e6;
  }

  /** The usual share of failed calls; 0 until the first sample is full. */
  get usualRate(): number {
    return this.#full.breakerAdaptiveRead(this.#whole, 1) / 1e6;
  }

  /** Standard deviation of that share, from sample to sample. */
  get deviation(): number {
    return this.#full.breakerAdaptiveRead(this.#whole, 2) / 1e6;
  }

  /** State and baseline as bytes. */
  override snapshot(nowMs: number): Uint8Array {
    const at = this.#whole;
    const bytes = this.#full.breakerAdaptiveSnapshotSize(at);
    const block = this.runtime.allocate(bytes);
    try {
      this.#full.breakerAdaptiveSave(at, block.at, nowMs * 1000);
      return this.runtime.view(block.at, bytes).slice();
    } finally {
      block.free();
    }
  }

  override restore(bytes: Uint8Array, nowMs: number): void {
    const at = this.#whole;
    const expected = this.#full.breakerAdaptiveSnapshotSize(at);
    if (bytes.length !== expected) throw snapshotInvalid(this.constructor.name, 1);
    const block = this.runtime.allocate(expected);
    try {
      this.runtime.view(block.at, expected).set(bytes);
      const status = this.#full.breakerAdaptiveLoad(at, block.at, nowMs * 1000);
      if (status !== 0) throw snapshotInvalid(this.constructor.name, status);
    } finally {
      block.free();
    }
  }
}
