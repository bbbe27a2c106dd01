/** The driver of recovery plans: calls, asks `decideRecovery` what to do about an error, and does it. */

import {
  type Clock,
  Emitter,
  invalidOption,
  type Observable,
  type Outcome,
  type Random,
  type Signal,
  sleep,
  systemClock,
  systemRandom,
} from "../../kernel/index.js";
import type { Classification } from "../category.js";
import { classify } from "../classify.js";
import type { ErrorMonitor } from "../monitor/error-monitor.js";
import { read } from "../read.js";
import { UnifiedError } from "../unified-error.js";
import { decideRecovery, type Incident, type RecoveryDecision } from "./decide.js";
import { checkPlan, type RecoveryPlan, type RecoveryStep } from "./plan.js";
import { type Restart, Restarts } from "./restarts.js";

/** What the recovered function is told. */
export interface RecoveryContext {
  /** 1 for the first call, 2 for the next … */
  readonly attempt: number;
  /** The caller's signal. */
  readonly signal: Signal | undefined;
}

/** What a caller may say about one call. */
export interface RecoveryCallOptions {
  /** Ends waits at once; nothing is done about an error after it has aborted. */
  readonly signal?: Signal;
  /** Whether the call may safely run twice. Default: true. */
  readonly idempotent?: boolean;
  readonly operation?: string;
}

/** A source of a substitute, as a `fallback` policy has. */
export type RecoveryFallback = (context: { readonly error: unknown; readonly key: undefined }) => unknown;

/** What runs each call: any policy of `holdfast/resilience`. */
export interface RecoveryPolicy {
  execute<T>(
    fn: () => T | PromiseLike<T>,
    options: { readonly signal?: Signal; readonly idempotent?: boolean },
  ): Promise<T>;
}

/** Options of {@link recovery}. */
export interface RecoveryOptions {
  readonly plan: RecoveryPlan;
  /** What the plan's `fallback` steps name. */
  readonly fallbacks?: Readonly<Record<string, RecoveryFallback>>;
  /** What the plan's `restart` steps name. */
  readonly restarts?: Readonly<Record<string, Restart>>;
  /** Waits between calls: a `Backoff` of `holdfast/resilience`. Default: exponential from 100 ms to 30 s with full jitter. */
  readonly backoff?: { delayMs(attempt: number, previousMs: number): number };
  /** What pays for retries: a `RetryBudget` of `holdfast/resilience`. Default: none. */
  readonly budget?: { deposit(nowMs: number): void; tryWithdraw(nowMs: number): boolean };
  /** A policy around each call. */
  readonly policy?: RecoveryPolicy;
  /** Records every error, under `component` (the recovery's name). */
  readonly monitor?: Pick<ErrorMonitor, "record">;
  readonly name?: string;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Events of a recovery. */
export interface RecoveryEvents {
  /** Something was decided about an error. */
  decision: { readonly error: unknown; readonly classification: Classification; readonly decision: RecoveryDecision };
  /** An error was let go. */
  escalated: {
    readonly error: unknown;
    readonly classification: Classification;
    readonly reason: string;
    readonly to: string | undefined;
  };
}

/** What a call has been through. */
interface Progress {
  attempt: number;
  delayMs: number;
  budgetSpent: boolean;
  readonly failedFallbacks: string[];
  readonly restarted: string[];
  /** Errors of fallbacks and restarts, for the last word. */
  readonly further: unknown[];
}

/** Either an answer, or nothing yet: call again. */
type Done<T> = { readonly value: T } | undefined;

/** Full jitter after Brooker, "Exponential Backoff and Jitter": a draw from nothing to the doubled delay, capped. */
function fullJitter(random: Random): NonNullable<RecoveryOptions["backoff"]> {
  return { delayMs: (attempt) => random.next() * Math.min(30_000, 100 * 2 ** Math.min(attempt - 1, 20)) };
}

/** The wait that a refusal asks for, of its own or rebuilt from JSON. */
function retryAfterOf(error: unknown): number | undefined {
  const found = read(error, "retryAfterMs") ?? read(read(error, "details"), "retryAfterMs");
  return typeof found === "number" && found >= 0 ? found : undefined;
}

/** See {@link recovery}. */
export class Recovery implements Observable<RecoveryEvents> {
  readonly kind = "recovery";
  readonly name: string;
  readonly plan: RecoveryPlan;
  readonly #fallbacks: Readonly<Record<string, RecoveryFallback>>;
  readonly #restarts: Restarts;
  readonly #backoff: NonNullable<RecoveryOptions["backoff"]>;
  readonly #budget: RecoveryOptions["budget"];
  readonly #policy: RecoveryPolicy | undefined;
  readonly #monitor: RecoveryOptions["monitor"];
  readonly #clock: Clock;
  readonly #events = new Emitter<RecoveryEvents>();

  constructor(options: RecoveryOptions) {
    const { plan, fallbacks = {}, restarts = {}, name = "recovery", clock = systemClock } = options;
    checkPlan(plan);
    checkNames(plan, fallbacks, restarts);
    this.name = name;
    this.plan = plan;
    this.#fallbacks = fallbacks;
    this.#restarts = new Restarts(clock, restarts);
    this.#backoff = options.backoff ?? fullJitter(options.random ?? systemRandom);
    this.#budget = options.budget;
    this.#policy = options.policy;
    this.#monitor = options.monitor;
    this.#clock = clock;
  }

  /** Calls `fn` and recovers from its errors as the plan says; rejects with the error that was let go. */
  async execute<T>(
    fn: (context: RecoveryContext) => T | PromiseLike<T>,
    options: RecoveryCallOptions = {},
  ): Promise<T> {
    const progress: Progress = {
      attempt: 0,
      delayMs: 0,
      budgetSpent: false,
      failedFallbacks: [],
      restarted: [],
      further: [],
    };
    this.#budget?.deposit(this.#clock.now());
    for (;;) {
      progress.attempt++;
      const since = this.#restarts.generation;
      try {
        return await this.#call(fn, progress.attempt, options);
      } catch (error) {
        const done = await this.#recover<T>(error, progress, since, options);
        if (done !== undefined) return done.value;
      }
    }
  }

  /** The same with the outcome as a value; it never rejects. */
  async tryExecute<T>(
    fn: (context: RecoveryContext) => T | PromiseLike<T>,
    options?: RecoveryCallOptions,
  ): Promise<Outcome<T>> {
    try {
      return { ok: true, value: await this.execute(fn, options) };
    } catch (error) {
      return { ok: false, error };
    }
  }

  on<Type extends keyof RecoveryEvents>(type: Type, listener: (payload: RecoveryEvents[Type]) => void): Disposable {
    return this.#events.on(type, listener);
  }

  /** When each target was restarted, in the clock's milliseconds: the last 1000 times. */
  get restartTimes(): Readonly<Record<string, readonly number[]>> {
    return structuredClone(this.#restarts.times);
  }

  #call<T>(
    fn: (context: RecoveryContext) => T | PromiseLike<T>,
    attempt: number,
    { signal, idempotent = true }: RecoveryCallOptions,
  ): T | PromiseLike<T> {
    if (signal?.aborted) throw signal.reason;
    const context = { attempt, signal };
    if (this.#policy === undefined) return fn(context);
    return this.#policy.execute(() => fn(context), signal === undefined ? { idempotent } : { signal, idempotent });
  }

  /** Does what the plan says, step after step, until there is an answer, another call is to be made, or the error goes up. */
  async #recover<T>(
    error: unknown,
    progress: Progress,
    since: ReadonlyMap<string, number>,
    options: RecoveryCallOptions,
  ): Promise<Done<T>> {
    const { operation, signal } = options;
    const context = operation === undefined ? { component: this.name } : { component: this.name, operation };
    const found = this.#monitor?.record(error, context) ?? classify(error);
    for (;;) {
      if (signal?.aborted) throw error;
      const decision = this.#decide(error, found, progress, since, options);
      switch (decision.do) {
        case "retry":
          if (await this.#waitForRetry(decision.minDelayMs, progress, signal)) return undefined;
          break;
        case "restart":
          if ((await this.#restart(decision.target, progress, since)) && decision.repeat) return undefined;
          break;
        case "fallback": {
          const done = await this.#fallBack<T>(decision.to, error, progress);
          if (done !== undefined) return done;
          break;
        }
        case "ignore":
          return { value: decision.value as T };
        case "escalate":
          throw this.#escalate(error, found, decision, progress);
      }
    }
  }

  #decide(
    error: unknown,
    classification: Classification,
    progress: Progress,
    since: ReadonlyMap<string, number>,
    { idempotent = true }: RecoveryCallOptions,
  ): RecoveryDecision {
    // A restart that is shared with others is not one more, so it does not count against the intensity.
    const counted = Object.entries(this.#restarts.times).filter(([target]) => !this.#restarts.shares(target, since));
    const incident: Incident = {
      classification,
      attempt: progress.attempt,
      idempotent,
      retryAfterMs: retryAfterOf(error),
      budgetSpent: progress.budgetSpent,
      failedFallbacks: progress.failedFallbacks,
      restarted: progress.restarted,
      restarts: Object.fromEntries(counted),
      nowMs: this.#clock.now(),
    };
    const decision = decideRecovery(this.plan, incident);
    if (this.#events.has("decision")) this.#events.emit("decision", { error, classification, decision });
    return decision;
  }

  /** Waits for the next call; false where the budget does not pay for one. Rejects when the caller aborts. */
  async #waitForRetry(minDelayMs: number, progress: Progress, signal: Signal | undefined): Promise<boolean> {
    if (this.#budget?.tryWithdraw(this.#clock.now()) === false) {
      progress.budgetSpent = true;
      return false;
    }
    progress.delayMs = Math.max(minDelayMs, this.#backoff.delayMs(progress.attempt, progress.delayMs));
    if (progress.delayMs > 0) await sleep(this.#clock, progress.delayMs, signal);
    return true;
  }

  async #restart(target: string, progress: Progress, since: ReadonlyMap<string, number>): Promise<boolean> {
    progress.restarted.push(target);
    try {
      await this.#restarts.run(target, since);
      return true;
    } catch (error) {
      progress.further.push(error);
      return false;
    }
  }

  async #fallBack<T>(to: string, error: unknown, progress: Progress): Promise<Done<T>> {
    try {
      return { value: (await this.#fallbacks[to]!({ error, key: undefined })) as T };
    } catch (further) {
      progress.failedFallbacks.push(to);
      progress.further.push(further);
      return undefined;
    }
  }

  /** The error itself; where recovering from it failed too, one error that has them all. */
  #escalate(
    error: unknown,
    classification: Classification,
    { reason, to }: Extract<RecoveryDecision, { do: "escalate" }>,
    { further }: Progress,
  ): unknown {
    if (this.#events.has("escalated")) this.#events.emit("escalated", { error, classification, reason, to });
    if (further.length === 0) return error;
    const all = new AggregateError([error, ...further], "the call's own error first, then those of recovering from it");
    return new UnifiedError("RECOVERY_FAILED", `${this.name}: the call failed, and so did recovering from it`, {
      category: classification.category,
      severity: classification.severity,
      retry: classification.retry,
      component: this.name,
      cause: all,
    });
  }
}

/** Refuses a plan that names what is not there. */
function checkNames(plan: RecoveryPlan, fallbacks: object, restarts: object): void {
  const steps: readonly RecoveryStep[] = plan.flatMap((rule) => rule.steps);
  for (const step of steps) {
    if (step.do === "fallback" && !Object.hasOwn(fallbacks, step.to)) {
      throw invalidOption("fallbacks", step.to, "the plan names it; give a function of that name");
    }
    if (step.do === "restart" && !Object.hasOwn(restarts, step.target)) {
      throw invalidOption("restarts", step.target, "the plan names it; give a function of that name");
    }
  }
}

/**
 * Recovers from errors by a plan: retry, fall back, restart, ignore or escalate, chosen by what the error is about.
 *
 * Use it where different errors want different answers; where one answer serves for all, the policies of `holdfast/resilience`
 * cost less. It takes their parts (`backoff`, `budget`, a `policy` around each call). An interruption always goes up, a bug is
 * never retried, and a call that may not run twice is retried only where it certainly had no effect. The call rejects with the
 * very error that was let go, or with `RECOVERY_FAILED` where fallbacks or restarts failed as well.
 *
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { recovery, transientRule } from "holdfast/errors";
 *
 * const prices = recovery({
 *   plan: [
 *     { when: { category: "not-found" }, steps: [{ do: "ignore", value: 0 }] },
 *     { when: { kind: "defect" }, steps: [{ do: "escalate", to: "the developers" }] },
 *     { when: { category: "unavailable" }, steps: [{ do: "fallback", to: "yesterday" }] },
 *     transientRule,
 *   ],
 *   fallbacks: { yesterday: () => 41 },
 * });
 * await prices.execute(() => Promise.reject({ status: 503 })); // => 41
 * await prices.execute(() => Promise.reject({ status: 404 })); // => 0
 * ```
 */
export function recovery(options: RecoveryOptions): Recovery {
  return new Recovery(options);
}
