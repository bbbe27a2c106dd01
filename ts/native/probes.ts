/** What the operating system knows and Node does not tell. */

import { addon, calling, type Pressure, type ThreadTime } from "./addon.js";

/**
 * Processor time of the calling thread since it started, and how often it waited and was preempted.
 *
 * Use it to tell a thread that works from one that waits, and one that is kept from working from both: `process.cpuUsage` sums
 * over all threads of the process.
 *
 * Errors: `NATIVE_UNAVAILABLE`. Source: getrusage(2), `RUSAGE_THREAD`.
 *
 * @example
 * ```ts no-run
 * import { threadTime } from "holdfast/native";
 *
 * const before = threadTime();
 * for (let n = 0; n < 1e8; n++);
 * threadTime().userMs - before.userMs; // about 50
 * ```
 */
export function threadTime(): ThreadTime {
  return addon().threadTime();
}

/**
 * Pressure stall information of a resource: for what share of time tasks stood still for want of it. Undefined where the kernel
 * does not tell (before Linux 4.20, or switched off).
 *
 * Use it to shed load when a machine is short of something, not merely busy: a processor at 100 % that nobody waits for is well used.
 *
 * @param resource what tasks wait for.
 * @param group folder of a control group (version 2), such as `/sys/fs/cgroup`. Default: the whole machine.
 *
 * Errors: `NATIVE_UNAVAILABLE`, `INVALID_OPTION`. Source: Linux, Documentation/accounting/psi.rst.
 *
 * @example
 * ```ts no-run
 * import { pressure } from "holdfast/native";
 *
 * pressure("cpu")?.some.share10s; // 0.12: for 12 % of the last ten seconds some task waited for a processor
 * ```
 */
export function pressure(resource: "cpu" | "memory" | "io", group?: string): Pressure | undefined {
  return calling(() => addon().pressure(resource, group)) ?? undefined;
}
