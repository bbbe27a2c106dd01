import {
  createRuntime,
  defaultRuntime,
  type FullExports,
  type KeyBatch,
  KeyWriter,
  keysAtOnce,
  lookAhead,
  type Runtime,
} from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { entropyTableSeed, entryBytes, loadTable, runtimeForTable, saveTable } from "./keyed-table.js";
import { type RateOptions, rateOf, rateRefused, type Standing } from "./limiter.js";
import { choice, whole } from "./options.js";
import { Structure, snapshotInvalid } from "./structure.js";

/** Options of {@link KeyedLimiter}. */
export interface KeyedLimiterOptions extends RateOptions {
  /**
   * Which default the burst has: `token-bucket` and `leaky-bucket-meter` the limit, `gcra` one. They decide alike. Default:
   * `token-bucket`. For windows see `KeyedWindowLimiter`.
   */
  readonly algorithm?: "token-bucket" | "gcra" | "leaky-bucket-meter" | undefined;
  /** Keys that must fit at once: 1 to 67,108,864. */
  readonly maxKeys: number;
  /**
   * Secret of the hash, four 32-bit numbers. Default: from the host's entropy. Give one only in tests: who knows it can make
   * keys that collide.
   */
  readonly seed?: readonly [number, number, number, number] | undefined;
}

/** Bytes of a snapshot's head. */
const headBytes = 56;

/**
 * One limiter for each key, in a table of fixed size: 20 bytes a key when full, no timers, no objects.
 *
 * Use it for limits per client, tenant or address. A key whose permits are all there again equals a key that was never seen,
 * so idle keys need no expiry: their place is simply taken. Keys are kept as 64-bit fingerprints by SipHash-1-3 under a
 * random secret; two of a million keys are confused with a probability of 2^-25.
 *
 * When there is no room for a new key, the key nearby that has used least is forgotten, but never one that refuses at the
 * moment: nobody gets a blocked key admitted by inventing others. If all nearby refuse, the new key shares one overflow
 * limiter of the same rate with all others in its position.
 *
 * A table that would fill much of the default runtime gets a memory of its own size.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`. A refusal is a number, never an exception.
 * Source: GCRA (ITU-T I.371); Aumasson and Bernstein, "SipHash" (2012); Pagh and Rodler, "Cuckoo hashing" (2004), with
 * buckets of four.
 *
 * @see {@link TokenBucket}, {@link Gcra}
 * @example
 * ```ts
 * import { KeyedLimiter } from "holdfast/core";
 *
 * const limiter = new KeyedLimiter({ limit: 2, perMs: 1_000, maxKeys: 10_000 });
 * limiter.tryAcquire("ada", 2, 0); // => 0
 * limiter.tryAcquire("ada", 1, 0); // => 500
 * limiter.tryAcquire("bob", 1, 0); // => 0
 * limiter.size; // => 2
 * ```
 */
export class KeyedLimiter extends Structure {
  readonly #writer: KeyWriter;
  #batch: KeyBatch | undefined;
  /** Bytes of the whole table. */
  readonly bytes: number;
  /** Keys that fit at once. */
  readonly maxKeys: number;

  constructor(options: KeyedLimiterOptions, runtime?: Runtime) {
    const algorithm = choice("algorithm", options.algorithm ?? "token-bucket", [
      "token-bucket",
      "gcra",
      "leaky-bucket-meter",
    ]);
    const rate = rateOf(options, algorithm === 1 ? 1 : options.limit);
    const maxKeys = whole("maxKeys", options.maxKeys, 1, 2 ** 26);
    const [k0, k1, k2, k3] = options.seed ?? entropyTableSeed();
    const bytes = (runtime ?? defaultRuntime()).core.keyedSize(maxKeys) >>> 0;
    super(bytes, runtime ?? runtimeForTable(bytes, defaultRuntime(), createRuntime));
    this.bytes = bytes;
    this.maxKeys = maxKeys;
    this.#writer = new KeyWriter(this.runtime);
    if (this.core.keyedInit(this.at, maxKeys, rate.limit, rate.periodUs, rate.burst, k0, k1, k2, k3) !== 0) {
      this.dispose();
      throw rateRefused(options);
    }
  }

  /**
   * Takes `weight` permits of `key` if they are there.
   *
   * @param key any text, hashed as UTF-8.
   * @param weight whole number of permits; fractions are rounded up, 0 always passes, NaN and negative weights never do.
   * @param nowMs the time, in milliseconds of one monotonic clock.
   * @returns 0 when they were there; else the milliseconds after which the same call would pass if nobody else came
   * between; Infinity where the weight is above the burst and can never pass. A refusal takes nothing.
   */
  tryAcquire(key: string, weight: number, nowMs: number): number {
    const at = this.at;
    if (at === 0) throw this.disposed();
    const writer = this.#writer;
    return this.core.keyedTryAcquire(at, writer.at, writer.write(at, key), weight, nowMs * 1000) / 1000;
  }

  /**
   * {@link tryAcquire} for each of `keys`, in their order, at one time. In a table of a million keys it takes two thirds of the time a
   * key, because the waits for memory, which are most of that, lie side by side; in a full runtime (`createFullRuntime`), whose core
   * has it as one call, less than half. In a table of a thousand it takes as long. A key may come twice.
   *
   * @param waitsMs where the answers go, one for each key; others behind them are not touched. Default: a new array.
   * @returns `waitsMs`. Throws `INVALID_OPTION` where it is shorter than `keys`.
   * @example
   * ```ts
   * import { KeyedLimiter } from "holdfast/core";
   *
   * const limiter = new KeyedLimiter({ limit: 1, perMs: 1_000, maxKeys: 10_000 });
   * [...limiter.tryAcquireMany(["ada", "bob", "ada"], 1, 0)]; // => [0, 0, 1000]
   * ```
   */
  tryAcquireMany(
    keys: readonly string[],
    weight: number,
    nowMs: number,
    waitsMs: Float64Array = new Float64Array(keys.length),
  ): Float64Array {
    if (waitsMs.length < keys.length) {
      throw invalidOption(
        "waitsMs",
        waitsMs.length,
        `give an array of at least ${keys.length} numbers, one for each key`,
      );
    }
    const at = this.live;
    this.#batch ??= this.runtime.keyBatch?.(this.runtime, this);
    const batch = this.#batch;
    const core = this.core as FullExports;
    for (let from = 0; from < keys.length; from += keysAtOnce) {
      const count = Math.min(keysAtOnce, keys.length - from);
      if (lookAhead(keys, from, count) && batch?.write(keys, from, count)) {
        core.keyedTryAcquireMany(at, batch.texts, batch.ends, count, weight, nowMs * 1000, batch.results);
        for (let i = 0; i < count; i++) waitsMs[from + i] = batch.numbers[i]! / 1000;
      } else {
        for (let i = from; i < from + count; i++) waitsMs[i] = this.tryAcquire(keys[i]!, weight, nowMs);
      }
    }
    return waitsMs;
  }

  override dispose(): void {
    if (this.#batch !== undefined) this.runtime.release(this.#batch.block);
    this.#batch = undefined;
    super.dispose();
  }

  /** {@link tryAcquire}, {@link remaining} and {@link resetAfterMs} by one call of the core, which hashes the key once. @internal */
  check(key: string, weight: number, nowMs: number): Standing {
    const at = this.at;
    if (at === 0) throw this.disposed();
    const writer = this.#writer;
    const { told } = this.runtime;
    const waitMs = this.core.keyedCheck(at, writer.at, writer.write(at, key), weight, nowMs * 1000, told.at) / 1000;
    return { waitMs, remaining: told.numbers[0]!, resetAfterMs: told.numbers[1]! / 1000 };
  }

  /** What {@link tryAcquire} would return, taken that the table has room for the key; takes nothing. */
  peek(key: string, weight: number, nowMs: number): number {
    const at = this.live;
    return this.core.keyedPeek(at, this.#writer.at, this.#writer.write(at, key), weight, nowMs * 1000) / 1000;
  }

  /** Whole permits that `key` has. */
  remaining(key: string, nowMs: number): number {
    const at = this.live;
    return this.core.keyedRemaining(at, this.#writer.at, this.#writer.write(at, key), nowMs * 1000);
  }

  /** Milliseconds until `key` has all its permits again. */
  resetAfterMs(key: string, nowMs: number): number {
    const at = this.live;
    return this.core.keyedResetAfter(at, this.#writer.at, this.#writer.write(at, key), nowMs * 1000) / 1000;
  }

  /** Gives `weight` permits back to `key`; never beyond the burst. */
  refund(key: string, weight: number, nowMs: number): void {
    const at = this.live;
    this.core.keyedRefund(at, this.#writer.at, this.#writer.write(at, key), weight, nowMs * 1000);
  }

  /** Treats `key` as if it had never been seen; says whether it was in the table. */
  forget(key: string): boolean {
    const at = this.live;
    return this.core.keyedForget(at, this.#writer.at, this.#writer.write(at, key)) === 1;
  }

  /** Keys in the table. One whose permits are all there again counts until its place is taken. */
  get size(): number {
    return this.core.keyedRead(this.live, 0) >>> 0;
  }

  /** Keys that were forgotten, while they still owed something, to make room for others. */
  get evictions(): number {
    return this.core.keyedRead(this.live, 1) >>> 0;
  }

  /** Bytes of the whole table for each key in it; in an empty one, the bytes of the table. */
  get bytesPerKey(): number {
    return this.bytes / (this.size || 1);
  }

  /**
   * All keys that owe something, as bytes: 16 for each, with what remains of their waits. They hold the secret of the hash: keep
   * them as you would keep a key.
   */
  snapshot(nowMs: number): Uint8Array {
    const at = this.live;
    const head = this.copyOut((to) => this.core.keyedSaveHead(at, to));
    return saveTable(this.runtime, head, this.core.keyedRead(at, 2) >>> 0, (first, count, to) =>
      this.core.keyedSave(at, first, count, to, nowMs * 1000),
    );
  }

  /**
   * Replaces all keys by those of a {@link snapshot}, at `nowMs` of this process. The tables may differ in `maxKeys`, not in
   * their rate. Throws `SNAPSHOT_INVALID`, and changes nothing then.
   */
  restore(bytes: Uint8Array, nowMs: number): void {
    const at = this.live;
    if (bytes.length < headBytes || (bytes.length - headBytes) % entryBytes !== 0)
      throw snapshotInvalid("KeyedLimiter", 1);
    this.copyIn(bytes.subarray(0, headBytes), (from) => this.core.keyedLoadHead(at, from));
    loadTable(this.runtime, bytes.subarray(headBytes), (from, count) =>
      this.core.keyedLoad(at, from, count, nowMs * 1000),
    );
  }
}
