/**
 * What every queue discipline is: who goes next, who has to go when there is no room, and how long one may wait. It holds those
 * who wait and decides; `bulkhead` hands the slots over and tells those who are refused. All its operations take constant time.
 */

import { WaitLine } from "./wait-line.js";
import type { Waiter } from "./waiter.js";

/** See the head of the file. */
export interface WaitQueue {
  /** How many wait. */
  readonly length: number;
  /** Whether it needs to know the time; if not, it may be told NaN. */
  readonly timed: boolean;
  /** How long one who joins now may wait, in milliseconds; `Infinity` where the discipline sets no bound. */
  patienceMs(nowMs: number): number;
  push(waiter: Waiter, nowMs: number): void;
  /** Takes out who goes next. */
  take(nowMs: number): Waiter | undefined;
  /** Who would have to give way to a newcomer of this rank where there is no room; `undefined` if the newcomer has to go. */
  yielder(rank: number, nowMs: number): Waiter | undefined;
  /** Takes somebody out; false where it no longer waits. */
  remove(waiter: Waiter): boolean;
  /** All who wait, those of a line in the order in which they came; each may be taken out when it is its turn. */
  waiting(): Iterable<Waiter>;
}

/** What the disciplines with one line share. */
export abstract class OneLine implements WaitQueue {
  protected readonly line = new WaitLine();
  readonly timed: boolean = false;
  length = 0;

  /** Who goes next, left where it is. */
  protected abstract next(nowMs: number): Waiter | undefined;
  abstract yielder(rank: number, nowMs: number): Waiter | undefined;

  patienceMs(_nowMs: number): number {
    return Number.POSITIVE_INFINITY;
  }

  push(waiter: Waiter, _nowMs: number): void {
    this.line.join(waiter);
    this.length++;
  }

  take(nowMs: number): Waiter | undefined {
    const next = this.next(nowMs);
    if (next !== undefined) this.remove(next);
    return next;
  }

  remove(waiter: Waiter): boolean {
    if (waiter.line !== this.line) return false;
    this.line.leave(waiter);
    this.length--;
    return true;
  }

  waiting(): Iterable<Waiter> {
    return this.line;
  }
}
