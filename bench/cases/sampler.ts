import type { Case } from "../harness/case.js";

const group = "sampling decision, 10 % of traces";
const count = 1_024;

/** Trace ids as a tracer has them: 32 hexadecimal digits, flat texts, the same in every run. */
function traceIds(): string[] {
  let state = 0x2545f491;
  const digits = (): string => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0).toString(16).padStart(8, "0");
  };
  const decoder = new TextDecoder("latin1");
  const encoder = new TextEncoder();
  return Array.from({ length: count }, () => decoder.decode(encoder.encode(digits() + digits() + digits() + digits())));
}

/** Loops over all ids: the harness's own call costs nothing then. */
const overIds = (
  subject: string,
  make: (ids: readonly string[]) => Promise<(id: string) => number>,
  name?: string,
): Case => ({
  group,
  subject,
  ...(name === undefined ? {} : { package: name }),
  form: "sync",
  perRun: count,
  async prepare() {
    const ids = traceIds();
    const decide = await make(ids);
    return {
      run: () => {
        let kept = 0;
        for (let n = 0; n < count; n++) kept += decide(ids[n]!);
        return kept;
      },
    };
  },
});

/** Samplers, each deciding on ids given as text, and ours on ids in memory. */
export const samplerCases: readonly Case[] = [
  overIds("holdfast ratio", async () => {
    const { RatioSampler } = await import("holdfast/core");
    const sampler = new RatioSampler({ ratio: 0.1 });
    return (id) => sampler.sample(id);
  }),
  overIds("holdfast adaptive, the time passed in", async () => {
    const { AdaptiveSampler } = await import("holdfast/core");
    const sampler = new AdaptiveSampler({ limit: 10_000 });
    let nowMs = 0;
    return (id) => {
      nowMs += 0.01;
      return sampler.sample(id, nowMs);
    };
  }),
  {
    group,
    subject: "holdfast ratio, a batch of 1,024 ids in memory",
    form: "sync",
    perRun: count,
    async prepare() {
      const { RatioSampler, TraceIdBatch } = await import("holdfast/core");
      const sampler = new RatioSampler({ ratio: 0.1 });
      const batch = new TraceIdBatch({ capacity: count });
      batch.ids.set(Buffer.from(traceIds().join(""), "hex"));
      return { run: () => sampler.sampleMany(batch, count) };
    },
  },
  {
    group,
    subject: "holdfast adaptive, a batch of 1,024 ids in memory",
    form: "sync",
    perRun: count,
    async prepare() {
      const { AdaptiveSampler, TraceIdBatch } = await import("holdfast/core");
      const sampler = new AdaptiveSampler({ limit: 10_000 });
      const batch = new TraceIdBatch({ capacity: count });
      batch.ids.set(Buffer.from(traceIds().join(""), "hex"));
      let nowMs = 0;
      return { run: () => sampler.sampleMany(batch, count, (nowMs += 10)) };
    },
  },
  overIds(
    "OpenTelemetry TraceIdRatioBasedSampler",
    async () => {
      const { SamplingDecision, TraceIdRatioBasedSampler } = await import("@opentelemetry/sdk-trace-base");
      const sampler = new TraceIdRatioBasedSampler(0.1);
      return (id) => (sampler.shouldSample(undefined, id).decision === SamplingDecision.RECORD_AND_SAMPLED ? 1 : 0);
    },
    "@opentelemetry/sdk-trace-base",
  ),
  overIds("compared as text by hand", async () => {
    const threshold = "e6660000000000";
    return (id) => (id.slice(18) >= threshold ? 1 : 0);
  }),
];
