import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { entropySeed, HoldfastError } from "../kernel/index.js";
import { seed, whole } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link Reservoir}. */
export interface ReservoirOptions {
  /** Items to keep: 1 to 32,000. */
  readonly capacity: number;
  /** Where the random numbers start. Default: from the host's entropy. */
  readonly seed?: number | undefined;
}

/**
 * A fair sample of a stream of unknown length, in a fixed number of places: every item is in it with a chance proportional to
 * its weight.
 *
 * Use it for examples: the traces behind a histogram, the slow queries of an hour (weighted by their time). Most items of a long
 * stream cost a subtraction: how many to pass over is drawn in advance.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`; `NOT_MERGEABLE`.
 * Source: Efraimidis and Spirakis, "Weighted Random Sampling with a Reservoir" (2006), algorithm A-ExpJ.
 *
 * @example
 * ```ts
 * import { Reservoir } from "holdfast/core";
 *
 * const reservoir = new Reservoir<number>({ capacity: 3, seed: 7 });
 * for (let n = 0; n < 1_000; n++) reservoir.offer(n);
 * reservoir.items.length; // => 3
 * reservoir.offered; // => 1000
 * ```
 */
export class Reservoir<Item> extends Structure<FullExports> {
  readonly #items: Item[] = [];
  readonly #capacity: number;

  constructor(options: ReservoirOptions, runtime: FullRuntime = fullRuntime()) {
    const capacity = whole("capacity", options.capacity, 1, 32_000);
    const start = seed("seed", options.seed ?? entropySeed());
    super(runtime.core.reservoirSize(capacity), runtime);
    this.#capacity = capacity;
    this.core.reservoirInit(this.at, capacity, start);
  }

  /**
   * Offers an item.
   *
   * @param weight above 0, in any unit; others are passed over. Default: 1.
   * @returns whether it is in the sample now.
   */
  offer(item: Item, weight = 1): boolean {
    if (this.at === 0) throw this.disposed();
    const slot = this.core.reservoirOffer(this.at, weight);
    if (slot < 0) return false;
    this.#items[slot] = item;
    return true;
  }

  /** The sample, in no order; the same array until the next item gets in. */
  get items(): readonly Item[] {
    if (this.at === 0) throw this.disposed();
    return this.#items;
  }

  /** Items that were offered. */
  get offered(): number {
    return this.core.reservoirRead(this.live, 0);
  }

  /**
   * Adds the sample of `other`: the result is distributed as that of one reservoir that was offered both streams. Throws
   * `NOT_MERGEABLE` where `other` has fewer places than this one and had to drop items: they might belong in.
   */
  merge(other: Reservoir<Item>): void {
    const at = this.live;
    const theirs = other.snapshot();
    if (other.#capacity < this.#capacity && other.offered > other.#capacity) {
      throw new HoldfastError(
        "NOT_MERGEABLE",
        "a reservoir can take over another only if that one has as many places, or all that it was offered",
      );
    }
    const items = [...other.#items];
    const block = this.runtime.allocate(theirs.length);
    try {
      this.runtime.view(block.at, theirs.length).set(theirs);
      for (let index = 0; index < items.length; index++) {
        const slot = this.core.reservoirAbsorb(at, block.at, index);
        if (slot >= 0) this.#items[slot] = items[this.core.reservoirSlot(block.at, index)]!;
      }
      this.core.reservoirAddOffered(at, block.at);
    } finally {
      block.free();
    }
  }

  /** The sample's keys and random state, as bytes; the items are the host's own, in {@link items}. */
  snapshot(): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.reservoirSave(at, to));
  }

  /** Goes on where {@link snapshot} was taken, with the items of then. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array, items: readonly Item[]): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.reservoirLoad(at, from));
    const taken = this.core.reservoirRead(at, 1);
    this.#items.length = 0;
    for (let slot = 0; slot < taken; slot++) this.#items.push(items[slot]!);
  }
}
