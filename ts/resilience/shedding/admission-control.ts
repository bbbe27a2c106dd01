/**
 * Admission control as Envoy's: refuse so many calls that those which are let through succeed often enough
 * (`envoy.extensions.filters.http.admission_control.v3`).
 */

import { outcome } from "../../core/index.js";
import { ranks } from "../criticality.js";
import { ThrottledError } from "../errors.js";
import type { FailureTest } from "../handle.js";
import { durationMs, inRange, ratio, wholeNumber } from "../options.js";
import { type CountingOptions, CountingShedder } from "./counting-shedder.js";
import { lowestFirst } from "./lowest-first.js";

/** Options of {@link admissionControl}. */
export interface AdmissionControlOptions extends CountingOptions {
  /** The success rate below which calls are refused, above 0 to 1. Default: 0.95. */
  readonly successRate?: number;
  /** Above 1 refuses more as soon as the rate falls below, from 0.01. Default: 1, a straight line. */
  readonly aggression?: number;
  /** Calls a second, on average over the window, below which none is refused. Default: 0. */
  readonly minimumRps?: number;
  /** The largest share that is refused. Default: 0.8. */
  readonly maxRejection?: number;
  /** How long an outcome counts, in milliseconds. Default: 30 000. */
  readonly windowMs?: number;
  /** Into how many parts the window is divided. Default: 30. */
  readonly buckets?: number;
  /**
   * Which outcomes are failures. Default: every error but bugs. Leave out what less traffic would not change, such as a status of 4xx.
   */
  readonly isFailure?: FailureTest;
}

/** Options that it works with. */
interface Settings {
  readonly successRate: number;
  readonly aggression: number;
  readonly minimumRps: number;
  readonly maxRejection: number;
  readonly windowMs: number;
  readonly buckets: number;
}

function settingsOf(options: AdmissionControlOptions): Settings {
  return {
    successRate: ratio("successRate", options.successRate ?? 0.95),
    aggression: inRange("aggression", options.aggression ?? 1, 0.01, 100),
    minimumRps: inRange("minimumRps", options.minimumRps ?? 0, 0, 1e9),
    maxRejection: ratio("maxRejection", options.maxRejection ?? 0.8),
    windowMs: durationMs("windowMs", options.windowMs ?? 30_000, 1),
    buckets: wholeNumber("buckets", options.buckets ?? 30, 2, 1_000),
  };
}

/** Lanes of the counts: outcomes, successes, and who came, by criticality. */
const outcomes = 0;
const successes = 1;
const arrivals = 2;
const lanes = arrivals + ranks;

/** See {@link admissionControl}. */
export class AdmissionControl extends CountingShedder<AdmissionControlOptions, Settings> {
  readonly kind = "admission-control";
  readonly #arrivalsOf = (rank: number) => this.rolling.total(arrivals + rank);

  constructor(options: AdmissionControlOptions = {}) {
    super("admission-control", options, lanes, settingsOf);
  }

  /** The share of all calls that would be refused now. */
  get rejectionProbability(): number {
    this.rolling.advance(this.clock.now());
    return this.#share();
  }

  #share(): number {
    const { successRate, aggression, minimumRps, maxRejection, windowMs } = this.settings;
    const n = this.rolling.total(outcomes);
    if (n < (minimumRps * windowMs) / 1_000) return 0;
    const share = (n - this.rolling.total(successes) / successRate) / (n + 1);
    if (share <= 0) return 0;
    return Math.min(aggression === 1 ? share : share ** (1 / aggression), maxRejection);
  }

  protected override chance(rank: number, nowMs: number): number {
    this.rolling.advance(nowMs);
    const share = this.#share();
    return share === 0 ? 0 : lowestFirst(rank, share, this.#arrivalsOf);
  }

  protected override arrived(rank: number): number {
    const { newest } = this.rolling;
    this.rolling.add(arrivals + rank, newest);
    return newest;
  }

  /** @internal Outcomes count when they are known, as in Envoy; who was refused here has none. */
  protected override ended(_rank: number, _bucket: number, result: number): void {
    if (result === outcome.ignored) return;
    const { newest } = this.rolling;
    this.rolling.add(outcomes, newest);
    if (result === outcome.success) this.rolling.add(successes, newest);
  }

  protected override rejection(): ThrottledError {
    const rate = this.rolling.total(successes) / this.rolling.total(outcomes);
    return new ThrottledError(this.fields("success-rate", rate, this.settings.successRate));
  }
}

/**
 * Refuses a share of the calls while too few of those that are let through succeed:
 * max(0, (n − successes / successRate) / (n + 1)) ^ (1 / aggression), at most `maxRejection`.
 *
 * Use it where a success rate is what was promised, in front of a service or in its clients. The least important calls (`priority`) are refused
 * first. Refused calls reject with a {@link ThrottledError} (`THROTTLED`).
 *
 * @param options `successRate`, 0.95; `aggression`, 1; `minimumRps`, 0; `maxRejection`, 0.8; `windowMs`, 30 000.
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { admissionControl, manualClock } from "holdfast";
 *
 * const control = admissionControl({ successRate: 0.5, clock: manualClock() });
 * await control.execute(() => "fine");
 * control.rejectionProbability; // => 0
 * await control.tryExecute(() => Promise.reject(new Error("down")));
 * await control.tryExecute(() => Promise.reject(new Error("down")));
 * control.rejectionProbability; // => 0.25
 * ```
 */
export function admissionControl(options: AdmissionControlOptions = {}): AdmissionControl {
  return new AdmissionControl(options);
}
