import type { Call, Scenario } from "../explorer.js";
import { structureStart } from "../memory.js";

/** Records a value, in ticks. */
const record = (ticks: number): Call<"record"> => ({
  input: "record",
  run: (x) => {
    x["histogramRecordShared"]!(structureStart, ticks / 1024);
    return 0;
  },
});

/** Values of one bucket, from two threads at once: each is in the bucket, the count, the sum and the range. */
const histogram: Scenario<"record", 0> = {
  name: "histogram: two threads record into one bucket",
  structure: "histogram",
  bytes: 160,
  entries: ["assembly/faces/histogram.ts", "assembly/faces/histogram-views.ts"],
  mutants: [
    {
      file: "assembly/sketches/histogram-shared.ts",
      search: "const found = cas32(cell, seen, seen + 1);",
      replace: "store<u32>(cell, seen + 1);\n    const found = seen;",
    },
    {
      file: "assembly/sketches/histogram-shared.ts",
      search: "const found = cas64(at + MAX, seen, value);\n    if (found == seen) break;\n    seen = found;",
      replace: "cas64(at + MAX, seen, value);\n    break;",
    },
    {
      file: "assembly/sketches/histogram-shared.ts",
      search: "let seen = load64(cell);",
      replace: "let seen = load<i64>(cell);",
    },
  ],
  setUp(x, at) {
    x["histogramInit"]!(at, 1, 8 / 1024);
  },
  threads: [[record(5), record(4)], [record(4)]],
  model: { initial: 0, apply: () => 0 },
  atEnd(x) {
    const read = [0, 1, 2, 3].map((what) => x["histogramRead"]!(structureStart, what));
    const bucket = x["histogramBucketOf"]!(structureStart, 5 / 1024);
    const told = [...read, x["histogramBucketCount"]!(structureStart, bucket)].join();
    const right = [3, 13 / 1024, 4 / 1024, 5 / 1024, 3].join();
    return told === right ? undefined : `count, sum, least, most and bucket are ${told}, not ${right}`;
  },
};

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const sketchScenarios: readonly Scenario<any, any>[] = [histogram];
