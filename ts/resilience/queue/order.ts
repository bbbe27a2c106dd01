/** The queue disciplines by name, as the option `queue.order` takes them. */

import { invalidOption } from "../../kernel/index.js";
import { type Codel, CodelQueue, codel } from "./codel.js";
import { FifoQueue } from "./fifo.js";
import { LifoQueue } from "./lifo.js";
import { PriorityQueue } from "./priority.js";
import type { WaitQueue } from "./wait-queue.js";

/**
 * Who of those who wait goes next: `fifo`, who came first; `lifo`, who came last; `priority`, the most important (`priority` in
 * a call's options); `codel()`, who came first, and while the queue does not empty who came last.
 */
export type QueueOrder = "fifo" | "lifo" | "priority" | Codel;

/** An empty queue of that order. */
export function queueOf(order: QueueOrder): WaitQueue {
  switch (order) {
    case "fifo":
      return new FifoQueue();
    case "lifo":
      return new LifoQueue();
    case "priority":
      return new PriorityQueue();
    default:
      if (order?.kind === "codel") return new CodelQueue(codel(order));
      throw invalidOption("queue.order", order, "give fifo, lifo, priority or codel()");
  }
}

/** Whether two orders are the same discipline with the same options. */
export function sameOrder(a: QueueOrder, b: QueueOrder): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return a.targetMs === b.targetMs && a.intervalMs === b.intervalMs;
}
