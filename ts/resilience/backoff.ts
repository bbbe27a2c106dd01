/**
 * Backoff: how long to wait before the next attempt.
 *
 * The arithmetic is the core's (`assembly/retry`). Jitter after Brooker, "Exponential Backoff and Jitter" (AWS
 * Architecture Blog, 2015): with capped delay c, full draws from [0, c), equal from [c/2, c), decorrelated from
 * [base, 3 · previous delay), capped.
 */

import { BackoffMachine } from "../core/index.js";
import { dispose, type Random, systemRandom } from "../kernel/index.js";
import { durationMs } from "./options.js";

/** How a delay is spread, so that clients that failed together do not come back together. */
export type Jitter = "none" | "full" | "equal" | "decorrelated";

/** Shape of the delays from attempt to attempt. */
export type BackoffKind = "constant" | "linear" | "exponential" | "fibonacci";

/** Options of the backoff factories. */
export interface BackoffOptions {
  /** Delay before the first retry, in milliseconds. */
  readonly baseMs: number;
  /** The longest delay, in milliseconds. Default: 30 000, or `baseMs` where that is more. */
  readonly maxMs?: number;
  /** Default: `full` for exponential and fibonacci, `none` for constant and linear. */
  readonly jitter?: Jitter;
  /** Where the jitter's seed comes from. Default: the system's. */
  readonly random?: Random;
}

/** Options of {@link exponential}. */
export interface ExponentialOptions extends BackoffOptions {
  /** What each delay is multiplied by, from 1 to 100. Default: 2. */
  readonly factor?: number;
}

/** A schedule of delays. Make one with {@link constant}, {@link linear}, {@link exponential} or {@link fibonacci}. */
export class Backoff {
  readonly kind: BackoffKind;
  readonly baseMs: number;
  readonly maxMs: number;
  readonly factor: number;
  readonly jitter: Jitter;
  readonly #random: Random;
  #machine: BackoffMachine | undefined;

  constructor(kind: BackoffKind, options: ExponentialOptions, jitter: Jitter) {
    this.kind = kind;
    this.baseMs = durationMs("baseMs", options.baseMs, 0);
    this.maxMs = durationMs("maxMs", options.maxMs ?? Math.max(30_000, options.baseMs), options.baseMs);
    this.factor = options.factor ?? 2;
    this.jitter = options.jitter ?? jitter;
    this.#random = options.random ?? systemRandom;
  }

  /**
   * Milliseconds to wait after a failed attempt.
   *
   * @param attempt number of the attempt that failed, from 1.
   * @param previousMs the delay before that attempt (decorrelated jitter grows from it); 0 for the first.
   */
  delayMs(attempt: number, previousMs = 0): number {
    this.#machine ??= new BackoffMachine({
      kind: this.kind,
      baseMs: this.baseMs,
      maxMs: this.maxMs,
      factor: this.factor,
      jitter: this.jitter,
      seed: this.#random.uint32(),
    });
    return this.#machine.nextDelayMs(attempt, previousMs);
  }

  /** Gives the core's memory back; the schedule may still be used and will take some again. */
  [dispose](): void {
    this.#machine?.[dispose]();
    this.#machine = undefined;
  }
}

/**
 * The same delay each time.
 *
 * @example
 * ```ts
 * import { constant } from "holdfast";
 *
 * constant({ baseMs: 250 }).delayMs(7); // => 250
 * ```
 */
export function constant(options: BackoffOptions): Backoff {
  return new Backoff("constant", options, "none");
}

/** Delays that grow by `baseMs` each time: base, 2 · base, 3 · base … up to `maxMs`. See {@link exponential} for an example. */
export function linear(options: BackoffOptions): Backoff {
  return new Backoff("linear", options, "none");
}

/**
 * Delays that are multiplied by `factor` each time, with full jitter unless said otherwise. The usual choice.
 *
 * @example
 * ```ts
 * import { exponential } from "holdfast";
 *
 * const backoff = exponential({ baseMs: 100, maxMs: 1_000, jitter: "none" });
 * [1, 2, 3, 4, 5].map((attempt) => backoff.delayMs(attempt)); // => [100, 200, 400, 800, 1000]
 * ```
 */
export function exponential(options: ExponentialOptions): Backoff {
  return new Backoff("exponential", options, "full");
}

/** Delays that grow as the Fibonacci numbers: base times 1, 1, 2, 3, 5 … up to `maxMs`; gentler than {@link exponential}. */
export function fibonacci(options: BackoffOptions): Backoff {
  return new Backoff("fibonacci", options, "full");
}
