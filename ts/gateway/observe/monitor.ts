/** What the gateway as a whole has seen, beyond its routes: totals, history, refusals without a route, the fate of configurations. */

import { coreInfo } from "../../core/index.js";
import type { ConfigView, DashboardSnapshot, TrafficOutcome } from "../../dashboard/index.js";
import type { Clock, Timer } from "../../kernel/index.js";
import type { GatewayFacts } from "../admin/metrics.js";
import type { Table } from "../table.js";
import { History } from "./history.js";
import { Traffic } from "./traffic.js";

const tickMs = 1_000;

/** How the gateway presents itself. */
export interface MonitorLabels {
  readonly title: string;
  readonly source: string;
  readonly demo: boolean;
}

/** See the top of this file. */
export class Monitor {
  readonly #clock: Clock;
  readonly #labels: MonitorLabels;
  readonly #totals: Traffic;
  readonly #history: History;
  readonly #startedMs: number;
  readonly #startedAtMs: number;
  /** Requests refused before they took a route, by reason. */
  readonly #unrouted = new Map<string, number>();
  #generation = 1;
  #loadedAtMs: number;
  #configError: string | undefined;
  #ticker: Timer | undefined;
  #lastTickMs: number;

  constructor(clock: Clock, labels: MonitorLabels) {
    this.#clock = clock;
    this.#labels = labels;
    const nowMs = clock.now();
    this.#startedMs = nowMs;
    this.#lastTickMs = nowMs;
    this.#startedAtMs = clock.wallNow();
    this.#loadedAtMs = this.#startedAtMs;
    this.#totals = new Traffic(nowMs);
    this.#history = new History();
  }

  /** A request takes a route. */
  started(): void {
    this.#totals.started();
  }

  /** A request that took a route has ended. */
  finished(outcome: TrafficOutcome, durationMs: number, rejection: string | undefined): void {
    this.#totals.finished(outcome, durationMs, rejection);
    this.#history.record(outcome, durationMs);
  }

  /** A request was refused before it took a route. */
  refused(reason: string): void {
    this.#unrouted.set(reason, (this.#unrouted.get(reason) ?? 0) + 1);
    this.#totals.started();
    this.finished("rejected", 0, reason);
  }

  /** Another configuration is in use. */
  configLoaded(): void {
    this.#generation++;
    this.#loadedAtMs = this.#clock.wallNow();
    this.#configError = undefined;
  }

  /** A configuration was refused, and the one before it kept. */
  configRefused(error: Error): void {
    this.#configError = error.message;
  }

  /** Number of the configuration in use, from 1. */
  get generation(): number {
    return this.#generation;
  }

  /** Closes a second about every second, and calls `onTick` after each. It does not keep the process alive. */
  start(table: () => Table, onTick: () => void): void {
    const dueMs = this.#lastTickMs + tickMs - this.#clock.now();
    const next = () => {
      this.#tick(table());
      onTick();
      this.start(table, onTick);
    };
    this.#ticker = this.#clock.schedule(next, Math.max(1, dueMs), { keepAlive: false });
  }

  #tick(table: Table): void {
    const nowMs = this.#clock.now();
    // After a stall the missed seconds are not made up for; the grid starts anew.
    this.#lastTickMs = nowMs - this.#lastTickMs >= 2 * tickMs ? nowMs : this.#lastTickMs + tickMs;
    table.turn(nowMs);
    this.#totals.turn(nowMs);
    this.#history.turn(this.#clock.wallNow());
  }

  /** What the dashboard shows. */
  snapshot(table: Table): DashboardSnapshot {
    const nowMs = this.#clock.now();
    const { title, source, demo } = this.#labels;
    const { profile, reason } = coreInfo();
    const error = this.#configError;
    const config: ConfigView = {
      source,
      generation: this.#generation,
      loadedAtMs: this.#loadedAtMs,
      ...(error === undefined ? {} : { error }),
    };
    const retries = table.routes.reduce((sum, route) => sum + route.traffic.retries, 0);
    return {
      version: 1,
      title,
      atMs: this.#clock.wallNow(),
      uptimeMs: nowMs - this.#startedMs,
      demo,
      core: { profile, reason },
      config,
      totals: { ...this.#totals.view(), retries },
      routes: table.routes.map((route) => route.view()),
      upstreams: table.upstreamViews(nowMs),
      history: this.#history.points,
    };
  }

  /** What the metrics tell. */
  facts(table: Table, listener: { readonly draining: boolean; readonly connections: number }): GatewayFacts {
    return {
      table,
      generation: this.#generation,
      lastReloadSucceeded: this.#configError === undefined,
      loadedAtMs: this.#loadedAtMs,
      startedAtMs: this.#startedAtMs,
      draining: listener.draining,
      connections: listener.connections,
      unrouted: this.#unrouted,
    };
  }

  /** Stops the seconds. */
  stop(): void {
    this.#ticker?.cancel();
  }

  /** Gives the core's memory back. */
  dispose(): void {
    this.stop();
    this.#totals.dispose();
    this.#history.dispose();
  }
}
