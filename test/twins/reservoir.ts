/** Algorithm A-ExpJ as its authors write it, with keys in a plain list and the host's logarithm. */

import { seeded } from "../../ts/kernel/index.js";

export class ReservoirTwin {
  readonly #capacity: number;
  readonly #random;
  #left = 0;
  entries: { key: number; slot: number }[] = [];

  constructor(capacity: number, seed: number) {
    this.#capacity = capacity;
    this.#random = seeded(seed);
  }

  /** 52 random bits, in the middle of their interval. */
  #uniform(): number {
    const high = this.#random.uint32() >>> 6;
    const low = this.#random.uint32() >>> 6;
    return (high + (low + 0.5) * 2 ** -26) * 2 ** -26;
  }

  #least(): { key: number; slot: number } {
    return this.entries.reduce((least, each) => (each.key < least.key ? each : least));
  }

  #draw(): void {
    this.#left = Math.log(this.#uniform()) / this.#least().key;
  }

  /** The slot that the item takes, or -1. */
  offer(weight: number): number {
    if (this.entries.length < this.#capacity) {
      const slot = this.entries.length;
      this.entries.push({ key: Math.log(this.#uniform()) / weight, slot });
      if (this.entries.length === this.#capacity) this.#draw();
      return slot;
    }
    this.#left -= weight;
    if (this.#left > 0) return -1;
    const least = this.#least();
    // u is uniform between t = e^(key w) and 1, and log u = log(1 - (1 - t)(1 - u')).
    least.key = Math.log1p(Math.expm1(least.key * weight) * this.#uniform()) / weight;
    this.#draw();
    return least.slot;
  }
}
