/** `DOMException` by name: the whole list of Web IDL, section 2.8.1, and the two that other errors borrow. */

import { Table } from "./table.js";

/** @internal */
export const domTable = /* @__PURE__ */ new Table([
  ["cancelled", "AbortError"],
  ["timeout", "TimeoutError"],
  ["unavailable", "NetworkError"],
  ["exhausted", "QuotaExceededError"],
  ["forbidden", "SecurityError NotAllowedError OptOutError NoModificationAllowedError ReadOnlyError"],
  ["not-found", "NotFoundError"],
  ["conflict", "VersionError ConstraintError TransactionInactiveError InUseAttributeError URLMismatchError"],
  ["invalid", "SyntaxError InvalidCharacterError DataError NamespaceError ValidationError TypeMismatchError"],
  ["unsupported", "NotSupportedError"],
  ["corrupt", "EncodingError NotReadableError"],
  ["internal", "OperationError"],
  ["unknown", "UnknownError"],
  // Ways of using an interface wrongly.
  [
    "defect",
    "IndexSizeError DOMStringSizeError HierarchyRequestError WrongDocumentError NoDataAllowedError InvalidStateError InvalidModificationError InvalidAccessError InvalidNodeTypeError DataCloneError",
  ],
]);
