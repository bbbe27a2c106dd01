/** The least that forwards a request: node:http in front, undici behind, bodies streamed. `plain.process.mjs UPSTREAM` */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Dispatcher, Pool } from "undici";
import { upstreamConnections } from "./answer.js";

const upstream = process.argv[2]!;
const pool = new Pool(upstream, { connections: upstreamConnections });

/** Headers that belong to one connection only (RFC 9110, section 7.6.1). */
const perHop = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept: IncomingHttpHeaders = {};
  for (const name in headers) if (!perHop.has(name)) kept[name] = headers[name];
  return kept;
}

const into = (response: ServerResponse): Dispatcher.DispatchHandler => ({
  onRequestStart() {},
  onResponseStart(_controller, status, headers) {
    response.writeHead(status, endToEnd(headers));
  },
  onResponseData(controller, chunk) {
    if (response.write(chunk)) return;
    controller.pause();
    response.once("drain", () => controller.resume());
  },
  onResponseEnd() {
    response.end();
  },
  onResponseError() {
    if (!response.headersSent) response.writeHead(502);
    response.end();
  },
});

const server = createServer((request, response) => {
  const method = request.method as Dispatcher.HttpMethod;
  const body = method === "GET" || method === "HEAD" ? null : request;
  pool.dispatch({ path: request.url!, method, headers: endToEnd(request.headers), body }, into(response));
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
