/** One call of a policy under a function that is told beforehand how each attempt goes, and what can be seen of it. */

import { turn } from "./compare.js";

/** How one attempt goes: it takes so long and ends so. `undefined` never ends. */
export interface AttemptPlan {
  readonly tookMs: number | undefined;
  readonly ok: boolean;
}

/** A call: its attempts, and when its caller aborts. */
export interface CallPlan {
  readonly attempts: readonly AttemptPlan[];
  readonly abortAfterMs: number | undefined;
}

/** What can be seen of a call from outside. */
export interface CallSeen {
  /** When each attempt began. */
  readonly begun: readonly number[];
  /** When the call settled, and with what. */
  readonly settledMs: number | undefined;
  readonly outcome: string | undefined;
  /** What the outcome stands for, where it is an error that wraps another. */
  readonly cause: string | undefined;
  /** Whether the signal of the last attempt was aborted in the end. */
  readonly signalled: boolean;
}

type Work = (context: { readonly signal?: AbortSignal }) => Promise<unknown>;

/** Makes the call and watches it. Time is moved by whoever made the plan: `Date` and the timers are Vitest's fakes here, since the peers know no other clock. */
export function watch(plan: CallPlan, call: (work: Work, signal: AbortSignal) => Promise<unknown>) {
  const startedMs = Date.now();
  const begun: number[] = [];
  let signal: AbortSignal | undefined;
  let seen: Pick<CallSeen, "settledMs" | "outcome" | "cause"> = {
    settledMs: undefined,
    outcome: undefined,
    cause: undefined,
  };
  const now = () => Date.now() - startedMs;
  const work: Work = (context) => {
    const attempt = plan.attempts[Math.min(begun.length, plan.attempts.length - 1)]!;
    begun.push(now());
    signal = context.signal;
    return new Promise((resolve, reject) => {
      if (attempt.tookMs === undefined) return;
      const number = begun.length;
      setTimeout(() => (attempt.ok ? resolve(`up ${number}`) : reject(new Error(`down ${number}`))), attempt.tookMs);
    });
  };
  const caller = new AbortController();
  if (plan.abortAfterMs !== undefined) setTimeout(() => caller.abort(new Error("enough")), plan.abortAfterMs);
  const outcome = (text: unknown, cause?: unknown) => {
    seen = { settledMs: now(), outcome: String(text), cause: cause === undefined ? undefined : String(cause) };
  };
  call(work, caller.signal).then(outcome, (error: Error & { code?: string }) =>
    outcome(error.code ?? error.message, (error.cause as Error | undefined)?.message),
  );
  return {
    look: (): CallSeen => ({ begun: [...begun], ...seen, signalled: signal?.aborted ?? false }),
  };
}

/** The call as a step of a trace: both sides make it at the same instant, and the next step lets the time pass. */
export type CallStep = { readonly plan: CallPlan } | { readonly waitMs: number };

/** Whoever makes calls of traces. */
export function caller(call: (work: Work, signal: AbortSignal) => Promise<unknown>, end: () => void = () => {}) {
  let watched: { look(): CallSeen } | undefined;
  const nothing: CallSeen = {
    begun: [],
    settledMs: undefined,
    outcome: undefined,
    cause: undefined,
    signalled: false,
  };
  const look = () => watched?.look() ?? nothing;
  return {
    async take(step: CallStep): Promise<CallSeen> {
      if ("plan" in step) watched = watch(step.plan, call);
      await turn();
      return look();
    },
    look,
    end,
  };
}
