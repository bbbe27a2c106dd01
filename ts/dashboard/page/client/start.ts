/** Puts the parts together: a snapshot comes in, everything is drawn; silence comes in, everything says so. */

import type { DashboardSnapshot } from "../../snapshot.js";
import type { Actions } from "./actions.js";
import type { Announcer } from "./announcer.js";
import type { Charts } from "./charts.js";
import type { Dom } from "./dom.js";
import type { FeedListener, Link } from "./feed.js";
import type { Format } from "./format.js";
import type { Instances } from "./instances.js";
import type { Overview } from "./overview.js";
import type { Recorder } from "./recorder.js";
import type { Routes } from "./routes.js";
import type { Timeline } from "./timeline.js";

/** The parts of the page. */
export interface Parts {
  readonly dom: Dom;
  readonly format: Format;
  readonly recorder: Recorder;
  readonly timeline: Timeline;
  readonly charts: Charts;
  readonly overview: Overview;
  readonly instances: Instances;
  readonly routes: Routes;
  readonly actions: Actions;
  readonly announcer: Announcer;
}

/** Starts the page; the result is what the feed talks to. `ageMs` says how old the newest snapshot is. */
export function startPage(parts: Parts, ageMs: () => number): FeedListener {
  const { dom, format, timeline, charts } = parts;
  let newest: DashboardSnapshot | undefined;

  const scrubber = dom.byId("scrubber") as HTMLInputElement;
  const windowS = timeline.windowMs / 1000;
  function point(agoMs: number): void {
    timeline.pointAt(agoMs);
    scrubber.value = String(windowS - Math.round(agoMs / 1000));
    scrubber.setAttribute("aria-valuetext", charts.cursorText());
    if (newest !== undefined) charts.legend(newest);
  }
  scrubber.addEventListener("input", () => point((windowS - Number(scrubber.value)) * 1000));
  const lanes = dom.byId("time");
  lanes.addEventListener("pointermove", (event) => {
    const frame = (event.target as Element).closest<HTMLElement>(".plot");
    if (frame === null) return;
    const box = frame.getBoundingClientRect();
    point((1 - (event.clientX - box.left) / box.width) * timeline.windowMs);
  });
  lanes.addEventListener("pointerleave", () => {
    if (document.activeElement !== scrubber) point(0);
  });
  scrubber.addEventListener("blur", () => point(0));

  const linkTexts: Record<Link, string> = { connecting: "Connecting", live: "Live", lost: "Reconnecting" };
  let link: Link = "connecting";
  function showLink(next: Link): void {
    link = next;
    document.documentElement.dataset["link"] = next;
    dom.setIcon(dom.byId("link").querySelector<SVGElement>("svg")!, `link-${next}`);
    dom.text(dom.byId("link-text"), linkTexts[next]);
    showAge();
  }

  /** While nothing comes, the age of what is shown counts up. */
  function showAge(): void {
    dom.byId("stale").hidden = link !== "lost";
    if (link === "lost") {
      dom.text(dom.byId("stale-text"), `No connection. What you see is from ${format.duration(ageMs())} ago.`);
    }
  }
  setInterval(showAge, 1_000);

  /** Remembers a snapshot, and draws it where somebody can see it: a hidden page costs next to nothing. */
  function take(snapshot: DashboardSnapshot): void {
    parts.recorder.push(snapshot);
    newest = snapshot;
    if (!document.hidden) draw(snapshot);
  }
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && newest !== undefined && link === "live") draw(newest);
  });

  function draw(snapshot: DashboardSnapshot): void {
    parts.overview.update(snapshot);
    parts.instances.update(snapshot);
    parts.routes.update(snapshot);
    charts.update(snapshot);
    timeline.advance(snapshot.atMs);
    parts.announcer.follow(snapshot);
    document.documentElement.dataset["demo"] = String(snapshot.demo);
    document.title = `${snapshot.title} · Holdfast`;
  }

  return {
    snapshot(snapshot) {
      // The demonstration's names are asked for before the first drawing, so that no row changes its name.
      const asked = parts.actions.refresh(snapshot.demo);
      if (newest === undefined && snapshot.demo) void asked.then(() => take(parts.actions.withNames(snapshot)));
      else take(parts.actions.withNames(snapshot));
    },
    link(next) {
      if (next === "lost") timeline.freeze();
      if (next === "lost") parts.announcer.say("Connection lost; reconnecting");
      if (next === "live" && link === "lost") parts.announcer.say("Connected again");
      showLink(next);
    },
    outdated() {
      dom.byId("outdated").hidden = false;
    },
  };
}
