/** How long a dependency asks us to wait: `Retry-After` (RFC 9110, section 10.2.3) in seconds or as a date, or a policy's own figure. */

import type { Clock } from "../kernel/index.js";

/**
 * Milliseconds from a `Retry-After` value, or `undefined` where it is neither a number of seconds nor a date.
 * A date in the past means now.
 *
 * @param nowMs wall-clock milliseconds since 1970, to count a date from.
 *
 * @example
 * ```ts
 * import { parseRetryAfter } from "holdfast";
 *
 * parseRetryAfter("120", 0); // => 120000
 * parseRetryAfter("Thu, 01 Jan 1970 00:00:05 GMT", 1_000); // => 4000
 * parseRetryAfter("soon", 0); // => undefined
 * ```
 */
export function parseRetryAfter(value: string, nowMs: number): number | undefined {
  const text = value.trim();
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1_000;
  // Date.parse takes many shapes; the header may only be a date that begins with a weekday (IMF-fixdate or the older forms).
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** What carries headers: a `Response`, an error with one, or plain objects of either shape. */
interface Headed {
  readonly headers?: { get?: (name: string) => string | null } | Readonly<Record<string, unknown>>;
  readonly response?: Headed;
}

function headerOf(carrier: Headed): string | undefined {
  const { headers } = carrier;
  if (headers === undefined || headers === null) return undefined;
  if (typeof headers.get === "function") return headers.get("retry-after") ?? undefined;
  const value =
    (headers as Record<string, unknown>)["retry-after"] ?? (headers as Record<string, unknown>)["Retry-After"];
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** The `Retry-After` header that an error, a value or the response in it carries. */
export function retryAfterHeader(carrier: unknown): string | undefined {
  if (typeof carrier !== "object" || carrier === null) return undefined;
  return headerOf(carrier as Headed) ?? headerOf((carrier as Headed).response ?? {});
}

/** The wait that an error or a value asks for, in milliseconds, or `undefined` where it asks for none. */
export function retryAfterOf(carrier: unknown, clock: Clock): number | undefined {
  if (typeof carrier !== "object" || carrier === null) return undefined;
  const own = (carrier as { retryAfterMs?: unknown }).retryAfterMs;
  if (typeof own === "number" && own >= 0) return own;
  const header = retryAfterHeader(carrier);
  return header === undefined ? undefined : parseRetryAfter(header, clock.wallNow());
}
