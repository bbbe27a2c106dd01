/** The gateway's metrics. `docs/gateway.md` says what each means. */

import { coreInfo } from "../../core/index.js";
import { bucketBoundsMs } from "../observe/traffic.js";
import type { Table } from "../table.js";
import { Exposition } from "./exposition.js";

/** What the metrics tell besides the table. */
export interface GatewayFacts {
  readonly table: Table;
  readonly generation: number;
  readonly lastReloadSucceeded: boolean;
  readonly loadedAtMs: number;
  readonly startedAtMs: number;
  readonly draining: boolean;
  readonly connections: number;
  /** Requests refused before they took a route, by reason. */
  readonly unrouted: ReadonlyMap<string, number>;
}

const prefix = "holdfast_gateway";

function routeMetrics(out: Exposition, { table, unrouted }: GatewayFacts): void {
  const { routes } = table;
  out.family(`${prefix}_requests_total`, "counter", "Finished requests by route and outcome.");
  for (const { name, traffic } of routes) {
    for (const [outcome, count] of Object.entries(traffic.outcomes)) out.sample({ route: name, outcome }, count);
  }
  out.family(
    `${prefix}_rejections_total`,
    "counter",
    "Requests that the gateway refused, by route and reason; route is empty where none was found.",
  );
  for (const { name, traffic } of routes)
    for (const [reason, count] of traffic.rejections) out.sample({ route: name, reason }, count);
  for (const [reason, count] of unrouted) out.sample({ route: "", reason }, count);
  out.family(`${prefix}_retries_total`, "counter", "Attempts beyond the first.");
  for (const { name, traffic } of routes) out.sample({ route: name }, traffic.retries);
  out.family(`${prefix}_requests_in_flight`, "gauge", "Requests that have arrived and are not yet answered.");
  for (const { name, traffic } of routes) out.sample({ route: name }, traffic.inFlight);
  out.family(
    `${prefix}_request_duration_seconds`,
    "histogram",
    "Time from a request's arrival to the end of its answer.",
  );
  const bounds = bucketBoundsMs.map((ms) => ms / 1_000);
  for (const { name, traffic } of routes)
    out.histogram({ route: name }, bounds, traffic.buckets, traffic.sumMs / 1_000);
}

function limiterMetrics(out: Exposition, { table }: GatewayFacts): void {
  const limited = table.routes.flatMap(({ name, limiter }) => (limiter === undefined ? [] : [{ name, limiter }]));
  out.family(`${prefix}_limiter_decisions_total`, "counter", "Decisions of a route's rate limiter.");
  for (const { name, limiter } of limited) {
    out
      .sample({ route: name, decision: "allowed" }, limiter.allowed)
      .sample({ route: name, decision: "rejected" }, limiter.rejected);
  }
  out.family(`${prefix}_limiter_keys`, "gauge", "Keys that a route's rate limiter remembers.");
  for (const { name, limiter } of limited) out.sample({ route: name }, limiter.keys.size);
  const bounded = table.routes.flatMap(({ name, concurrency }) =>
    concurrency === undefined ? [] : [{ name, concurrency }],
  );
  out.family(`${prefix}_concurrency_in_use`, "gauge", "Places of a route's concurrency limit that are taken.");
  for (const { name, concurrency } of bounded) out.sample({ route: name }, concurrency.inUse);
  out.family(`${prefix}_concurrency_queued`, "gauge", "Requests that wait for a place.");
  for (const { name, concurrency } of bounded) out.sample({ route: name }, concurrency.queued);
  out.family(`${prefix}_concurrency_limit`, "gauge", "Places of a route's concurrency limit.");
  for (const { name, concurrency } of bounded) out.sample({ route: name }, concurrency.limit);
}

const breakerStates = ["closed", "open", "half-open", "forced-open", "disabled"] as const;

function instanceMetrics(out: Exposition, { table }: GatewayFacts, nowMs: number): void {
  const instances = [...table.upstreams].flatMap(([upstream, all]) =>
    all.map((instance) => ({ instance, labels: { upstream, instance: instance.url } })),
  );
  out.family(`${prefix}_instance_attempts_total`, "counter", "Attempts sent to an instance.");
  for (const { instance, labels } of instances) out.sample(labels, instance.requests);
  out.family(
    `${prefix}_instance_failures_total`,
    "counter",
    "Attempts that failed: no connection, no or broken answer, too late, or a 5xx status.",
  );
  for (const { instance, labels } of instances) out.sample(labels, instance.failures);
  out.family(`${prefix}_instance_in_flight`, "gauge", "Attempts under way at an instance.");
  for (const { instance, labels } of instances) out.sample(labels, instance.inFlight);
  out.family(
    `${prefix}_instance_load`,
    "gauge",
    "The balancer's score: decayed peak latency in milliseconds times requests in flight plus one.",
  );
  for (const { instance, labels } of instances) out.sample(labels, instance.load(nowMs));
  out.family(`${prefix}_instance_healthy`, "gauge", "1 where the balancer gives the instance traffic, else 0.");
  for (const { instance, labels } of instances) out.sample(labels, instance.healthy ? 1 : 0);
  out.family(
    `${prefix}_breaker_state`,
    "gauge",
    "1 for the state in which an instance's breaker is, 0 for the others.",
  );
  for (const { instance, labels } of instances) {
    if (instance.breaker === undefined) continue;
    const { state } = instance.breaker;
    for (const name of breakerStates) out.sample({ ...labels, state: name }, state === name ? 1 : 0);
  }
  out.family(
    `${prefix}_breaker_transitions_total`,
    "counter",
    "Changes of an instance's breaker, by the state changed to.",
  );
  for (const { instance, labels } of instances) {
    for (const [to, count] of instance.transitionCounts) out.sample({ ...labels, to }, count);
  }
}

/** All metrics in the Prometheus text format. */
export function renderMetrics(facts: GatewayFacts, nowMs: number): string {
  const out = new Exposition();
  routeMetrics(out, facts);
  limiterMetrics(out, facts);
  instanceMetrics(out, facts, nowMs);
  out.family(`${prefix}_connections`, "gauge", "Open client connections.").sample({}, facts.connections);
  out.family(`${prefix}_draining`, "gauge", "1 while the gateway stops.").sample({}, facts.draining ? 1 : 0);
  out
    .family(`${prefix}_config_generation`, "gauge", "Number of the configuration in use, from 1.")
    .sample({}, facts.generation);
  out
    .family(`${prefix}_config_loaded_timestamp_seconds`, "gauge", "When the configuration in use was loaded.")
    .sample({}, facts.loadedAtMs / 1_000);
  out
    .family(`${prefix}_config_last_reload_successful`, "gauge", "0 where the latest configuration was refused, else 1.")
    .sample({}, facts.lastReloadSucceeded ? 1 : 0);
  out
    .family(`${prefix}_core_memory_used_bytes`, "gauge", "Bytes of the core's shared arena in use.")
    .sample({}, coreInfo().usedBytes);
  out
    .family(`${prefix}_core_memory_bytes`, "gauge", "Size of the core's shared arena.")
    .sample({}, coreInfo().memoryBytes);
  out
    .family("process_start_time_seconds", "gauge", "When the process's gateway started.")
    .sample({}, facts.startedAtMs / 1_000);
  return out.toString();
}
