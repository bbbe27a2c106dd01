/** What the protections of a route do: retries, timeouts, breakers, limits. */

import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import type { Gateway } from "../../../ts/gateway/index.js";
import { startGateway } from "../support/gateway.js";
import { exchange, RawClient } from "../support/raw.js";
import { deadUrl, startRawUpstream, startTcp, startUpstream } from "../support/upstream.js";

const get = (gateway: Gateway, path = "/") => exchange(gateway.url, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
const post = (gateway: Gateway, body = "hi") =>
  exchange(gateway.url, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
const codeOf = (answer: { body: string }) => (JSON.parse(answer.body) as { code: string }).code;
const noBreaker = { breaker: "off" };
/** No wait between attempts, so that no test waits. */
const eager = { attempts: 3, backoff: "0us" };

/** An upstream that answers each request with the next of these. */
function script(...answers: ((response: ServerResponse) => void)[]) {
  let next = 0;
  return startUpstream((_request, response) => answers[Math.min(next++, answers.length - 1)]!(response));
}
const answer =
  (status: number, headers: Record<string, string> = {}, body = String(status)) =>
  (response: ServerResponse) =>
    void response.writeHead(status, headers).end(body);
const reset = (response: ServerResponse) => void response.socket?.resetAndDestroy();
const breakOff = (response: ServerResponse) => {
  response.writeHead(200, { "content-length": "10" });
  response.write("part", () => response.socket?.destroy());
};
const breakOffBeforeBody = (response: ServerResponse) => {
  response.writeHead(200, { "content-length": "10" });
  response.flushHeaders();
  setImmediate(() => response.socket?.destroy());
};

describe("retries", () => {
  test("a GET that is answered with 503 is made again", async () => {
    const upstream = await script(answer(503), answer(200));
    const gateway = await startGateway({ instances: [upstream.url], upstream: noBreaker, route: { retry: eager } });
    expect((await get(gateway)).status).toBe(200);
    expect(gateway.snapshot().totals.retries).toBe(1);
  });

  test("so is one whose connection is reset, and one whose answer breaks off before its body", async () => {
    const upstream = await script(reset, breakOffBeforeBody, answer(200));
    const gateway = await startGateway({ instances: [upstream.url], upstream: noBreaker, route: { retry: eager } });
    expect((await get(gateway)).status).toBe(200);
    expect(upstream.seen.length).toBe(3);
  });

  test("an answer that breaks off in its body cannot be mended: the client's connection is closed", async () => {
    const upstream = await script(breakOff, answer(200));
    const gateway = await startGateway({ instances: [upstream.url], upstream: noBreaker, route: { retry: eager } });
    const text = await new RawClient(gateway.url).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").end();
    expect(text.endsWith("part")).toBe(true);
    expect(upstream.seen.length).toBe(1);
    expect(gateway.snapshot().totals.outcomes["upstream-failure"]).toBe(1);
  });

  test("the last answer is passed on when no attempt is left", async () => {
    const upstream = await script(answer(503, { "x-try": "1" }), answer(503), answer(503, { "x-try": "3" }));
    const gateway = await startGateway({ instances: [upstream.url], upstream: noBreaker, route: { retry: eager } });
    const last = await get(gateway);
    expect([last.status, last.headers["x-try"], upstream.seen.length]).toEqual([503, "3", 3]);
  });

  test("a POST that was sent is not made again, whatever became of it", async () => {
    for (const failure of [answer(503), reset]) {
      const upstream = await script(failure, answer(200));
      const gateway = await startGateway({ instances: [upstream.url], upstream: noBreaker, route: { retry: eager } });
      expect((await post(gateway)).status).toBeGreaterThanOrEqual(502);
      expect(upstream.seen.length).toBe(1);
    }
  });

  test("a POST is made again where nothing was sent, and where the configuration says that it may", async () => {
    const dead = await deadUrl();
    const alive = await startUpstream();
    const gateway = await startGateway({ instances: [dead, alive.url], upstream: noBreaker, route: { retry: eager } });
    for (let i = 0; i < 10; i++) expect((await post(gateway, `body ${i}`)).status).toBe(200);
    expect(alive.seen.map((seen) => seen.body)).toEqual(Array.from({ length: 10 }, (_, i) => `body ${i}`));
    const upstream = await script(answer(503), answer(200));
    const bold = await startGateway({
      instances: [upstream.url],
      upstream: noBreaker,
      route: { retry: { ...eager, methods: ["POST"] } },
    });
    expect((await post(bold, "again")).status).toBe(200);
    expect(upstream.seen.map((seen) => seen.body)).toEqual(["again", "again"]);
  });

  test("a body up to replayBytes is sent again whole, a longer one is not made again", async () => {
    for (const [size, chunkedBody, status, hits] of [
      [100, false, 200, 2],
      [101, false, 503, 1],
      [100, true, 200, 2],
      [101, true, 503, 1],
    ] as const) {
      const upstream = await script(answer(503), answer(200));
      const gateway = await startGateway({
        instances: [upstream.url],
        upstream: noBreaker,
        route: { retry: { ...eager, replayBytes: "100B" } },
      });
      const body = "x".repeat(size);
      const bytes = chunkedBody
        ? `PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n${body}\r\n0\r\n\r\n`
        : `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n${body}`;
      expect((await exchange(gateway.url, bytes)).status).toBe(status);
      expect(upstream.seen.map((seen) => seen.body)).toEqual(Array(hits).fill(body));
    }
  });

  test("an upload that breaks off in the middle goes on elsewhere, from its first byte", async () => {
    let broken = 0;
    const breaking = await startRawUpstream((request) => {
      request.once("data", () => {
        broken++;
        request.socket.resetAndDestroy();
      });
    });
    const whole = await startUpstream();
    const gateway = await startGateway({
      instances: [breaking.url, whole.url],
      upstream: { ...noBreaker, failurePenalty: "0us", defaultLatency: "1ms" },
      route: { retry: eager },
    });
    for (let i = 0; i < 6; i++) {
      const client = new RawClient(gateway.url).send(
        "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
      );
      const brokenBefore = broken;
      while (gateway.snapshot().totals.inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setTimeout(resolve, 20));
      client.send("6\r\n world\r\n0\r\n\r\n");
      expect((await client.answer()).status).toBe(200);
      expect(broken - brokenBefore).toBeLessThanOrEqual(1);
    }
    expect(broken).toBeGreaterThan(0);
    expect(whole.seen.map((seen) => seen.body)).toEqual(Array(6).fill("hello world"));
  });

  test("Retry-After in seconds is seconds: with 2 s asked for and 1 s left, one request reaches the instance, not eleven", async () => {
    const upstream = await script(answer(503, { "retry-after": "2" }));
    const gateway = await startGateway({
      instances: [upstream.url],
      upstream: noBreaker,
      route: { timeout: "1s", retry: { attempts: 11, backoff: "1ms" } },
    });
    const refused = await get(gateway);
    expect([refused.status, refused.headers["retry-after"], upstream.seen.length]).toEqual([503, "2", 1]);
  });

  test("Retry-After is waited for where the time allows, as seconds or as a date", async () => {
    const soon = new Date(Date.now() + 1_000).toUTCString();
    for (const wait of ["1", soon]) {
      const upstream = await script(answer(503, { "retry-after": wait }), answer(200));
      const gateway = await startGateway({ instances: [upstream.url], upstream: noBreaker, route: { retry: eager } });
      const startMs = performance.now();
      expect((await get(gateway)).status).toBe(200);
      if (wait === "1") expect(performance.now() - startMs).toBeGreaterThanOrEqual(990);
    }
  });

  test("another instance need not wait for the one that asked to be left alone", async () => {
    const tired = await script(answer(503, { "retry-after": "30" }));
    const fresh = await startUpstream();
    const gateway = await startGateway({
      instances: [tired.url, fresh.url],
      upstream: noBreaker,
      route: { timeout: "2s", retry: eager },
    });
    for (let i = 0; i < 6; i++) expect((await get(gateway)).status).toBe(200);
    // After its first failure it carries the penalty that it asked for, and is not drawn again.
    expect(tired.seen.length).toBeLessThanOrEqual(1);
  });

  test("who asks to be left alone is left alone, even where the breaker of the only other instance is open", async () => {
    const tired = await script(answer(503, { "retry-after": "30" }));
    const broken = await script(answer(500));
    const gateway = await startGateway({
      instances: [tired.url, broken.url],
      upstream: { breaker: { consecutiveFailures: 2, openFor: "60s" } },
      route: { retry: { ...eager, attempts: 6, statuses: [500, 503], budgetPerSecond: 1000 } },
    });
    expect((await get(gateway)).status).toBeGreaterThanOrEqual(500);
    expect(tired.seen.length).toBe(1);
  });

  test("the budget bounds retries when everything fails", async () => {
    const upstream = await script(answer(503));
    const gateway = await startGateway({
      instances: [upstream.url],
      upstream: noBreaker,
      route: { retry: { ...eager, budgetRatio: 0.1, budgetPerSecond: 0 } },
    });
    for (let i = 0; i < 50; i++) await get(gateway);
    expect(upstream.seen.length).toBeGreaterThan(50);
    expect(upstream.seen.length).toBeLessThanOrEqual(56);
  });

  test("a response that is thrown away does not cost its connection", async () => {
    let connections = 0;
    const upstream = await script(answer(503), answer(200));
    upstream.server.on("connection", () => connections++);
    const gateway = await startGateway({
      instances: [upstream.url],
      upstream: noBreaker,
      route: { retry: { attempts: 2, backoff: "20ms" } },
    });
    expect((await get(gateway)).status).toBe(200);
    expect(connections).toBe(1);
  });

  test("retries can be switched off", async () => {
    const upstream = await script(answer(503), answer(200));
    const gateway = await startGateway({ instances: [upstream.url], upstream: noBreaker, route: { retry: "off" } });
    expect((await get(gateway)).status).toBe(503);
  });
});

describe("failures of the instance", () => {
  test("one that cannot be reached is 502 with a stable code; its address is for the log, not for the client", async () => {
    const lines: string[] = [];
    const dead = await deadUrl();
    const gateway = await startGateway(
      { instances: [dead], upstream: noBreaker, route: { retry: eager }, top: { accessLog: { enabled: true } } },
      { log: (line) => lines.push(line) },
    );
    const failed = await get(gateway);
    expect([failed.status, codeOf(failed)]).toEqual([502, "upstream-failed"]);
    expect(failed.body).not.toContain(new URL(dead).port);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      instance: `up/${new URL(dead).host}`,
      error: expect.stringContaining("ECONNREFUSED"),
    });
    expect(gateway.snapshot().totals.outcomes["upstream-failure"]).toBe(1);
  });

  test("one that does not speak HTTP is 502, whatever it says", async () => {
    for (const bytes of [
      "SSH-2.0-OpenSSH_9.2\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
      "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ]) {
      const upstream = await startTcp((socket) => socket.once("data", () => socket.write(bytes)));
      const gateway = await startGateway({ instances: [upstream.url], upstream: noBreaker, route: { retry: "off" } });
      expect((await get(gateway)).status).toBe(502);
    }
  });

  test("a head with characters that HTTP does not allow is 502", async () => {
    const upstream = await startTcp((socket) =>
      socket.once("data", () =>
        socket.write("HTTP/1.1 200 OK\r\nX: a\x01b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
      ),
    );
    const gateway = await startGateway({ instances: [upstream.url], upstream: noBreaker, route: { retry: "off" } });
    expect((await get(gateway)).status).toBe(502);
    expect(gateway.snapshot().totals.inFlight).toBe(0);
  });

  test("an instance that closes idle connections loses no GET", async () => {
    let served = 0;
    const upstream = await startTcp((socket) => {
      socket.on("data", () => {
        served++;
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", () => setTimeout(() => socket.destroy(), 1));
      });
    });
    const gateway = await startGateway({ instances: [upstream.url], upstream: noBreaker, route: { retry: eager } });
    for (let i = 0; i < 20; i++) {
      expect((await get(gateway)).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(served).toBeGreaterThanOrEqual(20);
  });
});

describe("mistakes of our own", () => {
  test("cost one answer, not the process", async () => {
    const lines: string[] = [];
    let broken = true;
    const random = {
      uint32: () => 1,
      next: () => {
        if (broken) throw new Error("dice fell off the table");
        return 0.5;
      },
    };
    const urls = [(await startUpstream()).url, (await startUpstream()).url];
    const gateway = await startGateway({ instances: urls }, { random, log: (line) => lines.push(line) });
    const failed = await get(gateway);
    expect([failed.status, codeOf(failed)]).toEqual([500, "internal-error"]);
    expect(lines.join()).toContain("dice fell off the table");
    broken = false;
    expect((await get(gateway)).status).toBe(200);
    expect(gateway.snapshot().totals).toMatchObject({ inFlight: 0, rejections: { "internal-error": 1 } });
  });
});

describe("timeouts", () => {
  const silent = () => startRawUpstream(() => {});

  test("an attempt that takes too long is made again, and 504 when none is left", async () => {
    const gateway = await startGateway({
      instances: [(await silent()).url],
      upstream: noBreaker,
      route: { perTryTimeout: "30ms", retry: { attempts: 2, backoff: "0us" } },
    });
    const late = await get(gateway);
    expect([late.status, codeOf(late)]).toEqual([504, "upstream-timeout"]);
    expect(gateway.snapshot().totals).toMatchObject({ retries: 1, outcomes: { timeout: 1 } });
  });

  test("a POST that was sent is not made again after its time", async () => {
    const gateway = await startGateway({
      instances: [(await silent()).url],
      upstream: noBreaker,
      route: { perTryTimeout: "30ms", retry: eager },
    });
    expect((await post(gateway)).status).toBe(504);
    expect(gateway.snapshot().totals.retries).toBe(0);
  });

  test("the route's time ends everything, in the middle of a retry too", async () => {
    const upstream = await script(answer(503));
    const gateway = await startGateway({
      instances: [upstream.url],
      upstream: noBreaker,
      route: { timeout: "50ms", retry: { attempts: 20, backoff: "30ms", maxBackoff: "30ms", budgetPerSecond: 1000 } },
    });
    const startMs = performance.now();
    expect((await get(gateway)).status).toBeGreaterThanOrEqual(503);
    expect(performance.now() - startMs).toBeLessThan(1_000);
  });

  test("a body that stalls is cut off", async () => {
    const upstream = await startRawUpstream((_request, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("part");
    });
    const gateway = await startGateway({
      instances: [upstream.url],
      upstream: noBreaker,
      route: { idleTimeout: "50ms" },
    });
    const text = await new RawClient(gateway.url).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").end();
    expect(text.endsWith("part")).toBe(true);
    expect(gateway.snapshot().totals.outcomes.timeout).toBe(1);
  });

  test("a body that is announced and never comes is 504, since nothing was passed on yet", async () => {
    const upstream = await startRawUpstream((_request, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.flushHeaders();
    });
    const gateway = await startGateway({
      instances: [upstream.url],
      upstream: noBreaker,
      route: { idleTimeout: "50ms", retry: "off" },
    });
    expect((await get(gateway)).status).toBe(504);
  });

  test("time spent waiting for a connection counts, and a request given up there is never sent", async () => {
    const paths: string[] = [];
    const held: ServerResponse[] = [];
    const upstream = await startRawUpstream((request, response) => {
      paths.push(request.url!);
      held.push(response);
      if (request.url === "/3") response.end("done");
    });
    const gateway = await startGateway({
      instances: [upstream.url],
      upstream: { ...noBreaker, connections: 1 },
      route: { retry: "off", timeout: "off" },
    });
    const first = new RawClient(gateway.url).send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
    const second = new RawClient(gateway.url).send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    while (gateway.snapshot().totals.inFlight < 2 || held.length < 1)
      await new Promise((resolve) => setImmediate(resolve));
    second.socket.destroy();
    while (gateway.snapshot().totals.inFlight > 1) await new Promise((resolve) => setImmediate(resolve));
    held[0]!.end("done");
    expect((await first.answer()).status).toBe(200);
    expect((await get(gateway, "/3")).status).toBe(200);
    expect(paths).toEqual(["/1", "/3"]);
  });
});

describe("breakers", () => {
  test("one that opens refuses at once with 503 and says when to come back", async () => {
    const upstream = await script(answer(500));
    const gateway = await startGateway({
      instances: [upstream.url],
      upstream: { breaker: { consecutiveFailures: 3, openFor: "60s" } },
      route: { retry: "off" },
    });
    for (let i = 0; i < 3; i++) expect((await get(gateway)).status).toBe(500);
    const refused = await get(gateway);
    expect([refused.status, codeOf(refused)]).toEqual([503, "breaker-open"]);
    // The time is jittered, so that breakers that opened together do not probe together.
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(40);
    expect(Number(refused.headers["retry-after"])).toBeLessThanOrEqual(70);
    expect(upstream.seen.length).toBe(3);
    const [instance] = gateway.snapshot().upstreams[0]!.instances;
    expect(instance).toMatchObject({ healthy: false, failures: 3, breaker: { state: "open" } });
    expect(instance?.breaker?.transitions).toMatchObject([{ from: "closed", to: "open" }]);
    expect(gateway.snapshot().totals.rejections).toEqual({ "breaker-open": 1 });
  });

  test("it half-opens, and closes when its probes succeed", async () => {
    let status = 500;
    const upstream = await startUpstream((_request, response) => void response.writeHead(status).end());
    const gateway = await startGateway({
      instances: [upstream.url],
      upstream: { breaker: { consecutiveFailures: 2, openFor: "40ms", probes: 1 } },
      route: { retry: "off" },
    });
    await get(gateway);
    await get(gateway);
    expect((await get(gateway)).status).toBe(503);
    status = 200;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await get(gateway)).status).toBe(200);
    const states = gateway.snapshot().upstreams[0]!.instances[0]!.breaker!.transitions.map(({ to }) => to);
    expect(states).toEqual(["open", "half-open", "closed"]);
  });

  test("the other instance takes over", async () => {
    const bad = await script(answer(500));
    const good = await startUpstream();
    const gateway = await startGateway({
      instances: [bad.url, good.url],
      upstream: { breaker: { consecutiveFailures: 1, openFor: "60s" } },
      route: { retry: { ...eager, statuses: [500] } },
    });
    for (let i = 0; i < 20; i++) expect((await get(gateway)).status).toBe(200);
    expect(bad.seen.length).toBeLessThanOrEqual(1);
  });

  test("an instance that recovered is probed when its time has come, not when its penalty has decayed", async () => {
    let broken = true;
    const upstream = await startUpstream((_request, response) => void response.writeHead(broken ? 500 : 200).end());
    const other = await startUpstream();
    const gateway = await startGateway({
      instances: [upstream.url, other.url],
      upstream: { breaker: { consecutiveFailures: 1, openFor: "40ms", probes: 1 }, failurePenalty: "1h" },
      route: { retry: { ...eager, statuses: [500] } },
    });
    while (broken) {
      expect((await get(gateway)).status).toBe(200);
      broken = upstream.seen.length === 0;
    }
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await get(gateway)).status).toBe(200);
    expect(upstream.seen.length).toBe(2);
    const [recovered] = gateway.snapshot().upstreams[0]!.instances;
    expect(recovered?.breaker?.state).toBe("closed");
    expect(recovered?.load).toBeLessThan(1_000);
  });

  test("a client that goes away says nothing about the instance", async () => {
    let arrived = () => {};
    let gone = () => {};
    const upstream = await startRawUpstream((_request, response) => {
      response.on("close", () => gone());
      arrived();
    });
    const gateway = await startGateway({
      instances: [upstream.url],
      upstream: { breaker: { consecutiveFailures: 1, openFor: "60s" } },
    });
    for (let i = 0; i < 3; i++) {
      const there = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const away = new Promise<void>((resolve) => {
        gone = resolve;
      });
      const client = new RawClient(gateway.url).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await there;
      client.socket.destroy();
      await away;
    }
    expect(gateway.snapshot().upstreams[0]?.instances[0]?.breaker?.state).toBe("closed");
  });

  test("a route may leave them aside", async () => {
    const upstream = await script(answer(500));
    const gateway = await startGateway({
      instances: [upstream.url],
      upstream: { breaker: { consecutiveFailures: 1 } },
      route: { retry: "off", breaker: false },
    });
    for (let i = 0; i < 3; i++) expect((await get(gateway)).status).toBe(500);
  });
});

describe("rate limits", () => {
  test("headers tell the policy and what is left; 429 tells when to come back", async () => {
    const gateway = await startGateway({
      instances: [(await startUpstream()).url],
      route: { rateLimit: { limit: 2, per: "1m" } },
    });
    const first = await get(gateway);
    expect([first.headers["ratelimit-policy"], first.headers["ratelimit"]]).toEqual([
      '"all";q=2;w=60',
      '"all";r=1;t=30',
    ]);
    await get(gateway);
    const refused = await get(gateway);
    expect([
      refused.status,
      codeOf(refused),
      refused.headers["ratelimit"],
      refused.headers["ratelimit-policy"],
    ]).toEqual([429, "rate-limited", '"all";r=0;t=60', '"all";q=2;w=60']);
    expect(Number(refused.headers["retry-after"])).toBe(30);
    const [route] = gateway.snapshot().routes;
    expect(route?.limiter).toMatchObject({
      limit: 2,
      perMs: 60_000,
      burst: 2,
      keys: 1,
      allowed: 2,
      rejected: 1,
      level: 1,
    });
    expect(route?.traffic.rejections).toEqual({ "rate-limit": 1 });
  });

  test("each value of a header has its own, and no value can pose as an address", async () => {
    const gateway = await startGateway({
      instances: [(await startUpstream()).url],
      route: { rateLimit: { limit: 1, per: "1h", key: "header:X-Api-Key" } },
    });
    const as = async (key: string) => (await exchange(gateway.url, `GET / HTTP/1.1\r\nHost: a\r\n${key}\r\n`)).status;
    expect(await as("X-Api-Key: one\r\n")).toBe(200);
    expect(await as("X-Api-Key: two\r\n")).toBe(200);
    expect(await as("X-Api-Key: one\r\n")).toBe(429);
    expect(await as("X-Api-Key: 127.0.0.1\r\n")).toBe(200);
    expect(await as("")).toBe(200);
    expect(await as("")).toBe(429);
  });

  test("an address that only the client claims does not count", async () => {
    const gateway = await startGateway({
      instances: [(await startUpstream()).url],
      route: { rateLimit: { limit: 1, per: "1h" } },
    });
    const as = async (address: string) =>
      (await exchange(gateway.url, `GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${address}\r\n\r\n`)).status;
    expect([await as("1.1.1.1"), await as("2.2.2.2")]).toEqual([200, 429]);
  });

  test("behind a trusted proxy the client's own address does", async () => {
    const gateway = await startGateway({
      instances: [(await startUpstream()).url],
      route: { rateLimit: { limit: 1, per: "1h" } },
      top: { trustedProxies: ["127.0.0.1", "10.0.0.0/8"] },
    });
    const as = async (chain: string) =>
      (await exchange(gateway.url, `GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${chain}\r\n\r\n`)).status;
    expect(await as("1.1.1.1")).toBe(200);
    expect(await as("2.2.2.2, 10.0.0.9")).toBe(200);
    expect(await as("6.6.6.6, 1.1.1.1, 10.1.2.3")).toBe(429);
  });
});

describe("concurrency limits", () => {
  test("what is beyond the limit waits in order, what is beyond the queue is refused", async () => {
    const held: ServerResponse[] = [];
    const order: string[] = [];
    const upstream = await startRawUpstream((request, response) => {
      order.push(request.url!);
      held.push(response);
    });
    const gateway = await startGateway({
      instances: [upstream.url],
      route: { concurrency: { limit: 1, queue: 2, maxWait: "10s" } },
    });
    const clients = ["/1", "/2", "/3"].map((path) =>
      new RawClient(gateway.url).send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`),
    );
    while (gateway.snapshot().routes[0]!.concurrency!.queued < 2) await new Promise((resolve) => setImmediate(resolve));
    const refused = await get(gateway);
    expect([refused.status, codeOf(refused), refused.headers["retry-after"]]).toEqual([
      503,
      "concurrency-limited",
      "1",
    ]);
    for (const client of clients) {
      while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
      held.shift()!.end("ok");
      expect((await client.answer()).status).toBe(200);
    }
    expect(new Set(order)).toEqual(new Set(["/1", "/2", "/3"]));
    expect(gateway.snapshot().routes[0]!.concurrency).toEqual({ limit: 1, inUse: 0, queued: 0 });
  });

  test("a client that goes away while it waits gives its place in the queue back", async () => {
    const held: ServerResponse[] = [];
    const upstream = await startRawUpstream((_request, response) => void held.push(response));
    const gateway = await startGateway({
      instances: [upstream.url],
      route: { concurrency: { limit: 1, queue: 1, maxWait: "10s" } },
    });
    const first = new RawClient(gateway.url).send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
    while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const waiting = new RawClient(gateway.url).send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    while (gateway.snapshot().routes[0]!.concurrency!.queued < 1) await new Promise((resolve) => setImmediate(resolve));
    waiting.socket.destroy();
    while (gateway.snapshot().routes[0]!.concurrency!.queued > 0) await new Promise((resolve) => setImmediate(resolve));
    held.shift()!.end("ok");
    expect((await first.answer()).status).toBe(200);
    expect(gateway.snapshot().totals.outcomes).toMatchObject({ ok: 1, aborted: 1 });
    expect(gateway.snapshot().routes[0]!.concurrency).toEqual({ limit: 1, inUse: 0, queued: 0 });
  });

  test("a full instance is 503 at once, not an endless queue", async () => {
    const held: ServerResponse[] = [];
    const upstream = await startRawUpstream((_request, response) => void held.push(response));
    const gateway = await startGateway({
      instances: [upstream.url],
      upstream: { ...noBreaker, connections: 1, pending: 0 },
      route: { retry: "off" },
    });
    new RawClient(gateway.url).send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
    while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const refused = await get(gateway);
    expect([refused.status, codeOf(refused)]).toEqual([503, "no-instance"]);
  });
});
