/**
 * `RateLimit` and `RateLimit-Policy` as structured fields (draft-ietf-httpapi-ratelimit-headers-10): the policy names a
 * quota `q` in a window of `w` seconds, the other tells how many remain (`r`) and in how many seconds all are back (`t`).
 */

/** A quota of `limit` per `perMs`, in whole seconds: a window below one second is scaled up to one. */
export function rateLimitPolicy(name: string, limit: number, perMs: number): string {
  const windowSeconds = Math.max(1, Math.round(perMs / 1_000));
  const quota = Math.max(1, Math.floor((limit * windowSeconds * 1_000) / perMs));
  return `"${name}";q=${quota};w=${windowSeconds}`;
}

/** What is left of the quota for this key. */
export function rateLimitState(name: string, remaining: number, resetAfterMs: number): string {
  return `"${name}";r=${remaining};t=${Math.ceil(resetAfterMs / 1_000)}`;
}
