/** A small seeded world that fills dashboard snapshots: three instances, three routes, breakers that open and close. No network. */

import type {
  BreakerView,
  DashboardSnapshot,
  HistoryPoint,
  TrafficOutcome,
  TrafficView,
  TransitionView,
} from "../../ts/dashboard/snapshot.js";
import { type Random, seeded } from "../../ts/kernel/index.js";

export type FaultKind = "none" | "latency" | "errors" | "crash";

interface SimulatedInstance {
  readonly id: string;
  fault: FaultKind;
  state: string;
  sinceMs: number;
  transitions: TransitionView[];
  requests: number;
  failures: number;
  failureRate: number;
  downS: number;
}

function emptyTraffic() {
  return {
    requests: 0,
    retries: 0,
    outcomes: {
      ok: 0,
      "client-error": 0,
      "server-error": 0,
      rejected: 0,
      timeout: 0,
      "upstream-failure": 0,
      aborted: 0,
    } as Record<TrafficOutcome, number>,
    rejections: {} as Record<string, number>,
  };
}

export interface SimulatedWorld {
  /** Moves one second on. */
  step(): DashboardSnapshot;
  fault(instance: string, kind: FaultKind): void;
  readonly faults: Record<string, string>;
}

export interface SimulatedWorldOptions {
  readonly seed?: number;
  readonly startMs?: number;
  /** Whether instances also fall ill by themselves. */
  readonly bursts?: boolean;
  readonly demo?: boolean;
  readonly configError?: string;
  readonly title?: string;
  /** Names of the steady, the slow and the flaky instance. */
  readonly instanceNames?: readonly [string, string, string];
}

export function simulatedWorld(options: SimulatedWorldOptions = {}): SimulatedWorld {
  const names = options.instanceNames ?? (["steady", "slow", "flaky"] as const);
  const random: Random = seeded(options.seed ?? 1);
  const startMs = options.startMs ?? Date.UTC(2026, 0, 5, 12);
  let atMs = startMs;
  const instances: SimulatedInstance[] = names.map((id) => ({
    id,
    fault: "none",
    state: "closed",
    sinceMs: startMs,
    transitions: [],
    requests: 0,
    failures: 0,
    failureRate: 0,
    downS: 0,
  }));
  const routes = ["catalog", "orders", "export"].map((name, index) => ({
    name,
    share: [0.62, 0.22, 0.16][index]!,
    counts: emptyTraffic(),
    rate: 0,
  }));
  const history: HistoryPoint[] = [];
  const totals = emptyTraffic();

  const about = (value: number) => value * (0.9 + 0.2 * random.next());
  const whole = (value: number) => Math.max(0, Math.floor(value + random.next()));

  function move(instance: SimulatedInstance, to: string, reason: string): void {
    const at = atMs - Math.floor(random.next() * 900);
    instance.transitions = [...instance.transitions, { atMs: at, from: instance.state, to, reason }].slice(-24);
    instance.state = to;
    instance.sinceMs = at;
  }

  function trouble(instance: SimulatedInstance): number {
    if (instance.fault === "crash" || instance.downS > 0) return 1;
    if (instance.fault === "errors") return 0.7;
    if (instance.fault === "latency") return 0.25;
    const phase = ((atMs - startMs) / 1000) % 40;
    if (options.bursts !== false && instance.id === names[2] && phase > 22) return 0.65;
    if (options.bursts !== false && instance.id === names[1] && phase < 9) return 0.12;
    return 0.002;
  }

  function stepBreaker(instance: SimulatedInstance): void {
    const ill = trouble(instance);
    instance.failureRate = instance.state === "closed" ? ill * (0.9 + 0.1 * random.next()) : instance.failureRate;
    const heldS = (atMs - instance.sinceMs) / 1000;
    if (instance.state === "closed" && ill > 0.5) move(instance, "open", "threshold");
    else if (instance.state === "open" && heldS >= 5) move(instance, "half-open", "elapsed");
    else if (instance.state === "half-open" && heldS >= 1) {
      move(instance, ill > 0.5 ? "open" : "closed", "probes");
    }
    if (instance.fault === "crash") {
      instance.fault = "none";
      instance.downS = 4;
    }
    instance.downS = Math.max(0, instance.downS - 1);
  }

  function view(counts: ReturnType<typeof emptyTraffic>, rate: number, p99: number): TrafficView {
    return {
      requests: counts.requests,
      ratePerSecond: rate,
      inFlight: whole(rate * 0.02),
      retries: counts.retries,
      latencyMs: { p50: about(3.4), p95: about(p99 * 0.45), p99, max: p99 * 1.6 },
      outcomes: { ...counts.outcomes },
      rejections: { ...counts.rejections },
    };
  }

  function breakerView(instance: SimulatedInstance): BreakerView {
    return {
      state: instance.state,
      sinceMs: instance.sinceMs,
      ...(instance.state === "open" ? { retryAfterMs: Math.max(0, 5_000 - (atMs - instance.sinceMs)) } : {}),
      failureRate: instance.failureRate,
      calls: 100,
      transitions: instance.transitions,
    };
  }

  function step(): DashboardSnapshot {
    atMs += 1_000;
    for (const instance of instances) stepBreaker(instance);
    const closed = instances.filter((instance) => instance.state === "closed");
    const illness = closed.reduce((sum, instance) => sum + trouble(instance), 0) / Math.max(1, closed.length);
    const p99 = about(14 + illness * 900 + (closed.length < 3 ? 12 : 0));
    let ended = 0;
    let errors = 0;
    let rejections = 0;
    for (const route of routes) {
      const requests = whole(about(300 * route.share));
      const failed = whole(requests * illness * 0.08);
      const limited = route.name === "export" ? whole(requests * 0.4) : 0;
      const shut = closed.length === 0 ? requests - limited : 0;
      route.rate = requests;
      ended += requests;
      errors += failed;
      rejections += limited + shut;
      for (const counts of [route.counts, totals]) {
        counts.requests += requests;
        counts.retries += whole(requests * illness * 0.5);
        counts.outcomes["server-error"] += failed;
        counts.outcomes.rejected += limited + shut;
        counts.outcomes.ok += Math.max(0, requests - failed - limited - shut);
        if (limited > 0) counts.rejections["rate-limit"] = (counts.rejections["rate-limit"] ?? 0) + limited;
        if (shut > 0) counts.rejections["breaker-open"] = (counts.rejections["breaker-open"] ?? 0) + shut;
      }
    }
    for (const instance of closed) instance.requests += whole(ended / closed.length);
    history.push({ atMs, requests: ended, errors, rejections, p50: about(3.4), p95: p99 * 0.45, p99 });
    if (history.length > 120) history.shift();
    return {
      version: 1,
      title: options.title ?? "Harbour shop",
      atMs,
      uptimeMs: atMs - startMs,
      demo: options.demo ?? true,
      core: { profile: "server", reason: "SIMD and threads" },
      config: {
        source: "gateway.yaml",
        generation: 3,
        loadedAtMs: startMs,
        ...(options.configError === undefined ? {} : { error: options.configError }),
      },
      totals: view(totals, ended, p99),
      routes: routes.map((route) => ({
        name: route.name,
        match: `*/${route.name}`,
        upstream: "shop",
        traffic: view(route.counts, route.rate, route.name === "export" ? p99 * 1.4 : p99),
        breaker: true,
        ...(route.name === "export"
          ? {
              limiter: {
                limit: 20,
                perMs: 1_000,
                burst: 40,
                keys: 4,
                maxKeys: 10_000,
                allowed: route.counts.outcomes.ok,
                rejected: route.counts.outcomes.rejected,
                level: Math.min(1, 0.8 + random.next() * 0.3),
              },
              concurrency: { limit: 16, inUse: whole(3), queued: 0 },
            }
          : {}),
      })),
      upstreams: [
        {
          name: "shop",
          instances: instances.map((instance, index) => ({
            id: instance.id,
            url: `http://127.0.0.1:${40_001 + index}/`,
            healthy: instance.downS === 0,
            load: about(1 + trouble(instance) * 8),
            inFlight: whole(2),
            requests: instance.requests,
            failures: instance.failures,
            latencyMs: { p50: about(3), p99: about(12 + trouble(instance) * 700) },
            breaker: breakerView(instance),
          })),
        },
      ],
      history: [...history],
    };
  }

  return {
    step,
    fault(id, kind) {
      const instance = instances.find((candidate) => candidate.id === id);
      if (instance === undefined) throw new RangeError(`no instance ${id}`);
      instance.fault = kind;
    },
    get faults() {
      return Object.fromEntries(instances.map((instance) => [instance.id, instance.fault]));
    },
  };
}
