/**
 * The core as JavaScript. Importing this is enough: where the host lets no WebAssembly be compiled, every runtime is then made
 * of it; where it does, nothing changes.
 */

import * as translated from "#wasm-script";
import { type ScriptCore, standInWith } from "../../bindings/index.js";

export type { ScriptCore } from "../../bindings/index.js";

/**
 * The same core, translated by wasm2js: it decides alike, bit for bit, at a multiple of the time, and has everything but threads. Use it for
 * pages under a content security policy without `'wasm-unsafe-eval'` and for engines without WebAssembly: `import "holdfast/script"`.
 * `coreInfo()` tells which one runs.
 *
 * Hand it to `createFullRuntime` to have it where WebAssembly would work too. Addresses are not checked as WebAssembly checks
 * them; the classes never pass wrong ones.
 *
 * @example
 * ```ts
 * import { createFullRuntime, TokenBucket } from "holdfast/core";
 * import { script } from "holdfast/script";
 *
 * const runtime = createFullRuntime({ module: script });
 * new TokenBucket({ limit: 10, perMs: 1_000 }, runtime).tryAcquire(1, 0); // => 0
 * ```
 */
export const script: ScriptCore = { profile: translated.profile, open: translated.open };

standInWith(script);
