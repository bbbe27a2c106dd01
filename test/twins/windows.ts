/**
 * Window limiters that keep every call they admitted, and count them when asked. Times are ticks of a clock that does not
 * step back.
 */

interface Admitted {
  readonly at: bigint;
  weight: bigint;
}

/** What the twins answer: 0, the wait in ticks, or -1 for never. */
export abstract class WindowTwin {
  protected readonly admitted: Admitted[] = [];
  protected readonly limit: bigint;
  protected readonly length: bigint;

  constructor(limit: number, length: bigint) {
    this.limit = BigInt(limit);
    this.length = length;
  }

  /** Whether `weight` permits fit at `now`. */
  protected abstract fits(weight: bigint, now: bigint): boolean;
  /** An instant from which on nothing counts that was admitted up to `now`. */
  protected abstract horizon(now: bigint): bigint;

  /** The first instant from `now` on at which `fits` holds: it never ceases to hold while nobody takes. */
  #first(now: bigint, holds: (at: bigint) => boolean): bigint {
    let [low, high] = [now, this.horizon(now)];
    while (low < high) {
      const middle = (low + high) / 2n;
      if (holds(middle)) high = middle;
      else low = middle + 1n;
    }
    return low;
  }

  peek(weight: number, now: bigint): bigint {
    const need = BigInt(weight);
    if (need > this.limit) return -1n;
    return this.#first(now, (at) => this.fits(need, at)) - now;
  }

  take(weight: number, now: bigint): bigint {
    const wait = this.peek(weight, now);
    if (wait === 0n) this.admitted.push({ at: now, weight: BigInt(weight) });
    return wait;
  }

  remaining(now: bigint): number {
    let count = 0n;
    while (this.fits(count + 1n, now)) count++;
    return Number(count);
  }

  /** At rest when the whole limit fits, where nothing was taken that counts. */
  resetAfter(now: bigint): bigint {
    return this.#first(now, (at) => this.fits(this.limit, at)) - now;
  }

  /** The latest first; what no longer counts is left alone. */
  refund(weight: number, now: bigint): void {
    let left = BigInt(weight);
    for (const each of this.admitted.toReversed()) {
      if (!this.counts(each.at, now)) break;
      const back = left < each.weight ? left : each.weight;
      each.weight -= back;
      left -= back;
    }
  }

  protected abstract counts(at: bigint, now: bigint): boolean;

  protected sum(from: bigint, to: bigint): bigint {
    return this.admitted.reduce((sum, { at, weight }) => (at >= from && at < to ? sum + weight : sum), 0n);
  }

  /** Beginning of the window that holds `now`. */
  protected begin(now: bigint): bigint {
    return now - (now % this.length);
  }
}

/** At most `limit` since the window began. */
export class FixedWindowTwin extends WindowTwin {
  protected fits(weight: bigint, now: bigint): boolean {
    return this.sum(this.begin(now), now + 1n) + weight <= this.limit;
  }

  protected horizon(now: bigint): bigint {
    return this.begin(now) + this.length;
  }

  protected counts(at: bigint, now: bigint): boolean {
    return at >= this.begin(now);
  }
}

/** The window before as if spread evenly, by the share of it that is still covered. */
export class SlidingWindowCounterTwin extends WindowTwin {
  protected fits(weight: bigint, now: bigint): boolean {
    const begin = this.begin(now);
    const before = this.sum(begin - this.length, begin);
    const current = this.sum(begin, now + 1n);
    return (current + weight) * this.length + before * (begin + this.length - now) <= this.limit * this.length;
  }

  protected horizon(now: bigint): bigint {
    return this.begin(now) + 2n * this.length;
  }

  protected counts(at: bigint, now: bigint): boolean {
    return at >= this.begin(now) - this.length;
  }
}

/** At most `limit` in any stretch of the window's length. */
export class SlidingLogTwin extends WindowTwin {
  protected fits(weight: bigint, now: bigint): boolean {
    return this.sum(now - this.length + 1n, now + 1n) + weight <= this.limit;
  }

  protected horizon(now: bigint): bigint {
    return now + this.length;
  }

  protected counts(at: bigint, now: bigint): boolean {
    return now - at < this.length;
  }
}
