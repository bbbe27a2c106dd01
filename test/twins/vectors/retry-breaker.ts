/** Vectors of the retry throttle, the attempt limit, the send rate, the adaptive breaker and outliers. Times are microseconds. */

import { seeded } from "../../../ts/kernel/index.js";
import type { TwinPermit } from "../breaker.js";
import {
  AdaptiveBreakerTwin,
  type BaselineTwinOptions,
  type OutlierTwinOptions,
  outliersOf,
  type TwinInstance,
} from "../breaker-full.js";
import { AttemptLimitTwin, RetryThrottleTwin, SendRateTwin } from "../retry-feedback.js";

const us = 1024n;

/** A source of whole numbers below `below`, the same in each run. */
function numbers(seed: number): (below: number) => number {
  const random = seeded(seed);
  return (below) => Math.floor(random.next() * below);
}

export interface RetryThrottleVectors {
  readonly cases: readonly {
    /** Thousandths of a token. */
    readonly maximum: number;
    readonly ratio: number;
    /** Whether the attempt failed, then the tokens that are left and whether a retry may be sent. */
    readonly steps: readonly (readonly [failed: number, tokens: number, allows: number])[];
  }[];
}

export function retryThrottleVectors(): RetryThrottleVectors {
  const shapes = [
    [10_000, 100],
    [1_000_000, 1_000],
    [3_001, 333],
    [1, 1],
  ] as const;
  return {
    cases: shapes.map(([maximum, ratio], index) => {
      const below = numbers(400 + index);
      const twin = new RetryThrottleTwin(maximum, ratio);
      const steps = Array.from({ length: 80 }, (_, step) => {
        const failed = below(10) < (step % 40 < 20 ? 8 : 2) ? 1 : 0;
        if (failed === 1) twin.failure();
        else twin.success();
        return [failed, Number(twin.tokens), twin.allows() ? 1 : 0] as const;
      });
      return { maximum, ratio, steps };
    }),
  };
}

export interface AttemptLimitVectors {
  readonly cases: readonly {
    readonly most: number;
    readonly window: number;
    /** With 16 fraction bits. */
    readonly factor: number;
    /** Whether the attempt failed, then the share of failures (2^-30) and the attempts allowed. */
    readonly steps: readonly (readonly [failed: number, share: number, allowed: number])[];
  }[];
}

export function attemptLimitVectors(): AttemptLimitVectors {
  const shapes = [
    [5, 100, 78_643],
    [64, 10, 16_777_216],
    [3, 1, 65_536],
    [8, 4_096, 98_304],
  ] as const;
  return {
    cases: shapes.map(([most, window, factor], index) => {
      const below = numbers(410 + index);
      const twin = new AttemptLimitTwin(most, window, factor);
      const steps = Array.from({ length: 80 }, (_, step) => {
        const failed = below(10) < (step % 50 < 20 ? 1 : 5) ? 1 : 0;
        twin.record(failed === 1);
        return [failed, Number(twin.share), twin.allowed()] as const;
      });
      return { most, window, factor, steps };
    }),
  };
}

export interface SendRateVectors {
  readonly cases: readonly {
    /** What was done, then the wait of a try in microseconds, or the allowed and the measured rate (2^-20 a second). */
    readonly steps: readonly (
      | readonly ["try", nowUs: number, waitUs: number]
      | readonly ["record", nowUs: number, throttled: number, allowed: number, measured: number]
    )[];
  }[];
}

export function sendRateVectors(): SendRateVectors {
  return {
    cases: [50_000, 4_000, 400_000].map((stepUs, index) => {
      const below = numbers(420 + index);
      const twin = new SendRateTwin();
      let nowUs = 2_000_000;
      const steps: SendRateVectors["cases"][number]["steps"][number][] = [];
      for (let step = 0; step < 200; step++) {
        nowUs += below(2 * stepUs);
        const now = BigInt(nowUs) * us;
        if (below(2) === 0) steps.push(["try", nowUs, Number(twin.tryAcquire(now)) / 1024]);
        else {
          const throttled = step > 60 && below(12) === 0 ? 1 : 0;
          twin.record(throttled === 1, now);
          steps.push(["record", nowUs, throttled, Number(twin.rate), Number(twin.measured)]);
        }
      }
      return { steps };
    }),
  };
}

export interface AdaptiveBreakerVectors {
  readonly baseline: BaselineTwinOptions;
  readonly cases: readonly {
    /** A breaker over the last `size` calls. */
    readonly size: number;
    readonly minimumCalls: number;
    readonly openUs: number;
    /** One call: whether it passed, then its outcome and flags, and the threshold in millionths. */
    readonly steps: readonly (readonly [nowUs: number, outcome: number, flags: number, threshold: number])[];
  }[];
}

export function adaptiveBreakerVectors(): AdaptiveBreakerVectors {
  const baseline: BaselineTwinOptions = { sample: 20, memory: 5, factor: 2_500, floor: 40_000, ceiling: 700_000 };
  return {
    baseline,
    cases: [1, 20, 45].map((usual, index) => {
      const below = numbers(430 + index);
      const [size, minimumCalls, openUs] = [20, 20, 5_000];
      const twin = new AdaptiveBreakerTwin(
        {
          kind: "count",
          size,
          sliceTicks: 0n,
          failureRate: baseline.ceiling,
          slowRate: 0,
          slowAfter: 0n,
          minimumCalls,
          permits: 1,
          successes: 1,
          maxWait: 1_000_000n * us,
          open: BigInt(openUs) * us,
          openMost: BigInt(openUs) * us,
          openFactor: 65_536n,
          openJitter: 0n,
          seed: 1,
        },
        baseline,
      );
      const steps = Array.from({ length: 400 }, (_, step) => {
        const nowUs = 1_000_000 + step * 1_000;
        const now = BigInt(nowUs) * us;
        const permit: TwinPermit | undefined = twin.tryAcquire(now);
        const outcome = below(100) < (step % 200 > 170 ? 75 : usual) ? 1 : 0;
        const flags = permit === undefined ? -1 : twin.settle(permit, outcome, 1n, now);
        return [nowUs, outcome, flags, twin.learnt.threshold] as const;
      });
      return { size, minimumCalls, openUs, steps };
    }),
  };
}

export interface OutlierVectors {
  readonly cases: readonly {
    readonly options: OutlierTwinOptions;
    readonly instances: readonly TwinInstance[];
    /** All ones where there is none. */
    readonly threshold: number;
    readonly found: number;
    readonly ejected: readonly number[];
  }[];
}

export function outlierVectors(): OutlierVectors {
  const settings: OutlierTwinOptions[] = [
    { measure: "success rate", minimumCalls: 100, minimumHosts: 5, factor: 1_900, room: 3 },
    { measure: "success rate", minimumCalls: 100, minimumHosts: 5, factor: 1_000, room: 2 },
    { measure: "success rate", minimumCalls: 100, minimumHosts: 50, factor: 1_900, room: 3 },
    { measure: "latency", minimumCalls: 10, minimumHosts: 5, factor: 1_900, room: 40 },
    { measure: "failure share", minimumCalls: 50, minimumHosts: 5, factor: 200_000, room: 4 },
  ];
  return {
    cases: settings.map((options, index) => {
      const below = numbers(440 + index);
      const instances = Array.from({ length: 40 }, () => {
        const calls = below(8) === 0 ? below(100) : 100 + below(1_000);
        const bad = below(8) === 0;
        const value =
          options.measure === "latency"
            ? (bad ? 5_000_000 : 20_000) + below(3_000)
            : Math.floor((calls * (bad ? 50 + below(45) : 97 + below(4))) / 100);
        return { calls, value };
      });
      const { threshold = 2 ** 32 - 1, found, ejected } = outliersOf(instances, options);
      return { options, instances, threshold, found, ejected };
    }),
  };
}

/** Files by name. */
export const retryBreakerVectorFiles = {
  "retry-throttle.json": retryThrottleVectors,
  "attempt-limit.json": attemptLimitVectors,
  "send-rate.json": sendRateVectors,
  "adaptive-breaker.json": adaptiveBreakerVectors,
  "outliers.json": outlierVectors,
} as const;
