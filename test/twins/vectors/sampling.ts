/** The vectors of samplers, reservoir and time-decayed mean; `../generate.ts` registers them. */

import { seeded } from "../../../ts/kernel/index.js";
import { EwmaTwin } from "../ewma.js";
import { ReservoirTwin } from "../reservoir.js";
import {
  biasedTwin,
  PacerTwin,
  type PacerTwinOptions,
  probabilityTwin,
  thresholdNumber,
  thresholdTwin,
} from "../sampling.js";

const hex = (value: bigint): string => value.toString(16).padStart(14, "0");

function sources(seed: number) {
  const random = seeded(seed);
  const below = (end: number): number => Math.floor(random.next() * end);
  const randomness = (): bigint => (BigInt(random.uint32() >>> 8) << 32n) | BigInt(random.uint32());
  return { below, randomness };
}

/** Shares and random bits are 14 hexadecimal digits; a share of 2^56 is "all". */
export interface SamplingVectors {
  /** `th` of a ratio of whole numbers; null is never. */
  readonly ratios: readonly (readonly [kept: number, all: number, digits: number, threshold: string | null])[];
  /** `th` of a probability, by the steps of the specification. */
  readonly probabilities: readonly (readonly [probability: number, digits: number, threshold: string | null])[];
  readonly decisions: readonly (readonly [randomness: string, threshold: string, kept: boolean])[];
  readonly paced: readonly {
    readonly options: PacerTwinOptions;
    readonly steps: readonly (readonly [randomness: string, nowUs: number, share: string])[];
    readonly refused: number;
  }[];
  readonly biased: {
    readonly thresholds: readonly [ordinary: string, slow: string, failed: string];
    readonly slowAfterUs: number;
    readonly steps: readonly (readonly [
      randomness: string,
      failed: boolean,
      spanUs: number,
      head: string,
      share: string,
    ])[];
  };
  readonly reservoirs: readonly {
    readonly capacity: number;
    readonly seed: number;
    readonly steps: readonly (readonly [weight: number, slot: number])[];
  }[];
  /** Mean, variance and weight are met to 10^-9 of themselves: the twin adds in another order. */
  readonly averages: readonly {
    readonly halfLifeUs: number;
    readonly steps: readonly (readonly [
      value: number,
      nowUs: number,
      mean: number,
      variance: number,
      weight: number,
    ])[];
  }[];
}

const share = (value: bigint): string => (value === 2n ** 56n ? "all" : hex(value));

const whole = [1, 2, 3, 4, 5, 8, 10, 16, 100, 1_000, 10_000, 100_000, 1_000_000];

function paced(options: PacerTwinOptions, seed: number): SamplingVectors["paced"][number] {
  const { below, randomness } = sources(seed);
  const twin = new PacerTwin(options);
  let nowUs = 5_000_000;
  const steps = Array.from({ length: 240 }, (_, step) => {
    // Calm, a flood, and a pause.
    nowUs +=
      step === 200
        ? 40 * options.halfLifeUs
        : step > 80 && step < 150
          ? below(options.halfLifeUs / 400)
          : below(options.halfLifeUs / 40);
    const random = randomness();
    return [hex(random), nowUs, share(twin.decide(random, nowUs))] as const;
  });
  return { options, steps, refused: twin.refused };
}

export function samplingVectors(): SamplingVectors {
  const { below, randomness } = sources(400);
  const ratios = [
    ...whole.flatMap((all) => [3, 4, 5].map((digits) => [1, all, digits] as const)),
    [0, 1, 4],
    [2, 3, 1],
    [999, 1_000, 4],
    [1, 2 ** 52, 12],
  ] as const;
  const thresholds = ["f5", "8", "1"] as const;
  const [ordinary, slow, failed] = thresholds.map((each) => thresholdNumber(each)) as [bigint, bigint, bigint];
  return {
    ratios: ratios.map(([kept, all, digits]) => [
      kept!,
      all!,
      digits!,
      thresholdTwin(BigInt(kept!), BigInt(all!), digits!) ?? null,
    ]),
    probabilities: [...whole.map((n) => 1 / n), 2 ** -56, 0.999999, 0.3, 0].flatMap((probability) =>
      [1, 4, 12].map((digits) => [probability, digits, probabilityTwin(probability, digits) ?? null] as const),
    ),
    decisions: Array.from({ length: 40 }, (_, step) => {
      const random = randomness();
      const threshold = step % 4 === 0 ? random + BigInt(step % 8 === 0 ? 0 : 1) : randomness();
      return [hex(random), hex(threshold), random >= threshold] as const;
    }),
    paced: [
      paced({ limit: 100, periodUs: 1_000_000, burst: 1, halfLifeUs: 800_000, limited: false }, 401),
      paced({ limit: 20, periodUs: 1_000_000, burst: 5, halfLifeUs: 1_600_000, limited: true }, 402),
    ],
    biased: {
      thresholds,
      slowAfterUs: 500,
      steps: Array.from({ length: 60 }, () => {
        const random = randomness();
        const isFailed = below(3) === 0;
        const spanUs = 100 * below(10);
        const head = below(2) === 0 ? 0n : randomness();
        const kept = biasedTwin(
          { ordinary, slow, failed },
          { randomness: random, slow: spanUs >= 500, failed: isFailed, head },
        );
        return [hex(random), isFailed, spanUs, hex(head), share(kept)] as const;
      }),
    },
    reservoirs: [1, 5, 20].map((capacity, index) => {
      const twin = new ReservoirTwin(capacity, 500 + index);
      const steps = Array.from({ length: 150 }, () => {
        const weight = index === 0 ? 1 : (1 + below(64)) / 8;
        return [weight, twin.offer(weight)] as const;
      });
      return { capacity, seed: 500 + index, steps };
    }),
    averages: [1_000, 250_000].map((halfLifeUs) => {
      const twin = new EwmaTwin(halfLifeUs);
      let nowUs = 1_000;
      const steps = Array.from({ length: 40 }, () => {
        nowUs += below(3) === 0 ? 0 : below(2 * halfLifeUs);
        const value = (below(2_000_000) - 500_000) / 1_024;
        twin.record(value, nowUs);
        return [value, nowUs, twin.mean, twin.variance, twin.weight(nowUs)] as const;
      });
      return { halfLifeUs, steps };
    }),
  };
}
