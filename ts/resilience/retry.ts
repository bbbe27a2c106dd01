/**
 * Retry: try again what may succeed the next time, with growing waits, within a budget and before the deadline.
 *
 * The order of questions after a failure is the policy: was the call cut from outside? is the outcome a failure at all?
 * may it run twice? does the server forbid it? is an attempt left, and do attempts help of late? can another one end before
 * the deadline? do the throttle and the budget pay? Only then it waits.
 */

import type { AttemptLimit, RetryThrottle, SendRate } from "../core/index.js";
import { isProgrammingError } from "../errors/index.js";
import { dispose } from "../kernel/index.js";
import { type Backoff, exponential } from "./backoff.js";
import { type Call, failed, pending, succeeded } from "./call.js";
import { type AttemptFailure, neverStarted, RetriesExhaustedError } from "./errors.js";
import type { FailureTest } from "./handle.js";
import { again, done, type LoneLayer, type Verdict } from "./layer.js";
import { LayerPolicy } from "./layer-policy.js";
import { durationMs, wholeNumber } from "./options.js";
import type { PolicyEvents, PolicyOptions } from "./policy.js";
import { pushbackOf, retryAfterOf, stop } from "./retry-after.js";
import { OwnBudget, type RetryBudget } from "./retry-budget.js";
import type { LatencyTarget } from "./target/latency-target.js";

/** What of an `AttemptLimit` (`holdfast/core`) a retry needs. */
export type AttemptGovernor = Pick<AttemptLimit, "allowed" | "record">;

/** What of a `RetryThrottle` (`holdfast/core`) a retry needs. */
export type AttemptThrottle = Pick<RetryThrottle, "allows" | "recordFailure" | "recordSuccess">;

/** What of a `SendRate` (`holdfast/core`) a retry needs. */
export type AttemptRate = Pick<SendRate, "record" | "tryAcquire">;

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
  /**
   * What pays for retries; `false` for nothing. Default: a budget of its own, of 20 % of the calls and ten a second; in a
   * `pipeline` one that retry and hedge share.
   */
  readonly budget?: RetryBudget | false | undefined;
  /** Whose usual latency must still fit the call's deadline for another attempt to start. Default: none, any time left will do. */
  readonly target?: LatencyTarget | undefined;
  /** Allows fewer attempts while many of them fail: an `AttemptLimit` of `holdfast/core`. `attempts` stays the most. Default: none. */
  readonly attemptLimit?: AttemptGovernor | undefined;
  /** Holds retries back while too many attempts fail, as gRPC does: a `RetryThrottle` of `holdfast/core`. Default: none. */
  readonly throttle?: AttemptThrottle | undefined;
  /** Paces all attempts once the server asks for less, as the AWS SDKs do: a `SendRate` of `holdfast/core`. Default: none. */
  readonly sendRate?: AttemptRate | undefined;
  /** Which outcomes ask for less, for `sendRate`. Default: status 429, and whatever has a `Retry-After`. */
  readonly throttled?: FailureTest | undefined;
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
  readonly budget: RetryBudget | false | undefined;
  readonly target: LatencyTarget | undefined;
  /** What learns from each attempt; undefined where nothing does, and most attempts need not be looked at. */
  readonly governors: Governors | undefined;
}

function settingsOf(options: RetryOptions): Settings {
  return {
    attempts: wholeNumber("attempts", options.attempts ?? 3, 1, 1_000),
    backoff: options.backoff ?? exponential({ baseMs: 100, jitter: "decorrelated" }),
    handle: options.handle,
    maxRetryAfterMs: durationMs("maxRetryAfterMs", options.maxRetryAfterMs ?? 30_000, 0),
    budget: options.budget,
    target: options.target,
    governors: governorsOf(options),
  };
}

/** What learns from each attempt how many more there should be. */
type Governors = Pick<RetryOptions, "attemptLimit" | "throttle" | "sendRate" | "throttled">;

function governorsOf({ attemptLimit, throttle, sendRate, throttled }: RetryOptions): Governors | undefined {
  if (attemptLimit === undefined && throttle === undefined && sendRate === undefined) return undefined;
  return { attemptLimit, throttle, sendRate, throttled };
}

/** Why there is no further attempt, and the numbers that the rule compared, where it compares any. */
interface End {
  readonly rule: "attempts" | "attempt-limit" | "pushback" | "deadline" | "throttle" | "budget";
  readonly observed?: number;
  readonly threshold?: number;
}

/** What comes after a failure: another attempt after a wait, or the end. */
type Next = { readonly delayMs: number } | End;

/** See {@link retry}. */
export class RetryPolicy extends LayerPolicy<RetryEvents, RetryOptions> implements LoneLayer, Disposable {
  readonly kind = "retry";
  /** @internal */
  readonly timed = false;
  readonly #ownBudget: OwnBudget;
  #settings: Settings;

  constructor(options: RetryOptions = {}) {
    super("retry", options);
    this.#settings = settingsOf(options);
    this.#ownBudget = new OwnBudget({ clock: this.clock });
  }

  /** What pays for retries; undefined where nothing does. */
  get budget(): RetryBudget | undefined {
    return this.#ownBudget.unless(this.#settings.budget);
  }

  protected override targetsOf({ target }: RetryOptions): readonly LatencyTarget[] {
    return target === undefined ? [] : [target];
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

  /** @internal */
  enter(call: Call, index: number): Promise<boolean> | undefined {
    if (call.slot(index) !== undefined) call.keep(index, undefined);
    this.budget?.deposit(call.nowMs());
    const sendRate = this.#settings.governors?.sendRate;
    const waitMs = sendRate === undefined ? 0 : sendRate.tryAcquire(call.nowMs());
    return waitMs > 0 ? this.#waitForTurn(call, waitMs, sendRate!) : undefined;
  }

  /** @internal */
  admit(): number {
    // A send rate may make the call wait.
    if (this.#settings.governors?.sendRate !== undefined) return -1;
    this.budget?.deposit(this.clock.now());
    return 0;
  }

  /** @internal */
  pass(): boolean {
    return this.#settings.handle === undefined && this.#settings.governors === undefined;
  }

  /** @internal The first failure makes the note. */
  resume(): void {}

  /** Waits until the send rate lets an attempt pass, and says whether the call still wants it. */
  async #waitForTurn(call: Call, waitMs: number, sendRate: AttemptRate): Promise<boolean> {
    for (let restMs = waitMs; restMs > 0; restMs = sendRate.tryAcquire(this.clock.now())) {
      await call.sleep(restMs);
      if (call.status !== pending) return false;
    }
    return true;
  }

  /** @internal */
  leave(call: Call, index: number): typeof done | Promise<Verdict> {
    // Cut by the caller or by an outer deadline: nothing may start any more.
    if (call.interrupter < index) return done;
    return this.#judge(call) ? this.#afterFailure(call, index) : done;
  }

  /** Whether an attempt failed. Those who govern attempts are told. */
  #judge(call: Call): boolean {
    const { governors, handle } = this.#settings;
    const isFailure = (call.status !== succeeded || handle !== undefined) && this.#isFailure(call);
    if (governors !== undefined) this.#tell(governors, call, !isFailure && call.status === succeeded);
    return isFailure;
  }

  /** Tells those who govern attempts how one went. A refusal of ours tells nothing: nothing was sent. */
  #tell({ attemptLimit, throttle, sendRate, throttled }: Governors, call: Call, good: boolean): void {
    if (call.status === failed && neverStarted(call.result)) return;
    attemptLimit?.record(good);
    if (good) throttle?.recordSuccess();
    else throttle?.recordFailure();
    sendRate?.record((throttled ?? this.#asksForLess)(call.outcome), call.nowMs());
  }

  readonly #asksForLess: FailureTest = (outcome) => {
    const carrier = outcome.ok ? outcome.value : outcome.error;
    return statusOf(carrier) === 429 || retryAfterOf(carrier, this.clock) !== undefined;
  };

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

  /** Nothing is taken from the budget before all else allows the attempt. */
  #next(call: Call, previousMs: number, askedMs = 0): Next {
    const { attempts, backoff, maxRetryAfterMs, governors } = this.#settings;
    const pushbackMs = pushbackOf(call.result);
    if (pushbackMs === stop) return { rule: "pushback" };
    if (call.attempts >= attempts) return { rule: "attempts", observed: call.attempts, threshold: attempts };
    const allowed = governors?.attemptLimit?.allowed ?? attempts;
    if (call.attempts >= allowed) return { rule: "attempt-limit", observed: call.attempts, threshold: allowed };
    const longestMs = Math.max(askedMs, pushbackMs ?? 0);
    if (longestMs > maxRetryAfterMs) return { rule: "deadline", observed: longestMs, threshold: maxRetryAfterMs };
    const delayMs = pushbackMs ?? Math.max(backoff.delayMs(call.attempts, previousMs), askedMs);
    return this.#tooLate(call, delayMs) ?? this.#unpaid(call) ?? { delayMs };
  }

  /** An attempt that cannot end before the deadline would be work for nothing. */
  #tooLate(call: Call, delayMs: number): End | undefined {
    const { deadline } = call;
    if (deadline === undefined) return undefined;
    const nowMs = call.nowMs();
    const neededMs = delayMs + (this.#settings.target?.quantile(0.5, nowMs) ?? 0);
    const leftMs = deadline.dueMs - nowMs;
    return neededMs >= leftMs ? { rule: "deadline", observed: neededMs, threshold: leftMs } : undefined;
  }

  #unpaid(call: Call): End | undefined {
    if (this.#settings.governors?.throttle?.allows === false) return { rule: "throttle" };
    const { budget } = this;
    if (budget === undefined || budget.tryWithdraw(call.nowMs())) return undefined;
    return { rule: "budget", observed: budget.balance, threshold: 1 };
  }

  async #waitForNext(call: Call, index: number, delayMs: number): Promise<Verdict> {
    call.restart(call.attempts + 1);
    await call.sleep(delayMs);
    const sendRate = this.#settings.governors?.sendRate;
    if (sendRate !== undefined && call.status === pending) {
      await this.#waitForTurn(call, sendRate.tryAcquire(this.clock.now()), sendRate);
    }
    return call.interrupter < index ? done : again;
  }

  /** A lone attempt keeps its error; after several, the error says how often and why no more. A failed value is returned as it is. */
  #giveUp(call: Call, attempts: Attempts, { rule, observed, threshold }: End): typeof done {
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
    this.budget?.deposit(call.nowMs());
  }

  /** @internal Only the first failure is there to be judged: what a second attempt had met, nobody knows. */
  leaveShadow(call: Call, index: number): void {
    if (call.interrupter < index || !this.#judge(call)) return;
    const askedMs = retryAfterOf(call.result, this.clock);
    if (this.#mayRepeat(call, askedMs) && "delayMs" in this.#next(call, 0, askedMs)) this.shadow("retry");
  }

  /** Gives back what the core holds for a budget of its own. */
  [dispose](): void {
    this.#ownBudget[dispose]();
  }
}

/** The status that an error or a response has. */
function statusOf(carrier: unknown): unknown {
  return (carrier as { status?: unknown } | null | undefined)?.status;
}

/**
 * Calls again after a failure.
 *
 * Use it for calls that may run twice (idempotent ones) and whose failures pass. After the last attempt the call rejects
 * with a {@link RetriesExhaustedError} (`RETRIES_EXHAUSTED`) whose `cause` is the last failure and whose `attempts` list
 * them all. An abort by the caller cuts the wait, and no attempt starts after it. `Retry-After` on an error or a
 * response is honoured, up to `maxRetryAfterMs` and the deadline, and so is the pushback of gRPC. Retries may add 20 % to
 * the calls and ten a second, unless `budget` says otherwise: without a bound, three layers that each try three times turn
 * an outage into 27 times the load.
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
