/**
 * By criticality, and first in, first out among equals: a line for each. Strict, so the least important wait for as long as there
 * are others; their patience sees to it that they do not wait for ever.
 */

import { ranks } from "../criticality.js";
import { WaitLine } from "./wait-line.js";
import type { WaitQueue } from "./wait-queue.js";
import type { Waiter } from "./waiter.js";

/** See the head of the file. */
export class PriorityQueue implements WaitQueue {
  readonly #lines: readonly WaitLine[] = Array.from({ length: ranks }, () => new WaitLine());
  readonly timed = false;
  length = 0;

  patienceMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  push(waiter: Waiter): void {
    this.#lines[waiter.rank]!.join(waiter);
    this.length++;
  }

  take(): Waiter | undefined {
    for (let rank = 0; rank < ranks; rank++) {
      const { first } = this.#lines[rank]!;
      if (first === undefined) continue;
      this.remove(first);
      return first;
    }
    return undefined;
  }

  /** The least important, if it is less important than the newcomer; of those the one that came last. */
  yielder(rank: number): Waiter | undefined {
    for (let other = ranks - 1; other > rank; other--) {
      const { last } = this.#lines[other]!;
      if (last !== undefined) return last;
    }
    return undefined;
  }

  remove(waiter: Waiter): boolean {
    const line = this.#lines[waiter.rank]!;
    if (waiter.line !== line) return false;
    line.leave(waiter);
    this.length--;
    return true;
  }

  *waiting(): Iterable<Waiter> {
    for (const line of this.#lines) yield* line;
  }
}
