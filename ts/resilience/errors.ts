/** The refusals of the policies. Each has a stable `code`, and a `rule` from the list that its class names. */

import { HoldfastError, RejectedError, type RejectionFields } from "../kernel/index.js";

/**
 * A circuit breaker is open (`open`), half-open with all its probes out (`half-open-full`), or has closed a short while ago and admits
 * only a share of the calls (`slow-start`).
 */
export class BrokenCircuitError extends RejectedError {
  get code(): "CIRCUIT_OPEN" {
    return "CIRCUIT_OPEN";
  }
  get name(): string {
    return "BrokenCircuitError";
  }
}

/** Fields of an {@link IsolatedCircuitError}. */
export interface IsolatedCircuitFields extends RejectionFields {
  /** What was given to `isolate` or `forceOpen`. */
  readonly reason: string | undefined;
}

/** A circuit breaker was opened by hand (`isolated`); `reason` is what was said when it was. */
export class IsolatedCircuitError extends RejectedError {
  readonly reason: string | undefined;

  constructor(fields: IsolatedCircuitFields) {
    super(fields);
    this.reason = fields.reason;
  }

  get code(): "CIRCUIT_ISOLATED" {
    return "CIRCUIT_ISOLATED";
  }
  get name(): string {
    return "IsolatedCircuitError";
  }
  override get message(): string {
    return this.reason === undefined ? super.message : `${super.message} (${this.reason})`;
  }
}

/**
 * A bulkhead has no free slot and no queue (`full`), a full queue (`queue-full`), or the wait was too long (`queue-timeout`), or
 * the call gave its place in a full queue to another (`displaced`).
 */
export class BulkheadFullError extends RejectedError {
  get code(): "BULKHEAD_FULL" {
    return "BULKHEAD_FULL";
  }
  get name(): string {
    return "BulkheadFullError";
  }
}

/**
 * A rate limiter has no room now (`limit`), for so long a wait (`max-wait`), for one more who waits (`queue-full`), or ever (`weight`: more than the
 * burst); or a distributed one fails closed and its store did not answer (`store-unavailable`, with the store's error as `cause`).
 */
export class LimitExceededError extends RejectedError {
  get code(): "RATE_LIMITED" {
    return "RATE_LIMITED";
  }
  get name(): string {
    return "LimitExceededError";
  }
  override get retryable(): boolean {
    return this.rule !== "weight";
  }
}

/**
 * A client holds back: its backend accepts too few of the requests (`accepts`: an adaptive throttle), or too few of them succeed (`success-rate`:
 * admission control).
 */
export class ThrottledError extends RejectedError {
  get code(): "THROTTLED" {
    return "THROTTLED";
  }
  get name(): string {
    return "ThrottledError";
  }
}

/**
 * A server has too much to do for a call of this importance; the rule is what there is too much of (`event-loop-delay`, `event-loop-utilisation`,
 * `cpu`, `in-flight`).
 */
export class LoadShedError extends RejectedError {
  get code(): "LOAD_SHED" {
    return "LOAD_SHED";
  }
  get name(): string {
    return "LoadShedError";
  }
}

/** So many calls wait for one shared execution that no further one may (`max-waiters`). */
export class CoalesceFullError extends RejectedError {
  get code(): "COALESCE_FULL" {
    return "COALESCE_FULL";
  }
  get name(): string {
    return "CoalesceFullError";
  }
}

/** A call took longer than it may (`timeout`). The work was started and may still run. */
export class TimeoutError extends RejectedError {
  get code(): "TIMEOUT" {
    return "TIMEOUT";
  }
  get name(): string {
    return "TimeoutError";
  }
}

/** Another attempt of the same call answered first (`superseded`): the reason of the signal of one that a hedge or its original has overtaken. */
export class SupersededError extends RejectedError {
  get code(): "SUPERSEDED" {
    return "SUPERSEDED";
  }
  get name(): string {
    return "SupersededError";
  }
  override get retryable(): boolean {
    return false;
  }
}

/** What became of one attempt. */
export interface AttemptFailure {
  readonly attempt: number;
  readonly error: unknown;
}

/** Fields of a {@link RetriesExhaustedError}. */
export interface RetriesExhaustedFields extends RejectionFields {
  readonly attempts: readonly AttemptFailure[];
}

/**
 * A retry gave up: no attempt is left (`attempts`), the budget refused one (`budget`), or the next would start after the
 * deadline (`deadline`). `cause` is the last failure, `attempts` lists them all.
 */
export class RetriesExhaustedError extends RejectedError {
  readonly attempts: readonly AttemptFailure[];

  constructor(fields: RetriesExhaustedFields) {
    super(fields);
    this.attempts = fields.attempts;
  }

  get code(): "RETRIES_EXHAUSTED" {
    return "RETRIES_EXHAUSTED";
  }
  get name(): string {
    return "RetriesExhaustedError";
  }
  override get message(): string {
    const last = this.cause instanceof Error ? this.cause.message : String(this.cause);
    return `${this.policy}: gave up after ${this.attempts.length} attempts (${this.rule}): ${last}`;
  }
}

/** Every code that a policy's refusal may have; `switch (error.code)` narrows over them. */
export type RejectionCode = AnyRejection["code"];

/** Every refusal of this module. */
export type AnyRejection =
  | BrokenCircuitError
  | IsolatedCircuitError
  | BulkheadFullError
  | CoalesceFullError
  | LimitExceededError
  | ThrottledError
  | LoadShedError
  | TimeoutError
  | SupersededError
  | RetriesExhaustedError;

/**
 * True for a refusal that was made before the guarded function ran: nothing reached the dependency, so such a failure
 * says nothing about its health, and the call is safe to repeat even if it is not idempotent.
 */
export function neverStarted(error: unknown): error is RejectedError {
  return error instanceof RejectedError && !(error instanceof TimeoutError || isOfAttempts(error));
}

/** Whether a refusal tells of attempts that were made. */
function isOfAttempts(error: RejectedError): boolean {
  return error instanceof RetriesExhaustedError || error instanceof SupersededError;
}

/** Thrown by `restore` for data that is not a snapshot of this kind of policy with this configuration. */
export function snapshotInvalid(message: string, details?: Readonly<Record<string, unknown>>): HoldfastError {
  return new HoldfastError("SNAPSHOT_INVALID", message, details === undefined ? {} : { details });
}
