/** The gateway as a process in front of a real nginx, under the load of a real wrk. */

import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exchange } from "../gateway/support/raw.js";
import { end, findProgram, freePort, GatewayProcess, load, Nginx, scratchFolder } from "./programs.js";

const nginx = findProgram("nginx");
const wrk = findProgram("wrk");

const text = `location / { default_type text/plain; return 200 "${"x".repeat(127)}\\n"; }`;

async function startNginx(locations = text, folder = scratchFolder()): Promise<Nginx> {
  return new Nginx(nginx!, await freePort(), folder, locations).start();
}

/** The whole chain of protections on one route. */
const fullChain = {
  timeout: "5s",
  perTryTimeout: "2s",
  rateLimit: { limit: 1_000_000, per: "1s" },
  concurrency: { limit: 1_000, queue: 100 },
};

describe.skipIf(nginx === undefined || wrk === undefined)("nginx under wrk", () => {
  test("every request is answered, and the gateway's count is wrk's", async () => {
    const upstream = await startNginx();
    const gateway = await new GatewayProcess({
      upstreams: { web: { instances: [upstream.url] } },
      routes: [{ name: "all", upstream: "web", ...fullChain }],
    }).ready();
    const report = await load(wrk!, gateway.url, 3);
    expect([report.socketErrors, report.badStatuses], report.text).toEqual([0, 0]);
    const { outcomes, retries } = (await gateway.snapshot()).totals;
    // wrk hangs up in the middle of its last requests.
    expect(outcomes["ok"]).toBeGreaterThanOrEqual(report.requests);
    expect(outcomes["ok"]! + outcomes["aborted"]! - report.requests).toBeLessThanOrEqual(64);
    expect([outcomes["rejected"], outcomes["timeout"], outcomes["upstream-failure"], retries]).toEqual([0, 0, 0, 0]);
    expect(await end(gateway.child, "SIGTERM")).toBe(0);
  });

  test("kill -9 of an instance in mid-load loses no request, and it gets traffic again when it is back", async () => {
    const [a, b] = [await startNginx(), await startNginx()];
    const gateway = await new GatewayProcess({
      upstreams: {
        web: {
          instances: [a.url, b.url],
          breaker: { consecutiveFailures: 3, openFor: "200ms" },
        },
      },
      routes: [{ name: "all", upstream: "web", ...fullChain }],
    }).ready();
    const loading = load(wrk!, gateway.url, 5);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const before = await gateway.snapshot();
    await b.kill();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const during = await gateway.snapshot();
    await b.start();
    const report = await loading;
    const after = await gateway.snapshot();
    expect([report.socketErrors, report.badStatuses], report.text).toEqual([0, 0]);
    const attempts = (snapshot: typeof before, url: string) =>
      snapshot.upstreams[0]!.instances.find((instance) => instance.url === url)!;
    expect(attempts(before, b.url).requests).toBeGreaterThan(100);
    expect(attempts(during, b.url).failures).toBeGreaterThan(0);
    expect(during.totals.retries).toBeGreaterThan(0);
    expect(attempts(after, b.url).requests - attempts(during, b.url).requests).toBeGreaterThan(100);
    expect(attempts(after, b.url).breaker?.state).toBe("closed");
  });

  test("reloads under load lose no request", async () => {
    const [a, b] = [await startNginx(), await startNginx()];
    const config = (instances: string[], timeout: string) => ({
      upstreams: { web: { instances } },
      routes: [{ name: "all", upstream: "web", ...fullChain, timeout }],
    });
    const gateway = await new GatewayProcess(config([a.url], "5s")).ready();
    const loading = load(wrk!, gateway.url, 3);
    for (let i = 1; i <= 10; i++) {
      gateway.write(config([[a.url], [b.url], [a.url, b.url]][i % 3]!, `${5 + i}s`));
      gateway.child.kill("SIGHUP");
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const report = await loading;
    expect([report.socketErrors, report.badStatuses], report.text).toEqual([0, 0]);
    expect((await gateway.snapshot()).config.generation).toBeGreaterThanOrEqual(10);
  });

  test("SIGTERM under load: every request that was accepted is answered, exit code 0", async () => {
    const upstream = await startNginx();
    const gateway = await new GatewayProcess({
      upstreams: { web: { instances: [upstream.url] } },
      routes: [{ name: "all", upstream: "web" }],
    }).ready();
    const loading = load(wrk!, gateway.url, 2);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await end(gateway.child, "SIGTERM")).toBe(0);
    const report = await loading;
    // wrk finds the port closed when it connects again; what it had sent was answered.
    expect(report.badStatuses).toBe(0);
    expect(/read (\d+)/.exec(report.text)?.[1] ?? "0", report.text).toBe("0");
  });
});

describe.skipIf(nginx === undefined)("nginx", () => {
  test("gets the headers that tell it who asks", async () => {
    const upstream = await startNginx(
      'location / { default_type text/plain; return 200 "$host|$http_x_forwarded_for|$http_x_forwarded_host|$http_via|$http_x_request_id"; }',
    );
    const gateway = await new GatewayProcess({
      upstreams: { web: { instances: [upstream.url] } },
      routes: [{ name: "all", upstream: "web" }],
    }).ready();
    const answer = await exchange(
      gateway.url,
      "GET / HTTP/1.1\r\nHost: www.example.com\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n",
    );
    expect(answer.body).toBe(
      `www.example.com|127.0.0.1|www.example.com|1.1 holdfast|${answer.headers["x-request-id"]}`,
    );
  });

  test("serves files through it: whole, in ranges, unchanged, compressed or not, and with HEAD", async () => {
    const folder = scratchFolder();
    const data = randomBytes(5_000_000);
    writeFileSync(join(folder, "data.bin"), data);
    const upstream = await startNginx("gzip on; gzip_types *; gzip_proxied any;", folder);
    const gateway = await new GatewayProcess({
      upstreams: { web: { instances: [upstream.url] } },
      routes: [{ name: "all", upstream: "web" }],
    }).ready();
    const url = `${gateway.url}/data.bin`;
    const sum = (bytes: ArrayBuffer | Buffer) =>
      createHash("sha256")
        .update(Buffer.from(bytes as Buffer))
        .digest("hex");
    const plain = await fetch(url, { headers: { "accept-encoding": "identity" } });
    expect([plain.headers.get("content-length"), sum(await plain.arrayBuffer())]).toEqual([
      String(data.length),
      sum(data),
    ]);
    const squeezed = await fetch(url, { headers: { "accept-encoding": "gzip" } });
    expect([squeezed.headers.get("content-encoding"), sum(await squeezed.arrayBuffer())]).toEqual(["gzip", sum(data)]);
    const part = await fetch(url, { headers: { range: "bytes=100-199", "accept-encoding": "identity" } });
    expect([part.status, sum(await part.arrayBuffer())]).toEqual([206, sum(data.subarray(100, 200))]);
    const same = await fetch(url, {
      headers: { "if-none-match": plain.headers.get("etag")!, "accept-encoding": "identity" },
    });
    expect(same.status).toBe(304);
    const head = await fetch(url, { method: "HEAD", headers: { "accept-encoding": "identity" } });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(data.length)]);
    const missing = await fetch(`${gateway.url}/nothing`);
    expect(missing.status).toBe(404);
  });
});
