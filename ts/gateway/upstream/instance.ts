/** One server of an upstream: its connections, its load, its breaker, its numbers. */

import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { buildConnector, Pool } from "undici";
import type { BreakerView, InstanceView, TransitionView } from "../../dashboard/index.js";
import { type Clock, dispose, type Random } from "../../kernel/index.js";
import { type CircuitBreaker, circuitBreaker, time } from "../../resilience/index.js";
import type { BreakerConfig, UpstreamConfig } from "../config/gateway-spec.js";
import { RecentLatency } from "../observe/recent-latency.js";
import type { Candidate } from "./balancer.js";
import { PeakEwma } from "./peak-ewma.js";

/** Transitions that the dashboard shows of a breaker: two minutes of one that opens and tries again every two seconds. */
const keptTransitions = 200;
/** A Retry-After counts at most so long against an instance (linkerd's load biaser), in milliseconds. */
const maxPenaltyMs = 300_000;

/** What an instance is made from; when any of it changes in a reload, the instance is made anew. */
export interface InstanceSource {
  readonly upstream: string;
  readonly url: string;
  readonly config: Omit<UpstreamConfig, "instances">;
}

/** How connections to an instance are made. TLS is always verified; there is no option to switch that off. */
function connectorOf(config: InstanceSource["config"], serverName: string | undefined): buildConnector.connector {
  const trust = config.ca === undefined ? {} : { ca: readFileSync(config.ca, "utf8") };
  const connect = buildConnector({ timeout: config.connectTimeoutMs, ...trust });
  if (serverName === undefined || isIP(serverName) === 0) return connect;
  // An address may not stand in a TLS server name (RFC 6066 §3); without one Node verifies the address itself.
  return ({ servername: _, ...options }, callback) => connect(options, callback);
}

/** See the top of this file. */
export class Instance implements Candidate {
  readonly id: string;
  readonly url: string;
  /** What stands in Host for it. */
  readonly host: string;
  /** Name for TLS, where the instance speaks it: always the same, or the pool would connect anew for each client's Host. */
  readonly serverName: string | undefined;
  readonly pool: Pool;
  readonly breaker: CircuitBreaker | undefined;
  requests = 0;
  failures = 0;
  inFlight = 0;
  /** Times that the breaker changed to each state. */
  readonly transitionCounts = new Map<string, number>();
  readonly #latency: PeakEwma;
  readonly #recent: RecentLatency;
  /** Of the latest attempt that was answered well; before the first one what the configuration assumes. */
  #lastLatencyMs: number;
  readonly #capacity: number;
  readonly #penaltyMs: number;
  readonly #clock: Clock;
  readonly #transitions: TransitionView[] = [];
  #sinceMs: number;
  /** Monotonic instant until which the instance asked to be left alone. */
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  /** Monotonic instant from which its breaker, open until then, wants probes. */
  #probeFromMs = Number.POSITIVE_INFINITY;
  /** Whether the last attempt could not even connect. */
  #unreachable = false;

  constructor(source: InstanceSource, clock: Clock, random: Random) {
    const { config } = source;
    const url = new URL(source.url);
    this.url = url.origin;
    this.id = `${source.upstream}/${url.host}`;
    this.host = url.host;
    this.serverName =
      url.protocol === "https:" ? (config.serverName ?? url.hostname.replace(/^\[|\]$/g, "")) : undefined;
    this.#clock = clock;
    this.#capacity = config.connections + config.pending;
    this.#penaltyMs = config.failurePenaltyMs;
    this.#lastLatencyMs = config.defaultLatencyMs;
    this.#latency = new PeakEwma(config.latencyDecayMs, config.defaultLatencyMs, clock.now());
    this.#sinceMs = clock.wallNow();
    this.pool = new Pool(url.origin, {
      connections: config.connections,
      pipelining: 1,
      // The exchange keeps its own deadlines in one shared queue; a timer for each response would be a second watch.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: config.keepAliveMs,
      connect: connectorOf(config, this.serverName),
    });
    this.breaker = config.breaker === "off" ? undefined : this.#makeBreaker(config.breaker, random);
    try {
      this.#recent = new RecentLatency(clock.now());
    } catch (error) {
      this.breaker?.[dispose]();
      throw error;
    }
  }

  #makeBreaker(config: BreakerConfig, random: Random): CircuitBreaker {
    const { consecutiveFailures, slowRate } = config;
    const breaker = circuitBreaker({
      name: this.id,
      clock: this.#clock,
      random,
      openForMs: config.openForMs,
      halfOpen: { permits: config.probes },
      ...(consecutiveFailures === undefined
        ? { window: time(config.windowMs), failureRate: config.failureRate, minimumCalls: config.minimumCalls }
        : { consecutiveFailures }),
      ...(slowRate === undefined ? {} : { slowRate, slowAfterMs: config.slowAfterMs }),
    });
    breaker.on("transition", ({ from, to, reason }) => {
      this.#sinceMs = this.#clock.wallNow();
      this.#followBreaker(breaker, to);
      this.#transitions.push({ atMs: this.#sinceMs, from, to, reason });
      if (this.#transitions.length > keptTransitions) this.#transitions.shift();
      this.transitionCounts.set(to, (this.transitionCounts.get(to) ?? 0) + 1);
    });
    return breaker;
  }

  /**
   * The balancer avoids an instance that failed until the penalty has decayed, and would starve the breaker's probes for
   * as long. So when the time for probes has come, the instance is drawn first (the breaker lets only a few through), and
   * when they have succeeded, their latency takes the place of the penalty.
   */
  #followBreaker(breaker: CircuitBreaker, to: string): void {
    const nowMs = this.#clock.now();
    if (to === "open") this.#probeFromMs = nowMs + breaker.retryAfterMs;
    if (to !== "closed") return;
    this.#probeFromMs = Number.POSITIVE_INFINITY;
    this.#latency.reset(this.#lastLatencyMs, nowMs);
  }

  /** Whether connections and waiting places are all taken. */
  get full(): boolean {
    return this.inFlight >= this.#capacity;
  }

  /** Expected wait here: latency times those who wait, one more for the request in question; nothing while probes are wanted. */
  load(nowMs: number): number {
    return nowMs >= this.#probeFromMs ? 0 : this.#latency.at(nowMs) * (this.inFlight + 1);
  }

  /** Notes that an attempt was answered well after `latencyMs`. */
  answered(latencyMs: number, nowMs: number): void {
    this.#unreachable = false;
    this.#lastLatencyMs = latencyMs;
    this.#latency.observe(latencyMs, nowMs);
    this.#recent.record(latencyMs);
  }

  /** Notes that an attempt was given up by the client after `elapsedMs`: it took at least that long. */
  abandoned(elapsedMs: number, nowMs: number): void {
    this.#latency.observe(elapsedMs, nowMs);
  }

  /**
   * Notes that an attempt failed. It counts as slow, not as its own short duration: otherwise the instance that fails
   * fastest would look best and win all traffic.
   */
  failed(reachable: boolean, retryAfterMs: number | undefined, nowMs: number): void {
    this.failures++;
    this.#unreachable = !reachable;
    if (retryAfterMs !== undefined) this.#notBeforeMs = nowMs + retryAfterMs;
    this.#latency.observe(Math.max(this.#penaltyMs, Math.min(retryAfterMs ?? 0, maxPenaltyMs)), nowMs);
  }

  /** Milliseconds for which the instance still asked to be left alone. */
  pauseMs(nowMs: number): number {
    return Math.max(0, this.#notBeforeMs - nowMs);
  }

  /** Whether the balancer gives it traffic. */
  get healthy(): boolean {
    const state = this.breaker?.state ?? "closed";
    return !this.#unreachable && state !== "open" && state !== "forced-open";
  }

  /** Lets a second pass. */
  turn(nowMs: number): void {
    this.#recent.turn(nowMs);
  }

  /** What the dashboard shows. */
  view(nowMs: number): InstanceView {
    const { p50, p99 } = this.#recent.view();
    return {
      id: this.id,
      url: this.url,
      healthy: this.healthy,
      load: this.load(nowMs),
      inFlight: this.inFlight,
      requests: this.requests,
      failures: this.failures,
      latencyMs: { p50, p99 },
      ...(this.breaker === undefined ? {} : { breaker: this.#breakerView(this.breaker) }),
    };
  }

  #breakerView(breaker: CircuitBreaker): BreakerView {
    const { state, calls, failureRate } = breaker.stats;
    return {
      state,
      sinceMs: this.#sinceMs,
      ...(state === "open" ? { retryAfterMs: breaker.retryAfterMs } : {}),
      failureRate: Number.isNaN(failureRate) ? 0 : failureRate,
      calls,
      transitions: [...this.#transitions],
    };
  }

  /** Gives connections and the core's memory back; nothing may be in flight. */
  dispose(): void {
    this.breaker?.[dispose]();
    this.#recent.dispose();
    // Idle by now, except for discarded responses, which need nobody's patience.
    this.pool.destroy().catch(() => {});
  }
}
