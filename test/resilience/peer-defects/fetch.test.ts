/** Defects of other libraries that repeat HTTP requests, each as a test that it is not ours; named by where they were reported. */

import { Agent, request, fetch as undiciFetch } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { resilientFetch } from "../../../ts/fetch/index.js";
import { constant, retry } from "../../../ts/resilience/index.js";
import { interceptor } from "../../../ts/undici/index.js";
import { patientRetry, serve } from "../../fetch/server.js";

const policy = () => retry({ attempts: 3, backoff: constant({ baseMs: 1 }) });

function dispatcher(retries = policy()) {
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  return agent.compose(interceptor(retries));
}

describe("retries of HTTP requests", () => {
  it("browserbase sdk-node #204: the response that is dropped for another attempt is cancelled", async () => {
    let cancelled = 0;
    let attempts = 0;
    const fetch = async () => {
      const body = new ReadableStream({ cancel: () => void cancelled++ });
      return ++attempts === 1 ? new Response(body, { status: 500 }) : new Response("fine");
    };
    await (await resilientFetch(policy(), { fetch })("https://example.org/")).text();
    expect(cancelled).toBe(1);
  });

  it("linkerd #1178: chunked failures do not use up connections", async () => {
    const server = await serve(({ response }, nth) => {
      response.statusCode = nth % 3 === 0 ? 200 : 503;
      response.write("chunk");
      response.end();
    });
    const through = dispatcher(patientRetry(3));
    for (let n = 0; n < 10; n++) await (await request(server.url, { dispatcher: through })).body.dump();
    expect(server.seen.length).toBe(30);
    // The pool may open a second one; a leak would show as one for each of the twenty failures.
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it("undici #3356: a body that breaks off is an error, and never two bodies joined", async () => {
    const server = await serve(({ response }, nth) => {
      if (nth > 1) response.end("Hello World");
      else {
        response.writeHead(200, { "content-length": "11" });
        response.write("H", () => response.destroy());
      }
    });
    const { body } = await request(server.url, { dispatcher: dispatcher() });
    await expect(body.text()).rejects.toThrow();
    expect(server.seen.length).toBe(1);
  });

  it("undici #3288: a request with a body that fetch makes is not sent again without its body", async () => {
    const server = await serve(({ response, body }) => {
      response.statusCode = 500;
      response.end(`got ${body}`);
    });
    const init = { method: "PUT", body: JSON.stringify({ a: 1 }) };
    const inner = await undiciFetch(server.url, { ...init, dispatcher: dispatcher() });
    expect([inner.status, await inner.text()]).toEqual([500, 'got {"a":1}']);
    const outer = await resilientFetch(policy())(server.url, init);
    expect([outer.status, await outer.text()]).toEqual([500, 'got {"a":1}']);
    expect(new Set(server.seen.map(({ body }) => body))).toEqual(new Set(['{"a":1}']));
  });

  it("undici #4222: the body of the last failed response is not lost", async () => {
    const server = await serve(({ response }, nth) => {
      response.statusCode = 503;
      response.end(`why ${nth}`);
    });
    const { statusCode, body } = await request(server.url, { dispatcher: dispatcher() });
    expect([statusCode, await body.text()]).toEqual([503, "why 3"]);
  });
});
