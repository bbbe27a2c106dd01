/**
 * Calls that share one execution ("singleflight", after Go's golang.org/x/sync/singleflight).
 *
 * The execution is a call of its own, through the layers further in, and belongs to none of those who wait for it. So each of
 * them keeps its own signal and its own deadline: one that is cut leaves alone, and only when the last has left is the execution
 * itself cut. Where the first caller's own call carried the work, its abort would fail everybody else.
 */

import { Deadline } from "../kernel/index.js";
import { type Call, caller, failed, pending } from "./call.js";
import { run } from "./layer.js";

/** The latest deadline of all who wait: what the execution may still use. It is never set with a clock; those who wait have their own. */
class LatestDeadline extends Deadline {
  constructor(dueMs: number) {
    super();
    this.dueMs = dueMs;
  }

  expire(): void {}
}

/** Whom a flight tells what becomes of it. */
export interface FlightOwner {
  /** The execution has ended; `work` may still be given another outcome. Those who wait get it afterwards. */
  landed(flight: Flight, work: Call): void;
  /** The last who waited has left; the execution is about to be cut. */
  deserted(flight: Flight): void;
}

/** One execution and those who wait for it. */
export class Flight {
  readonly key: string;
  readonly #owner: FlightOwner;
  readonly #work: Call;
  readonly #done: Promise<void>;
  /** How each of those who wait is handed the outcome. */
  readonly #waiting = new Set<() => void>();
  #deadline: LatestDeadline | undefined = undefined;
  /** Who cannot leave: callers without a signal. */
  #stayers = 0;
  #shared: Promise<unknown> | undefined = undefined;

  /**
   * Starts the execution of what lies further in than layer `index` of `call`.
   *
   * @param kept whether it goes on though nobody waits for it, and has no deadline.
   */
  constructor(owner: FlightOwner, key: string, call: Call, index: number, kept = false) {
    this.key = key;
    this.#owner = owner;
    this.#work = call.branch(call.layers.slice(index + 1));
    if (kept) this.#stayers = 1;
    else if (call.deadline !== undefined)
      this.#work.deadline = this.#deadline = new LatestDeadline(call.deadline.dueMs);
    this.#done = this.#fly();
  }

  /** The function begins before the owner knows the flight: a call that it makes itself, of the same key, at once, does not wait for itself. */
  async #fly(): Promise<void> {
    const work = this.#work;
    await run(work);
    if (work.interrupter === caller) return;
    try {
      this.#owner.landed(this, work);
    } catch (error) {
      work.fail(error);
    }
    for (const hand of this.#waiting) {
      this.#waiting.delete(hand);
      hand();
    }
  }

  /** How many wait; one more for an execution that goes on by itself. */
  get callers(): number {
    return this.#waiting.size + this.#stayers;
  }

  /** Lets a call wait at its layer: it is not entered, but has the execution's outcome, or has been cut. */
  join(call: Call): Promise<false> {
    if (this.#deadline !== undefined) {
      this.#deadline.dueMs = Math.max(this.#deadline.dueMs, call.deadline?.dueMs ?? Number.POSITIVE_INFINITY);
    }
    if (call.status !== pending) {
      // The function has had its own caller cut before it returned a promise.
      if (this.callers === 0) this.#desert(call);
      return Promise.resolve(false);
    }
    return new Promise((resolve) => {
      const hand = () => {
        const work = this.#work;
        if (work.status === failed) call.fail(work.result, work.rejectedBy);
        else call.succeed(work.result);
        resolve(false);
      };
      this.#waiting.add(hand);
      call.onInterrupt(() => {
        if (!this.#waiting.delete(hand)) return;
        if (this.callers === 0) this.#desert(call);
        resolve(false);
      });
    });
  }

  /** The one promise for all callers that have no signal: without a promise of their own a further caller costs 20 ns and no memory. */
  share(): Promise<unknown> {
    this.#stayers++;
    if (this.#deadline !== undefined) this.#deadline.dueMs = Number.POSITIVE_INFINITY;
    this.#shared ??= this.#done.then(() => {
      const { outcome } = this.#work;
      if (outcome.ok) return outcome.value;
      throw outcome.error;
    });
    return this.#shared;
  }

  /** Cuts the execution for the reason of the last who left; whoever bounds that caller's real work goes on waiting for it. */
  #desert(last: Call): void {
    this.#owner.deserted(this);
    this.#work.interrupt(caller, last.result);
    for (const work of this.#work.abandoned) last.abandon(work);
  }
}
