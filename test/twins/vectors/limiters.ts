/** The vectors of windows, queue and warm-up, made by their twins. Times are microseconds; a wait of -1 is never, or no room. */

import { seeded } from "../../../ts/kernel/index.js";
import { LeakyQueueTwin } from "../leaky-queue.js";
import type { TwinRate } from "../meters.js";
import { WarmUpTwin, type WarmUpTwinOptions } from "../warm-up.js";
import { FixedWindowTwin, SlidingLogTwin, SlidingWindowCounterTwin } from "../windows.js";

const windowTwins = { fixed: FixedWindowTwin, sliding: SlidingWindowCounterTwin, log: SlidingLogTwin };

export type WindowKind = keyof typeof windowTwins;

export interface WindowVectors {
  readonly cases: readonly {
    readonly kind: WindowKind;
    readonly limit: number;
    readonly lengthUs: number;
    /** Time, weight, permits that are given back first, then the answer, the permits that are left, and the time until all are. */
    readonly steps: readonly (readonly [
      nowUs: number,
      weight: number,
      refund: number,
      waitUs: number,
      remaining: number,
      resetAfterUs: number,
    ])[];
  }[];
}

export interface PacingVectors {
  readonly queues: readonly {
    readonly rate: TwinRate;
    /** Time and weight, then the wait for the turn. */
    readonly steps: readonly (readonly [nowUs: number, weight: number, waitUs: number])[];
  }[];
  readonly warmUps: readonly {
    readonly options: WarmUpTwinOptions;
    /** Time, weight and patience, then the wait. */
    readonly steps: readonly (readonly [nowUs: number, weight: number, patienceUs: number, waitUs: number])[];
  }[];
}

function numbers(seed: number): (below: number) => number {
  const random = seeded(seed);
  return (below) => Math.floor(random.next() * below);
}

const usOf = (ticks: bigint): number => (ticks < 0n ? -1 : Number(ticks) / 1024);

export function windowVectors(): WindowVectors {
  const shapes = [
    [5, 1_000],
    [10, 1_000_000],
    [3, 86_400_000_000],
  ] as const;
  const kinds = Object.keys(windowTwins) as WindowKind[];
  return {
    cases: kinds.flatMap((kind, which) =>
      shapes.map(([limit, lengthUs], index) => {
        const below = numbers(300 + 10 * which + index);
        const twin = new windowTwins[kind](limit, BigInt(lengthUs) * 1024n);
        let nowUs = 5 * lengthUs + 17;
        const steps = Array.from({ length: 40 }, () => {
          nowUs += below(below(6) === 0 ? 2 * lengthUs : Math.ceil(lengthUs / 4));
          const now = BigInt(nowUs) * 1024n;
          const [weight, refund] = [1 + below(limit + 1), below(4) === 0 ? below(3) : 0];
          if (refund > 0) twin.refund(refund, now);
          const waitUs = usOf(twin.take(weight, now));
          return [nowUs, weight, refund, waitUs, twin.remaining(now), usOf(twin.resetAfter(now))] as const;
        });
        return { kind, limit, lengthUs, steps };
      }),
    ),
  };
}

export function pacingVectors(): PacingVectors {
  const rates: TwinRate[] = [
    { limit: 3, periodUs: 1_000_000, burst: 4 },
    { limit: 1_000, periodUs: 60_000_000, burst: 20 },
  ];
  const warmUps: WarmUpTwinOptions[] = [
    { limit: 2, periodUs: 1_000_000, warmUpUs: 4_000_000, coldFactor: 3 },
    { limit: 70, periodUs: 1_000_000, warmUpUs: 500_000, coldFactor: 1.5 },
    { limit: 600, periodUs: 60_000_000, warmUpUs: 3_600_000_000, coldFactor: 10 },
  ];
  return {
    queues: rates.map((rate, index) => {
      const below = numbers(400 + index);
      const twin = new LeakyQueueTwin(rate);
      let nowUs = 1_000_000;
      const steps = Array.from({ length: 40 }, () => {
        nowUs += below(Math.ceil((2 * rate.periodUs) / rate.limit));
        const weight = below(4);
        const waitUs = twin.enter(weight, nowUs);
        return [nowUs, weight, waitUs === Number.POSITIVE_INFINITY ? -1 : waitUs] as const;
      });
      return { rate, steps };
    }),
    warmUps: warmUps.map((options, index) => {
      const below = numbers(500 + index);
      const twin = new WarmUpTwin(options);
      let nowUs = 1_000_000;
      const steps = Array.from({ length: 40 }, () => {
        const rest = below(8) === 0 ? options.warmUpUs : Math.ceil((2 * options.periodUs) / options.limit);
        nowUs += below(rest);
        const [weight, patienceUs] = [1 + below(6), below(2) * below(10 * options.warmUpUs)];
        return [nowUs, weight, patienceUs, twin.reserve(weight, nowUs, patienceUs)] as const;
      });
      return { options, steps };
    }),
  };
}
