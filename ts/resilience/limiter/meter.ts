/** The state of an algorithm as a rate limiter asks it; and the meter of a single state, without keys. */

import { dispose } from "../../kernel/index.js";
import type { LimiterAlgorithm, Rate } from "./algorithm.js";

/** How a limiter stands after a question. */
export interface Standing {
  /** 0 where the permits were taken, else the milliseconds until the same could pass, `Infinity` for never. */
  readonly waitMs: number;
  /** Whole permits that are left. */
  readonly remaining: number;
  readonly resetAfterMs: number;
  /** Which of several limits told the wait. */
  readonly refusedBy?: string;
}

/** The core's limiters behind one face; one without keys takes no notice of the key. A refusal takes nothing. */
export interface Meter extends Disposable {
  /** Takes permits: 0, or the wait as in {@link Standing}. */
  tryAcquire(key: string, weight: number, nowMs: number): number;
  /** Takes permits and says how things stand. */
  check(key: string, weight: number, nowMs: number): Standing;
  /** What `tryAcquire` would return; takes nothing. */
  peek(key: string, weight: number, nowMs: number): number;
  /** Gives permits back; does nothing where the algorithm cannot. */
  refund(key: string, weight: number, nowMs: number): void;
  /** The most that `key` can take at once. */
  capacityOf(key: string): number;
  /** Keys that have a state. */
  readonly size: number;
  /** Permits that are taken ahead of time, where the future is known. */
  readonly bookings: Bookings | undefined;
  /** Gives one key a limit of its own, or takes it away; absent where keys cannot differ. */
  setLimit?(key: string, rate: Rate | undefined): void;
  /** Goes on with other numbers of the same algorithm; false, and nothing is changed, where the state cannot follow. */
  configure(algorithm: LimiterAlgorithm, nowMs: number): boolean;
  /** What a snapshot fits into, besides the algorithm. */
  readonly shape: readonly unknown[];
  snapshot(nowMs: number): Uint8Array;
  restore(bytes: Uint8Array, nowMs: number): void;
}

/** Permits that are taken ahead of time, for those who wait their turn. */
export interface Bookings {
  /** Milliseconds until the permits may be used, at most `maxWaitMs`; -1 where it would be longer, and nothing is booked. */
  reserve(weight: number, nowMs: number, maxWaitMs: number): number;
  /** Gives a booking back unless another one stands behind it: in its place two could meet. */
  cancel(weight: number, dueMs: number, nowMs: number): void;
}

/** What a single state of the core must offer. */
export interface State extends Disposable {
  tryAcquire(weight: number, nowMs: number): number;
  peek(weight: number, nowMs: number): number;
  remaining(nowMs: number): number;
  resetAfterMs(nowMs: number): number;
  refund(weight: number, nowMs: number): void;
  snapshot(nowMs: number): Uint8Array;
  restore(bytes: Uint8Array, nowMs: number): void;
  /** The first three questions at once, where the core can. */
  check?(weight: number, nowMs: number): Standing;
}

/** One state for everybody. */
export class PlainMeter implements Meter {
  readonly size = 1;
  readonly shape: readonly unknown[] = [];
  readonly bookings: Bookings | undefined;
  readonly #state: State;
  readonly #follow: (algorithm: LimiterAlgorithm, nowMs: number) => boolean;
  #capacity: number;

  /** `follow` changes the numbers of the state, or says false. */
  constructor(
    state: State,
    capacity: number,
    follow: (algorithm: LimiterAlgorithm, nowMs: number) => boolean,
    bookings?: Bookings,
  ) {
    this.#state = state;
    this.#capacity = capacity;
    this.#follow = follow;
    this.bookings = bookings;
  }

  tryAcquire(_key: string, weight: number, nowMs: number): number {
    return this.#state.tryAcquire(weight, nowMs);
  }

  check(_key: string, weight: number, nowMs: number): Standing {
    const state = this.#state;
    if (state.check !== undefined) return state.check(weight, nowMs);
    const waitMs = state.tryAcquire(weight, nowMs);
    return { waitMs, remaining: state.remaining(nowMs), resetAfterMs: state.resetAfterMs(nowMs) };
  }

  peek(_key: string, weight: number, nowMs: number): number {
    return this.#state.peek(weight, nowMs);
  }

  refund(_key: string, weight: number, nowMs: number): void {
    this.#state.refund(weight, nowMs);
  }

  capacityOf(): number {
    return this.#capacity;
  }

  configure(algorithm: LimiterAlgorithm, nowMs: number): boolean {
    if (!this.#follow(algorithm, nowMs)) return false;
    this.#capacity = algorithm.burst;
    return true;
  }

  snapshot(nowMs: number): Uint8Array {
    return this.#state.snapshot(nowMs);
  }

  restore(bytes: Uint8Array, nowMs: number): void {
    this.#state.restore(bytes, nowMs);
  }

  [dispose](): void {
    this.#state[dispose]();
  }
}
