import type { Address, FullExports, FullRuntime } from "../../bindings/index.js";
import { fullRuntime } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { rateOf } from "./limiter.js";
import { within } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link WarmUpLimiter}. */
export interface WarmUpLimiterOptions {
  /** Permits in each period when warm: above 0, at most 2^40; fractions such as 0.5 are fine. */
  readonly limit: number;
  /** Length of the period in milliseconds: above 0, at most 365 days. */
  readonly perMs: number;
  /** How long it takes under load to get from cold to warm, and at rest to get cold again, in milliseconds: 0.001 to 12 days. */
  readonly warmUpMs: number;
  /** How many times longer a permit takes when cold: 1 to 100. Default: 3. */
  readonly coldFactor?: number | undefined;
}

const warmUpMaxMs = 12 * 86_400_000;

/**
 * A steady rate that starts slowly: after a rest, permits come `coldFactor` times further apart, and under load the distance
 * shrinks in a straight line until, after `warmUpMs`, it is the stable `perMs / limit`.
 *
 * Use it towards what needs time to get going: caches, connection pools, code that is compiled as it runs. Permits are paid
 * after they are taken, as in Guava: a call of weight 100 passes at once, and the next one waits for it. There is no burst.
 *
 * A permit's price depends on when it was taken, so none is taken back: there is no `refund` and no cancelling. It is
 * for one thread at a time, even in shared memory.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`. A refusal is a number, never an exception.
 * A clock that steps back costs at most the longest wait that there was.
 * Source: Guava, `SmoothRateLimiter.SmoothWarmingUp`, in whole numbers.
 *
 * @see {@link LeakyBucketQueue}, {@link TokenBucket}
 * @example
 * ```ts
 * import { WarmUpLimiter } from "holdfast/core";
 *
 * const limiter = new WarmUpLimiter({ limit: 2, perMs: 1_000, warmUpMs: 4_000 });
 * limiter.reserve(1, 0, 10_000); // => 0
 * limiter.reserve(1, 0, 10_000); // => 1375
 * limiter.reserve(1, 1_375, 10_000); // => 1125
 * limiter.reserve(1, 2_500, 10_000); // => 875
 * ```
 */
export class WarmUpLimiter extends Structure<FullExports> {
  constructor(options: WarmUpLimiterOptions, runtime: FullRuntime = fullRuntime()) {
    const { limit, periodUs, warmUpUs, coldFactor } = warmUpOf(options);
    super(runtime.core.warmUpSize(), runtime);
    if (this.core.warmUpInit(this.at, limit, periodUs, warmUpUs, coldFactor) !== 0) {
      this.dispose();
      throw warmUpRefused(options);
    }
  }

  /**
   * Takes `weight` permits if those taken before are paid.
   *
   * @param weight whole number of permits; fractions are rounded up, 0 always passes, NaN and negative weights never do.
   * @param nowMs the time, in milliseconds of one monotonic clock.
   * @returns 0 when they were taken; else the milliseconds after which the same call would pass if nobody else came
   * between; Infinity where the weight can never pass. A refusal takes nothing.
   */
  tryAcquire(weight: number, nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    return this.core.warmUpTryAcquire(this.at, weight, nowMs * 1000) / 1000;
  }

  /** What {@link tryAcquire} would return; takes nothing. */
  peek(weight: number, nowMs: number): number {
    return this.core.warmUpPeek(this.live, weight, nowMs * 1000) / 1000;
  }

  /**
   * Takes `weight` permits ahead of time, for callers who wait their turn.
   *
   * @param maxWaitMs the longest wait that the caller accepts.
   * @returns milliseconds to wait before using the permits, 0 to `maxWaitMs`; -1 where it would be longer, and nothing is taken.
   */
  reserve(weight: number, nowMs: number, maxWaitMs: number): number {
    const waitUs = this.core.warmUpReserve(this.live, weight, nowMs * 1000, maxWaitMs * 1000);
    return waitUs === Number.POSITIVE_INFINITY ? -1 : waitUs / 1000;
  }

  /** Milliseconds between permits at the moment: what the next one pays. `coldFactor` times the stable distance when cold, at most. */
  intervalMs(nowMs: number): number {
    return this.core.warmUpInterval(this.live, nowMs * 1000) / 1000;
  }

  /** Milliseconds until it is as cold as it gets if nobody takes more. */
  resetAfterMs(nowMs: number): number {
    return this.core.warmUpResetAfter(this.live, nowMs * 1000) / 1000;
  }

  /**
   * Changes rate, warm-up and cold factor: it stays as cold as it was, as a share, and what is unpaid takes the same time. Throws
   * `INVALID_OPTION`, and changes nothing then.
   */
  configure(options: WarmUpLimiterOptions, nowMs: number): void {
    const { limit, periodUs, warmUpUs, coldFactor } = warmUpOf(options);
    if (this.core.warmUpConfigure(this.live, limit, periodUs, warmUpUs, coldFactor, nowMs * 1000) !== 0) {
      throw warmUpRefused(options);
    }
  }

  /** The state as bytes, with remaining times. */
  snapshot(nowMs: number): Uint8Array {
    const at = this.live;
    return this.copyOut((to: Address) => this.core.warmUpSave(at, to, nowMs * 1000));
  }

  /** Goes on where {@link snapshot} was taken, at `nowMs` of this process. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array, nowMs: number): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.warmUpLoad(at, from, nowMs * 1000));
  }
}

function warmUpOf({ limit, perMs, warmUpMs, coldFactor = 3 }: WarmUpLimiterOptions) {
  const rate = rateOf({ limit, perMs, burst: 1 }, 1);
  return {
    limit: rate.limit,
    periodUs: rate.periodUs,
    warmUpUs: within("warmUpMs", warmUpMs, 0.001, warmUpMaxMs) * 1000,
    coldFactor: within("coldFactor", coldFactor, 1, 100),
  };
}

/** The error of numbers that the core refused together. */
function warmUpRefused({ limit, perMs }: WarmUpLimiterOptions): Error {
  return invalidOption(
    "limit",
    limit,
    `a limit of ${limit} in ${perMs} ms is outside what can be counted exactly: a permit must take between 4 picoseconds and a year`,
  );
}
