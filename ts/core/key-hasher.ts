import { type Address, type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { HashSlot, slotBytes } from "./hash-slot.js";
import { Structure } from "./structure.js";

/** The halves of a 64-bit number; throws `INVALID_OPTION` where `value` is none. */
export function halves(name: string, value: bigint): readonly [low: number, high: number] {
  if (value !== BigInt.asUintN(64, value)) throw invalidOption(name, value, "give a bigint from 0 to 2^64 - 1");
  return [Number(BigInt.asUintN(32, value)), Number(value >> 32n)];
}

/** Options of {@link KeyHasher}. */
export interface KeyHasherOptions {
  /** The seed of XXH64, 0 to 2^64 − 1. Default: 0. */
  readonly seed?: bigint | undefined;
}

/** Keys that are hashed at once, and the bytes of their texts. */
const keysAtOnce = 1_024;
const textBytes = 32_768;

const encoder = new TextEncoder();

/**
 * Hashes keys with XXH64 and gives the 64 bits as two numbers, which no call has to turn into a `bigint`.
 *
 * Use it where one hash serves several placements, or feeds a structure of your own: `hash` sets {@link KeyHasher.low} and
 * {@link KeyHasher.high}. A text is hashed as UTF-8, so other programs come to the same hash. Who can choose keys can make them collide:
 * where that matters, use a keyed hash, as `KeyedLimiter` does.
 *
 * Errors: `INVALID_OPTION`, `DISPOSED`, `CORE_BLOCKED`, `CORE_INCOMPLETE`; `ARENA_FULL` also for a key that the memory has no room for.
 * Source: Collet, xxHash specification, "XXH64 algorithm description".
 *
 * @see {@link xxHash64} for single hashes
 * @example
 * ```ts
 * import { KeyHasher } from "holdfast/core";
 *
 * const hasher = new KeyHasher();
 * hasher.hash("user-17");
 * hasher.hashMany(["user-17"])[0] === (BigInt(hasher.high) << 32n) + BigInt(hasher.low); // => true
 * ```
 */
export class KeyHasher extends Structure<FullExports> {
  readonly #slot: HashSlot;
  readonly #seedLow: number;
  readonly #seedHigh: number;

  constructor(options: KeyHasherOptions = {}, runtime: FullRuntime = fullRuntime()) {
    const [low, high] = halves("seed", options.seed ?? 0n);
    super(slotBytes, runtime);
    this.#seedLow = low;
    this.#seedHigh = high;
    this.#slot = new HashSlot(runtime, this.at);
  }

  /** Lower half of the last hash, 0 to 2^32 − 1. */
  get low(): number {
    if (this.at === 0) throw this.disposed();
    return this.#slot.low;
  }

  /** Upper half of the last hash, 0 to 2^32 − 1. */
  get high(): number {
    if (this.at === 0) throw this.disposed();
    return this.#slot.high;
  }

  /** Hashes a key; the result is in {@link KeyHasher.low} and {@link KeyHasher.high}. */
  hash(key: string | Uint8Array): void {
    if (this.at === 0) throw this.disposed();
    this.#slot.hash(key, this.#seedLow, this.#seedHigh);
  }

  /** The hashes of many keys, in their order; the last one is also in {@link KeyHasher.low} and {@link KeyHasher.high}. */
  hashMany(keys: readonly string[]): BigUint64Array {
    if (this.at === 0) throw this.disposed();
    const hashes = new BigUint64Array(keys.length);
    const block = this.runtime.allocate(keysAtOnce * 12 + 8 + textBytes);
    try {
      for (let from = 0; from < keys.length; ) from = this.#hashSome(keys, from, block.at, hashes);
    } finally {
      block.free();
    }
    const halfWords = new Uint32Array(hashes.buffer);
    this.#slot.low = halfWords.at(-2) ?? 0;
    this.#slot.high = halfWords.at(-1) ?? 0;
    return hashes;
  }

  /** Hashes as many keys from number `from` on as fit; returns the number of the first that is left. */
  #hashSome(keys: readonly string[], from: number, at: Address, hashes: BigUint64Array): number {
    // 8 bytes a result, then 4 bytes an end, then the texts.
    const endsAt = at + keysAtOnce * 8;
    const textsAt = endsAt + keysAtOnce * 4 + 8;
    const buffer = this.runtime.memory.buffer;
    const ends = new Uint32Array(buffer, endsAt, keysAtOnce + 1);
    const texts = new Uint8Array(buffer, textsAt, textBytes);
    let length = 0;
    let count = 0;
    ends[0] = 0;
    for (; count < keysAtOnce && from + count < keys.length; count++) {
      const bytes = encoder.encode(keys[from + count]!);
      if (length + bytes.length > textBytes) break;
      texts.set(bytes, length);
      length += bytes.length;
      ends[count + 1] = length;
    }
    if (count === 0) {
      // One key that is longer than the room for many.
      this.hash(keys[from]!);
      hashes[from] = (BigInt(this.high) << 32n) | BigInt(this.low);
      return from + 1;
    }
    this.core.xxHash64Many(textsAt, endsAt, count, this.#seedLow, this.#seedHigh, at);
    hashes.set(new BigUint64Array(buffer, at, count), from);
    return from + count;
  }
}
