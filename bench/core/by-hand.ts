/** What one would write by hand: fields of a class, floats, no bounds on anything odd. The honest thing to compare with. */

export class HandBucket {
  #tokens: number;
  #lastMs = 0;
  readonly #perMs: number;
  readonly #burst: number;

  constructor(perMs: number, burst: number) {
    this.#perMs = perMs;
    this.#burst = burst;
    this.#tokens = burst;
  }

  tryAcquire(weight: number, nowMs: number): number {
    this.#tokens = Math.min(this.#tokens + (nowMs - this.#lastMs) * this.#perMs, this.#burst);
    this.#lastMs = nowMs;
    if (this.#tokens < weight) return (weight - this.#tokens) / this.#perMs;
    this.#tokens -= weight;
    return 0;
  }
}

export class HandFixedWindow {
  readonly #limit: number;
  readonly #lengthMs: number;
  #window = -1;
  #count = 0;

  constructor(limit: number, lengthMs: number) {
    this.#limit = limit;
    this.#lengthMs = lengthMs;
  }

  tryAcquire(weight: number, nowMs: number): number {
    const window = Math.floor(nowMs / this.#lengthMs);
    if (window !== this.#window) {
      this.#window = window;
      this.#count = 0;
    }
    if (this.#count + weight > this.#limit) return (window + 1) * this.#lengthMs - nowMs;
    this.#count += weight;
    return 0;
  }
}

/** Two counters; a refusal tells the rest of the window instead of the exact wait. */
export class HandSlidingCounter {
  readonly #limit: number;
  readonly #lengthMs: number;
  #window = -1;
  #count = 0;
  #before = 0;

  constructor(limit: number, lengthMs: number) {
    this.#limit = limit;
    this.#lengthMs = lengthMs;
  }

  tryAcquire(weight: number, nowMs: number): number {
    const window = Math.floor(nowMs / this.#lengthMs);
    if (window !== this.#window) {
      this.#before = window === this.#window + 1 ? this.#count : 0;
      this.#window = window;
      this.#count = 0;
    }
    const restMs = (window + 1) * this.#lengthMs - nowMs;
    if (this.#count + weight + (this.#before * restMs) / this.#lengthMs > this.#limit) return restMs;
    this.#count += weight;
    return 0;
  }
}

/** An array of instants, for weights of 1. */
export class HandSlidingLog {
  readonly #limit: number;
  readonly #lengthMs: number;
  readonly #instants: number[] = [];

  constructor(limit: number, lengthMs: number) {
    this.#limit = limit;
    this.#lengthMs = lengthMs;
  }

  tryAcquire(nowMs: number): number {
    const instants = this.#instants;
    while (instants.length > 0 && nowMs - instants[0]! >= this.#lengthMs) instants.shift();
    if (instants.length >= this.#limit) return instants[0]! + this.#lengthMs - nowMs;
    instants.push(nowMs);
    return 0;
  }
}

/** A ring of the last calls with running totals; it never closes again, which is enough for measuring. */
export class HandBreaker {
  readonly #ring: Uint8Array;
  readonly #rate: number;
  readonly #minimum: number;
  #at = 0;
  #calls = 0;
  #failures = 0;
  #open = false;

  constructor(size: number, rate: number, minimum: number) {
    this.#ring = new Uint8Array(size);
    this.#rate = rate;
    this.#minimum = minimum;
  }

  tryAcquire(): boolean {
    return !this.#open;
  }

  settle(failed: boolean): number {
    if (this.#calls === this.#ring.length) this.#failures -= this.#ring[this.#at]!;
    else this.#calls++;
    this.#ring[this.#at] = failed ? 1 : 0;
    if (failed) this.#failures++;
    this.#at = this.#at + 1 < this.#ring.length ? this.#at + 1 : 0;
    if (this.#calls >= this.#minimum && this.#failures >= this.#rate * this.#calls) this.#open = true;
    return this.#failures;
  }
}

export class HandSemaphore {
  #used = 0;
  readonly #permits: number;

  constructor(permits: number) {
    this.#permits = permits;
  }

  tryAcquire(): boolean {
    if (this.#used >= this.#permits) return false;
    this.#used++;
    return true;
  }

  release(): void {
    this.#used--;
  }
}

export class HandBackoff {
  #state: number;
  readonly #baseMs: number;
  readonly #maxMs: number;

  constructor(baseMs: number, maxMs: number, seed: number) {
    this.#baseMs = baseMs;
    this.#maxMs = maxMs;
    this.#state = seed;
  }

  nextDelayMs(attempt: number): number {
    // mulberry32: a seeded generator of one word.
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    const random = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    return random * Math.min(this.#maxMs, this.#baseMs * 2 ** (attempt - 1));
  }
}

export class HandHistogram {
  readonly #counts: Uint32Array;
  readonly #bits: number;
  #count = 0;
  #sum = 0;

  constructor(bits: number, maxMs: number) {
    this.#bits = bits;
    this.#counts = new Uint32Array(this.#bucket(maxMs * 1000) + 1);
  }

  #bucket(us: number): number {
    // Whole microseconds below 2^32: clz32 finds the power of two.
    const value = us >>> 0;
    if (value < 1 << this.#bits) return value;
    const shift = 31 - Math.clz32(value) - this.#bits;
    return (shift << this.#bits) + (value >>> shift);
  }

  record(ms: number): void {
    this.#counts[this.#bucket(ms * 1000)]!++;
    this.#count++;
    this.#sum += ms;
  }

  get mean(): number {
    return this.#sum / this.#count;
  }
}
