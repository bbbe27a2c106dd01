/** Measures one case: `case.process.mjs ID PACE`. Prints one line of JSON. */
import Benchmark from "benchmark";
import { findCase } from "./cases/index.js";
import type { Case } from "./harness/case.js";
import type { Pace, ProcessResult } from "./harness/process-result.js";
import { type ReferenceName, references, referencesFor } from "./harness/references.js";
import { Sampler } from "./harness/sampler.js";
import { sink } from "./harness/sink.js";
import { median } from "./harness/statistics.js";

/** Below this the loop that `benchmark` writes around an operation is a good part of what it reports. */
const benchmarkFinestNs = 30;

/** The same operation under the package `benchmark`, in nanoseconds a run. */
function underBenchmark(run: (i: number) => unknown, ms: number): number {
  let i = 0;
  const suite = new Benchmark.Suite();
  suite.add("case", { fn: () => (sink.value = run(i++ & 0xffff)), maxTime: ms / 1000, minSamples: 5 });
  suite.run({ async: false });
  // Its own figure is the mean, which one pause of the machine moves; the median of its samples is what ours is.
  return median(suite[0].stats.sample as number[]) * 1e9;
}

async function measureCase(one: Case, pace: Pace): Promise<ProcessResult> {
  const names = referencesFor[one.form];
  const beside = new Map<ReferenceName, { sampler: Sampler; samples: number[] }>();
  for (const name of names) {
    const sampler = new Sampler(references[name].run, references[name].form);
    await sampler.warm(pace.warmMs / 4);
    beside.set(name, { sampler, samples: [] });
  }
  const prepared = await one.prepare();
  const run = "run" in prepared ? prepared.run : undefined;
  const figures = "run" in prepared ? prepared.figures : undefined;
  const sampler = "run" in prepared ? new Sampler(prepared.run, one.form) : prepared.sampler;
  await sampler.warm(pace.warmMs);

  const sampleReferences = async () => {
    for (const { sampler, samples } of beside.values()) samples.push(...(await sampler.sample(pace.referenceMs)));
  };
  // References before, between and after: what slows the machine for a second slows both alike.
  const samples: number[] = [];
  await sampleReferences();
  for (let slice = 0; slice < pace.slices; slice++) {
    samples.push(...(await sampler.sample(pace.sliceMs)));
    await sampleReferences();
  }

  const perRun = one.perRun ?? 1;
  const ns = median(samples) / perRun;
  const coarse = run !== undefined && one.form === "sync" && ns * perRun >= benchmarkFinestNs && pace.benchmarkMs > 0;
  return {
    ns,
    meanNs: samples.reduce((sum, sample) => sum + sample, 0) / samples.length / perRun,
    references: Object.fromEntries([...beside].map(([name, { samples }]) => [name, median(samples)])),
    ...(coarse ? { benchmarkNs: underBenchmark(run, pace.benchmarkMs) / perRun } : {}),
    ...(figures === undefined ? {} : { figures }),
  };
}

const [id, pace] = process.argv.slice(2);
if (id === undefined || pace === undefined) throw new Error("give a case's id and a pace");
const result = await measureCase(await findCase(id), JSON.parse(pace) as Pace);
// Peers leave timers behind that would keep the process up; the result is out before it ends.
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
