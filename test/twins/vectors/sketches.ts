/** Vectors of the sketches. Values are doubles that JSON keeps exactly. */

import { seeded } from "../../../ts/kernel/index.js";
import { DDSketchTwin } from "../ddsketch.js";
import { ExponentialTwin, exponentialIndex, type TwinBuckets } from "../exponential.js";
import { P2Twin } from "../p2.js";
import { DigestTwin } from "../t-digest.js";

/** Values of a few orders of magnitude, some negative, some zero, some equal. */
function values(seed: number, length: number): number[] {
  const random = seeded(seed);
  return Array.from({ length }, () => {
    const magnitude = Math.round(random.next() * 2 ** Math.floor(random.next() * 20) * 64) / 64;
    return random.next() < 0.2 ? 0 - magnitude : magnitude;
  });
}

const shares = [0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1];

export interface ExponentialVectors {
  /** Indexes at each scale. */
  readonly indexes: readonly (readonly [magnitude: number, scale: number, index: number])[];
  readonly cases: readonly {
    readonly maxSize: number;
    readonly maxScale: number;
    readonly values: readonly number[];
    readonly scale: number;
    readonly zeros: number;
    readonly positive: TwinBuckets;
    readonly negative: TwinBuckets;
  }[];
}

/** Powers of two and their neighbours, the bounds of the doubles, and what lies between. */
const magnitudes = [
  2 ** -1022,
  1e-200,
  0.1,
  0.5,
  1 - 2 ** -53,
  1,
  1 + 2 ** -52,
  Math.SQRT2,
  2,
  1e6,
  2 ** 1023,
  Number.MAX_VALUE,
];

function exponentialVectors(): ExponentialVectors {
  return {
    indexes: magnitudes.flatMap((magnitude) =>
      [-10, -1, 0, 1, 3, 8, 20].map((scale) => [magnitude, scale, exponentialIndex(magnitude, scale)] as const),
    ),
    cases: [
      { maxSize: 160, maxScale: 20 },
      { maxSize: 20, maxScale: 20 },
      { maxSize: 2, maxScale: 5 },
    ].map((options, index) => {
      const twin = new ExponentialTwin(options.maxSize, options.maxScale);
      const all = values(400 + index, 60);
      for (const value of all) twin.record(value);
      return {
        ...options,
        values: all,
        scale: twin.scale,
        zeros: twin.zeros,
        positive: twin.buckets(1),
        negative: twin.buckets(-1),
      };
    }),
  };
}

export interface DDSketchVectors {
  readonly cases: readonly {
    readonly alpha: number;
    readonly bins: number;
    readonly values: readonly number[];
    /** What a quantile is to 12 digits. */
    readonly quantiles: readonly (readonly [share: number, value: number])[];
  }[];
}

function ddsketchVectors(): DDSketchVectors {
  return {
    cases: [
      { alpha: 0.01, bins: 1024 },
      { alpha: 0.001, bins: 64 },
      { alpha: 0.1, bins: 16 },
    ].map((options, index) => {
      const twin = new DDSketchTwin(options.alpha, options.bins);
      const all = values(500 + index, 200);
      for (const value of all) twin.record(value);
      const quantiles = shares.map((share) => {
        const rank = Math.max(1, Math.ceil(share * all.length - 0.000001));
        return [share, Number(twin.atRank(rank).toPrecision(12))] as const;
      });
      return { ...options, values: all, quantiles };
    }),
  };
}

export interface P2Vectors {
  readonly cases: readonly {
    readonly share: number;
    readonly values: readonly number[];
    /** The estimate after each value. */
    readonly estimates: readonly number[];
  }[];
}

function p2Vectors(): P2Vectors {
  return {
    cases: [0.5, 0.9, 0.99].map((share, index) => {
      const twin = new P2Twin(share);
      const all = values(600 + index, 100);
      const estimates = all.map((value) => {
        twin.record(value);
        return twin.value;
      });
      return { share, values: all, estimates };
    }),
  };
}

export interface DigestVectors {
  readonly cases: readonly {
    readonly compression: number;
    /** Two parts, each in a digest of its own; the second is merged into the first. */
    readonly parts: readonly (readonly number[])[];
    readonly centroids: number;
    readonly quantiles: readonly (readonly [share: number, value: number])[];
  }[];
}

function digestVectors(): DigestVectors {
  return {
    cases: [10, 20, 100].map((compression, index) => {
      const parts = [values(700 + index, 250), values(710 + index, 150)];
      const [first, second] = parts.map((part) => {
        const twin = new DigestTwin(compression);
        for (const value of part) twin.record(value);
        return twin;
      });
      first!.merge(second!);
      const quantiles = shares.map((share) => [share, first!.quantile(share)] as const);
      return { compression, parts, centroids: first!.centroids, quantiles };
    }),
  };
}

/** The sketches' vector files by name. */
export const sketchVectorFiles = {
  "exponential.json": exponentialVectors,
  "ddsketch.json": ddsketchVectors,
  "p2.json": p2Vectors,
  "tdigest.json": digestVectors,
} as const;
