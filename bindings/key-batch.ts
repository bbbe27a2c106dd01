/** Passing many keys into the core at once. */

import type { Address } from "./exports/base.js";
import type { Holding, Runtime } from "./runtime.js";
import { keysAtOnce, shortLength } from "./short-text.js";

const textBytes = keysAtOnce * shortLength;
/** The core may read 7 bytes behind a text. */
const resultsAt = textBytes + 8;
const endsAt = resultsAt + keysAtOnce * 8;
const bytes = endsAt + (keysAtOnce + 1) * 4;

/** A block of the core's memory for short keys, where they end, and a number of the core's for each. */
export class KeyBatch {
  /** Address of the texts. */
  readonly texts: Address;
  /** Address of the ends: the first key begins at ends[0], which is 0, and ends at ends[1]. */
  readonly ends: Address;
  /** Address of {@link numbers}. */
  readonly results: Address;
  /** What the core wrote for each key. */
  readonly numbers: Float64Array;
  /** The memory, which the owner frees. */
  readonly block: Holding;
  readonly #text: Uint8Array;
  readonly #ends: Int32Array;

  constructor(runtime: Runtime, owner: object) {
    this.block = runtime.allocate(bytes, owner);
    this.texts = this.block.at;
    this.results = this.texts + resultsAt;
    this.ends = this.texts + endsAt;
    this.#text = runtime.view(this.texts, textBytes);
    this.numbers = new Float64Array(runtime.memory.buffer, this.results, keysAtOnce);
    this.#ends = new Int32Array(runtime.memory.buffer, this.ends, keysAtOnce + 1);
    this.#ends[0] = 0;
  }

  /**
   * Writes `count` short keys from number `from` on, at most {@link keysAtOnce}; false where one of them is not ASCII, and has to go its
   * own way.
   */
  write(keys: readonly string[], from: number, count: number): boolean {
    const text = this.#text;
    const ends = this.#ends;
    let codes = 0;
    let at = 0;
    for (let i = 0; i < count; i++) {
      const key = keys[from + i]!;
      for (let n = 0; n < key.length; n++) {
        const code = key.charCodeAt(n);
        codes |= code;
        text[at++] = code;
      }
      ends[i + 1] = at;
    }
    return codes <= 127;
  }
}
