/** The two charts of the whole gateway: what became of the requests, and how long they took. */

import type { DashboardSnapshot, HistoryPoint } from "../../snapshot.js";
import type { Dom } from "./dom.js";
import type { Format } from "./format.js";
import type { Recorder, RouteSecond } from "./recorder.js";
import type { Axis, Scales, Step } from "./scale.js";
import type { PlotScale, Timeline } from "./timeline.js";

export type Charts = ReturnType<typeof makeCharts>;

/** Makes the charts and puts them into the page. */
export function makeCharts(dom: Dom, format: Format, scales: Scales, timeline: Timeline, recorder: Recorder) {
  const maxTicks = 6;

  /** Lines across a chart with their labels, made once; an axis that changes moves them. */
  function makeGrid(frame: HTMLElement, label: (value: number) => string) {
    const lines = Array.from({ length: maxTicks }, () => {
      const line = dom.html("div", { class: "grid-line", hidden: true }, dom.html("span"));
      frame.append(line);
      return line;
    });
    return (axis: Axis) => {
      lines.forEach((line, index) => {
        const tick = axis.ticks[index];
        line.hidden = tick === undefined;
        if (tick === undefined) return;
        line.style.bottom = `${tick.at * 100}%`;
        line.toggleAttribute("data-top", tick.at > 0.95);
        dom.text(line.firstElementChild!, label(tick.value));
      });
    };
  }

  /** Three stacked layers: failed at the bottom, where it is measured against the base line, then refused, then answered. */
  function makeStack(moving: SVGSVGElement) {
    const layers = {
      ok: dom.svg("path", { class: "area ok" }),
      rejected: dom.svg("path", { class: "area rejected" }),
      rejectedLines: dom.svg("path", { class: "area rejected-lines" }),
      errors: dom.svg("path", { class: "area errors" }),
    };
    moving.append(layers.ok, layers.rejected, layers.rejectedLines, layers.errors);
    return (seconds: readonly RouteSecond[], scale: PlotScale, axis: Axis) => {
      const y = (value: number) => scale.height * (1 - axis.at(value));
      const steps = (low: (s: RouteSecond) => number, high: (s: RouteSecond) => number): Step[] =>
        seconds.map((second) => ({ atMs: second.atMs, low: low(second), high: high(second) }));
      const refusedTop = (second: RouteSecond) => second.errors + second.rejections;
      const area = (list: Step[]) => scales.stepArea(list, scale.x, y);
      const refused = area(steps((s) => s.errors, refusedTop));
      layers.errors.setAttribute(
        "d",
        area(
          steps(
            () => 0,
            (s) => s.errors,
          ),
        ),
      );
      layers.rejected.setAttribute("d", refused);
      layers.rejectedLines.setAttribute("d", refused);
      layers.ok.setAttribute("d", area(steps(refusedTop, (s) => s.requests)));
    };
  }

  let history: readonly HistoryPoint[] = [];

  const trafficFrame = dom.byId("traffic-plot");
  const trafficGrid = makeGrid(trafficFrame, (value) => `${format.count(value)}/s`);
  let stack: ReturnType<typeof makeStack> | undefined;
  timeline.add(trafficFrame, (scale, moving) => {
    stack ??= makeStack(moving);
    const axis = scales.linear(Math.max(0, ...history.map((point) => point.requests)));
    trafficGrid(axis);
    stack(history, scale, axis);
  });

  const latencyFrame = dom.byId("latency-plot");
  const latencyGrid = makeGrid(latencyFrame, (value) =>
    format.latencyText(value).replace(".0 ", " ").replace(".00 ", " "),
  );
  const quantiles = ["p99", "p95", "p50"] as const;
  const curves = new Map<string, SVGPathElement>();
  timeline.add(latencyFrame, (scale, moving) => {
    const measured = history.filter((point) => point.requests > 0 && point.p50 > 0);
    const axis = scales.logarithmic(
      measured.length === 0 ? 1 : Math.min(...measured.map((point) => point.p50)),
      measured.length === 0 ? 100 : Math.max(...measured.map((point) => point.p99)),
    );
    latencyGrid(axis);
    for (const quantile of quantiles) {
      let curve = curves.get(quantile);
      if (curve === undefined) {
        curve = dom.svg("path", { class: `curve ${quantile}` });
        curves.set(quantile, curve);
        moving.append(curve);
      }
      // A second's quantile stands in the middle of its second.
      const samples = measured.map((point) => ({ atMs: point.atMs - 500, value: point[quantile] }));
      curve.setAttribute(
        "d",
        scales.line(samples, scale.x, (value) => scale.height * (1 - axis.at(value))),
      );
    }
  });

  /** The second under the cursor, or the newest. */
  function pointed(): HistoryPoint | undefined {
    const atMs = timeline.pointedMs();
    if (atMs === undefined) return undefined;
    return history.find((point) => point.atMs >= atMs && point.atMs - atMs < 1_500);
  }

  /** Writes the values beside the charts: those under the cursor, else the last ten seconds. */
  function legend(snapshot: DashboardSnapshot): void {
    const point = pointed();
    const recent = recorder.recentShares(snapshot);
    const set = (id: string, value: string) => dom.text(dom.byId(id), value);
    set("legend-ok", format.rate(point ? point.requests - point.errors - point.rejections : recent.okPerSecond));
    set("legend-rejected", format.rate(point ? point.rejections : recent.rejectionsPerSecond));
    set("legend-errors", format.rate(point ? point.errors : recent.errorsPerSecond));
    for (const quantile of quantiles) {
      set(`legend-${quantile}`, format.latencyText((point ?? snapshot.totals.latencyMs)[quantile]));
    }
    set("cursor-time", timeline.pointedMs() === undefined ? "Last 10 s" : `At ${format.clock(timeline.pointedMs()!)}`);
  }

  /** What the cursor points at, in words. */
  function cursorText(): string {
    const atMs = timeline.pointedMs();
    if (atMs === undefined) return "now";
    const point = pointed();
    if (point === undefined) return `${format.clock(atMs)}, nothing recorded`;
    return (
      `${format.clock(atMs)}, ${format.rate(point.requests)} requests a second, ${format.rate(point.errors)} failed, ` +
      `${format.rate(point.rejections)} refused, P99 ${format.latencyText(point.p99)}`
    );
  }

  /** Describes both charts to those who do not see them. */
  function describe(snapshot: DashboardSnapshot): void {
    const peak = Math.max(0, ...history.map((point) => point.requests));
    const worst = Math.max(0, ...history.map((point) => point.p99));
    const span = `last ${format.duration(Math.min(timeline.windowMs, history.length * 1_000))}`;
    dom.attribute(
      trafficFrame,
      "aria-label",
      `Requests a second, ${span}: now ${format.rate(snapshot.totals.ratePerSecond)}, at most ${format.rate(peak)}.`,
    );
    dom.attribute(
      latencyFrame,
      "aria-label",
      `Latency, logarithmic scale, ${span}: P99 now ${format.latencyText(snapshot.totals.latencyMs.p99)}, at worst ${format.latencyText(worst)}.`,
    );
  }

  return {
    makeStack,
    legend,
    cursorText,
    update(snapshot: DashboardSnapshot): void {
      history = snapshot.history;
      describe(snapshot);
      legend(snapshot);
    },
  };
}
