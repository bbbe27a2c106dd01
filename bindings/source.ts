/** Which build of the core runs: the one that the application provided, else the one that `#wasm` names for this host. */

import * as chosen from "#wasm";
import { HoldfastError } from "../ts/kernel/index.js";
import type { WasmModule } from "./host-types.js";

/** A build, and why it is this one. */
export interface CoreSource {
  readonly module: WasmModule;
  /** Name of the hardware profile. */
  readonly profile: string;
  readonly reason: string;
}

let provided: CoreSource | undefined;

/** Makes `module` the core of every runtime created from now on; `undefined` goes back to the host's own choice. */
export function provideSource(module: WasmModule | undefined, profile: string): void {
  provided = module && { module, profile, reason: "the application provided it" };
}

/** The error of a host that has no WebAssembly or forbids compiling it. */
function blocked(cause: unknown): HoldfastError {
  return new HoldfastError(
    "CORE_BLOCKED",
    "this host does not let the core's WebAssembly be compiled (no WebAssembly, a content security policy without " +
      "'wasm-unsafe-eval', or an edge worker that takes compiled modules only); compile holdfast/wasm/edge.wasm where that " +
      'is allowed, for example by importing it as a module, and hand it over with provideModule(module, "edge") before first use',
    { cause, details: { profile: chosen.profile } },
  );
}

/** The build to use; compiles it on first use. Throws `CORE_BLOCKED` where the host forbids that. */
export function coreSource(): CoreSource {
  if (provided !== undefined) return provided;
  try {
    return {
      module: chosen.load(),
      profile: chosen.profile,
      reason: `the host's import conditions chose it (#wasm: ${chosen.profile})`,
    };
  } catch (cause) {
    throw blocked(cause);
  }
}
