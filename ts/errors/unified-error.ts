/**
 * The unified error: whatever was thrown, in one form that says what it is about, where it happened and why, and that can be
 * sent to another thread, process or machine and be rebuilt there.
 *
 * What it holds (message, context, details) is plain data without secrets from the moment it is made, so whatever prints it
 * prints none. Its `cause` stays the very thing that was thrown; the JSON form makes that plain and clean too.
 */

import { type ErrorJson, HoldfastError } from "../kernel/index.js";
import {
  type Category,
  type Classification,
  type ErrorKind,
  factsOf,
  isCategory,
  type RetrySafety,
  retrySafeties,
  type Severity,
  severities,
} from "./category.js";
import { classify } from "./classify.js";
import type { Plain } from "./plain.js";
import { isError, isObject, isOwnError, read, readText } from "./read.js";
import { defaultRedactor, type Redactor } from "./redaction.js";

/** Where an error happened. */
export interface ErrorContext {
  /** What was being done: `load user`. A fixed word or few, without ids: monitors count by it. */
  readonly operation?: string;
  /** In which part of the system: `user-store`. Likewise. */
  readonly component?: string;
  /** W3C trace id of the request, where there is one. */
  readonly traceId?: string;
  /** Whatever else tells this occurrence from others. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** Options of {@link UnifiedError}. */
export interface UnifiedErrorOptions extends ErrorContext {
  /** What it is about. Default: `unknown`. */
  readonly category?: Category;
  /** Default: the category's. */
  readonly severity?: Severity;
  /** Default: the category's. */
  readonly retry?: RetrySafety;
  readonly cause?: unknown;
  /** Plain data that a program can act on. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What takes secrets out. Default: {@link redactor} with its defaults. */
  readonly redactor?: Redactor;
}

/** The context as it is kept: plain, without secrets. */
export interface PlainContext {
  readonly operation?: string;
  readonly component?: string;
  readonly traceId?: string;
  readonly attributes?: { readonly [key: string]: Plain };
}

/** A unified error as plain data. */
export interface UnifiedErrorJson extends ErrorJson {
  readonly category: Category;
  /** Follows from the category; here for those who read logs. */
  readonly kind: ErrorKind;
  readonly severity: Severity;
  readonly retry: RetrySafety;
  readonly context: PlainContext;
  readonly inferred?: true;
}

/** What {@link UnifiedError.from} may be told beside the error. */
export interface FromOptions extends Omit<UnifiedErrorOptions, "cause"> {
  /** A code of your own instead of the one by which the error was recognised. */
  readonly code?: string;
  /** A message of your own instead of the error's. */
  readonly message?: string;
}

/** The option by which {@link UnifiedError.from} and `fromJSON` say that nobody said the category. */
const inferred = Symbol("inferred");

/** How many causes deep a chain is rebuilt. */
const maxCauses = 16;

const maxWord = 128;

function contextOf({ operation, component, traceId, attributes }: ErrorContext, redactor: Redactor): PlainContext {
  const word = (text: string) => redactor.text(text.slice(0, maxWord));
  return {
    ...(operation === undefined ? {} : { operation: word(operation) }),
    ...(component === undefined ? {} : { component: word(component) }),
    ...(traceId === undefined ? {} : { traceId: word(traceId) }),
    ...(attributes === undefined ? {} : { attributes: members(redactor.data(attributes)) }),
  };
}

function members(data: Plain): { readonly [key: string]: Plain } {
  return typeof data === "object" && data !== null && !Array.isArray(data) ? (data as { [key: string]: Plain }) : {};
}

/** What a thrown thing says, in words. */
function messageOf(thrown: unknown): string {
  const own = readText(thrown, "message");
  if (own !== undefined && own !== "") return own;
  if (isError(thrown)) return readText(thrown, "name") ?? "Error";
  if (!isObject(thrown)) return typeof thrown === "string" ? thrown.slice(0, 8_192) : String(thrown);
  const status = read(thrown, "status");
  return typeof status === "number" ? `status ${status}` : "something was thrown that is no error";
}

/**
 * An error with a category, a severity, a retry safety and a context, beside the stable code, message and details of every
 * error of Holdfast.
 *
 * Use it to throw errors of your own that policies, monitors and recovery understand, and {@link UnifiedError.from} to give
 * everything that a part of your system may throw this one form at its edge.
 *
 * @example
 * ```ts
 * import { UnifiedError } from "holdfast/errors";
 *
 * const error = new UnifiedError("STOCK_GONE", "only 2 are left; order fewer", {
 *   category: "conflict",
 *   component: "stock",
 *   operation: "reserve",
 *   details: { left: 2 },
 * });
 * error.retryable; // => false
 * const copy = UnifiedError.fromJSON(JSON.parse(JSON.stringify(error)));
 * copy.context.component; // => "stock"
 * ```
 */
export class UnifiedError extends HoldfastError {
  readonly category: Category;
  readonly severity: Severity;
  readonly retry: RetrySafety;
  readonly context: PlainContext;
  /** Whether the category was read off the cause by {@link UnifiedError.from} and not said by whoever threw. */
  readonly inferred: boolean;
  readonly #redactor: Redactor;

  constructor(code: string, message: string, options: UnifiedErrorOptions = {}) {
    const redactor = options.redactor ?? defaultRedactor();
    const category = options.category ?? "unknown";
    const facts = factsOf(category);
    const retry = options.retry ?? facts.retry;
    super(code, redactor.text(message), {
      cause: options.cause,
      retryable: retry !== "never",
      ...(options.details === undefined ? {} : { details: members(redactor.data(options.details)) }),
    });
    this.category = category;
    this.severity = options.severity ?? facts.severity;
    this.retry = retry;
    this.context = contextOf(options, redactor);
    this.inferred = (options as { [inferred]?: true })[inferred] ?? false;
    this.#redactor = redactor;
  }

  override get name(): string {
    return "UnifiedError";
  }

  /** Failure, defect or interruption: follows from the category. */
  get kind(): ErrorKind {
    return factsOf(this.category).kind;
  }

  /** Plain data that survives JSON, `structuredClone` and `postMessage`; causes are in it, without secrets, at most 16 deep. */
  override toJSON(): UnifiedErrorJson {
    const { category, kind, severity, retry, context } = this;
    const { stack, ...base } = super.toJSON();
    return {
      ...(this.#redactor.data(base) as unknown as ErrorJson),
      ...(stack === undefined ? {} : { stack: this.#redactor.text(stack) }),
      category,
      kind,
      severity,
      retry,
      context,
      ...(this.inferred ? { inferred: true } : {}),
    };
  }

  /**
   * Rebuilds an error from {@link toJSON}, causes included, as errors: in another thread, process or version. A word that
   * this version does not know counts as `unknown`. Throws a `TypeError` where the data has no `code` or `message`.
   */
  static override fromJSON(json: ErrorJson): UnifiedError {
    return rebuild(json, 0);
  }

  /**
   * Whatever was thrown as a unified error: classified, with its context, and with the thing itself as `cause`. A unified
   * error comes back as it is where no option is given. Takes anything and never throws.
   *
   * @example
   * ```ts
   * import { UnifiedError } from "holdfast/errors";
   *
   * const thrown = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", syscall: "connect" });
   * const error = UnifiedError.from(thrown, { component: "user-store", operation: "load user" });
   * [error.code, error.category, error.retry]; // => ["ECONNREFUSED", "unavailable", "always"]
   * error.cause === thrown; // => true
   * ```
   */
  static from(thrown: unknown, options: FromOptions = {}): UnifiedError {
    const own = isOwnError(thrown);
    if (own && thrown instanceof UnifiedError && Object.keys(options).length === 0) return thrown;
    const found: Classification = classify(thrown);
    const { code = found.code, message = messageOf(thrown), ...rest } = options;
    const said = options.category !== undefined || (own && isCategory(read(thrown, "category")));
    return new UnifiedError(code, message, {
      // A category of one's own brings its own severity and retry safety.
      ...(options.category === undefined ? found : {}),
      ...(own ? words(read(thrown, "context")) : {}),
      ...rest,
      ...(said ? {} : { [inferred]: true }),
      cause: thrown,
    });
  }
}

/** One level of a chain. Words from outside are checked; where they say nothing that we know, the code is asked. */
function rebuild(json: ErrorJson, depth: number): UnifiedError {
  const base = HoldfastError.fromJSON(json);
  const { category, severity, retry, context, inferred: guessed } = json as Partial<UnifiedErrorJson>;
  const found = classify(base);
  const error = new UnifiedError(base.code, base.message, {
    category: isCategory(category) ? category : found.category,
    severity: severities.includes(severity as Severity) ? (severity as Severity) : found.severity,
    retry: retrySafeties.includes(retry as RetrySafety) ? (retry as RetrySafety) : found.retry,
    ...words(context),
    ...(isObject(json.details) ? { details: json.details } : {}),
    ...(guessed === true ? { [inferred]: true } : {}),
    cause: rebuildCause(json.cause, depth + 1),
  });
  rebuildStack(error, json.stack);
  return error;
}

/** The members of a context from outside that are what they should be. */
function words(context: unknown): ErrorContext {
  const attributes = read(context, "attributes");
  const found: Record<string, unknown> = {};
  for (const key of ["operation", "component", "traceId"]) {
    const text = readText(context, key, maxWord);
    if (text !== undefined) found[key] = text;
  }
  return isObject(attributes) ? { ...found, attributes: attributes as Record<string, unknown> } : found;
}

/** A stack from where the error was made is worth more than one from where it was rebuilt; where there was none, none is made up. */
function rebuildStack(error: Error, stack: unknown): void {
  keep(error, "stack", typeof stack === "string" ? stack : undefined);
}

/** A cause as an error where its data is an error's; anything else as it is. */
function rebuildCause(cause: unknown, depth: number): unknown {
  const message = readText(cause, "message");
  const name = readText(cause, "name", maxWord);
  if (message === undefined || name === undefined || depth > maxCauses) return cause;
  const { code, category, retryable, errors } = cause as Record<string, unknown>;
  if (typeof code === "string" && isCategory(category)) return rebuild(cause as ErrorJson, depth);
  const below = read(cause, "cause");
  const inner = below === undefined ? {} : { cause: rebuildCause(below, depth + 1) };
  let error: Error;
  if (typeof code === "string" && typeof retryable === "boolean") {
    error = new HoldfastError(code, message, { ...(cause as ErrorJson), ...inner });
  } else if (Array.isArray(errors)) {
    const all = errors.slice(0, maxCauses).map((one) => rebuildCause(one, depth + 1));
    error = new AggregateError(all, message, inner);
  } else {
    error = new Error(message, inner);
  }
  if (error.name !== name) keep(error, "name", name);
  if (code !== undefined && !(error instanceof HoldfastError)) keep(error, "code", code);
  rebuildStack(error, read(cause, "stack"));
  return error;
}

/** Sets a property that is not shown among the error's own. */
function keep(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true });
}
