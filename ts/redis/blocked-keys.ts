/**
 * Keys of which the server said that they are refused for some time: until then they are refused here, without a round trip. A
 * client that hammers at its limit, which is when round trips hurt, so costs a look into a map.
 *
 * A block is counted from the instant at which the server was asked, so it never outlasts what the server said. What frees a key
 * sooner (a reset, a refund, a larger limit) is known here only if it is done by this process; therefore a block ends after
 * `lookAgainMs` at the latest. What other processes take meanwhile makes a wait longer than is told here, never shorter.
 */

import type { Standing } from "./remote-meter.js";

/** The longest that a key is refused without asking the server again. */
const lookAgainMs = 10_000;

interface Block {
  readonly untilMs: number;
  /** What was refused: less may pass, and for more the wait is another. */
  readonly weight: number;
  /** What the server said, and when it was asked. */
  readonly standing: Standing;
  readonly askedMs: number;
}

export class BlockedKeys {
  readonly #max: number;
  readonly #blocks = new Map<string, Block>();

  /** Holds at most `max` keys; the one that was blocked first makes room, and costs a round trip when it comes again. */
  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#blocks.size;
  }

  /** How a key stands that is known to refuse this very `weight`; undefined where the server has to be asked. */
  standing(name: string, weight: number, nowMs: number): Standing | undefined {
    const block = this.#blocks.get(name);
    if (block === undefined) return undefined;
    if (nowMs >= block.untilMs) {
      this.#blocks.delete(name);
      return undefined;
    }
    if (weight !== block.weight) return undefined;
    const { standing, askedMs } = block;
    const passedMs = nowMs - askedMs;
    return {
      waitMs: standing.waitMs - passedMs,
      remaining: standing.remaining,
      resetAfterMs: standing.resetAfterMs - passedMs,
    };
  }

  /** Notes that the server, asked at `askedMs`, refused `weight`. */
  block(name: string, weight: number, standing: Standing, askedMs: number): void {
    if (this.#max === 0) return;
    this.#blocks.delete(name);
    if (this.#blocks.size >= this.#max) this.#blocks.delete(this.#blocks.keys().next().value!);
    this.#blocks.set(name, { untilMs: askedMs + Math.min(standing.waitMs, lookAgainMs), weight, standing, askedMs });
  }

  release(name: string): void {
    this.#blocks.delete(name);
  }
}
