/** A real HTTP server on loopback, for what only sockets can show. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { manualClock } from "../../ts/kernel/index.js";
import { constant, type RetryPolicy, retry } from "../../ts/resilience/index.js";

/** A request as the server saw it, and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: string;
}

/** Starts a server that lives until the test ends; each request is read to its end before `answer` sees it. */
export async function serve(answer: (exchange: Exchange, nth: number) => void) {
  const seen: Exchange[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    let body = "";
    try {
      for await (const chunk of request) body += chunk;
    } catch {
      return;
    }
    const exchange = { request, response, body };
    seen.push(exchange);
    answer(exchange, seen.length);
  });
  server.on("connection", () => {
    connections++;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    seen,
    get connections() {
      return connections;
    },
  };
}

/** A retry whose waits last until the host has dealt with what has arrived, however slow it is. */
export function patientRetry(attempts: number): RetryPolicy {
  const clock = manualClock();
  const policy = retry({ attempts, backoff: constant({ baseMs: 1 }), clock });
  policy.on("retry", async () => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(1);
  });
  return policy;
}

/** Resolves when the peer has closed the connection of a response before it was complete. */
export function closed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) resolve();
    else response.once("close", resolve);
  });
}
