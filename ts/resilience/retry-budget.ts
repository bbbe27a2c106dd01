/**
 * Retry budget: retries may add so much load and no more.
 *
 * After Finagle's `RetryBudget`: each call deposits, each retry withdraws; a budget of ratio 0.2 lets retries be 20 % of
 * the calls of the last `ttlMs`, plus a reserve of `minPerSecond` so that a quiet client can still retry. Without one,
 * three layers that each try three times turn an outage into 27 times the load.
 */

import { RetryBudgetMachine } from "../core/index.js";
import { type Clock, dispose, systemClock } from "../kernel/index.js";
import { openSnapshot, type PolicySnapshot, sealSnapshot } from "./snapshot.js";

/** Options of {@link retryBudget}. */
export interface RetryBudgetOptions {
  /** Retries per call, from 0 to 1000. Default: 0.2. */
  readonly ratio?: number;
  /** Retries per second that are allowed whatever the number of calls. Default: 10. */
  readonly minPerSecond?: number;
  /** How long a call's deposit counts, in milliseconds. Default: 10 000. */
  readonly ttlMs?: number;
  readonly clock?: Clock;
}

/** See {@link retryBudget}. */
export class RetryBudget {
  readonly ratio: number;
  readonly minPerSecond: number;
  readonly ttlMs: number;
  readonly #clock: Clock;
  readonly #machine: RetryBudgetMachine;

  constructor(options: RetryBudgetOptions = {}) {
    this.ratio = options.ratio ?? 0.2;
    this.minPerSecond = options.minPerSecond ?? 10;
    this.ttlMs = options.ttlMs ?? 10_000;
    this.#clock = options.clock ?? systemClock;
    this.#machine = new RetryBudgetMachine({ ratio: this.ratio, minPerSecond: this.minPerSecond, ttlMs: this.ttlMs });
  }

  /** Notes a call (its first attempt). */
  deposit(nowMs: number = this.#clock.now()): void {
    this.#machine.deposit(nowMs);
  }

  /** Pays for one retry; false means that the budget is spent and the retry must not happen. */
  tryWithdraw(nowMs: number = this.#clock.now()): boolean {
    return this.#machine.tryWithdraw(nowMs);
  }

  /** Retries that could be paid for now. */
  get balance(): number {
    return this.#machine.balance(this.#clock.now());
  }

  /** The budget as data; see {@link restore}. */
  snapshot(): PolicySnapshot {
    return sealSnapshot("retry-budget", this.#config(), this.#machine.snapshot(this.#clock.now()));
  }

  /** Takes over a snapshot of a budget with the same options; `SNAPSHOT_INVALID` for anything else. */
  restore(snapshot: PolicySnapshot): void {
    this.#machine.restore(openSnapshot("retry-budget", this.#config(), snapshot), this.#clock.now());
  }

  #config(): string {
    return JSON.stringify([this.ratio, this.minPerSecond, this.ttlMs]);
  }

  /** Gives the core's memory back. */
  [dispose](): void {
    this.#machine[dispose]();
  }
}

/** @internal The budget of one policy: one that it was given, none, or one of its own, made when it is first needed. */
export class OwnBudget implements Disposable {
  readonly #options: RetryBudgetOptions;
  #made: RetryBudget | undefined = undefined;

  /** @param options those of its own budget. */
  constructor(options: RetryBudgetOptions) {
    this.#options = options;
  }

  /** What pays where a policy was given this: `false` is none, `undefined` its own. */
  unless(given: RetryBudget | false | undefined): RetryBudget | undefined {
    if (given !== undefined) return given === false ? undefined : given;
    this.#made ??= new RetryBudget(this.#options);
    return this.#made;
  }

  [dispose](): void {
    this.#made?.[dispose]();
  }
}

/** What a layer has that pays into a budget. */
interface Paying {
  readonly budget?: RetryBudget | undefined;
}

/**
 * @internal Whether a layer outside layer `index` pays into this budget for each call already. A retry and a hedge inside it
 * may share one; if both paid, a call would count twice.
 */
export function paidOutside(layers: readonly object[], index: number, budget: RetryBudget | undefined): boolean {
  return budget !== undefined && layers.slice(0, index).some((layer) => (layer as Paying).budget === budget);
}

/**
 * A budget that retries and hedges of one client or of many policies share.
 *
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { manualClock, retryBudget } from "holdfast";
 *
 * const budget = retryBudget({ ratio: 0.5, minPerSecond: 0, clock: manualClock() });
 * budget.tryWithdraw(); // => false
 * budget.deposit();
 * budget.deposit();
 * budget.tryWithdraw(); // => true
 * ```
 */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  return new RetryBudget(options);
}
