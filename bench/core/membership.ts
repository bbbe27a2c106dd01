/** Failure detection beside what one would write by hand; the package registry has no accrual detector or suspicion timer to compare with. */

import { PhiAccrual, Suspicion } from "holdfast/core";
import { type CoreCase, timed } from "./timed.js";

/** The detector with running sums, as Akka keeps them: each heartbeat adds one distance and takes one away. */
class HandPhi {
  readonly #distances: Float64Array;
  #next = 0;
  #count = 0;
  #sum = 0;
  #squares = 0;
  #lastMs = -1;

  constructor(window: number) {
    this.#distances = new Float64Array(window);
  }

  heartbeat(nowMs: number): void {
    if (this.#lastMs >= 0 && this.phi(nowMs) < 8) {
      const distance = nowMs - this.#lastMs;
      const old = this.#distances[this.#next]!;
      this.#distances[this.#next] = distance;
      this.#next = (this.#next + 1) % this.#distances.length;
      if (this.#count < this.#distances.length) this.#count++;
      this.#sum += distance - old;
      this.#squares += distance * distance - old * old;
    }
    this.#lastMs = nowMs;
  }

  phi(nowMs: number): number {
    if (this.#count === 0) return 0;
    const mean = this.#sum / this.#count;
    const deviation = Math.max(100, Math.sqrt(this.#squares / this.#count - mean * mean));
    const y = (nowMs - this.#lastMs - mean) / deviation;
    const e = Math.exp(-y * (1.5976 + 0.070566 * y * y));
    return y > 0 ? -Math.log10(e / (1 + e)) : -Math.log10(1 - 1 / (1 + e));
  }
}

/** The cases' time passes by 2 µs a call; heartbeats are a second apart. */
const slower = 500_000;

interface Detector {
  heartbeat(nowMs: number): void;
  phi(nowMs: number): number;
}

const detectors = (name: string, make: (window: number) => Detector): CoreCase[] => [
  ...[100, 1_000].map((window) =>
    timed(`${name}, ${window} distances: heartbeat`, () => {
      const detector = make(window);
      return (nowMs) => {
        detector.heartbeat(nowMs * slower);
        return 0;
      };
    }),
  ),
  timed(`${name}, 1000 distances: φ`, () => {
    const detector = make(1_000);
    for (let n = 0; n < 1_000; n++) detector.heartbeat(n);
    return (nowMs) => detector.phi(nowMs);
  }),
];

const suspicions: readonly CoreCase[] = [
  timed("suspicion: remaining time", () => {
    const suspicion = new Suspicion({ confirmations: 3, minMs: 2_000, maxMs: 30_000, from: 1 }, 0);
    suspicion.confirm(2);
    return (nowMs) => suspicion.remainingMs(nowMs);
  }),
  timed("suspicion by hand: remaining time", () => {
    let confirmations = 0;
    confirmations++;
    return (nowMs) => {
      const share = Math.log(confirmations + 1) / Math.log(4);
      return Math.max(2_000, Math.floor(1_000 * (30 - share * 28))) - nowMs;
    };
  }),
];

export const membershipCases: readonly CoreCase[] = [
  ...detectors("phi accrual", (window) => new PhiAccrual({ window })),
  ...detectors("phi accrual by hand", (window) => new HandPhi(window)),
  ...suspicions,
];
