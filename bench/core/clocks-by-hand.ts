/** Clocks as one would write them in JavaScript. */

/** A hybrid clock of two numbers: for one thread. */
export class HandHybrid {
  #wallUs = 0;
  #logical = 0;

  now(wallMs: number): { readonly wallMs: number; readonly logical: number } {
    const us = Math.round(wallMs * 1000);
    if (us > this.#wallUs) {
      this.#wallUs = us;
      this.#logical = 0;
    } else this.#logical++;
    return { wallMs: this.#wallUs / 1000, logical: this.#logical };
  }
}

/** A hybrid clock that threads can share: one word of 64 bits, which JavaScript swaps only as a BigInt. */
export class HandSharedHybrid {
  readonly #word = new BigInt64Array(new SharedArrayBuffer(8));

  now(wallMs: number): { readonly wallMs: number; readonly logical: number } {
    const fresh = BigInt(Math.round(wallMs * 1000)) << 12n;
    let seen = Atomics.load(this.#word, 0);
    for (;;) {
      const next = fresh > seen ? fresh : seen + 1n;
      const held = Atomics.compareExchange(this.#word, 0, seen, next);
      if (held === seen) return { wallMs: Number(next >> 12n) / 1000, logical: Number(next & 4095n) };
      seen = held;
    }
  }
}

/** 0 equal, 1 before, 2 after, 3 concurrent. */
export function compareByHand(one: Float64Array, other: Float64Array): number {
  let found = 0;
  for (let index = 0; index < one.length; index++) {
    if (one[index]! < other[index]!) found |= 1;
    else if (one[index]! > other[index]!) found |= 2;
  }
  return found;
}

export function mergeByHand(one: Float64Array, other: Float64Array): void {
  for (let index = 0; index < one.length; index++) if (other[index]! > one[index]!) one[index] = other[index]!;
}

/** A vector clock by names of processes, as most programs have it. */
export function mergeMaps(one: Map<string, number>, other: ReadonlyMap<string, number>): void {
  for (const [name, count] of other) if (count > (one.get(name) ?? 0)) one.set(name, count);
}
