/** The interceptor in a real agent, against a real server: what the handler sees is one exchange, whatever happens behind it. */

import { once } from "node:events";
import { Readable, Writable } from "node:stream";
import { Agent, type Dispatcher, request, stream, upgrade } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { manualClock } from "../../ts/kernel/index.js";
import {
  bulkhead,
  circuitBreaker,
  coalesce,
  compose,
  constant,
  count,
  type Policy,
  retry,
  timeout,
} from "../../ts/resilience/index.js";
import { interceptor } from "../../ts/undici/index.js";
import { closed, patientRetry, serve } from "../fetch/server.js";

const twice = () => retry({ attempts: 2, backoff: constant({ baseMs: 1 }) });

/** An agent under a policy, closed when the test ends. */
function agent(policy: Policy, options?: Parameters<typeof interceptor>[1]): Dispatcher {
  const bare = new Agent();
  onTestFinished(() => bare.destroy());
  return bare.compose(interceptor(policy, options));
}

const flaky = () =>
  serve(({ response, body }, nth) => {
    response.statusCode = nth === 1 ? 503 : 200;
    response.end(nth === 1 ? "busy" : `got ${body}`);
  });

describe("interceptor: responses", () => {
  it("passes head, body and trailers through", async () => {
    const server = await serve(({ response }) => {
      response.writeHead(201, "Made", { trailer: "x-sum", "x-kind": "test" });
      response.write("one ");
      response.addTrailers({ "x-sum": "7" });
      response.end("two");
    });
    const { statusCode, headers, body, trailers } = await request(server.url, { dispatcher: agent(twice()) });
    expect([statusCode, headers["x-kind"], await body.text()]).toEqual([201, "test", "one two"]);
    expect(trailers).toMatchObject({ "x-sum": "7" });
  });

  it("repeats a failed status on the same connection, and the handler sees the second response alone", async () => {
    const server = await flaky();
    const { statusCode, body } = await request(server.url, { dispatcher: agent(patientRetry(2)) });
    expect([statusCode, await body.text()]).toEqual([200, "got "]);
    expect([server.seen.length, server.connections]).toEqual([2, 1]);
  });

  it("hands the last failed response on, with its body, or an error where that is asked for", async () => {
    const server = await serve(({ response }, nth) => {
      response.statusCode = 503;
      response.end(`busy ${nth}`);
    });
    const { statusCode, body } = await request(server.url, { dispatcher: agent(twice()) });
    expect([statusCode, await body.text()]).toEqual([503, "busy 2"]);
    const throwing = agent(twice(), { failedResponse: "throw" });
    await expect(request(server.url, { dispatcher: throwing })).rejects.toMatchObject({
      code: "RETRIES_EXHAUSTED",
      cause: { code: "HTTP_STATUS", status: 503 },
    });
  });

  it("aborts a dropped response that would not end", async () => {
    const server = await serve(({ response }, nth) => {
      if (nth > 1) response.end("fine");
      else {
        response.writeHead(500, { "content-length": "1000000" });
        response.write("more follows");
      }
    });
    const { body } = await request(server.url, { dispatcher: agent(twice()) });
    expect(await body.text()).toBe("fine");
    await closed(server.seen[0]!.response);
  });

  it("aborts a dropped response that says nothing of its length and does not end", async () => {
    const server = await serve(({ response }, nth) => {
      if (nth > 1) response.end("fine");
      else {
        response.statusCode = 500;
        Readable.from(
          (function* () {
            for (;;) yield Buffer.alloc(10_000);
          })(),
        ).pipe(response);
      }
    });
    const { body } = await request(server.url, { dispatcher: agent(twice()) });
    expect(await body.text()).toBe("fine");
    await closed(server.seen[0]!.response);
  });

  it("waits as long as Retry-After says", async () => {
    const clock = manualClock();
    const server = await serve(({ response }, nth) => {
      response.writeHead(nth === 1 ? 429 : 200, { "retry-after": "7" });
      response.end();
    });
    const policy = retry({ attempts: 2, backoff: constant({ baseMs: 1 }), clock });
    const waiting = new Promise<number>((resolve) => {
      policy.on("retry", ({ delayMs }) => resolve(delayMs));
    });
    const call = request(server.url, { dispatcher: agent(policy) });
    expect(await waiting).toBe(7_000);
    await clock.advance(7_000);
    expect((await call).statusCode).toBe(200);
  });

  it("passes an upgrade on", async () => {
    const { createServer } = await import("node:http");
    const server = createServer().on("upgrade", (_request, socket) => {
      socket.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\nhello");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const { socket } = await upgrade(`http://127.0.0.1:${port}/`, { protocol: "echo", dispatcher: agent(twice()) });
    const [data] = (await once(socket, "data")) as [Buffer];
    expect(data.toString()).toBe("hello");
    socket.destroy();
  });
});

describe("interceptor: errors", () => {
  it("repeats what never got a response, and gives the last error to the handler", async () => {
    const server = await serve(({ response }, nth) => {
      if (nth === 1) response.destroy();
      else response.end("fine");
    });
    const { body } = await request(server.url, { dispatcher: agent(twice()) });
    expect(await body.text()).toBe("fine");
    const error = await request("http://127.0.0.1:1/", { dispatcher: agent(twice()) }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: "RETRIES_EXHAUSTED", cause: { code: "ECONNREFUSED" } });
  });

  it("does not repeat a response that breaks off once the handler has its head, and lets the breaker count it", async () => {
    const server = await serve(({ response }) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("begins", () => response.destroy());
    });
    const breaker = circuitBreaker({ window: count(10) });
    const policy = compose(retry({ attempts: 3, backoff: constant({ baseMs: 1 }) }), breaker);
    const retried: unknown[] = [];
    policy.on("rejected", (error) => retried.push(error));
    const { body } = await request(server.url, { dispatcher: agent(policy) });
    await expect(body.text()).rejects.toMatchObject({ code: "UND_ERR_SOCKET" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.seen.length).toBe(1);
    expect(breaker.stats).toMatchObject({ calls: 1, failureRate: 1 });
    expect(retried).toEqual([]);
  });

  it("refuses before anything is sent", async () => {
    const breaker = circuitBreaker();
    breaker.isolate();
    const server = await flaky();
    await expect(request(server.url, { dispatcher: agent(breaker) })).rejects.toMatchObject({
      code: "CIRCUIT_ISOLATED",
    });
    expect(server.seen.length).toBe(0);
  });

  it("says that a policy which answers by itself has no place here", async () => {
    const clock = manualClock();
    const policy = coalesce({ clock });
    const server = await serve(({ response }) => response.end("fine"));
    const options = { callOptions: () => ({ key: "same" }) };
    const dispatcher = agent(policy, options);
    const [one, two] = await Promise.allSettled([1, 2].map(() => request(server.url, { dispatcher })));
    expect(one).toMatchObject({ status: "fulfilled", value: { statusCode: 200 } });
    await (one as PromiseFulfilledResult<Dispatcher.ResponseData>).value.body.dump();
    expect(two).toMatchObject({ status: "rejected", reason: { code: "INVALID_OPTION" } });
  });
});

describe("interceptor: requests", () => {
  async function sent(options: Partial<Dispatcher.RequestOptions>) {
    const server = await flaky();
    const { body } = await request(server.url, { ...options, dispatcher: agent(twice()) } as never);
    await body.dump();
    return server.seen.map((each) => each.body);
  }

  it("sends again what may be sent twice, and nothing else", async () => {
    expect(await sent({ method: "PUT", body: "x" })).toEqual(["x", "x"]);
    expect(await sent({ method: "PUT", body: Buffer.from("x") })).toEqual(["x", "x"]);
    expect(await sent({ method: "POST", body: "x" })).toEqual(["x"]);
    expect(await sent({ method: "PUT", body: Readable.from(["x"]) })).toEqual(["x"]);
    for (const headers of [
      { "Idempotency-Key": "7" },
      ["accept", "*/*", "Idempotency-Key", "7"],
      new Map([["Idempotency-Key", "7"]]),
    ]) {
      expect(await sent({ method: "POST", body: "x", headers: headers as never })).toEqual(["x", "x"]);
    }
  });
});

describe("interceptor: flow", () => {
  it("holds a slot until the body has ended", async () => {
    const narrow = bulkhead({ limit: 1 });
    const server = await serve(({ response }) => {
      response.write("begins");
      setImmediate(() => response.end("ends"));
    });
    const { body } = await request(server.url, { dispatcher: agent(narrow) });
    expect(narrow.inUse).toBe(1);
    await body.text();
    await new Promise((resolve) => setImmediate(resolve));
    expect(narrow.inUse).toBe(0);
  });

  it("slows the server down where the reader is slow", async () => {
    const total = 8_000_000;
    let written = 0;
    const server = await serve(({ response }) => {
      Readable.from(
        (function* () {
          for (; written < total; written += 100_000) yield Buffer.alloc(100_000);
        })(),
      ).pipe(response);
    });
    const { body } = await request(server.url, { dispatcher: agent(twice()) });
    // Nobody reads: the sockets fill and the server stops.
    let before = -1;
    while (before !== written) {
      before = written;
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(written).toBeLessThan(total);
    let read = 0;
    for await (const chunk of body) read += (chunk as Buffer).length;
    expect(read).toBe(total);
  });

  it("ends at the caller's abort, before the response and in the course of its body", async () => {
    const server = await serve(({ response }, nth) => {
      if (nth === 2) response.write("begins");
    });
    const first = new AbortController();
    const narrow = bulkhead({ limit: 2 });
    const dispatcher = agent(narrow);
    const call = request(server.url, { dispatcher, signal: first.signal });
    while (server.seen.length < 1) await new Promise((resolve) => setImmediate(resolve));
    first.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
    await closed(server.seen[0]!.response);
    const second = new AbortController();
    const { body } = await request(server.url, { dispatcher, signal: second.signal });
    second.abort(new Error("enough"));
    await expect(body.text()).rejects.toThrow("enough");
    await closed(server.seen[1]!.response);
    expect(narrow.inUse).toBe(0);
  });

  it("cuts a wait in the policy when the caller aborts", async () => {
    const narrow = bulkhead({ limit: 1, queue: { size: 1 } });
    const permit = narrow.tryAcquire()!;
    const server = await flaky();
    const controller = new AbortController();
    const call = request(server.url, { dispatcher: agent(narrow), signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    expect(narrow.queued).toBe(1);
    controller.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
    expect(narrow.queued).toBe(0);
    permit.release();
  });

  it("covers the body by a deadline", async () => {
    const clock = manualClock();
    const server = await serve(({ response }) => response.write("begins"));
    const { body } = await request(server.url, { dispatcher: agent(timeout({ timeoutMs: 100, clock })) });
    const reading = body.text().catch((error: unknown) => error);
    await clock.advance(100);
    expect(await reading).toMatchObject({ code: "TIMEOUT" });
    await closed(server.seen[0]!.response);
  });

  it("streams into a handler that another interface of undici makes", async () => {
    const server = await flaky();
    const chunks: Buffer[] = [];
    await stream(server.url, { method: "GET", dispatcher: agent(twice()) }, () => {
      return new Writable({
        write(chunk: Buffer, _encoding, next) {
          chunks.push(chunk);
          next();
        },
      });
    });
    expect(Buffer.concat(chunks).toString()).toBe("got ");
  });
});
