/** Which outcomes count against a dependency, and which deserve another attempt. */

import { isProgrammingError } from "../errors/index.js";
import type { Outcome } from "../kernel/index.js";

/** Says whether an outcome is a failure. It must not throw and must not change the outcome. */
export type FailureTest = (outcome: Outcome<unknown>) => boolean;

/** Every error is a failure, no value is. */
export const anyError: FailureTest = (outcome) => !outcome.ok;

/** The default of what answers in place of a failure: every error but a bug, which somebody must see. */
export const anyErrorButBugs: FailureTest = (outcome) => !outcome.ok && !isProgrammingError(outcome.error);

/**
 * Every error is a failure, and so is a value (a `Response`, say) with one of these in its `status`.
 *
 * @example
 * ```ts
 * import { errorOrStatus } from "holdfast";
 *
 * errorOrStatus(502, 503, 504)({ ok: true, value: { status: 503 } }); // => true
 * ```
 */
export function errorOrStatus(...statuses: readonly number[]): FailureTest {
  const listed = new Set(statuses);
  return (outcome) => !outcome.ok || listed.has((outcome.value as { status?: number } | undefined)?.status ?? -1);
}
