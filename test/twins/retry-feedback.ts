/** Retries held back by what came of the last ones, from their sources, in BigInt. */

import { MonotonicTwin } from "./clock.js";

/** gRPC proposal A6, with tokens in thousandths. */
export class RetryThrottleTwin {
  readonly #maximum: bigint;
  readonly #ratio: bigint;
  tokens: bigint;

  constructor(maximum: number, ratio: number) {
    this.#maximum = BigInt(maximum);
    this.#ratio = BigInt(ratio);
    this.tokens = this.#maximum;
  }

  success(): void {
    this.tokens += this.#ratio;
    if (this.tokens > this.#maximum) this.tokens = this.#maximum;
  }

  failure(): boolean {
    this.tokens -= 1_000n;
    if (this.tokens < 0n) this.tokens = 0n;
    return this.allows();
  }

  /** "token_count is less than or equal to half of maxTokens: no retry"; half a thousandth is nothing. */
  allows(): boolean {
    return this.tokens > this.#maximum / 2n;
  }
}

const all = 2n ** 30n;

/** The moving average over every result from the first, and the sum of powers, with 30 fraction bits. */
export class AttemptLimitTwin {
  readonly #results: boolean[] = [];
  readonly most: number;
  readonly window: number;
  /** With 16 fraction bits. */
  readonly factor: number;

  constructor(most: number, window: number, factor: number) {
    this.most = most;
    this.window = window;
    this.factor = factor;
  }

  record(failed: boolean): void {
    this.#results.push(failed);
  }

  get share(): bigint {
    let share = 0n;
    for (const [index, failed] of this.#results.entries()) {
      const weight = BigInt(Math.min(index + 1, this.window));
      share += ((failed ? all : 0n) - share) / weight;
    }
    return share;
  }

  allowed(): number {
    const share = this.share;
    const load = (attempts: number): bigint => {
      let sum = 0n;
      let power = all;
      for (let n = 0; n < attempts; n++) {
        sum += power;
        power = (power * share) >> 30n;
      }
      return sum;
    };
    let attempts = 1;
    while (attempts < this.most && load(attempts + 1) <= BigInt(this.factor) << 14n) attempts++;
    return attempts;
  }
}

const one = 2n ** 20n;
const rateMax = 2n ** 40n;
const tickRate = 1_024_000_000n;

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** 0.4 of a cube, rounded where the core rounds. */
const growth = (span: bigint): bigint => ((((span * span) >> 20n) * span) / 5n) >> 19n;

/** The largest whole number that `fits`, from 0 up, where all smaller ones do. */
function largest(fits: (value: bigint) => boolean): bigint {
  let high = 1n;
  while (fits(high)) high *= 2n;
  let low = 0n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** The AWS SDKs' client-side rate, numbers with 20 fraction bits, times in ticks. */
export class SendRateTwin {
  readonly #clock = new MonotonicTwin();
  #refilled = 0n;
  #throttledAt = 0n;
  #maximum = 0n;
  #turn = 0n;
  #half = -1n;
  #sent = 0n;
  throttledEver = false;
  rate = one / 2n;
  measured = 0n;
  tokens = 0n;

  get #capacity(): bigint {
    return most(this.#capacityRate, one);
  }

  #capacityRate = 0n;

  #measure(clock: bigint): void {
    const half = clock / 512_000_000n;
    if (this.#half < 0n) {
      this.#half = half;
      this.#sent = 1n;
      return;
    }
    this.#sent++;
    if (half <= this.#half) return;
    const now = least((this.#sent * 2n * one) / (half - this.#half), rateMax);
    this.measured = (now * 4n + this.measured) / 5n;
    this.#half = half;
    this.#sent = 0n;
  }

  #refill(clock: bigint): void {
    if (!this.throttledEver) return;
    const steps = (clock - this.#refilled) / 15_625n;
    this.#refilled += steps * 15_625n;
    this.tokens = least(this.tokens + ((least(steps, 4n * 65_536n) * this.rate) >> 16n), this.#capacity);
  }

  record(throttled: boolean, now: bigint): void {
    const clock = this.#clock.read(now);
    this.#measure(clock);
    let next: bigint;
    if (throttled) {
      const reached = this.throttledEver ? least(this.rate, this.measured) : this.measured;
      if (!this.throttledEver) this.#refilled = clock;
      this.throttledEver = true;
      this.#maximum = reached;
      this.#turn = largest((span) => growth(span) <= (reached * 3n) / 10n);
      this.#throttledAt = clock;
      next = (reached * 7n) / 10n;
    } else {
      if (!this.throttledEver) return;
      const since = ((clock - this.#throttledAt) * one) / tickRate;
      next = this.#maximum + growth(least(since - this.#turn, 144n * one));
    }
    this.#refill(clock);
    next = least(least(next, 2n * this.measured), rateMax);
    this.rate = most(next, one / 2n);
    this.#capacityRate = next;
    this.tokens = least(this.tokens, this.#capacity);
  }

  /** 0, or the ticks until a token is there. */
  tryAcquire(now: bigint): bigint {
    const clock = this.#clock.read(now);
    if (!this.throttledEver) return 0n;
    this.#refill(clock);
    if (this.tokens >= one) {
      this.tokens -= one;
      return 0n;
    }
    let steps = ((one - this.tokens) << 16n) / this.rate;
    if ((steps * this.rate) >> 16n < one - this.tokens) steps++;
    return steps * 15_625n - (clock - this.#refilled);
  }

  /** Brings the tokens up to date, as any reading does. */
  look(now: bigint): void {
    this.#refill(this.#clock.read(now));
  }
}
