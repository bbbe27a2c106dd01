/** A histogram that keeps every value, in BigInt ticks. */
export class HistogramTwin {
  readonly #bits: number;
  readonly #most: bigint;
  values: bigint[] = [];

  constructor(bits: number, most: bigint) {
    this.#bits = bits;
    this.#most = most;
  }

  record(value: bigint): void {
    const kept = value < 0n ? 0n : value > this.#most ? this.#most : value;
    this.values.push(kept);
    this.values.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }

  /** The middle of the bucket of a value: buckets get twice as wide with each power of two above 2^(bits+1). */
  middle(value: bigint): bigint {
    let width = 1n;
    while (value >= width << BigInt(this.#bits + 1)) width *= 2n;
    return value - (value % width) + width / 2n;
  }

  /** The exact value of a rank. */
  exact(rank: number): bigint {
    return this.values[Math.max(1, Math.min(rank, this.values.length)) - 1] ?? 0n;
  }

  /** What a histogram may say for a rank: the middle of the exact value's bucket, kept within the range of all values. */
  atRank(rank: number): bigint {
    if (this.values.length === 0) return 0n;
    const middle = this.middle(this.exact(rank));
    const min = this.values[0]!;
    const max = this.values.at(-1)!;
    if (middle < min) return min;
    if (middle > max) return max;
    return middle;
  }

  get sum(): bigint {
    return this.values.reduce((sum, value) => sum + value, 0n);
  }
}
