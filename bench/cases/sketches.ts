import type { Case } from "../harness/case.js";

/** Operations in one run: the call and the loop around it cost nothing then. */
const perRun = 1_000;

/** How many different values are recorded, over and over. */
const variety = 4_096;

/** Latencies from 1 ms to a few seconds with a long tail, in no order; the same in each run. */
function latencies(perUs = 1): Float64Array {
  let state = 88_172_645;
  const uniform = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return Float64Array.from(
    { length: variety },
    () => perUs * 1_000 * Math.exp(6 * uniform() * uniform() + 2 * uniform()),
  );
}

/** A sketch as the benchmark uses it: it records values, and answers a quantile. */
interface Sketch {
  record(value: number): void;
  p99(): number;
}

interface Subject {
  readonly subject: string;
  readonly package: string;
  /** What it is given for a microsecond: ours of latencies take milliseconds. Default: 1. */
  readonly perUs?: number;
  make(): Promise<Sketch>;
}

const subjects: readonly Subject[] = [
  {
    subject: "holdfast LatencyHistogram",
    package: "holdfast",
    perUs: 0.001,
    async make() {
      const { LatencyHistogram } = await import("holdfast/core");
      const histogram = new LatencyHistogram();
      return { record: (ms) => histogram.record(ms), p99: () => histogram.quantile(0.99) };
    },
  },
  {
    subject: "holdfast HdrHistogram, shared by threads",
    package: "holdfast",
    perUs: 0.001,
    async make() {
      const { HdrHistogram } = await import("holdfast/core");
      const histogram = new HdrHistogram();
      return { record: (ms) => histogram.recordShared(ms), p99: () => histogram.quantile(0.99) };
    },
  },
  {
    subject: "holdfast ExponentialHistogram",
    package: "holdfast",
    async make() {
      const { ExponentialHistogram } = await import("holdfast/core");
      const histogram = new ExponentialHistogram();
      return { record: (us) => histogram.record(us), p99: () => histogram.quantile(0.99) };
    },
  },
  {
    subject: "holdfast DDSketch",
    package: "holdfast",
    async make() {
      const { DDSketch } = await import("holdfast/core");
      const sketch = new DDSketch();
      return { record: (us) => sketch.record(us), p99: () => sketch.quantile(0.99) };
    },
  },
  {
    subject: "holdfast TDigest",
    package: "holdfast",
    async make() {
      const { TDigest } = await import("holdfast/core");
      const digest = new TDigest();
      return { record: (us) => digest.record(us), p99: () => digest.quantile(0.99) };
    },
  },
  {
    subject: "holdfast P2Quantile",
    package: "holdfast",
    async make() {
      const { P2Quantile } = await import("holdfast/core");
      const quantile = new P2Quantile({ q: 0.99 });
      return { record: (us) => quantile.record(us), p99: () => quantile.value };
    },
  },
  {
    subject: "hdr-histogram-js",
    package: "hdr-histogram-js",
    async make() {
      const { build } = await import("hdr-histogram-js");
      // Two digits are what a relative error of 0.01 asks for; an hour is the longest that ours tells apart by default.
      const histogram = build({ highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: 2 });
      return { record: (us) => histogram.recordValue(us), p99: () => histogram.getValueAtPercentile(99) };
    },
  },
  {
    subject: "hdr-histogram-js, WebAssembly",
    package: "hdr-histogram-js",
    async make() {
      const { build, initWebAssembly } = await import("hdr-histogram-js");
      await initWebAssembly();
      const histogram = build({
        highestTrackableValue: 3_600_000_000,
        numberOfSignificantValueDigits: 2,
        useWebAssembly: true,
      });
      return { record: (us) => histogram.recordValue(us), p99: () => histogram.getValueAtPercentile(99) };
    },
  },
  {
    subject: "@datadog/sketches-js",
    package: "@datadog/sketches-js",
    async make() {
      const { DDSketch } = await import("@datadog/sketches-js");
      const sketch = new DDSketch({ relativeAccuracy: 0.01 });
      return { record: (us) => sketch.accept(us), p99: () => sketch.getValueAtQuantile(0.99) };
    },
  },
  {
    subject: "tdigest",
    package: "tdigest",
    async make() {
      const { TDigest } = await import("tdigest");
      const digest = new TDigest();
      return { record: (us) => digest.push(us), p99: () => digest.percentile(0.99) };
    },
  },
];

const recording = ({ subject, package: name, perUs, make }: Subject): Case => ({
  group: "sketch, record",
  subject,
  package: name,
  form: "sync",
  perRun,
  async prepare() {
    const [sketch, values] = [await make(), latencies(perUs)];
    let at = 0;
    return {
      run() {
        for (let n = 0; n < perRun; n++) {
          sketch.record(values[at]!);
          at = at + 1 < variety ? at + 1 : 0;
        }
        return at;
      },
    };
  },
});

const asking = ({ subject, package: name, perUs, make }: Subject): Case => ({
  group: "sketch, 99th percentile",
  subject,
  package: name,
  form: "sync",
  async prepare() {
    const sketch = await make();
    for (const value of latencies(perUs)) sketch.record(value);
    return { run: () => sketch.p99() };
  },
});

/** Each sketch recording latencies, and answering a quantile. */
export const sketchCases: readonly Case[] = [...subjects.map(recording), ...subjects.map(asking)];
