/** Quantiles of the last ten seconds or so: two histograms, of which one is filled while the other fades out. */

import { LatencyHistogram } from "../../core/index.js";
import type { LatencyView } from "../../dashboard/index.js";
import { dispose } from "../../kernel/index.js";

/** How long one histogram is filled, in milliseconds; readings cover between one and two of these spans. */
const spanMs = 5_000;

/** A moving picture of a latency. */
export class RecentLatency {
  #filling: LatencyHistogram;
  #fading: LatencyHistogram;
  #turnedMs: number;

  constructor(nowMs: number) {
    this.#turnedMs = nowMs;
    this.#filling = new LatencyHistogram({ relativeError: 0.01 });
    try {
      this.#fading = new LatencyHistogram({ relativeError: 0.01 });
    } catch (error) {
      this.#filling[dispose]();
      throw error;
    }
  }

  /** Takes in one latency. */
  record(latencyMs: number): void {
    this.#filling.record(latencyMs);
  }

  /** Lets time pass; call it about once a second. */
  turn(nowMs: number): void {
    if (nowMs - this.#turnedMs < spanMs) return;
    // After a long pause both halves are old.
    if (nowMs - this.#turnedMs >= 2 * spanMs) this.#filling.reset();
    const old = this.#fading;
    this.#fading = this.#filling;
    this.#filling = old;
    old.reset();
    this.#turnedMs = nowMs;
  }

  /** The quantiles now; zeros where nothing was recorded. */
  view(): LatencyView {
    const both = new LatencyHistogram({ relativeError: 0.01 });
    try {
      both.merge(this.#filling);
      both.merge(this.#fading);
      return latencyView(both);
    } finally {
      both[dispose]();
    }
  }

  /** Gives the core's memory back. */
  dispose(): void {
    this.#filling[dispose]();
    this.#fading[dispose]();
  }
}

/** The quantiles of a histogram. */
export function latencyView(histogram: LatencyHistogram): LatencyView {
  if (histogram.count === 0) return { p50: 0, p95: 0, p99: 0, max: 0 };
  return {
    p50: histogram.quantile(0.5),
    p95: histogram.quantile(0.95),
    p99: histogram.quantile(0.99),
    max: histogram.max,
  };
}
