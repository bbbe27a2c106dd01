/** The admin listener: what it shows, to whom, and that the public one shows none of it. */

import { request as httpRequest } from "node:http";
import { describe, expect, test } from "vitest";
import { isDashboardSnapshot } from "../../../ts/dashboard/index.js";
import { Exposition } from "../../../ts/gateway/admin/exposition.js";
import { hostAllowed } from "../../../ts/gateway/admin/guard.js";
import { startGateway } from "../support/gateway.js";
import { exchange, RawClient } from "../support/raw.js";
import { startUpstream } from "../support/upstream.js";

/** A call with any headers, Host included. */
function call(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode!, body: text }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

describe("what it shows", () => {
  test("health, readiness, a page, a snapshot; the root leads to the page", async () => {
    const gateway = await startGateway({ admin: true }, { title: "Test", demo: true });
    const get = (path: string) => fetch(`${gateway.adminUrl}${path}`, { redirect: "manual" });
    expect(await (await get("/-/health")).json()).toEqual({ status: "ok" });
    expect(await (await get("/-/ready")).json()).toEqual({ status: "ready" });
    const root = await get("/");
    expect([root.status, root.headers.get("location")]).toEqual([302, "/-/dashboard"]);
    const page = await get("/-/dashboard");
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const snapshot = await (await get("/-/snapshot")).json();
    expect(isDashboardSnapshot(snapshot)).toBe(true);
    expect(snapshot).toMatchObject({ title: "Test", demo: true, config: { source: "code", generation: 1 } });
    expect((await get("/nothing")).status).toBe(404);
    expect((await fetch(`${gateway.adminUrl}/-/health`, { method: "DELETE" })).status).toBe(405);
  });

  test("a stream of snapshots, the first at once", async () => {
    const gateway = await startGateway({ admin: true });
    const client = new RawClient(gateway.adminUrl!).send("GET /-/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const text = await client.until((received) => (received.match(/event: snapshot/g) ?? []).length >= 2);
    expect(text).toContain("content-type: text/event-stream");
    expect(text).toContain("retry: 1000\n\nevent: snapshot\n");
    const data = JSON.parse(/data: (.*)\n\n/.exec(text)![1]!);
    expect(isDashboardSnapshot(data)).toBe(true);
  });

  test("only on its own listener: the public one forwards /-/ like any path", async () => {
    const upstream = await startUpstream((request, response) => void response.end(`theirs ${request.url}`));
    const gateway = await startGateway({ instances: [upstream.url], admin: true });
    for (const path of ["/-/health", "/-/metrics", "/-/dashboard", "/-/actions/fault"]) {
      expect((await exchange(gateway.url, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)).body).toContain(`theirs ${path}`);
    }
  });
});

describe("whom it serves", () => {
  test("no page that rebinds a name of its own: Host must be an address, a local name, or a configured one", async () => {
    const gateway = await startGateway({ top: { admin: { listen: "127.0.0.1:0", hosts: ["gw.example.com"] } } });
    const as = async (host: string) =>
      (await exchange(gateway.adminUrl!, `GET /-/snapshot HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).status;
    expect([
      await as("localhost:9900"),
      await as("127.0.0.1"),
      await as("[::1]:1"),
      await as("GW.example.com"),
    ]).toEqual([200, 200, 200, 200]);
    expect([
      await as("evil.example.com"),
      await as("127.0.0.1.evil.com"),
      await as("localhost.evil.com"),
      await as("a@localhost"),
    ]).toEqual([421, 421, 421, 421]);
    expect([hostAllowed(undefined, []), hostAllowed("", [])]).toEqual([false, false]);
  });

  test("changes need POST, JSON and the same origin", async () => {
    const calls: unknown[] = [];
    const gateway = await startGateway(
      { admin: true },
      {
        actions: {
          fault: (body) => {
            calls.push(body);
            return Promise.resolve({ done: true });
          },
          broken: () => Promise.reject(new Error("it broke")),
        },
      },
    );
    const url = `${gateway.adminUrl}/-/actions/fault`;
    const origin = gateway.adminUrl!;
    const json = { "content-type": "application/json" };
    const status = async (...[method, headers, body = "{}"]: [string, Record<string, string>, string?]) =>
      (await call(url, method, headers, body)).status;
    expect(await status("GET", json)).toBe(405);
    expect(await status("POST", { "content-type": "text/plain" })).toBe(415);
    expect(await status("POST", { "content-type": "application/x-www-form-urlencoded" })).toBe(415);
    expect(await status("POST", { ...json, origin: "http://evil.example.com" })).toBe(403);
    expect(await status("POST", { ...json, origin: "null" })).toBe(403);
    expect(await status("POST", { ...json, "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await status("POST", { ...json, "sec-fetch-site": "same-site", origin })).toBe(403);
    expect(calls).toEqual([]);
    expect(await call(url, "POST", { ...json, origin, "sec-fetch-site": "same-origin" }, '{"kind":"errors"}')).toEqual({
      status: 200,
      body: '{"done":true}',
    });
    expect(await status("POST", json, '"from a program"')).toBe(200);
    expect(calls).toEqual([{ kind: "errors" }, "from a program"]);
    expect(await status("POST", json, "{")).toBe(400);
    expect((await call(`${origin}/-/actions/nothing`, "POST", json, "{}")).status).toBe(404);
    expect((await call(`${origin}/-/actions/toString`, "POST", json, "{}")).status).toBe(404);
    const broken = await call(`${origin}/-/actions/broken`, "POST", json, "{}");
    expect([broken.status, JSON.parse(broken.body).detail]).toEqual([500, "it broke"]);
    const long = await call(url, "POST", json, `"${"x".repeat(70_000)}"`).catch(() => ({ status: 400 }));
    expect(long.status).toBe(400);
  });
});

describe("metrics", () => {
  test("follow the text format: escapes, cumulative buckets, families that hang together", () => {
    const text = new Exposition()
      .family("a_total", "counter", "with \\ and\nbreak")
      .sample({ label: 'say "hi"\\\n' }, 1)
      .family("d_seconds", "histogram", "d")
      .histogram({ r: "x" }, [0.1, 1], [2, 1, 4], 9.5)
      .family("g", "gauge", "g")
      .sample({}, Number.POSITIVE_INFINITY)
      .toString();
    expect(text).toBe(`# HELP a_total with \\\\ and\\nbreak
# TYPE a_total counter
a_total{label="say \\"hi\\"\\\\\\n"} 1
# HELP d_seconds d
# TYPE d_seconds histogram
d_seconds_bucket{r="x",le="0.1"} 2
d_seconds_bucket{r="x",le="1"} 3
d_seconds_bucket{r="x",le="+Inf"} 7
d_seconds_sum{r="x"} 9.5
d_seconds_count{r="x"} 7
# HELP g g
# TYPE g gauge
g +Inf
`);
  });

  test("tell what happened", async () => {
    const upstream = await startUpstream(
      (request, response) => void response.writeHead(request.url === "/bad" ? 500 : 200).end(),
    );
    const gateway = await startGateway({
      instances: [upstream.url],
      admin: true,
      upstream: { breaker: { consecutiveFailures: 1, openFor: "1m" } },
      route: { retry: "off", rateLimit: { limit: 3, per: "1h" }, concurrency: { limit: 5 } },
    });
    for (const path of ["/", "/bad", "/", "/"]) await exchange(gateway.url, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await exchange(gateway.url, "GET / HTTP/2.0\r\nHost: a\r\n\r\n");
    const response = await fetch(`${gateway.adminUrl}/-/metrics`);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await response.text();
    const instance = `upstream="up",instance="${upstream.url}"`;
    for (const line of [
      'holdfast_gateway_requests_total{route="all",outcome="ok"} 1',
      'holdfast_gateway_requests_total{route="all",outcome="server-error"} 1',
      'holdfast_gateway_requests_total{route="all",outcome="rejected"} 2',
      'holdfast_gateway_rejections_total{route="all",reason="breaker-open"} 1',
      'holdfast_gateway_rejections_total{route="all",reason="rate-limit"} 1',
      'holdfast_gateway_rejections_total{route="",reason="bad-request"} 1',
      'holdfast_gateway_request_duration_seconds_bucket{route="all",le="+Inf"} 4',
      'holdfast_gateway_limiter_decisions_total{route="all",decision="rejected"} 1',
      'holdfast_gateway_concurrency_limit{route="all"} 5',
      `holdfast_gateway_instance_attempts_total{${instance}} 2`,
      `holdfast_gateway_instance_failures_total{${instance}} 1`,
      `holdfast_gateway_breaker_state{${instance},state="open"} 1`,
      `holdfast_gateway_breaker_state{${instance},state="closed"} 0`,
      `holdfast_gateway_breaker_transitions_total{${instance},to="open"} 1`,
      "holdfast_gateway_config_generation 1",
    ]) {
      expect(text.split("\n")).toContain(line);
    }
    // Every sample belongs to a family that was announced, and no family is announced twice.
    const families = [...text.matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1]!);
    expect(new Set(families).size).toBe(families.length);
    for (const [, sample] of text.matchAll(/^([a-z_]+)[{ ]/gm)) {
      expect(
        families.some((family) => sample === family || sample!.replace(/_(bucket|sum|count)$/, "") === family),
        sample,
      ).toBe(true);
    }
  });
});

describe("history", () => {
  test("is a point a second, and the rate is what happened in the last seconds", async () => {
    const gateway = await startGateway({ instances: [(await startUpstream()).url] });
    await exchange(gateway.url, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    while (gateway.snapshot().history.length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    const { history, totals } = gateway.snapshot();
    expect(history.reduce((sum, point) => sum + point.requests, 0)).toBe(1);
    expect(history[1]!.atMs - history[0]!.atMs).toBeGreaterThan(800);
    expect(totals.requests).toBe(1);
  });
});
