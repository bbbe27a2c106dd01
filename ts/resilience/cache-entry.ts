/** What a cache knows of one key, and what may be answered with it at an instant: the rules of freshness, as pure functions. */

/** How long outcomes are kept and used, in milliseconds. */
export interface Freshness {
  /** How long a value is fresh. */
  readonly ttlMs: number;
  /** Share by which that is shortened at random. */
  readonly ttlJitter: number;
  /** How long after that a value still answers while it is loaded anew (RFC 5861, section 3). */
  readonly staleWhileRevalidateMs: number;
  /** How long after that a value still answers where loading it anew fails (RFC 5861, section 4). */
  readonly staleIfErrorMs: number;
  /** How long a failure is remembered; 0: not at all. */
  readonly failureTtlMs: number;
  /** How eagerly a value is loaded anew before it has expired; 0: not at all. */
  readonly earlyBeta: number;
}

/** A remembered outcome. */
export interface CacheEntry {
  /** Whether it is a value to keep, and not a failure that is remembered for a while. */
  readonly good: boolean;
  /** Whether the call succeeded; a failure may be a value that counts as one. */
  readonly ok: boolean;
  /** The value or the error. */
  readonly result: unknown;
  /** The policy that refused, where the failure was a refusal. */
  readonly rejectedBy: string | undefined;
  /** Until when it is fresh. */
  readonly freshUntilMs: number;
  /** How long loading it took. */
  readonly tookMs: number;
  /** Until when it is not loaded anew because that failed just now. */
  restUntilMs: number;
}

/** What an entry is good for. */
export type EntryState = "fresh" | "stale" | "expired";

/**
 * A value is `stale` while it answers although it has expired: within the window of stale-while-revalidate, or within that of
 * stale-if-error while it rests after a failed attempt to load it anew.
 */
export function stateOf(entry: CacheEntry, freshness: Freshness, nowMs: number): EntryState {
  if (nowMs < entry.freshUntilMs) return "fresh";
  if (!entry.good) return "expired";
  if (nowMs < entry.freshUntilMs + freshness.staleWhileRevalidateMs) return "stale";
  return nowMs < entry.restUntilMs && answersErrors(entry, freshness, nowMs) ? "stale" : "expired";
}

/** Whether a value may stand in for a failure. */
export function answersErrors(entry: CacheEntry, { staleIfErrorMs }: Freshness, nowMs: number): boolean {
  return entry.good && nowMs < entry.freshUntilMs + staleIfErrorMs;
}

/** Whether an entry is of no more use, whatever comes. */
export function isSpent(entry: CacheEntry, freshness: Freshness, nowMs: number): boolean {
  const { staleWhileRevalidateMs, staleIfErrorMs } = freshness;
  const staleMs = entry.good ? Math.max(staleWhileRevalidateMs, staleIfErrorMs) : 0;
  return nowMs >= entry.freshUntilMs + staleMs;
}

/** A time to live, shortened at random, so that what was stored together does not expire together. */
export function shortened(ttlMs: number, jitter: number, random: number): number {
  return ttlMs * (1 - jitter * random);
}

/**
 * Whether a fresh value is to be loaded anew already: XFetch (Vattani, Chierichetti and Lowenstein, "Optimal Probabilistic Cache
 * Stampede Prevention", PVLDB 8:8, 2015, figure 3): now − δ·β·ln(u) ≥ expiry, where δ is how long loading took and u is uniform
 * in (0, 1]. The nearer the expiry and the dearer the value, the likelier; so of many processes one begins before all would.
 */
export function isDueEarly(entry: CacheEntry, { earlyBeta }: Freshness, nowMs: number, random: number): boolean {
  return nowMs - entry.tookMs * earlyBeta * Math.log(1 - random) >= entry.freshUntilMs;
}
