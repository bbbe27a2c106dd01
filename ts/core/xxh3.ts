import { type FullExports, type FullRuntime, fullRuntime, TextWriter } from "../../bindings/index.js";
import { halves } from "./key-hasher.js";
import { Structure } from "./structure.js";

/** Options of {@link Xxh3}. */
export interface Xxh3Options {
  /** 0 to 2^64 − 1. Default: 0. */
  readonly seed?: bigint | undefined;
}

/** Bytes of a result. */
const resultBytes = 16;

/**
 * XXH3 with one seed: a hash of 64 or 128 bits for anything but security, the fastest of its family for long data.
 *
 * Use it for content: checksums, names of blocks, finding equal ones. A text is hashed as UTF-8.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`; `CORE_INCOMPLETE` on edge workers, whose module has no room for it.
 * Source: Collet, xxHash specification, "XXH3 algorithm overview".
 *
 * @see {@link xxHash64}
 * @example
 * ```ts
 * import { Xxh3 } from "holdfast/core";
 *
 * const xxh3 = new Xxh3();
 * xxh3.hash64("").toString(16); // => "2d06800538d394c2"
 * xxh3.hash128("").toString(16); // => "99aa06d3014798d86001c324468d497f"
 * ```
 */
export class Xxh3 extends Structure<FullExports> {
  readonly #texts: TextWriter;
  readonly #words: BigUint64Array;
  readonly #out: number;

  constructor(options: Xxh3Options = {}, runtime: FullRuntime = fullRuntime()) {
    const [low, high] = halves("seed", options.seed ?? 0n);
    const bytes = runtime.core.xxh3Size();
    super(bytes + resultBytes, runtime);
    this.core.xxh3Init(this.at, low, high);
    this.#texts = new TextWriter(runtime);
    this.#out = this.at + bytes;
    this.#words = new BigUint64Array(runtime.memory.buffer, this.#out, 2);
  }

  /** The hash of 64 bits. */
  hash64(data: string | Uint8Array): bigint {
    if (this.at === 0) throw this.disposed();
    const length = this.#texts.write(data);
    this.core.xxh3Hash64(this.at, this.#texts.at, length, this.#out);
    this.#texts.release();
    return this.#words[0]!;
  }

  /** The hash of 128 bits. */
  hash128(data: string | Uint8Array): bigint {
    if (this.at === 0) throw this.disposed();
    const length = this.#texts.write(data);
    this.core.xxh3Hash128(this.at, this.#texts.at, length, this.#out);
    this.#texts.release();
    return (this.#words[1]! << 64n) | this.#words[0]!;
  }
}
