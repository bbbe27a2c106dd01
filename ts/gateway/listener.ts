/** A socket that listens: opening it, closing it without losing a request. Public and admin listeners both stand on it. */

import { createServer, type Server, type ServerOptions } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import { type Clock, HoldfastError, sleep } from "../kernel/index.js";
import type { ListenAddress } from "./config/gateway-spec.js";

/** How often a closing listener looks for connections that have become idle, in milliseconds. */
const idleSweepMs = 50;
/** A client that has just been answered gets this long to send its next request before its idle connection is closed. */
const idleGraceMs = 250;

/** A listening HTTP server. */
export class Listener {
  readonly server: Server;
  #url = "";
  #asked: ListenAddress | undefined;
  #port = 0;
  #connections = 0;
  #closed: Promise<void> | undefined;

  constructor(options: ServerOptions) {
    // The lenient parser lets smuggling forms through; it is never used, whatever --insecure-http-parser says.
    this.server = createServer({ ...options, insecureHTTPParser: false });
    this.server.on("connection", (socket) => {
      this.#connections++;
      socket.once("close", () => this.#connections--);
    });
  }

  /** Starts to listen. Throws `LISTEN_FAILED`, with the system's reason, where the address cannot be had. */
  open(address: ListenAddress): Promise<void> {
    const { server } = this;
    return new Promise((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException) => {
        const reason = error.code === "EADDRINUSE" ? "it is in use" : error.message;
        reject(
          new HoldfastError("LISTEN_FAILED", `cannot listen on ${address.host}:${address.port}: ${reason}`, {
            cause: error,
            details: { host: address.host, port: address.port, reason: error.code },
          }),
        );
      };
      server.once("error", failed);
      server.listen(address.port, address.host, () => {
        server.off("error", failed);
        // Errors of accepting (out of descriptors, say) must not end the process; the kernel keeps the connection waiting.
        server.on("error", () => {});
        const { port } = server.address() as AddressInfo;
        this.#asked = address;
        this.#port = port;
        this.#url = `http://${address.host.includes(":") ? `[${address.host}]` : address.host}:${port}`;
        resolve();
      });
    });
  }

  /** Open connections. */
  get connections(): number {
    return this.#connections;
  }

  /** Whether it already listens where this address asks for; "any free port" is satisfied by the one that was picked. */
  serves(address: ListenAddress): boolean {
    const port = this.#asked?.port === 0 && address.port === 0 ? 0 : this.#port;
    return address.host === this.#asked?.host && address.port === port;
  }

  /** Where it listens, with the port that was picked. */
  get url(): string {
    return this.#url;
  }

  /** Stops accepting connections; those that are open go on. Node's own `close` would also cut idle ones, and with them a request in flight towards us. */
  stopAccepting(): void {
    this.#closed ??= new Promise((resolve) => {
      NetServer.prototype.close.call(this.server, () => resolve());
    });
  }

  /** Waits for open connections to end, closes those that stay idle, and after `graceMs` all. */
  async close(clock: Clock, graceMs: number): Promise<void> {
    this.stopAccepting();
    const startMs = clock.now();
    let done = false;
    void this.#closed?.then(() => {
      done = true;
    });
    await sleep(clock, 0);
    while (!done && clock.now() - startMs < graceMs) {
      if (clock.now() - startMs >= Math.min(idleGraceMs, graceMs / 2)) this.server.closeIdleConnections();
      await sleep(clock, Math.min(idleSweepMs, Math.max(1, graceMs)));
    }
    this.server.closeAllConnections();
    await this.#closed;
  }
}
