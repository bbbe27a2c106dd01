import type { Address, FullExports, FullRuntime } from "../../bindings/index.js";
import { fullRuntime } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { FixedWindow } from "./fixed-window.js";
import type { Gcra } from "./gcra.js";
import { KeyedLimiter } from "./keyed-limiter.js";
import { KeyedWindowLimiter } from "./keyed-window-limiter.js";
import type { LeakyBucketMeter } from "./leaky-bucket-meter.js";
import { Limiter } from "./limiter.js";
import { SlidingWindowCounter } from "./sliding-window-counter.js";
import { SlidingWindowLog } from "./sliding-window-log.js";
import { Structure } from "./structure.js";
import type { TokenBucket } from "./token-bucket.js";

/** One level of a {@link HierarchicalLimiter}. */
export interface HierarchyLevel {
  /** What {@link HierarchicalLimiter.refusedBy} calls it. */
  readonly name: string;
  /** A limiter of the same runtime; where it has keys, each call says which. */
  readonly limiter:
    | TokenBucket
    | Gcra
    | LeakyBucketMeter
    | FixedWindow
    | SlidingWindowCounter
    | SlidingWindowLog
    | KeyedLimiter
    | KeyedWindowLimiter;
}

/** A level of which each call says the key. */
type KeyedLevel = KeyedLimiter | KeyedWindowLimiter;
type PlainLevel = Exclude<HierarchyLevel["limiter"], KeyedLevel>;

/** Options of {@link HierarchicalLimiter}. */
export interface HierarchicalLimiterOptions {
  /** 1 to 64 levels, asked in this order: put first what refuses most often. */
  readonly levels: readonly HierarchyLevel[];
}

const levelsMax = 64;
/** Where the levels begin in the core's list, and bytes of each. */
const listHeadBytes = 16;
const levelBytes = 16;
/** Longest key in bytes, and the 7 behind it that the core may read. */
const keyBytesMax = 249;
const keyRoomBytes = 256;

const encoder = new TextEncoder();

/**
 * Several limiters as one: a call takes its permits from all levels or from none, as for the limits of a user, of the user's
 * tenant and of everybody.
 *
 * Use it instead of asking one limiter after the other, which loses what the first gave when the second refuses. A refusal
 * tells the longest wait of all levels, and {@link HierarchicalLimiter.refusedBy} whose it is. A level is any limiter that can give
 * permits back: not {@link WarmUpLimiter}, not {@link LeakyBucketQueue}.
 *
 * The limiters must live in one runtime: give the same one to all. They stay yours: they can be used by themselves too, and
 * disposing of the hierarchy leaves them as they are. Threads that share the limiters have a hierarchy each: permits are taken in
 * order and given back when a later level refuses, so never are more admitted than every level allows.
 *
 * Errors: `INVALID_OPTION`, also for a limiter of another runtime and for keys that do not fit the levels; `ARENA_FULL`, `DISPOSED`. A
 * refusal is a number, never an exception.
 *
 * @see {@link KeyedLimiter}, {@link TokenBucket}
 * @example
 * ```ts
 * import { fullRuntime, HierarchicalLimiter, KeyedLimiter, TokenBucket } from "holdfast/core";
 *
 * const perUser = new KeyedLimiter({ limit: 2, perMs: 1_000, maxKeys: 1_000 }, fullRuntime());
 * const all = new TokenBucket({ limit: 3, perMs: 3_000 }, fullRuntime());
 * const both = new HierarchicalLimiter({
 *   levels: [
 *     { name: "user", limiter: perUser },
 *     { name: "all", limiter: all },
 *   ],
 * });
 * both.tryAcquire(2, 0, ["ada"]); // => 0
 * both.tryAcquire(2, 0, ["bob"]); // => 1000
 * both.refusedBy; // => "all"
 * perUser.remaining("bob", 0); // => 2
 * ```
 */
export class HierarchicalLimiter extends Structure<FullExports> {
  readonly #levels: readonly HierarchyLevel[];
  /** Which levels have keys, and where those stand. */
  readonly #keyed: readonly number[];
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  #hasRefused = false;

  constructor(options: HierarchicalLimiterOptions, runtime: FullRuntime = fullRuntime()) {
    const levels = levelsOf(options);
    const addresses = levels.map((level) => addressOf(level, runtime));
    const listBytes = listHeadBytes + levels.length * levelBytes;
    const keyed = levels.flatMap(({ limiter }, index) => (isKeyed(limiter) ? [index] : []));
    super(listBytes + keyed.length * keyRoomBytes, runtime);
    this.#levels = levels;
    this.#keyed = keyed;
    this.#bytes = runtime.view(this.at + listBytes, keyed.length * keyRoomBytes);
    this.#words = new Uint32Array(runtime.memory.buffer, this.at, listBytes >> 2);
    this.#words.fill(0);
    this.#words[0] = levels.length;
    for (const [index, address] of addresses.entries()) this.#words[wordOf(index)] = address - this.at;
    for (const [index, level] of keyed.entries()) {
      this.#words[wordOf(level) + 1] = listBytes + index * keyRoomBytes;
    }
  }

  /**
   * Takes `weight` permits from every level, or none from any.
   *
   * @param weight whole number of permits; fractions are rounded up, 0 always passes, NaN and negative weights never do.
   * @param nowMs the time, in milliseconds of one monotonic clock.
   * @param keys one key for each level that has keys, in their order; at most 249 bytes of UTF-8 each.
   * @returns 0 when they were there; else the longest of the waits that the levels tell, in milliseconds; Infinity where
   * one of them can never let the weight pass.
   */
  tryAcquire(weight: number, nowMs: number, keys: readonly string[] = []): number {
    const waitMs = this.core.hierarchyTryAcquire(this.#ready(keys), weight, nowMs * 1000) / 1000;
    if (waitMs > 0) this.#hasRefused = true;
    return waitMs;
  }

  /** What {@link tryAcquire} would return; takes nothing. */
  peek(weight: number, nowMs: number, keys: readonly string[] = []): number {
    return this.core.hierarchyPeek(this.#ready(keys), weight, nowMs * 1000) / 1000;
  }

  /** Name of the level that told the wait of the last refusal or of the last {@link peek}; undefined before the first refusal. */
  get refusedBy(): string | undefined {
    return this.live !== 0 && this.#hasRefused ? this.#levels[this.#words[1]!]!.name : undefined;
  }

  /** Whole permits that every level has. */
  remaining(nowMs: number, keys: readonly string[] = []): number {
    return Math.min(...this.#each(keys, plainRemaining, keyedRemaining, nowMs));
  }

  /** Milliseconds until every level has all its permits. */
  resetAfterMs(nowMs: number, keys: readonly string[] = []): number {
    return Math.max(...this.#each(keys, plainResetAfterMs, keyedResetAfterMs, nowMs));
  }

  /** Gives `weight` permits back to every level, for work that was not done after all. */
  refund(weight: number, nowMs: number, keys: readonly string[] = []): void {
    this.#each(
      keys,
      (limiter) => limiter.refund(weight, nowMs),
      (limiter, key) => limiter.refund(key, weight, nowMs),
      nowMs,
    );
  }

  /** Asks every level by itself. */
  #each<Answer>(
    keys: readonly string[],
    plain: (limiter: PlainLevel, nowMs: number) => Answer,
    keyed: (limiter: KeyedLevel, key: string, nowMs: number) => Answer,
    nowMs: number,
  ): Answer[] {
    this.#ready(keys);
    let next = 0;
    return this.#levels.map(({ limiter }) =>
      isKeyed(limiter) ? keyed(limiter, keys[next++]!, nowMs) : plain(limiter, nowMs),
    );
  }

  /** The list, with the keys of this call in it, after everything that it points to was found alive. */
  #ready(keys: readonly string[]): Address {
    const at = this.live;
    for (const { limiter } of this.#levels) limiter.addressIn(this.runtime);
    if (keys.length !== this.#keyed.length) {
      throw invalidOption("keys", keys.length, `give ${this.#keyed.length} keys, one for each level that has keys`);
    }
    for (let i = 0; i < keys.length; i++) this.#words[wordOf(this.#keyed[i]!) + 2] = this.#write(keys[i]!, i);
    return at;
  }

  /** Writes a key into its room and returns its bytes. */
  #write(key: string, index: number): number {
    const encoded = encoder.encode(key);
    if (encoded.length > keyBytesMax) {
      throw invalidOption("keys", key, `give keys of at most ${keyBytesMax} bytes of UTF-8`);
    }
    this.#bytes.set(encoded, index * keyRoomBytes);
    return encoded.length;
  }
}

/** Where a level begins, in 32-bit words. */
function wordOf(level: number): number {
  return (listHeadBytes + level * levelBytes) >> 2;
}

function isKeyed(limiter: PlainLevel | KeyedLevel): limiter is KeyedLevel {
  return limiter instanceof KeyedLimiter || limiter instanceof KeyedWindowLimiter;
}

const plainRemaining = (limiter: PlainLevel, nowMs: number): number => limiter.remaining(nowMs);
const keyedRemaining = (limiter: KeyedLevel, key: string, nowMs: number): number => limiter.remaining(key, nowMs);
const plainResetAfterMs = (limiter: PlainLevel, nowMs: number): number => limiter.resetAfterMs(nowMs);
const keyedResetAfterMs = (limiter: KeyedLevel, key: string, nowMs: number): number => limiter.resetAfterMs(key, nowMs);

const kinds = [Limiter, FixedWindow, SlidingWindowCounter, SlidingWindowLog, KeyedLimiter, KeyedWindowLimiter];

function levelsOf({ levels }: HierarchicalLimiterOptions): readonly HierarchyLevel[] {
  if (levels.length < 1 || levels.length > levelsMax) {
    throw invalidOption("levels", levels.length, `give 1 to ${levelsMax} levels`);
  }
  return levels.slice();
}

function addressOf({ name, limiter }: HierarchyLevel, runtime: FullRuntime): Address {
  const known = kinds.some((kind) => limiter instanceof kind);
  const address = known ? limiter.addressIn(runtime) : 0;
  if (address !== 0) return address;
  throw invalidOption(
    "levels",
    name,
    known
      ? `the limiter of "${name}" lives in another runtime; give the same runtime to the limiters and to the hierarchy, such as fullRuntime()`
      : `the limiter of "${name}" is none that can give permits back; take a bucket, a window, a log or a keyed table of these`,
  );
}
