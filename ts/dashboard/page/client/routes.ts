/** The routes: rate, latency, errors, refusals by reason, and how full each limiter is. */

import type { DashboardSnapshot, RouteView } from "../../snapshot.js";
import type { Charts } from "./charts.js";
import type { Dom } from "./dom.js";
import type { Format } from "./format.js";
import type { ReasonRate, Recorder } from "./recorder.js";
import type { Scales } from "./scale.js";
import type { Timeline } from "./timeline.js";

export type Routes = ReturnType<typeof makeRoutes>;

/** Makes the section. */
export function makeRoutes(
  dom: Dom,
  format: Format,
  scales: Scales,
  timeline: Timeline,
  recorder: Recorder,
  charts: Charts,
) {
  // As for the instances; of many routes the busiest are shown.
  const maxShown = 48;
  /** What a reason is called where a person reads it; unknown ones are shown as they come. */
  const reasonNames: Record<string, string> = {
    "rate-limit": "over the rate limit",
    "breaker-open": "breaker open",
    concurrency: "too many at once",
    "no-instance": "no instance",
    "bad-request": "dangerous request",
  };

  /** A level between nothing and full, with its meaning beside it. */
  function makeGauge(label: string) {
    const fill = dom.html("span", { class: "fill" });
    const bar = dom.html(
      "div",
      { class: "bar", role: "meter", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 },
      fill,
    );
    const text = dom.html("p", { class: "quiet" });
    const element = dom.html("div", { class: "gauge" }, dom.html("p", { class: "gauge-name" }, label), bar, text);
    return {
      element,
      set(share: number, words: string): void {
        const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
        fill.style.width = `${percent}%`;
        dom.attribute(bar, "aria-valuenow", String(percent));
        dom.attribute(bar, "aria-valuetext", words);
        element.toggleAttribute("data-full", percent >= 100);
        dom.text(text, words);
      },
    };
  }

  function makeReason() {
    const rate = dom.html("b");
    const name = dom.html("span");
    const total = dom.html("span", { class: "quiet" });
    return { element: dom.html("li", {}, dom.icon("refused"), rate, name, total), rate, name, total };
  }

  function period(perMs: number): string {
    return perMs === 1_000 ? "s" : perMs < 1_000 ? `${perMs} ms` : format.duration(perMs);
  }

  function make(first: RouteView) {
    const match = dom.html("p", { class: "quiet" });
    const plot = dom.html("div", { class: "plot spark", role: "img" });
    const fields = new Map<string, HTMLElement>();
    const field = (key: string, term: string) => {
      const value = dom.html("dd");
      fields.set(key, value);
      return dom.html("div", {}, dom.html("dt", {}, term), value);
    };
    const limiter = makeGauge("Rate limiter");
    const concurrency = makeGauge("At the same time");
    const reasonList = dom.html("ul", { class: "reasons", "aria-label": `Refusals of ${first.name} by reason` });
    const noRefusals = dom.html("p", { class: "quiet" }, "Nothing refused so far");
    const element = dom.html(
      "li",
      { class: "lane route", "data-route": first.name },
      dom.html("div", { class: "who" }, dom.html("div", { class: "name" }, dom.html("h3", {}, first.name)), match),
      plot,
      dom.html(
        "div",
        { class: "facts" },
        dom.html(
          "dl",
          { class: "numbers" },
          field("rate", "Rate"),
          field("p50", "P50"),
          field("p95", "P95"),
          field("p99", "P99"),
          field("errors", "Errors"),
        ),
      ),
      dom.html(
        "div",
        { class: "policies" },
        limiter.element,
        concurrency.element,
        dom.html("div", { class: "refusals" }, noRefusals, reasonList),
      ),
    );
    const refreshReasons = dom.rows<ReasonRate, ReturnType<typeof makeReason>>(
      reasonList,
      (reason) => reason.reason,
      makeReason,
      (row, reason) => {
        dom.text(row.rate, `${format.rate(reason.perSecond)}/s`);
        dom.text(row.name, reasonNames[reason.reason] ?? reason.reason.replaceAll("-", " "));
        dom.text(row.total, `${format.count(reason.total)} in all`);
      },
    );
    let stack: ReturnType<Charts["makeStack"]> | undefined;
    timeline.add(plot, (scale, moving) => {
      stack ??= charts.makeStack(moving);
      const seconds = recorder.routeSeconds(first.name);
      stack(seconds, scale, scales.linear(Math.max(0, ...seconds.map((second) => second.requests))));
    });
    return {
      element,
      update(route: RouteView): void {
        const { traffic } = route;
        dom.text(match, `${route.match} → ${route.upstream}`);
        dom.text(fields.get("rate")!, `${format.rate(traffic.ratePerSecond)}/s`);
        for (const quantile of ["p50", "p95", "p99"] as const) {
          dom.text(fields.get(quantile)!, format.latencyText(traffic.latencyMs[quantile]));
        }
        const errors = recorder.errorShare(route.name);
        dom.text(fields.get("errors")!, `${format.percent(errors)} %`);
        element.toggleAttribute("data-failing", errors >= 0.02);
        dom.attribute(
          plot,
          "aria-label",
          `Requests a second on ${route.name}: now ${format.rate(traffic.ratePerSecond)}`,
        );
        limiter.element.hidden = route.limiter === undefined;
        if (route.limiter !== undefined) {
          const { limit, perMs, burst, keys, level } = route.limiter;
          limiter.set(
            level,
            `busiest of ${format.count(keys)} ${keys === 1 ? "client" : "clients"} has used ${format.percent(level)} % of ${format.count(burst)}; ` +
              `${format.count(limit)}/${period(perMs)} each`,
          );
        }
        concurrency.element.hidden = route.concurrency === undefined;
        if (route.concurrency !== undefined) {
          const { limit, inUse, queued } = route.concurrency;
          const waiting = queued > 0 ? `, ${format.count(queued)} waiting` : "";
          concurrency.set(
            limit > 0 ? inUse / limit : 0,
            `${format.count(inUse)} of ${format.count(limit)} in use${waiting}`,
          );
        }
        const reasons = recorder.reasons(route.name);
        noRefusals.hidden = reasons.length > 0;
        refreshReasons(reasons);
      },
      plot,
    };
  }

  const refresh = dom.rows<RouteView, ReturnType<typeof make>>(
    dom.byId("routes"),
    (route) => route.name,
    make,
    (row, route) => row.update(route),
    (row) => timeline.remove(row.plot),
  );

  return {
    update(snapshot: DashboardSnapshot): void {
      const left = snapshot.routes.length - maxShown;
      dom.byId("more-routes").hidden = left <= 0;
      dom.text(dom.byId("more-routes"), `and ${format.count(left)} more, all of them in /-/snapshot`);
      const busiest = (a: RouteView, b: RouteView) => b.traffic.requests - a.traffic.requests;
      refresh(left <= 0 ? snapshot.routes : [...snapshot.routes].sort(busiest).slice(0, maxShown));
    },
  };
}
