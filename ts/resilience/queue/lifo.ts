/**
 * Last in, first out: who came last goes next. In a queue that never empties everybody waits as long as anybody under FIFO, until
 * all have given up by the time that they are served; here some are served at once and the others are given up on.
 */

import { OneLine } from "./wait-queue.js";
import type { Waiter } from "./waiter.js";

/** See the head of the file. */
export class LifoQueue extends OneLine {
  protected next(): Waiter | undefined {
    return this.line.last;
  }

  /** Who has waited longest is the least likely to be served, and its client the likeliest to have gone. */
  yielder(): Waiter | undefined {
    return this.line.first;
  }
}
