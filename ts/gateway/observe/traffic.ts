/** What happened to the requests of one route, or of the whole gateway: counts since the start, and readings of late. */

import { type TrafficOutcome, type TrafficView, trafficOutcomes } from "../../dashboard/index.js";
import { RecentLatency } from "./recent-latency.js";

/** Upper bounds of the duration histogram in the metrics, in milliseconds; the usual Prometheus buckets and one above. */
export const bucketBoundsMs: readonly number[] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

/** Rates are taken over so many seconds. */
const rateSeconds = 5;

/** Counters and readings. */
export class Traffic {
  requests = 0;
  inFlight = 0;
  retries = 0;
  /** Sum of all durations, in milliseconds. */
  sumMs = 0;
  readonly outcomes: Record<TrafficOutcome, number> = {
    ok: 0,
    "client-error": 0,
    "server-error": 0,
    rejected: 0,
    timeout: 0,
    "upstream-failure": 0,
    aborted: 0,
  };
  readonly rejections = new Map<string, number>();
  /** Finished requests by the bucket they fall into (not cumulative); the last is for everything above. */
  readonly buckets = new Float64Array(bucketBoundsMs.length + 1);
  readonly recent: RecentLatency;
  readonly #marks: number[] = [];
  #ratePerSecond = 0;

  constructor(nowMs: number) {
    this.recent = new RecentLatency(nowMs);
  }

  /** A request arrived. */
  started(): void {
    this.requests++;
    this.inFlight++;
  }

  /** A request ended. */
  finished(outcome: TrafficOutcome, durationMs: number, rejection: string | undefined): void {
    this.inFlight--;
    this.outcomes[outcome]++;
    this.sumMs += durationMs;
    let bucket = 0;
    while (bucket < bucketBoundsMs.length && durationMs > bucketBoundsMs[bucket]!) bucket++;
    this.buckets[bucket]!++;
    // A refusal takes next to no time; a storm of them would make a slow route look fast.
    if (rejection === undefined) this.recent.record(durationMs);
    if (rejection !== undefined) this.rejections.set(rejection, (this.rejections.get(rejection) ?? 0) + 1);
  }

  /** Lets a second pass. */
  turn(nowMs: number): void {
    this.recent.turn(nowMs);
    this.#marks.push(this.requests);
    if (this.#marks.length > rateSeconds + 1) this.#marks.shift();
    const seconds = this.#marks.length - 1;
    this.#ratePerSecond = seconds === 0 ? 0 : (this.requests - this.#marks[0]!) / seconds;
  }

  /** What the dashboard shows. */
  view(): TrafficView {
    return {
      requests: this.requests,
      ratePerSecond: this.#ratePerSecond,
      inFlight: this.inFlight,
      retries: this.retries,
      latencyMs: this.recent.view(),
      outcomes: { ...this.outcomes },
      rejections: Object.fromEntries(this.rejections),
    };
  }

  /** Finished requests in all. */
  get count(): number {
    return trafficOutcomes.reduce((sum, outcome) => sum + this.outcomes[outcome], 0);
  }

  /** Gives the core's memory back. */
  dispose(): void {
    this.recent.dispose();
  }
}
