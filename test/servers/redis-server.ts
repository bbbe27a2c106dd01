/** A real redis-server for one test: a free port, a folder of its own, nothing written to disk. */

import { connect, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { findProgram, freePort, LocalServer, scratchFolder } from "./programs.js";

export const redisProgram = findProgram("redis-server");

export class RedisServer extends LocalServer {
  readonly #options: Readonly<Record<string, string>>;

  constructor(port: number, folder: string, options: Readonly<Record<string, string>>) {
    super(redisProgram!, port, folder);
    this.#options = options;
  }

  /** Starts one on a free port. */
  static async run(options: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
    return new RedisServer(await freePort(), scratchFolder(), options).start();
  }

  protected override args(): readonly string[] {
    const fixed = { bind: "127.0.0.1", port: String(this.port), dir: this.folder, save: "", appendonly: "no" };
    return Object.entries({ ...fixed, ...this.#options }).flatMap(([name, value]) => [`--${name}`, value]);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }
}

/** A TCP proxy that can be told to hold back what the server says. */
export class SlowProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  delayMs = 0;
  port = 0;

  constructor(target: number) {
    this.#server = createServer((near) => {
      const far = connect(target, "127.0.0.1");
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket
          .on("error", () => {})
          .on("close", () => {
            this.#sockets.delete(socket);
            near.destroy();
            far.destroy();
          });
      }
      near.on("data", (data) => far.write(data));
      // What was held back comes first, also when nothing is held back any more.
      let dueMs = 0;
      far.on("data", (data) => {
        const nowMs = performance.now();
        dueMs = Math.max(dueMs, nowMs + this.delayMs);
        if (dueMs <= nowMs) near.write(data);
        else setTimeout(() => near.write(data), dueMs - nowMs);
      });
    });
  }

  async start(): Promise<this> {
    this.port = await freePort();
    await new Promise<void>((resolve) => this.#server.listen(this.port, "127.0.0.1", resolve));
    onTestFinished(() => {
      for (const socket of this.#sockets) socket.destroy();
      this.#server.close();
    });
    return this;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }
}
