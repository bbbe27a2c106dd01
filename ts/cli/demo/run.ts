/** The demonstration from beginning to end: everything that is started is stopped again, in the opposite order. */

import { createGateway, type Gateway } from "../../gateway/index.js";
import { type Clock, seeded, sleep, systemClock } from "../../kernel/index.js";
import { exponential } from "../../resilience/index.js";
import type { CommandIo } from "../command.js";
import { canRedraw, painter, wantsColour } from "../output.js";
import { demoActions } from "./faults.js";
import { protectedConfig, unprotectedConfig } from "./gateways.js";
import { startLoad, warmUp } from "./load.js";
import { type Nature, natures } from "./nature.js";
import { freePort } from "./ports.js";
import { plainLine, redraw, screenLines, type View } from "./screen.js";
import { type RunningService, startService } from "./services.js";
import { watchSignals } from "./signals.js";
import { makeTransitionCounter, summarise, summaryText } from "./summary.js";
import { Tally } from "./tally.js";
import { arrivals } from "./traffic.js";

/** What a run is told. */
export interface DemoOptions {
  /** Length of the load; infinite until a signal comes. */
  readonly seconds: number;
  readonly json: boolean;
  readonly ratePerSecond: number;
  readonly seed: number;
  readonly port: number;
  readonly adminPort: number;
}

/** Shows `view()` once a second on a terminal, every two seconds elsewhere. The result stops it. */
function startScreen(view: () => View, io: CommandIo, clock: Clock): () => void {
  const paint = painter(wantsColour(io.stdout, io.env));
  const inPlace = canRedraw(io.stdout, io.env);
  let drawn = 0;
  let timer = clock.schedule(show, 1_000);
  function show(): void {
    if (inPlace) {
      // What does not fit would scroll away, and the next drawing would start too high.
      const lines = screenLines(view(), paint).slice(0, (io.stdout.rows ?? 24) - 1);
      io.stdout.write(redraw(lines, drawn, io.stdout.columns ?? 80));
      drawn = lines.length;
    } else {
      io.stdout.write(`${plainLine(view())}\n`);
    }
    timer = clock.schedule(show, inPlace ? 1_000 : 2_000);
  }
  return () => timer.cancel();
}

/** Runs the demonstration and resolves with the exit code. */
export async function runDemo(options: DemoOptions, io: CommandIo): Promise<number> {
  const clock = systemClock;
  const random = seeded(options.seed);
  const signals = watchSignals();
  const cleanups: (() => unknown)[] = [() => signals.release()];
  const log = (text: string) => {
    // In the middle of a screen that is redrawn, a line of talk would tear it; the dashboard shows the same.
    if (options.json || !canRedraw(io.stdout, io.env)) io.stderr.write(`${text}\n`);
  };

  try {
    io.stderr.write("Starting three services and two gateways …\n");
    const services = await startServices();
    if (signals.signal.aborted) return signals.code();
    const urls = Object.fromEntries(services.map(({ name, url }) => [name, url])) as Record<Nature, string>;
    const on = new Tally();
    const off = new Tally();
    cleanups.push(
      () => on.dispose(),
      () => off.dispose(),
    );

    const port = await choosePort("gateway", options.port, []);
    const adminPort = await choosePort("dashboard", options.adminPort, [port]);
    const bare = await startGateway({
      config: unprotectedConfig({ port: 0, services: urls }),
      random: seeded(random.uint32()),
    });
    const gateway = await startGateway({
      config: protectedConfig({ port, adminPort, services: urls }),
      random: seeded(random.uint32()),
      source: "demonstration",
      title: "Holdfast demo",
      demo: true,
      actions: demoActions(services, on, off, clock),
    });
    const dashboardUrl = new URL("/-/dashboard", gateway.adminUrl).href;
    io.stderr.write(`Gateway ${gateway.url}\nDashboard ${dashboardUrl}\n\n`);

    await warmUp([gateway.url, bare.url]);
    const startedMs = clock.now();
    const load = startLoad({
      targets: [
        { origin: gateway.url, tally: on },
        { origin: bare.url, tally: off },
      ],
      arrivals: arrivals(options.ratePerSecond, random.uint32()),
      clock,
    });
    let stopLoad: Promise<void> | undefined;
    const endLoad = () => (stopLoad ??= load.stop());
    cleanups.push(endLoad);

    const transitions = makeTransitionCounter();
    let last = gateway.snapshot();
    let before = last;
    const observe = () => {
      before = last;
      last = gateway.snapshot();
      transitions.see(last);
    };
    let observer = clock.schedule(function again() {
      observe();
      observer = clock.schedule(again, 1_000);
    }, 1_000);
    cleanups.push(() => observer.cancel());
    const byHost = new Map(services.map((service) => [new URL(service.url).host, service.name]));
    const view = (): View => ({
      elapsedMs: clock.now() - startedMs,
      dashboardUrl,
      seed: options.seed,
      snapshot: last,
      before,
      on: on.recent(clock.now()),
      off: off.recent(clock.now()),
      nameOf: (instance) => byHost.get(new URL(instance.url).host) ?? instance.id,
    });
    if (!options.json) cleanups.push(startScreen(view, io, clock));

    await pause(options.seconds * 1_000);
    const ranS = (clock.now() - startedMs) / 1_000;
    if (signals.signal.aborted && options.json) return signals.code();
    await endLoad();
    observe();
    const summary = summarise(
      { seed: options.seed, seconds: Number(ranS.toFixed(1)), breakerTransitions: transitions.count },
      on,
      off,
      last,
    );
    if (load.lateShare > 0.02) {
      const share = Math.round(load.lateShare * 100);
      io.stderr.write(`This machine was busy: ${share} % of the requests left late, and the latencies include that.\n`);
    }
    io.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : `\n${summaryText(summary)}`);
    return signals.code();
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup();
  }

  /** Waits until the time is over or a signal comes. */
  async function pause(ms: number): Promise<void> {
    try {
      // An endless run sleeps for as long as a timer can; there is always another day.
      while (ms > 0) {
        const partMs = Math.min(ms, 86_400_000);
        await sleep(clock, partMs, signals.signal);
        ms -= partMs;
      }
    } catch {
      // The signal: its code is the exit code.
    }
  }

  async function startServices(): Promise<RunningService[]> {
    const started = natures.map((nature) =>
      startService({
        nature,
        seed: random.uint32(),
        entry: io.entry,
        clock,
        // The first wait is 2 to 4 seconds: the dashboard hears once a second, and an outage between two of its looks goes unseen.
        backoff: exponential({ baseMs: 4_000, maxMs: 8_000, jitter: "equal", random: seeded(random.uint32()) }),
        log,
      }),
    );
    // Also those that start beside one that fails must end.
    cleanups.push(async () => {
      const all = await Promise.allSettled(started);
      await Promise.all(all.map((one) => (one.status === "fulfilled" ? one.value.stop() : undefined)));
    });
    return Promise.all(started);
  }

  async function choosePort(what: string, preferred: number, used: readonly number[]): Promise<number> {
    const port = await freePort(preferred, used);
    if (preferred !== 0 && port !== preferred)
      io.stderr.write(`Port ${preferred} is taken; the ${what} uses ${port}.\n`);
    return port;
  }

  async function startGateway(given: Parameters<typeof createGateway>[0]): Promise<Gateway> {
    const gateway = await createGateway({ ...given, clock });
    cleanups.push(() => gateway.close({ drainMs: 0 }));
    return gateway;
  }
}
