/** DDSketch with the cubic mapping: it keeps every value and sorts them into buckets when it is asked. */
export class DDSketchTwin {
  readonly values: number[] = [];
  readonly #alpha: number;
  readonly #bins: number;
  readonly #multiplier: number;

  constructor(alpha: number, bins: number) {
    this.#alpha = alpha;
    this.#bins = bins;
    // ln gamma is 2 artanh(alpha); by the quotient it would lose digits.
    this.#multiplier = 0.7 / (2 * Math.atanh(alpha));
  }

  record(value: number): void {
    if (Number.isFinite(value)) this.values.push(value);
  }

  /** log2(magnitude), with the cubic between powers of two, in units of the buckets' width. */
  #place(magnitude: number): number {
    let exponent = Math.max(-1022, Math.min(1023, Math.floor(Math.log2(magnitude))));
    if (2 ** exponent > magnitude) exponent--;
    else if (exponent < 1023 && 2 ** (exponent + 1) <= magnitude) exponent++;
    const s = magnitude / 2 ** exponent - 1;
    return (exponent + s * (10 / 7 + s * (-3 / 5 + (s * 6) / 35))) * this.#multiplier;
  }

  /** Keys and counts of one sign: those below what there is room for are counted in the lowest. */
  buckets(sign: 1 | -1): Map<number, number> {
    const keys = this.values
      .map((value) => value * sign)
      .filter((value) => value >= 2 ** -1022)
      .map((value) => Math.floor(this.#place(value)));
    const lowest = Math.max(...keys) - this.#bins + 1;
    const counts = new Map<number, number>();
    for (const key of keys.map((each) => Math.max(each, lowest)).sort((a, b) => a - b)) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  }

  get zeros(): number {
    return this.values.filter((value) => Math.abs(value) < 2 ** -1022).length;
  }

  /** Whether a value of that sign and magnitude is still in a bucket of its own width. */
  keeps(value: number): boolean {
    const sign = value < 0 ? -1 : 1;
    const same = this.values.map((each) => each * sign).filter((each) => each >= 2 ** -1022);
    const highest = Math.floor(this.#place(Math.max(...same)));
    return value === 0 || Math.floor(this.#place(Math.abs(value))) > highest - this.#bins + 1;
  }

  /** What stands for a key, by bisection: alpha above the least magnitude of it. */
  valueOf(key: number): number {
    let low = 2 ** -1022;
    let high = Number.MAX_VALUE;
    for (let step = 0; step < 1200; step++) {
      const middle = low < high / 4 ? Math.sqrt(low) * Math.sqrt(high) : low + (high - low) / 2;
      if (this.#place(middle) < key) low = middle;
      else high = middle;
    }
    return high * (1 + this.#alpha);
  }

  atRank(rank: number): number {
    const sorted = this.values.toSorted((a, b) => a - b);
    if (rank <= 1) return sorted[0]!;
    if (rank >= sorted.length) return sorted.at(-1)!;
    const all = [
      ...[...this.buckets(-1)].reverse().map(([key, count]) => [-this.valueOf(key), count] as const),
      [0, this.zeros] as const,
      ...[...this.buckets(1)].map(([key, count]) => [this.valueOf(key), count] as const),
    ];
    let left = rank;
    for (const [value, count] of all) {
      left -= count;
      if (left <= 0) return Math.max(sorted[0]!, Math.min(sorted.at(-1)!, value));
    }
    return sorted.at(-1)!;
  }
}
