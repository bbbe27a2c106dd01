/** The instances: health, load, latency, and each breaker's state over the same two minutes as the charts above. */

import type { DashboardSnapshot, InstanceView } from "../../snapshot.js";
import type { Dom } from "./dom.js";
import type { Format } from "./format.js";
import type { BandKind, Story } from "./story.js";
import type { Timeline } from "./timeline.js";

/** An instance and what it is compared with. */
interface Entry {
  readonly upstream: string;
  readonly instance: InstanceView;
  /** The highest load of its upstream: the length of a full bar. */
  readonly topLoad: number;
  readonly nowMs: number;
  /** Nothing is known of the time before the process started. */
  readonly bornMs: number;
}

export type Instances = ReturnType<typeof makeInstances>;

/** Makes the section; `faults` adds the buttons of the demonstration to a row. */
export function makeInstances(
  dom: Dom,
  format: Format,
  story: Story,
  timeline: Timeline,
  faults: (instance: string) => HTMLElement,
) {
  // A page of a thousand strips would be slow to draw and of no use to read.
  const maxShown = 48;
  const kinds: readonly BandKind[] = ["closed", "disabled", "half-open", "open"];
  // Height of a state in its strip, as a share: state is readable without colour. An open breaker stands out as a full
  // block, one on trial is half as high and striped, a closed one is the quiet line at the bottom.
  const heights: Record<BandKind, number> = { closed: 0.12, disabled: 0.12, "half-open": 0.55, open: 1 };

  function makeStrip(frame: HTMLElement, entryOf: () => Entry): void {
    const paths = new Map<string, SVGPathElement>();
    timeline.add(frame, (scale, moving) => {
      const entry = entryOf();
      const breaker = entry.instance.breaker;
      for (const kind of kinds) {
        const outlines: string[] = [];
        if (breaker !== undefined) {
          const top = scale.height * (1 - heights[kind]);
          for (const band of story.bands(breaker, Math.max(scale.fromMs, entry.bornMs), scale.toMs)) {
            if (band.kind !== kind) continue;
            // A state of a few milliseconds is drawn two pixels wide: it happened.
            const left = scale.x(band.fromMs);
            const right = Math.max(scale.x(band.toMs), left + 2);
            outlines.push(`M${left.toFixed(1)} ${top}H${right.toFixed(1)}V${scale.height}H${left.toFixed(1)}Z`);
          }
        }
        for (const layer of kind === "half-open" ? [kind, "half-open-lines"] : [kind]) {
          let path = paths.get(layer);
          if (path === undefined) {
            path = dom.svg("path", { class: `band ${layer}` });
            paths.set(layer, path);
            moving.append(path);
          }
          path.setAttribute("d", outlines.join(""));
        }
      }
    });
  }

  function stateText(instance: InstanceView, nowMs: number): string {
    const breaker = instance.breaker;
    if (breaker === undefined) return instance.healthy ? "In service" : "Out of service";
    const since = format.duration(nowMs - breaker.sinceMs);
    const name = story.stateName(breaker.state);
    if (breaker.state === "open" && breaker.retryAfterMs !== undefined) {
      return `${name}, tries again in ${Math.max(1, Math.ceil(breaker.retryAfterMs / 1000))} s`;
    }
    return `${name} for ${since}`;
  }

  function make(first: Entry) {
    let entry = first;
    const health = dom.icon("up");
    const name = dom.html("h3", {}, first.instance.id.replace(`${first.upstream}/`, ""));
    const url = dom.html("p", { class: "quiet" });
    const strip = dom.html("div", { class: "plot strip", role: "img" });
    const stateIcon = dom.icon("closed");
    const state = dom.html("span");
    const pill = dom.html("p", { class: "pill" }, stateIcon, state);
    const fill = dom.html("span", { class: "fill" });
    const load = dom.html("dd");
    const fields = new Map<string, HTMLElement>();
    const field = (key: string, term: string, title: string) => {
      const value = dom.html("dd");
      fields.set(key, value);
      return dom.html("div", { title }, dom.html("dt", {}, term), value);
    };
    const healthText = dom.html("span", { class: "unseen" });
    const element = dom.html(
      "li",
      { class: "lane instance", "data-instance": first.instance.id },
      dom.html("div", { class: "who" }, dom.html("div", { class: "name" }, health, name, healthText), url),
      strip,
      dom.html(
        "div",
        { class: "facts" },
        pill,
        dom.html(
          "dl",
          { class: "numbers" },
          dom.html(
            "div",
            { class: "load", title: "Expected time of a request here; of two instances the lower one gets it" },
            dom.html("dt", {}, "Load"),
            load,
            dom.html("dd", { class: "bar", "aria-hidden": "true" }, fill),
          ),
          field("inflight", "In flight", "Requests that it has not answered yet"),
          field("p50", "P50", "Half of its recent answers were faster"),
          field("p99", "P99", "99 of 100 of its recent answers were faster"),
          field("failed", "Failing", "Share of failed calls in the breaker’s window"),
        ),
      ),
    );
    if (first.instance.id !== "") element.append(faults(first.instance.id));
    makeStrip(strip, () => entry);
    return {
      element,
      update(next: Entry): void {
        entry = next;
        const { instance } = next;
        const host = instance.url.replace(/^https?:\/\//, "").replace(/\/$/, "");
        dom.text(url, first.instance.id.endsWith(host) ? next.upstream : `${next.upstream} · ${host}`);
        dom.setIcon(health, instance.healthy ? "up" : "down");
        dom.text(healthText, instance.healthy ? "in service" : "out of service");
        const kind = instance.breaker === undefined ? "none" : story.kindOf(instance.breaker.state);
        dom.attribute(element, "data-state", kind);
        dom.attribute(element, "data-healthy", String(instance.healthy));
        dom.setIcon(stateIcon, kind === "none" ? (instance.healthy ? "up" : "down") : kind);
        dom.text(state, stateText(instance, next.nowMs));
        dom.attribute(
          strip,
          "aria-label",
          `Breaker of ${instance.id}, last two minutes: now ${stateText(instance, next.nowMs)}`,
        );
        dom.text(load, format.latencyText(instance.load));
        fill.style.width = `${next.topLoad > 0 ? Math.min(100, (instance.load / next.topLoad) * 100) : 0}%`;
        dom.text(fields.get("inflight")!, format.count(instance.inFlight));
        dom.text(fields.get("p50")!, format.latencyText(instance.latencyMs.p50));
        dom.text(fields.get("p99")!, format.latencyText(instance.latencyMs.p99));
        const failing =
          instance.breaker?.failureRate ?? (instance.requests === 0 ? 0 : instance.failures / instance.requests);
        dom.text(fields.get("failed")!, `${format.percent(failing)} %`);
      },
    };
  }

  const refresh = dom.rows<Entry, ReturnType<typeof make>>(
    dom.byId("instances"),
    (entry) => `${entry.upstream}\n${entry.instance.id}`,
    make,
    (row, entry) => row.update(entry),
    (row) => timeline.remove(row.element.querySelector<HTMLElement>(".strip")!),
  );

  /** The first ones; where there are more, those in trouble come before the others. */
  function choose(entries: readonly Entry[]): readonly Entry[] {
    const left = entries.length - maxShown;
    dom.byId("more-instances").hidden = left <= 0;
    if (left <= 0) return entries;
    dom.text(dom.byId("more-instances"), `and ${format.count(left)} more, all of them in /-/snapshot`);
    const calm = ({ instance }: Entry) =>
      instance.healthy && (instance.breaker?.state ?? "closed") === "closed" ? 1 : 0;
    return [...entries].sort((a, b) => calm(a) - calm(b)).slice(0, maxShown);
  }

  return {
    update(snapshot: DashboardSnapshot): void {
      const bornMs = snapshot.atMs - snapshot.uptimeMs;
      const entries: readonly Entry[] = snapshot.upstreams.flatMap((upstream) => {
        const topLoad = Math.max(1, ...upstream.instances.map((instance) => instance.load));
        return upstream.instances.map((instance) => ({
          upstream: upstream.name,
          instance,
          topLoad,
          nowMs: snapshot.atMs,
          bornMs,
        }));
      });
      refresh(choose(entries));
    },
  };
}
