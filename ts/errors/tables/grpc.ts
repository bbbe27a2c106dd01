/** gRPC status codes (grpc/grpc, doc/statuscodes.md) by number. */

import { type Classification, classification } from "../category.js";
import { Table } from "./table.js";

/** Names by number. */
export const grpcNames = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

/**
 * ABORTED and FAILED_PRECONDITION are not to be retried call by call: the first asks to start the whole read-modify-write again,
 * the second to mend the state first. UNAVAILABLE is "not always safe to retry" for a call that must not run twice.
 *
 * @internal
 */
export const grpcTable = /* @__PURE__ */ new Table([
  ["cancelled", "CANCELLED"],
  ["timeout", "DEADLINE_EXCEEDED"],
  ["unavailable", "UNAVAILABLE"],
  ["throttled", "RESOURCE_EXHAUSTED"],
  ["unauthenticated", "UNAUTHENTICATED"],
  ["forbidden", "PERMISSION_DENIED"],
  ["not-found", "NOT_FOUND"],
  ["conflict", "ALREADY_EXISTS ABORTED FAILED_PRECONDITION"],
  ["invalid", "INVALID_ARGUMENT OUT_OF_RANGE"],
  ["unsupported", "UNIMPLEMENTED"],
  ["corrupt", "DATA_LOSS", "never", "critical"],
  ["internal", "INTERNAL"],
  ["unknown", "UNKNOWN"],
]);

/** A status as a classification; `undefined` for OK, which is no error, and for numbers that are no status. */
export function ofGrpcStatus(status: number): Classification | undefined {
  const name = grpcNames[status];
  const known = name === undefined ? undefined : grpcTable.find(name);
  return known && classification(`GRPC_${name}`, known.category, known.retry, known.severity);
}
