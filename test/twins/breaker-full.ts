/** A breaker that learns its threshold, and outliers among peers: by the rules of docs/core.md, in BigInt and over whole lists. */

import { BreakerTwin, type BreakerTwinOptions, type TwinPermit } from "./breaker.js";

export interface BaselineTwinOptions {
  readonly sample: number;
  readonly memory: number;
  /** Thousandths of the deviation. */
  readonly factor: number;
  /** Millionths. */
  readonly floor: number;
  readonly ceiling: number;
}

const all = 2n ** 30n;
const million = 1_000_000n;

/** The whole root of a whole number. */
export function rootOf(value: bigint): bigint {
  let low = 0n;
  let high = 1n;
  while (high * high <= value) high *= 2n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle * middle <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** Keeps every sample's rate and computes mean, variance and threshold from the first one on, each time. */
export class AdaptiveBreakerTwin {
  readonly #baseline: BaselineTwinOptions;
  readonly #options: { -readonly [Key in keyof BreakerTwinOptions]: BreakerTwinOptions[Key] };
  readonly #breaker: BreakerTwin;
  readonly #rates: bigint[] = [];
  #sample: boolean[] = [];
  #sampleGeneration = 0;

  constructor(options: BreakerTwinOptions, baseline: BaselineTwinOptions) {
    this.#baseline = baseline;
    this.#options = { ...options, failureRate: baseline.ceiling };
    this.#breaker = new BreakerTwin(this.#options);
  }

  get breaker(): BreakerTwin {
    return this.#breaker;
  }

  /** Mean and deviation with 30 fraction bits, and the threshold in millionths. */
  get learnt(): { readonly mean: bigint; readonly deviation: bigint; readonly threshold: number } {
    const { memory, factor, floor, ceiling } = this.#baseline;
    let [mean, variance, threshold] = [0n, 0n, ceiling];
    for (const [index, rate] of this.#rates.entries()) {
      const weight = BigInt(Math.min(index + 1, memory));
      const most = (BigInt(threshold) * all) / million;
      const difference = (rate < most ? rate : most) - mean;
      mean += difference / weight;
      variance += (difference * difference) / weight;
      variance -= variance / weight;
      if (index + 1 < memory) continue;
      const share = mean + (rootOf(variance) * BigInt(factor)) / 1_000n;
      const rounded = Number((share * million + all - 1n) / all);
      threshold = Math.min(Math.max(rounded, floor), ceiling);
    }
    return { mean, deviation: rootOf(variance), threshold };
  }

  tryAcquire(now: bigint): TwinPermit | undefined {
    return this.#breaker.tryAcquire(now);
  }

  settle(permit: TwinPermit, outcome: number, span: bigint, now: bigint): number {
    const flags = this.#breaker.settle(permit, outcome, span, now);
    if (flags !== 0 || outcome === 2 || this.#breaker.state(now) !== 0) return flags;
    if (this.#sampleGeneration !== this.#breaker.generation) this.#sample = [];
    this.#sampleGeneration = this.#breaker.generation;
    this.#sample.push(outcome === 1);
    if (this.#sample.length === this.#baseline.sample) {
      const failures = this.#sample.filter((failed) => failed).length;
      this.#rates.push((BigInt(failures) * all) / BigInt(this.#sample.length));
      this.#sample = [];
      this.#options.failureRate = this.learnt.threshold;
    }
    return 0;
  }
}

export interface TwinInstance {
  readonly calls: number;
  /** Successes; by latency, what an average call took. */
  readonly value: number;
}

export interface OutlierTwinOptions {
  readonly measure: "success rate" | "latency" | "failure share";
  readonly minimumCalls: number;
  readonly minimumHosts: number;
  /** Thousandths of the deviation, or millionths. */
  readonly factor: number;
  readonly room: number;
}

/** The outliers' indices, and the threshold where there is one. */
export function outliersOf(
  instances: readonly TwinInstance[],
  options: OutlierTwinOptions,
): { readonly threshold: number | undefined; readonly found: number; readonly ejected: number[] } {
  const { measure, minimumCalls, minimumHosts, factor, room } = options;
  const rate = ({ calls, value }: TwinInstance): bigint =>
    value >= calls ? million : (BigInt(value) * million) / BigInt(calls);
  const measured = (one: TwinInstance): bigint =>
    measure === "latency"
      ? BigInt(Math.min(one.value, 2 ** 32 - 2))
      : measure === "success rate"
        ? rate(one)
        : million - rate(one);
  const hosts = [...instances.keys()].filter((index) => instances[index]!.calls >= minimumCalls);
  if (hosts.length === 0 || hosts.length < minimumHosts) return { threshold: undefined, found: 0, ejected: [] };

  const values = hosts.map((index) => measured(instances[index]!));
  let threshold: bigint;
  if (measure === "failure share") threshold = BigInt(factor);
  else {
    // Latencies are looked at with 20 bits.
    let unit = 1n;
    if (measure === "latency") while (values.some((value) => value / unit >= 2n ** 20n)) unit *= 2n;
    const n = BigInt(values.length);
    const sum = values.reduce((total, value) => total + value / unit, 0n);
    const squares = values.reduce((total, value) => total + (value / unit) ** 2n, 0n);
    const distance = (rootOf(n * squares - sum * sum) * BigInt(factor)) / 1_000n;
    if (measure === "success rate") threshold = sum > distance ? (sum - distance + n - 1n) / n : 0n;
    else threshold = ((sum + distance) / n + 1n) * unit - 1n;
    if (threshold > 2n ** 32n - 2n) threshold = 2n ** 32n - 2n;
  }
  const isOutlier = (value: bigint): boolean =>
    measure === "success rate" ? value < threshold : measure === "latency" ? value > threshold : value >= threshold;
  const badness = (index: number): bigint => {
    const value = measured(instances[index]!);
    return measure === "success rate" ? -value : value;
  };
  const outliers = hosts.filter((index) => isOutlier(measured(instances[index]!)));
  const worst = [...outliers].sort((a, b) => Number(badness(b) - badness(a)) || a - b).slice(0, room);
  return { threshold: Number(threshold), found: outliers.length, ejected: worst.sort((a, b) => a - b) };
}
