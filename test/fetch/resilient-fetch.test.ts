import { describe, expect, it } from "vitest";
import { failedStatus, HttpStatusError, resilientFetch } from "../../ts/fetch/index.js";
import { manualClock } from "../../ts/kernel/index.js";
import { circuitBreaker, compose, constant, fallback, retry, timeout } from "../../ts/resilience/index.js";
import { closed, patientRetry, serve } from "./server.js";

const twice = () => retry({ attempts: 2, backoff: constant({ baseMs: 1 }) });

/** Answers 503 to the first request and 200, with what it received, to the others. */
const flaky = () =>
  serve(({ response, body }, nth) => {
    response.statusCode = nth === 1 ? 503 : 200;
    response.end(nth === 1 ? "busy" : `got ${body}`);
  });

/** A body that never ends and says when it was cancelled. */
function endless() {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(10)),
    cancel() {
      cancelled = true;
    },
  });
  return { body, isCancelled: () => cancelled };
}

describe("resilientFetch: which responses are failures", () => {
  it("counts 429 and 5xx", () => {
    const failed = [200, 304, 400, 404, 428, 429, 430, 499, 500, 503, 599].filter((status) =>
      failedStatus({ status, headers: {} }),
    );
    expect(failed).toEqual([429, 500, 503, 599]);
  });

  it("repeats them, and gives the connection of the dropped response back for the next attempt", async () => {
    const server = await flaky();
    const response = await resilientFetch(patientRetry(2))(server.url);
    expect([response.status, await response.text()]).toEqual([200, "got "]);
    expect(server.seen.length).toBe(2);
    expect(server.connections).toBe(1);
  });

  it("closes the connection of a dropped response that would not end", async () => {
    const server = await serve(({ response }, nth) => {
      if (nth > 1) response.end("fine");
      else {
        response.statusCode = 500;
        response.write("more follows");
      }
    });
    const response = await resilientFetch(twice())(server.url);
    expect(await response.text()).toBe("fine");
    await closed(server.seen[0]!.response);
  });

  it("lets go of a failed response when the next attempt begins, not when the call has ended", async () => {
    const failed = endless();
    const cancelled: boolean[] = [];
    const request = resilientFetch(twice(), {
      fetch: async () => {
        cancelled.push(failed.isCancelled());
        return cancelled.length === 1 ? new Response(failed.body, { status: 500 }) : new Response("fine");
      },
    });
    await (await request("https://example.org/")).text();
    expect(cancelled).toEqual([false, true]);
  });

  it("returns the last failed response as fetch would, with its body to read", async () => {
    const server = await serve(({ response }, nth) => {
      response.statusCode = 503;
      response.end(`busy ${nth}`);
    });
    const response = await resilientFetch(twice())(server.url);
    expect([response.status, await response.text()]).toEqual([503, "busy 2"]);
  });

  it("throws it instead where that is asked for", async () => {
    const fetch = async () => new Response("busy", { status: 503 });
    const once = resilientFetch(retry({ attempts: 1 }), { fetch, failedResponse: "throw" });
    const error = (await once("https://example.org/").catch((reason: unknown) => reason)) as HttpStatusError<Response>;
    expect(error).toBeInstanceOf(HttpStatusError);
    expect(error).toMatchObject({ code: "HTTP_STATUS", name: "HttpStatusError", status: 503, retryable: true });
    expect(await error.response.text()).toBe("busy");
    const often = resilientFetch(twice(), { fetch, failedResponse: "throw" })("https://example.org/");
    await expect(often).rejects.toMatchObject({ code: "RETRIES_EXHAUSTED", cause: { status: 503 } });
  });

  it("lets the caller say which they are", async () => {
    const statuses = [404, 200];
    const request = resilientFetch(twice(), {
      fetch: async () => new Response(null, { status: statuses.shift()! }),
      isFailure: ({ status }) => status === 404,
    });
    expect((await request("https://example.org/")).status).toBe(200);
  });

  it("lets a breaker count them", async () => {
    const request = resilientFetch(circuitBreaker({ consecutiveFailures: 2 }), {
      fetch: async () => new Response(null, { status: 500 }),
    });
    for (let n = 0; n < 2; n++) expect((await request("https://example.org/")).status).toBe(500);
    await expect(request("https://example.org/")).rejects.toMatchObject({ code: "CIRCUIT_OPEN" });
  });

  it("makes calls whose key is the origin, unless the caller says otherwise", async () => {
    const seen: unknown[] = [];
    const policy = retry();
    const noting = {
      execute: ((fn, options) => {
        seen.push(options);
        return policy.execute(fn, options);
      }) as typeof policy.execute,
    };
    const fetch = async () => new Response("fine");
    await resilientFetch(noting, { fetch })(new URL("https://example.org:8080/a?b"));
    const byPath = resilientFetch(noting, {
      fetch,
      callOptions: ({ method, url }) => ({ key: `${method} ${new URL(url).pathname}`, weight: 2 }),
    });
    await byPath("https://example.org/a?b", { method: "POST" });
    expect(seen).toEqual([
      { key: "https://example.org:8080", idempotent: true },
      { key: "POST /a", weight: 2, idempotent: false },
    ]);
  });

  it("waits as long as Retry-After says", async () => {
    const clock = manualClock();
    const statuses = [429, 200];
    const request = resilientFetch(retry({ attempts: 2, backoff: constant({ baseMs: 1 }), clock }), {
      fetch: async () => new Response(null, { status: statuses.shift()!, headers: { "Retry-After": "7" } }),
    });
    let status = 0;
    void request("https://example.org/").then((response) => {
      status = response.status;
    });
    await clock.advance(6_999);
    expect(status).toBe(0);
    await clock.advance(1);
    expect(status).toBe(200);
  });
});

describe("resilientFetch: which requests are sent twice", () => {
  /** How often a request is sent to a server that says 503 to the first. */
  async function sent(init: RequestInit, options: Parameters<typeof resilientFetch>[1] = {}) {
    const server = await flaky();
    await (await resilientFetch(twice(), options)(server.url, init)).text();
    return server.seen.map(({ body }) => body);
  }

  it.each(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])("%s is", async (method) => {
    expect((await sent({ method })).length).toBe(2);
  });

  it.each(["POST", "PATCH"])("%s is not, unless it has an Idempotency-Key or the caller says so", async (method) => {
    expect((await sent({ method, body: "x" })).length).toBe(1);
    expect((await sent({ method, body: "x", headers: [["idempotency-key", ""]] })).length).toBe(1);
    expect(await sent({ method, body: "x", headers: { "Idempotency-Key": "7" } })).toEqual(["x", "x"]);
    expect(await sent({ method, body: "x" }, { callOptions: () => ({ idempotent: true }) })).toEqual(["x", "x"]);
  });

  it("bodies that can be read again are sent again", async () => {
    for (const body of [new URLSearchParams({ a: "1" }), new TextEncoder().encode("a=1"), new Blob(["a=1"])]) {
      expect(await sent({ method: "PUT", body })).toEqual(["a=1", "a=1"]);
    }
  });

  it("a stream is not, whatever the caller says", async () => {
    const body = new Blob(["once"]).stream();
    const init = { method: "PUT", body, duplex: "half" } as RequestInit;
    expect(await sent(init, { callOptions: () => ({ idempotent: true }) })).toEqual(["once"]);
    async function* parts() {
      yield new TextEncoder().encode("once");
    }
    expect(await sent({ method: "PUT", body: parts() as never, duplex: "half" } as RequestInit)).toEqual(["once"]);
  });

  it("a Request is, by a copy for each attempt, and is used up afterwards as by fetch", async () => {
    const server = await flaky();
    const request = new Request(server.url, { method: "PUT", body: "again" });
    const response = await resilientFetch(twice())(request);
    expect(await response.text()).toBe("got again");
    expect(server.seen.map(({ body }) => body)).toEqual(["again", "again"]);
    expect(request.bodyUsed).toBe(true);
  });

  it("a Request that may not be sent twice is sent itself, without a copy in memory", async () => {
    const server = await flaky();
    const request = new Request(server.url, { method: "POST", body: "once" });
    const response = await resilientFetch(twice())(request);
    expect([response.status, server.seen.length, request.bodyUsed]).toEqual([503, 1, true]);
    await response.text();
  });
});

describe("resilientFetch: ends", () => {
  it("rejects with the caller's reason and closes the connection", async () => {
    const controller = new AbortController();
    const server = await serve(() => controller.abort("enough"));
    const call = resilientFetch(twice())(server.url, { signal: controller.signal });
    await expect(call).rejects.toBe("enough");
    await closed(server.seen[0]!.response);
    expect(server.seen.length).toBe(1);
  });

  it("takes the signal of a Request, and none where init says null", async () => {
    const request = new Request("https://example.org/", { signal: AbortSignal.abort("gone") });
    const fetch = async () => new Response("fine");
    await expect(resilientFetch(twice(), { fetch })(request)).rejects.toBe("gone");
    const response = await resilientFetch(twice(), { fetch })(request, { signal: null });
    expect(await response.text()).toBe("fine");
  });

  it("lets the caller end the reading of the body also where a deadline had a signal of its own", async () => {
    const server = await serve(({ response }) => response.write("begins"));
    const controller = new AbortController();
    const response = await resilientFetch(timeout({ timeoutMs: 5_000 }))(server.url, { signal: controller.signal });
    const reading = response.text();
    controller.abort("enough");
    await expect(reading).rejects.toBe("enough");
    await closed(server.seen[0]!.response);
  });

  it("cancels a response that comes after its call was cut", async () => {
    const clock = manualClock();
    const late = endless();
    let arrive: (response: Response) => void = () => {};
    const request = resilientFetch(timeout({ timeoutMs: 100, clock }), {
      fetch: () =>
        new Promise((resolve) => {
          arrive = resolve;
        }),
    });
    const call = request("https://example.org/").catch((error: unknown) => error);
    await clock.advance(100);
    expect(await call).toMatchObject({ code: "TIMEOUT" });
    arrive(new Response(late.body));
    await clock.advance(0);
    expect(late.isCancelled()).toBe(true);
  });

  it("cancels the failed response that a fallback replaces", async () => {
    const failed = endless();
    const request = resilientFetch(fallback({ to: () => new Response("spare") }), {
      fetch: async () => new Response(failed.body, { status: 500 }),
    });
    expect(await (await request("https://example.org/")).text()).toBe("spare");
    expect(failed.isCancelled()).toBe(true);
  });

  it("rejects with the refusal where the last response was dropped for an attempt that was refused", async () => {
    const clock = manualClock();
    const policy = compose(
      retry({ attempts: 2, backoff: constant({ baseMs: 1 }), clock }),
      circuitBreaker({ consecutiveFailures: 1, openForMs: 60_000, clock }),
    );
    const failed = endless();
    const request = resilientFetch(policy, { fetch: async () => new Response(failed.body, { status: 500 }) });
    const call = request("https://example.org/").catch((error: unknown) => error);
    await clock.advance(10);
    expect(await call).toMatchObject({ code: "RETRIES_EXHAUSTED", cause: { code: "CIRCUIT_OPEN" } });
    expect(failed.isCancelled()).toBe(true);
  });

  it("rejects as fetch does for what is no address", async () => {
    await expect(resilientFetch(twice())("no address")).rejects.toBeInstanceOf(TypeError);
  });
});
