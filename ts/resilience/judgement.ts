/** What the end of a call says about the dependency. */

import { outcome } from "../core/index.js";
import { isProgrammingError } from "../errors/index.js";
import { type Call, failed, succeeded } from "./call.js";
import { neverStarted } from "./errors.js";
import type { FailureTest } from "./handle.js";

/**
 * A caller who aborts says nothing about the dependency, nor does a refusal from further in: nothing reached it.
 * A deadline from further out does: the dependency had its chance and used the whole of it. A bug in the function says
 * nothing either, unless `isFailure` says that it does. Throws what `isFailure` throws.
 */
export function judge(call: Call, index: number, isFailure: FailureTest | undefined): number {
  if (call.status === failed && call.interrupter < index) {
    return call.unwanted ? outcome.ignored : outcome.failure;
  }
  if (isFailure === undefined) return call.status === succeeded ? outcome.success : resultOf(call.result);
  if (call.status === failed && neverStarted(call.result)) return outcome.ignored;
  return isFailure(call.outcome) ? outcome.failure : outcome.success;
}

/** What an error says, where nobody said how to tell. */
export function resultOf(error: unknown): number {
  return neverStarted(error) || isProgrammingError(error) ? outcome.ignored : outcome.failure;
}
