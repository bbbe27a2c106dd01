/** Programs of other make, started for one test: found on the machine or reported as absent, never installed. */

import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const searchPath = `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin`;

/** The path of a program, or undefined, and then a line that says what was not run. */
export function findProgram(name: string): string | undefined {
  try {
    return execFileSync("/bin/sh", ["-c", `command -v ${name}`], {
      env: { PATH: searchPath },
      encoding: "utf8",
    }).trim();
  } catch {
    console.log(`not run: ${name}`);
    return undefined;
  }
}

/** A folder that goes away with the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-servers-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until somebody listens on a port. */
export async function listening(port: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (open) return;
    if (tries > 200) throw new Error(`nobody listens on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Ends a process that we started, and waits for it. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const gone = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  child.kill(signal);
  return gone;
}

/** A server of one process on a port of this machine, with a folder of its own; it ends with the test. */
export abstract class LocalServer {
  readonly port: number;
  readonly folder: string;
  readonly #program: string;
  #child: ChildProcess | undefined;

  constructor(program: string, port: number, folder: string) {
    this.#program = program;
    this.port = port;
    this.folder = folder;
  }

  /** What the program is started with. */
  protected abstract args(): readonly string[];

  async start(): Promise<this> {
    const child = spawn(this.#program, this.args(), { stdio: "ignore" });
    this.#child = child;
    onTestFinished(() => end(child).then(() => {}));
    await listening(this.port);
    return this;
  }

  /** kill -9. */
  async kill(): Promise<void> {
    if (this.#child !== undefined) await end(this.#child);
  }
}

/** An nginx of one process, so that killing it kills all of it. */
export class Nginx extends LocalServer {
  constructor(program: string, port: number, folder: string, locations: string) {
    super(program, port, folder);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (kind) => `${kind}_temp_path ${folder}/${kind};`,
    );
    writeFileSync(
      join(folder, `nginx-${port}.conf`),
      `daemon off; master_process off; pid ${folder}/nginx-${port}.pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 1000000; ${temporary.join(" ")}
  server { listen 127.0.0.1:${port}; root ${folder}; ${locations} } }`,
    );
  }

  protected override args(): readonly string[] {
    return ["-c", join(this.folder, `nginx-${this.port}.conf`), "-e", join(this.folder, "error.log")];
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
}

/** The gateway as people run it: the built program, a configuration file, signals. */
export class GatewayProcess {
  readonly file: string;
  url = "";
  adminUrl = "";
  errors = "";
  readonly child: ChildProcess;

  constructor(config: object) {
    this.file = join(scratchFolder(), "gateway.json");
    this.write(config);
    const program = new URL("../../dist/ts/cli/main.js", import.meta.url).pathname;
    this.child = spawn(process.execPath, [program, "gateway", "--config", this.file], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    onTestFinished(() => end(this.child).then(() => {}));
  }

  write(config: object): void {
    writeFileSync(this.file, JSON.stringify({ listen: "127.0.0.1:0", admin: { listen: "127.0.0.1:0" }, ...config }));
  }

  /** Waits for a line on standard error. */
  async told(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.errors);
      if (match !== null) return match;
      if (this.child.exitCode !== null) throw new Error(`the gateway ended: ${this.errors}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async ready(): Promise<this> {
    this.url = (await this.told(/gateway on (\S+)/))[1]!;
    this.adminUrl = (await this.told(/dashboard on (\S+)\/-\/dashboard/))[1]!;
    return this;
  }

  async snapshot(): Promise<Snapshot> {
    return (await (await fetch(`${this.adminUrl}/-/snapshot`)).json()) as Snapshot;
  }
}

/** The part of the dashboard's snapshot that these tests read. */
export interface Snapshot {
  readonly config: { readonly generation: number };
  readonly totals: {
    readonly requests: number;
    readonly retries: number;
    readonly outcomes: Readonly<Record<string, number>>;
  };
  readonly upstreams: readonly {
    readonly instances: readonly {
      readonly url: string;
      readonly requests: number;
      readonly failures: number;
      readonly breaker?: { readonly state: string };
    }[];
  }[];
}

/** What wrk reports. */
export interface LoadReport {
  readonly requests: number;
  readonly perSecond: number;
  /** Connections refused or broken, and answers that did not come in time. */
  readonly socketErrors: number;
  readonly badStatuses: number;
  readonly text: string;
}

/** Loads a URL with wrk for some seconds. */
export function load(wrk: string, url: string, seconds: number, connections = 32): Promise<LoadReport> {
  return new Promise((resolve, reject) => {
    execFile(wrk, ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", url], (error, text) => {
      if (error !== null) {
        reject(error);
        return;
      }
      const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text);
      resolve({
        requests: Number(/(\d+) requests in/.exec(text)?.[1]),
        perSecond: Number(/Requests\/sec: +([\d.]+)/.exec(text)?.[1]),
        socketErrors: errors === null ? 0 : errors.slice(1).reduce((sum, count) => sum + Number(count), 0),
        badStatuses: Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0),
        text,
      });
    });
  });
}
