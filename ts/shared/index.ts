/**
 * One memory for all threads of a process: the same limiter, breaker, queue or map in each worker. The structures are those of
 * `holdfast/core`; this module makes the runtime that they live in, and is apart because it brings the build with threads.
 */

export {
  attachRuntime,
  type RuntimeHandle,
  type SharedRuntime,
  type SharedRuntimeOptions,
  type StructureHandle,
  sharedRuntime,
  type ThreadOptions,
  type WatchableWorker,
} from "../../bindings/index.js";
