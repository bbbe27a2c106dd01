/**
 * Looking into the core: what stands in a limiter, a breaker, a histogram or a file with a snapshot, with names, units and values; and the
 * debug build to run on, which asserts what it is given.
 *
 * It comes with `@assemblyscript/loader`, which you install (`npm install @assemblyscript/loader@0.28`) and hand over. Nothing
 * else in Holdfast needs it.
 */

import { type AssemblyScriptLoader, openDebugCore, StateReader } from "../../bindings/debug-core.js";
import type { ScriptCore } from "../../bindings/index.js";
import type { Structure } from "../core/index.js";
import { HoldfastError, invalidOption } from "../kernel/index.js";
import type { Dump } from "./dump.js";

export type { AssemblyScriptLoader } from "../../bindings/debug-core.js";
export { describe } from "./describe.js";
export type { Dump, DumpedFields, DumpedList, DumpedNumber, DumpedValue } from "./dump.js";

/** How much of a structure is dumped. */
export interface DumpOptions {
  /** Values of each list at most: 0 to 2^32 − 1. Default: 10,000. */
  readonly maxValues?: number | undefined;
}

/** Reads states; made by {@link inspector}. */
export interface Inspector {
  /**
   * What stands in a structure of `holdfast/core` at this moment. It may live in any memory; where other threads write to it
   * meanwhile, each 64-bit word is read whole, but one word may be older than another. Secrets of hashes are left out.
   *
   * Errors: `NOT_READABLE` where it has no state of a known kind, such as a hasher; `DISPOSED`; `INVALID_OPTION`.
   */
  dump(structure: Structure, options?: DumpOptions): Dump;
  /**
   * What stands in the bytes that a structure's `snapshot` gave, in this process or another. A damaged one is read as far as
   * it goes and says so.
   *
   * Errors: `NOT_READABLE` where no known structure, or another version of one, begins with these bytes; `INVALID_OPTION`.
   */
  dumpSnapshot(bytes: Uint8Array, options?: DumpOptions): Dump;
}

/** A head that is long enough to tell the size of every structure. */
const headBytes = 512;

/** Structures whose parts stand behind one another need a second look. */
const looks = 3;

function maxValuesOf({ maxValues = 10_000 }: DumpOptions = {}): number {
  if (Number.isInteger(maxValues) && maxValues >= 0 && maxValues < 2 ** 32) return maxValues;
  throw invalidOption("maxValues", maxValues, "give a whole number from 0 to 2^32 − 1");
}

function read(json: string | undefined, what: string): Dump {
  if (json !== undefined) return JSON.parse(json) as Dump;
  throw new HoldfastError(
    "NOT_READABLE",
    `${what} begins with none of the structures that this version of Holdfast knows`,
  );
}

/**
 * A copy of the first `bytes` bytes of what a structure occupies, as many as the memory has. Each 64-bit word is read at once, since
 * other threads may be writing.
 */
function copied({ place: { memory, from } }: Structure, bytes: number): Uint8Array {
  const { buffer } = memory;
  const words = new BigInt64Array(buffer, from, Math.min(Math.ceil(bytes / 8), (buffer.byteLength - from) >>> 3));
  return new Uint8Array(BigInt64Array.from(words, (_, index) => Atomics.load(words, index)).buffer);
}

/** A copy of all that it occupies: how much that is, is told by what is copied. */
function copyOf(structure: Structure, reader: StateReader): Uint8Array {
  let copy = copied(structure, headBytes);
  for (let look = 0; look < looks; look++) {
    const bytes = reader.extent(copy);
    if (bytes <= copy.length) break;
    copy = copied(structure, bytes);
  }
  return copy;
}

/**
 * Opens the debug build to read states with.
 *
 * Use it in a debugger, a test that failed, or an incident: it answers "why does this limiter refuse?" from the bytes themselves. It copies
 * what it reads and changes nothing. For files there is `holdfast inspect`.
 *
 * Errors: `CORE_BLOCKED` where the host does not let WebAssembly be compiled; `LOADER_UNFIT` for a loader of another version.
 *
 * @param loader all of `@assemblyscript/loader`.
 *
 * @example
 * ```ts
 * import * as loader from "@assemblyscript/loader";
 * import { TokenBucket } from "holdfast/core";
 * import { describe, inspector } from "holdfast/debug";
 *
 * const bucket = new TokenBucket({ limit: 10, perMs: 1_000 });
 * const { dump } = inspector(loader);
 * dump(bucket).configuration["burst"]; // => { value: 10, unit: "permits" }
 * describe(dump(bucket)).includes("cost         100,000 sub-ticks a permit = 100 ms"); // => true
 * ```
 */
export function inspector(loader: AssemblyScriptLoader): Inspector {
  const reader = new StateReader(loader);
  return {
    dump(structure, options) {
      const most = maxValuesOf(options);
      return read(reader.structure(copyOf(structure, reader), most), `the state of this ${structure.constructor.name}`);
    },
    dumpSnapshot(bytes, options) {
      return read(reader.snapshot(bytes, maxValuesOf(options)), "what was given");
    },
  };
}

/**
 * The debug build as a core to run structures on: unoptimised, with names and a source map, and with every call checked for taking a structure
 * of the kind that it is for. It decides as every other build.
 *
 * Use it for a test that fails without a trace of why. It is many times slower, and its memory holds at most 16 MiB.
 *
 * Errors: those of {@link inspector}, when a runtime is made with it; of calls, `WRONG_STRUCTURE` where a call is given the address of something else.
 *
 * @example
 * ```ts
 * import * as loader from "@assemblyscript/loader";
 * import { createFullRuntime, TokenBucket } from "holdfast/core";
 * import { debugCore } from "holdfast/debug";
 *
 * const runtime = createFullRuntime({ module: debugCore(loader) });
 * runtime.profile; // => "debug"
 * new TokenBucket({ limit: 1, perMs: 1_000 }, runtime).tryAcquire(1, 0); // => 0
 * ```
 */
export function debugCore(loader: AssemblyScriptLoader): ScriptCore {
  return openDebugCore(loader);
}
