/** Counts over a sliding window: a ring of buckets, so that memory is fixed and a count costs two additions. */
export class WindowCounter {
  readonly #buckets: Float64Array;
  #last = 0;
  #sum = 0;
  /** Everything since the counter was made. */
  total = 0;

  constructor(buckets: number) {
    this.#buckets = new Float64Array(buckets);
  }

  /** Empties the buckets that have passed since the last look; `bucket` numbers them since the clock's origin. */
  #advance(bucket: number): void {
    const ring = this.#buckets;
    const steps = Math.min(bucket - this.#last, ring.length);
    for (let step = 1; step <= steps; step++) {
      const index = (this.#last + step) % ring.length;
      this.#sum -= ring[index]!;
      ring[index] = 0;
    }
    // All of the ring has passed: the place after the steps is not where `bucket` is, but everything is 0.
    if (bucket > this.#last) this.#last = bucket;
  }

  add(bucket: number): void {
    this.#advance(bucket);
    // A clock that stepped back counts into the newest bucket: nothing is lost, and nothing is old before its time.
    this.#buckets[this.#last % this.#buckets.length]! += 1;
    this.#sum += 1;
    this.total += 1;
  }

  /** The count of the newest `span` buckets, the one that is being filled included. */
  count(bucket: number, span: number = this.#buckets.length): number {
    this.#advance(bucket);
    const ring = this.#buckets;
    if (span >= ring.length) return this.#sum;
    let sum = 0;
    for (let back = 0; back < span && back <= this.#last; back++) sum += ring[(this.#last - back) % ring.length]!;
    return sum;
  }
}
