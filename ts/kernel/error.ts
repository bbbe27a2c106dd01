/**
 * The two roots of every error that Holdfast throws.
 *
 * `HoldfastError` is a real `Error` with a stack: something is wrong and somebody must look (bad configuration, a
 * disposed handle, a full arena). `RejectedError` is a refusal: a policy did its work, nothing is broken, and it may
 * happen a hundred thousand times a second. Capturing a stack costs about 2 µs, six times everything else on a refusal
 * path, so a refusal has none unless the policy was built with `captureStack: true`. A subclass of `Error` cannot
 * avoid the capture without touching the global `Error.stackTraceLimit`, which belongs to the application; therefore
 * `RejectedError` inherits from `Error.prototype` without running `Error`'s constructor.
 */

const brand = Symbol.for("holdfast.error");

/** What every error of Holdfast looks like as plain data; it survives `structuredClone`, JSON and `postMessage`. */
export interface ErrorJson {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;
  readonly stack?: string;
  readonly cause?: unknown;
}

/** The part that all errors of Holdfast share; recognise it with {@link isHoldfastError}. */
export interface AnyHoldfastError extends Error {
  /** Stable, documented, safe to `switch` on. */
  readonly code: string;
  /** Whether the same call may succeed when it is made again. */
  readonly retryable: boolean;
  toJSON(): ErrorJson;
}

/**
 * True for an error made by any copy of this package in the process (recognised by `Symbol.for`, not by class identity).
 *
 * @example
 * ```ts
 * import { isHoldfastError } from "holdfast";
 *
 * isHoldfastError(new Error("no")); // => false
 * ```
 */
export function isHoldfastError(value: unknown): value is AnyHoldfastError {
  return typeof value === "object" && value !== null && (value as { [brand]?: true })[brand] === true;
}

/** How many errors of a chain of causes, and of an `AggregateError`, the plain form shows. */
const maxCauses = 16;

/** Causes whose plain form is being made, outermost first: a chain that is too long, or comes back to itself, ends there. */
const underway: unknown[] = [];

/** Turns a `cause` into plain data. A cause that is no error is kept as it is; one that cannot be read says so. */
function plainCause(cause: unknown): unknown {
  try {
    const known = isHoldfastError(cause);
    if (!known && !(cause instanceof Error)) return cause;
    const { name, message } = cause as Error;
    if (underway.length >= maxCauses || underway.includes(cause)) return { name, message };
    underway.push(cause);
    try {
      return known ? cause.toJSON() : { name, message, ...plainParts(cause as Error) };
    } finally {
      underway.pop();
    }
  } catch {
    return { name: "Error", message: "this cause cannot be read" };
  }
}

/** What a foreign error may have besides its name and message. */
function plainParts({ code, cause, errors }: Error & { code?: unknown; errors?: unknown }): Record<string, unknown> {
  const parts: Record<string, unknown> = {};
  if (typeof code === "string" || typeof code === "number") parts["code"] = code;
  if (cause !== undefined) parts["cause"] = plainCause(cause);
  if (Array.isArray(errors)) parts["errors"] = errors.slice(0, maxCauses).map(plainCause);
  return parts;
}

/** Assembles the plain form; optional members are left out, not set to `undefined`, so that JSON round trips compare equal. */
function plainError(error: AnyHoldfastError, details: Readonly<Record<string, unknown>>, stack?: string): ErrorJson {
  return {
    name: error.name,
    code: error.code,
    message: error.message,
    retryable: error.retryable,
    details,
    ...(stack === undefined ? {} : { stack }),
    ...(error.cause === undefined ? {} : { cause: plainCause(error.cause) }),
  };
}

/** Options of {@link HoldfastError}. */
export interface HoldfastErrorOptions {
  readonly cause?: unknown;
  /** Whether the same call may succeed when it is made again. Default: false. */
  readonly retryable?: boolean;
  /** Plain data that a program can act on: the value that was refused, the limit that it broke. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * An error with a stable `code`, a message that says what was wrong and what would be right, and plain `details`.
 *
 * @example
 * ```ts
 * import { HoldfastError } from "holdfast";
 *
 * const error = new HoldfastError("INVALID_OPTION", "attempts is 0; give a whole number of at least 1", {
 *   details: { option: "attempts", value: 0 },
 * });
 * error.code; // => "INVALID_OPTION"
 * HoldfastError.fromJSON(error.toJSON()).message === error.message; // => true
 * ```
 */
export class HoldfastError extends Error implements AnyHoldfastError {
  readonly code: string;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: HoldfastErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }

  override get name(): string {
    return "HoldfastError";
  }

  get [brand](): true {
    return true;
  }

  toJSON(): ErrorJson {
    return plainError(this, this.details, this.stack);
  }

  /** Rebuilds an error from {@link toJSON}. Throws a `TypeError` where the data has no `code` or `message`. */
  static fromJSON(json: ErrorJson): HoldfastError {
    if (typeof json?.code !== "string" || typeof json.message !== "string") {
      throw new TypeError("an error's JSON form needs the strings `code` and `message`");
    }
    const error = new HoldfastError(json.code, json.message, json);
    if (json.stack !== undefined) error.stack = json.stack;
    return error;
  }
}

/** Why an option or argument was refused: `INVALID_OPTION`, with the option's name and value in `details`. */
export function invalidOption(option: string, value: unknown, wanted: string): HoldfastError {
  return new HoldfastError("INVALID_OPTION", `${option} is ${quote(value)}; ${wanted}`, { details: { option, value } });
}

/** Shows a bad value in a message without letting a huge or hostile one flood the log. */
export function quote(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** What a refusal carries: enough for a caller to decide what to do next, and for a log to say why. */
export interface RejectionFields {
  /** Name of the policy that refused. */
  readonly policy: string;
  /** The rule that refused, a word from a fixed list for each policy (`open`, `queue-full`, `limit` …). */
  readonly rule: string;
  /** What the rule looked at when it refused (calls in the queue, a failure rate, milliseconds), where it is a number. */
  readonly observed?: number | undefined;
  /** What the rule allows, in the unit of `observed`. */
  readonly threshold?: number | undefined;
  /** Milliseconds after which the same call may pass, or `undefined` where nobody can know. */
  readonly retryAfterMs?: number | undefined;
  /** Which state or configuration of the policy refused: a breaker counts its changes of state, every other policy its reconfigurations. */
  readonly generation?: number | undefined;
  readonly cause?: unknown;
}

export interface RejectedError extends Error {}

/**
 * A policy's refusal. Subclasses say which policy; `code` is stable, `rule` says which of its rules, `observed` and
 * `threshold` what the rule saw and what it allows.
 * It has no stack unless the policy was built with `captureStack: true`.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the class takes its type from Error but must not run Error's constructor (see the head of this file)
export abstract class RejectedError implements AnyHoldfastError {
  readonly policy: string;
  readonly rule: string;
  readonly observed: number | undefined;
  readonly threshold: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly generation: number | undefined;
  readonly cause: unknown;

  abstract readonly code: string;
  abstract readonly name: string;

  constructor(fields: RejectionFields) {
    this.policy = fields.policy;
    this.rule = fields.rule;
    this.observed = fields.observed;
    this.threshold = fields.threshold;
    this.retryAfterMs = fields.retryAfterMs;
    this.generation = fields.generation;
    this.cause = fields.cause;
  }

  static {
    Object.setPrototypeOf(RejectedError.prototype, Error.prototype);
  }

  get message(): string {
    const wait = this.retryAfterMs === undefined ? "" : `; retry after ${Math.ceil(this.retryAfterMs)} ms`;
    return `${this.policy}: ${this.rule}${wait}`;
  }

  get stack(): string {
    return `${this.name}: ${this.message}`;
  }

  get retryable(): boolean {
    return true;
  }

  get [brand](): true {
    return true;
  }

  toString(): string {
    return this.stack;
  }

  toJSON(): ErrorJson {
    const { policy, rule, observed, threshold, retryAfterMs, generation } = this;
    return plainError(this, { policy, rule, observed, threshold, retryAfterMs, generation });
  }
}

/** Gives a refusal a real stack; for policies built with `captureStack: true`. */
export function withStack<E extends RejectedError>(error: E): E {
  const trace = new Error(error.message).stack ?? "";
  const frames = trace.slice(trace.indexOf("\n"));
  Object.defineProperty(error, "stack", { value: `${error.name}: ${error.message}${frames}`, configurable: true });
  return error;
}
