/** The head of the page and its foot: the answer, the large numbers, the list of changes, the configuration. */

import type { DashboardSnapshot } from "../../snapshot.js";
import type { Dom } from "./dom.js";
import type { Format } from "./format.js";
import type { Recorder } from "./recorder.js";
import type { Change, Story } from "./story.js";

export type Overview = ReturnType<typeof makeOverview>;

/** Makes the parts that are text. */
export function makeOverview(dom: Dom, format: Format, story: Story, recorder: Recorder) {
  const shownChanges = 8;

  function big(id: string, value: string, unit: string): void {
    dom.text(dom.byId(`${id}-value`), value);
    dom.text(dom.byId(`${id}-unit`), unit);
  }

  function numbers(snapshot: DashboardSnapshot): void {
    const recent = recorder.recentShares(snapshot);
    const { totals } = snapshot;
    big("rate", format.rate(totals.ratePerSecond), "/s");
    for (const quantile of ["p50", "p95", "p99"] as const) {
      const { value, unit } = format.latency(totals.latencyMs[quantile]);
      big(quantile, value, unit);
    }
    big("errors", format.percent(recent.errorShare), "%");
    big("refused", format.rate(recent.rejectionsPerSecond), "/s");
    big("retries", format.rate(recorder.perSecond((seen) => seen.totals.retries)), "/s");
    big("inflight", format.count(totals.inFlight), "");
    dom
      .byId("errors-value")
      .closest("div")!
      .toggleAttribute("data-bad", recent.errorShare >= 0.02);
  }

  function answer(snapshot: DashboardSnapshot): void {
    const status = story.status(snapshot, recorder.recentShares(snapshot));
    dom.attribute(dom.byId("answer"), "data-tone", status.tone);
    dom.setIcon(dom.byId("answer").querySelector<SVGElement>("svg")!, `tone-${status.tone}`);
    dom.text(dom.byId("headline"), status.headline);
    dom.text(dom.byId("detail"), status.detail);
  }

  const icons: Record<Change["kind"], string> = {
    open: "open",
    "half-open": "half-open",
    closed: "closed",
    disabled: "disabled",
  };
  function makeChange(first: Change) {
    const time = dom.html("time");
    const what = dom.html("span", {}, dom.html("b", {}, first.instance), ` ${first.text}`);
    const why = dom.html("span", { class: "quiet" });
    const element = dom.html("li", { "data-state": first.kind }, time, dom.icon(icons[first.kind]), what, why);
    return {
      element,
      update(change: Change): void {
        dom.attribute(time, "datetime", new Date(change.atMs).toISOString());
        dom.text(time, format.clock(change.atMs));
        dom.text(why, change.reason);
      },
    };
  }
  const refreshChanges = dom.rows<Change, ReturnType<typeof makeChange>>(
    dom.byId("changes"),
    (change) => change.key,
    makeChange,
    (row, change) => row.update(change),
  );

  function foot(snapshot: DashboardSnapshot): void {
    const { config, core } = snapshot;
    dom.text(dom.byId("config-source"), config.source);
    dom.text(dom.byId("config-generation"), format.count(config.generation));
    dom.text(dom.byId("config-loaded"), format.clock(config.loadedAtMs));
    dom.text(dom.byId("config-last"), config.error === undefined ? "accepted" : "refused");
    dom.text(dom.byId("core"), `${core.profile} (${core.reason})`);
    dom.text(dom.byId("uptime"), format.duration(snapshot.uptimeMs));
    dom.byId("config-error").hidden = config.error === undefined;
    dom.text(dom.byId("config-error-text"), config.error ?? "");
  }

  return {
    update(snapshot: DashboardSnapshot): void {
      dom.text(dom.byId("title"), snapshot.title);
      answer(snapshot);
      numbers(snapshot);
      const changes = story.changes(snapshot);
      dom.byId("no-changes").hidden = changes.length > 0;
      refreshChanges(changes.slice(0, shownChanges));
      foot(snapshot);
    },
  };
}
