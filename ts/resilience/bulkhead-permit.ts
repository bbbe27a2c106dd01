/** A slot of a bulkhead in the caller's own hands. */

import { Deadline, dispose } from "../kernel/index.js";

/** A slot that was taken by hand; give it back exactly once (a second time does nothing), or let `using` do it. */
export class BulkheadPermit extends Deadline implements Disposable {
  #giveBack: ((reclaimed: boolean) => void) | undefined;

  /** @internal */
  constructor(giveBack: (reclaimed: boolean) => void) {
    super();
    this.#giveBack = giveBack;
  }

  /** Gives the slot back. */
  release(): void {
    const giveBack = this.#giveBack;
    this.#giveBack = undefined;
    giveBack?.(false);
  }

  /** @internal */
  expire(): void {
    const giveBack = this.#giveBack;
    this.#giveBack = undefined;
    giveBack?.(true);
  }

  [dispose](): void {
    this.release();
  }
}
