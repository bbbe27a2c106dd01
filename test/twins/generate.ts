/**
 * The test vectors of `test/vectors/`, made by the twins: what every build of the core must answer on every host. Each file is
 * plain data: a configuration, then steps with their expected answers. Times are microseconds, exact in a double.
 *
 * `HOLDFAST_WRITE_VECTORS=1 npx vitest run test/vectors` writes them; without it the same test compares.
 */

import { seeded } from "../../ts/kernel/index.js";
import { BreakerTwin, type BreakerTwinOptions, type TwinPermit } from "./breaker.js";
import { HistogramTwin } from "./histogram.js";
import { GcraTwin, TokenBucketTwin, type TwinRate } from "./meters.js";
import { numbers } from "./numbers.js";
import { BackoffTwin, type BackoffTwinOptions, BudgetTwin } from "./retry.js";
import { sipHash } from "./siphash.js";
import { clockVectorFiles } from "./vectors/clocks.js";
import { hashVectors, placementVectors } from "./vectors/hashing.js";
import { pacingVectors, windowVectors } from "./vectors/limiters.js";
import { lockFreeVectors } from "./vectors/lockfree.js";
import { membershipVectors } from "./vectors/membership.js";
import { retryBreakerVectorFiles } from "./vectors/retry-breaker.js";
import { samplingVectors } from "./vectors/sampling.js";
import { sketchVectorFiles } from "./vectors/sketches.js";

const us = 1024n;
const usOf = (ticks: bigint): number => Number(ticks) / 1024;

export interface RandomVectors {
  /** From the authors' reference code: outputs for the state 1, 2, 3, 4. */
  readonly reference: { readonly state: readonly number[]; readonly outputs: readonly number[] };
  readonly seeds: readonly { readonly seed: number; readonly outputs: readonly number[] }[];
}

const randomVectors = (): RandomVectors => ({
  reference: {
    state: [1, 2, 3, 4],
    outputs: [
      641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295, 495546011, 621204420,
    ],
  },
  seeds: [0, 1, 42, 2 ** 31, 2 ** 32 - 1].map((seed) => {
    const random = seeded(seed);
    return { seed, outputs: Array.from({ length: 20 }, () => random.uint32()) };
  }),
});

export interface SipHashVectors {
  readonly k0: string;
  readonly k1: string;
  /** Byte i of a text of length n is (i * 37 + n) mod 256; hashes are 16 hexadecimal digits. */
  readonly hashes: readonly string[];
}

function sipHashVectors(): SipHashVectors {
  const [k0, k1] = [0x0706050403020100n, 0x0f0e0d0c0b0a0908n];
  const hex = (value: bigint): string => value.toString(16).padStart(16, "0");
  const hashes = Array.from({ length: 65 }, (_, length) =>
    hex(
      sipHash(
        1,
        3,
        k0,
        k1,
        Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 255),
      ),
    ),
  );
  return { k0: hex(k0), k1: hex(k1), hashes };
}

export interface LimiterVectors {
  readonly cases: readonly {
    readonly rate: TwinRate;
    /** Time, weight, then the answer: 0, a wait, or -1 for never; and the permits that are left. */
    readonly steps: readonly (readonly [nowUs: number, weight: number, waitUs: number, remaining: number])[];
  }[];
}

function limiterVectors(): LimiterVectors {
  const rates: TwinRate[] = [
    { limit: 3, periodUs: 1_000_000, burst: 3 },
    { limit: 7, periodUs: 1_000_000, burst: 1 },
    { limit: 3_000_000, periodUs: 1_000_000, burst: 50 },
    { limit: 60, periodUs: 60_000_000, burst: 10 },
    { limit: 262_139, periodUs: 60_000_000, burst: 1_000 },
    { limit: 1, periodUs: 86_400_000_000, burst: 2 },
  ];
  return {
    cases: rates.map((rate, index) => {
      const below = numbers(index);
      const bucket = new TokenBucketTwin(rate);
      const gcra = new GcraTwin(rate);
      let nowUs = 1_000_000;
      const steps = Array.from({ length: 40 }, () => {
        nowUs += below(Math.ceil((3 * rate.periodUs) / rate.limit) + 1);
        const weight = 1 + below(Math.min(rate.burst + 1, 12));
        const waitUs = bucket.take(weight, nowUs);
        if (gcra.take(weight, nowUs) !== waitUs) throw new Error("the twins disagree");
        return [nowUs, weight, waitUs === Number.POSITIVE_INFINITY ? -1 : waitUs, bucket.remaining(nowUs)] as const;
      });
      return { rate, steps };
    }),
  };
}

/** A breaker's configuration as JSON can hold it: spans in microseconds, factor and jitter as fractions. */
export interface BreakerVectorOptions {
  readonly kind: "consecutive" | "count" | "time";
  readonly size: number;
  readonly sliceUs: number;
  readonly failureRate: number;
  readonly slowRate: number;
  readonly slowAfterUs: number;
  readonly minimumCalls: number;
  readonly permits: number;
  readonly successes: number;
  readonly maxWaitUs: number;
  readonly openUs: number;
  readonly openMostUs: number;
  readonly openFactor: number;
  readonly openJitter: number;
  readonly seed: number;
}

/** Steps: acquire as call number n (admitted or not); settle call n (flags); look (state, calls, failures, slow calls, wait or -1). */
export type BreakerStep =
  | readonly ["acquire", nowUs: number, admitted: boolean]
  | readonly ["settle", nowUs: number, call: number, outcome: number, spanUs: number, flags: number]
  | readonly ["look", nowUs: number, state: number, calls: number, failures: number, slow: number, waitUs: number]
  | readonly ["force", nowUs: number, state: number];

export interface BreakerVectors {
  readonly cases: readonly { readonly options: BreakerVectorOptions; readonly steps: readonly BreakerStep[] }[];
}

/** The configuration as the twin takes it. */
function twinOptions(o: BreakerVectorOptions): BreakerTwinOptions {
  const ticks = (span: number): bigint => BigInt(span) * us;
  return {
    ...o,
    sliceTicks: ticks(o.sliceUs),
    failureRate: Math.round(o.failureRate * 1e6),
    slowRate: Math.round(o.slowRate * 1e6),
    slowAfter: ticks(o.slowAfterUs),
    maxWait: ticks(o.maxWaitUs),
    open: ticks(o.openUs),
    openMost: ticks(o.openMostUs),
    openFactor: BigInt(o.openFactor * 65_536),
    openJitter: BigInt(o.openJitter * 65_536),
  };
}

function breakerVectors(): BreakerVectors {
  const base: BreakerVectorOptions = {
    kind: "count",
    size: 10,
    sliceUs: 0,
    failureRate: 0.5,
    slowRate: 0,
    slowAfterUs: 0,
    minimumCalls: 5,
    permits: 2,
    successes: 2,
    maxWaitUs: 5_000,
    openUs: 1_000,
    openMostUs: 8_000,
    openFactor: 1.5,
    openJitter: 0.25,
    seed: 9,
  };
  const options: BreakerVectorOptions[] = [
    { ...base, kind: "consecutive", size: 3, failureRate: 0 },
    base,
    { ...base, slowRate: 0.4, slowAfterUs: 200, failureRate: 0.3 },
    { ...base, kind: "time", size: 5, sliceUs: 400 },
    { ...base, kind: "time", size: 10, sliceUs: 100, slowRate: 0.5, slowAfterUs: 150, successes: 3, permits: 1 },
  ];
  return {
    cases: options.map((one, index) => {
      const below = numbers(100 + index);
      const twin = new BreakerTwin(twinOptions(one));
      const calls: (TwinPermit | undefined)[] = [];
      const out: number[] = [];
      const steps: BreakerStep[] = [];
      let nowUs = 50_000;
      for (let step = 0; step < 250; step++) {
        nowUs += below(20) === 0 ? below(6_000) : below(120);
        const now = BigInt(nowUs) * us;
        const what = below(20);
        if (what < 8) {
          const permit = twin.tryAcquire(now);
          if (permit !== undefined) out.push(calls.length);
          calls.push(permit);
          steps.push(["acquire", nowUs, permit !== undefined]);
        } else if (what < 16 && out.length > 0) {
          const [call] = out.splice(below(out.length), 1);
          // Bad times and good times, so that breakers open and close.
          const bad = Math.floor(step / 40) % 2 === 0;
          const outcome = below(10) === 0 ? 2 : below(10) < (bad ? 7 : 1) ? 1 : 0;
          const spanUs = below(300);
          steps.push([
            "settle",
            nowUs,
            call!,
            outcome,
            spanUs,
            twin.settle(calls[call!]!, outcome, BigInt(spanUs) * us, now),
          ]);
        } else if (what < 19 || step < 200) {
          const state = twin.state(now);
          const [all, failures, slow] = twin.readings(now);
          const wait = twin.retryAfter(now);
          steps.push(["look", nowUs, state, all, failures, slow, wait < 0n ? -1 : usOf(wait)]);
        } else {
          const state = [0, 3, 4][below(3)]!;
          twin.force(state, now);
          steps.push(["force", nowUs, state]);
        }
      }
      return { options: one, steps };
    }),
  };
}

export interface BackoffVectors {
  readonly cases: readonly {
    readonly kind: BackoffTwinOptions["kind"];
    readonly jitter: BackoffTwinOptions["jitter"];
    readonly baseUs: number;
    readonly mostUs: number;
    readonly factor: number;
    readonly seed: number;
    readonly steps: readonly (readonly [attempt: number, previousUs: number, delayUs: number])[];
  }[];
}

function backoffVectors(): BackoffVectors {
  const kinds = ["constant", "linear", "exponential", "fibonacci"] as const;
  const jitters = ["none", "full", "equal", "decorrelated"] as const;
  const cases = kinds.flatMap((kind, index) =>
    jitters.map((jitter) => {
      const [baseUs, mostUs, factor, seed] = [100_000, 5_000_000, 1.5, 7 + index];
      const twin = new BackoffTwin({
        kind,
        jitter,
        base: BigInt(baseUs) * us,
        most: BigInt(mostUs) * us,
        factor: BigInt(factor * 65_536),
        seed,
      });
      let previous = 0n;
      const steps = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 100, 2 ** 31].map((attempt) => {
        const before = previous;
        previous = twin.next(attempt, before);
        return [attempt, usOf(before), usOf(previous)] as const;
      });
      return { kind, jitter, baseUs, mostUs, factor, seed, steps };
    }),
  );
  return { cases };
}

export interface BudgetVectors {
  readonly cases: readonly {
    readonly withdrawal: number;
    readonly reserve: number;
    readonly ttlUs: number;
    /** Steps: deposit; withdraw (granted or not); balance. */
    readonly steps: readonly (
      | readonly ["deposit", nowUs: number]
      | readonly ["withdraw", nowUs: number, granted: boolean]
      | readonly ["balance", nowUs: number, retries: number]
    )[];
  }[];
}

function budgetVectors(): BudgetVectors {
  const shapes = [
    { withdrawal: 5_000, reserve: 10_000, ttlUs: 10_000 },
    { withdrawal: 1_000, reserve: 0, ttlUs: 1_000 },
    { withdrawal: 3_333, reserve: 3_333, ttlUs: 333 },
  ];
  return {
    cases: shapes.map((shape, index) => {
      const below = numbers(200 + index);
      const twin = new BudgetTwin({
        deposit: 1_000n,
        withdrawal: BigInt(shape.withdrawal),
        reserve: BigInt(shape.reserve),
        ttlTicks: BigInt(shape.ttlUs) * us,
      });
      let nowUs = 1_000_000;
      const steps = Array.from({ length: 120 }, () => {
        nowUs += below(shape.ttlUs / 20);
        const now = BigInt(nowUs) * us;
        const what = below(10);
        if (what < 6) {
          twin.deposit(now);
          return ["deposit", nowUs] as const;
        }
        if (what < 9) return ["withdraw", nowUs, twin.tryWithdraw(now)] as const;
        return ["balance", nowUs, twin.balance(now)] as const;
      });
      return { ...shape, steps };
    }),
  };
}

export interface HistogramVectors {
  readonly cases: readonly {
    readonly bits: number;
    readonly mostUs: number;
    readonly values: readonly number[];
    readonly sumUs: number;
    readonly quantiles: readonly (readonly [share: number, valueUs: number])[];
  }[];
}

function histogramVectors(): HistogramVectors {
  return {
    cases: [1, 6, 8].map((bits, index) => {
      const below = numbers(300 + index);
      const mostUs = 60_000_000;
      const twin = new HistogramTwin(bits, BigInt(mostUs) * us);
      const values = Array.from({ length: 200 }, () => below(2 ** (1 + below(36))) / 1024);
      for (const value of values) twin.record(BigInt(value * 1024));
      const quantiles = [0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1].map(
        (share) => [share, usOf(twin.atRank(Math.ceil(share * values.length - 0.000001)))] as const,
      );
      return { bits, mostUs, values, sumUs: usOf(twin.sum), quantiles };
    }),
  };
}

/** All vector files by name. */
export const vectorFiles = {
  "random.json": randomVectors,
  "siphash.json": sipHashVectors,
  "limiter.json": limiterVectors,
  "breaker.json": breakerVectors,
  "backoff.json": backoffVectors,
  "budget.json": budgetVectors,
  "hashing.json": hashVectors,
  "histogram.json": histogramVectors,
  "membership.json": membershipVectors,
  ...retryBreakerVectorFiles,
  "placement.json": placementVectors,
  "lockfree.json": lockFreeVectors,
  ...sketchVectorFiles,
  "pacing.json": pacingVectors,
  "windows.json": windowVectors,
  ...clockVectorFiles,
  "sampling.json": samplingVectors,
} as const;
