/**
 * Deficit round robin: a queue for each key, served in turn, so that a key that sends much waits for itself and not before others
 * (Shreedhar and Varghese, "Efficient fair queueing using deficit round robin", SIGCOMM 1995, §3).
 *
 * Each turn adds a quantum to what the key may spend; it is served while its first caller's weight is covered, and what is left is
 * kept for its next turn while it still has callers, else dropped: nobody saves up by being away. With weights of at most the
 * quantum a choice takes constant time, and in any stretch two busy keys get the same up to a quantum and a largest weight.
 */

import { Fifo } from "./fifo.js";
import type { Order, Waiting } from "./waiting.js";

/** The callers of one key; flows stand in a ring. */
class Flow {
  readonly key: string;
  readonly queue = new Fifo();
  /** What it may spend yet. */
  deficit = 0;
  /** Whether this turn's quantum was added. */
  charged = false;
  before: Flow = this;
  after: Flow = this;

  constructor(key: string) {
    this.key = key;
  }

  get first(): Waiting {
    return this.queue.first!;
  }
}

export class FairQueue implements Order {
  readonly #quantum: number;
  readonly #flows = new Map<string, Flow>();
  /** Whose turn it is. */
  #turn: Flow | undefined;
  #length = 0;

  constructor(quantum: number) {
    this.#quantum = quantum;
  }

  get length(): number {
    return this.#length;
  }

  get first(): Waiting | undefined {
    let flow = this.#turn;
    if (flow === undefined) return undefined;
    for (;;) {
      if (!flow.charged) {
        flow.charged = true;
        flow.deficit += this.#quantum;
      }
      if (flow.first.weight <= flow.deficit) return flow.first;
      flow.charged = false;
      flow = flow.after;
      this.#turn = flow;
    }
  }

  push(waiting: Waiting): void {
    let flow = this.#flows.get(waiting.key);
    if (flow === undefined) {
      flow = new Flow(waiting.key);
      this.#flows.set(waiting.key, flow);
      this.#join(flow);
    }
    flow.queue.push(waiting);
    this.#length++;
  }

  remove(waiting: Waiting): boolean {
    const flow = this.#flows.get(waiting.key);
    if (flow === undefined || !flow.queue.remove(waiting)) return false;
    this.#length--;
    if (flow.queue.length === 0) this.#part(flow);
    return true;
  }

  shift(): Waiting | undefined {
    const { first } = this;
    if (first === undefined) return undefined;
    this.#turn!.deficit -= first.weight;
    this.remove(first);
    return first;
  }

  /** A new flow comes last: just before the one whose turn it is. */
  #join(flow: Flow): void {
    const turn = this.#turn;
    if (turn === undefined) {
      this.#turn = flow;
      return;
    }
    flow.before = turn.before;
    flow.after = turn;
    flow.before.after = flow;
    turn.before = flow;
  }

  #part(flow: Flow): void {
    this.#flows.delete(flow.key);
    flow.before.after = flow.after;
    flow.after.before = flow.before;
    if (this.#turn === flow) this.#turn = flow.after === flow ? undefined : flow.after;
  }
}
