/**
 * The calls of a stretch of time, taken together. One call says little about a dependency (a cache may have answered it);
 * the mean of fifty is within a seventh even where service times are exponential.
 */

import type { LimitSample } from "./limit-algorithm.js";

/** See the head of the file. */
export class SampleWindow {
  #size: number;
  #beganMs = Number.NaN;
  #atLeastMs = 0;
  #sumMs = 0;
  /** Calls that were answered. */
  answered = 0;
  /** Calls that were dropped. Their round trips are no measure: a refusal is quick and a timeout is our own. */
  dropped = 0;
  /** The most calls at once. */
  inFlight = 0;

  /** @param size calls that the first window takes at least. */
  constructor(size: number) {
    this.#size = size;
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

  /** Mean round trip of the answered calls; NaN where there are none. */
  get meanMs(): number {
    return this.#sumMs / this.answered;
  }

  /** Share of the calls that were answered, from 0 to 1. */
  get answeredShare(): number {
    return this.answered / (this.answered + this.dropped);
  }

  /**
   * Begins the next window, which lasts for one mean round trip of this one at least: what is done about a window shows in
   * the calls that start afterwards, and who looks sooner acts twice on the same news.
   *
   * @param size calls that it takes at least.
   */
  restart(atMs: number, size: number): void {
    this.#size = size;
    if (this.answered > 0) this.#atLeastMs = this.meanMs;
    this.#beganMs = atMs;
    this.#sumMs = this.answered = this.dropped = this.inFlight = 0;
  }
}
