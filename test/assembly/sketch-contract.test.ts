/** Every sketch of the core under the one contract. */

import { describe } from "vitest";
import { type Build, type BuildName, buildNames, buildsWith } from "./builds.js";
import { contract, rankOf, type SketchSubject, type Totals } from "./sketch-contract.js";

/** The builds for JavaScript hosts: sketches of real numbers are in no build without floating point. */
const floating: readonly BuildName[] = buildsWith("ddsketchInit");

const shares = [0, 0.001, 0.07, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1];

/** A value and all that are no further from it than a share of it. */
const around = (value: number, share: number): readonly [number, number] => {
  const slack = Math.min(Math.abs(value) * (share + 1e-9), Number.MAX_VALUE);
  return [value - slack, value + slack];
};

const exact = (sorted: readonly number[], q: number): number => sorted[rankOf(q, sorted.length) - 1]!;

const made = (build: Build, bytes: number, init: (at: number) => number): number => {
  const at = build.alloc(bytes);
  if (init(at) !== 0) throw new Error(`${build.name}: a sketch could not be made`);
  return at;
};

/** What the sketches of real numbers have in common. */
const real = {
  builds: floating,
  kept: (value: number) => (Number.isFinite(value) ? value : undefined),
  totals: ({ x }: Build, at: number): Totals => ({
    count: x.sketchRead(at, 0),
    sum: x.sketchRead(at, 1),
    min: x.sketchRead(at, 2),
    max: x.sketchRead(at, 3),
  }),
  shares,
  nothing: Number.NaN,
  save: ({ x }: Build, at: number, to: number) => x.sketchSave(at, to),
  load: ({ x }: Build, at: number, from: number) => x.sketchLoad(at, from),
};

const hourUs = 3_600_000_000;

const histogram: SketchSubject = {
  name: "latency histogram",
  builds: buildNames,
  make: (build, other) =>
    made(build, build.x.histogramSize(6, hourUs), (at) => build.x.histogramInit(at, 6, other ? hourUs - 1 : hourUs)),
  record: ({ x }, at, value) => x.histogramRecord(at, value),
  // Whole ticks from 0 to an hour, halves to the even one.
  kept(value) {
    if (Number.isNaN(value)) return undefined;
    const ticks = Math.max(0, Math.min(value, hourUs)) * 1024;
    const down = Math.floor(ticks);
    return (ticks - down > 0.5 || (ticks - down === 0.5 && down % 2 === 1) ? down + 1 : down) / 1024;
  },
  totals({ x }, at) {
    const [count, sum, min, max] = [0, 1, 2, 3].map((what) => x.histogramRead(at, what));
    return { count: count!, sum: sum!, min: min!, max: max! };
  },
  shares,
  quantile: ({ x }, at, q) => x.histogramQuantile(at, q),
  nothing: 0,
  bound: (sorted, q) => around(exact(sorted, q), 2 ** -7),
  merge: ({ x }, at, other) => x.histogramMerge(at, other),
  ordered: true,
  reset: ({ x }, at) => x.histogramReset(at),
  save: ({ x }, at, to) => x.histogramSave(at, to),
  load: ({ x }, at, from) => x.histogramLoad(at, from),
};

const exponential: SketchSubject = {
  ...real,
  name: "exponential histogram",
  make: (build, other) =>
    made(build, build.x.exponentialSize(160), (at) => build.x.exponentialInit(at, 160, other ? 19 : 20)),
  record: ({ x }, at, value) => x.exponentialRecord(at, value),
  quantile: ({ x }, at, q) => x.exponentialQuantile(at, q),
  // 160 buckets hold all doubles of a sign at scale -4, with a base of 2^16: what stands for a bucket is up to twice its lower bound.
  bound(sorted, q) {
    const value = exact(sorted, q);
    const most = Math.min(Math.max(2 * Math.abs(value), 2 ** -1021), Number.MAX_VALUE);
    return value < 0 ? [-most, value * 2 ** -16] : value > 0 ? [value * 2 ** -16, most] : [0, 0];
  },
  merge: ({ x }, at, other) => x.exponentialMerge(at, other),
  ordered: true,
  sumAt: 24,
  reset: ({ x }, at) => x.exponentialReset(at),
};

/** Enough buckets for all doubles of a sign at this relative error. */
const alpha = 0.25;

const ddsketch: SketchSubject = {
  ...real,
  name: "DDSketch",
  make: (build, other) =>
    made(build, build.x.ddsketchSize(4_096), (at) => build.x.ddsketchInit(at, other ? 0.2 : alpha, 4_096)),
  record: ({ x }, at, value) => x.ddsketchRecord(at, value),
  quantile: ({ x }, at, q) => x.ddsketchQuantile(at, q),
  bound(sorted, q) {
    const value = exact(sorted, q);
    // What is nearer to 0 than any normal number is 0.
    return Math.abs(value) < 2 ** -1022 ? [Math.min(value, 0), Math.max(value, 0)] : around(value, alpha);
  },
  merge: ({ x }, at, other) => x.ddsketchMerge(at, other),
  ordered: true,
  sumAt: 40,
  reset: ({ x }, at) => x.ddsketchReset(at),
};

const collapsing: SketchSubject = {
  ...ddsketch,
  name: "DDSketch with few buckets",
  make: (build, other) =>
    made(build, build.x.ddsketchSize(16), (at) => build.x.ddsketchInit(at, other ? 0.2 : alpha, 16)),
  // The largest magnitudes keep the bound; of the others only their sign is sure. `ddsketch.test.ts` says where the line is.
  bound(sorted, q) {
    const value = exact(sorted, q);
    return value < 0 ? [sorted[0]!, 0] : [Math.min(value, 0), Math.max(sorted.at(-1)!, 0)];
  },
};

const compression = 20;

const tdigest: SketchSubject = {
  ...real,
  name: "t-digest",
  make: (build, other) =>
    made(build, build.x.tdigestSize(compression), (at) => build.x.tdigestInit(at, compression + (other ? 1 : 0))),
  record: ({ x }, at, value) => x.tdigestRecord(at, value),
  quantile: ({ x }, at, q) => x.tdigestQuantile(at, q),
  bound(sorted, q) {
    const n = sorted.length;
    const rank = rankOf(q, n);
    // Four times the heaviest centroid at this rank, since many values are equal, and one value.
    const off = 8 * Math.sin(Math.PI / compression) * Math.sqrt(rank * (n - rank)) + 1;
    return [sorted[Math.max(0, Math.floor(rank - off) - 1)]!, sorted[Math.min(n, Math.ceil(rank + off)) - 1]!];
  },
  merge: ({ x }, at, other) => x.tdigestMerge(at, other),
  ordered: false,
  reset: ({ x }, at) => x.tdigestReset(at),
};

const p2: SketchSubject = {
  ...real,
  name: "P²",
  make: (build, other) => made(build, build.x.p2Size(), (at) => build.x.p2Init(at, other ? 0.8 : 0.9)),
  record: ({ x }, at, value) => x.p2Record(at, value),
  shares: [0.9],
  quantile: ({ x }, at) => x.p2Value(at),
  bound: (sorted, q) => (sorted.length > 5 ? [sorted[0]!, sorted.at(-1)!] : around(exact(sorted, q), 0)),
  ordered: false,
  reset: ({ x }, at) => x.p2Reset(at),
};

describe.each([histogram, exponential, ddsketch, collapsing, tdigest, p2])("$name", contract);
