import type { Case } from "../harness/case.js";
import { work } from "../harness/references.js";

const group = "retry, no failure";

/** A failure that may not be repeated: what it costs to find that out. */
const failureGroup = "retry, a failure that is not repeated";

const down = new Error("down");
const failing = (): Promise<never> => Promise.reject(down);

const failureCases: readonly Case[] = [
  {
    group: failureGroup,
    subject: "holdfast",
    package: "holdfast",
    form: "refused",
    async prepare() {
      const { retry } = await import("holdfast");
      const policy = retry({ attempts: 3, handle: () => false });
      return { run: () => policy.execute(failing) };
    },
  },
  {
    group: failureGroup,
    subject: "holdfast, budget spent",
    package: "holdfast",
    form: "refused",
    async prepare() {
      const { retry, retryBudget } = await import("holdfast");
      const policy = retry({ attempts: 3, budget: retryBudget({ ratio: 0, minPerSecond: 0 }) });
      return { run: () => policy.execute(failing) };
    },
  },
  {
    group: failureGroup,
    subject: "cockatiel",
    package: "cockatiel",
    form: "refused",
    async prepare() {
      const { ExponentialBackoff, handleWhen, retry } = await import("cockatiel");
      const policy = retry(
        handleWhen(() => false),
        { maxAttempts: 3, backoff: new ExponentialBackoff() },
      );
      return { run: () => policy.execute(failing) };
    },
  },
  {
    group: failureGroup,
    subject: "p-retry",
    package: "p-retry",
    form: "refused",
    async prepare() {
      const { default: pRetry } = await import("p-retry");
      return { run: () => pRetry(failing, { retries: 3, shouldRetry: () => false }) };
    },
  },
];

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
    subject: "holdfast without its budget",
    package: "holdfast",
    form: "async",
    async prepare() {
      const { retry } = await import("holdfast");
      const policy = retry({ attempts: 3, budget: false });
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
  ...failureCases,
];
