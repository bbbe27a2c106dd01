/**
 * A line in front of a limiter: whoever is first asks, all others wait behind, and a newcomer does not pass them.
 *
 * Only the first has a timer, for the instant that the limiter told; so nobody polls, and when permits come back nobody wakes up in
 * vain. Nothing is taken before it is granted, so that one who gives up costs nobody anything. Where the future of a limiter
 * is known, booking ahead is better (`booked.ts`): it tells at once how long the wait will be.
 */

import type { Clock, Timer } from "../../kernel/index.js";
import type { Order, Waiting } from "./waiting.js";

/** Asks for permits: 0, or the wait. */
type Ask = (key: string, weight: number, nowMs: number) => number;

export class Line {
  readonly #order: Order;
  readonly #ask: Ask;
  readonly #clock: Clock;
  readonly #onLeft: (line: Line) => void;
  #timer: Timer | undefined;

  /** `ask` takes permits of the limiter; `onLeft` is told whenever one does not wait any more, whatever the reason. */
  constructor(order: Order, ask: Ask, clock: Clock, onLeft: (line: Line) => void) {
    this.#order = order;
    this.#ask = ask;
    this.#clock = clock;
    this.#onLeft = onLeft;
  }

  get length(): number {
    return this.#order.length;
  }

  /** Who is next. */
  get first(): Waiting | undefined {
    return this.#order.first;
  }

  /** Waits for at most `maxWaitMs`. */
  join(waiting: Waiting, maxWaitMs: number): void {
    const patience = Number.isFinite(maxWaitMs)
      ? this.#clock.schedule(() => {
          if (waiting.cancel()) waiting.refused("max-wait", 0);
        }, maxWaitMs)
      : undefined;
    waiting.waits = true;
    waiting.leave = (cancelled) => {
      patience?.cancel();
      const wasFirst = cancelled && this.#order.first === waiting;
      if (cancelled) this.#order.remove(waiting);
      this.#onLeft(this);
      // Who comes next may ask for less, and need not wait for as long.
      if (wasFirst) this.serve();
    };
    this.#order.push(waiting);
    if (this.#order.first === waiting) this.serve();
  }

  /** Grants what can be granted, and comes back when the next one can be; also after the limiter was changed. */
  serve(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (let first = this.#order.first; first !== undefined; first = this.#order.first) {
      let waitMs: number;
      try {
        waitMs = this.#ask(first.key, first.weight, this.#clock.now());
      } catch (error) {
        // A limit by key that makes no sense, a limiter that was disposed of: one who waits hears of it, and no timer throws.
        this.#take(first);
        first.failed(error);
        continue;
      }
      if (waitMs > 0 && waitMs < Number.POSITIVE_INFINITY) {
        this.#timer = this.#clock.schedule(() => this.serve(), waitMs);
        return;
      }
      this.#take(first);
      if (waitMs === 0) first.granted();
      else first.refused("weight", waitMs);
    }
  }

  #take(first: Waiting): void {
    this.#order.shift();
    first.end();
  }
}
