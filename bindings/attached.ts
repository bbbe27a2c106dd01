/** The shared runtimes that this thread works on, by their ids: a handle of a structure says which one it belongs to. */

import { HoldfastError } from "../ts/kernel/index.js";
import type { FullExports } from "./exports/full.js";
import type { Runtime, RuntimeHandle } from "./runtime.js";

const attached = new Map<string, Runtime<FullExports>>();

/** This thread's runtime over the memory of `handle`, if it has one. */
export function findAttached<R extends Runtime<FullExports>>({ id }: RuntimeHandle): R | undefined {
  return attached.get(id) as R | undefined;
}

/** This thread's runtime over the memory of `handle`. Throws `NOT_ATTACHED`. */
export function attachedRuntime(handle: RuntimeHandle): Runtime<FullExports> {
  const runtime = findAttached(handle);
  if (runtime !== undefined) return runtime;
  throw new HoldfastError(
    "NOT_ATTACHED",
    "this thread does not work on the structure's memory yet; call attachRuntime(handle) of holdfast/shared first",
  );
}

/** Notes a runtime, or forgets it. */
export function noteAttached(id: string, runtime: Runtime<FullExports> | undefined): void {
  if (runtime === undefined) attached.delete(id);
  else attached.set(id, runtime);
}
