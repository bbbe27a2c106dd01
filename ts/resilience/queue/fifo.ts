/** First in, first out: who has waited longest goes next. Fair, and right where the queue is usually empty. */

import { OneLine } from "./wait-queue.js";
import type { Waiter } from "./waiter.js";

/** See the head of the file. */
export class FifoQueue extends OneLine {
  protected next(): Waiter | undefined {
    return this.line.first;
  }

  /** Those who wait were here before. */
  yielder(): undefined {
    return undefined;
  }
}
