/**
 * Which build of the core runs: the one that the application provided, else the one that the host's import conditions name,
 * `#wasm` for the base module and `#wasm-full` for the full one. Who needs one hands its import over, so that a bundle holds
 * only what is used.
 */

import { HoldfastError } from "../ts/kernel/index.js";
import type { WasmMemory, WasmModule } from "./host-types.js";

/** What the modules behind `#wasm` and `#wasm-full` export. */
export interface ChosenSource {
  readonly profile: string;
  load(): WasmModule;
}

/** The core as JavaScript, for hosts that compile no WebAssembly. */
export interface ScriptCore {
  readonly profile: string;
  /** Its functions over a fresh memory of so many pages. */
  open(pages: number): { readonly memory: WasmMemory; readonly exports: object };
}

/** A build, and why it is this one. */
export interface CoreSource {
  readonly module: WasmModule | ScriptCore;
  /** Name of the hardware profile. */
  readonly profile: string;
  readonly reason: string;
}

let provided: CoreSource | undefined;

let standIn: ScriptCore | undefined;

/** How often the provided module changed: a default runtime that was made at another count is made anew. */
export let provisions = 0;

/** Makes `module` the core of every runtime created from now on; `undefined` goes back to the host's own choice. */
export function provideSource(module: WasmModule | undefined, profile: string): void {
  provided = module && { module, profile, reason: "the application provided it" };
  provisions++;
}

/** Lets `script` stand in where the host does not let WebAssembly be compiled. */
export function standInWith(script: ScriptCore): void {
  standIn = script;
  provisions++;
}

/** The error of a host that has no WebAssembly or forbids compiling it. */
function blocked(cause: unknown, profile: string): HoldfastError {
  return new HoldfastError(
    "CORE_BLOCKED",
    "this host does not let the core's WebAssembly be compiled (no WebAssembly, a content security policy without " +
      "'wasm-unsafe-eval', or an edge worker that takes compiled modules only); where scripts may run, import " +
      '"holdfast/script" to have the core as JavaScript; else compile holdfast/wasm/edge.wasm where that is allowed, for example ' +
      'by importing it as a module, and hand it over with provideModule(module, "edge") before first use',
    { cause, details: { profile } },
  );
}

/** The build to use, compiled on first use; `name` is the import that chose it. Throws `CORE_BLOCKED` where the host forbids that. */
export function coreSource(chosen: ChosenSource, name: string): CoreSource {
  if (provided !== undefined) return provided;
  return chosenSource(chosen, name);
}

/** The build that `name` imports, whatever the application provided. Throws `CORE_BLOCKED`. */
export function chosenSource(chosen: ChosenSource, name: string): CoreSource {
  try {
    return {
      module: chosen.load(),
      profile: chosen.profile,
      reason: `the host's import conditions chose it (${name}: ${chosen.profile})`,
    };
  } catch (cause) {
    if (standIn === undefined) throw blocked(cause, chosen.profile);
    return {
      module: standIn,
      profile: standIn.profile,
      reason: "this host does not let WebAssembly be compiled, and holdfast/script was imported",
    };
  }
}
