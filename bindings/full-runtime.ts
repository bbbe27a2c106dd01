/** Runtimes of the full module, which has every structure. */

import * as chosen from "#wasm-full";
import { HoldfastError } from "../ts/kernel/index.js";
import type { CoreExports } from "./exports/base.js";
import type { FullExports } from "./exports/full.js";
import { KeyBatch } from "./key-batch.js";
import { refusingWhatIsLeftOut } from "./lacking.js";
import { openRuntime, type Runtime, type RuntimeOptions } from "./runtime.js";
import { coreSource, provisions } from "./source.js";

/** A runtime that every structure of the core can live in. */
export type FullRuntime = Runtime<FullExports>;

/** A function that only the full module has; a runtime over a base module is told apart by it. */
const witness: keyof FullExports = "jumpHash";

/**
 * Makes a full core with a memory of its own: every structure can live in it, also those of the base module. Use it where
 * the default's memory is too small, or where a part of the program shall have its own.
 *
 * Errors: `INVALID_OPTION`; `CORE_BLOCKED` where the host forbids WebAssembly or has not that much memory; `CORE_INCOMPLETE`
 * where the module that was provided is a base module.
 *
 * @example
 * ```ts
 * import { createFullRuntime, TokenBucket } from "holdfast/core";
 *
 * const runtime = createFullRuntime({ memoryBytes: 1 << 20 });
 * new TokenBucket({ limit: 10, perMs: 1_000 }, runtime).tryAcquire(1, 0); // => 0
 * ```
 */
export function createFullRuntime(options: RuntimeOptions = {}): FullRuntime {
  return openRuntime<FullExports>(options, () => coreSource(chosen, "#wasm-full"), {
    face: fullFace,
    keyBatch: (runtime, owner) => new KeyBatch(runtime, owner),
  });
}

/** The functions of a full module. Throws `CORE_INCOMPLETE` where it is a base module. */
function fullFace(exports: CoreExports, profile: string): FullExports {
  if (typeof (exports as FullExports)[witness] === "function")
    return refusingWhatIsLeftOut(exports as FullExports, profile);
  throw new HoldfastError(
    "CORE_INCOMPLETE",
    `the core's module (${profile}) is a base module, without hashing, clocks, samplers, sketches and lock-free ` +
      "structures; provide the full one of the same profile, such as holdfast/wasm/edge.wasm instead of edge.base.wasm",
    { details: { profile } },
  );
}

let shared: FullRuntime | undefined;
let madeAt = 0;

/**
 * The runtime that structures beyond the base module use unless told otherwise; made on first use.
 *
 * Errors: `CORE_BLOCKED`, `CORE_INCOMPLETE`.
 *
 * @example
 * ```ts
 * import { fullRuntime } from "holdfast/core";
 *
 * fullRuntime() === fullRuntime(); // => true
 * ```
 */
export function fullRuntime(): FullRuntime {
  if (shared === undefined || madeAt !== provisions) {
    shared = createFullRuntime();
    madeAt = provisions;
  }
  return shared;
}
