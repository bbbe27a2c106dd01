/** The P² algorithm in the paper's own terms: marker heights q, positions n, desired positions n'. Box 1 of the paper has the steps. */
export class P2Twin {
  readonly #p: number;
  readonly #q: number[] = [];
  readonly #n = [1, 2, 3, 4, 5];
  #count = 0;

  constructor(p: number) {
    this.#p = p;
  }

  record(x: number): void {
    if (!Number.isFinite(x)) return;
    const [q, n] = [this.#q, this.#n];
    this.#count++;
    if (this.#count <= 5) {
      q.push(x);
      q.sort((a, b) => a - b);
      return;
    }
    q[0] = Math.min(q[0]!, x);
    q[4] = Math.max(q[4]!, x);
    // B1: the cell k with q[k] <= x < q[k + 1]; the last holds the largest value too.
    const above = q.findIndex((height) => x < height);
    const k = above < 0 ? 3 : above - 1;
    for (let i = k + 1; i < 5; i++) n[i]!++;
    // B2 and B3.
    for (let i = 1; i < 4; i++) {
      const desired = 1 + (this.#count - 1) * [0, this.#p / 2, this.#p, (1 + this.#p) / 2][i]!;
      const away = desired - n[i]!;
      if (!((away >= 1 && n[i + 1]! - n[i]! > 1) || (away <= -1 && n[i - 1]! - n[i]! < -1))) continue;
      const d = Math.sign(away);
      const raised =
        q[i]! +
        (d / (n[i + 1]! - n[i - 1]!)) *
          (((n[i]! - n[i - 1]! + d) * (q[i + 1]! - q[i]!)) / (n[i + 1]! - n[i]!) +
            ((n[i + 1]! - n[i]! - d) * (q[i]! - q[i - 1]!)) / (n[i]! - n[i - 1]!));
      const line = q[i]! + (d * (q[i + d]! - q[i]!)) / (n[i + d]! - n[i]!);
      q[i] = q[i - 1]! < raised && raised < q[i + 1]! ? raised : Math.max(q[i - 1]!, Math.min(line, q[i + 1]!));
      n[i]! += d;
    }
  }

  get heights(): readonly number[] {
    return this.#q;
  }

  get value(): number {
    if (this.#count > 5) return this.#q[2]!;
    return this.#q[Math.max(1, Math.ceil(this.#p * this.#count - 0.000001)) - 1] ?? Number.NaN;
  }
}
