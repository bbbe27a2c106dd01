/**
 * `classify`: what is this error about? The questions stand in the order in which their answers are sure: what the error says
 * of itself, then what the engine says, then status codes, names and codes of the families in `tables/`, then its causes.
 */

import {
  type Category,
  type Classification,
  classification,
  isCategory,
  type RetrySafety,
  retrySafeties,
  type Severity,
  severities,
} from "./category.js";
import { isNetworkTypeError, isProgrammingError } from "./programming-error.js";
import { isObject, isOwnError, read, readText } from "./read.js";
import { domTable } from "./tables/dom.js";
import { ofErrno } from "./tables/errno.js";
import { ofGrpcStatus } from "./tables/grpc.js";
import { ofHostCode } from "./tables/hosts.js";
import { ofHttpStatus } from "./tables/http.js";
import { ownTable, wrappers } from "./tables/own.js";

/** How many errors deep, and how many of an `AggregateError`'s, are looked at. */
const maxDepth = 8;
const maxErrors = 16;

const unknown = /* @__PURE__ */ classification("UNKNOWN", "unknown");
const brokenNetwork = /* @__PURE__ */ classification("FETCH_FAILED", "unavailable");

/** System calls that come before anything is sent. */
const beforeSending: ReadonlySet<unknown> = /* @__PURE__ */ new Set(["connect", "getaddrinfo", "getnameinfo"]);

/**
 * Says what an error is about: category, kind, severity and whether the call may be made again. Takes anything that can be
 * thrown and never throws, whatever getters and proxies do. The same error always gets the same answer.
 *
 * It knows Holdfast's own errors, native errors, `DOMException`, node's system errors (`os.constants.errno`), DNS, TLS and
 * HTTP codes, undici and `fetch`, gRPC statuses (`@grpc/grpc-js`, Connect), and errors or responses with an HTTP status.
 * An error that says nothing by itself is about what its `cause` is about; an `AggregateError` about its gravest error.
 *
 * @example
 * ```ts
 * import { classify } from "holdfast/errors";
 *
 * const { category, kind, retry } = classify(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
 * [category, kind, retry]; // => ["unavailable", "failure", "idempotent"]
 * classify({ status: 429 }).retry; // => "always"
 * classify(new TypeError("x is undefined")).kind; // => "defect"
 * ```
 */
export function classify(error: unknown): Classification {
  try {
    return atDepth(error, 0);
  } catch {
    return unknown;
  }
}

function atDepth(error: unknown, depth: number): Classification {
  if (!isObject(error)) return unknown;
  return (
    ofOwn(error, depth) ??
    (isProgrammingError(error) ? classification(readText(error, "name")!, "defect") : undefined) ??
    ofStatus(error) ??
    ofName(error) ??
    ofCode(error) ??
    ofGrpc(error) ??
    ofCauses(error, depth) ??
    ofLastResort(error)
  );
}

/** Errors of Holdfast, of this copy of the package or another. */
function ofOwn(error: object, depth: number): Classification | undefined {
  if (!isOwnError(error)) return undefined;
  const code = readText(error, "code") ?? "UNKNOWN";
  const category = read(error, "category");
  if (isCategory(category)) return asItSays(error, code, category);
  const retryable = read(error, "retryable") === true;
  if (wrappers.has(code)) {
    const inner = ofStatus(error) ?? ofCauses(error, depth) ?? unknown;
    return classification(code, inner.category, retryable ? inner.retry : "never", inner.severity);
  }
  const known = ownTable.find(code);
  if (known === undefined) return classification(code, "unknown", retryable ? "idempotent" : "never");
  return retryable || known.retry === "never" ? known : classification(code, known.category, "never", known.severity);
}

/** A unified error was classified when it was made. */
function asItSays(error: object, code: string, category: Category): Classification {
  const retry = read(error, "retry");
  const severity = read(error, "severity");
  return classification(
    code,
    category,
    retrySafeties.includes(retry as RetrySafety) ? (retry as RetrySafety) : undefined,
    severities.includes(severity as Severity) ? (severity as Severity) : undefined,
  );
}

/** `status` or `statusCode`, of the error itself or of the response that it carries. */
function ofStatus(error: object): Classification | undefined {
  for (const carrier of [error, read(error, "response")]) {
    for (const key of ["status", "statusCode"]) {
      const found = ofHttpStatus(read(carrier, key) as number);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/**
 * An abort or a timeout is one whatever class its error has (node's `AbortError` is no `DOMException`). The other names are
 * only looked up for a `DOMException`: a library's `NotFoundError` may be anything.
 */
function ofName(error: object): Classification | undefined {
  const name = readText(error, "name") ?? "";
  if (name === "AbortError") return classification("ABORTED", "cancelled");
  const exception = Object.prototype.toString.call(error) === "[object DOMException]";
  if (name === "TimeoutError" && (exception || read(error, "code") === undefined)) {
    return classification("TIMEOUT", "timeout");
  }
  return exception ? domTable.find(name) : undefined;
}

function ofCode(error: object): Classification | undefined {
  const code = readText(error, "code");
  if (code === undefined) return undefined;
  const known = ofErrno(code) ?? ofHostCode(code);
  if (known?.retry === "idempotent" && beforeSending.has(read(error, "syscall"))) {
    return classification(known.code, known.category, "always", known.severity);
  }
  return known;
}

/** A number as `code` is a gRPC status where the rest of a gRPC error stands beside it. */
function ofGrpc(error: object): Classification | undefined {
  const code = read(error, "code");
  if (typeof code !== "number") return undefined;
  const grpc =
    readText(error, "details") !== undefined ||
    readText(error, "rawMessage") !== undefined ||
    isObject(read(error, "metadata"));
  return grpc ? ofGrpcStatus(code) : undefined;
}

function ofCauses(error: object, depth: number): Classification | undefined {
  if (depth >= maxDepth) return undefined;
  const errors = read(error, "errors");
  if (Array.isArray(errors) && errors.length > 0) {
    return gravest(errors.slice(0, maxErrors).map((one) => atDepth(one, depth + 1)));
  }
  const cause = read(error, "cause");
  return isObject(cause) && cause !== error ? atDepth(cause, depth + 1) : undefined;
}

/** A defect before all else, then the most severe; and only as much may be repeated as the most careful of them allows. */
function gravest(all: readonly Classification[]): Classification {
  const weight = (one: Classification) =>
    (one.kind === "defect" ? severities.length : 0) + severities.indexOf(one.severity);
  const first = all.reduce((worst, one) => (weight(one) > weight(worst) ? one : worst));
  const retry = retrySafeties[Math.max(...all.map((one) => retrySafeties.indexOf(one.retry)))]!;
  return retry === first.retry ? first : classification(first.code, first.category, retry, first.severity);
}

/** What is left: a fetch that failed without saying why, data that cannot be parsed, a code of somebody's own. */
function ofLastResort(error: object): Classification {
  if (isNetworkTypeError(error)) return brokenNetwork;
  const name = readText(error, "name");
  if (name === "SyntaxError" || name === "URIError") return classification(name, "corrupt", "idempotent");
  const code = readText(error, "code", 64);
  return code !== undefined && /^[A-Z][A-Z0-9_]*$/.test(code) ? classification(code, "unknown") : unknown;
}

/**
 * Whether a call that ended in this error may be made again.
 *
 * @param idempotent whether the call may safely run twice. With `false` only errors count that come before any effect.
 *
 * @example
 * ```ts
 * import { classify, mayRetry } from "holdfast/errors";
 *
 * const reset = classify({ code: "ECONNRESET" });
 * mayRetry(reset, true); // => true
 * mayRetry(reset, false); // => false
 * ```
 */
export function mayRetry({ retry }: Pick<Classification, "retry">, idempotent: boolean): boolean {
  return retry === "always" || (retry === "idempotent" && idempotent);
}
