/**
 * What only native code can do on a host: one limit, breaker or queue for several processes, and what the operating system knows.
 * The addon is optional; {@link nativeInfo} says whether it is here.
 */

export { type NativeInfo, nativeInfo, type Pressure, type Stall, type ThreadTime } from "./addon.js";
export { hostClock } from "./host-clock.js";
export { nativeCore } from "./native-core.js";
export { pressure, threadTime } from "./probes.js";
export {
  type ProcessOwner,
  type ProcessRuntime,
  type ProcessRuntimeOptions,
  processRuntime,
  type Shareable,
  type ShareableClass,
} from "./process-runtime.js";
