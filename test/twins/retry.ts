/** Backoff and retry budget, from their sources, in BigInt ticks of 2^-10 µs. */

import { type Random, seeded } from "../../ts/kernel/index.js";
import { MonotonicTwin } from "./clock.js";

export interface BackoffTwinOptions {
  readonly kind: "constant" | "linear" | "exponential" | "fibonacci";
  readonly jitter: "none" | "full" | "equal" | "decorrelated";
  readonly base: bigint;
  readonly most: bigint;
  /** With 16 fraction bits. */
  readonly factor: bigint;
  readonly seed: number;
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** Brooker's jitters over the four growths. */
export class BackoffTwin {
  readonly #options: BackoffTwinOptions;
  readonly #random: Random;

  constructor(options: BackoffTwinOptions) {
    this.#options = options;
    this.#random = seeded(options.seed);
  }

  #draw(span: bigint): bigint {
    return (span * BigInt(this.#random.uint32())) >> 32n;
  }

  #planned(attempt: number): bigint {
    const { kind, base, most, factor } = this.#options;
    if (kind === "linear") return least(base * BigInt(attempt), most);
    let delay = base;
    let before = 0n;
    // Nothing grows for longer than this: 3,000 steps of a hundredth, or 90 Fibonacci numbers.
    for (let step = 1; step < Math.min(attempt, 5_000); step++) {
      if (kind === "exponential") delay = least((delay * factor) >> 16n, most);
      if (kind === "fibonacci") [before, delay] = [delay, least(delay + before, most)];
    }
    return delay;
  }

  next(attempt: number, previous: bigint): bigint {
    const { jitter, base, most } = this.#options;
    if (jitter === "decorrelated") {
      const from = least(previous > base ? previous : base, most);
      return least(base + this.#draw(3n * from - base), most);
    }
    const delay = this.#planned(Math.max(1, attempt));
    if (jitter === "full") return this.#draw(delay);
    if (jitter === "equal") return delay - this.#draw(delay >> 1n);
    return delay;
  }
}

/** Finagle's `RetryBudget`: deposits and withdrawals in a window of ten slices, over a reserve. */
export class BudgetTwin {
  readonly #clock = new MonotonicTwin();
  readonly #sliceTicks: bigint;
  readonly #deposit: bigint;
  readonly #withdrawal: bigint;
  readonly #reserve: bigint;
  #entries: { slice: bigint; amount: bigint }[] = [];

  constructor(options: { deposit: bigint; withdrawal: bigint; reserve: bigint; ttlTicks: bigint }) {
    this.#sliceTicks = options.ttlTicks / 10n;
    this.#deposit = options.deposit;
    this.#withdrawal = options.withdrawal;
    this.#reserve = options.reserve;
  }

  #sum(now: bigint): bigint {
    const current = this.#clock.read(now) / this.#sliceTicks;
    this.#entries = this.#entries.filter(({ slice }) => slice > current - 10n);
    return this.#reserve + this.#entries.reduce((sum, { amount }) => sum + amount, 0n);
  }

  #add(amount: bigint): void {
    this.#entries.push({ slice: this.#clock.now / this.#sliceTicks, amount });
  }

  deposit(now: bigint): void {
    this.#sum(now);
    this.#add(this.#deposit);
  }

  tryWithdraw(now: bigint): boolean {
    if (this.#sum(now) < this.#withdrawal) return false;
    this.#add(-this.#withdrawal);
    return true;
  }

  balance(now: bigint): number {
    const sum = this.#sum(now);
    return sum > 0n ? Number(sum / this.#withdrawal) : 0;
  }
}
