/** Runtimes of the base module: what the policies and the structures behind them need. */

import * as chosen from "#wasm";
import { openRuntime, type Runtime, type RuntimeOptions } from "./runtime.js";
import { coreSource, provisions } from "./source.js";

/**
 * Makes a core with a memory of its own. Most programs need none: everything uses {@link defaultRuntime} unless told
 * otherwise. Make one to give a part of the program its own bound on memory, or to hold more than the default does.
 *
 * Its core is the base module, for limiters, breaker, backoff, retry budget, semaphore and latency histogram. Hashing, clocks,
 * samplers, sketches and lock-free structures need the full one, of `createFullRuntime`.
 *
 * Errors: `INVALID_OPTION`; `CORE_BLOCKED` where the host forbids WebAssembly or has not that much memory.
 *
 * @example
 * ```ts
 * import { createRuntime, TokenBucket } from "holdfast/core";
 *
 * const runtime = createRuntime({ memoryBytes: 1 << 20 });
 * const bucket = new TokenBucket({ limit: 10, perMs: 1_000 }, runtime);
 * bucket.tryAcquire(1, 0); // => 0
 * ```
 */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  return openRuntime(options, () => coreSource(chosen, "#wasm"));
}

let shared: Runtime | undefined;
let madeAt = 0;

/**
 * The runtime that everything of the base module uses unless told otherwise; made on first use, so that importing this
 * package compiles nothing.
 *
 * Errors: `CORE_BLOCKED`.
 *
 * @example
 * ```ts
 * import { defaultRuntime } from "holdfast/core";
 *
 * defaultRuntime() === defaultRuntime(); // => true
 * ```
 */
export function defaultRuntime(): Runtime {
  if (shared === undefined || madeAt !== provisions) {
    shared = createRuntime();
    madeAt = provisions;
  }
  return shared;
}
