/**
 * What to do about an error now: a pure function of the plan and of what has happened so far, so that a decision can be tested,
 * logged, replayed and explained without running anything. `recovery.ts` does what it says.
 */

import type { Classification } from "../category.js";
import { mayRetry } from "../classify.js";
import { matches, type RecoveryPlan, type RecoveryStep, type RestartStep, type RetryStep } from "./plan.js";

/** An error and what has been done about it so far. */
export interface Incident {
  readonly classification: Classification;
  /** Calls made, the one that failed included. */
  readonly attempt: number;
  /** Whether the call may safely run twice. */
  readonly idempotent: boolean;
  /** How long the error asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Whether a retry budget has refused to pay. */
  readonly budgetSpent?: boolean;
  /** Fallbacks that have failed for this call. */
  readonly failedFallbacks?: readonly string[];
  /** Targets that were restarted, well or badly, on account of this call. */
  readonly restarted?: readonly string[];
  /** When each target was restarted, for whatever call, in the clock's milliseconds. */
  readonly restarts?: Readonly<Record<string, readonly number[]>>;
  /** Now, in the same milliseconds. */
  readonly nowMs: number;
}

/** Why an error is let go. */
export type EscalationReason =
  /** An interruption: nobody waits any more. */
  | "interrupted"
  /** No rule is for it. */
  | "no-rule"
  /** The steps of its rule are used up. */
  | "used-up"
  /** A restart would be one too many. */
  | "intensity"
  /** The plan says so. */
  | "asked";

/** What to do. `rule` and `step` say which words of the plan it comes from. */
export type RecoveryDecision =
  | {
      readonly do: "retry";
      readonly attempt: number;
      readonly minDelayMs: number;
      readonly rule: number;
      readonly step: number;
    }
  | { readonly do: "fallback"; readonly to: string; readonly rule: number; readonly step: number }
  | {
      readonly do: "restart";
      readonly target: string;
      readonly repeat: boolean;
      readonly rule: number;
      readonly step: number;
    }
  | { readonly do: "ignore"; readonly value: unknown; readonly rule: number; readonly step: number }
  | {
      readonly do: "escalate";
      readonly reason: EscalationReason;
      readonly to?: string;
      readonly rule?: number;
      readonly step?: number;
    };

/**
 * Decides what to do about an error. Pure: equal arguments, equal answer.
 *
 * @example
 * ```ts
 * import { classify, decideRecovery } from "holdfast/errors";
 *
 * const plan = [{ when: { category: "unavailable" }, steps: [{ do: "retry", attempts: 3 }, { do: "fallback", to: "cache" }] }] as const;
 * const down = { classification: classify({ status: 503 }), idempotent: true, nowMs: 0 };
 * decideRecovery(plan, { ...down, attempt: 1 }); // => { do: "retry", attempt: 2, minDelayMs: 0, rule: 0, step: 0 }
 * decideRecovery(plan, { ...down, attempt: 3 }); // => { do: "fallback", to: "cache", rule: 0, step: 1 }
 * ```
 */
export function decideRecovery(plan: RecoveryPlan, incident: Incident): RecoveryDecision {
  const { classification } = incident;
  if (classification.kind === "interruption") return { do: "escalate", reason: "interrupted" };
  const rule = plan.findIndex(({ when }) => matches(when, classification));
  if (rule === -1) return { do: "escalate", reason: "no-rule" };
  for (const [step, words] of plan[rule]!.steps.entries()) {
    const decision = take(words, incident, { rule, step });
    if (decision !== undefined) return decision;
  }
  return { do: "escalate", reason: "used-up", rule };
}

interface Place {
  readonly rule: number;
  readonly step: number;
}

/** What a step says to do; `undefined` where it cannot be taken or is used up. */
function take(words: RecoveryStep, incident: Incident, place: Place): RecoveryDecision | undefined {
  switch (words.do) {
    case "retry":
      return takeRetry(words, incident, place);
    case "restart":
      return takeRestart(words, incident, place);
    case "fallback":
      return incident.failedFallbacks?.includes(words.to) ? undefined : { do: "fallback", to: words.to, ...place };
    case "ignore":
      return { do: "ignore", value: words.value, ...place };
    case "escalate":
      return { do: "escalate", reason: "asked", ...(words.to === undefined ? {} : { to: words.to }), ...place };
  }
}

function takeRetry(words: RetryStep, incident: Incident, place: Place): RecoveryDecision | undefined {
  const { attempt, idempotent, classification, retryAfterMs = 0, budgetSpent = false } = incident;
  const { attempts, maxWaitMs = 30_000 } = words;
  if (attempt >= attempts || budgetSpent || retryAfterMs > maxWaitMs || !mayRetry(classification, idempotent)) {
    return undefined;
  }
  return { do: "retry", attempt: attempt + 1, minDelayMs: retryAfterMs, ...place };
}

/** After Erlang's supervisors: `max` restarts within `withinMs` are borne, the next one says that restarting does not help. */
function takeRestart(words: RestartStep, incident: Incident, place: Place): RecoveryDecision | undefined {
  const { target, max = 3, withinMs = 60_000, repeat = true } = words;
  if (incident.restarted?.includes(target)) return undefined;
  const recent = (incident.restarts?.[target] ?? []).filter((atMs) => incident.nowMs - atMs < withinMs);
  if (recent.length >= max) return { do: "escalate", reason: "intensity", to: target, ...place };
  return { do: "restart", target, repeat: repeat && mayRetry(incident.classification, incident.idempotent), ...place };
}
