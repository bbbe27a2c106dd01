/**
 * Classification as the predicates that policies take (`handle` of a retry or a fallback, `isFailure` of a breaker): each is
 * a function of an outcome. A value counts as failed where it is a response that says so itself (`ok` is false).
 */

import type { Outcome } from "../kernel/index.js";
import { type Classification, factsOf } from "./category.js";
import { classify } from "./classify.js";
import { isObject, read } from "./read.js";

/** What an outcome is about; `undefined` for a success. */
export function classifyOutcome(outcome: Outcome<unknown>): Classification | undefined {
  if (!outcome.ok) return classify(outcome.error);
  const { value } = outcome;
  return isObject(value) && read(value, "ok") === false && typeof read(value, "status") === "number"
    ? classify(value)
    : undefined;
}

/**
 * Every failure, but neither bugs nor interruptions.
 *
 * @example
 * ```ts
 * import { fallback } from "holdfast";
 * import { failuresOnly } from "holdfast/errors";
 *
 * const policy = fallback({ value: "yesterday's", handle: failuresOnly });
 * await policy.execute(() => Promise.reject(new Error("down"))); // => "yesterday's"
 * ```
 */
export function failuresOnly(outcome: Outcome<unknown>): boolean {
  return classifyOutcome(outcome)?.kind === "failure";
}

/** Failures that may pass when the call is made again: for the `handle` of a retry. A 404 is not tried again, a 503 is. */
export function transientOnly(outcome: Outcome<unknown>): boolean {
  const found = classifyOutcome(outcome);
  return found?.kind === "failure" && found.retry !== "never";
}

/**
 * Failures that are the dependency's own doing: for the `isFailure` of a breaker. A 404, a 403 or a full disk here says
 * nothing about its health.
 */
export function unhealthyOnly(outcome: Outcome<unknown>): boolean {
  const found = classifyOutcome(outcome);
  return found !== undefined && factsOf(found.category).blame === "dependency";
}
