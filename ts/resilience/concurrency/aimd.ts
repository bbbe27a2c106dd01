/**
 * Additive increase, multiplicative decrease: the rule of TCP (Jacobson, "Congestion Avoidance and Control", SIGCOMM 1988;
 * Chiu and Jain, 1989, show that it is the one linear rule under which clients converge to equal shares).
 *
 * Two things differ from the usual one for calls, which adds 1 and multiplies by 0.9 for EACH call. Both follow TCP:
 * - One pause of the dependency makes all calls of that moment time out at once, and a hundred multiplications by 0.9 leave
 *   nothing. A drop counts only if its call was started after the last decrease (RFC 6582, "recover"): one decrease for one
 *   congestion.
 * - Adding 1 for each answer doubles the limit each round trip. So it does here until the first drop (slow start); from then
 *   on each answer adds 1 / limit, which is 1 each round trip.
 */

import { durationMs, inRange } from "../options.js";
import {
  type AdaptiveLimit,
  bounded,
  boundsOf,
  inUse,
  type LimitAlgorithm,
  type LimitBounds,
  type LimitSample,
  learntLimit,
} from "./limit-algorithm.js";

/** Options of {@link aimd}. `max` is 200 where it is not given. */
export interface AimdOptions extends LimitBounds {
  /** What a drop multiplies the limit by, from 0.5 to 1. Default: 0.9. */
  readonly backoffRatio?: number;
  /** An answer that took longer counts as a drop, in milliseconds. Default: 5 000. */
  readonly timeoutMs?: number;
}

type AimdSettings = Required<AimdOptions>;

class Aimd implements LimitAlgorithm {
  readonly #settings: AimdSettings;
  #limit: number;
  /** Where the first drop has not come yet. */
  #slowStart = true;
  #decreasedMs = Number.NEGATIVE_INFINITY;

  constructor(settings: AimdSettings, from: number) {
    this.#settings = settings;
    this.#limit = bounded(from, settings);
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  onSample(sample: LimitSample): void {
    if (sample.dropped || sample.rttMs > this.#settings.timeoutMs) this.#decrease(sample);
    else if (inUse(this.#limit, sample.inFlight)) this.#increase();
  }

  #increase(): void {
    this.#limit = bounded(this.#limit + (this.#slowStart ? 1 : 1 / this.#limit), this.#settings);
  }

  #decrease(sample: LimitSample): void {
    this.#slowStart = false;
    if (sample.atMs - sample.rttMs < this.#decreasedMs) return;
    this.#decreasedMs = sample.atMs;
    this.#limit = bounded(this.#limit * this.#settings.backoffRatio, this.#settings);
  }

  save(): readonly number[] {
    return [this.#limit, this.#slowStart ? 1 : 0];
  }

  load([limit, slowStart]: readonly number[]): void {
    this.#limit = learntLimit(limit, this.#settings);
    this.#slowStart = slowStart === 1;
    this.#decreasedMs = Number.NEGATIVE_INFINITY;
  }
}

/**
 * A concurrency limit that grows by one each round trip and shrinks by a tenth when the dependency does not keep up.
 *
 * Use it where overload shows as refusals or timeouts, or where many clients share a dependency: they come to equal shares.
 * It is blind to a queue that only makes answers slower, up to `timeoutMs`; `gradient2` sees those.
 *
 * @param options `initial`, `min`, `max`: calls at once; `backoffRatio`; `timeoutMs` in milliseconds.
 * @throws HoldfastError `INVALID_OPTION`
 * @see gradient2, vegas
 *
 * @example
 * ```ts
 * import { aimd, bulkhead } from "holdfast";
 *
 * const policy = bulkhead({ limit: aimd({ initial: 10, max: 100 }) });
 * await policy.execute(() => "answer"); // => "answer"
 * policy.limit; // => 10
 * ```
 */
export function aimd(options: AimdOptions = {}): AdaptiveLimit {
  const settings: AimdSettings = {
    ...boundsOf(options, 200),
    backoffRatio: inRange("backoffRatio", options.backoffRatio ?? 0.9, 0.5, 1),
    timeoutMs: durationMs("timeoutMs", options.timeoutMs ?? 5_000),
  };
  return {
    kind: "aimd",
    config: JSON.stringify(["aimd", settings]),
    begin: (_random, from) => new Aimd(settings, from ?? settings.initial),
  };
}
