/**
 * Cache: answer from memory what was answered before, for a bounded time and in bounded space.
 *
 * Whatever is loaded is loaded once: calls that miss the same key share one execution (see `flight.ts`), and so does the loading anew
 * of a stale value, which nobody waits for. Which entries go is SIEVE's decision (`sieve.ts`), which answers may be given is that
 * of `cache-entry.ts`. No key has a timer: time is compared when a key is asked for.
 */

import { type Random, systemRandom } from "../kernel/index.js";
import {
  answersErrors,
  type CacheEntry,
  type Freshness,
  isDueEarly,
  isSpent,
  shortened,
  stateOf,
} from "./cache-entry.js";
import { type Call, type CallOptions, type Guarded, succeeded } from "./call.js";
import { neverStarted } from "./errors.js";
import { Flight, type FlightOwner } from "./flight.js";
import { anyErrorButBugs, type FailureTest } from "./handle.js";
import { done } from "./layer.js";
import { LayerPolicy } from "./layer-policy.js";
import { durationMs, inRange, maxMapKeys, missingKey, wholeNumber } from "./options.js";
import type { PolicyEvents, PolicyOptions } from "./policy.js";
import { Sieve } from "./sieve.js";

/** Options of {@link cache}. */
export interface CacheOptions extends PolicyOptions {
  /** How long a value is fresh, in milliseconds. */
  readonly ttlMs: number;
  /** Keys that are remembered at most. Default: 1 000. */
  readonly maxEntries?: number;
  /** Share by which the time of each value is shortened at random, from 0 to 1, so that not all expire at once. Default: 0.1. */
  readonly ttlJitter?: number;
  /** How long after its time a value still answers at once while it is loaded anew behind the answer, in milliseconds. Default: 0. */
  readonly staleWhileRevalidateMs?: number;
  /** How long after its time a value still answers where loading it anew fails, in milliseconds. Default: 0. */
  readonly staleIfErrorMs?: number;
  /**
   * How long a failure is remembered, in milliseconds: a key without a value fails at once with it, and one with a stale value is not
   * loaded anew before. Refusals by policies further in are never remembered as the key's failure. Default: 0.
   */
  readonly failureTtlMs?: number;
  /**
   * How eagerly a value is loaded anew, behind the answer, before its time is over (XFetch's β): 1 is what its authors recommend, more is
   * earlier. Default: 0, never.
   */
  readonly earlyBeta?: number;
  /** Which outcomes are failures: they do not replace a value, and a stale value may stand in for them. Default: every error but bugs. */
  readonly isFailure?: FailureTest;
  /** Where chance comes from. Default: the system's. */
  readonly random?: Random;
}

/** Events of a cache. */
export interface CacheEvents extends PolicyEvents {
  /** A stale value answered: while it is loaded anew, or instead of a failure. */
  stale: { readonly key: string; readonly error: unknown };
  /** A value could not be loaded anew behind an answer. */
  refreshFailed: { readonly key: string; readonly error: unknown };
}

/** What a cache has done since it was made. */
export interface CacheStats {
  /** Keys that are remembered now. */
  readonly entries: number;
  /** Answers with a fresh value or a remembered failure. */
  readonly hits: number;
  /** Answers with a stale value; a call that waited for a fresh one first counts as a miss too. */
  readonly stale: number;
  /** Calls that had to wait for a value. */
  readonly misses: number;
  /** Executions begun, behind answers too; fewer than misses where misses shared one. */
  readonly loads: number;
  /** Entries that had to go for others. */
  readonly evicted: number;
}

/** Options that a cache works with. */
interface Settings extends Freshness {
  readonly maxEntries: number;
  readonly isFailure: FailureTest;
  readonly random: Random;
}

function settingsOf(options: CacheOptions): Settings {
  return {
    ttlMs: durationMs("ttlMs", options.ttlMs),
    maxEntries: wholeNumber("maxEntries", options.maxEntries ?? 1_000, 1, maxMapKeys),
    ttlJitter: inRange("ttlJitter", options.ttlJitter ?? 0.1, 0, 1),
    staleWhileRevalidateMs: durationMs("staleWhileRevalidateMs", options.staleWhileRevalidateMs ?? 0, 0),
    staleIfErrorMs: durationMs("staleIfErrorMs", options.staleIfErrorMs ?? 0, 0),
    failureTtlMs: durationMs("failureTtlMs", options.failureTtlMs ?? 0, 0),
    earlyBeta: inRange("earlyBeta", options.earlyBeta ?? 0, 0, 1_000),
    isFailure: options.isFailure ?? anyErrorButBugs,
    random: options.random ?? systemRandom,
  };
}

/** An execution that fills the cache. */
class Load extends Flight {
  readonly startedMs: number;
  /** Whether it goes on behind an answer that was given. */
  readonly behind: boolean;

  constructor(owner: FlightOwner, key: string, call: Call, index: number, behind: boolean) {
    super(owner, key, call, index, behind);
    this.startedMs = call.nowMs();
    this.behind = behind;
  }
}

/** See {@link cache}. */
export class Cache extends LayerPolicy<CacheEvents, CacheOptions> implements FlightOwner {
  readonly kind = "cache";
  readonly #entries: Sieve<CacheEntry>;
  readonly #loading = new Map<string, Load>();
  #settings: Settings;
  #hits = 0;
  #stale = 0;
  #misses = 0;
  #loads = 0;
  #evicted = 0;

  constructor(options: CacheOptions) {
    super("cache", options);
    this.#settings = settingsOf(options);
    this.#entries = new Sieve(this.#settings.maxEntries);
  }

  /** What is remembered stays, as fresh as it was stored; the windows for stale values are those of now. */
  protected override adopt(options: CacheOptions): void {
    this.#settings = settingsOf(options);
    this.#evicted += this.#entries.resize(this.#settings.maxEntries);
  }

  /** What it has done since it was made. */
  get stats(): CacheStats {
    return {
      entries: this.#entries.size,
      hits: this.#hits,
      stale: this.#stale,
      misses: this.#misses,
      loads: this.#loads,
      evicted: this.#evicted,
    };
  }

  /**
   * Forgets a key; false where it was not known. What is being loaded for it goes to those who wait and is not kept: it may have been
   * read before what made the key invalid.
   */
  invalidate(key: string): boolean {
    this.#loading.delete(key);
    return this.#entries.delete(key);
  }

  /** Forgets all keys, in the same way. */
  clear(): void {
    this.#loading.clear();
    this.#entries.clear();
  }

  /** A caller that nobody can interrupt needs no call of its own for a fresh value, nor for one that is being loaded. */
  override execute<T>(fn: Guarded<T>, options?: CallOptions): Promise<T> {
    const key = options?.key;
    if (key !== undefined && options!.signal === undefined && this.layers === this.whole.layers) {
      const entry = this.#entries.get(key);
      if (entry?.good && this.#settings.earlyBeta === 0 && this.clock.now() < entry.freshUntilMs) {
        this.#hits++;
        return Promise.resolve(entry.result as T);
      }
      const load = entry === undefined ? this.#loading.get(key) : undefined;
      if (load !== undefined) {
        this.#misses++;
        return load.share() as Promise<T>;
      }
    }
    return super.execute(fn, options);
  }

  /** @internal */
  override enter(call: Call, index: number): Promise<boolean> | undefined {
    const { key } = call;
    if (key === undefined) throw missingKey("cache");
    const nowMs = call.nowMs();
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      const state = stateOf(entry, this.#settings, nowMs);
      if (state !== "expired") {
        this.#answer(call, key, entry, state);
        if (this.#isDue(entry, state, nowMs) && !this.#loading.has(key)) this.#load(key, call, index, true);
        return undefined;
      }
    }
    this.#misses++;
    return (this.#loading.get(key) ?? this.#load(key, call, index, false)).join(call);
  }

  /** @internal Every call is answered or waits for an execution; none is entered. */
  override leave(): typeof done {
    return done;
  }

  #answer(call: Call, key: string, entry: CacheEntry, state: "fresh" | "stale"): void {
    if (entry.ok) call.succeed(entry.result);
    else call.fail(entry.result, entry.rejectedBy);
    this.#count(key, state);
  }

  #count(key: string, state: "fresh" | "stale"): void {
    if (state === "fresh") this.#hits++;
    else this.#countStale(key, 1, undefined);
  }

  #countStale(key: string, calls: number, error: unknown): void {
    this.#stale += calls;
    if (this.events.has("stale")) this.events.emit("stale", { key, error });
  }

  /** Whether a value that answers is to be loaded anew behind its answer. */
  #isDue(entry: CacheEntry, state: "fresh" | "stale", nowMs: number): boolean {
    if (!entry.good || nowMs < entry.restUntilMs) return false;
    if (state === "stale") return true;
    return this.#settings.earlyBeta > 0 && isDueEarly(entry, this.#settings, nowMs, this.#settings.random.next());
  }

  #load(key: string, call: Call, index: number, behind: boolean): Load {
    this.#loads++;
    const load = new Load(this, key, call, index, behind);
    this.#loading.set(key, load);
    return load;
  }

  /** @internal */
  landed(load: Load, work: Call): void {
    if (!this.#forget(load)) return;
    const { key, startedMs, behind, callers } = load;
    const nowMs = this.clock.now();
    if (!this.#settings.isFailure(work.outcome)) {
      if (work.status === succeeded) this.#store(key, work, true, startedMs, nowMs);
      return;
    }
    const error = work.result;
    if (behind && this.events.has("refreshFailed")) this.events.emit("refreshFailed", { key, error });
    const spare = this.#spareFor(key, work, startedMs, nowMs);
    if (spare === undefined) return;
    work.succeed(spare.result);
    const waiting = behind ? callers - 1 : callers;
    if (waiting > 0) this.#countStale(key, waiting, error);
  }

  /** @internal */
  deserted(load: Load): void {
    this.#forget(load);
  }

  /** False for a load whose key was invalidated meanwhile. */
  #forget(load: Load): boolean {
    return this.#loading.get(load.key) === load && this.#loading.delete(load.key);
  }

  /** What answers instead of a failure. The value that is there stays; where there is none, the failure itself is remembered. */
  #spareFor(key: string, work: Call, startedMs: number, nowMs: number): CacheEntry | undefined {
    const { failureTtlMs } = this.#settings;
    const entry = this.#entries.get(key);
    if (entry?.good && !isSpent(entry, this.#settings, nowMs)) {
      entry.restUntilMs = nowMs + failureTtlMs;
      return answersErrors(entry, this.#settings, nowMs) ? entry : undefined;
    }
    if (failureTtlMs > 0 && !neverStarted(work.result)) this.#store(key, work, false, startedMs, nowMs);
    return undefined;
  }

  #store(key: string, work: Call, good: boolean, startedMs: number, nowMs: number): void {
    const { ttlMs, failureTtlMs, ttlJitter, random } = this.#settings;
    const entry: CacheEntry = {
      good,
      ok: work.status === succeeded,
      result: work.result,
      rejectedBy: work.rejectedBy,
      freshUntilMs: nowMs + shortened(good ? ttlMs : failureTtlMs, ttlJitter, random.next()),
      tookMs: nowMs - startedMs,
      restUntilMs: nowMs,
    };
    this.#evicted += this.#entries.set(key, entry, (other) => isSpent(other, this.#settings, nowMs));
  }

  /** @internal A hit would have replaced the call; whatever is not fresh the call itself loads. */
  override enterShadow(call: Call, index: number): void {
    const { key } = call;
    if (key === undefined) throw missingKey("cache");
    const nowMs = call.nowMs();
    const entry = this.#entries.get(key);
    const state = entry === undefined ? "expired" : stateOf(entry, this.#settings, nowMs);
    call.keep(index, state === "fresh" ? undefined : nowMs);
    if (state === "expired") this.#misses++;
    else {
      this.#count(key, state);
      this.shadow("replace");
    }
  }

  /** @internal */
  override leaveShadow(call: Call, index: number): void {
    const startedMs = call.slot(index) as number | undefined;
    if (startedMs === undefined || call.interrupter < index) return;
    const nowMs = call.nowMs();
    if (this.#settings.isFailure(call.outcome)) {
      if (this.#spareFor(call.key!, call, startedMs, nowMs) !== undefined) this.shadow("replace");
    } else if (call.status === succeeded) this.#store(call.key!, call, true, startedMs, nowMs);
  }
}

/**
 * Answers from memory what was answered before.
 *
 * Use it for calls whose answer stays good for a while and is asked for again: reads, lookups, tokens. Every call needs a `key` that says
 * what it asks for. Values are given to all as they are, the very same object. Calls that miss the same key share one execution, which
 * runs through the policies further in. Stale values can answer while they are loaded anew, or where that fails.
 *
 * @param options `ttlMs`, how long a value is fresh; `maxEntries`, keys at most; windows for stale values and for failures.
 * @throws HoldfastError `INVALID_OPTION`, also for a call without a key
 *
 * @example
 * ```ts
 * import { cache, manualClock } from "holdfast";
 *
 * const clock = manualClock();
 * const policy = cache({ ttlMs: 1_000, staleIfErrorMs: 60_000, clock });
 * await policy.execute(() => "Ada", { key: "user 7" }); // => "Ada"
 * await policy.execute(() => "not asked", { key: "user 7" }); // => "Ada"
 * await clock.advance(2_000);
 * await policy.execute(() => Promise.reject(new Error("down")), { key: "user 7" }); // => "Ada"
 * ```
 */
export function cache(options: CacheOptions): Cache {
  return new Cache(options);
}
