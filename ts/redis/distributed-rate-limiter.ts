/**
 * Rate limiter over a Redis server: one limit for all processes that share it.
 *
 * Each decision is one script on the server, by the server's clock. This process adds what a shared limiter lacks by itself: a bound on how
 * long the server may take, a breaker, an explicit answer for when it fails, and a memory of keys that are refused anyway.
 */

import { dispose, invalidOption } from "../kernel/index.js";
import {
  type CircuitState,
  LimitExceededError,
  type LimiterAlgorithm,
  type PolicyEvents,
  type PolicyOptions,
} from "../resilience/index.js";
import { type Call, done, durationMs, LayerPolicy, oneOf, ratio, wholeNumber } from "../resilience/skeleton/index.js";
import { meterOf } from "./algorithm.js";
import { BlockedKeys } from "./blocked-keys.js";
import { KeyNames } from "./key-names.js";
import type { RedisPort } from "./port.js";
import { RateStore, type StorePatience } from "./rate-store.js";
import { type DistributedDecision, type LimiterParts, SharedLimiter, type StoreFailureMode } from "./shared-limiter.js";
import { type StandIn, standInFor } from "./stand-in.js";

/** Options of {@link distributedRateLimiter}. */
export interface DistributedRateLimiterOptions extends PolicyOptions {
  /** The server: `fromRedis(client)` or `fromIoredis(client)`. */
  readonly redis: RedisPort;
  /**
   * `tokenBucket`, `gcra`, `leakyBucket`, or `slidingWindow` of `holdfast/resilience/limiter`. Limits are whole numbers, periods whole
   * microseconds.
   */
  readonly algorithm: LimiterAlgorithm;
  /** What its keys on the server begin with, 1 to 64 characters. Limiters with the same prefix and algorithm share their keys. */
  readonly prefix: string;
  /**
   * What happens to calls while the server does not answer: all pass (`open`), none passes (`closed`), or this process limits by itself to
   * its `localShare` (`local`). There is no default, because each is wrong for somebody.
   */
  readonly onStoreFailure: StoreFailureMode;
  /** With `local`: the share of the limit that this process may admit by itself, such as 1 / number of processes. */
  readonly localShare?: number;
  /** One state for each key. Default: true. With `false` all calls share one, and a call's key counts for nothing. */
  readonly keyed?: boolean;
  /** Milliseconds for an answer of the server, end to end: connecting and the client's own retries included. Default: 250. */
  readonly timeoutMs?: number;
  /** Failures in a row after which the server is not asked for a while. Default: 5. */
  readonly failures?: number;
  /** Milliseconds for which it is not asked; then one call looks whether it is back. Default: 1 000. */
  readonly pauseMs?: number;
  /** Refused keys that are remembered, so that they are refused without a round trip. Default: 10 000; 0 remembers none. */
  readonly maxBlockedKeys?: number;
  /** With `local`: keys that the local limiter knows at once. Default: 10 000. */
  readonly maxLocalKeys?: number;
}

/** Events of a distributed limiter. */
export interface DistributedRateLimiterEvents extends PolicyEvents {
  /** The server did not answer a call, or answered with an error. In an outage that is `failures` times, and then once each `pauseMs`. */
  storeFailed: { readonly policy: string; readonly error: unknown };
  /** The server answered again, `downMs` milliseconds after it first failed. */
  storeRecovered: { readonly policy: string; readonly downMs: number };
}

/** Options that the limiter works with. */
interface Settings extends Pick<LimiterParts, "meter" | "onStoreFailure"> {
  readonly redis: RedisPort;
  readonly algorithm: LimiterAlgorithm;
  readonly prefix: string;
  readonly localShare: number | undefined;
  readonly keyed: boolean;
  readonly patience: StorePatience;
  readonly maxBlockedKeys: number;
  readonly maxLocalKeys: number;
}

function settingsOf(options: DistributedRateLimiterOptions): Settings {
  const { redis, algorithm, prefix } = options;
  if (typeof redis?.evaluate !== "function") {
    throw invalidOption("redis", redis, "give a port: fromRedis(client) or fromIoredis(client)");
  }
  if (typeof prefix !== "string" || prefix.length < 1 || prefix.length > 64) {
    throw invalidOption("prefix", prefix, "give 1 to 64 characters that no other limiter of other things has");
  }
  const onStoreFailure = oneOf("onStoreFailure", options.onStoreFailure, ["open", "closed", "local"]);
  if (onStoreFailure === "local" && options.localShare === undefined) {
    throw invalidOption(
      "localShare",
      undefined,
      "with local, give the share of the limit that is this process's, such as 1 / 4",
    );
  }
  return {
    redis,
    algorithm,
    prefix,
    onStoreFailure,
    meter: meterOf(algorithm),
    localShare: onStoreFailure === "local" ? ratio("localShare", options.localShare!) : undefined,
    keyed: options.keyed ?? true,
    patience: {
      timeoutMs: durationMs("timeoutMs", options.timeoutMs ?? 250),
      failures: wholeNumber("failures", options.failures ?? 5, 1, 1_000_000),
      pauseMs: durationMs("pauseMs", options.pauseMs ?? 1_000),
    },
    maxBlockedKeys: wholeNumber("maxBlockedKeys", options.maxBlockedKeys ?? 10_000, 0),
    maxLocalKeys: wholeNumber("maxLocalKeys", options.maxLocalKeys ?? 10_000, 1, 2 ** 26),
  };
}

function standInOf({ algorithm, localShare, maxLocalKeys }: Settings): StandIn | undefined {
  return localShare === undefined ? undefined : standInFor(algorithm, localShare, maxLocalKeys);
}

function partsOf(settings: Settings, standIn: StandIn | undefined): LimiterParts {
  const { meter, prefix, onStoreFailure, patience, maxBlockedKeys } = settings;
  const names = new KeyNames(prefix, meter.tag);
  return { meter, names, blocked: new BlockedKeys(maxBlockedKeys), standIn, onStoreFailure, pauseMs: patience.pauseMs };
}

/** See {@link distributedRateLimiter}. */
export class DistributedRateLimiter extends LayerPolicy<DistributedRateLimiterEvents, DistributedRateLimiterOptions> {
  readonly kind = "distributed-rate-limiter";
  readonly #store: RateStore;
  readonly #limiter: SharedLimiter;
  #settings: Settings;

  constructor(options: DistributedRateLimiterOptions) {
    super("distributed-rate-limiter", options);
    const settings = settingsOf(options);
    this.#settings = settings;
    this.#store = new RateStore(settings.redis, settings.patience, this.clock, {
      failed: (error) => {
        if (this.events.has("storeFailed")) this.events.emit("storeFailed", { policy: this.name, error });
      },
      recovered: (downMs) => this.events.emit("storeRecovered", { policy: this.name, downMs }),
    });
    this.#limiter = new SharedLimiter(partsOf(settings, standInOf(settings)), this.#store, this.clock);
  }

  get algorithm(): LimiterAlgorithm {
    return this.#settings.algorithm;
  }

  /** Whether the server is asked: `closed` as long as it answers, `open` while it is left alone, `half-open` while one call looks. */
  get storeState(): CircuitState {
    return this.#store.state;
  }

  /**
   * Takes permits if they are there, and says how things stand. It does not reject: where the server does not answer, `onStoreFailure`
   * decides.
   *
   * @param key whose permits; required unless `keyed` is false.
   * @param options `weight`, how many permits: a whole number from 0, which only looks. Default: 1.
   * @throws HoldfastError `INVALID_OPTION` for a missing key
   */
  async check(key?: string, options: { readonly weight?: number } = {}): Promise<DistributedDecision> {
    return this.#limiter.take(this.#key(key), wholeWeight(options.weight ?? 1));
  }

  /**
   * Gives permits back, for a call that did not use them; never beyond what is full.
   *
   * @returns whether the server took them.
   * @throws HoldfastError `INVALID_OPTION` for a missing key
   */
  async refund(key?: string, options: { readonly weight?: number } = {}): Promise<boolean> {
    const { weight = 1 } = options;
    return this.#limiter.refund(this.#key(key), weight > 0 ? Math.ceil(weight) : 0);
  }

  /**
   * Forgets what a key has used. Other processes that have refused it go on refusing it for 10 seconds at most.
   *
   * @returns whether the server did it.
   * @throws HoldfastError `INVALID_OPTION` for a missing key
   */
  async reset(key?: string): Promise<boolean> {
    return this.#limiter.reset(this.#key(key));
  }

  /** @internal */
  enter(call: Call): Promise<boolean> | undefined {
    const key = this.#key(call.key);
    const weight = wholeWeight(call.options.weight ?? 1);
    const decided = this.#limiter.take(key, weight);
    if (decided instanceof Promise) return this.#wait(call, key, weight, decided);
    this.#admits(call, weight, decided);
    return undefined;
  }

  /** Waits for a decision. Permits that come when nobody waits for them any more are given back. */
  #wait(call: Call, key: string, weight: number, decided: Promise<DistributedDecision>): Promise<boolean> {
    return new Promise((resolve) => {
      let waiting = true;
      call.onInterrupt(() => {
        waiting = false;
        resolve(false);
      });
      decided.then(
        (decision) => {
          if (waiting) resolve(this.#admits(call, weight, decision));
          else if (decision.allowed && decision.decidedBy === "store") this.#giveBack(key, weight);
        },
        (error: unknown) => {
          if (waiting) call.fail(error);
          resolve(false);
        },
      );
    });
  }

  /** Where the limiter was disposed meanwhile, the permits come back with time. */
  #giveBack(key: string, weight: number): void {
    this.#limiter.refund(key, weight).catch(() => {});
  }

  #admits(call: Call, weight: number, decision: DistributedDecision): boolean {
    if (decision.allowed) return true;
    call.fail(this.refusal(this.#rejection(weight, decision)), this.name);
    return false;
  }

  /** @internal */
  leave(): typeof done {
    return done;
  }

  /** @internal The call does not wait for a decision that changes nothing. */
  enterShadow(call: Call): void {
    const weight = wholeWeight(call.options.weight ?? 1);
    Promise.resolve(this.#limiter.take(this.#key(call.key), weight)).then(
      (decision) => {
        if (!decision.allowed) this.shadow("reject", this.#rejection(weight, decision));
      },
      (error: unknown) => this.shadowFailed(error),
    );
  }

  /** @internal Nothing is held. */
  leaveShadow(): void {}

  /** More than ever fits (`weight`), no server to ask (`store-unavailable`), or not there now (`limit`). */
  #rejection(weight: number, { limit, retryAfterMs, decidedBy, storeError }: DistributedDecision): LimitExceededError {
    if (retryAfterMs === Number.POSITIVE_INFINITY) return new LimitExceededError(this.fields("weight", weight, limit));
    const rule = decidedBy === "closed" ? "store-unavailable" : "limit";
    const fields =
      rule === "limit"
        ? this.fields(rule, weight, limit, retryAfterMs)
        : this.fields(rule, undefined, undefined, retryAfterMs);
    return new LimitExceededError({ ...fields, cause: storeError });
  }

  #key(key: string | undefined): string {
    if (!this.#settings.keyed) return "";
    if (typeof key !== "string") {
      throw invalidOption("key", key, "this limiter has a state for each key: pass the key of the call, a text");
    }
    return key;
  }

  /**
   * What is on the server stays there: with another rate of the same algorithm a key goes on from what it has used. What this process
   * remembers of refusals is forgotten, and the local limiter begins anew where its rate changes.
   */
  protected override adopt(options: DistributedRateLimiterOptions): void {
    const settings = settingsOf(options);
    const before = this.#settings;
    const sameStandIn =
      settings.algorithm === before.algorithm &&
      settings.localShare === before.localShare &&
      settings.maxLocalKeys === before.maxLocalKeys;
    const standIn = sameStandIn ? this.#limiter.standIn : standInOf(settings);
    this.#store.adopt(settings.redis, settings.patience);
    this.#limiter.adopt(partsOf(settings, standIn));
    this.#settings = settings;
  }

  protected override config(): string {
    const { prefix, algorithm } = this.#settings;
    return JSON.stringify([prefix, algorithm.kind, algorithm.limit, algorithm.perMs]);
  }

  /** Gives the core's memory back; the limiter cannot be used afterwards. The client of the server is not touched. */
  [dispose](): void {
    this.#limiter[dispose]();
  }
}

/** A weight as the core reads it: fractions are rounded up; what is no weight can never pass. */
function wholeWeight(weight: number): number {
  return weight >= 0 ? Math.ceil(weight) : Number.POSITIVE_INFINITY;
}

/**
 * Limits how many calls pass in a time, for all processes that use the same Redis server.
 *
 * Use it where a limit belongs to a customer or a dependency and not to a process; where one process is enough, `rateLimiter` decides in
 * nanoseconds instead of a round trip. `check` gives a {@link DistributedDecision}; `execute` refuses with a `LimitExceededError`
 * (`RATE_LIMITED`) that carries `retryAfterMs`. The algorithms are those of `rateLimiter`, decided by the clock of the server. It needs Redis 5 or
 * newer, or what speaks like it and runs Lua.
 *
 * @param options `redis`, `algorithm`, `prefix` and `onStoreFailure` must be given; durations in milliseconds.
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts no-run
 * import { gcra } from "holdfast";
 * import { distributedRateLimiter, fromRedis } from "holdfast/redis";
 * import { createClient } from "redis";
 *
 * const client = await createClient().connect();
 * const limiter = distributedRateLimiter({
 *   redis: fromRedis(client),
 *   algorithm: gcra({ limit: 100, perMs: 60_000, burst: 20 }),
 *   prefix: "api",
 *   onStoreFailure: "local",
 *   localShare: 1 / 4,
 * });
 * const { allowed, retryAfterMs } = await limiter.check("customer-7");
 * ```
 */
export function distributedRateLimiter(options: DistributedRateLimiterOptions): DistributedRateLimiter {
  return new DistributedRateLimiter(options);
}
