import type { ConformanceCase, Script } from "./builder.js";

const histogram: ConformanceCase = {
  name: "histogram",
  write(s) {
    const most = 60_000 * 1_024_000;
    const [one, two] = [s.structure("histogramSize", 4, most), s.structure("histogramSize", 4, most)];
    for (const at of [one, two]) {
      s.call("histogramInit", at, 4, most);
      for (let step = 0; step < 60; step++) s.call("histogramRecord", at, Math.floor(2 ** (s.below(3_600) / 100)));
    }
    s.call("histogramMerge", one, two);
    for (let what = 0; what < 4; what++) s.call("histogramRead", one, what);
    const saved = s.snapshot("histogramSave", one);
    s.call("histogramLoad", two, saved);
    s.call("histogramRead", two, 1);
    s.call("histogramReset", two);
    s.call("histogramRead", two, 0);
  },
};

const histogramViews: ConformanceCase = {
  name: "histogramViews",
  write(s) {
    const most = 60_000 * 1_024_000;
    const [one, two] = [s.structure("histogramSize", 3, most), s.structure("histogramSize", 3, most)];
    for (const at of [one, two]) s.call("histogramInit", at, 3, most);
    for (let step = 0; step < 40; step++) s.call("histogramRecordShared", one, Math.floor(2 ** (s.below(3_600) / 100)));
    s.call("histogramCopyShared", one, two);
    for (let step = 0; step < 20; step++)
      s.call("histogramRecordCorrected", one, 1 + s.below(2 ** 31), s.below(2 ** 28));
    for (let bucket = 0; bucket < 280; bucket += 40) {
      s.call("histogramBucketFrom", one, bucket);
      s.call("histogramBucketCount", one, bucket);
      s.call("histogramNextBucket", one, bucket);
      s.call("histogramCountUpTo", one, 2 ** (bucket / 8));
    }
    s.call("histogramBucketOf", one, 1_000_000);
    s.call("histogramSubtract", one, two);
    s.snapshot("histogramSave", one);
  },
};

/** A number of some order of magnitude, often negative, sometimes one that is not recorded. */
function realNumber(s: Script): number {
  const magnitude = s.below(2 ** 30) * 2 ** (s.below(60) - 50);
  return [magnitude, magnitude, magnitude, -magnitude, Math.round(magnitude), 0, Number.NaN, 5e-324][s.below(8)]!;
}

function doubles(s: Script, count: number): number {
  const at = s.block(8 * count);
  s.write(at, new Uint8Array(Float64Array.from({ length: count }, () => realNumber(s)).buffer));
  return at;
}

/** Records into two sketches one by one and many at once, merges them where that can be, and asks for all there is to know. */
function useSketch(
  s: Script,
  kind: string,
  init: readonly number[],
  size: readonly number[],
  quantiles: boolean,
  tell: (at: number) => void = () => undefined,
): void {
  const [one, two] = [s.structure(`${kind}Size`, ...size), s.structure(`${kind}Size`, ...size)];
  for (const at of [one, two]) {
    s.call(`${kind}Init`, at, ...init);
    for (let step = 0; step < 25; step++) s.call(`${kind}Record`, at, realNumber(s));
    s.call(`${kind}RecordMany`, at, doubles(s, 20), 20);
    tell(at);
  }
  if (quantiles) {
    s.call(`${kind}Merge`, one, two);
    for (const q of [0, 0.01, 0.25, 0.5, 0.9, 0.99, 1]) s.call(`${kind}Quantile`, one, q);
  }
  tell(one);
  for (let what = 0; what < 4; what++) s.call("sketchRead", one, what);
  const saved = s.snapshot("sketchSave", one);
  s.call(`${kind}Reset`, two);
  s.call("sketchRead", two, 2);
  s.call("sketchLoad", two, saved);
  s.call("sketchRead", two, 1);
}

const exponential: ConformanceCase = {
  name: "exponential",
  write(s) {
    useSketch(s, "exponential", [20, 20], [20], true, (at) => {
      for (let what = 0; what < 5; what++) s.call("exponentialState", at, what);
      s.call("exponentialZeros", at);
      s.call("exponentialCounts", at, 1);
    });
    for (let scale = -10; scale <= 20; scale += 3) {
      for (const magnitude of [1, 4, 1 + 2 ** -52, 2 - 2 ** -52, Math.SQRT2, 1e-300, 3e300]) {
        s.call("exponentialIndex", magnitude, scale);
      }
      for (const index of [-3, 0, 1, 5, 1_000]) s.call("exponentialLowerBound", index, scale);
    }
  },
};

const ddsketch: ConformanceCase = {
  name: "ddsketch",
  write: (s) => useSketch(s, "ddsketch", [0.02, 64], [64], true),
};

const tdigest: ConformanceCase = {
  name: "tdigest",
  write: (s) => useSketch(s, "tdigest", [10], [10], true, (at) => s.call("tdigestCentroids", at)),
};

const p2: ConformanceCase = {
  name: "p2",
  write: (s) => useSketch(s, "p2", [0.9], [], false, (at) => s.call("p2Value", at)),
};

export const sketchCases = [histogram, histogramViews, exponential, ddsketch, tdigest, p2];
