/** What the outcome of a call says about the dependency. */

import { isProgrammingError } from "../errors/index.js";
import { type Call, failed, succeeded } from "./call.js";
import { neverStarted } from "./errors.js";
import type { FailureTest } from "./handle.js";

/** Good, bad, or nothing at all. */
export type Verdict = "success" | "failure" | "ignored";

/**
 * A caller who aborts says nothing about the dependency, nor does a refusal from further in: nothing reached it. A deadline from
 * further out does: the dependency had its chance and used the whole of it. A bug in the function says nothing either, unless
 * `isFailure` says that it does. One that throws fails the call.
 */
export function verdictOf(call: Call, index: number, isFailure: FailureTest | undefined): Verdict {
  if (call.status === failed) {
    if (call.interrupter < index) return call.unwanted ? "ignored" : "failure";
    if (neverStarted(call.result)) return "ignored";
  }
  if (isFailure === undefined) {
    if (call.status === succeeded) return "success";
    return isProgrammingError(call.result) ? "ignored" : "failure";
  }
  try {
    return isFailure(call.outcome) ? "failure" : "success";
  } catch (error) {
    call.fail(error);
    return "failure";
  }
}
