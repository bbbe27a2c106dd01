/** What the meters over a table of the core share: a limit for each key is what a permit of it weighs in the table's unit. */

import { dispose, type HoldfastError } from "../../kernel/index.js";
import type { KeyOptions, LimiterAlgorithm, Rate } from "./algorithm.js";
import { KeyLimits } from "./key-limits.js";
import type { Meter, Standing } from "./meter.js";

/** A table of the core, as far as all of them are alike. */
interface Table extends Disposable {
  readonly size: number;
  refund(key: string, weight: number, nowMs: number): void;
  snapshot(nowMs: number): Uint8Array;
  restore(bytes: Uint8Array, nowMs: number): void;
}

/** See the head of the file. `Terms` is what a rate means in the table's unit. */
export abstract class KeyedTableMeter<Terms extends { readonly cost: number }, T extends Table> implements Meter {
  /** Nobody books ahead here: a debt beyond the limit would look, to the table, like one that it may forget. */
  readonly bookings = undefined;
  protected abstract readonly table: T;
  /** What the algorithm's own rate means. */
  protected abstract own: Terms;
  readonly #limits: KeyLimits;

  constructor(keys: KeyOptions) {
    this.#limits = new KeyLimits(keys);
  }

  get size(): number {
    return this.table.size;
  }

  abstract get shape(): readonly unknown[];

  /** What a rate means; `undefined` where it does not fit into the table. */
  protected abstract termsOf(rate: Rate): Terms | undefined;

  /** Why a rate does not fit. */
  protected abstract misfit(rate: Rate): HoldfastError;

  #fitting(rate: Rate): Terms {
    const terms = this.termsOf(rate);
    if (terms === undefined) throw this.misfit(rate);
    return terms;
  }

  protected terms(key: string): Terms {
    if (this.#limits.none) return this.own;
    const rate = this.#limits.of(key);
    return rate === undefined ? this.own : this.#fitting(rate);
  }

  abstract tryAcquire(key: string, weight: number, nowMs: number): number;
  abstract check(key: string, weight: number, nowMs: number): Standing;
  abstract peek(key: string, weight: number, nowMs: number): number;
  abstract capacityOf(key: string): number;

  refund(key: string, weight: number, nowMs: number): void {
    this.table.refund(key, Math.ceil(weight) * this.terms(key).cost, nowMs);
  }

  setLimit(key: string, rate: Rate | undefined): void {
    if (rate !== undefined) this.#fitting(rate);
    this.#limits.set(key, rate);
  }

  configure(algorithm: LimiterAlgorithm): boolean {
    const terms = this.termsOf(algorithm);
    if (terms === undefined) return false;
    this.own = terms;
    return true;
  }

  snapshot(nowMs: number): Uint8Array {
    return this.table.snapshot(nowMs);
  }

  restore(bytes: Uint8Array, nowMs: number): void {
    this.table.restore(bytes, nowMs);
  }

  [dispose](): void {
    this.table[dispose]();
  }
}
