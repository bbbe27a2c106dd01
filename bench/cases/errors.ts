import type { Case } from "../harness/case.js";

const group = "errors";

/** A failure as node makes them. */
const reset = () => Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" });

export const errorCases: readonly Case[] = [
  {
    group,
    subject: "new Error with a code",
    form: "sync",
    prepare: async () => ({ run: () => reset() }),
  },
  {
    group,
    subject: "holdfast new UnifiedError",
    package: "holdfast",
    form: "sync",
    async prepare() {
      const { UnifiedError } = await import("holdfast/errors");
      const context = { category: "unavailable", component: "users", operation: "load user" } as const;
      return { run: () => new UnifiedError("USERS_DOWN", "the user store does not answer", context) };
    },
  },
  {
    group,
    subject: "holdfast classify, a system error",
    package: "holdfast",
    form: "sync",
    async prepare() {
      const { classify } = await import("holdfast/errors");
      const error = reset();
      return { run: () => classify(error) };
    },
  },
  {
    group,
    subject: "holdfast classify, a wrapped error",
    package: "holdfast",
    form: "sync",
    async prepare() {
      const { classify } = await import("holdfast/errors");
      const error = new TypeError("fetch failed", { cause: reset() });
      return { run: () => classify(error) };
    },
  },
  {
    group,
    subject: "holdfast monitor, record",
    package: "holdfast",
    form: "sync",
    async prepare() {
      const { errorMonitor } = await import("holdfast/errors");
      const monitor = errorMonitor();
      const error = reset();
      return { run: () => monitor.record(error, { component: "users" }) };
    },
  },
];
