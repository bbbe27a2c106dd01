/**
 * Adaptive throttling by the client: when the backend accepts much less than it is asked for, more of it is refused here, where a
 * refusal costs nobody anything (Beyer et al., "Site Reliability Engineering", 2016, chapter 21, equation 21-1).
 */

import { outcome } from "../../core/index.js";
import { ranks } from "../criticality.js";
import { ThrottledError } from "../errors.js";
import type { FailureTest } from "../handle.js";
import { durationMs, inRange, ratio, wholeNumber } from "../options.js";
import { type CountingOptions, CountingShedder } from "./counting-shedder.js";

/** Options of {@link adaptiveThrottle}. */
export interface AdaptiveThrottleOptions extends CountingOptions {
  /**
   * K: requests per accepted one before any is refused here, from 1. Less is stricter; more lets the backend hear sooner that it has
   * recovered, at the price of more refusals by the backend. Default: 2.
   */
  readonly k?: number;
  /** How long a request counts, in milliseconds; many times the longest that a call takes. Default: 120 000. */
  readonly windowMs?: number;
  /** Into how many parts the window is divided; one part goes at a time. Default: 24. */
  readonly buckets?: number;
  /** Calls of a criticality that must have ended within the window before any of it is refused. Default: 20. */
  readonly minimumCalls?: number;
  /** The largest share that is refused; what passes finds out that the backend has recovered. Default: 0.9. */
  readonly maxRejection?: number;
  /** Which outcomes mean that the backend did not accept the call. Default: every error but bugs. */
  readonly isFailure?: FailureTest;
}

/** How things stand for one criticality. */
interface Settings {
  readonly k: number;
  readonly windowMs: number;
  readonly buckets: number;
  readonly minimumCalls: number;
  readonly maxRejection: number;
}

function settingsOf(options: AdaptiveThrottleOptions): Settings {
  return {
    k: inRange("k", options.k ?? 2, 1, 1_000),
    windowMs: durationMs("windowMs", options.windowMs ?? 120_000, 1),
    buckets: wholeNumber("buckets", options.buckets ?? 24, 2, 1_000),
    minimumCalls: wholeNumber("minimumCalls", options.minimumCalls ?? 20, 1),
    maxRejection: ratio("maxRejection", options.maxRejection ?? 0.9),
  };
}

/** Lanes of the counts: one of each kind for each criticality. The book keeps their statistics apart, since backends treat them apart. */
const requests = 0;
const accepts = ranks;
const endings = 2 * ranks;
const lanes = 3 * ranks;

/** See {@link adaptiveThrottle}. */
export class AdaptiveThrottle extends CountingShedder<AdaptiveThrottleOptions, Settings> {
  readonly kind = "adaptive-throttle";

  constructor(options: AdaptiveThrottleOptions = {}) {
    super("adaptive-throttle", options, lanes, settingsOf);
  }

  /** The chance that a call of the usual criticality would be refused now. */
  get rejectionProbability(): number {
    return this.chance(1, this.clock.now());
  }

  protected override chance(rank: number, nowMs: number): number {
    const counts = this.rolling;
    const { k, minimumCalls, maxRejection } = this.settings;
    counts.advance(nowMs);
    // Before the first answers there are only requests, and the formula would refuse almost all of a burst.
    if (counts.total(endings + rank) < minimumCalls) return 0;
    const asked = counts.total(requests + rank);
    const chance = (asked - k * counts.total(accepts + rank)) / (asked + 1);
    return chance <= 0 ? 0 : Math.min(chance, maxRejection);
  }

  /** Requests count when they are made, also those that are refused here: counted at their end they would tell a round trip too late. */
  protected override arrived(rank: number): number {
    const bucket = this.rolling.newest;
    this.rolling.add(requests + rank, bucket);
    return bucket;
  }

  /**
   * An answer is filed with its request, so that both leave the window together. Where the request has left it already, the answer counts now,
   * against the requests that are made now: dropped, it would make a healthy backend whose calls outlive the window look dead (go-zero #5011). What
   * says nothing about the backend counts as accepted.
   * @internal
   */
  protected override ended(rank: number, bucket: number, result: number): void {
    const counts = this.rolling;
    const filed = counts.add(endings + rank, bucket) ? bucket : counts.newest;
    if (filed !== bucket) counts.add(endings + rank, filed);
    if (result !== outcome.failure) counts.add(accepts + rank, filed);
  }

  protected override rejection(rank: number): ThrottledError {
    const allowed = this.settings.k * this.rolling.total(accepts + rank);
    return new ThrottledError(this.fields("accepts", this.rolling.total(requests + rank), allowed));
  }
}

/**
 * Refuses a share of the calls to a backend that accepts too few of them: max(0, (requests − K × accepts) / (requests + 1)).
 *
 * Use it in clients of a service that others use too: a backend that is asked for twice what it can do spends its time on
 * refusing. Unlike a breaker it goes from all to almost nothing in steps and never stops asking. Calls that find themselves refused reject with
 * a {@link ThrottledError} (`THROTTLED`). Each criticality (`priority` of the call) has counts of its own.
 *
 * @param options `k`, 2; `windowMs`, 120 000; `minimumCalls`, 20; `maxRejection`, 0.9; `isFailure`, which outcomes were not accepted.
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { adaptiveThrottle, manualClock, seeded } from "holdfast";
 *
 * const throttle = adaptiveThrottle({ minimumCalls: 1, clock: manualClock(), random: seeded(1) });
 * await throttle.tryExecute(() => Promise.reject(new Error("overloaded")));
 * throttle.rejectionProbability; // => 0.5
 * ```
 */
export function adaptiveThrottle(options: AdaptiveThrottleOptions = {}): AdaptiveThrottle {
  return new AdaptiveThrottle(options);
}
