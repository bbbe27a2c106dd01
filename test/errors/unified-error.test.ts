import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { categories, classify, fromProblem, toProblem, UnifiedError } from "../../ts/errors/index.js";
import { isHoldfastError } from "../../ts/kernel/index.js";
import { BrokenCircuitError } from "../../ts/resilience/index.js";
import { hostile } from "./hostile.js";

const category = fc.constantFrom(...(Object.keys(categories) as (keyof typeof categories)[]));
const json = (error: UnifiedError) => JSON.parse(JSON.stringify(error));

describe("UnifiedError", () => {
  test.each(Object.entries(hostile))("from takes %s, and so do its JSON and problem forms", (_, make) => {
    const thrown = make();
    const error = UnifiedError.from(thrown, { component: "c" });
    expect(error.context.component).toBe("c");
    expect(structuredClone(error.toJSON())).toEqual(json(error));
    expect(toProblem(thrown).status).toBeGreaterThanOrEqual(499);
  });

  test("the JSON round trip keeps everything, and a second one is the same", () => {
    fc.assert(
      fc.property(
        fc.string(),
        category,
        fc.object(),
        fc.option(fc.object(), { nil: undefined }),
        (message, about, attributes, details) => {
          const cause = Object.assign(
            new Error("below", { cause: new BrokenCircuitError({ policy: "p", rule: "open" }) }),
            { code: "EPIPE" },
          );
          const error = new UnifiedError("CODE", message, {
            category: about,
            component: "c",
            traceId: "t",
            attributes,
            cause,
            ...(details === undefined ? {} : { details }),
          });
          const back = UnifiedError.fromJSON(json(error));
          expect(json(back)).toEqual(json(error));
          expect(classify(back)).toEqual(classify(error));
          expect(classify(back.cause)).toEqual(classify(cause));
        },
      ),
    );
  });

  test("a chain is cut where it is long or comes back to itself", () => {
    const first = new UnifiedError("A", "a");
    const second = new UnifiedError("B", "b", { cause: first });
    Object.defineProperty(first, "cause", { value: second });
    expect(JSON.stringify(first).length).toBeLessThan(20_000);
  });

  test("what it holds has no secrets, nor has its JSON, and the cause is the thing itself", () => {
    const cause = new Error("postgres://ada:hunter2@db/");
    const error = new UnifiedError("X", "password=hunter2", {
      details: { token: "hunter2" },
      attributes: { cookie: "hunter2" },
      cause,
    });
    expect(JSON.stringify(error)).not.toContain("hunter2");
    expect(inspect({ ...error, cause: undefined, stack: error.stack })).not.toContain("hunter2");
    expect(error.cause).toBe(cause);
  });

  test("survives the way to a worker, which has another copy of the package, and back", async () => {
    const copy = new URL("../../dist/ts/errors/index.js", import.meta.url).href;
    const code = `
      const { parentPort } = require("node:worker_threads");
      parentPort.once("message", async (data) => {
        const { UnifiedError, classify } = await import(${JSON.stringify(copy)});
        const error = UnifiedError.fromJSON(data);
        parentPort.postMessage({ back: error.toJSON(), found: classify(error), causeIsError: error.cause instanceof Error });
      });`;
    const worker = new Worker(code, { eval: true, execArgv: [] });
    const error = UnifiedError.from(Object.assign(new Error("gone"), { code: "EPIPE" }), { component: "c" });
    const answer = await new Promise<{ back: never; found: unknown; causeIsError: boolean }>((resolve, reject) => {
      worker.once("message", resolve).once("error", reject);
      worker.postMessage(error.toJSON());
    });
    await worker.terminate();
    expect(answer.back).toEqual(error.toJSON());
    expect(answer.found).toEqual(classify(error));
    expect(answer.causeIsError).toBe(true);
    const { UnifiedError: Other } = (await import(/* @vite-ignore */ fileURLToPath(copy))) as {
      UnifiedError: typeof UnifiedError;
    };
    const foreign = new Other("X", "x", { category: "conflict" });
    expect(isHoldfastError(foreign) && !(foreign instanceof UnifiedError)).toBe(true);
    expect(classify(foreign).category).toBe("conflict");
  });

  test("words from outside are checked", () => {
    expect(() => UnifiedError.fromJSON({} as never)).toThrow(TypeError);
    const odd = UnifiedError.fromJSON({
      name: "X",
      code: "TIMEOUT",
      message: "m",
      retryable: true,
      details: {},
      category: "toString",
    } as never);
    expect([odd.category, odd.retry]).toEqual(["timeout", "idempotent"]);
  });
});

describe("problem details (RFC 9457)", () => {
  test("tell nothing of what is inside by default", () => {
    const error = new UnifiedError("DB_7_DOWN", "db-7 is down", {
      category: "unavailable",
      details: { host: "db-7" },
      traceId: "t",
    });
    expect(toProblem(error)).toEqual({ type: "about:blank", title: "Service Unavailable", status: 503 });
  });

  test("show what is asked for, and no extension replaces a member of the standard", () => {
    const error = new UnifiedError("OUT_OF_CREDIT", "30 are left", {
      category: "forbidden",
      details: { balance: 30, status: 200, secret: "x" },
      traceId: "t",
    });
    const options = {
      type: "https://example.com/probs/out-of-credit",
      instance: "/account/12345/msgs/abc",
      message: "show",
      details: ["balance", "status"],
      code: true,
      traceId: true,
    } as const;
    expect(toProblem(error, options)).toEqual({
      type: options.type,
      title: "Forbidden",
      status: 403,
      detail: "30 are left",
      instance: options.instance,
      balance: 30,
      code: "OUT_OF_CREDIT",
      traceId: "t",
    });
  });

  test("an inferred category is about us: a file that we may not read is no 403 for our callers", () => {
    expect(toProblem({ code: "EACCES" }).status).toBe(500);
    expect(toProblem({ status: 429 }).status).toBe(503);
    expect(toProblem(UnifiedError.fromJSON(json(UnifiedError.from({ code: "ENOENT" })))).status).toBe(500);
    expect(toProblem(UnifiedError.from({ code: "ENOENT" }, { category: "not-found" })).status).toBe(404);
  });

  test("the example of section 3 comes in, extensions kept", () => {
    const body = {
      type: "https://example.com/probs/out-of-credit",
      title: "You do not have enough credit.",
      detail: "Your current balance is 30, but that costs 50.",
      instance: "/account/12345/msgs/abc",
      balance: 30,
      accounts: ["/account/12345", "/account/67890"],
    };
    const error = fromProblem(body, { status: 403 });
    expect([error.category, error.message, error.code]).toEqual(["forbidden", body.detail, "HTTP_403"]);
    expect(error.details["problem"]).toEqual(body);
  });

  test("members of the wrong type are ignored, and the response's status counts (sections 3.1, 3.1.2)", () => {
    const error = fromProblem({ type: 7, title: ["no"], status: "503", detail: null, x: 1 }, { status: 500 });
    expect(error.details["problem"]).toEqual({ type: "about:blank", x: 1 });
    expect(fromProblem({ status: 404 }, { status: 503 }).category).toBe("unavailable");
    for (const make of Object.values(hostile)) expect(fromProblem(make()).name).toBe("UnifiedError");
  });
});
