/** Tells assistive technology what changed: each breaker's moves and the connection, gathered so that a storm is one sentence. */

import type { DashboardSnapshot } from "../../snapshot.js";
import type { Dom } from "./dom.js";
import type { Story } from "./story.js";

export type Announcer = ReturnType<typeof makeAnnouncer>;

/** Makes an announcer that writes into the page's live region. */
export function makeAnnouncer(dom: Dom, story: Story, region: HTMLElement) {
  const pauseMs = 2_000;
  let newestMs: number | undefined;
  const waiting: string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function say(text: string): void {
    waiting.push(text);
    if (timer !== undefined) return;
    dom.text(region, waiting.splice(0).join(". "));
    timer = setTimeout(() => {
      timer = undefined;
      if (waiting.length > 0) say(waiting.splice(0).slice(-4).join(". "));
    }, pauseMs);
  }

  /** Announces the changes that came after the last snapshot; the past of a page just opened is not news. */
  function follow(snapshot: DashboardSnapshot): void {
    const changes = story.changes(snapshot);
    const fresh = changes
      .filter((change) => change.isNews && newestMs !== undefined && change.atMs > newestMs)
      .reverse();
    newestMs = Math.max(newestMs ?? 0, changes[0]?.atMs ?? 0, newestMs === undefined ? snapshot.atMs : 0);
    for (const change of fresh) say(`Breaker of ${change.instance} ${change.text}`);
  }

  return { say, follow };
}
