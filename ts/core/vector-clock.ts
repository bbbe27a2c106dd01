import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { type CausalOrder, causalOrders } from "./causal-order.js";
import { whole } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link VectorClock}. */
export interface VectorClockOptions {
  /** Number of processes: 1 to 65,532. */
  readonly entries: number;
}

/**
 * A vector clock: one counter for each of a fixed number of processes, so that of two states it can be told which knows of the
 * other, or that neither does.
 *
 * Use it where the processes are known and few; where they come and go use {@link IntervalTreeClock}, for values that clients write through
 * servers {@link DottedVersionVectorSet}. A process counts its events with {@link increment}, sends its clock along, and the receiver
 * takes it over with {@link merge}. Comparing and merging use vector instructions where the build has them. Counters stop at 2^53 − 1. A
 * clock belongs to one thread: what another reads while it is merged may be half of it.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`.
 * Source: Fidge, "Timestamps in message-passing systems that preserve the partial ordering" (1988); Mattern, "Virtual time and global
 * states of distributed systems" (1989).
 *
 * @see {@link HybridClock}, which is one number, but tells no concurrent events apart
 * @example
 * ```ts
 * import { VectorClock } from "holdfast/core";
 *
 * const one = new VectorClock({ entries: 3 });
 * const two = new VectorClock({ entries: 3 });
 * one.increment(0); // => 1
 * two.compare(one); // => "before"
 * two.increment(1);
 * two.compare(one); // => "concurrent"
 * two.merge(one);
 * two.counters; // => [1, 1, 0]
 * ```
 */
export class VectorClock extends Structure<FullExports> {
  /** Number of processes. */
  readonly entries: number;

  constructor(options: VectorClockOptions, runtime: FullRuntime = fullRuntime()) {
    const entries = whole("entries", options.entries, 1, 65_532);
    super(runtime.core.vectorSize(entries), runtime);
    this.entries = entries;
    this.core.vectorInit(this.at, entries);
  }

  /** Counts an event of process `index` (0 to `entries` − 1) and gives its counter. */
  increment(index: number): number {
    if (this.at === 0) throw this.disposed();
    const count = this.core.vectorIncrement(this.at, index);
    if (count < 0) throw this.#noProcess(index);
    return count;
  }

  /** The counter of process `index`. */
  get(index: number): number {
    const count = this.core.vectorGet(this.live, index);
    if (count < 0) throw this.#noProcess(index);
    return count;
  }

  /** Raises the counter of process `index` to `count`, never lower: for clocks that arrive as numbers. */
  raise(index: number, count: number): void {
    whole("count", count, 0, Number.MAX_SAFE_INTEGER);
    if (this.core.vectorRaise(this.live, index, count) !== 0) throw this.#noProcess(index);
  }

  /** All counters. */
  get counters(): number[] {
    const at = this.live;
    return Array.from({ length: this.entries }, (_, index) => this.core.vectorGet(at, index));
  }

  /** How this clock stands to `other`, of as many entries. */
  compare(other: VectorClock): CausalOrder {
    this.#fitting(other);
    return this.beside(other, (theirs) => causalOrders[this.core.vectorCompare(this.at, theirs)]!);
  }

  /** How this clock stands to each of `others`: one call of the core for all that live in the same runtime. */
  compareMany(others: readonly VectorClock[]): CausalOrder[] {
    const at = this.live;
    const count = others.length;
    for (const other of others) this.#fitting(other);
    if (others.some((other) => other.runtime !== this.runtime)) return others.map((other) => this.compare(other));
    return this.borrowing(count * 5, (list) => {
      const distances = new Uint32Array(this.runtime.memory.buffer, list, count);
      for (let index = 0; index < count; index++) distances[index] = others[index]!.at - at;
      const out = list + count * 4;
      this.core.vectorCompareMany(at, list, count, out);
      const found = this.runtime.view(out, count);
      const orders: CausalOrder[] = [];
      for (let index = 0; index < count; index++) orders.push(causalOrders[found[index]!]!);
      return orders;
    });
  }

  /** Takes over every counter of `other`, of as many entries, that is greater. */
  merge(other: VectorClock): void {
    this.#fitting(other);
    this.beside(other, (theirs) => this.core.vectorMerge(this.at, theirs));
  }

  /** The counters as bytes. */
  snapshot(): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.vectorSave(at, to));
  }

  /** Replaces the counters by a {@link snapshot}. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.vectorLoad(at, from));
  }

  /** Both live, and of one length. */
  #fitting(other: VectorClock): void {
    if (this.live === 0 || other.live === 0 || other.entries === this.entries) return;
    throw invalidOption("entries", other.entries, `give a clock of as many entries as this one's ${this.entries}`);
  }

  #noProcess(index: number): Error {
    return invalidOption("index", index, `give a whole number from 0 to ${this.entries - 1}`);
  }
}
