/** Those who wait in the order in which they came. */

import { WaitLine } from "../queue/wait-line.js";
import type { Order, Waiting } from "./waiting.js";

/** See the head of the file. */
export class Fifo implements Order {
  readonly #line = new WaitLine<Waiting>();
  length = 0;

  get first(): Waiting | undefined {
    return this.#line.first;
  }

  push(waiting: Waiting): void {
    this.#line.join(waiting);
    this.length++;
  }

  remove(waiting: Waiting): boolean {
    if (waiting.line !== this.#line) return false;
    this.#line.leave(waiting);
    this.length--;
    return true;
  }

  shift(): Waiting | undefined {
    const { first } = this;
    if (first !== undefined) this.remove(first);
    return first;
  }
}
