/**
 * The calls of a stretch of time, taken together. One call says little about a dependency (a cache may have answered it);
 * the mean of fifty is within a seventh even where service times are exponential.
 *
 * Where there is a target, the round trips are those that it has measured meanwhile: of the attempts themselves, without
 * what stands between them and the limit, and of everybody's. Whether the limit is in use and what was dropped still comes from the
 * limit's own calls. The target's quantiles would not do: they are of its whole window, and so are a minute behind.
 */

import type { LatencyTarget, LatencyTotals } from "../target/latency-target.js";
import type { LimitSample } from "./limit-algorithm.js";

/** See the head of the file. */
export class SampleWindow {
  #size: number;
  #beganMs = Number.NaN;
  #atLeastMs = 0;
  #sumMs = 0;
  readonly #target: LatencyTarget | undefined;
  /** What the target had measured when the window began. */
  #before: LatencyTotals | undefined;
  /** Calls that were answered. */
  answered = 0;
  /** Calls that were dropped. Their round trips are no measure: a refusal is quick and a timeout is our own. */
  dropped = 0;
  /** The most calls at once. */
  inFlight = 0;

  /** @param size calls that the first window takes at least. */
  constructor(size: number, target: LatencyTarget | undefined) {
    this.#size = size;
    this.#target = target;
    this.#before = target?.totals;
  }

  /** Takes a call in, and says whether the window is complete. */
  add({ atMs, rttMs, inFlight, dropped }: LimitSample): boolean {
    if (Number.isNaN(this.#beganMs)) this.#beganMs = atMs;
    if (dropped) {
      this.dropped++;
    } else {
      this.answered++;
      this.#sumMs += rttMs;
    }
    if (inFlight > this.inFlight) this.inFlight = inFlight;
    return this.answered + this.dropped >= this.#size && atMs - this.#beganMs >= this.#atLeastMs;
  }

  /** Mean round trip of the answered calls, or of the target's attempts; NaN where there are none. */
  get meanMs(): number {
    if (this.#target === undefined || this.#before === undefined) return this.#sumMs / this.answered;
    const { count, sumMs } = this.#target.totals;
    return (sumMs - this.#before.sumMs) / (count - this.#before.count);
  }

  /** Whether there is a mean round trip. */
  get measured(): boolean {
    return !Number.isNaN(this.meanMs);
  }

  /** Share of the calls that were answered, from 0 to 1. */
  get answeredShare(): number {
    return this.answered / (this.answered + this.dropped);
  }

  /** Leaves out what has ended by now: {@link add} was not told of it. */
  skip(): void {
    this.#before = this.#target?.totals;
  }

  /**
   * Begins the next window, which lasts for one mean round trip of this one at least: what is done about a window shows in
   * the calls that start afterwards, and who looks sooner acts twice on the same news.
   *
   * @param size calls that it takes at least.
   */
  restart(atMs: number, size: number): void {
    this.#size = size;
    if (this.measured) this.#atLeastMs = this.meanMs;
    this.#beganMs = atMs;
    this.#sumMs = this.answered = this.dropped = this.inFlight = 0;
    this.skip();
  }
}
