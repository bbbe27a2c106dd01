/** Samplers as OpenTelemetry's specification tells them, in BigInt and text; and the paced and the biased one on top of it. */

import { TokenBucketTwin } from "./meters.js";

const all = 2n ** 56n;

/**
 * `th` of the probability `kept / whole`: 1 minus it as a hexadecimal fraction, digit by digit, cut to the precision after half a
 * unit was added. Leading digits f, which the probability's leading zero bits make, come on top of the precision.
 */
export function thresholdTwin(kept: bigint, whole: bigint, digits: number): string | undefined {
  if (kept <= 0n || whole <= 0n) return undefined;
  if (kept >= whole) return "0";
  // The exponent of frexp: kept / whole is in [2^(e - 1), 2^e).
  let zeros = 0;
  while (kept << BigInt(zeros + 1) < whole) zeros++;
  const precision = Math.max(1, Math.min(12, digits + Math.floor(zeros / 4)));
  let numerator = 2n * (whole - kept) * 16n ** BigInt(precision) + whole;
  const denominator = 2n * whole;
  if (numerator >= denominator * 16n ** BigInt(precision)) return "f".repeat(precision);
  numerator /= denominator;
  return numerator.toString(16).padStart(precision, "0").replace(/0+$/, "") || "0";
}

/** The same for a double, by the specification's own example, with its roundings. */
export function probabilityTwin(probability: number, digits: number): string | undefined {
  if (!(probability > 0)) return undefined;
  if (probability >= 1) return "0";
  let exponent = 0;
  for (let value = probability; value < 0.5; value *= 2) exponent--;
  const precision = Math.max(1, Math.min(12, digits + Math.floor(exponent / -4)));
  const rejection = 2 - probability + 0.5 * 16 ** -precision;
  if (rejection >= 2) return "f".repeat(precision);
  let rest = rejection - 1;
  let text = "";
  for (let place = 0; place < 13; place++) {
    text += Math.floor(rest * 16).toString(16);
    rest = rest * 16 - Math.floor(rest * 16);
  }
  return text.slice(0, precision).replace(/0+$/, "") || "0";
}

/** A `th` as a number of 56 bits; undefined is never. */
export const thresholdNumber = (text: string | undefined): bigint =>
  text === undefined ? all : BigInt(`0x${text.padEnd(14, "0")}`);

/** The share of kept random values for a threshold. */
export const shareOf = (text: string | undefined): bigint => all - thresholdNumber(text);

export interface PacerTwinOptions {
  readonly limit: number;
  readonly periodUs: number;
  readonly burst: number;
  readonly halfLifeUs: number;
  readonly limited: boolean;
}

const decay = 3_938_502_376n;

/** The paced sampler: windows in whole numbers, and the bucket of the limiters' twin. Times are whole microseconds. */
export class PacerTwin {
  readonly #lengthUs: number;
  readonly #target: bigint;
  readonly #bucket: TokenBucketTwin | undefined;
  #start: number | undefined;
  #sum = 0n;
  #windows = 0n;
  #count = 0;
  #mark: bigint;
  threshold = 0n;
  refused = 0;

  /** The half-life is to be a multiple of 8 µs, so that windows are whole microseconds. */
  constructor(options: PacerTwinOptions) {
    this.#lengthUs = options.halfLifeUs / 8;
    this.#target = (BigInt(this.#lengthUs) * BigInt(options.limit) * 65_536n) / BigInt(options.periodUs);
    this.#bucket = options.limited ? new TokenBucketTwin(options) : undefined;
    this.#mark = this.#markAfter(0n);
  }

  #markAfter(expected: bigint): bigint {
    const most = this.#target > expected ? this.#target : expected;
    const mark = (2n * most) / 65_536n + 1n;
    return mark < 16n ? 16n : mark;
  }

  #aim(wanted: bigint, whole: bigint): bigint {
    return wanted >= whole ? 0n : thresholdNumber(thresholdTwin(wanted, whole, 4));
  }

  static #decayed(value: bigint, windows: number): bigint {
    let left = value >> BigInt(Math.floor(windows / 8));
    for (let n = 0; n < windows % 8; n++) left = (left * decay) >> 32n;
    return left;
  }

  decide(randomness: bigint, nowUs: number): bigint {
    this.#start ??= nowUs;
    const passed = Math.floor((nowUs - this.#start) / this.#lengthUs);
    if (passed < -1 || this.#start - nowUs > this.#lengthUs) this.#start = nowUs;
    else if (passed >= 1) {
      this.#start += passed * this.#lengthUs;
      // A window that reached its first mark was no chance: what was before it is forgotten.
      const kept = BigInt(this.#count) < this.#markAfter(this.rate) ? passed : 1_000;
      this.#sum = PacerTwin.#decayed(this.#sum, kept) + BigInt(this.#count) * 1_024n;
      this.#windows = PacerTwin.#decayed(this.#windows, kept) + BigInt(Math.min(passed, 128)) * 1_024n;
      this.#count = 0;
      this.#mark = this.#markAfter((this.#sum * 65_536n) / this.#windows);
      this.threshold = this.#aim(this.#target * this.#windows, this.#sum * 65_536n);
    }
    this.#count++;
    if (BigInt(this.#count) >= this.#mark) {
      this.#mark *= 2n;
      const needed = this.#aim(this.#target, BigInt(this.#count) * 65_536n);
      if (needed > this.threshold) this.threshold = needed;
    }
    if (randomness < this.threshold) return 0n;
    if (this.#bucket !== undefined && this.#bucket.take(1, nowUs) !== 0) {
      this.refused++;
      return 0n;
    }
    return all - this.threshold;
  }

  /** Traces a window, 16 fraction bits. */
  get rate(): bigint {
    return this.#windows === 0n ? 0n : (this.#sum * 65_536n) / this.#windows;
  }
}

/** The biased sampler's decision: the share of the most generous class that the trace is in, cut by who sampled before. */
export function biasedTwin(
  thresholds: { readonly ordinary: bigint; readonly slow: bigint; readonly failed: bigint },
  trace: { readonly randomness: bigint; readonly slow: boolean; readonly failed: boolean; readonly head: bigint },
): bigint {
  const own = [thresholds.ordinary];
  if (trace.slow) own.push(thresholds.slow);
  if (trace.failed) own.push(thresholds.failed);
  const ascending = (one: bigint, other: bigint): number => (one < other ? -1 : 1);
  const threshold = [own.sort(ascending)[0]!, trace.head].sort(ascending)[1]!;
  return trace.randomness >= threshold ? all - threshold : 0n;
}
