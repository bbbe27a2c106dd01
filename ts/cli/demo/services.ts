/** The parent's side of the services: starts them, starts a crashed one again, and leaves none behind. */

import { type ChildProcess, fork } from "node:child_process";
import { type Clock, HoldfastError, type Timer } from "../../kernel/index.js";
import type { Backoff } from "../../resilience/index.js";
import type { Fault, Nature } from "./nature.js";
import type { ServiceOrder, ServiceReport } from "./service.js";

/** One service that is kept running. */
export interface RunningService {
  readonly name: string;
  readonly url: string;
  /** The fault that is in force. */
  readonly fault: Fault;
  /** Injects a fault, or ends the process (`crash`); it is started again on the same port. */
  inject(fault: Fault | "crash"): void;
  /** Ends it for good. */
  stop(): Promise<void>;
}

/** How to start one. */
export interface ServiceOptions {
  readonly nature: Nature;
  readonly seed: number;
  /** Path of the program. */
  readonly entry: string;
  readonly clock: Clock;
  /** Waits before the first, second … start after a crash. */
  readonly backoff: Backoff;
  /** Hears what happens to the process. */
  readonly log: (text: string) => void;
}

/** A process that ran this long had recovered: its next crash is a first one again. */
const recoveredMs = 10_000;
const startTimeoutMs = 20_000;
const stopTimeoutMs = 1_000;

function spawn(options: ServiceOptions, port: number): ChildProcess {
  const argv = ["demo-service", "--nature", options.nature, "--seed", String(options.seed), "--port", String(port)];
  // A service has nothing to say on the terminal; what it dies of is its exit code.
  return fork(options.entry, argv, { stdio: ["ignore", "ignore", "inherit", "ipc"], execArgv: [] });
}

/** Resolves with the port, rejects when the process ends or keeps silent. */
function listening(child: ChildProcess, options: ServiceOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) =>
      reject(new HoldfastError("DEMO_SERVICE_FAILED", `the demonstration's ${options.nature} service ${what}`));
    const timer = options.clock.schedule(() => fail(`did not start within ${startTimeoutMs / 1000} s`), startTimeoutMs);
    child.once("message", (report: ServiceReport) => {
      timer.cancel();
      resolve(report.port);
    });
    child.once("exit", (code, signal) => {
      timer.cancel();
      fail(`ended at once (${signal ?? `code ${code}`})`);
    });
    child.once("error", reject);
  });
}

function ended(child: ChildProcess, clock: Clock): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = clock.schedule(() => child.kill("SIGKILL"), stopTimeoutMs);
    child.once("exit", () => {
      timer.cancel();
      resolve();
    });
    if (child.connected) child.disconnect();
    else child.kill("SIGTERM");
  });
}

/** Starts a service and resolves when it listens. Throws `DEMO_SERVICE_FAILED` where it does not. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { clock } = options;
  let child = spawn(options, 0);
  let fault: Fault = "none";
  let stopped = false;
  let crashes = 0;
  let startedMs = clock.now();
  let restart: Timer | undefined;

  let port: number;
  try {
    port = await listening(child, options);
  } catch (error) {
    await ended(child, clock);
    throw error;
  }
  watch();

  function watch(): void {
    child.on("error", () => {}); // An "exit" follows, or the process never was.
    child.once("exit", () => {
      if (stopped) return;
      crashes = clock.now() - startedMs > recoveredMs ? 1 : crashes + 1;
      const delayMs = options.backoff.delayMs(crashes);
      fault = "none";
      options.log(`${options.nature} crashed; starting it again in ${Math.round(delayMs)} ms`);
      restart = clock.schedule(() => {
        startedMs = clock.now();
        child = spawn(options, port);
        watch();
      }, delayMs);
    });
  }

  return {
    name: options.nature,
    url: `http://127.0.0.1:${port}`,
    get fault() {
      return fault;
    },
    inject(next) {
      const order: ServiceOrder = { fault: next };
      if (child.connected) child.send(order, () => {}); // A process that is just ending cannot take it.
      fault = next === "crash" ? "none" : next;
    },
    async stop() {
      stopped = true;
      restart?.cancel();
      await ended(child, clock);
    },
  };
}
