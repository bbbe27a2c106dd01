/**
 * What a proxy must know of header names, as a table. A name arrives in whatever case the sender likes, so the raw
 * spelling is looked up in a bounded cache first: lower-casing and comparing twenty names for each header of each
 * request would cost more than everything else in this folder together.
 */

/** What is done with a header of a request. Anything below `firstSpecial` is passed on untouched. */
export const pass = 0;
/** Belongs to one connection (RFC 9110 §7.6.1): never forwarded, in either direction. */
export const hopByHop = 1;
export const host = 3;
export const contentLength = 4;
export const transferEncoding = 5;
export const connection = 6;
export const upgrade = 7;
export const expect = 8;
export const te = 9;
export const via = 10;
export const forwardedFor = 11;
export const forwarded = 12;
export const forwardedProto = 13;
export const forwardedHost = 14;
export const requestId = 15;
/** A name with an underscore, which CGI-like servers cannot tell from one with a hyphen. */
export const underscored = 16;
export const trailer = 17;

/** Codes of request headers by lower-case name; a name that is not here is passed on. */
const requestNames: ReadonlyMap<string, number> = new Map([
  ["host", host],
  ["content-length", contentLength],
  ["transfer-encoding", transferEncoding],
  ["connection", connection],
  ["upgrade", upgrade],
  ["expect", expect],
  ["te", te],
  ["via", via],
  ["x-forwarded-for", forwardedFor],
  ["forwarded", forwarded],
  ["x-forwarded-proto", forwardedProto],
  ["x-forwarded-host", forwardedHost],
  ["x-request-id", requestId],
  ["keep-alive", hopByHop],
  ["proxy-connection", hopByHop],
  ["proxy-authenticate", hopByHop],
  ["proxy-authorization", hopByHop],
  ["http2-settings", hopByHop],
  ["trailer", trailer],
]);

/**
 * Headers that a Connection header may not take away. A client that sends `Connection: Authorization` must not be able
 * to strip what a server behind us relies on, nor what we vouch for.
 */
const protectedNames: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "authorization",
  "cookie",
  "set-cookie",
  "forwarded",
  "via",
  "x-request-id",
  "x-real-ip",
]);

/** Whether `Connection: name` is obeyed. */
export function mayBeStripped(lowerName: string): boolean {
  return !protectedNames.has(lowerName) && !lowerName.startsWith("x-forwarded-");
}

const cacheLimit = 512;
const requestCache = new Map<string, number>();

/** The code of a request header, whatever its case. */
export function requestHeaderCode(rawName: string): number {
  const known = requestCache.get(rawName);
  if (known !== undefined) return known;
  const code = rawName.includes("_") ? underscored : (requestNames.get(rawName.toLowerCase()) ?? pass);
  // Clients choose the names, so the cache is bounded; beyond that a name costs a lower-casing.
  if (requestCache.size < cacheLimit) requestCache.set(rawName, code);
  return code;
}

/** Splits a list header into its lower-cased, non-empty tokens. */
export function tokens(value: string): string[] {
  return value
    .toLowerCase()
    .split(",")
    .map((token) => token.trim())
    .filter((token) => token !== "");
}
