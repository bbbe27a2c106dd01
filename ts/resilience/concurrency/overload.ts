/** Which outcomes say that a dependency does not keep up, as against that it is broken or was asked for nonsense. */

import type { Outcome } from "../../kernel/index.js";

const overloaded = (status: unknown): boolean => status === 429 || status === 503;

/**
 * The default of {@link BulkheadOptions.isDropped}: a timeout (ours, or that of `AbortSignal.timeout`), and a response or an
 * error whose `status` or `statusCode` is 429 or 503.
 *
 * @example
 * ```ts
 * import { isOverload } from "holdfast";
 *
 * isOverload({ ok: true, value: { status: 503 } }); // => true
 * isOverload({ ok: false, error: Object.assign(new Error("not found"), { status: 404 }) }); // => false
 * ```
 */
export function isOverload(outcome: Outcome<unknown>): boolean {
  const said = outcome.ok ? outcome.value : outcome.error;
  if (typeof said !== "object" || said === null) return false;
  const { status, statusCode, name } = said as { status?: unknown; statusCode?: unknown; name?: unknown };
  return overloaded(status) || overloaded(statusCode) || (!outcome.ok && name === "TimeoutError");
}
