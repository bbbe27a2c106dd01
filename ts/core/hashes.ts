/** Single hashes as functions. */

import { type FullRuntime, fullRuntime, type Holding, TextWriter } from "../../bindings/index.js";
import { halves } from "./key-hasher.js";
import { seed as seed32 } from "./options.js";

/** What each runtime needs for functions that hold nothing themselves. */
interface Desk {
  readonly texts: TextWriter;
  readonly result: Holding;
  readonly words: BigUint64Array;
}

const desks = new WeakMap<FullRuntime, Desk>();

function deskOf(runtime: FullRuntime): Desk {
  let desk = desks.get(runtime);
  if (desk === undefined) {
    const result = runtime.allocate(16);
    desk = { texts: new TextWriter(runtime), result, words: new BigUint64Array(runtime.memory.buffer, result.at, 2) };
    desks.set(runtime, desk);
  }
  return desk;
}

/** Has the core hash `data`; `call` gets its address, its length and where a result of up to 128 bits goes. */
function hashed<Result>(
  data: string | Uint8Array,
  runtime: FullRuntime,
  call: (from: number, length: number, out: number, words: BigUint64Array) => Result,
): Result {
  const { texts, result, words } = deskOf(runtime);
  const length = texts.write(data);
  try {
    return call(texts.at, length, result.at, words);
  } finally {
    texts.release();
  }
}

/**
 * XXH32 of a text, as UTF-8, or of bytes: a fast 32-bit hash for anything but security.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `CORE_BLOCKED`, `CORE_INCOMPLETE`. Source: Collet, xxHash specification.
 *
 * @param seed its lower 32 bits count. Default: 0.
 * @returns 0 to 2^32 − 1.
 * @see {@link xxHash64}
 * @example
 * ```ts
 * import { xxHash32 } from "holdfast/core";
 *
 * xxHash32("").toString(16); // => "2cc5d05"
 * ```
 */
export function xxHash32(data: string | Uint8Array, seed = 0, runtime: FullRuntime = fullRuntime()): number {
  const start = seed32("seed", seed);
  return hashed(data, runtime, (from, length) => runtime.core.xxHash32(from, length, start) >>> 0);
}

/**
 * XXH64 of a text, as UTF-8, or of bytes: a fast 64-bit hash for anything but security. It is what placements hash keys with.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `CORE_BLOCKED`, `CORE_INCOMPLETE`. Source: Collet, xxHash specification.
 *
 * @param seed 0 to 2^64 − 1. Default: 0.
 * @returns 0 to 2^64 − 1.
 * @see {@link KeyHasher}, which needs no `bigint`, and hashes many keys at once
 * @example
 * ```ts
 * import { xxHash64 } from "holdfast/core";
 *
 * xxHash64("").toString(16); // => "ef46db3751d8e999"
 * ```
 */
export function xxHash64(data: string | Uint8Array, seed = 0n, runtime: FullRuntime = fullRuntime()): bigint {
  const [low, high] = halves("seed", seed);
  return hashed(data, runtime, (from, length, out, words) => {
    runtime.core.xxHash64(from, length, low, high, out);
    return words[0]!;
  });
}

/**
 * MurmurHash3, x86_32, of a text, as UTF-8, or of bytes. For agreement with other programs; for anything new take {@link xxHash64}.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `CORE_BLOCKED`, `CORE_INCOMPLETE`. Source: Appleby, MurmurHash3 (2011).
 *
 * @param seed its lower 32 bits count. Default: 0.
 * @returns 0 to 2^32 − 1.
 * @see {@link murmur3x128}
 * @example
 * ```ts
 * import { murmur3x32 } from "holdfast/core";
 *
 * murmur3x32("hello").toString(16); // => "248bfa47"
 * ```
 */
export function murmur3x32(data: string | Uint8Array, seed = 0, runtime: FullRuntime = fullRuntime()): number {
  const start = seed32("seed", seed);
  return hashed(data, runtime, (from, length) => runtime.core.murmur3x32(from, length, start) >>> 0);
}

/**
 * MurmurHash3, x64_128, of a text, as UTF-8, or of bytes. The first of the two words that the reference gives is the upper half.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `CORE_BLOCKED`, `CORE_INCOMPLETE`, also on edge workers. Source: Appleby, MurmurHash3 (2011).
 *
 * @param seed its lower 32 bits count. Default: 0.
 * @returns 0 to 2^128 − 1.
 * @see {@link murmur3x32}
 * @example
 * ```ts
 * import { murmur3x128 } from "holdfast/core";
 *
 * murmur3x128("hello").toString(16); // => "cbd8a7b341bd9b025b1e906a48ae1d19"
 * ```
 */
export function murmur3x128(data: string | Uint8Array, seed = 0, runtime: FullRuntime = fullRuntime()): bigint {
  const start = seed32("seed", seed);
  const { core } = runtime;
  return hashed(data, runtime, (from, length, out, words) => {
    core.murmur3x128(from, length, start, out);
    return (words[0]! << 64n) | words[1]!;
  });
}
