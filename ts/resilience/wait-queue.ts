/**
 * A first-in-first-out queue of waiters, each removable in constant time: a doubly linked list.
 * A slot is handed from the one who leaves to the one who waits longest; no newcomer can take it in between.
 */

/** One who waits. */
export class Waiter {
  /** @internal */ queue: WaitQueue | undefined = undefined;
  /** @internal */ before: Waiter | undefined = undefined;
  /** @internal */ after: Waiter | undefined = undefined;
  /** Called when the slot has been handed over. */
  readonly granted: () => void;

  constructor(granted: () => void) {
    this.granted = granted;
  }
}

/** The queue. */
export class WaitQueue {
  #first: Waiter | undefined = undefined;
  #last: Waiter | undefined = undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(waiter: Waiter): void {
    waiter.queue = this;
    waiter.before = this.#last;
    if (this.#last === undefined) this.#first = waiter;
    else this.#last.after = waiter;
    this.#last = waiter;
    this.#length++;
  }

  /** Takes a waiter out; false if it was granted or removed before. */
  remove(waiter: Waiter): boolean {
    if (waiter.queue !== this) return false;
    const { before, after } = waiter;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    waiter.queue = waiter.before = waiter.after = undefined;
    this.#length--;
    return true;
  }

  /** Takes out and returns the one who has waited longest. */
  shift(): Waiter | undefined {
    const first = this.#first;
    if (first !== undefined) this.remove(first);
    return first;
  }
}
