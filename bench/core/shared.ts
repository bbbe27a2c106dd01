/** What one would write by hand for a limiter that several threads share: one word in shared memory and a compare-and-swap. */

/** The theoretical arrival time in 64 bits of nanoseconds, as a BigInt: exact, and each call makes some. */
export class BigIntBucket {
  readonly #word = new BigInt64Array(new SharedArrayBuffer(8));
  readonly #cost: bigint;
  readonly #window: bigint;

  constructor(perMs: number, burst: number) {
    this.#cost = BigInt(Math.round(1e6 / perMs));
    this.#window = this.#cost * BigInt(burst);
  }

  tryAcquire(weight: number, nowMs: number): number {
    const now = BigInt(Math.floor(nowMs * 1e6));
    const need = this.#cost * BigInt(weight);
    let seen = Atomics.load(this.#word, 0);
    for (;;) {
      const next = (seen > now ? seen : now) + need;
      const over = next - now - this.#window;
      if (over > 0n) return Number(over) / 1e6;
      const held = Atomics.compareExchange(this.#word, 0, seen, next);
      if (held === seen) return 0;
      seen = held;
    }
  }
}

/** The same in 32 bits of microseconds: no BigInt, but it wraps after 35 minutes and knows no rate above a million a second. */
export class Int32Bucket {
  readonly #word = new Int32Array(new SharedArrayBuffer(4));
  readonly #cost: number;
  readonly #window: number;

  constructor(perMs: number, burst: number) {
    this.#cost = Math.max(1, Math.round(1000 / perMs));
    this.#window = this.#cost * burst;
  }

  tryAcquire(weight: number, nowMs: number): number {
    const now = (nowMs * 1000) | 0;
    const need = this.#cost * weight;
    let seen = Atomics.load(this.#word, 0);
    for (;;) {
      const ahead = Math.max(0, (seen - now) | 0);
      const over = ahead + need - this.#window;
      if (over > 0) return over / 1000;
      const held = Atomics.compareExchange(this.#word, 0, seen, (now + ahead + need) | 0);
      if (held === seen) return 0;
      seen = held;
    }
  }
}
