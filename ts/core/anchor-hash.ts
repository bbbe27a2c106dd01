import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { HashSlot, slotBytes } from "./hash-slot.js";
import { locateMany } from "./locate-many.js";
import { whole } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link AnchorHash}. */
export interface AnchorHashOptions {
  /** How many buckets there can ever be: 1 to 16,384. A lookup takes longer the fewer of them work: a quarter costs about one more step. */
  readonly capacity: number;
  /** How many of them work at the start: 1 to `capacity`. Default: `capacity`. */
  readonly working?: number | undefined;
}

const capacityMax = 16_384;

/**
 * AnchorHash: the bucket of a key, where any bucket may come and go. It spreads keys as evenly as a random choice, and a change moves as few
 * keys as there can be.
 *
 * Use it where nodes fail in any order and {@link JumpHash} does not do; it takes 20 bytes a bucket of its capacity. A bucket that comes back
 * is the one that was removed last. Processes agree as long as they see the same changes in the same order; hand a snapshot to
 * one that comes later.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`; `CORE_INCOMPLETE` on edge workers.
 * Source: Mendelson et al., "AnchorHash: A Scalable Consistent Hash" (IEEE/ACM Transactions on Networking 29:2, 2021).
 *
 * @example
 * ```ts
 * import { AnchorHash } from "holdfast/core";
 *
 * const anchor = new AnchorHash({ capacity: 8, working: 5 });
 * const before = anchor.indexOf("user-17");
 * anchor.remove(before); // => true
 * anchor.indexOf("user-17") === before; // => false
 * anchor.add(); // => before
 * anchor.indexOf("user-17"); // => before
 * ```
 */
export class AnchorHash extends Structure<FullExports> {
  readonly #slot: HashSlot;

  constructor(options: AnchorHashOptions, runtime: FullRuntime = fullRuntime()) {
    const capacity = whole("capacity", options.capacity, 1, capacityMax);
    const working = whole("working", options.working ?? capacity, 1, capacity);
    const bytes = runtime.core.anchorSize(capacity);
    super(bytes + slotBytes, runtime);
    this.core.anchorInit(this.at, capacity, working);
    this.#slot = new HashSlot(runtime, this.at + bytes);
  }

  /** Brings back the bucket that was removed last: its number, or -1 where all work. */
  add(): number {
    return this.core.anchorAdd(this.live);
  }

  /** Takes a bucket out; false where it does not work, or is the last that does. */
  remove(bucket: number): boolean {
    return this.core.anchorRemove(this.live, whole("bucket", bucket, 0, capacityMax)) === 0;
  }

  /** Whether a bucket works. */
  has(bucket: number): boolean {
    return this.core.anchorHas(this.live, whole("bucket", bucket, 0, capacityMax)) === 1;
  }

  /** How many buckets work. */
  get working(): number {
    return this.core.anchorCount(this.live);
  }

  /** The bucket of a key, which is hashed with XXH64. */
  indexOf(key: string | Uint8Array): number {
    if (this.at === 0) throw this.disposed();
    const slot = this.#slot;
    slot.hash(key, 0, 0);
    return this.core.anchorFind(this.at, slot.low, slot.high);
  }

  /** The bucket of a 64-bit key or hash, given as halves of 32 bits. */
  indexOfHash(low: number, high: number): number {
    if (this.at === 0) throw this.disposed();
    return this.core.anchorFind(this.at, low, high);
  }

  /** The buckets of many keys or hashes, in their order. */
  indicesOf(hashes: BigUint64Array): Uint32Array {
    if (this.at === 0) throw this.disposed();
    return locateMany(this.runtime, hashes, (keys, count, out) => this.core.anchorFindMany(this.at, keys, count, out));
  }

  /** Which buckets work, as bytes. */
  snapshot(): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.anchorSave(at, to));
  }

  /** Replaces the buckets by those of a {@link snapshot} of the same capacity. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.anchorLoad(at, from));
  }
}
