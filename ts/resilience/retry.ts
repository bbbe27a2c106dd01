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
import { again, done, type LoneLayer, type Verdict } from "./layer.js";
import { LayerPolicy } from "./layer-policy.js";
import { durationMs, wholeNumber } from "./options.js";
import type { PolicyEvents, PolicyOptions } from "./policy.js";
import { retryAfterOf } from "./retry-after.js";
import type { RetryBudget } from "./retry-budget.js";
import { expectNoState, noState } from "./snapshot.js";

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

/** Options that a retry works with. */
interface Settings {
  readonly attempts: number;
  readonly backoff: Backoff;
  readonly handle: FailureTest | undefined;
  readonly maxRetryAfterMs: number;
  readonly budget: RetryBudget | undefined;
}

function settingsOf(options: RetryOptions): Settings {
  return {
    attempts: wholeNumber("attempts", options.attempts ?? 3, 1, 1_000),
    backoff: options.backoff ?? exponential({ baseMs: 100, jitter: "decorrelated" }),
    handle: options.handle,
    maxRetryAfterMs: durationMs("maxRetryAfterMs", options.maxRetryAfterMs ?? 30_000, 0),
    budget: options.budget,
  };
}

/** What comes after a failure: another attempt after a wait, the end for the reason that a refusal names, or nothing to do with us. */
type Next =
  | { readonly delayMs: number }
  | { readonly rule: "attempts" | "deadline" | "budget"; readonly observed: number; readonly threshold: number };

/** See {@link retry}. */
export class RetryPolicy extends LayerPolicy<RetryEvents, RetryOptions> implements LoneLayer {
  readonly kind = "retry";
  /** @internal */
  readonly timed = false;
  #settings: Settings;

  constructor(options: RetryOptions = {}) {
    super("retry", options);
    this.#settings = settingsOf(options);
  }

  /** Attempts in all, the first included. */
  get attempts(): number {
    return this.#settings.attempts;
  }

  /** A schedule of delays that was not named stays, and with it its random sequence. */
  protected override adopt(options: RetryOptions): void {
    const settings = settingsOf(options);
    this.#settings =
      options.backoff === undefined && this.options.backoff === undefined
        ? { ...settings, backoff: this.#settings.backoff }
        : settings;
  }

  protected override config(): string {
    return "";
  }

  /** A budget is shared by policies, and has snapshots of its own. */
  protected override save(): Uint8Array {
    return noState;
  }

  protected override load(state: Uint8Array): void {
    expectNoState(this.kind, state);
  }

  /** @internal */
  enter(call: Call, index: number): undefined {
    if (call.slot(index) !== undefined) call.keep(index, undefined);
    this.#settings.budget?.deposit(call.nowMs());
    return undefined;
  }

  /** @internal */
  admit(): number {
    this.#settings.budget?.deposit(this.clock.now());
    return 0;
  }

  /** @internal */
  pass(): boolean {
    return this.#settings.handle === undefined;
  }

  /** @internal The first failure makes the note. */
  resume(): void {}

  /** @internal */
  leave(call: Call, index: number): typeof done | Promise<Verdict> {
    // Cut by the caller or by an outer deadline: nothing may start any more.
    if (call.interrupter < index) return done;
    if (call.status === succeeded && this.#settings.handle === undefined) return done;
    if (!this.#isFailure(call)) return done;
    return this.#afterFailure(call, index);
  }

  #isFailure(call: Call): boolean {
    const { handle } = this.#settings;
    return handle === undefined ? !isProgrammingError(call.result) : handle(call.outcome);
  }

  #afterFailure(call: Call, index: number): typeof done | Promise<Verdict> {
    const error = call.result;
    const askedMs = retryAfterOf(error, this.clock);
    if (!this.#mayRepeat(call, askedMs)) return done;
    const attempts = attemptsOf(call, index);
    attempts.failures.push({ attempt: call.attempts, error });
    const next = this.#next(call, attempts.delayMs, askedMs);
    if (!("delayMs" in next)) return this.#giveUp(call, attempts, next);
    const { delayMs } = next;
    attempts.delayMs = delayMs;
    if (this.events.has("retry")) this.events.emit("retry", { attempt: call.attempts + 1, delayMs, error });
    return this.#waitForNext(call, index, delayMs);
  }

  /** A refusal says that trying at once is pointless; only one that says when to come back is worth a wait. */
  #mayRepeat(call: Call, askedMs: number | undefined): boolean {
    const refused = neverStarted(call.result);
    if (refused && askedMs === undefined && this.#settings.handle === undefined) return false;
    return refused || call.options.idempotent !== false;
  }

  #next(call: Call, previousMs: number, askedMs = 0): Next {
    const { attempts, backoff, maxRetryAfterMs, budget } = this.#settings;
    if (call.attempts >= attempts) return { rule: "attempts", observed: call.attempts, threshold: attempts };
    if (askedMs > maxRetryAfterMs) return { rule: "deadline", observed: askedMs, threshold: maxRetryAfterMs };
    const delayMs = Math.max(backoff.delayMs(call.attempts, previousMs), askedMs);
    if (call.deadline !== undefined && call.nowMs() + delayMs >= call.deadline.dueMs) {
      return { rule: "deadline", observed: delayMs, threshold: call.deadline.dueMs - call.nowMs() };
    }
    if (budget !== undefined && !budget.tryWithdraw(call.nowMs())) {
      return { rule: "budget", observed: budget.balance, threshold: 1 };
    }
    return { delayMs };
  }

  async #waitForNext(call: Call, index: number, delayMs: number): Promise<Verdict> {
    call.restart(call.attempts + 1);
    await call.sleep(delayMs);
    return call.interrupter < index ? done : again;
  }

  /** A lone attempt keeps its error; after several, the error says how often and why no more. A failed value is returned as it is. */
  #giveUp(
    call: Call,
    attempts: Attempts,
    { rule, observed, threshold }: Exclude<Next, { delayMs: number }>,
  ): typeof done {
    if (call.status === failed && this.attempts > 1) {
      const retryAfterMs = retryAfterOf(call.result, this.clock);
      const fields = this.fields(rule, observed, threshold, retryAfterMs);
      const error = new RetriesExhaustedError({ ...fields, cause: call.result, attempts: attempts.failures });
      call.fail(this.refusal(error), this.name);
    }
    return done;
  }

  /** @internal */
  enterShadow(call: Call): void {
    this.#settings.budget?.deposit(call.nowMs());
  }

  /** @internal Only the first failure is there to be judged: what a second attempt had met, nobody knows. */
  leaveShadow(call: Call, index: number): void {
    if (call.interrupter < index) return;
    if (call.status === succeeded && this.#settings.handle === undefined) return;
    if (!this.#isFailure(call)) return;
    const askedMs = retryAfterOf(call.result, this.clock);
    if (this.#mayRepeat(call, askedMs) && "delayMs" in this.#next(call, 0, askedMs)) this.shadow("retry");
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
