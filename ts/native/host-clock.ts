/** The time that all processes of a host agree on. */

import { type Clock, systemClock } from "../kernel/index.js";

/** By how many milliseconds the host's monotonic clock is ahead of this thread's, which began later and runs alike. */
const aheadMs = Number(process.hrtime.bigint()) / 1e6 - systemClock.now();

/**
 * The host's monotonic clock in milliseconds since it was started: the same in every process and thread, unlike
 * `performance.now()`. It stands still while the machine sleeps.
 *
 * Use it wherever a structure of a {@link processRuntime} takes a time.
 *
 * @example
 * ```ts
 * import { hostClock } from "holdfast/native";
 *
 * hostClock.now() <= hostClock.now(); // => true
 * ```
 */
export const hostClock: Clock = {
  now: () => systemClock.now() + aheadMs,
  wallNow: () => systemClock.wallNow(),
  schedule: (callback, delayMs, options) => systemClock.schedule(callback, delayMs, options),
};
