import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Sieve } from "../../ts/resilience/sieve.js";

/** The algorithm as the paper words it, over a plain array from oldest to newest, each step by searching. */
class NaiveSieve {
  entries: { key: string; value: number; visited: boolean }[] = [];
  hand: string | undefined;
  readonly size: number;

  constructor(size: number) {
    this.size = size;
  }

  place(key: string | undefined): number {
    return this.entries.findIndex((entry) => entry.key === key);
  }

  get(key: string): number | undefined {
    const entry = this.entries[this.place(key)];
    if (entry !== undefined) entry.visited = true;
    return entry?.value;
  }

  set(key: string, value: number, isSpent: (value: number) => boolean): number {
    const known = this.entries[this.place(key)];
    if (known !== undefined) {
      Object.assign(known, { value, visited: true });
      return 0;
    }
    let evicted = 0;
    if (this.entries.length >= this.size) {
      let at = Math.max(0, this.place(this.hand));
      while (this.entries[at]!.visited && !isSpent(this.entries[at]!.value)) {
        this.entries[at]!.visited = false;
        at = (at + 1) % this.entries.length;
      }
      this.remove(this.entries[at]!.key, at);
      evicted = 1;
    }
    this.entries.push({ key, value, visited: false });
    return evicted;
  }

  remove(key: string, handAt?: number): boolean {
    const at = this.place(key);
    if (at < 0) return false;
    if (handAt !== undefined || this.hand === key) this.hand = this.entries[at + 1]?.key;
    this.entries.splice(at, 1);
    return true;
  }
}

const key = fc.integer({ min: 0, max: 12 }).map(String);

describe("SIEVE", () => {
  it("keeps and forgets exactly what the paper's algorithm does", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("get" as const), key }),
      fc.record({ kind: fc.constant("set" as const), key, value: fc.integer({ min: 0, max: 99 }) }),
      fc.record({ kind: fc.constant("delete" as const), key }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 120 }), (size, steps) => {
        const ours = new Sieve<number>(size);
        const naive = new NaiveSieve(size);
        const isSpent = (value: number) => value % 10 === 0;
        for (const one of steps) {
          if (one.kind === "get") expect(ours.get(one.key)).toBe(naive.get(one.key));
          else if (one.kind === "delete") expect(ours.delete(one.key)).toBe(naive.remove(one.key));
          else expect(ours.set(one.key, one.value, isSpent)).toBe(naive.set(one.key, one.value, isSpent));
          expect(ours.size).toBe(naive.entries.length);
          expect(ours.size).toBeLessThanOrEqual(size);
        }
        for (const { key, value } of [...naive.entries]) expect(ours.get(key)).toBe(value);
      }),
    );
  });

  it("keeps most of what is in use through a flood of keys that are asked for once, where LRU loses all of it", () => {
    const sieve = new Sieve<true>(100);
    const lru = new Map<string, true>();
    const hits = { sieve: 0, lru: 0 };
    const ask = (key: string) => {
      if (sieve.get(key)) hits.sieve++;
      else sieve.set(key, true);
      if (lru.delete(key)) hits.lru++;
      else if (lru.size === 100) lru.delete(lru.keys().next().value as string);
      lru.set(key, true);
    };
    for (let n = 0; n < 140; n++) ask(`hot${n % 70}`);
    hits.sieve = hits.lru = 0;
    for (let round = 0; round < 200; round++) {
      for (let n = 0; n < 40; n++) ask(`flood${round}-${n}`);
      for (let n = 0; n < 70; n++) ask(`hot${n}`);
    }
    expect(hits.lru).toBe(0);
    expect(hits.sieve).toBeGreaterThan(0.7 * 70 * 200);
  });

  it("lets go of a spent entry although it was asked for", () => {
    const sieve = new Sieve<string>(2);
    sieve.set("old", "spent");
    sieve.set("good", "fine");
    sieve.get("old");
    sieve.get("good");
    sieve.set("new", "fine", (value) => value === "spent");
    expect([sieve.get("old"), sieve.get("good"), sieve.get("new")]).toEqual([undefined, "fine", "fine"]);
  });

  it("shrinks and grows while it is full", () => {
    const sieve = new Sieve<number>(10);
    for (let n = 0; n < 10; n++) sieve.set(`${n}`, n);
    sieve.get("0");
    expect(sieve.resize(3)).toBe(7);
    expect([sieve.size, sieve.get("0"), sieve.get("9")]).toEqual([3, 0, 9]);
    expect(sieve.resize(5)).toBe(0);
    for (let n = 10; n < 20; n++) sieve.set(`${n}`, n);
    expect(sieve.size).toBe(5);
  });

  it("starts anew after it was cleared, also where the hand stood in the middle", () => {
    const sieve = new Sieve<number>(2);
    for (let n = 0; n < 5; n++) sieve.set(`${n}`, n);
    sieve.clear();
    expect([sieve.size, sieve.get("4"), sieve.delete("4")]).toEqual([0, undefined, false]);
    for (let n = 0; n < 5; n++) sieve.set(`${n}`, n);
    expect(sieve.size).toBe(2);
  });
});
