/**
 * System errors by their symbolic names: POSIX as node's `os.constants.errno` has them, libuv's own, the resolver's
 * (`EAI_…` and c-ares), and Winsock's. Names, never numbers: the numbers differ from system to system.
 */

import type { Classification } from "../category.js";
import { Table } from "./table.js";

/** @internal */
export const errnoTable = /* @__PURE__ */ new Table([
  ["cancelled", "ECANCELED ECANCELLED EAI_CANCELED EDESTRUCTION"],
  ["timeout", "ETIMEDOUT ETIME"],
  ["timeout", "ETIMEOUT", "always"],
  // Nothing was sent: no connection, no route, no name.
  [
    "unavailable",
    "ECONNREFUSED EHOSTDOWN EHOSTUNREACH ENETDOWN ENETUNREACH ENONET ENOTCONN EINTR ENOTFOUND ENODATA ESERVFAIL EREFUSED EAI_AGAIN EAI_FAIL EAI_NODATA EAI_NONAME",
    "always",
  ],
  // The connection broke while it was in use; what had been sent may have been done.
  ["unavailable", "ECONNRESET ECONNABORTED ENETRESET EPIPE ESHUTDOWN EOF ENOLINK EREMOTEIO EDISCON"],
  ["exhausted", "EAGAIN EWOULDBLOCK EADDRNOTAVAIL", "always", "warning"],
  [
    "exhausted",
    "EMFILE ENFILE ENOBUFS ENOMEM ENOLCK ENOSR EAI_MEMORY EPROCLIM EUSERS ETOOMANYREFS",
    "always",
    "critical",
  ],
  ["exhausted", "ENOSPC EDQUOT", "never", "critical"],
  ["exhausted", "EFBIG EMLINK"],
  ["forbidden", "EACCES EPERM EROFS"],
  ["not-found", "ENOENT ENXIO ENODEV ESRCH ECHILD ENOMSG"],
  ["conflict", "EBUSY ETXTBSY EDEADLK EALREADY EINPROGRESS", "always"],
  ["conflict", "EEXIST ENOTEMPTY EISCONN EADDRINUSE EIDRM ESTALE"],
  [
    "invalid",
    "EINVAL E2BIG EDOM ERANGE EOVERFLOW EMSGSIZE ENAMETOOLONG ENOTDIR EISDIR ELOOP ESPIPE ENOTTY ENOEXEC EFTYPE EAI_BADFLAGS EAI_BADHINTS EAI_OVERFLOW EBADQUERY EBADNAME EBADFAMILY EBADSTR EBADFLAGS EBADHINTS ENONAME ENOMORE",
  ],
  [
    "unsupported",
    "ENOSYS ENOTSUP EOPNOTSUPP EPROTONOSUPPORT EPROTOTYPE ENOPROTOOPT EAFNOSUPPORT EPFNOSUPPORT ESOCKTNOSUPPORT EXDEV EMULTIHOP ENOSTR EUNATCH EREMOTE ENOTIMP EAI_ADDRFAMILY EAI_FAMILY EAI_PROTOCOL EAI_SERVICE EAI_SOCKTYPE",
  ],
  ["corrupt", "EBADMSG EILSEQ ECHARSET"],
  ["corrupt", "EPROTO EFORMERR EBADRESP", "idempotent"],
  ["internal", "EIO", "idempotent", "critical"],
  [
    "configuration",
    "EFILE ELOADIPHLPAPI EADDRGETNETWORKPARAMS EINVALIDPROCTABLE EINVALIDPROVIDER EPROVIDERFAILEDINIT SYSNOTREADY VERNOTSUPPORTED SYSCALLFAILURE SERVICE_NOT_FOUND TYPE_NOT_FOUND",
  ],
  // Handles that were closed or never were what they are used for.
  ["defect", "EBADF EFAULT ENOTSOCK EDESTADDRREQ ENOTINITIALIZED NOTINITIALISED"],
  ["unknown", "UNKNOWN"],
]);

/** A system error's classification; Winsock's names are the same with `WSA` (or `WSA_E_`) before them. */
export function ofErrno(code: string): Classification | undefined {
  if (!code.startsWith("WSA")) return errnoTable.find(code);
  return errnoTable.find(code.slice(3)) ?? errnoTable.find(`E${code.slice(6).replaceAll("_", "")}`);
}
