/** The demonstration inside this process, with real services: what `--json` prints and what is left afterwards. */

import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { demoActions } from "../../ts/cli/demo/faults.js";
import { startLoad, warmUp } from "../../ts/cli/demo/load.js";
import { freePort } from "../../ts/cli/demo/ports.js";
import { runDemo } from "../../ts/cli/demo/run.js";
import type { RunningService } from "../../ts/cli/demo/services.js";
import { makeTransitionCounter, summaryText } from "../../ts/cli/demo/summary.js";
import { Tally } from "../../ts/cli/demo/tally.js";
import { arrivals } from "../../ts/cli/demo/traffic.js";
import { manualClock, systemClock } from "../../ts/kernel/index.js";
import { simulatedWorld } from "../dashboard/simulated-world.js";
import { recordedIo } from "./io.js";

const program = fileURLToPath(new URL("../../dist/ts/cli/main.js", import.meta.url));
const built = existsSync(program);
if (!built) console.log("not run: the services of the demonstration (npm run build makes them)");

describe.skipIf(!built)("a run of the demonstration", () => {
  const options = { seconds: 1.5, ratePerSecond: 100, seed: 11, port: 0, adminPort: 0 };

  it("prints a summary for programs, and talk elsewhere", async () => {
    const recorded = recordedIo();
    expect(await runDemo({ ...options, json: true }, { ...recorded.io, entry: program })).toBe(0);
    const summary = JSON.parse(recorded.out()) as { seed: number; requests: number };
    expect(summary.seed).toBe(11);
    expect(summary.requests).toBeGreaterThan(80);
    expect(recorded.err()).toContain("/-/dashboard");
  }, 60_000);

  it("draws on a terminal and writes lines elsewhere", async () => {
    const terminal = recordedIo({ TERM: "xterm" }, true);
    const pipe = recordedIo();
    const all = [terminal, pipe].map(({ io }) =>
      runDemo({ ...options, seconds: 2.5, json: false }, { ...io, entry: program }),
    );
    expect(await Promise.all(all)).toEqual([0, 0]);
    expect(terminal.out()).toContain("\u001b[J");
    expect(terminal.out()).toContain("policies off");
    expect(pipe.out()).not.toContain("\u001b");
    expect(pipe.out()).toMatch(/^00:01 {2}policies on/m);
    expect(pipe.out()).toContain("requests to each gateway");
  }, 60_000);

  it("fails, and leaves nothing, where a service does not start", async () => {
    const { io } = recordedIo();
    const broken = runDemo(
      { ...options, json: true },
      { ...io, entry: fileURLToPath(new URL("no-such.js", import.meta.url)) },
    );
    await expect(broken).rejects.toMatchObject({ code: "DEMO_SERVICE_FAILED" });
  }, 60_000);
});

describe("the load generator", () => {
  async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { origin, close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()) };
  }
  const problem = (response: ServerResponse, status: number, code: string) =>
    response.writeHead(status, { "content-type": "application/problem+json" }).end(JSON.stringify({ code }));

  it("sends the same requests to all, and tells a gateway's refusal from a service's error", async () => {
    const seen: [string[], string[]] = [[], []];
    const first = await serve((request, response) => {
      seen[0].push(`${request.method} ${request.url} ${request.headers["x-client"]}`);
      if (request.url === "/catalog") response.end("ok");
      else if (request.url === "/orders") response.writeHead(503).end();
      else if (request.url === "/prices") problem(response, 504, "upstream-timeout");
      else problem(response, 429, "rate-limited");
    });
    const second = await serve((request, response) => {
      seen[1].push(`${request.method} ${request.url} ${request.headers["x-client"]}`);
      response.destroy();
    });
    const [one, two] = [new Tally(), new Tally()];
    const load = startLoad({
      targets: [
        { origin: first.origin, tally: one },
        { origin: second.origin, tally: two },
      ],
      arrivals: arrivals(400, 3),
      clock: systemClock,
    });
    await new Promise((resolve) => setTimeout(resolve, 400));
    await load.stop();
    expect(one.requests).toBe(two.requests);
    expect(one.requests).toBeGreaterThan(50);
    expect(seen[0].toSorted()).toEqual(seen[1].toSorted());
    expect(Object.keys(one.outcomes()).toSorted()).toEqual(["ok", "rate-limited", "server-error", "upstream-timeout"]);
    expect(two.outcomes()).toEqual({ "connection-failed": two.requests });
    const recent = one.recent(systemClock.now());
    expect(recent.okShare + recent.refusedShare + recent.failedShare).toBeCloseTo(1);
    await warmUp([first.origin]);
    expect(seen[0].filter((line) => line.endsWith("warm-up"))).toHaveLength(30);
    for (const part of [one, two]) part.dispose();
    await Promise.all([first.close(), second.close()]);
  });

  it("measures from the moment at which a request should have been sent", async () => {
    const { origin, close } = await serve((_, response) => response.end());
    const tally = new Tally();
    const clock = manualClock();
    // The clock reads 0 once and then a second: a client that stalled. Some hundred arrivals were due and have waited already.
    const source = arrivals(100, 1);
    const readings = [0];
    const load = startLoad({
      targets: [{ origin, tally }],
      arrivals: source,
      clock: { ...clock, now: () => readings.shift() ?? 1_000 },
    });
    await load.stop();
    expect(load.lateShare).toBeGreaterThan(0.9);
    expect(tally.requests).toBeGreaterThan(70);
    expect(tally.quantiles().max).toBeGreaterThan(900);
    expect(tally.quantiles().p50).toBeGreaterThan(300);
    tally.dispose();
    await close();
  });
});

describe("the tally", () => {
  it("leaves refusals out of the latencies and forgets after half a minute", () => {
    const tally = new Tally();
    for (let index = 0; index < 98; index++) tally.record("ok", 10, 1_000);
    tally.record("server-error", 500, 1_000);
    tally.record("rate-limited", 0.1, 1_000);
    expect(tally.recent(2_000)).toMatchObject({
      requests: 100,
      okShare: 0.98,
      refusedShare: 0.01,
      failedShare: 0.01,
      p50: 10,
      p99: 500,
    });
    expect(tally.quantiles().max).toBe(500);
    expect(tally.quantiles().p50).toBeGreaterThan(9.8);
    expect(tally.recent(32_000).requests).toBe(0);
    expect(tally.recent(32_000).p99).toBe(0);
    expect(tally.requests).toBe(100);
    expect(tally.outcomes()).toEqual({ ok: 98, "server-error": 1, "rate-limited": 1 });
    tally.dispose();
  });
});

describe("the demonstration's parts", () => {
  it("finds a free port, preferring the one asked for and never one of its own", async () => {
    const port = await freePort(0);
    expect(await freePort(port)).toBe(port);
    expect(await freePort(port, [port])).not.toBe(port);
  });

  it("counts each change of a breaker once", () => {
    const world = simulatedWorld({ seed: 2 });
    const counter = makeTransitionCounter();
    let all = 0;
    for (let second = 0; second < 60; second++) {
      const snapshot = world.step();
      counter.see(snapshot);
      counter.see(snapshot);
      all = snapshot.upstreams[0]!.instances.reduce((sum, instance) => sum + instance.breaker!.transitions.length, 0);
    }
    expect(counter.count).toBe(all);
    expect(all).toBeGreaterThan(3);
  });

  it("does what the dashboard's buttons say, by name or by address", async () => {
    const orders: string[] = [];
    const service = (name: string, port: number): RunningService => ({
      name,
      url: `http://127.0.0.1:${port}`,
      fault: "none",
      inject: (fault) => orders.push(`${name} ${fault}`),
      stop: async () => {},
    });
    const [on, off] = [new Tally(), new Tally()];
    const actions = demoActions([service("steady", 4001), service("slow", 4002)], on, off, manualClock());
    await actions.fault({ instance: "steady", kind: "errors" });
    await actions.fault({ instance: "shop/127.0.0.1:4002", kind: "crash" });
    expect(orders).toEqual(["steady errors", "slow crash"]);
    for (const body of [null, "steady", {}, { instance: "steady" }, { instance: "no", kind: "none" }]) {
      await expect(actions.fault(body)).rejects.toMatchObject({ code: "INVALID_FAULT" });
    }
    expect(await actions.demo({})).toMatchObject({
      names: { "127.0.0.1:4001": "steady", "127.0.0.1:4002": "slow" },
      faults: { steady: "none", slow: "none" },
    });
    for (const tally of [on, off]) tally.dispose();
  });

  it("sums up in words", () => {
    const quantiles = { p50: 4, p90: 5, p95: 6, p99: 7, p999: 8, max: 9 };
    const text = summaryText({
      seed: 1,
      seconds: 15,
      requests: 4_500,
      outcomes: { ok: 4_400 },
      unprotectedOutcomes: { ok: 3_900 },
      latencyMs: { protected: quantiles, unprotected: { ...quantiles, p99: 900 } },
      breakerTransitions: 12,
      limiterRejections: 90,
    });
    expect(text).toContain("policies on:  97.78 % answered, P50 4 ms, P99 7 ms");
    expect(text).toContain("policies off: 86.67 % answered, P50 4 ms, P99 900 ms");
  });
});
