/** The pressure of this process, by node's own instruments. */

import { dispose, HoldfastError } from "../../kernel/index.js";
import type { Pressure, PressureSignal, PressureSource } from "./pressure.js";

/** The parts of node that are used; Bun and Deno have them too. */
interface Utilisation {
  readonly utilization: number;
}
interface PerfHooks {
  readonly performance: { eventLoopUtilization(now?: Utilisation, before?: Utilisation): Utilisation };
  monitorEventLoopDelay(options: { readonly resolution: number }): {
    enable(): boolean;
    disable(): boolean;
    percentile(percent: number): number;
    reset(): void;
  };
}
interface Os {
  availableParallelism(): number;
}
interface HostProcess {
  getBuiltinModule?(name: string): unknown;
  cpuUsage(): { readonly user: number; readonly system: number };
  uptime(): number;
}

/** How often the event loop's delay is sampled, in milliseconds; a loop with nothing to do is this late by definition. */
const resolutionMs = 10;

/** See {@link hostPressure}. */
class HostPressure implements PressureSource, Disposable {
  readonly measures: readonly PressureSignal[] = ["eventLoopDelayMs", "eventLoopUtilisation", "cpu"];
  readonly #process: HostProcess;
  readonly #hooks: PerfHooks;
  readonly #delay: ReturnType<PerfHooks["monitorEventLoopDelay"]>;
  readonly #cores: number;
  #utilisation: Utilisation;
  #cpuUs: number;
  #uptimeS: number;

  constructor(process: HostProcess, hooks: PerfHooks, os: Os) {
    this.#process = process;
    this.#hooks = hooks;
    this.#cores = os.availableParallelism();
    this.#delay = hooks.monitorEventLoopDelay({ resolution: resolutionMs });
    this.#delay.enable();
    this.#utilisation = hooks.performance.eventLoopUtilization();
    this.#cpuUs = this.#usedUs();
    this.#uptimeS = process.uptime();
  }

  #usedUs(): number {
    const { user, system } = this.#process.cpuUsage();
    return user + system;
  }

  read(): Pressure {
    const utilisation = this.#hooks.performance.eventLoopUtilization();
    const cpuUs = this.#usedUs();
    const uptimeS = this.#process.uptime();
    const spentUs = (uptimeS - this.#uptimeS) * 1e6 * this.#cores;
    const pressure = {
      eventLoopDelayMs: Math.max(0, this.#delay.percentile(99) / 1e6 - resolutionMs),
      eventLoopUtilisation: this.#hooks.performance.eventLoopUtilization(utilisation, this.#utilisation).utilization,
      cpu: spentUs > 0 ? Math.min(1, (cpuUs - this.#cpuUs) / spentUs) : 0,
    };
    this.#utilisation = utilisation;
    this.#cpuUs = cpuUs;
    this.#uptimeS = uptimeS;
    this.#delay.reset();
    return pressure;
  }

  /** Stops the sampling. */
  [dispose](): void {
    this.#delay.disable();
  }
}

/**
 * Measures the event loop and the processors of this process, for {@link loadShedder}. The sampling keeps no process alive, and ends when the
 * source is disposed of.
 *
 * Browsers and edge workers have nothing that could measure this: there it throws, and a shedder is given calls in flight only, or a
 * source of your own.
 *
 * @throws HoldfastError `PRESSURE_UNAVAILABLE`
 *
 * @example
 * ```ts
 * import { hostPressure, loadShedder } from "holdfast";
 *
 * using source = hostPressure();
 * const shedder = loadShedder({ source, limits: { eventLoopUtilisation: 0.95 } });
 * await shedder.execute(() => "served"); // => "served"
 * ```
 */
export function hostPressure(): PressureSource & Disposable {
  const host = (globalThis as { process?: HostProcess }).process;
  const perfHooks = host?.getBuiltinModule?.("node:perf_hooks") as PerfHooks | undefined;
  const os = host?.getBuiltinModule?.("node:os") as Os | undefined;
  if (host === undefined || os === undefined || perfHooks?.monitorEventLoopDelay === undefined) {
    throw new HoldfastError(
      "PRESSURE_UNAVAILABLE",
      "this host does not tell how busy it is (no node:perf_hooks); limit calls in flight, or pass a source of your own",
    );
  }
  return new HostPressure(host, perfHooks, os);
}
