/**
 * A window for each key, each with a limit of its own if need be, in one table of the core.
 *
 * As in `keyed-rates.ts` a limit belongs to the question: the table counts in a unit that is as small as it has room for, a full
 * window is `#full` units for everybody, and a permit of a key with limit n weighs `#full` / n of them. That is a whole number, rounded
 * down, and n permits fit but n + 1 do not as long as n² is at most `#full`.
 */

import { KeyedWindowLimiter, type KeyedWindowLimiterOptions } from "../../core/index.js";
import { type HoldfastError, invalidOption } from "../../kernel/index.js";
import { wholeNumber } from "../options.js";
import type { KeyOptions, Rate, WindowRate } from "./algorithm.js";
import { KeyedTableMeter } from "./keyed-table-meter.js";
import type { Standing } from "./meter.js";

/** Units that a window of the core can hold. */
const roomOf = { "fixed-window": 2 ** 32 - 1, "sliding-window-counter": 2 ** 24 - 1 } as const;

/** What a permit of one key weighs. */
interface Terms {
  readonly cost: number;
  readonly limit: number;
}

export class KeyedWindows extends KeyedTableMeter<Terms, KeyedWindowLimiter> {
  protected readonly table: KeyedWindowLimiter;
  readonly #full: number;
  readonly #perMs: number;
  protected own: Terms;

  constructor(algorithm: KeyedWindowLimiterOptions["algorithm"], { limit, perMs }: WindowRate, keys: KeyOptions) {
    super(keys);
    const room = roomOf[algorithm];
    const unit = Math.floor(room / wholeNumber("limit", limit, 1, room));
    this.#full = limit * unit;
    this.#perMs = perMs;
    const maxKeys = wholeNumber("keys.max", keys.max, 1);
    this.table = new KeyedWindowLimiter({ algorithm, limit: this.#full, perMs, maxKeys });
    this.own = { cost: unit, limit };
  }

  override get shape(): readonly unknown[] {
    return [this.#full, this.#perMs];
  }

  protected override termsOf({ limit, perMs }: Rate): Terms | undefined {
    const fits = Number.isInteger(limit) && limit >= 1 && limit * limit <= this.#full && perMs === this.#perMs;
    return fits ? { cost: Math.floor(this.#full / limit), limit } : undefined;
  }

  protected override misfit(rate: Rate): HoldfastError {
    return invalidOption(
      "limit",
      rate.limit,
      `the windows of all keys are ${this.#perMs} ms long; give a whole limit from 1 to ${Math.floor(Math.sqrt(this.#full))} in such a window`,
    );
  }

  override tryAcquire(key: string, weight: number, nowMs: number): number {
    const { cost, limit } = this.terms(key);
    return weight > limit ? Number.POSITIVE_INFINITY : this.table.tryAcquire(key, Math.ceil(weight) * cost, nowMs);
  }

  override check(key: string, weight: number, nowMs: number): Standing {
    const waitMs = this.tryAcquire(key, weight, nowMs);
    const remaining = Math.floor(this.table.remaining(key, nowMs) / this.terms(key).cost);
    return { waitMs, remaining, resetAfterMs: this.table.resetAfterMs(key, nowMs) };
  }

  override peek(key: string, weight: number, nowMs: number): number {
    const { cost, limit } = this.terms(key);
    return weight > limit ? Number.POSITIVE_INFINITY : this.table.peek(key, Math.ceil(weight) * cost, nowMs);
  }

  override capacityOf(key: string): number {
    return this.terms(key).limit;
  }
}
