import type { Scenario } from "../explorer.js";
import { structureStart as at } from "../memory.js";

/** Changes at both ends of the range: each is counted once, and cut off by what stood there when it came. */
const health: Scenario<number, number> = {
  name: "local health: three threads note, between 0 and 3",
  structure: "health",
  bytes: at + 24,
  entries: ["assembly/membership/health.ts"],
  mutants: [
    {
      file: "assembly/membership/health.ts",
      search: "if (held == seen) return score;\n    seen = held;",
      replace: "return score;",
    },
    {
      file: "assembly/membership/health.ts",
      search: "let seen = load32(at + SCORE);",
      replace: "let seen = load<u32>(at, SCORE);",
    },
  ],
  setUp: (x) => void x["healthInit"]!(at, 3),
  threads: [[2, -1], [2, -3], [1]].map((changes) =>
    changes.map((input) => ({ input, run: (x) => x["healthNote"]!(at, input) })),
  ),
  model: {
    initial: 0,
    apply(score, change, result) {
      const next = Math.min(Math.max(score + change, 0), 3);
      return result === next ? next : undefined;
    },
  },
};

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const membershipScenarios: readonly Scenario<any, any>[] = [health];
