/** Passing texts into the core as UTF-8, so that a key has the same hash on every host. */

import type { Address } from "./exports/base.js";
import { type Runtime, scratchBytes } from "./runtime.js";
import { shortWords, writeShort } from "./short-text.js";

const encoder = new TextEncoder();

/** Takes a piece of a key that is too long for scratch into the state of the table's hash. */
type Absorb = (table: Address, piece: Address, length: number) => void;

/**
 * Writes keys into the scratch of a runtime. Characters that are half a surrogate pair become U+FFFD, as everywhere in
 * UTF-8; keys that differ in nothing else are one key.
 */
export class KeyWriter {
  /** Where the core finds what {@link write} wrote. */
  readonly at: Address;
  readonly #absorb: Absorb;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;

  constructor(runtime: Runtime, absorb: Absorb = runtime.core.keyedAbsorb) {
    this.#absorb = absorb;
    this.#bytes = runtime.scratch;
    this.#words = shortWords(this.#bytes);
    this.at = this.#bytes.byteOffset;
  }

  /** Writes `key` for the table at `table` and returns the bytes that stand in scratch; a long key's first part is absorbed. */
  write(table: Address, key: string): number {
    const length = writeShort(key, this.#words);
    return length < 0 ? this.#encode(table, key) : length;
  }

  /** The general way. Shared memory takes no `encodeInto` in browsers, so the bytes are encoded outside and copied. */
  #encode(table: Address, key: string): number {
    return this.writeBytes(table, encoder.encode(key));
  }

  /** As {@link write}, for a key that is bytes already. */
  writeBytes(table: Address, encoded: Uint8Array): number {
    let from = 0;
    // What stands in scratch at the end must be at most its length, and what goes before it a multiple of 8.
    for (; encoded.length - from > scratchBytes; from += scratchBytes) {
      this.#bytes.set(encoded.subarray(from, from + scratchBytes));
      this.#absorb(table, this.at, scratchBytes);
    }
    this.#bytes.set(encoded.subarray(from));
    return encoded.length - from;
  }
}
