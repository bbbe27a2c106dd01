/** One who waits for a slot: a node of the line that it stands in. */

import type { Burst } from "./burst.js";
import type { WaitLine } from "./wait-line.js";

/** See the head of the file. */
export abstract class Waiter {
  /** How important the call is, 0 the most; see `criticality.ts`. */
  readonly rank: number;
  /** Who came with it, and how long they may wait. */
  readonly burst: Burst;
  /** The line that it stands in, if any. */
  line: WaitLine | undefined = undefined;
  ahead: Waiter | undefined = undefined;
  behind: Waiter | undefined = undefined;

  constructor(rank: number, burst: Burst) {
    this.rank = rank;
    this.burst = burst;
  }

  /** A slot was handed over to it; it is out of the queue. `nowMs` is NaN where nobody asked the clock. */
  abstract granted(nowMs: number): void;

  /** It has to go; it is out of the queue. */
  abstract refused(error: unknown): void;
}
