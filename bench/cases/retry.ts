import type { Case } from "../harness/case.js";
import { work } from "../harness/references.js";

const group = "retry, no failure";

export const retryCases: readonly Case[] = [
  {
    group,
    subject: "holdfast",
    package: "holdfast",
    form: "async",
    async prepare() {
      const { retry } = await import("holdfast");
      const policy = retry({ attempts: 3 });
      return { run: () => policy.execute(work) };
    },
  },
  {
    group,
    subject: "holdfast with a budget",
    package: "holdfast",
    form: "async",
    async prepare() {
      const { retry, retryBudget } = await import("holdfast");
      const policy = retry({ attempts: 3, budget: retryBudget() });
      return { run: () => policy.execute(work) };
    },
  },
  {
    group,
    subject: "cockatiel",
    package: "cockatiel",
    form: "async",
    async prepare() {
      const { ExponentialBackoff, handleAll, retry } = await import("cockatiel");
      const policy = retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() });
      return { run: () => policy.execute(work) };
    },
  },
  {
    group,
    subject: "p-retry",
    package: "p-retry",
    form: "async",
    async prepare() {
      const { default: pRetry } = await import("p-retry");
      return { run: () => pRetry(work, { retries: 3 }) };
    },
  },
];
