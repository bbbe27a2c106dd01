/**
 * Rate limiter: so many calls in so much time, for everybody together or for each key.
 *
 * The decision is the core's (`assembly/limiters`) and a value, never an exception: `check` answers at once. `execute`
 * refuses with an error, `acquire` waits its turn.
 */

import { Gcra, KeyedLimiter, TokenBucket } from "../core/index.js";
import { dispose, invalidOption, type Signal, sleep } from "../kernel/index.js";
import { type Call, pending } from "./call.js";
import { LimitExceededError } from "./errors.js";
import { done, type LoneLayer } from "./layer.js";
import { LayerPolicy } from "./layer-policy.js";
import { durationMs, wholeNumber } from "./options.js";
import type { PolicyEvents, PolicyOptions } from "./policy.js";

/** A rate: `limit` permits each `perMs`, and how many may come at once. */
export interface Rate {
  /** Permits per period. */
  readonly limit: number;
  /** The period, in milliseconds. */
  readonly perMs: number;
  /** Permits that may be taken at once. Default: `limit` for a token bucket, 1 for GCRA (evenly spaced). */
  readonly burst?: number;
}

/** An algorithm with its rate; make one with {@link tokenBucket} or {@link gcra}. */
export interface LimiterAlgorithm extends Rate {
  readonly kind: "token-bucket" | "gcra";
  readonly burst: number;
}

/**
 * Tokens flow in at a steady rate up to `burst`; each call takes its weight. Allows a burst after a quiet time.
 *
 * @example
 * ```ts
 * import { rateLimiter, tokenBucket } from "holdfast";
 *
 * const limiter = rateLimiter({ algorithm: tokenBucket({ limit: 2, perMs: 60_000 }) });
 * [limiter.check().allowed, limiter.check().allowed, limiter.check().allowed]; // => [true, true, false]
 * ```
 */
export function tokenBucket(rate: Rate): LimiterAlgorithm {
  return { kind: "token-bucket", limit: rate.limit, perMs: rate.perMs, burst: rate.burst ?? rate.limit };
}

/**
 * Generic cell rate algorithm (ITU-T I.371): calls are spaced evenly, `burst` of them may come early. One word of state.
 *
 * @example
 * ```ts
 * import { gcra, manualClock, rateLimiter } from "holdfast";
 *
 * const limiter = rateLimiter({ algorithm: gcra({ limit: 10, perMs: 1_000 }), clock: manualClock() });
 * limiter.check().allowed; // => true
 * limiter.check().retryAfterMs; // => 100
 * ```
 */
export function gcra(rate: Rate): LimiterAlgorithm {
  return { kind: "gcra", limit: rate.limit, perMs: rate.perMs, burst: rate.burst ?? 1 };
}

/** Options of {@link rateLimiter}. */
export interface RateLimiterOptions extends PolicyOptions {
  readonly algorithm: LimiterAlgorithm;
  /** One state for each key, at most `max` keys (32 bytes or less each). Without it all calls share one state. */
  readonly keys?: { readonly max: number };
  /** Lets `execute` wait so many milliseconds for its turn before it refuses. Default: 0, refuse at once. */
  readonly maxWaitMs?: number;
}

/** What a limiter decided, and what a client should know. */
export interface Decision {
  readonly allowed: boolean;
  /** The most that can be taken at once. */
  readonly limit: number;
  /** Whole permits left. */
  readonly remaining: number;
  /** Milliseconds until the same call could pass: 0 if it passed, `Infinity` if it weighs more than fits. */
  readonly retryAfterMs: number;
  /** Milliseconds until everything is available again. */
  readonly resetAfterMs: number;
}

/** The core's limiters behind one face; an unkeyed one takes no notice of the key. */
interface Meter {
  tryAcquire(key: string, weight: number, nowMs: number): number;
  check(key: string, weight: number, nowMs: number): ReturnType<KeyedLimiter["check"]>;
  refund(key: string, weight: number, nowMs: number): void;
  readonly size: number;
  snapshot(nowMs: number): Uint8Array;
  restore(bytes: Uint8Array, nowMs: number): void;
  [dispose](): void;
}

function unkeyed(state: TokenBucket | Gcra): Meter {
  return {
    tryAcquire: (_key, weight, nowMs) => state.tryAcquire(weight, nowMs),
    check: (_key, weight, nowMs) => state.check(weight, nowMs),
    refund: (_key, weight, nowMs) => state.refund(weight, nowMs),
    size: 1,
    snapshot: (nowMs) => state.snapshot(nowMs),
    restore: (bytes, nowMs) => state.restore(bytes, nowMs),
    [dispose]: () => state[dispose](),
  };
}

function meterFor(algorithm: LimiterAlgorithm, keys: { readonly max: number } | undefined): Meter {
  const { kind, limit, perMs, burst } = algorithm;
  if (keys !== undefined) {
    return new KeyedLimiter({ algorithm: kind, limit, perMs, burst, maxKeys: wholeNumber("keys.max", keys.max, 1) });
  }
  return unkeyed(kind === "gcra" ? new Gcra({ limit, perMs, burst }) : new TokenBucket({ limit, perMs, burst }));
}

/** See {@link rateLimiter}. */
export class RateLimiter extends LayerPolicy<PolicyEvents, RateLimiterOptions> implements LoneLayer {
  readonly kind = "rate-limiter";
  /** @internal */
  readonly timed = true;
  #algorithm: LimiterAlgorithm;
  #keyed: boolean;
  #maxWaitMs: number;
  #meter: Meter;

  constructor(options: RateLimiterOptions) {
    super("rate-limiter", options);
    this.#algorithm = options.algorithm;
    this.#keyed = options.keys !== undefined;
    this.#maxWaitMs = durationMs("maxWaitMs", options.maxWaitMs ?? 0, 0);
    this.#meter = meterFor(options.algorithm, options.keys);
  }

  get algorithm(): LimiterAlgorithm {
    return this.#algorithm;
  }

  /** With another rate, algorithm or number of keys the limiter begins anew, with nothing used. */
  protected override adopt({ algorithm, keys, maxWaitMs }: RateLimiterOptions): void {
    const waitMs = durationMs("maxWaitMs", maxWaitMs ?? 0, 0);
    if (algorithm !== this.#algorithm || keys?.max !== this.options.keys?.max) {
      const meter = meterFor(algorithm, keys);
      this.#meter[dispose]();
      this.#meter = meter;
      this.#algorithm = algorithm;
      this.#keyed = keys !== undefined;
    }
    this.#maxWaitMs = waitMs;
  }

  /** Keys that have a state now (1 for a limiter without keys). */
  get keys(): number {
    return this.#meter.size;
  }

  /**
   * Takes permits if they are there, and says how things stand. Never throws for a refusal.
   *
   * @param key whose permits; required exactly if the limiter has keys.
   * @param weight how many permits, from 1. Default: 1.
   * @throws HoldfastError `INVALID_OPTION` for a missing key
   */
  check(key?: string, weight = 1): Decision {
    const { waitMs, remaining, resetAfterMs } = this.#meter.check(this.#key(key), weight, this.clock.now());
    return { allowed: waitMs === 0, limit: this.#algorithm.burst, remaining, retryAfterMs: waitMs, resetAfterMs };
  }

  /** The bare question: takes the permits and says whether they were there. The fastest form. */
  tryAcquire(key?: string, weight = 1): boolean {
    return this.#meter.tryAcquire(this.#key(key), weight, this.clock.now()) === 0;
  }

  /**
   * Waits until the permits are there and takes them.
   *
   * @throws LimitExceededError `RATE_LIMITED` where the wait would be longer than `maxWaitMs`; the signal's reason where it aborts.
   */
  async acquire(
    key?: string,
    options: { readonly weight?: number; readonly signal?: Signal; readonly maxWaitMs?: number } = {},
  ): Promise<void> {
    const name = this.#key(key);
    const weight = options.weight ?? 1;
    const untilMs = this.clock.now() + (options.maxWaitMs ?? Number.POSITIVE_INFINITY);
    for (;;) {
      const nowMs = this.clock.now();
      const waitMs = this.#meter.tryAcquire(name, weight, nowMs);
      if (waitMs === 0) return;
      if (nowMs + waitMs > untilMs || waitMs === Number.POSITIVE_INFINITY)
        throw this.refusal(this.#rejection(waitMs, weight, "max-wait"));
      await sleep(this.clock, waitMs, options.signal);
    }
  }

  /** Gives permits back, for a call that did not use them; never beyond the burst. */
  refund(key?: string, weight = 1): void {
    this.#meter.refund(this.#key(key), weight, this.clock.now());
  }

  /** @internal */
  enter(call: Call): Promise<boolean> | undefined {
    const key = this.#keyed ? call.key : "";
    if (key === undefined) {
      call.fail(missingKey());
      return undefined;
    }
    const weight = call.options.weight ?? 1;
    const waitMs = this.#meter.tryAcquire(key, weight, call.nowMs());
    if (waitMs === 0) return undefined;
    if (waitMs <= this.#maxWaitMs) return this.#waitForTurn(call, key);
    call.fail(this.refusal(this.#rejection(waitMs, weight)), this.name);
    return undefined;
  }

  /** @internal */
  enterShadow(call: Call): void {
    const key = this.#keyed ? call.key : "";
    if (key === undefined) throw missingKey();
    const weight = call.options.weight ?? 1;
    const waitMs = this.#meter.tryAcquire(key, weight, call.nowMs());
    if (waitMs === 0) return;
    if (waitMs <= this.#maxWaitMs) this.shadow("wait");
    else this.shadow("reject", this.#rejection(waitMs, weight));
  }

  /** @internal Nothing is held. */
  leaveShadow(): void {}

  async #waitForTurn(call: Call, key: string): Promise<boolean> {
    const weight = call.options.weight ?? 1;
    const untilMs = call.nowMs() + this.#maxWaitMs;
    for (;;) {
      const waitMs = this.#meter.tryAcquire(key, weight, call.nowMs());
      if (waitMs === 0) return true;
      if (call.nowMs() + waitMs > untilMs) {
        call.fail(this.refusal(this.#rejection(waitMs, weight)), this.name);
        return false;
      }
      await call.sleep(waitMs);
      call.waited();
      if (call.status !== pending) return false;
    }
  }

  /** @internal */
  admit(startedMs: number): number {
    return !this.#keyed && this.#meter.tryAcquire("", 1, startedMs) === 0 ? 0 : -1;
  }

  /** @internal */
  pass(): boolean {
    return true;
  }

  /** @internal Nothing is held. */
  resume(): void {}

  /** @internal */
  leave(): typeof done {
    return done;
  }

  /** What was asked for is more than fits (`weight`), needs too long a wait (`max-wait`, in milliseconds), or is not there now (`limit`). */
  #rejection(waitMs: number, weight: number, rule = this.#maxWaitMs > 0 ? "max-wait" : "limit"): LimitExceededError {
    const { burst } = this.#algorithm;
    if (waitMs === Number.POSITIVE_INFINITY) return new LimitExceededError(this.fields("weight", weight, burst));
    const fields =
      rule === "limit" ? this.fields(rule, weight, burst, waitMs) : this.fields(rule, waitMs, this.#maxWaitMs, waitMs);
    return new LimitExceededError(fields);
  }

  #key(key: string | undefined): string {
    if (!this.#keyed) return "";
    if (key === undefined) throw missingKey();
    return key;
  }

  protected override config(): string {
    const { kind, limit, perMs, burst } = this.#algorithm;
    return JSON.stringify([kind, limit, perMs, burst, this.#keyed]);
  }

  protected override save(nowMs: number): Uint8Array {
    return this.#meter.snapshot(nowMs);
  }

  protected override load(state: Uint8Array, nowMs: number): void {
    this.#meter.restore(state, nowMs);
  }

  /** Gives the core's memory back; the limiter cannot be used afterwards. */
  [dispose](): void {
    this.#meter[dispose]();
  }
}

function missingKey(): Error {
  return invalidOption("key", undefined, "this limiter has a state for each key: pass the key of the call");
}

/**
 * Limits how many calls pass in a time.
 *
 * Use it to protect a dependency or to share it fairly between clients (`keys`). `check` gives a {@link Decision} with
 * everything that `RateLimit` headers need; `execute` refuses with a {@link LimitExceededError} (`RATE_LIMITED`) that
 * carries `retryAfterMs`.
 *
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { gcra, manualClock, rateLimiter } from "holdfast";
 *
 * const clock = manualClock();
 * const limiter = rateLimiter({ algorithm: gcra({ limit: 100, perMs: 1_000, burst: 20 }), keys: { max: 10_000 }, clock });
 * limiter.check("tenant-7"); // => { allowed: true, limit: 20, remaining: 19, retryAfterMs: 0, resetAfterMs: 10 }
 * ```
 */
export function rateLimiter(options: RateLimiterOptions): RateLimiter {
  return new RateLimiter(options);
}
