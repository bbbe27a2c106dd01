import { defaultRuntime, type Runtime } from "../../bindings/index.js";
import { duration, within } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link RetryBudgetMachine}. */
export interface RetryBudgetMachineOptions {
  /** Retries that each call pays for: 0.2 allows one retry for five calls. 0.001 to 1000, or 0 for the reserve alone. Default: 0.2. */
  readonly ratio?: number | undefined;
  /** Retries a second that are allowed however few calls there are: 0 to 1,000,000. Default: 10. */
  readonly minPerSecond?: number | undefined;
  /** How long a call counts, in milliseconds: 1 ms to 365 days. Default: 10,000. */
  readonly ttlMs?: number | undefined;
}

/** What a call deposits; large enough that a ratio of a thousandth needs no fractions (Finagle's `ScaleFactor`). */
const depositAmount = 1000;

/**
 * Limits retries to a share of the calls of the last while, so that retries cannot multiply an overload.
 *
 * Use it to count retries yourself; else use `retryBudget`, which is built on it.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`.
 * Source: Finagle, `RetryBudget.scala`; Google, "Site Reliability Engineering" (2016), chapter 21.
 *
 * @example
 * ```ts
 * import { RetryBudgetMachine } from "holdfast/core";
 *
 * const budget = new RetryBudgetMachine({ ratio: 0.5, minPerSecond: 0 });
 * budget.tryWithdraw(0); // => false
 * budget.deposit(0);
 * budget.deposit(0);
 * budget.tryWithdraw(0); // => true
 * budget.balance(0); // => 0
 * ```
 */
export class RetryBudgetMachine extends Structure {
  constructor(options: RetryBudgetMachineOptions = {}, runtime: Runtime = defaultRuntime()) {
    const ratio = within("ratio", options.ratio ?? 0.2, options.ratio === 0 ? 0 : 0.001, 1000);
    const minPerSecond = within("minPerSecond", options.minPerSecond ?? 10, 0, 1_000_000);
    const ttlMs = duration("ttlMs", Math.max(options.ttlMs ?? 10_000, 0));
    within("ttlMs", ttlMs, 1, Number.POSITIVE_INFINITY);
    // With a ratio of 0 deposits buy nothing and only the reserve is left, counted in whole retries.
    const withdrawal = ratio === 0 ? 1 : Math.floor(depositAmount / ratio);
    const reserve = Math.floor((minPerSecond * ttlMs * withdrawal) / 1000);
    super(runtime.core.budgetSize(), runtime);
    this.core.budgetInit(this.at, ratio === 0 ? 0 : depositAmount, withdrawal, reserve, ttlMs * 1000);
  }

  /** Counts a call. */
  deposit(nowMs: number): void {
    if (this.at === 0) throw this.disposed();
    this.core.budgetDeposit(this.at, nowMs * 1000);
  }

  /** Pays for a retry; false, and nothing taken, where the balance does not cover it. */
  tryWithdraw(nowMs: number): boolean {
    if (this.at === 0) throw this.disposed();
    return this.core.budgetTryWithdraw(this.at, nowMs * 1000) === 1;
  }

  /** Whole retries that the balance covers. */
  balance(nowMs: number): number {
    return this.core.budgetBalance(this.live, nowMs * 1000);
  }

  /** The balance as bytes, with what remains of each deposit's time. */
  snapshot(nowMs: number): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.budgetSave(at, to, nowMs * 1000));
  }

  /** Goes on where {@link snapshot} was taken, at `nowMs` of this process. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array, nowMs: number): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.budgetLoad(at, from, nowMs * 1000));
  }
}
