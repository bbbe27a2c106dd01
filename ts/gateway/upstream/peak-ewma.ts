/**
 * Peak-EWMA: a latency that jumps up at once and forgets slowly, after Finagle's `PeakEwma.scala` and linkerd's `ewma`.
 *
 * An observation above the decayed value replaces it; one below is averaged in with weight 1 − e^(−Δ/τ), so uneven
 * spacing in time is accounted for. Reading only projects the decay to the moment asked for and changes nothing (linkerd;
 * Finagle observes a zero instead): how often somebody looks must not change what they see.
 */
export class PeakEwma {
  readonly #decayMs: number;
  #valueMs: number;
  #atMs: number;

  /** @param initialMs assumed before the first observation; zero would make an unknown host look free and draw a stampede. */
  constructor(decayMs: number, initialMs: number, nowMs: number) {
    this.#decayMs = decayMs;
    this.#valueMs = initialMs;
    this.#atMs = nowMs;
  }

  /** The value projected to `nowMs`; time that goes back counts as no time. */
  at(nowMs: number): number {
    const elapsedMs = nowMs - this.#atMs;
    return elapsedMs <= 0 ? this.#valueMs : this.#valueMs * Math.exp(-elapsedMs / this.#decayMs);
  }

  /** Forgets everything that was observed. */
  reset(valueMs: number, nowMs: number): void {
    this.#valueMs = valueMs;
    this.#atMs = nowMs;
  }

  /** Takes in a latency. */
  observe(latencyMs: number, nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    const weight = Math.exp(-elapsedMs / this.#decayMs);
    const decayed = this.#valueMs * weight;
    this.#valueMs = latencyMs > decayed ? latencyMs : this.#valueMs * weight + latencyMs * (1 - weight);
    this.#atMs = Math.max(this.#atMs, nowMs);
  }
}
