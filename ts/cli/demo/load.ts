/**
 * The load generator: open loop. A request is sent when its time has come, however many are still unanswered, and its
 * latency counts from that time, not from the moment the socket took it. A closed loop would wait for slow answers and
 * so leave out exactly the requests that would have suffered (coordinated omission; Gil Tene, "How NOT to Measure
 * Latency", 2013).
 */

import { Agent, errors } from "undici";
import type { Clock, Timer } from "../../kernel/index.js";
import type { ClientOutcome, Tally } from "./tally.js";
import type { Arrival } from "./traffic.js";

/** A gateway under load. */
export interface Target {
  /** Such as `http://127.0.0.1:8080`. */
  readonly origin: string;
  readonly tally: Tally;
}

/** A running load. */
export interface Load {
  /** Share of the requests that left this machine noticeably late: it was too busy to be a fair judge. */
  readonly lateShare: number;
  /** Stops sending and resolves when every request that was sent has ended. */
  stop(): Promise<void>;
}

/** How to run it. */
export interface LoadOptions {
  readonly targets: readonly Target[];
  readonly arrivals: Iterator<Arrival>;
  readonly clock: Clock;
}

/** A client that has waited this long gives up. */
const patienceMs = 10_000;
/** A request that leaves so much after its time is late. */
const lateMs = 50;
/** After a pause of the whole machine, arrivals older than this are skipped instead of being sent all at once. */
const maxLagMs = 2_000;

const refusalCodes: Readonly<Record<string, ClientOutcome>> = {
  "rate-limited": "rate-limited",
  "breaker-open": "breaker-open",
  "concurrency-limited": "concurrency-limited",
  "no-instance": "no-instance",
  "upstream-failed": "upstream-failed",
  "upstream-timeout": "upstream-timeout",
};

/** The gateway's own answers say what they are (RFC 9457); an error without that came from the service. */
function outcomeOf(status: number, problem: string | undefined): ClientOutcome {
  if (status < 400) return "ok";
  if (problem === undefined) return "server-error";
  const code = (JSON.parse(problem) as { code?: string }).code ?? "";
  return refusalCodes[code] ?? "server-error";
}

async function ask(agent: Agent, origin: string, arrival: Arrival): Promise<ClientOutcome> {
  try {
    const { statusCode, headers, body } = await agent.request({
      origin,
      path: arrival.path,
      method: arrival.method,
      headers: { "x-client": arrival.client },
      headersTimeout: patienceMs,
      bodyTimeout: patienceMs,
      ...(arrival.method === "POST" ? { body: '{"article":7}' } : {}),
    });
    const isProblem = String(headers["content-type"] ?? "").startsWith("application/problem+json");
    // The body is always taken to its end: the latency includes it, and the connection is free again.
    const text = await body.text();
    return outcomeOf(statusCode, isProblem ? text : undefined);
  } catch (error) {
    const late = error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
    return late ? "client-timeout" : "connection-failed";
  }
}

/**
 * Sends a few requests one after the other and counts none: code that has never run is slow, and that is not what is to
 * be measured.
 */
export async function warmUp(origins: readonly string[]): Promise<void> {
  const agent = new Agent();
  const quiet: Arrival = { atMs: 0, method: "GET", path: "/catalog", client: "warm-up" };
  await Promise.all(
    origins.map(async (origin) => {
      for (let round = 0; round < 15; round++) {
        for (const path of ["/catalog", "/prices"]) await ask(agent, origin, { ...quiet, path });
      }
    }),
  );
  await agent.destroy();
}

/** Starts sending. */
export function startLoad({ targets, arrivals, clock }: LoadOptions): Load {
  const agents = targets.map(() => new Agent({ keepAliveTimeout: 3_000, connect: { timeout: patienceMs } }));
  const pending = new Set<Promise<void>>();
  const beganMs = clock.now();
  let skippedMs = 0;
  let sent = 0;
  let late = 0;
  let timer: Timer | undefined;
  let stopped = false;
  let next = arrivals.next();

  function send(arrival: Arrival, dueMs: number): void {
    targets.forEach((target, index) => {
      const done = ask(agents[index]!, target.origin, arrival).then((outcome) => {
        const nowMs = clock.now();
        target.tally.record(outcome, nowMs - dueMs, nowMs);
        pending.delete(done);
      });
      pending.add(done);
    });
  }

  function run(): void {
    if (stopped) return;
    while (next.done !== true) {
      const dueMs = beganMs + skippedMs + next.value.atMs;
      const lagMs = clock.now() - dueMs;
      if (lagMs < 0) {
        timer = clock.schedule(run, -lagMs);
        return;
      }
      sent++;
      if (lagMs > lateMs) late++;
      if (lagMs > maxLagMs) skippedMs += lagMs;
      send(next.value, lagMs > maxLagMs ? clock.now() : dueMs);
      next = arrivals.next();
    }
  }
  run();

  return {
    get lateShare() {
      return sent === 0 ? 0 : late / sent;
    },
    async stop() {
      stopped = true;
      timer?.cancel();
      await Promise.all(pending);
      await Promise.all(agents.map((agent) => agent.destroy()));
    },
  };
}
