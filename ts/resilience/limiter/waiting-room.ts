/**
 * Where those wait who may wait, and how many at most. Where the limiter can book ahead, a waiter gets its turn at once and has a timer for it;
 * else it stands in a line, one for each key or one for all.
 */

import type { Clock } from "../../kernel/index.js";
import { FairQueue } from "./fair-queue.js";
import { Fifo } from "./fifo.js";
import { Line } from "./line.js";
import type { Bookings, Meter } from "./meter.js";
import type { Order, Waiting } from "./waiting.js";

/** The only line where not each key has one; no key is longer than a text can be. */
const everybody = "";
/** A wait that is not known, but is one. */
const soonMs = 1;

export class WaitingRoom {
  readonly #clock: Clock;
  readonly #lines = new Map<string, Line>();
  /** Those who have their turn already. */
  readonly #booked = new Set<Waiting>();
  #meter: Meter;
  #keyed: boolean;
  #size: number;
  #quantum: number | undefined;
  #waiting = 0;

  /**
   * @param keyed whether each key has a line of its own.
   * @param size how many may wait.
   * @param quantum permits that a key gets in its turn, where keys take turns at one limiter.
   */
  constructor(clock: Clock, meter: Meter, keyed: boolean, size: number, quantum: number | undefined) {
    this.#clock = clock;
    this.#meter = meter;
    this.#keyed = keyed;
    this.#size = size;
    this.#quantum = quantum;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Ends all waits with an error. */
  close(error: unknown): void {
    for (const waiting of this.#booked) if (waiting.cancel()) waiting.failed(error);
    for (const line of [...this.#lines.values()]) {
      for (let { first } = line; first?.cancel(); first = line.first) first.failed(error);
    }
  }

  /** Goes on with another limiter or another size, and looks again at those who wait; `keyed` and `quantum` change only while nobody does. */
  change(meter: Meter, keyed: boolean, size: number, quantum: number | undefined): void {
    this.#meter = meter;
    this.#keyed = keyed;
    this.#size = size;
    this.#quantum = quantum;
    for (const line of [...this.#lines.values()]) line.serve();
  }

  /** How long a newcomer has to wait because others of its line came before; 0 where there are none. */
  aheadOf(key: string, nowMs: number): number {
    if (this.#lines.size === 0) return 0;
    const first = this.#lines.get(this.#keyed ? key : everybody)?.first;
    if (first === undefined) return 0;
    return Math.max(soonMs, this.#meter.peek(first.key, first.weight, nowMs));
  }

  /** Looks again at those who wait with `key`, who may have got something back. */
  refilled(key: string): void {
    this.#lines.get(this.#keyed ? key : everybody)?.serve();
  }

  /** Lets one wait whom the limiter has just refused for `waitMs`, or settles it at once. */
  enter(waiting: Waiting, waitMs: number, maxWaitMs: number): void {
    if (waitMs > maxWaitMs) {
      waiting.refused("max-wait", waitMs);
    } else if (this.#waiting >= this.#size) {
      waiting.refused("queue-full", waitMs);
    } else if (this.#meter.bookings !== undefined && this.#quantum === undefined) {
      this.#book(waiting, this.#meter.bookings, waitMs, maxWaitMs);
    } else {
      this.#waiting++;
      this.#lineOf(waiting.key).join(waiting, maxWaitMs);
    }
  }

  #lineOf(key: string): Line {
    const name = this.#keyed ? key : everybody;
    let line = this.#lines.get(name);
    if (line === undefined) {
      const order: Order = this.#quantum === undefined ? new Fifo() : new FairQueue(this.#quantum);
      const ask = (asked: string, weight: number, nowMs: number) => this.#meter.tryAcquire(asked, weight, nowMs);
      line = new Line(order, ask, this.#clock, (left) => {
        this.#waiting--;
        if (left.length === 0) this.#lines.delete(name);
      });
      this.#lines.set(name, line);
    }
    return line;
  }

  #book(waiting: Waiting, bookings: Bookings, waitMs: number, maxWaitMs: number): void {
    const clock = this.#clock;
    const nowMs = clock.now();
    const turnMs = bookings.reserve(waiting.weight, nowMs, maxWaitMs);
    if (turnMs < 0) {
      waiting.refused("max-wait", waitMs);
      return;
    }
    const timer = clock.schedule(() => {
      if (waiting.end()) waiting.granted();
    }, turnMs);
    this.#waiting++;
    this.#booked.add(waiting);
    waiting.waits = true;
    waiting.leave = (cancelled) => {
      this.#waiting--;
      this.#booked.delete(waiting);
      if (!cancelled) return;
      timer.cancel();
      // Another limiter may have taken the place of the one that knows of the booking.
      if (this.#meter.bookings === bookings) bookings.cancel(waiting.weight, nowMs + turnMs, clock.now());
    };
  }
}
