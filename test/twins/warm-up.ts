/** A warm-up limiter's options; times are whole microseconds, the cold factor a multiple of 2^-16. */
export interface WarmUpTwinOptions {
  readonly limit: number;
  readonly periodUs: number;
  readonly warmUpUs: number;
  readonly coldFactor: number;
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
const one = 65_536n;

/**
 * The rule of `assembly/limiters/warm-up.ts` in BigInt, with one division for each place where the rule rounds. For rates that
 * are counted exactly.
 */
export class WarmUpTwin {
  readonly #unit: bigint;
  readonly #cost: bigint;
  readonly #cooling: bigint;
  readonly #most: bigint;
  readonly #threshold: bigint;
  readonly #steepness: bigint;
  #cold: bigint;
  #free: bigint | undefined;

  constructor({ limit, periodUs, warmUpUs, coldFactor }: WarmUpTwinOptions) {
    const common = gcd(BigInt(limit), BigInt(periodUs));
    let cost = BigInt(periodUs) / common;
    let unit = BigInt(limit) / common;
    while (unit < 2n ** 17n) {
      unit *= 2n;
      cost *= 2n;
    }
    const k = BigInt(coldFactor * 65_536);
    this.#unit = unit;
    this.#cost = cost;
    this.#cooling = (cost * 2n * (one + k)) / (k + 5n * one);
    this.#most = BigInt(warmUpUs) * unit;
    this.#threshold = (this.#most * (one + k)) / (k + 5n * one);
    this.#steepness = k - one;
    this.#cold = this.#most;
  }

  #price(cold: bigint): bigint {
    const above = cold > this.#threshold ? cold - this.#threshold : 0n;
    const square = (above * above) / (this.#most - this.#threshold);
    return ((cold + (square * this.#steepness) / (2n * one)) * this.#cost) / this.#cooling;
  }

  /** Takes `weight` permits if that waits at most `patienceUs`; the wait, or -1. */
  reserve(weight: number, nowUs: number, patienceUs: number): number {
    const now = BigInt(nowUs) * this.#unit;
    const free = this.#free ?? now;
    const wait = free > now ? free - now : 0n;
    if (wait > BigInt(patienceUs) * this.#unit) return -1;
    const rested = now - free + wait;
    let cold = this.#cold + rested;
    if (cold > this.#most) cold = this.#most;
    const need = BigInt(weight) * this.#cooling;
    const spent = need < cold ? need : cold;
    const fresh = ((need - spent) * this.#cost) / this.#cooling;
    this.#cold = cold - spent;
    this.#free = now + wait + this.#price(cold) - this.#price(cold - spent) + fresh;
    return Number((wait * 1024n + this.#unit - 1n) / this.#unit) / 1024;
  }
}

/** `SmoothRateLimiter.SmoothWarmingUp` of Guava 33, in doubles, as its comments and code have it. */
export class GuavaWarmUp {
  readonly #stable: number;
  readonly #threshold: number;
  readonly #most: number;
  readonly #slope: number;
  readonly #coolDown: number;
  #stored: number;
  #free = Number.NEGATIVE_INFINITY;

  constructor({ limit, periodUs, warmUpUs, coldFactor }: WarmUpTwinOptions) {
    this.#stable = periodUs / limit;
    const cold = this.#stable * coldFactor;
    this.#threshold = (0.5 * warmUpUs) / this.#stable;
    this.#most = this.#threshold + (2 * warmUpUs) / (this.#stable + cold);
    this.#slope = (cold - this.#stable) / (this.#most - this.#threshold);
    this.#coolDown = warmUpUs / this.#most;
    this.#stored = this.#most;
  }

  #interval(above: number): number {
    return this.#stable + above * this.#slope;
  }

  reserve(weight: number, nowUs: number): number {
    if (nowUs > this.#free) {
      this.#stored = Math.min(this.#most, this.#stored + (nowUs - this.#free) / this.#coolDown);
      this.#free = nowUs;
    }
    const wait = this.#free - nowUs;
    let take = Math.min(weight, this.#stored);
    const fresh = weight - take;
    const above = this.#stored - this.#threshold;
    this.#stored -= take;
    let pays = fresh * this.#stable;
    if (above > 0) {
      const steep = Math.min(above, take);
      pays += (steep * (this.#interval(above) + this.#interval(above - steep))) / 2;
      take -= steep;
    }
    this.#free += pays + this.#stable * take;
    return wait;
  }
}
