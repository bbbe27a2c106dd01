/** Servers to stand behind a gateway in tests: an ordinary one, and one that speaks bytes. */

import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** What an upstream saw of a request. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: readonly string[];
  readonly body: string;
  readonly trailers: Readonly<Record<string, string | undefined>>;
}

/** A running upstream. */
export interface Upstream {
  readonly url: string;
  readonly server: Server;
  readonly seen: Seen[];
  close(): void;
}

/** Reads a whole body. */
export async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}

/** An HTTP server that records each request whole before it answers. Without a listener it answers 200 `ok`. */
export async function startUpstream(
  answer: RequestListener = (_request, response) => void response.end("ok"),
): Promise<Upstream> {
  const seen: Seen[] = [];
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    readAll(request).then(
      (body) => {
        const { method, url, headers, rawHeaders, trailers } = request;
        seen.push({ method: method!, url: url!, headers, rawHeaders, body, trailers });
        answer(request, response);
      },
      () => {},
    );
  });
  return { ...(await listen(server)), seen };
}

/** An HTTP server that leaves everything to the listener. */
export async function startRawUpstream(answer: RequestListener): Promise<Upstream> {
  return { ...(await listen(createServer({ keepAliveTimeout: 60_000 }, answer))), seen: [] };
}

async function listen(server: Server): Promise<Pick<Upstream, "url" | "server" | "close">> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, close };
}

/** A server that hands over bare connections. */
export async function startTcp(
  onConnection: (socket: Socket) => void,
): Promise<{ url: string; connections: () => number; close(): void }> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createTcpServer((socket) => {
    count++;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => count, close };
}

/** A port on which nobody listens. */
export async function deadUrl(): Promise<string> {
  const { url, close } = await startTcp(() => {});
  close();
  return url;
}
