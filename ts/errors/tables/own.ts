/** The codes that Holdfast itself throws. docs/errors.md says of each what to do; a test holds both lists to the sources. */

import { Table } from "./table.js";

/** @internal Where an error of ours says that it is not retryable, that counts (see `classify.ts`). */
export const ownTable = /* @__PURE__ */ new Table([
  ["cancelled", "CLOSED SUPERSEDED"],
  ["timeout", "TIMEOUT"],
  // Refusals before anything was started.
  ["unavailable", "CIRCUIT_OPEN CIRCUIT_ISOLATED", "always"],
  ["unavailable", "HEALTH_CHECK_FAILED"],
  ["throttled", "RATE_LIMITED THROTTLED"],
  ["exhausted", "BULKHEAD_FULL COALESCE_FULL LOAD_SHED", "always", "warning"],
  ["exhausted", "ARENA_FULL CLOCK_BOUND CLOCK_EXHAUSTED CLOCK_FULL TOO_MANY_THREADS", "always"],
  ["conflict", "FILE_BUSY NAME_TAKEN SLOT_LOST", "always"],
  ["invalid", "CLOCK_CODE CLOCK_OFFSET INVALID_DURATION INVALID_FAULT NOT_READABLE USAGE"],
  ["corrupt", "DECISION_LOG_INVALID SNAPSHOT_INVALID"],
  ["corrupt", "FILE_DAMAGED FILE_TORN", "never", "critical"],
  ["internal", "CLOCK_LEAPT DEMO_SERVICE_FAILED"],
  [
    "configuration",
    "CONFIG_INVALID CONFIG_UNREADABLE CORE_BLOCKED CORE_INCOMPLETE FILE_FOREIGN FILE_OTHER_BUILD FILE_UNREADABLE FILE_UNSAFE FILE_UNUSABLE LISTEN_FAILED LOADER_UNFIT NATIVE_UNAVAILABLE NOT_INSTALLED NO_SHARED_MEMORY PRESSURE_UNAVAILABLE",
  ],
  [
    "defect",
    "CLOCK_ANONYMOUS CLOCK_OVERLAP DISPOSED INVALID_OPTION NOT_ACQUIRED NOT_ATTACHED NOT_MERGEABLE NOT_SHARED THREAD_UNSAFE WAIT_FORBIDDEN WRONG_STRUCTURE",
  ],
]);

/** Codes that say only that something was tried in vain: what matters is the status of the response, or the cause. */
export const wrappers: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "FALLBACK_FAILED",
  "HTTP_STATUS",
  "RECOVERY_FAILED",
  "RETRIES_EXHAUSTED",
]);
