/** Reload and end: what changes, what stays, and that no request is lost over either. */

import { Agent, request as httpRequest } from "node:http";
import { describe, expect, test } from "vitest";
import { coreInfo } from "../../ts/core/index.js";
import { createGateway } from "../../ts/gateway/index.js";
import { configOf, startGateway } from "./support/gateway.js";
import { exchange, RawClient } from "./support/raw.js";
import { startRawUpstream, startUpstream } from "./support/upstream.js";

const getBytes = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** A client that keeps `width` requests going over kept connections, and counts how they end. */
function hammer(url: () => string, width: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: width });
  const counts = { ok: 0, failed: [] as string[] };
  let running = true;
  const one = () =>
    new Promise<void>((resolve) => {
      const request = httpRequest(url(), { agent }, (response) => {
        response.resume();
        response.on("end", () => {
          if (response.statusCode === 200) counts.ok++;
          else counts.failed.push(String(response.statusCode));
          resolve();
        });
      });
      request.on("error", (error) => {
        counts.failed.push(error.message);
        resolve();
      });
      request.end();
    });
  const workers = Array.from({ length: width }, async () => {
    while (running) await one();
  });
  return {
    counts,
    async stop() {
      running = false;
      await Promise.all(workers);
      agent.destroy();
      return counts;
    },
  };
}

describe("reload", () => {
  test("loses no request, while routes and instances come and go", async () => {
    const a = await startUpstream();
    const b = await startUpstream();
    const gateway = await startGateway({ instances: [a.url] });
    const load = hammer(() => gateway.url, 8);
    for (let i = 0; i < 40; i++) {
      const instances = [[a.url], [b.url], [a.url, b.url]][i % 3]!;
      await gateway.reload(
        configOf({
          instances,
          route: { timeout: `${20 + (i % 5)}s`, ...(i % 2 === 0 ? { concurrency: { limit: 100 } } : {}) },
          top: { listen: `127.0.0.1:${new URL(gateway.url).port}` },
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const { ok, failed } = await load.stop();
    expect(failed).toEqual([]);
    expect(ok).toBeGreaterThan(50);
    expect(gateway.snapshot().config.generation).toBe(41);
    expect(b.seen.length).toBeGreaterThan(0);
  });

  test("leaks no memory of the core over a thousand of them", async () => {
    const plan = (i: number) =>
      configOf({
        instances: ["http://127.0.0.1:9", `http://127.0.0.1:${10 + (i % 3)}`],
        upstream: { breaker: { window: `${1 + (i % 4)}s` } },
        route: {
          rateLimit: { limit: 1 + (i % 5), maxKeys: 64 },
          concurrency: { limit: 1 + (i % 2) },
          retry: { budgetRatio: 0.1 * (i % 3) },
        },
      });
    const gateway = await startGateway({});
    await gateway.reload(plan(0));
    const before = coreInfo().usedBytes;
    // 60 = the least common multiple of the periods above: the same configuration as before.
    for (let i = 1; i <= 1_020; i++) await gateway.reload(plan(i));
    expect(coreInfo().usedBytes).toBe(before);
  });

  test("gives all of the core's memory back in the end", async () => {
    const before = coreInfo().usedBytes;
    const gateway = await createGateway({
      config: configOf({ route: { rateLimit: { limit: 1, maxKeys: 64 }, concurrency: { limit: 1 } } }),
    });
    expect(coreInfo().usedBytes).toBeGreaterThan(before);
    await gateway.close();
    expect(coreInfo().usedBytes).toBe(before);
  });

  test("keeps the state of what did not change: limiters, breakers, counts", async () => {
    const upstream = await startUpstream((_request, response) => void response.writeHead(500).end());
    const plan = (timeout: string, limit = 3) => ({
      instances: [upstream.url],
      upstream: { breaker: { consecutiveFailures: 2, openFor: "60s" } },
      route: { timeout, retry: "off", rateLimit: { limit, per: "1h" } },
    });
    const gateway = await startGateway(plan("1s"));
    for (let i = 0; i < 2; i++) await exchange(gateway.url, getBytes);
    await gateway.reload(configOf(plan("2s")));
    expect((await exchange(gateway.url, getBytes)).status).toBe(503);
    expect((await exchange(gateway.url, getBytes)).status).toBe(429);
    expect(gateway.snapshot().routes[0]?.traffic.requests).toBe(4);
    expect(gateway.snapshot().upstreams[0]?.instances[0]).toMatchObject({ requests: 2, breaker: { state: "open" } });
    // A limiter whose configuration changed starts anew; the breaker beside it does not.
    await gateway.reload(configOf(plan("2s", 4)));
    expect((await exchange(gateway.url, getBytes)).status).toBe(503);
  });

  test("requests under way end under the configuration that they began with", async () => {
    let finish = () => {};
    let arrived = () => {};
    const there = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const upstream = await startRawUpstream((_request, response) => {
      finish = () => response.end("old");
      arrived();
    });
    const other = await startUpstream((_request, response) => void response.end("new"));
    const gateway = await startGateway({ instances: [upstream.url] });
    const slow = new RawClient(gateway.url).send(getBytes);
    await there;
    await gateway.reload(configOf({ instances: [other.url] }));
    expect((await exchange(gateway.url, getBytes)).body).toContain("new");
    finish();
    expect((await slow.answer()).body).toContain("old");
  });

  test("moves to another address before it leaves the old one", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url], admin: true });
    const old = gateway.url;
    const oldAdmin = gateway.adminUrl;
    await gateway.reload(configOf({ instances: [upstream.url], top: { listen: "localhost:0" } }));
    expect(gateway.url).not.toBe(old);
    expect([gateway.adminUrl, oldAdmin?.startsWith("http://127.0.0.1:")]).toEqual([undefined, true]);
    expect(
      (
        await exchange(gateway.url.replace("localhost", "127.0.0.1"), getBytes).catch(() =>
          exchange(gateway.url, getBytes),
        )
      ).status,
    ).toBe(200);
  });

  test("that cannot be carried out changes nothing and says why", async () => {
    const upstream = await startUpstream();
    const taken = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url], admin: true });
    const before = coreInfo().usedBytes;
    const port = new URL(taken.url).port;
    await expect(
      gateway.reload(configOf({ instances: [upstream.url], top: { listen: `127.0.0.1:${port}` } })),
    ).rejects.toMatchObject({ code: "LISTEN_FAILED" });
    await expect(
      gateway.reload(configOf({ instances: ["https://127.0.0.1:9"], upstream: { ca: "/nowhere.pem" } })),
    ).rejects.toThrow("nowhere.pem");
    expect(coreInfo().usedBytes).toBe(before);
    expect((await exchange(gateway.url, getBytes)).status).toBe(200);
    const { generation, error } = gateway.snapshot().config;
    expect([generation, error?.includes("nowhere.pem")]).toEqual([1, true]);
    expect(await (await fetch(`${gateway.adminUrl}/-/metrics`)).text()).toContain(
      "holdfast_gateway_config_last_reload_successful 0",
    );
  });
});

describe("the end", () => {
  test("lets requests in progress finish, refuses new connections, and turns readiness off at once", async () => {
    let finish = () => {};
    let arrived = () => {};
    const there = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const upstream = await startRawUpstream((_request, response) => {
      finish = () => response.end("done");
      arrived();
    });
    const gateway = await startGateway({ instances: [upstream.url], admin: true });
    const ready = async () => (await fetch(`${gateway.adminUrl}/-/ready`)).status;
    expect(await ready()).toBe(200);
    const slow = new RawClient(gateway.url).send(getBytes);
    await there;
    const closing = gateway.close({ drainMs: 10_000 });
    expect(await ready()).toBe(503);
    const late = new RawClient(gateway.url);
    await late.end();
    expect(late.received).toBe("");
    finish();
    const answer = await slow.answer();
    expect([answer.status, answer.headers["connection"]]).toEqual([200, "close"]);
    await closing;
    await expect(fetch(`${gateway.adminUrl}/-/ready`)).rejects.toThrow();
  });

  test("loses no request of clients that keep their connections", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url] });
    const load = hammer(() => gateway.url, 8);
    while (load.counts.ok < 50) await new Promise((resolve) => setTimeout(resolve, 5));
    await gateway.close();
    const { failed } = await load.stop();
    // Only new connections fail, and they fail before anything was sent.
    expect(failed.filter((reason) => !reason.includes("ECONNREFUSED"))).toEqual([]);
  });

  test("cuts off what is not done when the time is up", async () => {
    let arrived = () => {};
    const there = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const upstream = await startRawUpstream(() => arrived());
    const gateway = await startGateway({ instances: [upstream.url] });
    const slow = new RawClient(gateway.url).send(getBytes);
    await there;
    await gateway.close({ drainMs: 20 });
    expect(await slow.end()).toBe("");
  });

  test("nothing is reloaded any more", async () => {
    const gateway = await startGateway({});
    await gateway.close();
    await expect(gateway.reload(configOf({}))).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("closing twice is closing once", async () => {
    const gateway = await startGateway({});
    await Promise.all([gateway.close(), gateway.close()]);
  });

  test("an address that is taken is an error with a code, and leaves nothing open", async () => {
    const taken = await startUpstream();
    const before = coreInfo().usedBytes;
    const config = configOf({ admin: true, top: { listen: `127.0.0.1:${new URL(taken.url).port}` } });
    await expect(createGateway({ config })).rejects.toMatchObject({
      code: "LISTEN_FAILED",
      message: expect.stringContaining("it is in use"),
    });
    expect(coreInfo().usedBytes).toBe(before);
  });
});

describe("limits on clients", () => {
  test("a head that is too large gets 431, a target that is too long 414", async () => {
    const gateway = await startGateway({
      instances: [(await startUpstream()).url],
      top: { limits: { headerBytes: "2KiB", urlBytes: "100B", headerCount: 5 } },
    });
    const status = async (bytes: string) => (await exchange(gateway.url, bytes)).status;
    expect(await status(`GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(3_000)}\r\n\r\n`)).toBe(431);
    expect(await status(`GET /${"x".repeat(100)} HTTP/1.1\r\nHost: a\r\n\r\n`)).toBe(414);
    expect(await status(`GET / HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(5)}\r\n`)).toBe(431);
    expect(await status(`GET / HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(4)}\r\n`)).toBe(200);
  });

  test("a head that dribbles in gets 408", async () => {
    const gateway = await startGateway({ top: { limits: { headersTimeout: "50ms" } } });
    const client = new RawClient(gateway.url).send("GET / HTTP/1.1\r\nHost: a\r\n");
    expect((await client.answer()).status).toBe(408);
    await client.end();
  });

  test("a client that sends nothing in the middle of its body is cut off; one that waits for a slow instance is not", async () => {
    let respond = () => {};
    const upstream = await startRawUpstream((request, response) => {
      if (request.url === "/slow") respond = () => void response.end("ok");
    });
    const gateway = await startGateway({ instances: [upstream.url], top: { limits: { idleTimeout: "60ms" } } });
    const patient = new RawClient(gateway.url).send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    const stuck = new RawClient(gateway.url).send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
    await stuck.end();
    expect(stuck.closed).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 150));
    respond();
    expect((await patient.answer()).status).toBe(200);
    expect(gateway.snapshot().totals.inFlight).toBe(0);
  });

  test("an idle connection is closed after its time, and not before", async () => {
    const gateway = await startGateway({
      instances: [(await startUpstream()).url],
      top: { limits: { keepAliveTimeout: "80ms" } },
    });
    const client = new RawClient(gateway.url).send(getBytes);
    await client.answer();
    client.send(getBytes);
    expect((await client.answer()).status).toBe(200);
    expect(await client.end()).toBe("");
  });

  test("connections beyond the limit are closed at once", async () => {
    const gateway = await startGateway({
      instances: [(await startUpstream()).url],
      top: { limits: { connections: 2 } },
    });
    const first = new RawClient(gateway.url).send(getBytes);
    const second = new RawClient(gateway.url).send(getBytes);
    expect([(await first.answer()).status, (await second.answer()).status]).toEqual([200, 200]);
    expect(await new RawClient(gateway.url).send(getBytes).end()).toBe("");
  });
});

describe("the log", () => {
  test("has a line for each request where asked for, without query, headers or other secrets", async () => {
    const lines: string[] = [];
    const gateway = await startGateway(
      { instances: [(await startUpstream()).url], top: { accessLog: { enabled: true } } },
      { log: (line) => lines.push(line) },
    );
    const answer = await exchange(
      gateway.url,
      "GET /a/b?token=s3cret HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer s3cret\r\nCookie: s3cret\r\n\r\n",
    );
    const line = JSON.parse(lines[0]!);
    expect(line).toMatchObject({
      event: "request",
      requestId: answer.headers["x-request-id"],
      client: "127.0.0.1",
      method: "GET",
      host: "a",
      path: "/a/b",
      route: "all",
      status: 200,
      outcome: "ok",
      attempts: 1,
      bytesSent: 2,
    });
    expect(lines.join("\n")).not.toContain("s3cret");
    await gateway.reload(
      configOf({ instances: ["http://127.0.0.1:9"], top: { accessLog: { enabled: true, query: true } } }),
    );
    await exchange(gateway.url, "GET /a?b=c HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(lines.map((text) => JSON.parse(text).event)).toEqual(["request", "config-loaded", "request"]);
    expect(JSON.parse(lines[2]!)).toMatchObject({
      path: "/a?b=c",
      status: 502,
      outcome: "upstream-failure",
      attempts: 3,
    });
  });

  test("is silent where it is not asked for", async () => {
    const lines: string[] = [];
    const gateway = await startGateway(
      { instances: [(await startUpstream()).url] },
      { log: (line) => lines.push(line) },
    );
    await exchange(gateway.url, getBytes);
    expect(lines).toEqual([]);
  });
});
