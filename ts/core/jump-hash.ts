import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { HashSlot, slotBytes } from "./hash-slot.js";
import { locateMany } from "./locate-many.js";
import { whole } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link JumpHash}. */
export interface JumpHashOptions {
  /** How many buckets there are: 1 to 2^31 − 1. */
  readonly buckets: number;
}

const bucketsMax = 2 ** 31 - 1;

/**
 * Jump consistent hash: the bucket of a key among `buckets`, with no table at all.
 *
 * Use it where buckets are numbered and only the last one comes or goes: shards, partitions. From n to n + 1 buckets one key in
 * n + 1 moves, all of them to the new bucket, and keys are spread as evenly as a random choice would. Where any bucket may leave, use
 * {@link AnchorHash}. Guava's `Hashing.consistentHash` and others give the same buckets for the same 64-bit keys.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`.
 * Source: Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm" (2014).
 *
 * @example
 * ```ts
 * import { JumpHash } from "holdfast/core";
 *
 * const jump = new JumpHash({ buckets: 100 });
 * jump.indexOfHash(1, 0); // => 55
 * jump.indicesOf(new Uint32Array([0, 1, 2])); // => new Uint32Array([0, 55, 62])
 * jump.indexOf("user-17") < 100; // => true
 * ```
 */
export class JumpHash extends Structure<FullExports> {
  readonly #buckets: number;
  readonly #slot: HashSlot;

  constructor(options: JumpHashOptions, runtime: FullRuntime = fullRuntime()) {
    const buckets = whole("buckets", options.buckets, 1, bucketsMax);
    super(slotBytes, runtime);
    this.#buckets = buckets;
    this.#slot = new HashSlot(runtime, this.at);
  }

  /** The bucket of a key, which is hashed with XXH64. */
  indexOf(key: string | Uint8Array): number {
    if (this.at === 0) throw this.disposed();
    const slot = this.#slot;
    slot.hash(key, 0, 0);
    return this.core.jumpHash(slot.low, slot.high, this.#buckets);
  }

  /** The bucket of a 64-bit key or hash, given as halves of 32 bits; `high` is 0 for a 32-bit key. */
  indexOfHash(low: number, high: number): number {
    if (this.at === 0) throw this.disposed();
    return this.core.jumpHash(low, high, this.#buckets);
  }

  /** The buckets of many 64-bit or 32-bit keys or hashes, in their order. */
  indicesOf(hashes: BigUint64Array | Uint32Array): Uint32Array {
    if (this.at === 0) throw this.disposed();
    const { core } = this;
    return locateMany(this.runtime, hashes, (keys, count, out) => {
      if (hashes instanceof Uint32Array) core.jumpHash32Many(keys, count, this.#buckets, out);
      else core.jumpHashMany(keys, count, this.#buckets, out);
    });
  }
}
