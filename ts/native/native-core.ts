import type { ScriptCore } from "../../bindings/index.js";
import { addon, calling } from "./addon.js";

/**
 * The core compiled for this machine, for runtimes of one thread: to be given to `createFullRuntime` of `holdfast/core`.
 *
 * Use it to compare: engines call WebAssembly faster than any addon, so for one process the default is quicker. What processes
 * share is {@link processRuntime}'s.
 *
 * Errors: `NATIVE_UNAVAILABLE`.
 *
 * @example
 * ```ts no-run
 * import { createFullRuntime, TokenBucket } from "holdfast/core";
 * import { nativeCore } from "holdfast/native";
 *
 * const runtime = createFullRuntime({ module: nativeCore(), memoryBytes: 1 << 20 });
 * new TokenBucket({ limit: 10, perMs: 1_000 }, runtime).tryAcquire(1, 0); // 0
 * ```
 */
export function nativeCore(): ScriptCore {
  const { OwnMemory } = addon();
  return {
    profile: "native",
    open(pages) {
      const own = calling(() => new OwnMemory(pages * 65_536));
      // Of a memory the runtime only wants the buffer.
      return { memory: { buffer: own.memory() } as WebAssembly.Memory, exports: own.exports() };
    },
  };
}
