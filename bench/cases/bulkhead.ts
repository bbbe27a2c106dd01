import type { Case, Form } from "../harness/case.js";
import { work } from "../harness/references.js";

/** How many call at once where they contend for ten places. */
const crowd = 100;

type Call = () => Promise<unknown>;

/** The same policy called by one at a time, and by a hundred at once. */
function both(subject: string, name: string, make: () => Promise<Call>): readonly Case[] {
  const shared = { subject, package: name, form: "async" as Form };
  return [
    {
      ...shared,
      group: "bulkhead, uncontended",
      async prepare() {
        const call = await make();
        return { run: () => call() };
      },
    },
    {
      ...shared,
      group: `bulkhead, ${crowd} at once, limit 10`,
      perRun: crowd,
      async prepare() {
        const call = await make();
        const calls = new Array<Promise<unknown>>(crowd);
        return {
          run() {
            for (let i = 0; i < crowd; i++) calls[i] = call();
            return Promise.all(calls);
          },
        };
      },
    },
  ];
}

export const bulkheadCases: readonly Case[] = [
  ...both("holdfast", "holdfast", async () => {
    const { bulkhead } = await import("holdfast");
    const policy = bulkhead({ limit: 10, queue: { size: crowd } });
    return () => policy.execute(work);
  }),
  ...both("cockatiel", "cockatiel", async () => {
    const { bulkhead } = await import("cockatiel");
    const policy = bulkhead(10, crowd);
    return () => policy.execute(work);
  }),
  ...both("fastq", "fastq", async () => {
    const { default: fastq } = await import("fastq");
    const queue = fastq.promise(work, 10);
    return () => queue.push(undefined);
  }),
  ...both("p-limit", "p-limit", async () => {
    const { default: pLimit } = await import("p-limit");
    const limit = pLimit(10);
    return () => limit(work);
  }),
  {
    group: "bulkhead, limit by gradient2",
    subject: "holdfast",
    package: "holdfast",
    form: "async",
    async prepare() {
      const { bulkhead, gradient2 } = await import("holdfast");
      const policy = bulkhead({ limit: gradient2() });
      return { run: () => policy.execute(work) };
    },
  },
];
