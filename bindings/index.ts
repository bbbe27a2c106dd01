/**
 * The only code that knows the core's ABI: which build runs, how it is instantiated, and what it exports. What stands on the debug build,
 * `debug-core.ts` and `as-bind.ts`, is not here: whoever imports this shall not load that.
 */

import { defaultRuntime } from "./base-runtime.js";
import type { WasmModule } from "./host-types.js";
import type { CoreInfo } from "./runtime.js";
import { provideSource } from "./source.js";

export { attachedRuntime } from "./attached.js";
export { createRuntime, defaultRuntime } from "./base-runtime.js";
export type { Address, CoreExports } from "./exports/base.js";
export type { FullExports } from "./exports/full.js";
export type { NativeExports } from "./exports/native.js";
export { createFullRuntime, type FullRuntime, fullRuntime } from "./full-runtime.js";
export type { WasmMemory } from "./host-types.js";
export type { KeyBatch } from "./key-batch.js";
export { KeyWriter } from "./key-writer.js";
export {
  type CoreInfo,
  type Holding,
  Runtime,
  type RuntimeHandle,
  type RuntimeOptions,
  type Sleeper,
  type StructureHandle,
} from "./runtime.js";
export {
  attachRuntime,
  liveOwner,
  SharedRuntime,
  type SharedRuntimeOptions,
  sharedRuntime,
  type ThreadOptions,
  type WatchableWorker,
} from "./shared-runtime.js";
export { keysAtOnce, lookAhead } from "./short-text.js";
export { type ScriptCore, standInWith } from "./source.js";
export { TextWriter } from "./text-writer.js";

/**
 * Uses a core that the application compiled itself, for hosts that hand out WebAssembly only as modules. Call it before
 * first use: runtimes that exist already keep the core that they have, except that the default ones are made anew. A full
 * module serves everything; a base module serves what `holdfast` itself has.
 *
 * @param module a compiled `.wasm` file of this package.
 * @param profile the name of its hardware profile: `server`, `browser` or `edge`. Default: `edge`.
 *
 * @example
 * ```ts no-run
 * import { provideModule } from "holdfast/core";
 * import module from "holdfast/wasm/edge.wasm";
 *
 * provideModule(module, "edge");
 * ```
 */
export function provideModule(module: WasmModule, profile = "edge"): void {
  provideSource(module, profile);
}

/**
 * Says which build of the core runs in the default runtime and why, and how much of its memory is in use. For the runtime of
 * the full module ask `fullRuntime().info`.
 *
 * Errors: `CORE_BLOCKED`.
 *
 * @example
 * ```ts
 * import { coreInfo } from "holdfast/core";
 *
 * coreInfo().usedBytes <= coreInfo().memoryBytes; // => true
 * ```
 */
export function coreInfo(): CoreInfo {
  return defaultRuntime().info;
}

/** Forgets a provided module and the default runtimes. For tests only; not part of the package's face. */
export function resetDefaultRuntime(): void {
  provideSource(undefined, "");
}
