/**
 * Those who joined a queue in one synchronous run of the program, such as a loop that starts a hundred calls. Nobody can be
 * served in the course of it, so their patience counts from its end, and one reading of the clock and one deadline do for all:
 * with one of its own for each, half of what a wait costs went there.
 */

import { Deadline } from "../../kernel/index.js";

/** See the head of the file. */
export class Burst extends Deadline {
  /** How long they may wait, in milliseconds. */
  readonly patienceMs: number;
  /** How many of them wait still. */
  waiting = 0;
  readonly #giveUp: (burst: Burst) => void;

  /** @param giveUp tells those of the burst who wait still that they waited too long. */
  constructor(patienceMs: number, giveUp: (burst: Burst) => void) {
    super();
    this.patienceMs = patienceMs;
    this.#giveUp = giveUp;
  }

  expire(): void {
    this.#giveUp(this);
  }
}
