/**
 * Rate limiter: so many calls in so much time, for everybody together or for each key.
 *
 * The decision is the core's (`assembly/limiters`) and a value, never an exception: `check` answers at once. `execute`
 * refuses with an error, or waits its turn where it may; `acquire` waits. What an algorithm is stands in `limiter/`, a file each.
 */

import { dispose, HoldfastError, invalidOption, type Signal } from "../kernel/index.js";
import type { Call } from "./call.js";
import { LimitExceededError } from "./errors.js";
import { done, type LoneLayer } from "./layer.js";
import { LayerPolicy } from "./layer-policy.js";
import type { KeyOptions, LimiterAlgorithm, Rate } from "./limiter/algorithm.js";
import type { Meter } from "./limiter/meter.js";
import { type Refused, Waiting } from "./limiter/waiting.js";
import { WaitingRoom } from "./limiter/waiting-room.js";
import { durationMs, missingKey, wholeNumber } from "./options.js";
import type { PolicyEvents, PolicyOptions } from "./policy.js";

/** Options of {@link rateLimiter}. */
export interface RateLimiterOptions extends PolicyOptions {
  readonly algorithm: LimiterAlgorithm;
  /** One state for each key. Without it all calls share one state. */
  readonly keys?: KeyOptions;
  /**
   * Lets `execute` wait so many milliseconds for its turn before it refuses. Default: 0, refuse at once; as long as a full queue
   * takes for `leakyBucketQueue`, which is there to pace.
   */
  readonly maxWaitMs?: number;
  /** Calls that may wait at once, all keys together; one more is refused. Default: 1 000. */
  readonly maxWaiting?: number;
  /** Lets keys take turns at the one limiter that they share, so that a key with many waiters does not hold up the others. */
  readonly fairQueue?: FairQueueOptions;
}

/** How keys take turns: deficit round robin. */
export interface FairQueueOptions {
  /** Permits that a key gets in its turn; best the largest usual weight. Default: 1. */
  readonly quantum?: number;
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
  /** Which limit of `all` refused; only there. */
  readonly refusedBy?: string;
}

/** What a caller may say about one {@link RateLimiter.acquire}. */
export interface AcquireOptions {
  /** Permits, from 1. Default: 1. */
  readonly weight?: number;
  /** Ends the wait; a booking is given back unless another one stands behind it. */
  readonly signal?: Signal;
  /** The longest wait, in milliseconds. Default: any. */
  readonly maxWaitMs?: number;
}

const maxWaitingByDefault = 1_000;

/** Options that a limiter works with. */
interface Settings {
  readonly maxWaitMs: number;
  readonly maxWaiting: number;
  /** Permits of a turn, where keys take turns. */
  readonly quantum: number | undefined;
}

function settingsOf({ algorithm, keys, maxWaitMs, maxWaiting, fairQueue }: RateLimiterOptions): Settings {
  if (keys !== undefined && fairQueue !== undefined) {
    throw invalidOption(
      "fairQueue",
      "an object",
      "keys that have a limit each share nothing that they could take turns at; leave out keys or fairQueue",
    );
  }
  return {
    maxWaitMs: durationMs("maxWaitMs", maxWaitMs ?? algorithm.maxWaitMs ?? 0, 0),
    maxWaiting: wholeNumber("maxWaiting", maxWaiting ?? maxWaitingByDefault, 0),
    quantum: fairQueue && wholeNumber("fairQueue.quantum", fairQueue.quantum ?? 1, 1),
  };
}

/** See {@link rateLimiter}. */
export class RateLimiter extends LayerPolicy<PolicyEvents, RateLimiterOptions> implements LoneLayer {
  readonly kind = "rate-limiter";
  /** @internal */
  readonly timed = true;
  readonly #room: WaitingRoom;
  #settings: Settings;
  #keyed: boolean;
  #algorithm: LimiterAlgorithm;
  #meter: Meter;

  constructor(options: RateLimiterOptions) {
    super("rate-limiter", options);
    this.#settings = settingsOf(options);
    this.#algorithm = options.algorithm;
    this.#keyed = options.keys !== undefined;
    this.#meter = options.algorithm.open(options.keys);
    this.#room = new WaitingRoom(
      this.clock,
      this.#meter,
      this.#keyed,
      this.#settings.maxWaiting,
      this.#settings.quantum,
    );
  }

  /** The algorithm in use. */
  get algorithm(): LimiterAlgorithm {
    return this.#algorithm;
  }

  /**
   * Other numbers of the same algorithm keep the degree of filling: a bucket that was half full is half full, and a window goes on with the
   * share that was used; a log keeps its entries. Another algorithm begins with the share that was used, or anew where there are
   * keys. Those who wait go on waiting: in a line for what is there now, with a booking until the turn that they were told.
   */
  protected override adopt(options: RateLimiterOptions): void {
    const settings = settingsOf(options);
    const { algorithm, keys } = options;
    const sameKeys = sameKeyOptions(keys, this.options.keys);
    if ((settings.quantum !== this.#settings.quantum || !sameKeys) && this.waiting > 0) {
      throw invalidOption(
        "keys",
        this.waiting,
        "calls wait in the present order; change keys and fairQueue when nobody waits",
      );
    }
    const nowMs = this.clock.now();
    if (algorithm !== this.#algorithm || !sameKeys) {
      const follows = sameKeys && algorithm.kind === this.#algorithm.kind && this.#meter.configure(algorithm, nowMs);
      if (!follows) this.#replaceMeter(algorithm, keys, nowMs);
    }
    this.#algorithm = algorithm;
    this.#keyed = keys !== undefined;
    this.#settings = settings;
    this.#room.change(this.#meter, this.#keyed, settings.maxWaiting, settings.quantum);
  }

  #replaceMeter(algorithm: LimiterAlgorithm, keys: KeyOptions | undefined, nowMs: number): void {
    const meter = algorithm.open(keys);
    if (keys === undefined && !this.#keyed) {
      const used = usedShare(this.#meter, nowMs);
      const capacity = meter.capacityOf("");
      // What knows no burst begins with one permit taken, or with none.
      if (used > 0) meter.tryAcquire("", Number.isFinite(capacity) ? Math.ceil(capacity * used) : 1, nowMs);
    }
    this.#meter[dispose]();
    this.#meter = meter;
  }

  /** Keys that have a state now (1 for a limiter without keys). */
  get keys(): number {
    return this.#meter.size;
  }

  /** Calls that wait for their turn. */
  get waiting(): number {
    return this.#room.waiting;
  }

  /**
   * Takes permits if they are there, and says how things stand. Never throws for a refusal.
   *
   * @param key whose permits; required exactly if the limiter has keys.
   * @param weight how many permits, from 1. Default: 1.
   * @throws HoldfastError `INVALID_OPTION` for a missing key
   */
  check(key?: string, weight = 1): Decision {
    const name = this.#key(key);
    const nowMs = this.clock.now();
    const meter = this.#meter;
    const aheadMs = this.#room.aheadOf(name, nowMs);
    // Whoever comes while others wait takes nothing: a question for nothing tells how things stand.
    const { waitMs, remaining, resetAfterMs, refusedBy } = meter.check(name, aheadMs > 0 ? 0 : weight, nowMs);
    const retryAfterMs = aheadMs > 0 ? Math.max(aheadMs, meter.peek(name, weight, nowMs)) : waitMs;
    const decision = {
      allowed: retryAfterMs === 0,
      limit: meter.capacityOf(name),
      remaining,
      retryAfterMs,
      resetAfterMs,
    };
    return refusedBy === undefined ? decision : { ...decision, refusedBy };
  }

  /** The bare question: takes the permits and says whether they were there. The fastest form. */
  tryAcquire(key?: string, weight = 1): boolean {
    return this.#take(this.#key(key), weight, this.clock.now()) === 0;
  }

  /**
   * Waits until the permits are there and takes them, in the order of arrival (by turns with `fairQueue`): nobody who comes later,
   * by whatever method, takes them before.
   *
   * @throws LimitExceededError `RATE_LIMITED`, by the rule `max-wait` where the wait would be longer than `maxWaitMs`, `queue-full` where too
   * many wait, `weight` where it could never pass; the signal's reason where it aborts.
   */
  acquire(key?: string, options: AcquireOptions = {}): Promise<void> {
    const { weight = 1, signal, maxWaitMs = Number.POSITIVE_INFINITY } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const name = this.#key(key);
      const waitMs = this.#take(name, weight, this.clock.now());
      if (waitMs === 0) {
        resolve();
        return;
      }
      const onAbort = () => {
        if (waiting.cancel()) reject(signal!.reason);
      };
      const settle = (error: unknown) => {
        signal?.removeEventListener("abort", onAbort);
        if (error === undefined) resolve();
        else reject(error);
      };
      const waiting = this.#wait(name, weight, waitMs, maxWaitMs, settle);
      if (waiting.waits) signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Gives permits back, for a call that did not use them; never beyond the burst. A warm-up limiter takes none back. */
  refund(key?: string, weight = 1): void {
    this.#meter.refund(this.#key(key), weight, this.clock.now());
    this.#room.refilled(this.#key(key));
  }

  /**
   * Gives one key a limit of its own from now on, or takes it away with `undefined`. What the key owes stays owed, as time: who had used half of
   * a burst that takes a second to come back has half a second's worth of the new one left. At most `keys.maxLimits` keys; for more, pass
   * `keys.limits`.
   *
   * @throws HoldfastError `INVALID_OPTION` where the limiter has no keys, or the rate does not fit (see `keys.windowMs`)
   */
  setLimit(key: string, rate: Rate | undefined): void {
    if (this.#meter.setLimit === undefined) {
      throw invalidOption("key", key, "make the limiter with keys and a single algorithm that has them");
    }
    this.#meter.setLimit(key, rate);
    this.#room.refilled(key);
  }

  /** Permits now, 0, or how long until the same could pass. A newcomer does not pass those who wait. */
  #take(key: string, weight: number, nowMs: number): number {
    const aheadMs = this.#room.aheadOf(key, nowMs);
    if (aheadMs === 0) return this.#meter.tryAcquire(key, weight, nowMs);
    return weight > this.#meter.capacityOf(key) ? Number.POSITIVE_INFINITY : aheadMs;
  }

  /** Lets one wait who was refused for `waitMs`; `settle` is called once, unless the wait is cancelled. */
  #wait(
    key: string,
    weight: number,
    waitMs: number,
    maxWaitMs: number,
    settle: (error: unknown, rejectedBy?: string) => void,
  ): Waiting {
    const waiting = new Waiting(
      key,
      weight,
      () => settle(undefined),
      (rule, afterMs) => settle(this.refusal(this.#rejection(rule, key, weight, afterMs, maxWaitMs)), this.name),
      settle,
    );
    if (waitMs === Number.POSITIVE_INFINITY) waiting.refused("weight", waitMs);
    else this.#room.enter(waiting, waitMs, maxWaitMs);
    return waiting;
  }

  /** Why a call is refused that weighs so much and would have to wait so long (0 where nobody knows). */
  #rejection(
    rule: "limit" | Refused,
    key: string,
    weight: number,
    waitMs: number,
    maxWaitMs: number,
  ): LimitExceededError {
    const retryAfterMs = waitMs > 0 ? waitMs : undefined;
    switch (rule) {
      case "max-wait":
        return new LimitExceededError(this.fields(rule, retryAfterMs ?? maxWaitMs, maxWaitMs, retryAfterMs));
      case "queue-full":
        return new LimitExceededError(this.fields(rule, this.waiting, this.#settings.maxWaiting, retryAfterMs));
      case "weight":
        return new LimitExceededError(this.fields(rule, weight, this.#meter.capacityOf(key)));
      default:
        return new LimitExceededError(this.fields(rule, weight, this.#meter.capacityOf(key), retryAfterMs));
    }
  }

  /** The key of a call where it matters; `undefined` where it is missing. */
  #keyOf(key: string | undefined): string | undefined {
    if (this.#keyed) return key;
    return this.#settings.quantum === undefined ? "" : (key ?? "");
  }

  /** @internal */
  enter(call: Call): Promise<boolean> | undefined {
    const key = this.#keyOf(call.key);
    if (key === undefined) {
      call.fail(missingKey("limiter"));
      return undefined;
    }
    const weight = call.options.weight ?? 1;
    const waitMs = this.#take(key, weight, call.nowMs());
    if (waitMs === 0) return undefined;
    if (this.#settings.maxWaitMs > 0) return this.#waitForTurn(call, key, weight, waitMs);
    const rule = waitMs === Number.POSITIVE_INFINITY ? "weight" : "limit";
    call.fail(this.refusal(this.#rejection(rule, key, weight, waitMs, 0)), this.name);
    return undefined;
  }

  /** @internal */
  enterShadow(call: Call): void {
    const key = this.#keyOf(call.key);
    if (key === undefined) throw missingKey("limiter");
    const weight = call.options.weight ?? 1;
    const waitMs = this.#take(key, weight, call.nowMs());
    if (waitMs === 0) return;
    const { maxWaitMs } = this.#settings;
    if (waitMs <= maxWaitMs) {
      this.shadow("wait");
      return;
    }
    const rule = waitMs === Number.POSITIVE_INFINITY ? "weight" : maxWaitMs > 0 ? "max-wait" : "limit";
    this.shadow("reject", this.#rejection(rule, key, weight, waitMs, maxWaitMs));
  }

  /** @internal Nothing is held. */
  leaveShadow(): void {}

  #waitForTurn(call: Call, key: string, weight: number, waitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiting = this.#wait(key, weight, waitMs, this.#settings.maxWaitMs, (error, rejectedBy) => {
        if (error !== undefined) call.fail(error, rejectedBy);
        resolve(error === undefined);
      });
      call.onInterrupt(() => {
        if (waiting.cancel()) resolve(false);
      });
    });
  }

  /** @internal */
  admit(startedMs: number): number {
    return !this.#keyed && this.#take("", 1, startedMs) === 0 ? 0 : -1;
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

  #key(key: string | undefined): string {
    const known = this.#keyOf(key);
    if (known === undefined) throw missingKey("limiter");
    return known;
  }

  protected override config(): string {
    const { kind, shape } = this.#algorithm;
    return JSON.stringify([kind, shape, this.#keyed, this.#meter.shape]);
  }

  /** Who waits is no state: they do not survive a process. Limits that were set by hand are options, and no state either. */
  protected override save(nowMs: number): Uint8Array {
    return this.#meter.snapshot(nowMs);
  }

  protected override load(state: Uint8Array, nowMs: number): void {
    this.#meter.restore(state, nowMs);
  }

  /** Gives the core's memory back; the limiter cannot be used afterwards, and those who wait hear that (`DISPOSED`). */
  [dispose](): void {
    this.#room.close(new HoldfastError("DISPOSED", `${this.name} was disposed while calls waited for it`));
    this.#meter[dispose]();
  }
}

/** How much of what could be taken is taken, from 0 to 1. */
function usedShare(meter: Meter, nowMs: number): number {
  const capacity = meter.capacityOf("");
  return Number.isFinite(capacity) ? 1 - meter.check("", 0, nowMs).remaining / capacity : 0;
}

function sameKeyOptions(a: KeyOptions | undefined, b: KeyOptions | undefined): boolean {
  return a?.max === b?.max && a?.limits === b?.limits && a?.maxLimits === b?.maxLimits && a?.windowMs === b?.windowMs;
}

/**
 * Limits how many calls pass in a time.
 *
 * Use it to protect a dependency or to share it fairly between clients (`keys`). `check` gives a {@link Decision} with
 * everything that `RateLimit` headers need; `execute` refuses with a {@link LimitExceededError} (`RATE_LIMITED`) that
 * carries `retryAfterMs`; `acquire` waits.
 *
 * @param options `algorithm`, one of `tokenBucket`, `gcra` and `leakyBucket`, or of `holdfast/resilience/limiter`; `keys`, one state for each key;
 * `maxWaitMs`, how long `execute` may wait.
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
