import type { Case } from "../harness/case.js";
import { work } from "../harness/references.js";

/** No hedge starts: what a call pays that answers before the delay. No peer of note in JavaScript hedges. */
const group = "hedge, in time";

export const hedgeCases: readonly Case[] = [
  {
    group,
    subject: "holdfast after a fixed delay",
    package: "holdfast",
    form: "async",
    async prepare() {
      const { hedge } = await import("holdfast");
      const policy = hedge({ afterMs: 1_000 });
      return { run: () => policy.execute(work) };
    },
  },
  {
    group,
    subject: "holdfast after a live quantile, measured",
    package: "holdfast",
    form: "async",
    async prepare() {
      const { hedge, latencyTarget, quantile } = await import("holdfast");
      const target = latencyTarget("work");
      for (let n = 0; n < 1_000; n++) target.record(1_000);
      const policy = hedge({ afterMs: quantile(0.95, { target, minMs: 1_000 }) });
      return { run: () => policy.execute(work) };
    },
  },
];

const targetGroup = "latency target";

export const targetCases: readonly Case[] = [
  {
    group: targetGroup,
    subject: "holdfast, record",
    package: "holdfast",
    form: "sync",
    perRun: 1_000,
    async prepare() {
      const { latencyTarget } = await import("holdfast");
      const target = latencyTarget("work");
      return {
        run: () => {
          for (let n = 0; n < 1_000; n++) target.record(5 + (n & 63), 0);
        },
      };
    },
  },
  {
    group: targetGroup,
    subject: "holdfast, record and read p99",
    package: "holdfast",
    form: "sync",
    perRun: 1_000,
    async prepare() {
      const { latencyTarget } = await import("holdfast");
      const target = latencyTarget("work");
      return {
        run: () => {
          let sum = 0;
          for (let n = 0; n < 1_000; n++) {
            target.record(5 + (n & 63), 0);
            sum += target.quantile(0.99, 0) ?? 0;
          }
          return sum;
        },
      };
    },
  },
];
