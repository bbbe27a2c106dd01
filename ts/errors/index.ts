/**
 * @module holdfast/errors
 *
 * Errors as something to act on: one form for all of them, what they are about, how often they come, and what to do.
 */

export {
  type Blame,
  type Category,
  type CategoryFacts,
  type Classification,
  categories,
  type ErrorKind,
  type RetrySafety,
  type Severity,
  severities,
} from "./category.js";
export { classify, mayRetry } from "./classify.js";
export { classifyOutcome, failuresOnly, transientOnly, unhealthyOnly } from "./failure-tests.js";
export { captureUncaught } from "./monitor/capture.js";
export {
  type CountQuery,
  ErrorMonitor,
  type ErrorMonitorEvents,
  type ErrorMonitorOptions,
  type ErrorMonitorSnapshot,
  errorMonitor,
  processMonitor,
  type RecordContext,
  type RecordedError,
  type SeriesState,
} from "./monitor/error-monitor.js";
export type { ErrorGroup } from "./monitor/groups.js";
export type { ErrorFilter, ThresholdOptions, ThresholdState } from "./monitor/threshold.js";
export type { Plain } from "./plain.js";
export {
  type FromProblemOptions,
  fromProblem,
  type ProblemDetails,
  type ProblemOptions,
  problemMediaType,
  toProblem,
} from "./problem.js";
export { isProgrammingError } from "./programming-error.js";
export { decideRecovery, type EscalationReason, type Incident, type RecoveryDecision } from "./recovery/decide.js";
export {
  type ErrorMatch,
  type EscalateStep,
  type FallbackStep,
  type IgnoreStep,
  type RecoveryPlan,
  type RecoveryRule,
  type RecoveryStep,
  type RestartStep,
  type RetryStep,
  transientRule,
} from "./recovery/plan.js";
export {
  Recovery,
  type RecoveryCallOptions,
  type RecoveryContext,
  type RecoveryEvents,
  type RecoveryFallback,
  type RecoveryOptions,
  type RecoveryPolicy,
  recovery,
} from "./recovery/recovery.js";
export type { Restart } from "./recovery/restarts.js";
export { type Redactor, type RedactorOptions, redactor } from "./redaction.js";
export {
  type Arms,
  all,
  andThen,
  any,
  type Defect,
  defect,
  type Err,
  err,
  fromOutcome,
  fromPromise,
  fromThrowable,
  isDefect,
  map,
  mapErr,
  match,
  type Ok,
  ok,
  orElse,
  type Result,
  unwrap,
  unwrapOr,
} from "./result.js";
export {
  type ErrorContext,
  type FromOptions,
  type PlainContext,
  UnifiedError,
  type UnifiedErrorJson,
  type UnifiedErrorOptions,
} from "./unified-error.js";
