import type { Scenario } from "../explorer.js";
import { structureStart } from "../memory.js";

/** Tokens in thousandths: of 3, a failure takes 1 and a success gives half of one back; no retry at 1.5 or less. */
const throttle: Scenario<"failure" | "success", number> = {
  name: "retry throttle: two threads count failures and successes",
  structure: "retryThrottle",
  bytes: 96,
  entries: ["assembly/faces/retry-full.ts"],
  mutants: [
    {
      file: "assembly/retry/throttle.ts",
      search: "const held = cas32(at + TOKENS, seen, next);",
      replace: "const held = seen;\n    store<u32>(at + TOKENS, next);",
    },
    {
      file: "assembly/retry/throttle.ts",
      search: "if (held == seen) return enough(at, next);",
      replace: "if (held == seen) return enough(at, seen);",
    },
  ],
  setUp(x, at) {
    x["retryThrottleInit"]!(at, 3_000, 500);
  },
  threads: [
    ["failure", "success"],
    ["success", "failure"],
  ].map((inputs) =>
    inputs.map((input) => ({
      input: input as "failure" | "success",
      run: (x) => {
        if (input === "failure") return x["retryThrottleFailure"]!(structureStart);
        x["retryThrottleSuccess"]!(structureStart);
        return 0;
      },
    })),
  ),
  model: {
    initial: 3_000,
    apply: (tokens, input, result) => {
      if (input === "success") return Math.min(3_000, tokens + 500);
      const left = Math.max(0, tokens - 1_000);
      return result === Number(left > 1_500) ? left : undefined;
    },
  },
};

/** Results counted at once are each counted: the average over them is that of some order. */
const limit: Scenario<"failed" | "good" | "read", { readonly results: number; readonly share: number }> = {
  name: "attempt limit: two threads record, each reads",
  structure: "attemptLimit",
  bytes: 96,
  entries: ["assembly/faces/retry-full.ts"],
  mutants: [
    {
      file: "assembly/retry/attempt-limit.ts",
      search: "if (held == seen) return;\n    seen = held;",
      replace: "return;",
    },
  ],
  setUp(x, at) {
    x["attemptLimitInit"]!(at, 4, 8, 1);
  },
  threads: [
    ["failed", "read"],
    ["good", "failed", "read"],
  ].map((inputs) =>
    inputs.map((input) => ({
      input: input as "failed" | "good" | "read",
      run: (x) => {
        if (input === "read") return x["attemptLimitFailureShare"]!(structureStart);
        x["attemptLimitRecord"]!(structureStart, input === "failed" ? 1 : 0);
        return 0;
      },
    })),
  ),
  // Fewer results than the window: the average is the share of failures among them, in any order.
  model: {
    initial: { results: 0, share: 0 },
    apply: ({ results, share }, input, result) => {
      if (input === "read") return result === share ? { results, share } : undefined;
      const target = input === "failed" ? 2 ** 30 : 0;
      return { results: results + 1, share: share + Math.trunc((target - share) / (results + 1)) };
    },
  },
};

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const retryScenarios: readonly Scenario<any, any>[] = [throttle, limit];
