import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { retrySafeties, severities } from "../../ts/errors/category.js";
import {
  categories,
  classify,
  classifyOutcome,
  failuresOnly,
  isProgrammingError,
  mayRetry,
  transientOnly,
  UnifiedError,
  unhealthyOnly,
} from "../../ts/errors/index.js";
import { HttpStatusError } from "../../ts/fetch/index.js";
import { HoldfastError } from "../../ts/kernel/index.js";
import {
  BrokenCircuitError,
  BulkheadFullError,
  circuitBreaker,
  constant,
  LimitExceededError,
  RetriesExhaustedError,
  retry,
  TimeoutError,
} from "../../ts/resilience/index.js";
import { hostile } from "./hostile.js";

const coded = (code: unknown, more: object = {}) => Object.assign(new Error("x"), { code }, more);

/** Category, kind and retry safety, in short. */
function short(error: unknown): string {
  const { category, kind, retry: safety } = classify(error);
  return `${category} ${kind} ${safety}`;
}

describe("classify", () => {
  test.each([
    ["a plain error", new Error("boom"), "unknown failure idempotent"],
    ["a reset connection", coded("ECONNRESET", { syscall: "read" }), "unavailable failure idempotent"],
    ["a connection reset before it stood", coded("ECONNRESET", { syscall: "connect" }), "unavailable failure always"],
    ["a refused connection", coded("ECONNREFUSED", { syscall: "connect" }), "unavailable failure always"],
    ["a connect timeout", coded("ETIMEDOUT", { syscall: "connect" }), "timeout failure always"],
    ["a full disk", coded("ENOSPC"), "exhausted failure never"],
    ["a missing file", coded("ENOENT"), "not-found failure never"],
    ["an expired certificate", coded("CERT_HAS_EXPIRED"), "configuration failure never"],
    ["no HTTP", coded("HPE_INVALID_CONSTANT"), "corrupt failure idempotent"],
    ["a response", { status: 503 }, "unavailable failure idempotent"],
    ["axios", coded("ERR_BAD_REQUEST", { response: { status: 404 } }), "not-found failure never"],
    ["http-errors", coded(undefined, { statusCode: 429 }), "throttled failure always"],
    ["a success's status", coded(undefined, { status: 200 }), "unknown failure idempotent"],
    ["grpc-js", coded(14, { details: "no connection", metadata: {} }), "unavailable failure idempotent"],
    ["Connect", coded(16, { rawMessage: "who?" }), "unauthenticated failure never"],
    ["a number that is no gRPC status", coded(14), "unknown failure idempotent"],
    ["AbortController", AbortSignal.abort().reason, "cancelled interruption never"],
    [
      "node's AbortError",
      Object.assign(new Error("x"), { name: "AbortError", code: "ABORT_ERR" }),
      "cancelled interruption never",
    ],
    ["AbortSignal.timeout", new DOMException("late", "TimeoutError"), "timeout failure idempotent"],
    ["a DOMException", new DOMException("full", "QuotaExceededError"), "exhausted failure never"],
    [
      "somebody's NotFoundError",
      Object.assign(new Error("x"), { name: "NotFoundError" }),
      "unknown failure idempotent",
    ],
    ["a bug", new TypeError("x is not a function"), "defect defect never"],
    ["a stack that overflowed", new RangeError("Maximum call stack size exceeded"), "defect defect never"],
    [
      "node's argument check",
      Object.assign(new TypeError("x"), { code: "ERR_INVALID_ARG_TYPE" }),
      "defect defect never",
    ],
    ["data that is no JSON", new SyntaxError("Unexpected token"), "corrupt failure idempotent"],
    ["undici's fetch", new TypeError("fetch failed", { cause: coded("ECONNREFUSED") }), "unavailable failure always"],
    ["Chromium's fetch", new TypeError("Failed to fetch"), "unavailable failure idempotent"],
    ["Deno's fetch", new TypeError("error sending request for url (http://x/)"), "unavailable failure idempotent"],
    [
      "a body that broke off",
      new TypeError("terminated", { cause: coded("UND_ERR_SOCKET") }),
      "unavailable failure idempotent",
    ],
    [
      "a wrapper",
      new Error("no user", { cause: new Error("query", { cause: coded("EPIPE") }) }),
      "unavailable failure idempotent",
    ],
    ["a wrapped bug", new Error("no user", { cause: new ReferenceError("y") }), "defect defect never"],
    ["a TypeError about a bug", new TypeError("x", { cause: new TypeError("y") }), "defect defect never"],
    ["several", new AggregateError([coded("ECONNREFUSED"), coded("ETIMEDOUT")]), "unavailable failure idempotent"],
    ["several with a bug", new AggregateError([coded("ECONNREFUSED"), new TypeError("x")]), "defect defect never"],
    ["somebody's code", coded("ORDER_MISSING"), "unknown failure idempotent"],
    ["an open breaker", new BrokenCircuitError({ policy: "p", rule: "open" }), "unavailable failure always"],
    ["a full bulkhead", new BulkheadFullError({ policy: "p", rule: "full" }), "exhausted failure always"],
    ["a limit", new LimitExceededError({ policy: "p", rule: "limit" }), "throttled failure always"],
    ["more than the burst", new LimitExceededError({ policy: "p", rule: "weight" }), "throttled failure never"],
    ["a timeout of ours", new TimeoutError({ policy: "p", rule: "timeout" }), "timeout failure idempotent"],
    ["a wrong option", new HoldfastError("INVALID_OPTION", "x"), "defect defect never"],
    ["a newer version's code", new HoldfastError("NEVER_SEEN", "x", { retryable: true }), "unknown failure idempotent"],
    ["a newer version's final code", new HoldfastError("NEVER_SEEN", "x"), "unknown failure never"],
    [
      "a unified error",
      new UnifiedError("MINE", "x", { category: "conflict", retry: "always" }),
      "conflict failure always",
    ],
  ])("%s", (_, error, expected) => {
    expect(short(error)).toBe(expected);
  });

  test("retries that gave up are about what they gave up on, under their own code", () => {
    const cause = Object.assign(new Error("x"), { code: "ECONNREFUSED" });
    const given = new RetriesExhaustedError({ policy: "p", rule: "attempts", cause, attempts: [] });
    expect(classify(given)).toMatchObject({ code: "RETRIES_EXHAUSTED", category: "unavailable", retry: "always" });
  });

  test("a response that counts as a failure is about its status", () => {
    const error = (status: number) => new HttpStatusError({ status, headers: {} });
    for (const status of [404, 429, 500, 503]) expect(short(error(status))).toBe(short({ status }));
    expect(classify(error(429)).code).toBe("HTTP_STATUS");
  });

  test.each(Object.entries(hostile))("takes %s", (_, make) => {
    const found = classify(make());
    expect(Object.keys(categories)).toContain(found.category);
    expect(severities).toContain(found.severity);
    expect(retrySafeties).toContain(found.retry);
    expect(found.code).toBeTypeOf("string");
    expect(typeof isProgrammingError(make())).toBe("boolean");
  });

  test("takes anything, gives the same answer again, and calls every programming error a defect", () => {
    const member = fc.oneof(
      fc.anything(),
      fc.constantFrom("ECONNRESET", "TypeError", "AbortError", 503, 14, "TIMEOUT"),
    );
    const keys = fc.constantFrom(
      "name",
      "message",
      "code",
      "cause",
      "errors",
      "status",
      "statusCode",
      "response",
      "details",
    );
    const thrown = fc.oneof(
      fc.anything(),
      fc.dictionary(keys, member),
      fc
        .dictionary(keys, member)
        .map((members) => Object.defineProperties(new TypeError("x"), Object.getOwnPropertyDescriptors(members))),
    );
    fc.assert(
      fc.property(thrown, (error) => {
        const found = classify(error);
        expect(found.kind).toBe(categories[found.category].kind);
        expect(classify(error)).toEqual(found);
        if (isProgrammingError(error)) expect(found.kind).toBe("defect");
      }),
    );
  });

  test("a call that may not run twice is repeated only after an error without effect", () => {
    expect(retrySafeties.map((safety) => mayRetry({ retry: safety }, true))).toEqual([true, true, false]);
    expect(retrySafeties.map((safety) => mayRetry({ retry: safety }, false))).toEqual([true, false, false]);
  });
});

describe("predicates for policies", () => {
  const failed = (error: unknown) => ({ ok: false, error }) as const;
  const cases = {
    outage: failed(coded("ECONNRESET")),
    missing: failed({ status: 404 }),
    bug: failed(new TypeError("x")),
    abort: failed(AbortSignal.abort().reason),
    value: { ok: true, value: 7 } as const,
    good: { ok: true, value: { ok: true, status: 200 } } as const,
    answer503: { ok: true, value: { ok: false, status: 503 } } as const,
    answer404: { ok: true, value: { ok: false, status: 404 } } as const,
  };
  const chosen = (test: (outcome: (typeof cases)[keyof typeof cases]) => boolean) =>
    Object.entries(cases)
      .filter(([, outcome]) => test(outcome))
      .map(([name]) => name);

  test("each chooses its own", () => {
    expect(chosen(failuresOnly)).toEqual(["outage", "missing", "answer503", "answer404"]);
    expect(chosen(transientOnly)).toEqual(["outage", "answer503"]);
    expect(chosen(unhealthyOnly)).toEqual(["outage", "answer503"]);
    expect(classifyOutcome(cases.good)).toBeUndefined();
  });
});

describe("policies by default", () => {
  const bug = () => {
    throw new TypeError("undefined is not a function");
  };
  const network = () => {
    throw new TypeError("fetch failed", { cause: coded("ECONNRESET") });
  };

  async function callsOf(
    policy: { tryExecute(fn: () => unknown): Promise<unknown> },
    fn: () => never,
  ): Promise<number> {
    let calls = 0;
    await policy.tryExecute(() => {
      calls++;
      return fn();
    });
    return calls;
  }

  test("a retry does not repeat a bug, and repeats a failed fetch", async () => {
    const backoff = constant({ baseMs: 0 });
    expect(await callsOf(retry({ attempts: 3, backoff }), bug)).toBe(1);
    expect(await callsOf(retry({ attempts: 3, backoff }), network)).toBe(3);
    expect(await callsOf(retry({ attempts: 3, backoff, handle: (outcome) => !outcome.ok }), bug)).toBe(3);
  });

  test("a breaker does not count a bug, in no state, and counts a failed fetch", async () => {
    const breaker = circuitBreaker({ consecutiveFailures: 1 });
    await breaker.tryExecute(bug);
    expect(breaker.state).toBe("closed");
    await breaker.tryExecute(network);
    expect(breaker.state).toBe("open");
    const strict = circuitBreaker({ consecutiveFailures: 1, isFailure: (outcome) => !outcome.ok });
    await strict.tryExecute(bug);
    expect(strict.state).toBe("open");
  });

  test("a bug on probation gives its permit back and decides nothing", async () => {
    let nowMs = 0;
    const clock = { now: () => nowMs, wallNow: () => nowMs, schedule: () => ({ cancel() {} }) };
    const breaker = circuitBreaker({
      consecutiveFailures: 1,
      openForMs: 100,
      openJitter: 0,
      halfOpen: { permits: 1 },
      clock,
    });
    await breaker.tryExecute(network);
    nowMs = 100;
    await breaker.tryExecute(bug);
    expect(breaker.state).toBe("half-open");
    await breaker.execute(() => "fine");
    expect(breaker.state).toBe("closed");
  });
});
