/** The admin side of a gateway over a simulated world: enough of it for the page, real HTTP and real server-sent events. */

import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dashboardPage } from "../../ts/dashboard/index.js";
import { type FaultKind, type SimulatedWorldOptions, simulatedWorld } from "./simulated-world.js";

export interface FakeGateway {
  readonly url: string;
  readonly port: number;
  /** Stops answering at once, open streams included. */
  close(): Promise<void>;
}

export interface FakeGatewayOptions extends SimulatedWorldOptions {
  readonly port?: number;
  /** Seconds of the world that have passed before the first snapshot. */
  readonly warmS?: number;
  /** Milliseconds between two snapshots. */
  readonly periodMs?: number;
}

export async function startFakeGateway(options: FakeGatewayOptions = {}): Promise<FakeGateway> {
  const warmS = options.warmS ?? 120;
  const world = simulatedWorld({ startMs: Date.now() - warmS * 1_000, ...options });
  for (let second = 1; second < warmS; second++) world.step();
  let newest = world.step();
  const streams = new Set<ServerResponse>();
  const send = (stream: ServerResponse) => stream.write(`event: snapshot\ndata: ${JSON.stringify(newest)}\n\n`);
  const timer = setInterval(() => {
    newest = world.step();
    for (const stream of streams) send(stream);
  }, options.periodMs ?? 1_000);

  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://local").pathname;
    if (path === "/-/dashboard") {
      const { html, headers } = dashboardPage();
      response.writeHead(200, headers).end(html);
    } else if (path === "/-/events") {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write("retry: 1000\n\n");
      streams.add(response);
      response.on("close", () => streams.delete(response));
      send(response);
    } else if (path.startsWith("/-/actions/") && request.method === "POST") {
      let text = "";
      for await (const chunk of request) text += chunk;
      const body = JSON.parse(text) as { instance?: string; kind?: FaultKind };
      if (path.endsWith("/fault")) world.fault(body.instance!, body.kind!);
      const { p50, p99 } = newest.totals.latencyMs;
      const report = {
        names: {},
        faults: world.faults,
        protected: { requests: 3_000, p50, p99, okShare: 0.981, refusedShare: 0.0182, failedShare: 0.0008 },
        unprotected: {
          requests: 3_000,
          p50: p50 * 1.2,
          p99: p99 * 7,
          okShare: 0.86,
          refusedShare: 0,
          failedShare: 0.14,
        },
      };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(report));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/-/dashboard`,
    port,
    close: () =>
      new Promise((resolve) => {
        clearInterval(timer);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
