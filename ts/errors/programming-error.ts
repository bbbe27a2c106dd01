/**
 * Which errors the engine throws because the program is wrong.
 *
 * A `TypeError` is a bug, except where it is not: the Fetch standard reports every failure of the network as one, without saying
 * which. Node gives such a `TypeError` the real error as its cause; browsers give nothing but a message, each their own. So a
 * native error counts as a bug unless its cause is an error that does not, or its message is one of the known.
 *
 * `SyntaxError` and `URIError` are not here: at run time they are what `JSON.parse` and `decodeURIComponent` say of data.
 */

import { isError, read, readText } from "./read.js";

const names: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "AssertionError",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "TypeError",
]);

/** How hosts word a failed fetch: Chromium, Firefox, Safari (two versions), undici (head and body), React Native, Bun, workerd. */
const networkMessages: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "Failed to fetch",
  "NetworkError when attempting to fetch resource.",
  "Load failed",
  "The Internet connection appears to be offline.",
  "fetch failed",
  "terminated",
  "Network request failed",
  "network error",
  "Network connection lost.",
]);

/** Deno words it so, and goes on with the address. */
const networkPrefix = "error sending request";

/** Whether a `TypeError` is how a host words that the network failed. */
export function isNetworkTypeError(error: unknown): boolean {
  if (readText(error, "name") !== "TypeError") return false;
  const message = readText(error, "message") ?? "";
  return networkMessages.has(message) || message.startsWith(networkPrefix);
}

/**
 * True for an error that the engine or an assertion threw because the program is wrong: a `TypeError`, `RangeError`,
 * `ReferenceError`, `EvalError` or `AssertionError` that stands for nothing else. Never throws.
 *
 * Breakers do not count such errors and retries do not repeat them unless told otherwise. `classify` knows more defects
 * (errors of Holdfast and of hosts that mean wrong use); of all that this function calls a bug it says `defect`.
 *
 * @example
 * ```ts
 * import { isProgrammingError } from "holdfast/errors";
 *
 * isProgrammingError(new TypeError("x is not a function")); // => true
 * isProgrammingError(new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") })); // => false
 * ```
 */
export function isProgrammingError(error: unknown): boolean {
  for (let depth = 0, at: unknown = error; depth < 8; depth++) {
    if (!names.has(readText(at, "name") ?? "") || !isError(at)) return false;
    const code = read(at, "code");
    // Node marks its own with ERR_…; any other code, or a status, says that the error stands for something that happened.
    if (code !== undefined && !(typeof code === "string" && code.startsWith("ERR_"))) return false;
    if (isNetworkTypeError(at) || read(at, "status") !== undefined || read(at, "statusCode") !== undefined)
      return false;
    const cause = read(at, "cause");
    if (!isError(cause)) return true;
    at = cause;
  }
  return true;
}
