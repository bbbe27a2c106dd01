/** Which outcomes count against a dependency, and which deserve another attempt. */

import type { Outcome } from "../kernel/index.js";

/** Says whether an outcome is a failure. It must not throw and must not change the outcome. */
export type FailureTest = (outcome: Outcome<unknown>) => boolean;

/** The default: every error is a failure, no value is. */
export const anyError: FailureTest = (outcome) => !outcome.ok;

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
