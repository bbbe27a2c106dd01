import type { Address, Runtime } from "../../bindings/index.js";
import { invalidOption, maxDurationMs } from "../kernel/index.js";
import { whole } from "./options.js";
import { Structure } from "./structure.js";

/** A rate, and how much of it may be saved up. */
export interface RateOptions {
  /** Permits in each period: above 0, at most 2^40; fractions such as 0.5 are fine. */
  readonly limit: number;
  /** Length of the period in milliseconds: above 0, at most 365 days. */
  readonly perMs: number;
  /** Permits that may be saved up while nobody takes any: 1 to 2^32 − 1. */
  readonly burst?: number | undefined;
}

/** A rate as the core takes it: whole permits in a period of whole ticks. */
export interface Rate {
  readonly limit: number;
  readonly periodUs: number;
  readonly burst: number;
}

/** Checks a rate, and widens the period of a fractional limit: 0.5 in a second is 1 in two seconds, exactly. */
export function rateOf(options: RateOptions, defaultBurst: number): Rate {
  const { limit, perMs } = options;
  if (!(limit > 0 && limit <= 2 ** 40)) throw invalidOption("limit", limit, "give a number above 0 and at most 2^40");
  if (!(perMs > 0 && perMs <= maxDurationMs)) {
    throw invalidOption("perMs", perMs, "give a number of milliseconds above 0 and at most 365 days");
  }
  const burst = whole(
    "burst",
    options.burst ?? Math.min(Math.max(1, Math.ceil(defaultBurst)), 2 ** 32 - 1),
    1,
    2 ** 32 - 1,
  );
  // Tenths, hundredths … become whole; a third is taken to seven digits.
  let scale = 1;
  while (limit * scale < 1e6 && Math.round(limit * scale) / scale !== limit) scale *= 10;
  return { limit: Math.round(limit * scale), periodUs: perMs * 1000 * scale, burst };
}

/** The error of numbers that the core refused together. */
export function rateRefused(options: RateOptions): Error {
  return invalidOption(
    "limit",
    options.limit,
    `a limit of ${options.limit} in ${options.perMs} ms with this burst is outside what can be counted exactly: a permit must take ` +
      "between 4 picoseconds and a year, and a full burst at most 35 years",
  );
}

/**
 * Gives the limiter at `at` another rate; false where the core refuses the numbers. Where other threads use it meanwhile, the rate is
 * made beside it first and taken over in one step.
 */
export function setRate(runtime: Runtime, at: Address, { limit, periodUs, burst }: Rate, nowMs: number): boolean {
  const { core, sharedCore } = runtime;
  if (sharedCore === undefined) return core.gcraConfigure(at, limit, periodUs, burst, nowMs * 1000) === 0;
  const model = runtime.scratch.byteOffset;
  if (core.gcraInit(model, limit, periodUs, burst, burst) !== 0) return false;
  sharedCore.gcraAdopt(at, model, nowMs * 1000);
  return true;
}

/** @internal What a limiter answers to one call of `check`. */
export interface Standing {
  /** What `tryAcquire` returns. */
  readonly waitMs: number;
  /** Whole permits that are left. */
  readonly remaining: number;
  readonly resetAfterMs: number;
}

/** What token bucket and GCRA have in common; they differ in what they start with and are named after. */
export abstract class Limiter extends Structure {
  /** @internal */
  protected constructor(options: RateOptions, defaultBurst: number, initial: number | undefined, runtime: Runtime) {
    const { limit, periodUs, burst } = rateOf(options, defaultBurst);
    const from = whole("initial", initial ?? burst, 0, burst);
    super(runtime.core.gcraSize(), runtime);
    if (this.core.gcraInit(this.at, limit, periodUs, burst, from) !== 0) {
      this.dispose();
      throw rateRefused(options);
    }
  }

  /**
   * Takes `weight` permits if they are there.
   *
   * @param weight whole number of permits; fractions are rounded up, 0 always passes, NaN and negative weights never do.
   * @param nowMs the time, in milliseconds of one monotonic clock. NaN and everything before 0 reads as 0.
   * @returns 0 when they were there; else the milliseconds after which the same call would pass if nobody else came
   * between; Infinity where the weight is above the burst and can never pass. A refusal takes nothing.
   */
  tryAcquire(weight: number, nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    return this.core.gcraTryAcquire(this.at, weight, nowMs * 1000) / 1000;
  }

  /** {@link tryAcquire}, {@link remaining} and {@link resetAfterMs} by one call of the core. @internal */
  check(weight: number, nowMs: number): Standing {
    if (this.at === 0) throw this.disposed();
    const { told } = this.runtime;
    const waitMs = this.core.gcraCheck(this.at, weight, nowMs * 1000, told.at) / 1000;
    return { waitMs, remaining: told.numbers[0]!, resetAfterMs: told.numbers[1]! / 1000 };
  }

  /** What {@link tryAcquire} would return; takes nothing. */
  peek(weight: number, nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    return this.core.gcraPeek(this.at, weight, nowMs * 1000) / 1000;
  }

  /** Whole permits that are there. */
  remaining(nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    return this.core.gcraRemaining(this.at, nowMs * 1000);
  }

  /** Milliseconds until all permits of the burst are there again if nobody takes more. */
  resetAfterMs(nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    return this.core.gcraResetAfter(this.at, nowMs * 1000) / 1000;
  }

  /** Gives `weight` permits back, for work that was not done after all; never beyond the burst. */
  refund(weight: number, nowMs: number): void {
    this.core.gcraRefund(this.live, weight, nowMs * 1000);
  }

  /**
   * Books `weight` permits ahead of time, for callers who wait their turn.
   *
   * @param maxWaitMs the longest wait that the caller accepts.
   * @returns milliseconds to wait before using the permits, 0 to `maxWaitMs`; -1 where it would be longer, and nothing is booked.
   */
  reserve(weight: number, nowMs: number, maxWaitMs: number): number {
    const waitUs = this.core.gcraReserve(this.live, weight, nowMs * 1000, maxWaitMs * 1000);
    return waitUs === Number.POSITIVE_INFINITY ? -1 : waitUs / 1000;
  }

  /**
   * Gives a booking back, for a caller who gave up waiting. Only the latest booking can be given back: with a later one
   * behind it, two calls could meet in its place, so it is left to pass unused.
   *
   * @param dueMs the instant for which it was booked: the time of {@link reserve} plus the wait that it returned.
   * @returns whether it was given back.
   */
  cancelReservation(weight: number, dueMs: number, nowMs: number): boolean {
    return this.core.gcraCancelReservation(this.live, weight, dueMs * 1000, nowMs * 1000) === 1;
  }

  /**
   * Changes rate and burst; the degree of filling stays: what was half full is half full. Threads that use the limiter go by the old
   * rate or by the new one, never by parts of both. Throws `INVALID_OPTION`, and changes nothing then.
   */
  configure(options: RateOptions, nowMs: number): void {
    const rate = rateOf(options, this.defaultBurst(options));
    if (!setRate(this.runtime, this.live, rate, nowMs)) throw rateRefused(options);
  }

  /** @internal */
  protected abstract defaultBurst(options: RateOptions): number;

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
