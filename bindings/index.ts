/** The only code that knows the core's ABI: which build runs, how it is instantiated, and what it exports. */

import type { WasmModule } from "./host-types.js";
import { type CoreInfo, createRuntime, type Runtime } from "./runtime.js";
import { provideSource } from "./source.js";

export type { Address, CoreExports } from "./exports.js";
export { KeyWriter } from "./key-writer.js";
export { Block, type CoreInfo, createRuntime, Runtime, type RuntimeOptions } from "./runtime.js";

let shared: Runtime | undefined;

/**
 * The runtime that everything uses unless told otherwise; made on first use, so that importing this package compiles nothing.
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
  shared ??= createRuntime();
  return shared;
}

/**
 * Uses a core that the application compiled itself, for hosts that hand out WebAssembly only as modules. Call it before
 * first use: runtimes that exist already keep the core that they have, except that the default one is made anew.
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
  shared = undefined;
}

/**
 * Says which build of the core runs in the default runtime and why, and how much of its memory is in use.
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

/** Forgets a provided module and the default runtime. For tests only; not part of the package's face. */
export function resetDefaultRuntime(): void {
  provideSource(undefined, "");
  shared = undefined;
}
