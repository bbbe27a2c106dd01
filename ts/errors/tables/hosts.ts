/** Codes of what carries calls: undici, node's HTTP, TLS and streams, and what fetch and axios add in other hosts. */

import { type Classification, classification } from "../category.js";
import { Table } from "./table.js";

/** @internal */
export const undiciTable = /* @__PURE__ */ new Table([
  ["cancelled", "UND_ERR_ABORT UND_ERR_ABORTED"],
  ["timeout", "UND_ERR_CONNECT_TIMEOUT", "always"],
  ["timeout", "UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT"],
  ["unavailable", "UND_ERR_BPL_MISSING_UPSTREAM UND_ERR_SOCKS5", "always"],
  ["unavailable", "UND_ERR_SOCKET UND_ERR_INFO UND_ERR"],
  // A client that was closed does not come back.
  ["unavailable", "UND_ERR_DESTROYED UND_ERR_CLOSED", "never"],
  ["exhausted", "UND_ERR_MAX_ORIGINS_REACHED UND_ERR_RES_EXCEEDED_MAX_SIZE UND_ERR_WS_MESSAGE_SIZE_EXCEEDED"],
  ["unsupported", "UND_ERR_NOT_SUPPORTED"],
  ["corrupt", "UND_ERR_HEADERS_OVERFLOW"],
  ["corrupt", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "idempotent"],
  ["configuration", "UND_ERR_PRX_TLS"],
  ["defect", "UND_ERR_INVALID_ARG UND_ERR_INVALID_RETURN_VALUE UND_ERR_REQ_CONTENT_LENGTH_MISMATCH"],
  // These carry a status, which is asked first.
  ["unknown", "UND_ERR_RESPONSE UND_ERR_RESPONSE_STATUS_CODE UND_ERR_REQ_RETRY"],
]);

/** @internal */
export const hostTable = /* @__PURE__ */ new Table([
  ["cancelled", "ABORT_ERR ERR_CANCELED ERR_HTTP2_STREAM_CANCEL"],
  ["timeout", "ERR_SOCKET_CONNECTION_TIMEOUT ERR_TLS_HANDSHAKE_TIMEOUT", "always"],
  ["timeout", "ERR_HTTP_REQUEST_TIMEOUT ESOCKETTIMEDOUT"],
  ["unavailable", "ERR_HTTP2_GOAWAY_SESSION ERR_HTTP2_INVALID_SESSION ConnectionRefused FailedToOpenSocket", "always"],
  [
    "unavailable",
    "ERR_STREAM_PREMATURE_CLOSE ERR_SOCKET_CLOSED ERR_HTTP2_STREAM_ERROR ERR_HTTP2_SESSION_ERROR ERR_NETWORK ConnectionClosed",
  ],
  ["unavailable", "ERR_IPC_CHANNEL_CLOSED", "never"],
  ["exhausted", "ERR_WORKER_OUT_OF_MEMORY ERR_MEMORY_ALLOCATION_FAILED", "never", "critical"],
  ["corrupt", "ERR_BAD_RESPONSE ERR_ENCODING_INVALID_ENCODED_DATA", "idempotent"],
  [
    "configuration",
    "ERR_TLS_CERT_ALTNAME_INVALID CERT_HAS_EXPIRED CERT_NOT_YET_VALID CERT_REVOKED CERT_UNTRUSTED CERT_REJECTED CERT_CHAIN_TOO_LONG CERT_SIGNATURE_FAILURE DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE INVALID_CA HOSTNAME_MISMATCH MODULE_NOT_FOUND ERR_MODULE_NOT_FOUND ERR_DLOPEN_FAILED",
  ],
  ["defect", "ERR_ASSERTION"],
]);

/** A transport's classification. llhttp's codes (`HPE_…`) all mean that the peer sent no HTTP; OpenSSL's (`ERR_SSL_…`) that no handshake can succeed. */
export function ofHostCode(code: string): Classification | undefined {
  const known = undiciTable.find(code) ?? hostTable.find(code);
  if (known !== undefined) return known;
  if (code.startsWith("UND_ERR_SOCKS5")) return classification(code, "unavailable", "always");
  if (code.startsWith("HPE_")) return classification(code, "corrupt", "idempotent");
  if (code.startsWith("ERR_SSL_")) return classification(code, "configuration");
  return undefined;
}
