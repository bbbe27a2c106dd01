/** The last two minutes of the whole gateway, a point a second. */

import { LatencyHistogram } from "../../core/index.js";
import type { HistoryPoint, TrafficOutcome } from "../../dashboard/index.js";
import { dispose } from "../../kernel/index.js";
import { latencyView } from "./recent-latency.js";

const seconds = 120;

/** Gathers the running second and keeps the past ones. */
export class History {
  readonly #second = new LatencyHistogram({ relativeError: 0.01 });
  #points: HistoryPoint[] = [];
  #requests = 0;
  #errors = 0;
  #rejections = 0;

  /** A request ended. */
  record(outcome: TrafficOutcome, durationMs: number): void {
    this.#requests++;
    if (outcome === "rejected") this.#rejections++;
    else if (outcome === "server-error" || outcome === "timeout" || outcome === "upstream-failure") this.#errors++;
    if (outcome !== "rejected") this.#second.record(durationMs);
  }

  /** Closes the running second. */
  turn(wallNowMs: number): void {
    const { p50, p95, p99 } = latencyView(this.#second);
    const point = {
      atMs: wallNowMs,
      requests: this.#requests,
      errors: this.#errors,
      rejections: this.#rejections,
      p50,
      p95,
      p99,
    };
    this.#points = [...this.#points.slice(1 - seconds), point];
    this.#requests = 0;
    this.#errors = 0;
    this.#rejections = 0;
    this.#second.reset();
  }

  /** The past seconds, oldest first. */
  get points(): readonly HistoryPoint[] {
    return this.#points;
  }

  /** Gives the core's memory back. */
  dispose(): void {
    this.#second[dispose]();
  }
}
