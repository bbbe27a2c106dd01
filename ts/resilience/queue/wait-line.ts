/** People in a line: a doubly linked list, out of which each can step in constant time, wherever it stands. */

import type { Waiter } from "./waiter.js";

/** What each of a line carries. */
export interface InLine<One extends InLine<One>> {
  /** The line that it stands in, if any. */
  line: WaitLine<One> | undefined;
  ahead: One | undefined;
  behind: One | undefined;
}

/** See the head of the file. */
export class WaitLine<One extends InLine<One> = Waiter> {
  /** Who has waited longest. */
  first: One | undefined = undefined;
  /** Who came last. */
  last: One | undefined = undefined;

  /** Stands somebody at the end. */
  join(waiter: One): void {
    const { last } = this;
    waiter.line = this;
    waiter.ahead = last;
    if (last === undefined) this.first = waiter;
    else last.behind = waiter;
    this.last = waiter;
  }

  /** Takes out somebody who stands in this line. */
  leave(waiter: One): void {
    const { ahead, behind } = waiter;
    if (ahead === undefined) this.first = behind;
    else ahead.behind = behind;
    if (behind === undefined) this.last = ahead;
    else behind.ahead = ahead;
    waiter.line = waiter.ahead = waiter.behind = undefined;
  }

  /** All, from the first to the last; each may be taken out when it is its turn. */
  *[Symbol.iterator](): Iterator<One> {
    let next = this.first;
    while (next !== undefined) {
      const waiter = next;
      next = waiter.behind;
      yield waiter;
    }
  }
}
