/** The gateway's own refusals: one table of stable codes, and the body that tells a program and a person the same (RFC 9457). */

import { STATUS_CODES } from "node:http";

/** Stable names of everything that the gateway itself answers instead of an instance. */
export const problems = {
  "bad-request": { status: 400, title: "The request is malformed or ambiguous" },
  "no-route": { status: 404, title: "No route serves this host and path" },
  "request-timeout": { status: 408, title: "The request took too long to arrive" },
  "body-too-large": { status: 413, title: "The request body is too large" },
  "url-too-long": { status: 414, title: "The request target is too long" },
  "expectation-failed": { status: 417, title: "The expectation cannot be met" },
  "rate-limited": { status: 429, title: "Too many requests" },
  "headers-too-large": { status: 431, title: "The request head is too large" },
  "internal-error": { status: 500, title: "The gateway failed" },
  "upgrade-unsupported": { status: 501, title: "Protocol upgrades are not forwarded" },
  "method-unsupported": { status: 501, title: "This method is not forwarded" },
  "upstream-failed": { status: 502, title: "The upstream gave no valid response" },
  "breaker-open": { status: 503, title: "The upstream's circuit breakers are open" },
  "concurrency-limited": { status: 503, title: "Too many requests in progress" },
  "no-instance": { status: 503, title: "No instance of the upstream can take the request" },
  "loop-detected": { status: 508, title: "The request has come through too many gateways" },
  "upstream-timeout": { status: 504, title: "The upstream did not answer in time" },
} as const;

/** A stable code of a refusal. */
export type ProblemCode = keyof typeof problems;

/** The media type of the body. */
export const problemType = "application/problem+json";

/** The JSON body of a refusal. `type` is a URN, since a URL would promise a page. */
export function problemBody(code: ProblemCode, detail: string, requestId: string, retryAfterMs?: number): string {
  const { status, title } = problems[code];
  return JSON.stringify({
    type: `urn:holdfast:problem:${code}`,
    title,
    status,
    detail,
    code,
    requestId,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(retryAfterMs) }),
  });
}

/** The reason phrase of a status. */
export function reasonPhrase(status: number): string {
  return STATUS_CODES[status] ?? "Unknown";
}

/** Whole seconds for a Retry-After header: rounded up, so that nobody comes back too early, and at least 1. */
export function retryAfterSeconds(retryAfterMs: number): string {
  return String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
}
