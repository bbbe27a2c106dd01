/** Naive twins of the lock-free structures, for one thread: what each would be if nobody else were there. */

/** A bounded queue; a ring for one producer and one consumer and the queues for many are all this. */
export class TwinQueue<T> {
  readonly items: T[] = [];
  readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  push(item: T): boolean {
    return this.items.length < this.capacity && this.items.push(item) > 0;
  }

  pop(): T | undefined {
    return this.items.shift();
  }
}

/** A bounded stack. */
export class TwinStack<T> extends TwinQueue<T> {
  override pop(): T | undefined {
    return this.items.pop();
  }
}

/** A bounded deque of numbers: the owner's end is the array's. */
export class TwinDeque extends TwinStack<number> {
  steal(): number | undefined {
    return this.items.shift();
  }
}

/** What a map is asked, by the core's number. */
export const asks = ["get", "set", "insert", "remove", "add", "replace"] as const;

/** A map of 64-bit numbers; `nodes` are free as long as keys and the spare ones leave some. */
export class TwinMap {
  readonly entries = new Map<bigint, bigint>();

  /** The answer of the core's `mapAsk`, and the value that it writes where it says 1 or a key was added. */
  ask(what: (typeof asks)[number], key: bigint, value: bigint, expected: bigint): [number, bigint | undefined] {
    const held = this.entries.get(key);
    if (held === undefined) {
      if (what === "get" || what === "remove" || what === "replace") return [0, undefined];
      this.entries.set(key, value);
      return [0, value];
    }
    if (what === "remove") this.entries.delete(key);
    else if (what === "set" || (what === "replace" && held === expected)) this.entries.set(key, value);
    else if (what === "add") this.entries.set(key, BigInt.asUintN(64, held + value));
    return [1, what === "add" ? this.entries.get(key)! : held];
  }
}

/** A semaphore that knows its holders. */
export class TwinPermits {
  readonly held = new Map<number, number>();
  permits: number;

  constructor(permits: number) {
    this.permits = permits;
  }

  get inUse(): number {
    return [...this.held.values()].reduce((sum, each) => sum + each, 0);
  }

  tryAcquire(owner: number): boolean {
    if (this.inUse >= this.permits) return false;
    this.held.set(owner, (this.held.get(owner) ?? 0) + 1);
    return true;
  }

  release(owner: number): boolean {
    const held = this.held.get(owner) ?? 0;
    if (held > 0) this.held.set(owner, held - 1);
    return held > 0;
  }

  reclaim(owner: number): number {
    const held = this.held.get(owner) ?? 0;
    this.held.delete(owner);
    return held;
  }
}
