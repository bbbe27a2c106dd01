/** Passing texts and bytes of any length into the core in one piece, for hashes that want the whole. */

import type { Address } from "./exports/base.js";
import { type Holding, type Runtime, scratchBytes } from "./runtime.js";
import { shortWords, writeShort } from "./short-text.js";

const encoder = new TextEncoder();

/**
 * Writes texts, as UTF-8, and bytes where the core can read them: into the scratch of a runtime, and those that it cannot hold into a
 * block of their own, until {@link release}. Characters that are half a surrogate pair become U+FFFD.
 */
export class TextWriter {
  readonly #runtime: Runtime;
  readonly #scratch: Uint8Array;
  readonly #words: Int32Array;
  #large: Holding | undefined;
  /** Where the core finds what {@link write} wrote. */
  at: Address;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#scratch = runtime.scratch;
    this.#words = shortWords(this.#scratch);
    this.at = this.#scratch.byteOffset;
  }

  /** Writes `data` and returns its bytes. Throws `ARENA_FULL` where it is longer than the memory has room for. */
  write(data: string | Uint8Array): number {
    if (typeof data !== "string") return this.#copy(data);
    const length = writeShort(data, this.#words);
    return length < 0 ? this.#copy(encoder.encode(data)) : length;
  }

  /** Gives back what a long text took. Call it when the core has read the text. */
  release(): void {
    if (this.#large === undefined) return;
    this.#large.free();
    this.#large = undefined;
    this.at = this.#scratch.byteOffset;
  }

  /** Shared memory takes no `encodeInto` in browsers, so texts are encoded outside and copied. */
  #copy(data: Uint8Array): number {
    if (data.length <= scratchBytes) {
      this.#scratch.set(data);
      return data.length;
    }
    this.release();
    this.#large = this.#runtime.allocate(data.length);
    this.at = this.#large.at;
    this.#runtime.view(this.at, data.length).set(data);
    return data.length;
  }
}
