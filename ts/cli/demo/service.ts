/**
 * One service of the demonstration, a process of its own: `holdfast demo-service`. It tells its parent the port that it
 * listens on, takes faults from it, and ends when the channel to it closes, whatever the parent died of.
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../kernel/index.js";
import { readNumber, readOptions, usageError } from "../args.js";
import type { Command } from "../command.js";
import { behaviour, type Fault, type Nature, natures } from "./nature.js";

/** What the parent says. */
export interface ServiceOrder {
  readonly fault: Fault | "crash";
}

/** What the service says, once. */
export interface ServiceReport {
  readonly port: number;
}

export const demoService: Command = {
  name: "demo-service",
  summary: "one service of the demonstration; started by holdfast demo",
  hidden: true,
  async run(argv) {
    const options = readOptions(argv, {
      nature: { type: "string" },
      seed: { type: "string" },
      port: { type: "string" },
    });
    const nature = natures.find((known) => known === options.nature);
    if (nature === undefined || process.send === undefined) {
      throw usageError("demo-service is started by holdfast demo, with a nature and a channel to it");
    }
    const seed = readNumber(options.seed, 1, { name: "seed", min: 0, max: 2 ** 32 - 1, whole: true });
    const port = readNumber(options.port, 0, { name: "port", min: 0, max: 65_535, whole: true });
    await serve(nature, seed, port);
    return 0;
  },
};

function serve(nature: Nature, seed: number, port: number): Promise<void> {
  const behave = behaviour(nature, seed);
  const bornMs = systemClock.now();
  let fault: Fault = "none";

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const manner = behave(systemClock.now() - bornMs, fault);
    request.resume();
    systemClock.schedule(() => {
      if (response.destroyed) return;
      const body = JSON.stringify({ service: nature, path: request.url, ok: manner.status === 200 });
      response
        .writeHead(manner.status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) })
        .end(body);
    }, manner.delayMs);
  }

  return new Promise((resolve, reject) => {
    const server = createServer(answer);
    // Longer than the gateway keeps idle connections, so that it is never this side that closes one under a request.
    server.keepAliveTimeout = 30_000;
    server.on("error", reject);
    // Ctrl-C reaches every process of a terminal's group; the parent decides when its services end.
    process.on("SIGINT", () => {});
    process.on("SIGHUP", () => {});
    process.on("message", (order: ServiceOrder) => {
      // The way of a real crash: no goodbye to anybody.
      if (order.fault === "crash") process.exit(1);
      fault = order.fault;
    });
    process.on("disconnect", () => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    server.listen(port, "127.0.0.1", () => {
      const report: ServiceReport = { port: (server.address() as AddressInfo).port };
      process.send?.(report);
    });
  });
}
