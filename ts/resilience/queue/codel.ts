/**
 * Controlled delay with adaptive LIFO, for queues of requests, as Facebook runs it (Maurer, "Fail at Scale", ACM Queue 13:8,
 * 2015), after CoDel for queues of packets (Nichols and Jacobson, RFC 8289).
 *
 * A queue does its good by taking in a burst, and then it is empty again within an interval. One that has not been empty for a
 * whole interval is standing: it adds delay and no throughput. So, with `targetMs` M and `intervalMs` N:
 * - patience is N, and M for those who join a standing queue: it drains to where it can be empty again;
 * - who has waited longest goes next, but in a standing queue who came last: somebody is then served before it gives up.
 */

import { durationMs } from "../options.js";
import { OneLine } from "./wait-queue.js";
import type { Waiter } from "./waiter.js";

/** Options of {@link codel}. */
export interface CodelOptions {
  /** How long one may wait in a standing queue, in milliseconds. Default: 5. */
  readonly targetMs?: number;
  /** How long one may wait otherwise, and after how long without being empty a queue is standing, in milliseconds. Default: 100. */
  readonly intervalMs?: number;
}

/** The queue discipline CoDel; make it with {@link codel}. */
export interface Codel extends Required<CodelOptions> {
  readonly kind: "codel";
}

/**
 * A queue discipline for {@link QueueOptions.order}: bursts may wait, a standing queue is drained.
 *
 * Use it where calls come from people or from callers with timeouts, who are gone after a while. The defaults are those of
 * Facebook for calls between machines; take an interval of about the time in which a burst should be over.
 *
 * @param options `targetMs` and `intervalMs` in milliseconds.
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { bulkhead, codel } from "holdfast";
 *
 * const policy = bulkhead({ limit: 10, queue: { size: 1_000, order: codel({ targetMs: 5, intervalMs: 100 }) } });
 * await policy.execute(() => "answer"); // => "answer"
 * ```
 */
export function codel(options: CodelOptions = {}): Codel {
  const intervalMs = durationMs("intervalMs", options.intervalMs ?? 100);
  return { kind: "codel", intervalMs, targetMs: durationMs("targetMs", options.targetMs ?? Math.min(5, intervalMs)) };
}

/** See the head of the file. */
export class CodelQueue extends OneLine {
  override readonly timed: boolean = true;
  readonly #targetMs: number;
  readonly #intervalMs: number;
  /** When those who wait now found the queue empty, which is when it was empty last. */
  #emptyMs = Number.NEGATIVE_INFINITY;

  constructor({ targetMs, intervalMs }: Codel) {
    super();
    this.#targetMs = targetMs;
    this.#intervalMs = intervalMs;
  }

  #standing(nowMs: number): boolean {
    return this.length > 0 && nowMs - this.#emptyMs > this.#intervalMs;
  }

  override patienceMs(nowMs: number): number {
    return this.#standing(nowMs) ? this.#targetMs : this.#intervalMs;
  }

  override push(waiter: Waiter, nowMs: number): void {
    if (this.length === 0) this.#emptyMs = nowMs;
    super.push(waiter, nowMs);
  }

  protected next(nowMs: number): Waiter | undefined {
    return this.#standing(nowMs) ? this.line.last : this.line.first;
  }

  yielder(_rank: number, nowMs: number): Waiter | undefined {
    return this.#standing(nowMs) ? this.line.first : undefined;
  }
}
