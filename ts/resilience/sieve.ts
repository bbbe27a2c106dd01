/**
 * A map of bounded size that forgets what was not asked for: SIEVE (Zhang, Yang, Yue, Vigfusson and Rashmi, "SIEVE is Simpler
 * than LRU: an Efficient Turn-Key Eviction Algorithm for Web Caches", NSDI 2024, algorithm 1).
 *
 * Entries stand in the order in which they came. A hit only marks its entry and moves nothing, where LRU would relink a list on
 * every hit. To make room a hand goes from the oldest entry to the newest: it takes the mark off an entry that has one, forgets
 * the first that has none, and stays there for the next time. So an entry that was asked for since the hand last passed stays,
 * and a flood of keys that nobody asks for again drives out little of what is in use; LRU loses everything to it.
 */

/** One entry, and its place between the one that came before it and the one that came after. */
class Entry<Value> {
  readonly key: string;
  value: Value;
  /** Whether it was asked for since the hand last passed. */
  visited = false;
  older: Entry<Value> | undefined = undefined;
  newer: Entry<Value> | undefined = undefined;

  constructor(key: string, value: Value) {
    this.key = key;
    this.value = value;
  }
}

/** The map. All operations take constant time on average; one that evicts passes over marks that earlier hits have set. */
export class Sieve<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  #maxEntries: number;
  #oldest: Entry<Value> | undefined = undefined;
  #newest: Entry<Value> | undefined = undefined;
  /** Where the search for what to forget goes on; from the oldest entry where there is no such place. */
  #hand: Entry<Value> | undefined = undefined;

  /** @param maxEntries a whole number from 1; whoever has it from outside has checked it. */
  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What stands under a key; it counts as asked for. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.visited = true;
    return entry.value;
  }

  /**
   * Puts a value under a key and gives how many entries had to go for it (0 or 1).
   *
   * @param isSpent says of a value that it is of no more use; such an entry goes although it was asked for.
   */
  set(key: string, value: Value, isSpent?: (value: Value) => boolean): number {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.value = value;
      known.visited = true;
      return 0;
    }
    const evicted = this.#shrinkTo(this.#maxEntries - 1, isSpent);
    const entry = new Entry(key, value);
    entry.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    this.#entries.set(key, entry);
    return evicted;
  }

  /** Forgets a key; false where it was not known. */
  delete(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#remove(entry);
    return true;
  }

  clear(): void {
    this.#entries.clear();
    this.#oldest = this.#newest = this.#hand = undefined;
  }

  /** Changes the bound and gives how many entries had to go. */
  resize(maxEntries: number): number {
    this.#maxEntries = maxEntries;
    return this.#shrinkTo(maxEntries, undefined);
  }

  #shrinkTo(size: number, isSpent: ((value: Value) => boolean) | undefined): number {
    let evicted = 0;
    for (; this.#entries.size > size; evicted++) this.#evict(isSpent);
    return evicted;
  }

  #evict(isSpent: ((value: Value) => boolean) | undefined): void {
    let entry = this.#hand ?? this.#oldest!;
    while (entry.visited && isSpent?.(entry.value) !== true) {
      entry.visited = false;
      entry = entry.newer ?? this.#oldest!;
    }
    this.#hand = entry;
    this.#remove(entry);
  }

  #remove(entry: Entry<Value>): void {
    const { older, newer } = entry;
    if (this.#hand === entry) this.#hand = newer;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    this.#entries.delete(entry.key);
  }
}
