/**
 * Recovery plans: what to do about which errors, as plain data. A plan is a list of rules; the first that fits an error gives its
 * steps, which are taken in order, each once it can and until it is used up. Plans are put together by putting lists together.
 */

import { invalidOption, maxDurationMs } from "../../kernel/index.js";
import {
  type Category,
  type Classification,
  categories,
  type ErrorKind,
  type RetrySafety,
  retrySafeties,
  type Severity,
  severities,
} from "../category.js";

type OneOrMore<T> = T | readonly T[];

/** Which errors a rule is for; every part that is given must fit, a list fits if one of it does. */
export interface ErrorMatch {
  readonly code?: OneOrMore<string>;
  readonly category?: OneOrMore<Category>;
  readonly kind?: OneOrMore<ErrorKind>;
  readonly severity?: OneOrMore<Severity>;
  readonly retry?: OneOrMore<RetrySafety>;
}

/** Call again, if the error's retry safety allows it for this call. */
export interface RetryStep {
  readonly do: "retry";
  /** Calls in all, the first included, from 2 to 1000. */
  readonly attempts: number;
  /** The longest wait that the error may ask for (`retryAfterMs`); one that asks for more is not retried. Default: 30 000. */
  readonly maxWaitMs?: number;
}

/** Answer with what a named function gives. */
export interface FallbackStep {
  readonly do: "fallback";
  readonly to: string;
}

/**
 * Start a named part of the system anew (a connection, a worker, a cache), as a supervisor does: not more than `max` times within
 * `withinMs`, after which the error is escalated. Calls that fail together restart it once.
 */
export interface RestartStep {
  readonly do: "restart";
  readonly target: string;
  /** Restarts, from 1 to 1000. Default: 3. */
  readonly max?: number;
  /** Default: 60 000. */
  readonly withinMs?: number;
  /** Whether the call is made again afterwards, if the error's retry safety allows it. If not, the next step follows. Default: true. */
  readonly repeat?: boolean;
}

/** Go on as if the call had given this value. */
export interface IgnoreStep {
  readonly do: "ignore";
  readonly value?: unknown;
}

/** Let the error go up to whoever called, and tell those who listen. It is also what follows the last step. */
export interface EscalateStep {
  readonly do: "escalate";
  /** Whom it concerns: a word for the listeners. */
  readonly to?: string;
}

/** One thing to do about an error. */
export type RecoveryStep = RetryStep | FallbackStep | RestartStep | IgnoreStep | EscalateStep;

/** What to do about the errors that match. */
export interface RecoveryRule {
  /** Default: every error. Interruptions are never recovered from, whatever a rule says. */
  readonly when?: ErrorMatch;
  readonly steps: readonly RecoveryStep[];
}

/** Rules, the first that fits counts. */
export type RecoveryPlan = readonly RecoveryRule[];

/** A good last rule: what may pass is tried three times; all else goes up. */
export const transientRule: RecoveryRule = {
  when: { kind: "failure", retry: ["always", "idempotent"] },
  steps: [{ do: "retry", attempts: 3 }],
};

function fits<T>(wanted: OneOrMore<T> | undefined, found: T): boolean {
  if (wanted === undefined) return true;
  return Array.isArray(wanted) ? wanted.includes(found) : wanted === found;
}

/** Whether a rule is for an error. */
export function matches(when: ErrorMatch | undefined, found: Classification): boolean {
  return (
    when === undefined ||
    (fits(when.code, found.code) &&
      fits(when.category, found.category) &&
      fits(when.kind, found.kind) &&
      fits(when.severity, found.severity) &&
      fits(when.retry, found.retry))
  );
}

const kinds: readonly ErrorKind[] = ["failure", "defect", "interruption"];

function checkWords(option: string, given: OneOrMore<string> | undefined, words: readonly string[]): void {
  const odd = [given ?? []].flat().find((word) => !words.includes(word));
  if (odd !== undefined) throw invalidOption(option, odd, `give words of ${words.join(", ")}`);
}

function checkWhole(option: string, value: number, min: number): void {
  if (!Number.isInteger(value) || value < min || value > 1_000) {
    throw invalidOption(option, value, `give a whole number from ${min} to 1000`);
  }
}

function checkMs(option: string, value: number | undefined, min: number): void {
  if (value !== undefined && !(value >= min && value <= maxDurationMs)) {
    throw invalidOption(option, value, `give milliseconds from ${min} to ${maxDurationMs} (a year)`);
  }
}

function checkStep(at: string, step: RecoveryStep): void {
  switch (step.do) {
    case "retry":
      checkWhole(`${at}.attempts`, step.attempts, 2);
      checkMs(`${at}.maxWaitMs`, step.maxWaitMs, 0);
      break;
    case "restart":
      checkWhole(`${at}.max`, step.max ?? 3, 1);
      checkMs(`${at}.withinMs`, step.withinMs, 1);
      break;
    case "fallback":
    case "ignore":
    case "escalate":
      break;
    default:
      throw invalidOption(
        `${at}.do`,
        (step as { do?: unknown }).do,
        "give retry, fallback, restart, ignore or escalate",
      );
  }
}

/** Refuses a plan that is not one (it may come from a file), naming the place. Throws `INVALID_OPTION`. */
export function checkPlan(plan: RecoveryPlan): void {
  for (const [index, { when = {}, steps }] of plan.entries()) {
    const at = `plan[${index}]`;
    checkWords(`${at}.when.category`, when.category, Object.keys(categories));
    checkWords(`${at}.when.kind`, when.kind, kinds);
    checkWords(`${at}.when.severity`, when.severity, severities);
    checkWords(`${at}.when.retry`, when.retry, retrySafeties);
    for (const [place, step] of steps.entries()) checkStep(`${at}.steps[${place}]`, step);
  }
}
