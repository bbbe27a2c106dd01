/**
 * A window for each key, each with a limit of its own if need be, in one table of the core.
 *
 * As in `keyed-rates.ts` a limit belongs to the question: the table counts in a unit that is as small as it has room for, a full
 * window is `#full` units for everybody, and a permit of a key with limit n weighs `#full` / n of them. That is a whole number, rounded
 * down, and n permits fit but n + 1 do not as long as n² is at most `#full`.
 */

import { KeyedWindowLimiter, type KeyedWindowLimiterOptions } from "../../core/index.js";
import { dispose, invalidOption } from "../../kernel/index.js";
import { wholeNumber } from "../options.js";
import type { KeyOptions, LimiterAlgorithm, Rate, WindowRate } from "./algorithm.js";
import { KeyLimits } from "./key-limits.js";
import type { Meter, Standing } from "./meter.js";

/** Units that a window of the core can hold. */
const roomOf = { "fixed-window": 2 ** 32 - 1, "sliding-window-counter": 2 ** 24 - 1 } as const;

/** What a permit of one key weighs. */
interface Terms {
  readonly cost: number;
  readonly limit: number;
}

export class KeyedWindows implements Meter {
  readonly bookings = undefined;
  readonly #limits: KeyLimits;
  readonly #table: KeyedWindowLimiter;
  readonly #full: number;
  readonly #perMs: number;
  #own: Terms;

  constructor(algorithm: KeyedWindowLimiterOptions["algorithm"], { limit, perMs }: WindowRate, keys: KeyOptions) {
    const room = roomOf[algorithm];
    const unit = Math.floor(room / wholeNumber("limit", limit, 1, room));
    this.#limits = new KeyLimits(keys);
    this.#full = limit * unit;
    this.#perMs = perMs;
    const maxKeys = wholeNumber("keys.max", keys.max, 1);
    this.#table = new KeyedWindowLimiter({ algorithm, limit: this.#full, perMs, maxKeys });
    this.#own = { cost: unit, limit };
  }

  get size(): number {
    return this.#table.size;
  }

  get shape(): readonly unknown[] {
    return [this.#full, this.#perMs];
  }

  #termsOf({ limit, perMs }: Rate): Terms | undefined {
    const fits = Number.isInteger(limit) && limit >= 1 && limit * limit <= this.#full && perMs === this.#perMs;
    return fits ? { cost: Math.floor(this.#full / limit), limit } : undefined;
  }

  #fitting(rate: Rate): Terms {
    const terms = this.#termsOf(rate);
    if (terms !== undefined) return terms;
    throw invalidOption(
      "limit",
      rate.limit,
      `the windows of all keys are ${this.#perMs} ms long; give a whole limit from 1 to ${Math.floor(Math.sqrt(this.#full))} in such a window`,
    );
  }

  #terms(key: string): Terms {
    if (this.#limits.none) return this.#own;
    const rate = this.#limits.of(key);
    return rate === undefined ? this.#own : this.#fitting(rate);
  }

  tryAcquire(key: string, weight: number, nowMs: number): number {
    const { cost, limit } = this.#terms(key);
    return weight > limit ? Number.POSITIVE_INFINITY : this.#table.tryAcquire(key, Math.ceil(weight) * cost, nowMs);
  }

  check(key: string, weight: number, nowMs: number): Standing {
    const waitMs = this.tryAcquire(key, weight, nowMs);
    const remaining = Math.floor(this.#table.remaining(key, nowMs) / this.#terms(key).cost);
    return { waitMs, remaining, resetAfterMs: this.#table.resetAfterMs(key, nowMs) };
  }

  peek(key: string, weight: number, nowMs: number): number {
    const { cost, limit } = this.#terms(key);
    return weight > limit ? Number.POSITIVE_INFINITY : this.#table.peek(key, Math.ceil(weight) * cost, nowMs);
  }

  refund(key: string, weight: number, nowMs: number): void {
    this.#table.refund(key, Math.ceil(weight) * this.#terms(key).cost, nowMs);
  }

  capacityOf(key: string): number {
    return this.#terms(key).limit;
  }

  setLimit(key: string, rate: Rate | undefined): void {
    if (rate !== undefined) this.#fitting(rate);
    this.#limits.set(key, rate);
  }

  configure(algorithm: LimiterAlgorithm): boolean {
    const terms = this.#termsOf(algorithm);
    if (terms === undefined) return false;
    this.#own = terms;
    return true;
  }

  snapshot(nowMs: number): Uint8Array {
    return this.#table.snapshot(nowMs);
  }

  restore(bytes: Uint8Array, nowMs: number): void {
    this.#table.restore(bytes, nowMs);
  }

  [dispose](): void {
    this.#table[dispose]();
  }
}
