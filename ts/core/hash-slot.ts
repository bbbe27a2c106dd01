import { type Address, type FullRuntime, TextWriter } from "../../bindings/index.js";

/** Bytes that a slot takes. */
export const slotBytes = 8;

/** Bytes of a slot for MD5: a digest, and those behind it that MD5 works in. */
export const digestSlotBytes = 16 + 128;

/**
 * Where the core puts the hash of a key, and how it is read as two numbers. The owner provides the bytes, and does not use the slot
 * once they are freed.
 */
export class HashSlot {
  /** Lower half of the last hash. */
  low = 0;
  /** Upper half of the last hash. */
  high = 0;
  readonly texts: TextWriter;
  /** What stands in the slot: a hash, or a digest where there is room for it. */
  readonly words: Uint32Array;
  readonly #core: FullRuntime["core"];
  readonly #at: Address;

  constructor(runtime: FullRuntime, at: Address, bytes = slotBytes) {
    this.#core = runtime.core;
    this.texts = new TextWriter(runtime);
    this.#at = at;
    this.words = new Uint32Array(runtime.memory.buffer, at, bytes < digestSlotBytes ? 2 : 4);
  }

  /** Hashes a key with XXH64. */
  hash(key: string | Uint8Array, seedLow: number, seedHigh: number): void {
    const texts = this.texts;
    const length = texts.write(key);
    this.#core.xxHash64(texts.at, length, seedLow, seedHigh, this.#at);
    texts.release();
    this.low = this.words[0]!;
    this.high = this.words[1]!;
  }

  /** Hashes a key with MD5, of which the first 32 bits count. */
  digest(key: string | Uint8Array): void {
    const texts = this.texts;
    const length = texts.write(key);
    this.#core.md5(texts.at, length, this.#at);
    texts.release();
    this.low = this.words[0]!;
    this.high = 0;
  }
}
