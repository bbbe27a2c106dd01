/** The tables are total: every code that a family has is in its table, whichever host and version these tests run on. */

import { STATUS_CODES } from "node:http";
import { constants } from "node:os";
import { getSystemErrorMap } from "node:util";
import { errors as undici } from "undici";
import { describe, expect, test } from "vitest";
import { type Category, categories, classification, factsOf, isCategory } from "../../ts/errors/category.js";
import { classify } from "../../ts/errors/index.js";
import { domTable } from "../../ts/errors/tables/dom.js";
import { errnoTable, ofErrno } from "../../ts/errors/tables/errno.js";
import { grpcNames, grpcTable, ofGrpcStatus } from "../../ts/errors/tables/grpc.js";
import { hostTable, ofHostCode, undiciTable } from "../../ts/errors/tables/hosts.js";
import { httpTable, ofHttpStatus, phrases } from "../../ts/errors/tables/http.js";
import { ownTable } from "../../ts/errors/tables/own.js";

const tables = { domTable, errnoTable, grpcTable, hostTable, httpTable, ownTable, undiciTable };

/** Winsock's part of `os.constants.errno`, which only Windows has. */
const winsock =
  "EINTR EBADF EACCES EFAULT EINVAL EMFILE EWOULDBLOCK EINPROGRESS EALREADY ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED ELOOP ENAMETOOLONG EHOSTDOWN EHOSTUNREACH ENOTEMPTY EPROCLIM EUSERS EDQUOT ESTALE EREMOTE SYSNOTREADY VERNOTSUPPORTED NOTINITIALISED EDISCON ENOMORE ECANCELLED EINVALIDPROCTABLE EINVALIDPROVIDER EPROVIDERFAILEDINIT SYSCALLFAILURE SERVICE_NOT_FOUND TYPE_NOT_FOUND _E_NO_MORE _E_CANCELLED EREFUSED"
    .split(" ")
    .map((name) => `WSA${name}`);

/** c-ares' codes as node's `dns` names them. */
const cares =
  "ENODATA EFORMERR ESERVFAIL ENOTFOUND ENOTIMP EREFUSED EBADQUERY EBADNAME EBADFAMILY EBADRESP ECONNREFUSED ETIMEOUT EOF EFILE ENOMEM EDESTRUCTION EBADSTR EBADFLAGS ENONAME EBADHINTS ENOTINITIALIZED ELOADIPHLPAPI EADDRGETNETWORKPARAMS ECANCELLED".split(
    " ",
  );

/** Names of Web IDL's table that have no legacy constant by which a host could be asked for them. */
const constantlessNames =
  "EncodingError NotReadableError UnknownError ConstraintError DataError TransactionInactiveError ReadOnlyError VersionError OperationError NotAllowedError OptOutError".split(
    " ",
  );

describe("totality", () => {
  test("errno: all of os.constants.errno, of libuv, of the resolver and of Winsock", () => {
    const names = [
      ...Object.keys(constants.errno),
      ...[...getSystemErrorMap().values()].map(([name]) => name),
      ...winsock,
      ...cares,
    ];
    expect(names.filter((name) => ofErrno(name) === undefined)).toEqual([]);
  });

  test("HTTP: every registered error status is listed, with a phrase; 509 alone is node's own", () => {
    const registered = Object.keys(STATUS_CODES).map(Number);
    const faulty = registered.filter((status) => status >= 400);
    expect(faulty.filter((status) => httpTable.find(String(status)) === undefined)).toEqual([]);
    expect(faulty.filter((status) => phrases[status] === undefined)).toEqual([418, 509]);
  });

  test("HTTP: every number has an answer: none below 400 or above 599, an unlisted one as the first of its class", () => {
    for (let status = 0; status < 1_000; status++) {
      expect(ofHttpStatus(status) !== undefined).toBe(status >= 400 && status <= 599);
    }
    expect(ofHttpStatus(477)).toEqual({ ...ofHttpStatus(400), code: "HTTP_477" });
    expect(ofHttpStatus(577)).toEqual({ ...ofHttpStatus(500), code: "HTTP_577" });
    for (const odd of [Number.NaN, 404.5, Number.POSITIVE_INFINITY, -404]) expect(ofHttpStatus(odd)).toBeUndefined();
  });

  test("gRPC: all 17 codes, OK being none", () => {
    expect(grpcNames).toHaveLength(17);
    expect(grpcNames.map((_, status) => ofGrpcStatus(status)?.code)).toEqual([
      undefined,
      ...grpcNames.slice(1).map((name) => `GRPC_${name}`),
    ]);
    for (const odd of [-1, 17, 1.5, Number.NaN]) expect(ofGrpcStatus(odd)).toBeUndefined();
  });

  test("undici: the code of every error class", () => {
    const codes = Object.values(undici)
      .map((Class) => new (Class as unknown as new (...given: unknown[]) => { code?: string })("message", 500, {}).code)
      .filter((code): code is string => typeof code === "string");
    expect(codes.length).toBeGreaterThan(15);
    expect(codes.filter((code) => ofHostCode(code) === undefined)).toEqual([]);
  });

  test("DOMException: every name with a legacy constant, and those that have none", () => {
    const legacy = [...domTable.entries.keys()].filter((name) => new DOMException("", name).code !== 0);
    const constantsOfHost = Object.getOwnPropertyNames(DOMException).filter((name) => name.endsWith("_ERR"));
    // DOMSTRING_SIZE_ERR, NO_DATA_ALLOWED_ERR and VALIDATION_ERR are constants that no name leads to any more.
    expect(constantsOfHost.length - legacy.length).toBeLessThanOrEqual(3);
    expect(constantlessNames.filter((name) => domTable.find(name) === undefined)).toEqual([]);
  });
});

describe("the tables as data", () => {
  test.each(Object.entries(tables))("%s lists no code twice, and only categories that there are", (_, table) => {
    const codes = table.rows.flatMap(([, listed]) => listed.split(" "));
    expect(codes.filter((code, index) => codes.indexOf(code) !== index || code === "")).toEqual([]);
    expect(table.rows.filter(([category]) => !isCategory(category))).toEqual([]);
  });

  test("no code is in two tables of codes with two meanings", () => {
    const all = [errnoTable, hostTable, undiciTable, ownTable].flatMap((table) => [...table.entries.keys()]);
    expect(all.filter((code, index) => all.indexOf(code) !== index)).toEqual([]);
  });

  test("what a category says to callers is understood as that category by whoever receives it", () => {
    // Categories that share a status with another, or are about this process and not about the call.
    const shared = ["exhausted", "corrupt", "configuration", "defect", "unknown"];
    for (const [category, { http }] of Object.entries(categories)) {
      if (!shared.includes(category)) expect(ofHttpStatus(http)?.category).toBe(category);
    }
    const grpcShared = ["exhausted", "configuration", "defect"];
    for (const [category, { grpc }] of Object.entries(categories)) {
      if (!grpcShared.includes(category)) expect(ofGrpcStatus(grpc)?.category).toBe(category);
    }
  });

  test("interruptions and defects are never retried, whatever code says so", () => {
    for (const category of Object.keys(categories) as Category[]) {
      if (factsOf(category).kind !== "failure") expect(factsOf(category).retry).toBe("never");
    }
    const all = Object.values(tables).flatMap((table) => [...table.entries.values()]);
    expect(all.filter(({ kind, retry }) => kind !== "failure" && retry !== "never")).toEqual([]);
  });

  test("classifications are shared and frozen", () => {
    const first = classify({ code: "ECONNRESET" });
    expect(Object.isFrozen(first)).toBe(true);
    expect(classify({ code: "ECONNRESET" })).toBe(first);
    expect(classification("X", "timeout", "never", "critical")).toEqual({
      code: "X",
      category: "timeout",
      kind: "failure",
      severity: "critical",
      retry: "never",
    });
  });
});
