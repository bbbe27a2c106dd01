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

/** Headers or metadata: with a `get`, or plain. */
type Fields = { get?: (name: string) => unknown } | Readonly<Record<string, unknown>>;

/** What carries headers: a `Response`, an error with one, or plain objects of either shape; a gRPC error has metadata. */
interface Headed {
  readonly headers?: Fields;
  readonly metadata?: Fields;
  readonly response?: Headed;
}

function headerOf(carrier: Headed): string | undefined {
  return fieldOf(carrier.headers, "retry-after") ?? fieldOf(carrier.headers, "Retry-After");
}

/** A field of headers or of gRPC metadata, whose `get` gives a list. */
function fieldOf(fields: Fields | null | undefined, name: string): string | undefined {
  if (fields === undefined || fields === null) return undefined;
  const found = typeof fields.get === "function" ? fields.get(name) : (fields as Record<string, unknown>)[name];
  const value: unknown = Array.isArray(found) ? found[0] : found;
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

/** What a server that wants no more attempts says: {@link pushbackOf}. */
export const stop = -1;

/**
 * What a gRPC server says about the next attempt (`grpc-retry-pushback-ms` in the metadata of the error): so many milliseconds
 * exactly, or {@link stop} for a value that is negative or no number; undefined where it says nothing. (gRPC proposal A6,
 * "Pushback".)
 */
export function pushbackOf(carrier: unknown): number | undefined {
  if (typeof carrier !== "object" || carrier === null) return undefined;
  const value = fieldOf((carrier as Headed).metadata, "grpc-retry-pushback-ms");
  if (value === undefined) return undefined;
  return /^\d{1,10}$/.test(value.trim()) ? Number(value) : stop;
}
