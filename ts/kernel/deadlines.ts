/**
 * One shared timer for all deadlines of a clock.
 *
 * A timer of its own for every call costs 280 ns; almost all of them are cancelled. Here a deadline is a node in a list
 * of its duration (equal durations fall due in the order in which they were set, as Node's own timer lists know), and a
 * single timer looks at the heads. The timer never sleeps longer than `sliceMs`: once nothing waits any more it is gone
 * within that time, so it cannot keep a process alive, and a call costs a clock reading and two list operations.
 */

import type { Clock, Timer } from "./clock.js";

/** A timer that runs so much later than asked tells of a stall, in milliseconds; ordinary lateness is a few. */
const stallMs = 15;

/** The longest that the shared timer sleeps, and so the longest that it outlives the last deadline. */
const sliceMs = 50;

/** Lists of durations that are kept while empty; beyond these an empty list is dropped (durations may be computed per call). */
const keptLists = 16;

/** A deadline; owners extend it with what they need when it expires. */
export abstract class Deadline {
  /** Instant at which it falls due, in the clock's milliseconds. */
  dueMs = 0;
  /** @internal */ list: DeadlineList | undefined = undefined;
  /** @internal */ before: Deadline | undefined = undefined;
  /** @internal */ after: Deadline | undefined = undefined;

  /** Called once when the deadline has passed without {@link Deadlines.cancel}. */
  abstract expire(): void;
}

/** Deadlines of one duration, soonest first. */
class DeadlineList {
  readonly durationMs: number;
  head: Deadline | undefined = undefined;
  tail: Deadline | undefined = undefined;

  constructor(durationMs: number) {
    this.durationMs = durationMs;
  }

  append(deadline: Deadline): void {
    deadline.list = this;
    deadline.before = this.tail;
    if (this.tail === undefined) this.head = deadline;
    else this.tail.after = deadline;
    this.tail = deadline;
  }

  remove(deadline: Deadline): void {
    const { before, after } = deadline;
    if (before === undefined) this.head = after;
    else before.after = after;
    if (after === undefined) this.tail = before;
    else after.before = before;
    deadline.list = deadline.before = deadline.after = undefined;
  }
}

/** The deadlines of one clock; get it from {@link deadlinesOf}. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #lists = new Map<number, DeadlineList>();
  #recent: DeadlineList = new DeadlineList(-1);
  #timer: Timer | undefined;
  #graced = false;
  #armedForMs = Number.POSITIVE_INFINITY;
  readonly #onTimer = () => this.#fire();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Lets `deadline` fall due `durationMs` after `nowMs` (the caller has just read the clock; two readings would cost double). */
  set(deadline: Deadline, durationMs: number, nowMs: number): void {
    deadline.dueMs = nowMs + durationMs;
    const list = this.#recent.durationMs === durationMs ? this.#recent : this.#listFor(durationMs);
    list.append(deadline);
    if (deadline.dueMs < this.#armedForMs) this.#arm(nowMs, deadline.dueMs);
  }

  /** Forgets a deadline; harmless when it has passed. */
  cancel(deadline: Deadline): void {
    const { list } = deadline;
    if (list === undefined) return;
    list.remove(deadline);
    if (list.head === undefined && this.#lists.size > keptLists) this.#drop(list);
  }

  #listFor(durationMs: number): DeadlineList {
    let list = this.#lists.get(durationMs);
    if (list === undefined) {
      list = new DeadlineList(durationMs);
      this.#lists.set(durationMs, list);
    }
    this.#recent = list;
    return list;
  }

  #drop(list: DeadlineList): void {
    this.#lists.delete(list.durationMs);
    // A dropped list must not be found again through the shortcut, or its deadlines would be invisible to the timer.
    if (this.#recent === list) this.#recent = new DeadlineList(-1);
  }

  #arm(nowMs: number, dueMs: number): void {
    const wakeMs = Math.min(dueMs, nowMs + sliceMs);
    if (wakeMs >= this.#armedForMs) return;
    this.#timer?.cancel();
    this.#armedForMs = wakeMs;
    this.#timer = this.#clock.schedule(this.#onTimer, wakeMs - nowMs);
  }

  #fire(): void {
    const nowMs = this.#clock.now();
    // After a stall of the whole process its timers run before the answers that arrived meanwhile are read. Those get one
    // turn of the loop to be seen: what was in time must not be called late because we were.
    if (!this.#graced && nowMs - this.#armedForMs > stallMs) {
      this.#graced = true;
      this.#timer = this.#clock.schedule(this.#onTimer, 0);
      return;
    }
    this.#graced = false;
    this.#timer = undefined;
    this.#armedForMs = Number.POSITIVE_INFINITY;
    for (const list of this.#lists.values()) {
      for (let head = list.head; head !== undefined && head.dueMs <= nowMs; head = list.head) {
        list.remove(head);
        head.expire();
      }
    }
    let nextMs = Number.POSITIVE_INFINITY;
    for (const list of this.#lists.values()) {
      if (list.head !== undefined) nextMs = Math.min(nextMs, list.head.dueMs);
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#arm(nowMs, nextMs);
  }
}

const byClock = new WeakMap<Clock, Deadlines>();

/** The one queue of deadlines that belongs to `clock`. */
export function deadlinesOf(clock: Clock): Deadlines {
  let deadlines = byClock.get(clock);
  if (deadlines === undefined) {
    deadlines = new Deadlines(clock);
    byClock.set(clock, deadlines);
  }
  return deadlines;
}
