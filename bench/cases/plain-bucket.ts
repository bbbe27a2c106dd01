/** The token bucket that anybody would write: the measure of what the core must not cost much more than. */
export class PlainBucket {
  readonly #burst: number;
  readonly #permitsPerMs: number;
  #permits: number;
  #atMs = 0;

  constructor(rate: { readonly limit: number; readonly perMs: number; readonly burst: number }) {
    this.#burst = rate.burst;
    this.#permitsPerMs = rate.limit / rate.perMs;
    this.#permits = rate.burst;
  }

  /** 0 where the permits were there, else the milliseconds until they will be. */
  tryAcquire(weight: number, nowMs: number): number {
    const permits = Math.min(this.#burst, this.#permits + (nowMs - this.#atMs) * this.#permitsPerMs);
    this.#atMs = nowMs;
    if (permits < weight) {
      this.#permits = permits;
      return (weight - permits) / this.#permitsPerMs;
    }
    this.#permits = permits - weight;
    return 0;
  }
}
