/** The demonstration on a terminal: a table that is redrawn in place, or one plain line now and then. */

import { stripVTControlCharacters } from "node:util";
import type { DashboardSnapshot, InstanceView, RouteView } from "../../dashboard/index.js";
import { type Paint, table } from "../output.js";
import type { Recent } from "./tally.js";

/** What is shown at one moment. */
export interface View {
  readonly elapsedMs: number;
  readonly dashboardUrl: string;
  readonly seed: number;
  readonly snapshot: DashboardSnapshot;
  /** The snapshot of about a second ago, for rates. */
  readonly before: DashboardSnapshot;
  readonly on: Recent;
  readonly off: Recent;
  /** The services' own names, by the id of their instance. */
  readonly nameOf: (instance: InstanceView) => string;
}

function latency(ms: number): string {
  if (!(ms > 0)) return "–";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

function percent(share: number): string {
  if (share === 0) return "0 %";
  if (share < 0.001) return "<0.1 %";
  return `${(share * 100).toFixed(1)} %`;
}

function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}

// State by sign and word as well as colour.
const signs: Readonly<Record<string, string>> = {
  closed: "—",
  open: "█",
  "forced-open": "█",
  "half-open": "▒",
  disabled: "·",
};

function breakerState(instance: InstanceView, atMs: number, paint: Paint): string {
  const { breaker } = instance;
  if (breaker === undefined) return instance.healthy ? "in service" : paint("red", "out of service");
  const text = `${signs[breaker.state] ?? "?"} ${breaker.state}`;
  if (breaker.state === "closed") return paint("cyan", text);
  if (breaker.state === "half-open") return paint("yellow", text);
  return paint("red", `${text} ${Math.max(0, (atMs - breaker.sinceMs) / 1000).toFixed(0)} s`);
}

function refusedPerSecond(route: RouteView, view: View): number {
  const earlier = view.before.routes.find((candidate) => candidate.name === route.name);
  const spanS = Math.max(0.001, (view.snapshot.atMs - view.before.atMs) / 1000);
  return Math.max(0, route.traffic.outcomes.rejected - (earlier?.traffic.outcomes.rejected ?? 0)) / spanS;
}

/** The whole screen, a line each. */
export function screenLines(view: View, paint: Paint): string[] {
  const dim = (text: string) => paint("dim", text);
  const heads = (...texts: string[]) => texts.map(dim);
  const side = (name: string, recent: Recent) => [
    paint("bold", name),
    `${recent.perSecond.toFixed(0)}/s`,
    percent(recent.okShare),
    percent(recent.refusedShare),
    recent.failedShare >= 0.01 ? paint("red", percent(recent.failedShare)) : percent(recent.failedShare),
    latency(recent.p50),
    recent.p99 >= 300 ? paint("red", latency(recent.p99)) : latency(recent.p99),
  ];
  const { snapshot } = view;
  const limited = snapshot.routes.filter((route) => route.limiter !== undefined);
  return [
    `${paint("bold", "Holdfast")}  ${view.dashboardUrl}  ${dim(`seed ${view.seed}  ${elapsed(view.elapsedMs)}`)}`,
    "",
    ...table(
      [
        heads("the same requests, last 30 s", "rate", "answered", "refused", "failed", "P50", "P99"),
        side("policies on", view.on),
        side("policies off", view.off),
      ],
      [1, 2, 3, 4, 5, 6],
    ),
    "",
    ...table(
      [
        heads("route", "rate", "P50", "P99", "refused"),
        ...snapshot.routes.map((route) => [
          route.name,
          `${route.traffic.ratePerSecond.toFixed(0)}/s`,
          latency(route.traffic.latencyMs.p50),
          latency(route.traffic.latencyMs.p99),
          `${refusedPerSecond(route, view).toFixed(0)}/s`,
        ]),
      ],
      [1, 2, 3, 4],
    ),
    "",
    ...table(
      [
        heads("instance", "breaker", "failing", "P50", "P99"),
        ...snapshot.upstreams.flatMap((upstream) =>
          upstream.instances.map((instance) => [
            view.nameOf(instance),
            breakerState(instance, snapshot.atMs, paint),
            percent(instance.breaker?.failureRate ?? 0),
            latency(instance.latencyMs.p50),
            latency(instance.latencyMs.p99),
          ]),
        ),
      ],
      [2, 3, 4],
    ),
    "",
    ...limited.map(
      (route) =>
        `limiter of ${route.name}: ${route.limiter!.rejected} refused in all, ` +
        `busiest client at ${Math.round(route.limiter!.level * 100)} % of its burst`,
    ),
    dim("Ctrl-C stops everything."),
  ];
}

/** One line for a log. */
export function plainLine(view: View): string {
  const states = view.snapshot.upstreams
    .flatMap((upstream) => upstream.instances)
    .map((instance) => `${view.nameOf(instance)} ${instance.breaker?.state ?? (instance.healthy ? "up" : "down")}`)
    .join(", ");
  const side = (recent: Recent) =>
    `${percent(recent.okShare)} answered, ${percent(recent.failedShare)} failed, P99 ${latency(recent.p99)}`;
  return `${elapsed(view.elapsedMs)}  policies on: ${side(view.on)} | off: ${side(view.off)} | ${states}`;
}

/**
 * The characters that draw `lines` over the `before` lines drawn last: up, rewrite each, clear what is left. Long lines
 * are cut, since a wrapped one would break the count.
 */
export function redraw(lines: readonly string[], before: number, columns: number): string {
  const cut = (line: string) => {
    const text = stripVTControlCharacters(line);
    return text.length <= columns ? line : text.slice(0, Math.max(0, columns - 1));
  };
  const up = before > 0 ? `\u001b[${before}A` : "";
  return `${up}${lines.map((line) => `\r\u001b[K${cut(line)}\n`).join("")}\u001b[J`;
}
