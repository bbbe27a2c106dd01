interface Centroid {
  readonly mean: number;
  readonly weight: number;
}

/** The merging t-digest over plain lists: it sorts all entries anew each time. */
export class DigestTwin {
  readonly #compression: number;
  #centroids: Centroid[] = [];
  #buffer: number[] = [];
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(compression: number) {
    this.#compression = compression;
  }

  record(given: number): void {
    if (!Number.isFinite(given)) return;
    // There is one zero.
    const value = given + 0;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    this.#add(value);
  }

  #add(value: number): void {
    this.#buffer.push(value);
    if (this.#buffer.length === 4 * this.#compression) this.#flush();
  }

  merge(other: DigestTwin): void {
    this.#flush();
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    this.#take(other.#centroids);
    for (const value of other.#buffer) this.#add(value);
  }

  #flush(): void {
    const values = this.#buffer;
    this.#buffer = [];
    this.#take(values.map((mean) => ({ mean, weight: 1 })));
  }

  /** Merges entries in: each joins the centroid before it, unless that would be too heavy at one of its ends. */
  #take(entries: readonly Centroid[]): void {
    if (entries.length === 0) return;
    const all = [...this.#centroids, ...entries].sort((a, b) => a.mean - b.mean);
    const total = all.reduce((sum, { weight }) => sum + weight, 0);
    const limit = (2 * Math.sin(Math.PI / this.#compression)) ** 2;
    const allowed = (ranks: number): number => limit * ranks * (total - ranks);
    let before = 0;
    this.#centroids = [all[0]!];
    for (const { mean, weight } of all.slice(1)) {
      const last = this.#centroids.at(-1)!;
      const joined = last.weight + weight;
      if (joined ** 2 <= Math.min(allowed(before), allowed(before + joined))) {
        const moved = last.mean + (mean - last.mean) * (weight / joined);
        this.#centroids[this.#centroids.length - 1] = {
          mean: Math.max(Math.min(moved, mean), last.mean),
          weight: joined,
        };
      } else {
        before += last.weight;
        this.#centroids.push({ mean, weight });
      }
    }
  }

  get centroids(): number {
    this.#flush();
    return this.#centroids.length;
  }

  quantile(q: number): number {
    this.#flush();
    const total = this.#centroids.reduce((sum, { weight }) => sum + weight, 0);
    if (total === 0) return Number.NaN;
    const rank = Math.max(1, Math.min(total, Math.ceil(q * total - 0.000001)));
    if (rank === 1) return this.#min;
    if (rank === total) return this.#max;
    let before = 0;
    const points = [{ place: 0.5, value: this.#min }];
    for (const { mean, weight } of this.#centroids) {
      points.push({ place: before + weight / 2, value: mean });
      before += weight;
    }
    points.push({ place: total - 0.5, value: this.#max });
    const next = points.findIndex(({ place }) => place >= rank - 0.5);
    const [low, high] = [points[next - 1]!, points[next]!];
    const part = (rank - 0.5 - low.place) / (high.place - low.place);
    return Math.max(low.value, Math.min(high.value, low.value * (1 - part) + high.value * part));
  }
}
