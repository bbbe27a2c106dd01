import { createFullRuntime, type FullExports, type FullRuntime, fullRuntime, KeyWriter } from "../../bindings/index.js";
import { entropyTableSeed, entryBytes, loadTable, runtimeForTable, saveTable } from "./keyed-table.js";
import { choice, whole } from "./options.js";
import { Structure, snapshotInvalid } from "./structure.js";
import { type WindowOptions, windowKinds, windowOf, windowRefused } from "./window-limiter.js";

/** Options of {@link KeyedWindowLimiter}; the largest `limit` is 2^32 − 1 for fixed windows, 2^24 − 1 for sliding ones. */
export interface KeyedWindowLimiterOptions extends WindowOptions {
  /** How each key is counted. */
  readonly algorithm: "fixed-window" | "sliding-window-counter";
  /** Keys that must fit at once: 1 to 67,108,864. */
  readonly maxKeys: number;
  /**
   * Secret of the hash, four 32-bit numbers. Default: from the host's entropy. Give one only in tests: who knows it can make
   * keys that collide.
   */
  readonly seed?: readonly [number, number, number, number] | undefined;
}

/** Bytes of a snapshot's head. */
const headBytes = 64;

/**
 * One {@link FixedWindow} or {@link SlidingWindowCounter} for each key, in a table of fixed size: 20 bytes a key when full, no
 * timers, no objects.
 *
 * Use it where the limits per client are told in windows; for rates that refill all the time take {@link KeyedLimiter}, which is
 * the same table with another word in it. A key of whose permits none counts any more equals a key that was never seen, so idle keys
 * need no expiry. The windows of all keys begin at the same instants.
 *
 * When there is no room for a new key, the key nearby that has most left is forgotten, but never one that refuses at the
 * moment. If all nearby refuse, the new key shares one overflow counter with all others in its position. A table that
 * would fill much of the default runtime gets a memory of its own size. It is for one thread at a time.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`. A refusal is a number, never an exception.
 * Source: those of {@link SlidingWindowCounter} and {@link KeyedLimiter}.
 *
 * @see {@link KeyedLimiter}, {@link SlidingWindowCounter}
 * @example
 * ```ts
 * import { KeyedWindowLimiter } from "holdfast/core";
 *
 * const limiter = new KeyedWindowLimiter({ algorithm: "fixed-window", limit: 2, perMs: 1_000, maxKeys: 10_000 });
 * limiter.tryAcquire("ada", 2, 0); // => 0
 * limiter.tryAcquire("ada", 1, 600); // => 400
 * limiter.tryAcquire("bob", 1, 600); // => 0
 * limiter.size; // => 2
 * ```
 */
export class KeyedWindowLimiter extends Structure<FullExports> {
  readonly #writer: KeyWriter;
  /** Bytes of the whole table. */
  readonly bytes: number;
  /** Keys that fit at once. */
  readonly maxKeys: number;

  constructor(options: KeyedWindowLimiterOptions, runtime?: FullRuntime) {
    const kind = choice("algorithm", options.algorithm, ["fixed-window", "sliding-window-counter"]);
    const [limit, lengthUs] = windowOf(options, (kind === 0 ? windowKinds.fixed : windowKinds.sliding).limitMax);
    const maxKeys = whole("maxKeys", options.maxKeys, 1, 2 ** 26);
    const [k0, k1, k2, k3] = options.seed ?? entropyTableSeed();
    const bytes = (runtime ?? fullRuntime()).core.keyedSize(maxKeys) >>> 0;
    super(bytes, runtime ?? runtimeForTable(bytes, fullRuntime(), createFullRuntime));
    this.bytes = bytes;
    this.maxKeys = maxKeys;
    this.#writer = new KeyWriter(this.runtime);
    if (this.core.keyedWindowInit(this.at, kind, maxKeys, limit, lengthUs, k0, k1, k2, k3) !== 0) {
      this.dispose();
      throw windowRefused(options);
    }
  }

  /**
   * Takes `weight` permits of `key` if they fit into its window.
   *
   * @param key any text, hashed as UTF-8.
   * @param weight whole number of permits; fractions are rounded up, 0 always passes, NaN and negative weights never do.
   * @param nowMs the time, in milliseconds of one monotonic clock.
   * @returns 0 when they fitted; else the milliseconds after which the same call would pass if nobody else came
   * between; Infinity where the weight is above the limit and can never pass. A refusal takes nothing.
   */
  tryAcquire(key: string, weight: number, nowMs: number): number {
    const at = this.at;
    if (at === 0) throw this.disposed();
    const writer = this.#writer;
    return this.core.keyedWindowTryAcquire(at, writer.at, writer.write(at, key), weight, nowMs * 1000) / 1000;
  }

  /** What {@link tryAcquire} would return, taken that the table has room for the key; takes nothing. */
  peek(key: string, weight: number, nowMs: number): number {
    const at = this.live;
    return this.core.keyedWindowPeek(at, this.#writer.at, this.#writer.write(at, key), weight, nowMs * 1000) / 1000;
  }

  /** Whole permits that `key` has. */
  remaining(key: string, nowMs: number): number {
    const at = this.live;
    return this.core.keyedWindowRemaining(at, this.#writer.at, this.#writer.write(at, key), nowMs * 1000);
  }

  /** Milliseconds until nothing that `key` took counts any more. */
  resetAfterMs(key: string, nowMs: number): number {
    const at = this.live;
    return this.core.keyedWindowResetAfter(at, this.#writer.at, this.#writer.write(at, key), nowMs * 1000) / 1000;
  }

  /** Gives `weight` permits back to `key`; at most those that still count. */
  refund(key: string, weight: number, nowMs: number): void {
    const at = this.live;
    this.core.keyedWindowRefund(at, this.#writer.at, this.#writer.write(at, key), weight, nowMs * 1000);
  }

  /** Treats `key` as if it had never been seen; says whether it was in the table. */
  forget(key: string): boolean {
    const at = this.live;
    return this.core.keyedForget(at, this.#writer.at, this.#writer.write(at, key)) === 1;
  }

  /** Keys in the table. One of whose permits none counts any more is counted until its place is taken. */
  get size(): number {
    return this.core.keyedRead(this.live, 0) >>> 0;
  }

  /** Keys that were forgotten, while some of their permits still counted, to make room for others. */
  get evictions(): number {
    return this.core.keyedRead(this.live, 1) >>> 0;
  }

  /** Bytes of the whole table for each key in it; in an empty one, the bytes of the table. */
  get bytesPerKey(): number {
    return this.bytes / (this.size || 1);
  }

  /**
   * All keys of which something counts, as bytes: 16 for each. They hold the secret of the hash: keep them as you would keep
   * a key.
   */
  snapshot(nowMs: number): Uint8Array {
    const at = this.live;
    const head = this.copyOut((to) => this.core.keyedWindowSaveHead(at, to, nowMs * 1000));
    return saveTable(this.runtime, head, this.core.keyedRead(at, 2) >>> 0, (first, count, to) =>
      this.core.keyedWindowSave(at, first, count, to, nowMs * 1000),
    );
  }

  /**
   * Replaces all keys by those of a {@link snapshot}, at `nowMs` of this process. The tables may differ in `maxKeys`, not in
   * their windows. Throws `SNAPSHOT_INVALID`, and changes nothing then.
   */
  restore(bytes: Uint8Array, nowMs: number): void {
    const at = this.live;
    if (bytes.length < headBytes || (bytes.length - headBytes) % entryBytes !== 0)
      throw snapshotInvalid("KeyedWindowLimiter", 1);
    this.copyIn(bytes.subarray(0, headBytes), (from) => this.core.keyedWindowLoadHead(at, from, nowMs * 1000));
    loadTable(this.runtime, bytes.subarray(headBytes), (from, count) =>
      this.core.keyedWindowLoad(at, from, count, nowMs * 1000),
    );
  }
}
