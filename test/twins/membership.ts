/** Failure detection, from lists of everything that was ever said. */

const ticks = (us: number): number => Math.round(us * 1024) / 1024;

export interface PhiOptions {
  readonly window: number;
  readonly threshold: number;
  readonly leastDeviationUs: number;
  readonly pauseUs: number;
  readonly firstUs: number;
}

/** Akka's φ, by its two branches. Where its power of e is too small for a double, φ is the power itself. */
export function akkaPhi(elapsed: number, mean: number, deviation: number): number {
  const y = (elapsed - mean) / deviation;
  const power = -y * (1.5976 + 0.070566 * y * y);
  const e = Math.exp(power);
  if (e < 1e-300) return -power / Math.LN10;
  return elapsed > mean ? -Math.log10(e / (1 + e)) : -Math.log10(1 - 1 / (1 + e));
}

/** A detector that keeps every distance and looks at the last ones when asked. Its clock never steps back. */
export class PhiTwin {
  readonly #options: PhiOptions;
  readonly distances: number[] = [];
  #lastUs: number | undefined;

  constructor(options: PhiOptions) {
    this.#options = options;
  }

  get #window(): readonly number[] {
    return this.distances.slice(-this.#options.window);
  }

  get samples(): number {
    return this.#window.length;
  }

  get meanUs(): number {
    return this.#window.reduce((sum, each) => sum + each, 0) / this.#window.length;
  }

  get deviationUs(): number {
    const mean = this.meanUs;
    return Math.sqrt(this.#window.reduce((sum, each) => sum + (each - mean) ** 2, 0) / this.#window.length);
  }

  phi(nowUs: number): number {
    if (this.#lastUs === undefined) return 0;
    const deviation = Math.max(this.deviationUs, this.#options.leastDeviationUs);
    return akkaPhi(ticks(nowUs) - this.#lastUs, this.meanUs + this.#options.pauseUs, deviation);
  }

  heartbeat(nowUs: number): void {
    const { firstUs, threshold } = this.#options;
    if (this.#lastUs === undefined)
      this.distances.push(Math.round(firstUs - firstUs / 4), Math.round(firstUs + firstUs / 4));
    else if (this.phi(nowUs) < threshold)
      this.distances.push(Math.min(Math.round(ticks(nowUs) - this.#lastUs), 2 ** 32 - 1));
    this.#lastUs = ticks(nowUs);
  }
}

/** memberlist's `remainingSuspicionTime` before the elapsed time is taken off, in milliseconds. */
export function timeoutMs(confirmations: number, expected: number, leastMs: number, mostMs: number): number {
  const seconds = (ms: number): number => Math.floor(ms / 1000) + ((ms % 1000) * 1e6) / 1e9;
  const share = Math.log(confirmations + 1) / Math.log(expected + 1);
  const raw = seconds(mostMs) - share * (seconds(mostMs) - seconds(leastMs));
  return Math.max(leastMs, Math.floor(1000 * raw));
}

/** A suspicion that keeps the names of its accusers. */
export class SuspicionTwin {
  readonly #expected: number;
  readonly #accusers: Set<number>;
  readonly #first: number;

  constructor(expected: number, from: number) {
    this.#expected = expected;
    this.#first = from;
    this.#accusers = new Set([from]);
  }

  confirm(from: number): boolean {
    const before = this.#accusers.size;
    if (this.confirmations < this.#expected) this.#accusers.add(from);
    return this.#accusers.size > before;
  }

  get confirmations(): number {
    return [...this.#accusers].filter((each) => each !== this.#first).length;
  }
}

/** ⌊1000 log10 n⌋, exactly: the digits of the thousandth power. */
export const thousandthsOfLog10 = (n: number): number => String(BigInt(n) ** 1000n).length - 1;

/** ⌈log10(n + 1)⌉: the first power of ten that n does not reach. */
export function digitsOf(n: number): number {
  let digits = 0;
  for (let power = 1; power <= n; power *= 10) digits++;
  return digits;
}

/** How often 32 has to be doubled to reach n, and 1. */
export function pushPullScale(n: number): number {
  let scale = 1;
  for (let reach = 32; reach < n; reach *= 2) scale++;
  return scale;
}
