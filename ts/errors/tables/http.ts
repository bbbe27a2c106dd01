/** HTTP status codes: those of RFC 9110, of the registry's other specifications, and unregistered ones that are met in the wild. */

import { type Classification, classification } from "../category.js";
import { Table } from "./table.js";

/** @internal */
export const httpTable = /* @__PURE__ */ new Table([
  // nginx: the client closed the connection; the proxy that says so to its logs may also say it to us.
  ["cancelled", "499"],
  // RFC 9110, 15.5.9: the server had not received the whole request, and the client may repeat it.
  ["timeout", "408", "always"],
  // Cloudflare: 522 could not connect, 524 connected and got no answer.
  ["timeout", "522", "always"],
  ["timeout", "504 524 598 599"],
  // 15.5.20 and RFC 8470, 5.2: not processed, and may be repeated on another connection or later whatever the method.
  ["unavailable", "421 425 521 523", "always"],
  ["unavailable", "502 503 520 530"],
  ["throttled", "429 420 509 529"],
  // RFC 4918, 11.5: must not be repeated automatically.
  ["exhausted", "507", "never", "critical"],
  ["unauthenticated", "401 407 511"],
  ["forbidden", "402 403 451"],
  ["not-found", "404 410"],
  ["conflict", "409 412 424"],
  // RFC 4918, 11.3: refused while the lock is held.
  ["conflict", "423", "always"],
  ["invalid", "400 405 406 411 413 414 415 416 417 418 422 428 431"],
  ["unsupported", "426 501 505 510"],
  ["internal", "500"],
  ["configuration", "506 508 525 526"],
]);

/** A status as a classification; `undefined` below 400, which is no error. An unlisted one counts as the first of its class (RFC 9110, 15). */
export function ofHttpStatus(status: number): Classification | undefined {
  if (!Number.isInteger(status) || status < 400 || status > 599) return undefined;
  const known = httpTable.find(String(status)) ?? httpTable.find(status < 500 ? "400" : "500")!;
  return classification(`HTTP_${status}`, known.category, known.retry, known.severity);
}

/** Reason phrases of RFC 9110 and the registry, for titles (RFC 9457, 4.2.1). */
export const phrases: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  417: "Expectation Failed",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  423: "Locked",
  424: "Failed Dependency",
  425: "Too Early",
  426: "Upgrade Required",
  428: "Precondition Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  451: "Unavailable For Legal Reasons",
  499: "Client Closed Request",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
  506: "Variant Also Negotiates",
  507: "Insufficient Storage",
  508: "Loop Detected",
  510: "Not Extended",
  511: "Network Authentication Required",
};
