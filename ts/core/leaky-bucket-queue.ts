import type { Address, FullExports, FullRuntime } from "../../bindings/index.js";
import { fullRuntime } from "../../bindings/index.js";
import { type Rate, rateOf, rateRefused, setRate } from "./limiter.js";
import { whole } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link LeakyBucketQueue}. */
export interface LeakyBucketQueueOptions {
  /** Permits that leave in each period: above 0, at most 2^40; fractions such as 0.5 are fine. */
  readonly limit: number;
  /** Length of the period in milliseconds: above 0, at most 365 days. */
  readonly perMs: number;
  /** Permits that the queue has room for, the one that leaves at once included: 1 to 2^32 − 1. */
  readonly capacity: number;
}

/**
 * The leaky bucket as a queue: permits leave it evenly spaced, `perMs / limit` milliseconds apart, and who enters is told how
 * long to wait for its turn. It has room for `capacity`; whoever comes when it is full is refused.
 *
 * Use it to smooth traffic towards something that bears no bursts at all. It keeps the turns, not the callers: wait yourself, with
 * the clock that you pass in. Inside it is the one number of {@link Gcra}, so it is as small and as exact.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`. A full queue is a number, never an exception.
 * A clock that steps back lets nobody in earlier; it costs at most the time that a full queue takes.
 * Source: Turner, "New directions in communications" (IEEE Communications Magazine 24:10, 1986); nginx, `limit_req`.
 *
 * @see {@link LeakyBucketMeter}, {@link WarmUpLimiter}
 * @example
 * ```ts
 * import { LeakyBucketQueue } from "holdfast/core";
 *
 * const queue = new LeakyBucketQueue({ limit: 10, perMs: 1_000, capacity: 3 });
 * queue.enter(1, 0); // => 0
 * queue.enter(1, 0); // => 100
 * queue.enter(1, 0); // => 200
 * queue.enter(1, 0); // => -1
 * queue.retryAfterMs(1, 0); // => 100
 * ```
 */
export class LeakyBucketQueue extends Structure<FullExports> {
  /** @internal */
  static override readonly kind: string = "LeakyBucketQueue";

  constructor(options: LeakyBucketQueueOptions, runtime: FullRuntime = fullRuntime()) {
    const { limit, periodUs, burst } = paceOf(options);
    super(runtime.core.gcraSize(), runtime);
    if (this.core.gcraInit(this.at, limit, periodUs, burst, burst) !== 0) {
      this.dispose();
      throw rateRefused(options);
    }
  }

  /**
   * Enters with `weight` permits, which leave together.
   *
   * @param weight whole number of permits; fractions are rounded up, 0 enters nothing and is told the next turn, NaN and
   * negative weights never enter.
   * @param nowMs the time, in milliseconds of one monotonic clock.
   * @returns milliseconds to wait for the turn; -1 where there is no room, and nothing entered.
   */
  enter(weight: number, nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    return turnMs(this.core.leakyQueueEnter(this.at, weight, nowMs * 1000));
  }

  /** What {@link enter} would return; nothing enters. */
  peek(weight: number, nowMs: number): number {
    return turnMs(this.core.leakyQueuePeek(this.live, weight, nowMs * 1000));
  }

  /** Milliseconds until there is room for `weight` permits: 0 where there is, Infinity where there never can be. */
  retryAfterMs(weight: number, nowMs: number): number {
    return this.core.gcraPeek(this.live, weight, nowMs * 1000) / 1000;
  }

  /** Whole permits that there is room for. */
  remaining(nowMs: number): number {
    return this.core.gcraRemaining(this.live, nowMs * 1000);
  }

  /** Milliseconds until the queue is empty if nobody enters. */
  resetAfterMs(nowMs: number): number {
    return this.core.gcraResetAfter(this.live, nowMs * 1000) / 1000;
  }

  /**
   * Leaves the queue again, for a caller who gave up waiting. Only the last who entered can; with others behind, two of them
   * would meet, so the turn is left to pass unused.
   *
   * @param dueMs the instant of the turn: the time of {@link enter} plus the wait that it returned.
   * @returns whether it left.
   */
  leave(weight: number, dueMs: number, nowMs: number): boolean {
    return this.core.leakyQueueLeave(this.live, weight, dueMs * 1000, nowMs * 1000) === 1;
  }

  /** Changes pace and capacity; the degree of filling stays. Throws `INVALID_OPTION`, and changes nothing then. */
  configure(options: LeakyBucketQueueOptions, nowMs: number): void {
    if (!setRate(this.runtime, this.live, paceOf(options), nowMs)) throw rateRefused(options);
  }

  /** The filling as bytes, with remaining times. */
  snapshot(nowMs: number): Uint8Array {
    const at = this.live;
    return this.copyOut((to: Address) => this.core.gcraSave(at, to, nowMs * 1000));
  }

  /** Goes on where {@link snapshot} was taken, at `nowMs` of this process. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array, nowMs: number): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.gcraLoad(at, from, nowMs * 1000));
  }
}

function paceOf({ limit, perMs, capacity }: LeakyBucketQueueOptions): Rate {
  return rateOf({ limit, perMs, burst: whole("capacity", capacity, 1, 2 ** 32 - 1) }, 1);
}

function turnMs(waitUs: number): number {
  return waitUs === Number.POSITIVE_INFINITY ? -1 : waitUs / 1000;
}
