/**
 * Counts over the last so many milliseconds, in a ring of buckets: several counters (lanes) at once, each with its running total.
 *
 * Time moves by whole buckets, at most once around the ring whatever has passed, so that a count costs the same after an hour of
 * silence as in the middle of a burst, and memory is fixed. Reading moves time too: a window forgets by itself, and not when the next
 * call comes. What is told afterwards can be filed in the bucket of its beginning, while that is still in the window.
 */

import { snapshotInvalid } from "../errors.js";

const numberBytes = 8;

export class RollingCounts {
  readonly #lanes: number;
  readonly #buckets: number;
  readonly #bucketMs: number;
  /** Bucket after bucket, the lanes of each side by side. */
  readonly #counts: Float64Array;
  readonly #totals: Float64Array;
  /** Number of the newest bucket, counted from time 0 of the clock; -1 before the first. */
  #newest = -1;

  constructor(lanes: number, windowMs: number, buckets: number) {
    this.#lanes = lanes;
    this.#buckets = buckets;
    this.#bucketMs = windowMs / buckets;
    this.#counts = new Float64Array(lanes * buckets);
    this.#totals = new Float64Array(lanes);
  }

  /** Moves to `nowMs` and gives the number of the bucket that is current then. A clock that steps back moves nothing. */
  advance(nowMs: number): number {
    const now = Math.floor(nowMs / this.#bucketMs);
    if (now > this.#newest) this.#forget(now);
    return this.#newest;
  }

  #forget(now: number): void {
    for (let bucket = Math.max(this.#newest, now - this.#buckets) + 1; bucket <= now; bucket++) {
      const at = this.#placeOf(bucket);
      for (let lane = 0; lane < this.#lanes; lane++) {
        this.#totals[lane]! -= this.#counts[at + lane]!;
        this.#counts[at + lane] = 0;
      }
    }
    this.#newest = now;
  }

  #placeOf(bucket: number): number {
    return (bucket % this.#buckets) * this.#lanes;
  }

  /** Number of the newest bucket. */
  get newest(): number {
    return this.#newest;
  }

  /** Adds one to a lane of a bucket; false, and nothing is added, where that has left the window. */
  add(lane: number, bucket: number): boolean {
    if (bucket <= this.#newest - this.#buckets || bucket > this.#newest) return false;
    this.#counts[this.#placeOf(bucket) + lane]! += 1;
    this.#totals[lane]! += 1;
    return true;
  }

  /** What a lane has counted in the window. */
  total(lane: number): number {
    return this.#totals[lane]!;
  }

  /** The age of the newest bucket, and the counts from the oldest bucket on. */
  save(nowMs: number): Uint8Array {
    this.advance(nowMs);
    const size = this.#counts.length;
    const bytes = new Uint8Array((size + 1) * numberBytes);
    const view = new DataView(bytes.buffer);
    view.setFloat64(0, Math.max(0, nowMs - this.#newest * this.#bucketMs), true);
    const oldest = this.#placeOf(this.#newest + 1);
    for (let i = 0; i < size; i++) view.setFloat64((i + 1) * numberBytes, this.#counts[(oldest + i) % size]!, true);
    return bytes;
  }

  /**
   * Takes over what {@link save} gave. Buckets begin at other instants in another process, so the counts stay a part of a bucket longer or
   * shorter than they would have. Throws `SNAPSHOT_INVALID`, with nothing changed, for anything else.
   */
  load(bytes: Uint8Array, nowMs: number): void {
    const size = this.#counts.length;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const whole = bytes.length === (size + 1) * numberBytes;
    const numbers = whole ? Array.from({ length: size + 1 }, (_, i) => view.getFloat64(i * numberBytes, true)) : [];
    const [ageMs = Number.NaN, ...counts] = numbers;
    const sound = counts.every((count) => count >= 0 && Number.isSafeInteger(count));
    if (!sound || !(ageMs >= 0 && ageMs <= this.#bucketMs)) {
      throw snapshotInvalid(`these ${bytes.length} bytes are not the counts of ${this.#buckets} buckets`);
    }
    this.advance(nowMs);
    this.#totals.fill(0);
    const oldest = this.#placeOf(this.#newest + 1);
    for (const [i, count] of counts.entries()) {
      this.#counts[(oldest + i) % size] = count;
      this.#totals[i % this.#lanes]! += count;
    }
  }
}
