/** What a demonstration run came to. */

import type { DashboardSnapshot, TransitionView } from "../../dashboard/index.js";
import type { ClientOutcome, Quantiles, Tally } from "./tally.js";

/** The object that `--json` prints. */
export interface DemoSummary {
  readonly seed: number;
  /** How long the load ran. */
  readonly seconds: number;
  /** Requests to the gateway with policies; the same were sent to the one without. */
  readonly requests: number;
  /** Requests to the gateway with policies by how they ended, as their clients saw it; they add up to `requests`. */
  readonly outcomes: Partial<Record<ClientOutcome, number>>;
  /** The same for the gateway without policies. */
  readonly unprotectedOutcomes: Partial<Record<ClientOutcome, number>>;
  /** Latency of what was not refused, from the intended time of sending, in milliseconds. */
  readonly latencyMs: { readonly protected: Quantiles; readonly unprotected: Quantiles };
  /** Changes of state of all breakers. */
  readonly breakerTransitions: number;
  /** Requests that a rate limiter refused. */
  readonly limiterRejections: number;
}

/** Counts breakers' changes from snapshot to snapshot, since each snapshot holds only the latest ones. */
export function makeTransitionCounter(): { see(snapshot: DashboardSnapshot): void; readonly count: number } {
  const newest = new Map<string, TransitionView>();
  let count = 0;
  const same = (a: TransitionView, b: TransitionView) => a.atMs === b.atMs && a.from === b.from && a.to === b.to;
  return {
    see(snapshot) {
      for (const { id, breaker } of snapshot.upstreams.flatMap((upstream) => upstream.instances)) {
        const transitions = breaker?.transitions ?? [];
        const last = newest.get(id);
        // Not found, which is -1, means that all of them are new.
        const seen = last === undefined ? -1 : transitions.findLastIndex((change) => same(change, last));
        count += transitions.length - 1 - seen;
        const latest = transitions.at(-1);
        if (latest !== undefined) newest.set(id, latest);
      }
    },
    get count() {
      return count;
    },
  };
}

/** Puts the numbers together. */
export function summarise(
  run: { readonly seed: number; readonly seconds: number; readonly breakerTransitions: number },
  on: Tally,
  off: Tally,
  last: DashboardSnapshot,
): DemoSummary {
  return {
    seed: run.seed,
    seconds: run.seconds,
    requests: on.requests,
    outcomes: on.outcomes(),
    unprotectedOutcomes: off.outcomes(),
    latencyMs: { protected: on.quantiles(), unprotected: off.quantiles() },
    breakerTransitions: run.breakerTransitions,
    limiterRejections: last.routes.reduce((sum, route) => sum + (route.limiter?.rejected ?? 0), 0),
  };
}

/** The same for people. */
export function summaryText(summary: DemoSummary): string {
  const share = (outcomes: Partial<Record<string, number>>) => {
    const total = Math.max(1, summary.requests);
    return `${(((outcomes["ok"] ?? 0) / total) * 100).toFixed(2)} %`;
  };
  const { latencyMs } = summary;
  return [
    `${summary.requests} requests to each gateway in ${summary.seconds} s, seed ${summary.seed}`,
    `policies on:  ${share(summary.outcomes)} answered, P50 ${latencyMs.protected.p50} ms, P99 ${latencyMs.protected.p99} ms`,
    `policies off: ${share(summary.unprotectedOutcomes)} answered, P50 ${latencyMs.unprotected.p50} ms, P99 ${latencyMs.unprotected.p99} ms`,
    `breakers changed state ${summary.breakerTransitions} times; limiters refused ${summary.limiterRejections} requests`,
    "",
  ].join("\n");
}
