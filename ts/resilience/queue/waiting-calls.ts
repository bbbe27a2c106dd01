/** The two kinds of calls that wait: each is woken by the promise that was made for it just before (`captureEnds`). */

import { type Call, ends } from "../call.js";
import type { Burst } from "./burst.js";
import { Waiter } from "./waiter.js";

/** What a call that waits needs of the policy that it waits for. */
export interface WaitingRoom {
  readonly name: string;
  /** Notes what the call's slot needs for its way out. */
  hold(call: Call, index: number, nowMs: number): void;
  /** Takes somebody out of the queue; false where it is not in it. */
  withdraw(waiter: Waiter): boolean;
}

/** A call that waits, on the general way. */
export class CallWaiter extends Waiter {
  private readonly room: WaitingRoom;
  private readonly call: Call;
  private readonly index: number;
  private readonly resolve: (entered: boolean) => void;

  constructor(room: WaitingRoom, call: Call, index: number, rank: number, burst: Burst) {
    super(rank, burst);
    this.room = room;
    this.call = call;
    this.index = index;
    this.resolve = ends.resolve;
  }

  granted(nowMs: number): void {
    this.room.hold(this.call, this.index, nowMs);
    this.resolve(true);
  }

  refused(error: unknown): void {
    this.call.fail(error, this.room.name);
    this.resolve(false);
  }

  interrupted(): void {
    if (this.room.withdraw(this)) this.resolve(false);
  }
}

/** A call that waits, of a bulkhead that stands alone. */
export class LoneWaiter extends Waiter {
  private readonly resolve: (ticket: number) => void;
  private readonly reject: (error: unknown) => void;

  constructor(rank: number, burst: Burst) {
    super(rank, burst);
    this.resolve = ends.resolve;
    this.reject = ends.reject;
  }

  granted(): void {
    this.resolve(0);
  }

  refused(error: unknown): void {
    this.reject(error);
  }
}
