/** Which requests may be sent twice. */

/** Methods that RFC 9110 (section 9.2.2) calls idempotent: the effect of several equal requests is that of one. */
const idempotentMethods: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PUT",
  "DELETE",
]);

/**
 * Whether a method may be sent twice: the idempotent ones, and any with an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header),
 * by which the server itself recognises the second.
 */
export function isIdempotent(method: string, idempotencyKey: unknown): boolean {
  return idempotentMethods.has(method.toUpperCase()) || (typeof idempotencyKey === "string" && idempotencyKey !== "");
}

/** Whether a body can be read once only: a stream, or an iterable that is used up (an iterator gives itself). */
export function isOneShot(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  if ("getReader" in body || "pipe" in body || Symbol.asyncIterator in body) return true;
  return Symbol.iterator in body && Object.is((body as Iterable<unknown>)[Symbol.iterator](), body);
}
