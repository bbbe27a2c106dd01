import type { Scenario } from "../explorer.js";
import { structureStart } from "../memory.js";

/**
 * A hybrid clock four timestamps before its end: as long as each is given once, exactly four calls get one. A counter of 32
 * bits puts the end near; the physical clock stands, and nobody watches it.
 */
const hybrid: Scenario<"now", number> = {
  name: "hybrid clock: three threads take the last four timestamps",
  structure: "hybrid",
  bytes: 160,
  entries: ["assembly/faces/hybrid.ts"],
  mutants: [
    {
      file: "assembly/clocks/hybrid.ts",
      search: "if (held == seen) {\n      store<u64>(to, first);",
      replace: "{\n      store<u64>(to, first);",
    },
    {
      file: "assembly/clocks/hybrid.ts",
      search: "let seen = <u64>load64(at + WORD);",
      replace: "let seen = load<u64>(at + WORD);",
    },
  ],
  setUp(x, at) {
    x["hybridInit"]!(at, 32, 0);
    x["hybridForward"]!(at, -5, -1);
  },
  threads: [2, 2, 1].map((calls, thread) =>
    Array.from({ length: calls }, () => ({
      input: "now" as const,
      run: (x) => x["hybridNow"]!(structureStart, 0, 1, 128 + 8 * thread),
    })),
  ),
  model: {
    initial: 4,
    apply: (left, _, result) => (result === (left > 0 ? 0 : 3) ? Math.max(0, left - 1) : undefined),
  },
};

/** A remote timestamp and an own one at once: whatever the order, the clock ends after both. */
const update: Scenario<"now" | "forward", number> = {
  name: "hybrid clock: one thread takes a timestamp over while another gives one",
  structure: "hybrid",
  bytes: 160,
  entries: ["assembly/faces/hybrid.ts"],
  mutants: [
    {
      file: "assembly/clocks/hybrid.ts",
      search: "const held = cas64(at + WORD, seen, stamp);",
      replace: "const held = seen;\n    store<i64>(at, stamp, WORD);",
    },
  ],
  setUp(x, at) {
    x["hybridInit"]!(at, 32, 0);
    x["hybridForward"]!(at, -7, -1);
  },
  threads: [
    [{ input: "forward", run: (x) => x["hybridForward"]!(structureStart, -4, -1) }],
    Array.from({ length: 4 }, () => ({
      input: "now" as const,
      run: (x) => x["hybridNow"]!(structureStart, 0, 1, 128),
    })),
    [{ input: "now", run: (x) => x["hybridNow"]!(structureStart, 0, 1, 136) }],
  ],
  model: {
    initial: 6,
    apply(left, input, result) {
      if (input === "forward") return result === 0 ? Math.min(left, 3) : undefined;
      return result === (left > 0 ? 0 : 3) ? Math.max(0, left - 1) : undefined;
    },
  },
};

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const clockScenarios: readonly Scenario<any, any>[] = [hybrid, update];
