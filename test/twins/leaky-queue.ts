import type { TwinRate } from "./meters.js";

/**
 * A queue that is let go of permit by permit, one each `periodUs / limit`; `burst` is its room, the permit that leaves at once
 * included. It holds who waits, in exact fractions: numerators over the limit. Times are whole microseconds.
 */
export class LeakyQueueTwin {
  readonly #limit: bigint;
  readonly #spacing: bigint;
  readonly #room: bigint;
  /** Turns, and the end of the time that each needs. */
  #queue: { readonly turn: bigint; readonly end: bigint }[] = [];

  constructor(rate: TwinRate) {
    this.#limit = BigInt(rate.limit);
    this.#spacing = BigInt(rate.periodUs);
    this.#room = BigInt(rate.burst) * this.#spacing;
  }

  /** The wait in microseconds, rounded up to 2^-10; Infinity where there is no room. */
  enter(weight: number, nowUs: number): number {
    const now = BigInt(nowUs) * this.#limit;
    this.#queue = this.#queue.filter(({ end }) => end > now);
    const turn = this.#queue.at(-1)?.end ?? now;
    const end = turn + BigInt(weight) * this.#spacing;
    if (end - now > this.#room) return Number.POSITIVE_INFINITY;
    if (weight > 0) this.#queue.push({ turn, end });
    return Number(((turn - now) * 1024n + this.#limit - 1n) / this.#limit) / 1024;
  }

  /** The last who entered leaves again. */
  leave(): void {
    this.#queue.pop();
  }
}
