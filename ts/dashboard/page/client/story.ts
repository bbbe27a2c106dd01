/** What the numbers mean, in words: the sentence at the top of the page, the breakers' past, and the list of changes. */

import type { BreakerView, DashboardSnapshot, InstanceView, TransitionView } from "../../snapshot.js";
import type { Format } from "./format.js";
import type { RecentShares } from "./recorder.js";

/** How a breaker's state is drawn. */
export type BandKind = "closed" | "open" | "half-open" | "disabled";

/** A stretch of time that a breaker spent in one state. */
export interface Band {
  readonly kind: BandKind;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The answer at the top of the page. */
export interface Status {
  readonly tone: "calm" | "watch" | "trouble";
  readonly headline: string;
  readonly detail: string;
}

/** One line in the list of changes. */
export interface Change {
  readonly key: string;
  readonly atMs: number;
  readonly instance: string;
  readonly kind: BandKind;
  readonly text: string;
  readonly reason: string;
  /** Whether it is worth interrupting somebody for. */
  readonly isNews: boolean;
}

export type Story = ReturnType<typeof makeStory>;

/** Makes the story teller. */
export function makeStory(format: Format) {
  function kindOf(state: string): BandKind {
    if (state === "open" || state === "forced-open") return "open";
    return state === "half-open" || state === "disabled" ? state : "closed";
  }

  /** What to call a state where a person reads it. */
  function stateName(state: string): string {
    const names: Record<string, string> = {
      closed: "Closed",
      open: "Open",
      "half-open": "Half-open",
      "forced-open": "Forced open",
      disabled: "Disabled",
    };
    return names[state] ?? state;
  }

  /** A breaker's states from `fromMs` to `toMs`, oldest first. What happened before the first known change is its `from` state. */
  function bands(breaker: BreakerView, fromMs: number, toMs: number): Band[] {
    const result: Band[] = [];
    let startMs = fromMs;
    let state = breaker.transitions[0]?.from ?? breaker.state;
    const close = (endMs: number) => {
      if (endMs > startMs) result.push({ kind: kindOf(state), fromMs: startMs, toMs: endMs });
      startMs = Math.max(startMs, endMs);
    };
    for (const change of breaker.transitions) {
      close(Math.min(change.atMs, toMs));
      state = change.to;
    }
    state = breaker.state;
    close(toMs);
    return result;
  }

  function instancesOf(snapshot: DashboardSnapshot): InstanceView[] {
    return snapshot.upstreams.flatMap((upstream) => upstream.instances);
  }

  const verbs: Record<BandKind, string> = {
    open: "opened",
    "half-open": "is trying again",
    closed: "closed",
    disabled: "was disabled",
  };

  /** The rule behind a change, in words; one that is not known here is shown as it comes. */
  function reasonText(change: TransitionView): string {
    if (change.reason === "probes") return change.to === "closed" ? "trial calls went well" : "trial calls failed";
    const words: Record<string, string> = {
      threshold: "too many calls failed",
      elapsed: "the wait is over",
      manual: "by hand",
    };
    return words[change.reason] ?? change.reason.replaceAll("-", " ");
  }

  /**
   * One instance's changes. A breaker that stays open tries again every few seconds: its failed trials become one line
   * that counts them, and a trial is a line of its own only while it lasts.
   */
  function changesOf(instance: InstanceView): Change[] {
    const lines: Change[] = [];
    const transitions = instance.breaker?.transitions ?? [];
    let failedTrials = 0;
    transitions.forEach((transition, index) => {
      const kind = kindOf(transition.to);
      if (kind === "half-open" && index < transitions.length - 1) return;
      const line = {
        key: `${instance.id} ${transition.atMs} ${transition.to}`,
        atMs: transition.atMs,
        instance: instance.id,
        kind,
        text: verbs[kind],
        reason: reasonText(transition),
        isNews: kind !== "half-open",
      };
      if (kind === "open" && transition.from === "half-open") {
        failedTrials++;
        const sameOutage = failedTrials > 1 ? lines.pop() : undefined;
        const reason = failedTrials === 1 ? "a trial failed" : `${failedTrials} trials failed`;
        lines.push({ ...line, key: sameOutage?.key ?? line.key, text: "stays open", reason, isNews: false });
      } else {
        if (kind !== "half-open") failedTrials = 0;
        lines.push(line);
      }
    });
    return lines;
  }

  /** What all breakers did, newest first. */
  function changes(snapshot: DashboardSnapshot): Change[] {
    return instancesOf(snapshot)
      .flatMap(changesOf)
      .sort((a, b) => b.atMs - a.atMs);
  }

  function listed(names: readonly string[]): string {
    if (names.length < 3) return names.join(" and ");
    return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  }

  function served(recent: RecentShares): string {
    const share = 1 - recent.errorShare - recent.rejectionShare;
    const refused = recent.rejectionShare > 0 ? `, ${format.percent(recent.rejectionShare)} % refused` : "";
    const failed = recent.errorShare > 0 ? `, ${format.percent(recent.errorShare)} % failed` : "";
    return `${format.percent(share)} % of the last ten seconds’ requests were answered${refused}${failed}.`;
  }

  /** The most important thing to know now. */
  function status(snapshot: DashboardSnapshot, recent: RecentShares): Status {
    const all = instancesOf(snapshot);
    const isOut = (instance: InstanceView) =>
      !instance.healthy || (instance.breaker !== undefined && kindOf(instance.breaker.state) === "open");
    const out = all.filter(isOut);
    const trying = all.filter((instance) => !isOut(instance) && instance.breaker?.state === "half-open");
    if (recent.requests === 0 && out.length === 0) {
      return { tone: "calm", headline: "Quiet.", detail: "No request ended in the last ten seconds." };
    }
    if (all.length > 0 && out.length === all.length) {
      const what = all.length === 1 ? "The only instance is" : `All ${all.length} instances are`;
      return { tone: "trouble", headline: `${what} out of service.`, detail: served(recent) };
    }
    if (recent.errorShare >= 0.02) {
      const cause = out.length > 0 ? `${listed(out.map((instance) => instance.id))} held back; ` : "";
      return {
        tone: "trouble",
        headline: `${format.percent(recent.errorShare)} % of requests fail.`,
        detail: `${cause}${served(recent)}`,
      };
    }
    if (out.length > 0) {
      const names = listed(out.map((instance) => instance.id));
      const left = all.length - out.length;
      return {
        tone: "watch",
        headline: `${names} ${out.length === 1 ? "is" : "are"} held back; ${left} of ${all.length} instances carry the traffic.`,
        detail: served(recent),
      };
    }
    if (trying.length > 0) {
      const names = listed(trying.map((instance) => instance.id));
      return {
        tone: "watch",
        headline: `${names} ${trying.length === 1 ? "is" : "are"} on trial after a failure.`,
        detail: served(recent),
      };
    }
    const holding = recent.rejectionShare >= 0.01;
    const who = all.length === 1 ? "The instance answers" : `All ${all.length} instances answer`;
    return {
      tone: "calm",
      headline: holding ? `${who}; policies hold back the excess.` : `${who}.`,
      detail: served(recent),
    };
  }

  return { kindOf, stateName, bands, changes, status, instancesOf };
}
