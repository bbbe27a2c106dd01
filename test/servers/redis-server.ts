/** A real redis-server for one test: a free port, a folder of its own, nothing written to disk. */

import { type ChildProcess, spawn } from "node:child_process";
import { connect, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { end, findProgram, freePort, listening, scratchFolder } from "./programs.js";

export const redisProgram = findProgram("redis-server");

export class RedisServer {
  readonly port: number;
  readonly folder: string;
  #child: ChildProcess | undefined;

  constructor(port: number, folder: string) {
    this.port = port;
    this.folder = folder;
  }

  /** Starts one on a free port; it ends with the test. */
  static async start(): Promise<RedisServer> {
    return new RedisServer(await freePort(), scratchFolder()).start();
  }

  async start(): Promise<this> {
    const options = { bind: "127.0.0.1", port: String(this.port), dir: this.folder, save: "", appendonly: "no" };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const child = spawn(redisProgram!, args, { stdio: "ignore" });
    this.#child = child;
    onTestFinished(() => end(child).then(() => {}));
    await listening(this.port);
    return this;
  }

  /** kill -9. */
  async kill(): Promise<void> {
    if (this.#child !== undefined) await end(this.#child);
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
      far.on("data", (data) => {
        if (this.delayMs === 0) near.write(data);
        else setTimeout(() => near.write(data), this.delayMs);
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
