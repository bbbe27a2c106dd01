import type { FullExports, FullRuntime } from "../../bindings/index.js";
import { HoldfastError } from "../kernel/index.js";

/**
 * The runtime, if its module has the function `name`; what takes much room is not in the module for edge workers. Throws
 * `CORE_INCOMPLETE`, naming `what` needs it.
 */
export function demand(runtime: FullRuntime, name: keyof FullExports, what: string): FullRuntime {
  if (typeof runtime.core[name] === "function") return runtime;
  throw new HoldfastError(
    "CORE_INCOMPLETE",
    `${what} is not in the core's module for ${runtime.profile}, which has no room for it; provide holdfast/wasm/browser.wasm instead`,
    { details: { profile: runtime.profile } },
  );
}
