/**
 * Retry: try again what may succeed the next time, with growing waits, within a budget and before the deadline.
 *
 * The order of questions after a failure is the policy: was the call cut from outside? is the outcome a failure at all?
 * may it run twice? is an attempt left? does the wait end before the deadline? does the budget pay? Only then it waits.
 */

import { isProgrammingError } from "../errors/index.js";
import { type Backoff, exponential } from "./backoff.js";
import { type Call, failed, succeeded } from "./call.js";
import { type AttemptFailure, neverStarted, RetriesExhaustedError } from "./errors.js";
import type { FailureTest } from "./handle.js";
import { again, done, type Layer, type LoneLayer, type Verdict } from "./layer.js";
import { durationMs, wholeNumber } from "./options.js";
import { BasePolicy, type PolicyEvents, type PolicyOptions } from "./policy.js";
import { retryAfterOf } from "./retry-after.js";
import type { RetryBudget } from "./retry-budget.js";

/** Options of {@link retry}. */
export interface RetryOptions extends PolicyOptions {
  /** Attempts in all, the first included. Default: 3. */
  readonly attempts?: number;
  /** Waits between attempts. Default: exponential from 100 ms to 30 s, decorrelated jitter. */
  readonly backoff?: Backoff;
  /**
   * Which outcomes to try again. Default: every error, but no bug (`isProgrammingError` of `holdfast/errors`), and another policy's
   * refusal only if that says when to come back.
   */
  readonly handle?: FailureTest;
  /** The longest `Retry-After` that is waited for, in milliseconds; a longer one ends the attempts. Default: 30 000. */
  readonly maxRetryAfterMs?: number;
  /** What pays for retries. Default: none for a retry of its own, one of 20 % in a `pipeline`. */
  readonly budget?: RetryBudget | undefined;
}

/** Events of a retry. */
export interface RetryEvents extends PolicyEvents {
  /** Another attempt will start after `delayMs`. */
  retry: { readonly attempt: number; readonly delayMs: number; readonly error: unknown };
}

/** Whether the next attempt would start after the call's deadline. */
function startsTooLate(call: Call, delayMs: number): boolean {
  return call.deadline !== undefined && call.nowMs() + delayMs >= call.deadline.dueMs;
}

/** What a call has been through so far; made on its first failure. */
interface Attempts {
  readonly failures: AttemptFailure[];
  delayMs: number;
}

function attemptsOf(call: Call, index: number): Attempts {
  const known = call.slot(index) as Attempts | undefined;
  if (known !== undefined) return known;
  const fresh: Attempts = { failures: [], delayMs: 0 };
  call.keep(index, fresh);
  return fresh;
}

/** See {@link retry}. */
export class RetryPolicy extends BasePolicy<RetryEvents> implements LoneLayer {
  readonly kind = "retry";
  readonly attempts: number;
  /** @internal */
  readonly layers: readonly Layer[] = [this];
  protected override readonly alone: LoneLayer = this;
  /** @internal */
  readonly timed = false;
  readonly #backoff: Backoff;
  readonly #handle: FailureTest | undefined;
  readonly #maxRetryAfterMs: number;
  readonly #budget: RetryBudget | undefined;

  constructor(options: RetryOptions = {}) {
    super("retry", options);
    this.attempts = wholeNumber("attempts", options.attempts ?? 3, 1, 1_000);
    this.#backoff = options.backoff ?? exponential({ baseMs: 100, jitter: "decorrelated" });
    this.#handle = options.handle;
    this.#maxRetryAfterMs = durationMs("maxRetryAfterMs", options.maxRetryAfterMs ?? 30_000, 0);
    this.#budget = options.budget;
  }

  /** @internal */
  enter(call: Call, index: number): undefined {
    if (call.slot(index) !== undefined) call.keep(index, undefined);
    if (this.#budget !== undefined) this.#budget.deposit(call.nowMs());
    return undefined;
  }

  /** @internal */
  admit(): number {
    if (this.#budget !== undefined) this.#budget.deposit(this.clock.now());
    return 0;
  }

  /** @internal */
  pass(): boolean {
    return this.#handle === undefined;
  }

  /** @internal The first failure makes the note. */
  resume(): void {}

  /** @internal */
  leave(call: Call, index: number): typeof done | Promise<Verdict> {
    // Cut by the caller or by an outer deadline: nothing may start any more.
    if (call.interrupter < index) return done;
    if (call.status === succeeded && this.#handle === undefined) return done;
    if (!this.#isFailure(call)) return done;
    return this.#afterFailure(call, index);
  }

  #isFailure(call: Call): boolean {
    if (this.#handle === undefined) return !isProgrammingError(call.result);
    return this.#handle(call.outcome);
  }

  #afterFailure(call: Call, index: number): typeof done | Promise<Verdict> {
    const error = call.result;
    const refused = neverStarted(error);
    const askedMs = retryAfterOf(error, this.clock);
    // A refusal says that trying at once is pointless; only one that says when to come back is worth a wait.
    if (refused && askedMs === undefined && this.#handle === undefined) return done;
    if (call.options.idempotent === false && !refused) return done;

    const attempts = attemptsOf(call, index);
    attempts.failures.push({ attempt: call.attempts, error });
    if (call.attempts >= this.attempts) return this.#giveUp(call, attempts, "attempts");

    const delayMs = Math.max(this.#backoff.delayMs(call.attempts, attempts.delayMs), askedMs ?? 0);
    if ((askedMs ?? 0) > this.#maxRetryAfterMs || startsTooLate(call, delayMs)) {
      return this.#giveUp(call, attempts, "deadline");
    }
    if (this.#budget !== undefined && !this.#budget.tryWithdraw(call.nowMs())) {
      return this.#giveUp(call, attempts, "budget");
    }
    attempts.delayMs = delayMs;
    if (this.events.has("retry")) this.events.emit("retry", { attempt: call.attempts + 1, delayMs, error });
    return this.#waitForNext(call, index, delayMs);
  }

  async #waitForNext(call: Call, index: number, delayMs: number): Promise<Verdict> {
    call.restart(call.attempts + 1);
    await call.sleep(delayMs);
    return call.interrupter < index ? done : again;
  }

  /** A lone attempt keeps its error; after several, the error says how often and why no more. A failed value is returned as it is. */
  #giveUp(call: Call, attempts: Attempts, reason: "attempts" | "deadline" | "budget"): typeof done {
    if (call.status === failed && this.attempts > 1) {
      const retryAfterMs = retryAfterOf(call.result, this.clock);
      const fields = { policy: this.name, reason, retryAfterMs, cause: call.result, attempts: attempts.failures };
      call.fail(this.refusal(new RetriesExhaustedError(fields)), this.name);
    }
    return done;
  }
}

/**
 * Calls again after a failure.
 *
 * Use it for calls that may run twice (idempotent ones) and whose failures pass. After the last attempt the call rejects
 * with a {@link RetriesExhaustedError} (`RETRIES_EXHAUSTED`) whose `cause` is the last failure and whose `attempts` list
 * them all. An abort by the caller cuts the wait, and no attempt starts after it. `Retry-After` on an error or a
 * response is honoured, up to `maxRetryAfterMs` and the deadline.
 *
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { constant, retry } from "holdfast";
 *
 * let calls = 0;
 * const policy = retry({ attempts: 3, backoff: constant({ baseMs: 1 }) });
 * await policy.execute(() => {
 *   calls += 1;
 *   if (calls < 3) throw new Error("not yet");
 *   return "done";
 * }); // => "done"
 * ```
 */
export function retry(options: RetryOptions = {}): RetryPolicy {
  return new RetryPolicy(options);
}
