/**
 * Token bucket and GCRA as their sources define them, in exact fractions: numerators over the limit, in BigInt. Times are
 * whole microseconds of a clock that does not step back.
 */

/** A rate: `limit` permits each `periodUs` microseconds, at most `burst` saved up. */
export interface TwinRate {
  readonly limit: number;
  readonly periodUs: number;
  readonly burst: number;
}

/** What both twins answer: 0, the wait in microseconds (rounded up to 2^-10 µs), or Infinity. */
export interface MeterTwin {
  take(weight: number, nowUs: number): number;
  remaining(nowUs: number): number;
}

/** A fraction of microseconds, rounded up to 1/1024 of one. */
function waitOf(numerator: bigint, denominator: bigint): number {
  return Number((numerator * 1024n + denominator - 1n) / denominator) / 1024;
}

/** Turner's bucket: a count of tokens that grows with time and is cut at the bucket's size. */
export class TokenBucketTwin implements MeterTwin {
  readonly #limit: bigint;
  readonly #period: bigint;
  readonly #burst: bigint;
  /** Tokens times the period, so that a microsecond adds `limit`. */
  #level: bigint;
  #lastUs: bigint | undefined;

  constructor(rate: TwinRate, initial = rate.burst) {
    this.#limit = BigInt(rate.limit);
    this.#period = BigInt(rate.periodUs);
    this.#burst = BigInt(rate.burst);
    this.#level = BigInt(initial) * this.#period;
  }

  #fill(nowUs: number): void {
    const now = BigInt(nowUs);
    const full = this.#burst * this.#period;
    const filled = this.#level + (now - (this.#lastUs ?? now)) * this.#limit;
    this.#level = filled < full ? filled : full;
    this.#lastUs = now;
  }

  take(weight: number, nowUs: number): number {
    this.#fill(nowUs);
    const need = BigInt(weight) * this.#period;
    if (BigInt(weight) > this.#burst) return Number.POSITIVE_INFINITY;
    if (need > this.#level) return waitOf(need - this.#level, this.#limit);
    this.#level -= need;
    return 0;
  }

  remaining(nowUs: number): number {
    this.#fill(nowUs);
    return Number(this.#level / this.#period);
  }
}

/** ITU-T I.371, annex A, virtual scheduling: a cell conforms unless it comes before TAT - tau; increment T, tau = (burst - 1) T. */
export class GcraTwin implements MeterTwin {
  readonly #limit: bigint;
  /** T times the limit. */
  readonly #increment: bigint;
  readonly #burst: bigint;
  /** Theoretical arrival time times the limit. */
  #arrival: bigint | undefined;

  constructor(rate: TwinRate) {
    this.#limit = BigInt(rate.limit);
    this.#increment = BigInt(rate.periodUs);
    this.#burst = BigInt(rate.burst);
  }

  take(weight: number, nowUs: number): number {
    const now = BigInt(nowUs) * this.#limit;
    const arrival = this.#arrival === undefined || this.#arrival < now ? now : this.#arrival;
    // A cell of weight w counts as w cells, the last of which comes (w - 1) T later than it should.
    const tolerance = (this.#burst - 1n) * this.#increment;
    const late = arrival + BigInt(weight - 1) * this.#increment - tolerance;
    if (BigInt(weight) > this.#burst) return Number.POSITIVE_INFINITY;
    if (now < late) return waitOf(late - now, this.#limit);
    this.#arrival = arrival + BigInt(weight) * this.#increment;
    return 0;
  }

  remaining(nowUs: number): number {
    let count = 0;
    const kept = this.#arrival;
    while (this.take(1, nowUs) === 0) count++;
    this.#arrival = kept;
    return count;
  }
}
