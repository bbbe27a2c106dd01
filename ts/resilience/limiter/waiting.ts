/** One who waits for permits. */

import type { InLine, WaitLine } from "../queue/wait-line.js";

/** How a wait can end without permits: it would be too long, too many wait, or what is asked for can never be had. */
export type Refused = "max-wait" | "queue-full" | "weight";

/** One who waits; it is settled once, by `granted` or by `refused`, or not at all where it was cancelled. */
export class Waiting implements InLine<Waiting> {
  line: WaitLine<Waiting> | undefined = undefined;
  ahead: Waiting | undefined = undefined;
  behind: Waiting | undefined = undefined;
  readonly key: string;
  readonly weight: number;
  /** Called when the permits have been taken for it. */
  readonly granted: () => void;
  /** Called when the wait ends without permits, with the wait that there would be where it is known, else 0. */
  readonly refused: (rule: Refused, waitMs: number) => void;
  /** Called when the limiter itself failed, such as one that was disposed of. */
  readonly failed: (error: unknown) => void;
  /** Whether it still waits. */
  waits = false;
  /** What is to be undone when it waits no more. */
  leave: (cancelled: boolean) => void = () => {};

  constructor(
    key: string,
    weight: number,
    granted: () => void,
    refused: (rule: Refused, waitMs: number) => void,
    failed: (error: unknown) => void,
  ) {
    this.key = key;
    this.weight = weight;
    this.granted = granted;
    this.refused = refused;
    this.failed = failed;
  }

  /** Ends the wait, for one who gave up; false where it has ended already. */
  cancel(): boolean {
    return this.end(true);
  }

  /** Ends the wait before it is settled; false where it has ended already. */
  end(cancelled = false): boolean {
    if (!this.waits) return false;
    this.waits = false;
    this.leave(cancelled);
    return true;
  }
}

/** The order in which waiters are served. */
export interface Order {
  readonly length: number;
  /** Who is next; it stays the same until it is taken out. */
  readonly first: Waiting | undefined;
  push(waiting: Waiting): void;
  /** Takes one out; false if it is not in. */
  remove(waiting: Waiting): boolean;
  /** Takes out who is next, served. */
  shift(): Waiting | undefined;
}
