/** What the page remembers of the snapshots it saw: counts become rates here, and a route gets its own two minutes of history. */

import type { DashboardSnapshot, RouteView, TrafficView } from "../../snapshot.js";

/** One second of one route, from the difference of two snapshots. */
export interface RouteSecond {
  readonly atMs: number;
  readonly requests: number;
  readonly errors: number;
  readonly rejections: number;
}

/** A reason of refusal and how often it was given. */
export interface ReasonRate {
  readonly reason: string;
  readonly perSecond: number;
  readonly total: number;
}

/** Shares of the last ten seconds. */
export interface RecentShares {
  readonly requests: number;
  readonly errorShare: number;
  readonly rejectionShare: number;
  readonly errorsPerSecond: number;
  readonly rejectionsPerSecond: number;
  readonly okPerSecond: number;
}

export type Recorder = ReturnType<typeof makeRecorder>;

/** Makes an empty memory. */
export function makeRecorder() {
  const keptMs = 125_000;
  const recentMs = 10_000;
  let seen: DashboardSnapshot[] = [];

  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((total, n) => total + n, 0);
  const errorsOf = (traffic: TrafficView) =>
    traffic.outcomes["server-error"] + traffic.outcomes.timeout + traffic.outcomes["upstream-failure"];
  const routeIn = (snapshot: DashboardSnapshot, name: string): RouteView | undefined =>
    snapshot.routes.find((route) => route.name === name);

  /** Takes a snapshot in. A process that started anew counts from zero: what was known of the old one is forgotten. */
  function push(snapshot: DashboardSnapshot): void {
    const last = seen.at(-1);
    if (last !== undefined && (snapshot.uptimeMs < last.uptimeMs || snapshot.atMs < last.atMs)) seen = [];
    seen.push(snapshot);
    while (snapshot.atMs - seen[0]!.atMs > keptMs) seen.shift();
  }

  /** The newest snapshot and the one about ten seconds older; undefined while there is only one. */
  function span(): { from: DashboardSnapshot; to: DashboardSnapshot; seconds: number } | undefined {
    const to = seen.at(-1);
    if (to === undefined) return undefined;
    const from = seen.find((snapshot) => to.atMs - snapshot.atMs <= recentMs + 500);
    if (from === undefined || from === to) return undefined;
    return { from, to, seconds: (to.atMs - from.atMs) / 1000 };
  }

  /** Increase a second of a count that `pick` reads, over about ten seconds; 0 while unknown. */
  function perSecond(pick: (snapshot: DashboardSnapshot) => number): number {
    const recent = span();
    return recent === undefined ? 0 : Math.max(0, pick(recent.to) - pick(recent.from)) / recent.seconds;
  }

  /** The seconds of one route that the page has seen. */
  function routeSeconds(name: string): RouteSecond[] {
    const seconds: RouteSecond[] = [];
    for (let index = 1; index < seen.length; index++) {
      const before = routeIn(seen[index - 1]!, name)?.traffic;
      const after = routeIn(seen[index]!, name)?.traffic;
      const lengthS = (seen[index]!.atMs - seen[index - 1]!.atMs) / 1000;
      // A longer step is a gap in the connection: its average is not a second of anything.
      if (before === undefined || after === undefined || lengthS <= 0 || lengthS > 1.5) continue;
      seconds.push({
        atMs: seen[index]!.atMs,
        requests: Math.max(0, sum(after.outcomes) - sum(before.outcomes)) / lengthS,
        errors: Math.max(0, errorsOf(after) - errorsOf(before)) / lengthS,
        rejections: Math.max(0, after.outcomes.rejected - before.outcomes.rejected) / lengthS,
      });
    }
    return seconds;
  }

  /** Reasons of refusal on one route, in alphabetical order, so that rows do not change places. */
  function reasons(name: string): ReasonRate[] {
    const newest = seen.at(-1);
    const route = newest === undefined ? undefined : routeIn(newest, name);
    return Object.entries(route?.traffic.rejections ?? {})
      .filter(([, total]) => total > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([reason, total]) => ({
        reason,
        total,
        perSecond: perSecond((snapshot) => routeIn(snapshot, name)?.traffic.rejections[reason] ?? 0),
      }));
  }

  /** Errors of one route as a share of what ended in the last ten seconds. */
  function errorShare(name: string): number {
    const ended = perSecond((snapshot) => sum(routeIn(snapshot, name)?.traffic.outcomes ?? {}));
    const errors = perSecond((snapshot) => {
      const traffic = routeIn(snapshot, name)?.traffic;
      return traffic === undefined ? 0 : errorsOf(traffic);
    });
    return ended === 0 ? 0 : errors / ended;
  }

  /** What the history in one snapshot says about the last ten seconds; needs no memory. */
  function recentShares(snapshot: DashboardSnapshot): RecentShares {
    const points = snapshot.history.filter((point) => snapshot.atMs - point.atMs < recentMs);
    const total = (pick: (point: (typeof points)[number]) => number) =>
      points.reduce((count, point) => count + pick(point), 0);
    const requests = total((point) => point.requests);
    const errors = total((point) => point.errors);
    const rejections = total((point) => point.rejections);
    const seconds = Math.max(1, points.length);
    return {
      requests,
      errorShare: requests === 0 ? 0 : errors / requests,
      rejectionShare: requests === 0 ? 0 : rejections / requests,
      errorsPerSecond: errors / seconds,
      rejectionsPerSecond: rejections / seconds,
      okPerSecond: (requests - errors - rejections) / seconds,
    };
  }

  return { push, perSecond, routeSeconds, reasons, errorShare, recentShares };
}
