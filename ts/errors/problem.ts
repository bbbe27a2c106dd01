/**
 * Problem details for HTTP APIs (RFC 9457), out and in.
 *
 * Out: what a service answers with. By default it tells its callers a status and the status's phrase, and nothing of what is
 * inside: messages, codes and details name hosts, tables and people. Each is shown only where asked for.
 */

import { type Category, factsOf } from "./category.js";
import { classify } from "./classify.js";
import { isObject, read, readText } from "./read.js";
import { ofHttpStatus, phrases } from "./tables/http.js";
import { UnifiedError, type UnifiedErrorOptions } from "./unified-error.js";

/** Media type of a problem as JSON. */
export const problemMediaType = "application/problem+json";

/** A problem as RFC 9457, section 3.1 has it; further members are extensions. */
export interface ProblemDetails {
  readonly type: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly instance?: string;
  readonly [extension: string]: unknown;
}

/** What a problem may tell; see {@link toProblem}. */
export interface ProblemOptions {
  /** URI of the problem's type. Default: `about:blank`, which says "see the status". */
  readonly type?: string;
  /** Default: the status's phrase. */
  readonly title?: string;
  /** Default: what the category says to callers. */
  readonly status?: number;
  /** URI reference of this occurrence. */
  readonly instance?: string;
  /** Whether `detail` has the error's message (without secrets), a text of yours, or nothing. Default: `hide`. */
  readonly message?: "hide" | "show" | ((error: UnifiedError) => string | undefined);
  /** Names of members of the error's `details` that are shown, as extensions. Default: none. */
  readonly details?: readonly string[];
  /** Whether an extension `code` has the error's code. Default: false. */
  readonly code?: boolean;
  /** Whether an extension `traceId` has the trace id, for callers to quote. Default: false. */
  readonly traceId?: boolean;
}

/** Members of the standard, which no extension may replace. */
const standard = new Set(["type", "title", "status", "detail", "instance"]);

/**
 * The status that says of an error to one's own callers what they may know. A category that was said is the answer; one that was
 * inferred from a dependency's error is about us and not about them: that we may not read a file (`EACCES`) is no 403 for them.
 */
function statusOf(category: Category, inferred: boolean): number {
  const { http, blame } = factsOf(category);
  if (!inferred) return http;
  if (category === "throttled") return 503;
  return blame === "caller" ? 500 : http;
}

/**
 * An error as problem details, to be sent with its `status` and `problemMediaType`. Takes anything that can be thrown.
 *
 * @example
 * ```ts
 * import { toProblem, UnifiedError } from "holdfast/errors";
 *
 * toProblem(new Error("db-7.internal: password wrong")); // => { type: "about:blank", title: "Internal Server Error", status: 500 }
 * const gone = new UnifiedError("STOCK_GONE", "only 2 are left", { category: "conflict", details: { left: 2, shelf: "b7" } });
 * toProblem(gone, { message: "show", details: ["left"] }); // => { type: "about:blank", title: "Conflict", status: 409, detail: "only 2 are left", left: 2 }
 * ```
 */
export function toProblem(error: unknown, options: ProblemOptions = {}): ProblemDetails {
  const unified = UnifiedError.from(error);
  const status = options.status ?? statusOf(unified.category, unified.inferred);
  const { type = "about:blank", title = phrases[status], instance, message = "hide" } = options;
  const shown = message === "show" ? () => unified.message : message;
  const detail = shown === "hide" ? undefined : shown(unified);
  const extensions: Record<string, unknown> = {};
  for (const name of options.details ?? []) {
    const value = read(unified.details, name);
    if (value !== undefined && !standard.has(name)) extensions[name] = value;
  }
  if (options.code === true) extensions["code"] = unified.code;
  if (options.traceId === true && unified.context.traceId !== undefined) {
    extensions["traceId"] = unified.context.traceId;
  }
  return {
    type,
    ...(title === undefined ? {} : { title }),
    status,
    ...(detail === undefined ? {} : { detail }),
    ...(instance === undefined ? {} : { instance }),
    ...extensions,
  };
}

/** Options of {@link fromProblem}. */
export interface FromProblemOptions
  extends Pick<UnifiedErrorOptions, "component" | "operation" | "traceId" | "redactor"> {
  /** Status of the response. It counts for more than the one in the problem, which is only advice (RFC 9457, section 3.1.2). */
  readonly status?: number;
}

/**
 * A problem that a dependency answered with as a unified error, classified by its status; the problem, extensions included, is
 * in `details.problem`. Members of the wrong type are ignored, as section 3.1 demands, so any JSON will do.
 *
 * @example
 * ```ts
 * import { fromProblem } from "holdfast/errors";
 *
 * const error = fromProblem({ type: "https://example.com/probs/busy", status: 503, detail: "come back later" });
 * [error.code, error.category, error.message]; // => ["HTTP_503", "unavailable", "come back later"]
 * ```
 */
export function fromProblem(body: unknown, options: FromProblemOptions = {}): UnifiedError {
  const { status: given, ...context } = options;
  const problem = isObject(body) ? understood(body) : {};
  const advised = read(problem, "status");
  const status = given ?? (typeof advised === "number" ? advised : undefined);
  const found = (status === undefined ? undefined : ofHttpStatus(status)) ?? classify(undefined);
  const message =
    readText(problem, "detail") ?? readText(problem, "title") ?? phrases[status ?? 0] ?? "a problem without a word";
  return new UnifiedError(found.code, message, {
    category: found.category,
    severity: found.severity,
    retry: found.retry,
    ...context,
    details: { problem, ...(status === undefined ? {} : { status }) },
  });
}

/** The members of a problem whose type is right; `type` has its default. */
function understood(body: object): Record<string, unknown> {
  const members: Record<string, unknown> = { type: "about:blank" };
  for (const key of keysOf(body)) {
    const value = read(body, key);
    const right =
      key === "status"
        ? Number.isInteger(value) && (value as number) >= 100 && (value as number) <= 599
        : !standard.has(key) || typeof value === "string";
    if (right && key !== "__proto__") members[key] = value;
  }
  return members;
}

function keysOf(value: object): readonly string[] {
  try {
    return Object.keys(value);
  } catch {
    return [];
  }
}
