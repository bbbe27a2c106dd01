import type { Address, FullExports, FullRuntime } from "../../bindings/index.js";
import { fullRuntime } from "../../bindings/index.js";
import { Structure } from "./structure.js";
import { type WindowOptions, windowOf, windowRefused } from "./window-limiter.js";

/** Options of {@link SlidingWindowLog}; `limit` is 1 to 32,768. */
export type SlidingWindowLogOptions = WindowOptions;

const limitMax = 2 ** 15;

/**
 * At most `limit` permits in any stretch of `perMs` milliseconds, exactly: it keeps the instant of each permit that counts.
 *
 * Use it for small limits that must hold to the letter, such as those of an upstream that punishes the one call too many. It
 * takes 12 bytes a permit of the limit from the beginning on; {@link SlidingWindowCounter} estimates the same in 48 bytes. A permit
 * taken at t counts until t + `perMs`, that instant not included.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`. A refusal is a number, never an exception.
 * A clock that steps back by less than a second is no time passed; one that steps back further goes on from there.
 * It is for one thread at a time, even in shared memory.
 *
 * @see {@link SlidingWindowCounter}, {@link FixedWindow}
 * @example
 * ```ts
 * import { SlidingWindowLog } from "holdfast/core";
 *
 * const log = new SlidingWindowLog({ limit: 2, perMs: 1_000 });
 * log.tryAcquire(1, 0); // => 0
 * log.tryAcquire(1, 600); // => 0
 * log.tryAcquire(1, 700); // => 300
 * log.tryAcquire(1, 1_000); // => 0
 * ```
 */
export class SlidingWindowLog extends Structure<FullExports> {
  /** The limit that memory was taken for. */
  readonly #capacity: number;

  constructor(options: SlidingWindowLogOptions, runtime: FullRuntime = fullRuntime()) {
    const [limit, lengthUs] = windowOf(options, limitMax);
    super(runtime.core.slidingLogSize(limit), runtime);
    this.#capacity = limit;
    if (this.core.slidingLogInit(this.at, limit, lengthUs) !== 0) {
      this.dispose();
      throw windowRefused(options);
    }
  }

  /**
   * Takes `weight` permits if they fit.
   *
   * @param weight whole number of permits; fractions are rounded up, 0 always passes, NaN and negative weights never do.
   * @param nowMs the time, in milliseconds of one monotonic clock. NaN and everything before 0 reads as 0.
   * @returns 0 when they fitted; else the milliseconds after which the same call would pass if nobody else came
   * between; Infinity where the weight is above the limit and can never pass. A refusal takes nothing.
   */
  tryAcquire(weight: number, nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    return this.core.slidingLogTryAcquire(this.at, weight, nowMs * 1000) / 1000;
  }

  /** What {@link tryAcquire} would return; takes nothing. */
  peek(weight: number, nowMs: number): number {
    return this.core.slidingLogPeek(this.live, weight, nowMs * 1000) / 1000;
  }

  /** Whole permits that fit. */
  remaining(nowMs: number): number {
    return this.core.slidingLogRemaining(this.live, nowMs * 1000);
  }

  /** Milliseconds until nothing that was taken counts any more. */
  resetAfterMs(nowMs: number): number {
    return this.core.slidingLogResetAfter(this.live, nowMs * 1000) / 1000;
  }

  /** Gives `weight` permits back, those that were taken last; at most those that still count. */
  refund(weight: number, nowMs: number): void {
    this.core.slidingLogRefund(this.live, weight, nowMs * 1000);
  }

  /**
   * Changes limit and length; what was taken goes on to count. The limit is at most what the log was made with, since its memory
   * is. Throws `INVALID_OPTION`, and changes nothing then.
   */
  configure(options: SlidingWindowLogOptions, nowMs: number): void {
    const [limit, lengthUs] = windowOf(options, this.#capacity);
    if (this.core.slidingLogConfigure(this.live, limit, lengthUs, nowMs * 1000) !== 0) throw windowRefused(options);
  }

  /** The log as bytes. */
  snapshot(nowMs: number): Uint8Array {
    const at = this.live;
    return this.copyOut((to: Address) => this.core.slidingLogSave(at, to, nowMs * 1000));
  }

  /** Goes on where {@link snapshot} was taken, at `nowMs` of this process. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array, nowMs: number): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.slidingLogLoad(at, from, nowMs * 1000));
  }
}
