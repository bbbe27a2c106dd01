/** What the clients of one gateway saw: since the start, and in the last half minute. */

import { LatencyHistogram } from "../../core/index.js";

/** How a request ended, seen from its client. */
export type ClientOutcome =
  | "ok"
  | "rate-limited"
  | "breaker-open"
  | "concurrency-limited"
  | "no-instance"
  | "server-error"
  | "upstream-failed"
  | "upstream-timeout"
  | "client-timeout"
  | "connection-failed";

/** Refused by the gateway, quickly and on purpose. What is neither this nor `ok` failed. */
const refusals: ReadonlySet<ClientOutcome> = new Set<ClientOutcome>([
  "rate-limited",
  "breaker-open",
  "concurrency-limited",
  "no-instance",
]);

/** Quantiles in milliseconds. */
export interface Quantiles {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** The last half minute. */
export interface Recent {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly okShare: number;
  readonly refusedShare: number;
  readonly failedShare: number;
}

/** Longer than a spell of trouble and its absence together would be calmer; shorter would show each alone. */
const windowMs = 30_000;

interface Sample {
  readonly atMs: number;
  readonly outcome: ClientOutcome;
  readonly latencyMs: number;
}

/** Counts one side of the comparison. Dispose it when done: the histogram lives in the core's memory. */
export class Tally {
  readonly #histogram = new LatencyHistogram({ relativeError: 0.01 });
  readonly #outcomes = new Map<ClientOutcome, number>();
  #recent: Sample[] = [];
  #maxMs = 0;
  #trimAt = 1_000;

  /** Takes in one finished request. Refusals count as outcomes but not as latencies: they are quick, and would flatter. */
  record(outcome: ClientOutcome, latencyMs: number, nowMs: number): void {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    this.#recent.push({ atMs: nowMs, outcome, latencyMs });
    // A run without a screen never asks for the recent past; it is kept short all the same.
    if (this.#recent.length >= this.#trimAt) {
      this.#trim(nowMs);
      this.#trimAt = 2 * this.#recent.length + 1_000;
    }
    if (refusals.has(outcome)) return;
    this.#histogram.record(latencyMs);
    this.#maxMs = Math.max(this.#maxMs, latencyMs);
  }

  get requests(): number {
    let total = 0;
    for (const count of this.#outcomes.values()) total += count;
    return total;
  }

  /** Counts since the start, most frequent first. */
  outcomes(): Partial<Record<ClientOutcome, number>> {
    return Object.fromEntries([...this.#outcomes].sort(([, a], [, b]) => b - a));
  }

  /** Latency of everything that was not refused, since the start. */
  quantiles(): Quantiles {
    const read = (q: number) => (this.#histogram.count === 0 ? 0 : Number(this.#histogram.quantile(q).toFixed(2)));
    return {
      p50: read(0.5),
      p90: read(0.9),
      p95: read(0.95),
      p99: read(0.99),
      p999: read(0.999),
      max: Number(this.#maxMs.toFixed(2)),
    };
  }

  #trim(nowMs: number): void {
    this.#recent = this.#recent.filter((sample) => nowMs - sample.atMs <= windowMs);
  }

  /** The last half minute before `nowMs`. */
  recent(nowMs: number): Recent {
    this.#trim(nowMs);
    const all = this.#recent.length;
    const share = (wanted: (outcome: ClientOutcome) => boolean) =>
      all === 0 ? 0 : this.#recent.reduce((count, sample) => count + (wanted(sample.outcome) ? 1 : 0), 0) / all;
    // A typed array sorts its numbers several times faster, which counts while traffic waits for this very thread.
    const sorted = Float64Array.from(
      this.#recent.filter((sample) => !refusals.has(sample.outcome)),
      (sample) => sample.latencyMs,
    ).sort();
    // The nearest-rank definition: the smallest value that at least a share q of all do not exceed.
    const quantile = (q: number) => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
    const spanMs = Math.max(1_000, Math.min(windowMs, nowMs - (this.#recent[0]?.atMs ?? nowMs)));
    return {
      requests: all,
      perSecond: (all * 1_000) / spanMs,
      p50: quantile(0.5),
      p99: quantile(0.99),
      okShare: share((outcome) => outcome === "ok"),
      refusedShare: share((outcome) => refusals.has(outcome)),
      failedShare: share((outcome) => outcome !== "ok" && !refusals.has(outcome)),
    };
  }

  dispose(): void {
    this.#histogram.dispose();
  }
}
