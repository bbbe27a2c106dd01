/** The public side: Node's HTTP server with every limit set, and answers for what its parser refuses. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { LimitsConfig } from "./config/gateway-spec.js";
import { type ProblemCode, problemBody, problems, problemType, reasonPhrase } from "./http/problem.js";
import { newRequestId } from "./http/request-id.js";
import { Listener } from "./listener.js";
import { Connection } from "./proxy/connection.js";

/** How often Node looks for requests that take too long to arrive, in milliseconds; its default of 30 s would triple a limit of 10 s. */
const checkingIntervalMs = 1_000;

/** Hears what comes in. */
export interface PublicSide {
  onRequest(request: IncomingMessage, response: ServerResponse): void;
  /** A request was refused before it was one. */
  onRefused(code: ProblemCode): void;
}

/** What Node's parser and timers say, in our words. */
function refusalOf(error: NodeJS.ErrnoException): [ProblemCode, string] {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW":
      return ["headers-too-large", "the request head is larger than this gateway takes"];
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return ["body-too-large", "the chunk extensions are too long"];
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return ["request-timeout", "the request did not arrive in time"];
    default:
      return ["bad-request", "this is not a well-formed HTTP/1.1 request"];
  }
}

/** Writes an answer where Node has no response object for us, and closes. */
function answerRaw(socket: Socket, code: ProblemCode, detail: string): void {
  const { status } = problems[code];
  const requestId = newRequestId();
  const body = problemBody(code, detail, requestId);
  socket.end(
    `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `x-request-id: ${requestId}\r\nconnection: close\r\n\r\n${body}`,
  );
  // A client that neither reads nor closes does not keep the socket.
  socket.setTimeout(1_000, () => socket.destroy());
}

/** Applies limits that Node reads anew for each connection. */
export function applyLimits({ server }: Listener, limits: LimitsConfig): void {
  // Node has the property but its types do not.
  (server as unknown as { maxHeaderSize: number }).maxHeaderSize = limits.headerBytes;
  server.headersTimeout = limits.headersTimeoutMs;
  server.requestTimeout = limits.requestTimeoutMs;
  server.keepAliveTimeout = limits.keepAliveTimeoutMs;
  server.timeout = limits.idleTimeoutMs;
  server.maxConnections = limits.connections;
}

/** A public listener, not yet open. */
export function publicListener(side: PublicSide, limits: LimitsConfig): Listener {
  const listener = new Listener({
    maxHeaderSize: limits.headerBytes,
    connectionsCheckingInterval: checkingIntervalMs,
    // A missing Host is refused by our own rule, with our own answer.
    requireHostHeader: false,
    noDelay: true,
  });
  const { server } = listener;
  applyLimits(listener, limits);
  // Zero is "no limit": with a limit Node would silently drop the headers beyond it; our own rule refuses them.
  server.maxHeadersCount = 0;
  server.on("connection", (socket: Socket) => {
    new Connection(socket);
  });
  const onRequest = (request: IncomingMessage, response: ServerResponse) => side.onRequest(request, response);
  server.on("request", onRequest);
  server.on("checkContinue", onRequest);
  server.on("checkExpectation", onRequest);
  server.on("connect", (_request: IncomingMessage, socket: Socket) => {
    side.onRefused("method-unsupported");
    answerRaw(socket, "method-unsupported", "CONNECT is not forwarded");
  });
  server.on("timeout", (socket: Socket) => {
    // Silence on a connection is the client's fault only while we wait for the client.
    if (Connection.of(socket).waitsForClient) socket.destroy();
    else socket.setTimeout(server.timeout);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const connection = Connection.of(socket);
    const { answering } = connection;
    connection.ended();
    if (!socket.writable || answering || error.code === "ECONNRESET") {
      socket.destroy();
      return;
    }
    const [code, detail] = refusalOf(error);
    side.onRefused(code);
    answerRaw(socket, code, detail);
  });
  return listener;
}
