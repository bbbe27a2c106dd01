/** One count for each value of a dimension, for a bounded number of values. */

import { WindowCounter } from "./window-counter.js";

/** The series of all values for which there was no room. */
export const otherSeries = "(other)";

/** See the head of this file. */
export class SeriesSet {
  readonly #max: number;
  readonly #buckets: number;
  readonly #series = new Map<string, WindowCounter>();
  readonly #other: WindowCounter;
  #sweptAt = -1;

  constructor(max: number, buckets: number) {
    this.#max = max;
    this.#buckets = buckets;
    this.#other = new WindowCounter(buckets);
  }

  add(name: string, bucket: number): void {
    const known = this.#series.get(name) ?? this.#open(name, bucket);
    known.add(bucket);
  }

  #open(name: string, bucket: number): WindowCounter {
    if (this.#series.size >= this.#max) this.#sweep(bucket);
    if (this.#series.size >= this.#max) return this.#other;
    const fresh = new WindowCounter(this.#buckets);
    this.#series.set(name, fresh);
    return fresh;
  }

  /** Makes room where series have been silent for the whole window, once a bucket at most; their totals go to the rest's. */
  #sweep(bucket: number): void {
    if (this.#sweptAt === bucket) return;
    this.#sweptAt = bucket;
    for (const [name, counter] of this.#series) {
      if (counter.count(bucket) > 0) continue;
      this.#other.total += counter.total;
      this.#series.delete(name);
    }
  }

  /** The count of one value; what has no series of its own counts as none. */
  count(name: string, bucket: number, span?: number): number {
    return this.#series.get(name)?.count(bucket, span) ?? 0;
  }

  /** All series, the rest last if it has anything. */
  entries(): readonly (readonly [name: string, counter: WindowCounter])[] {
    const own = [...this.#series];
    return this.#other.total > 0 ? [...own, [otherSeries, this.#other]] : own;
  }
}
