import type { Scenario } from "../explorer.js";
import { structureStart } from "../memory.js";

const ahead = 152;

/** One probe may be out while a shared breaker is half open, whoever asks, and one that came back makes room for the next. */
const shared: Scenario<"acquire" | "give back", number> = {
  name: "shared breaker: two threads, one probe",
  structure: "breakerShared",
  bytes: 448,
  entries: ["assembly/faces/breaker.ts", "assembly/faces/breaker-full.ts"],
  mutants: [
    {
      file: "assembly/memory/guard.ts",
      search: "return cas64(at, seen, ((seen & ~LOW) + NEXT) | owner) == seen;",
      replace: "cas64(at, load64(at), ((seen & ~LOW) + NEXT) | owner);\n  return true;",
    },
    {
      file: "assembly/memory/guard.ts",
      search: "if ((seen & LOW) == 0 && replace(at, seen, owner)) return ENTERED;",
      replace: "if (replace(at, seen, owner)) return ENTERED;",
    },
  ],
  setUp(x, at) {
    const body = at + ahead;
    // Opens at the first failure, for no time, and half-open admits one probe.
    x["breakerInit"]!(body, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1e9, 0, 0, 1, 0, 1);
    x["breakerSharedInit"]!(at, 1e6);
    x["breakerSharedSettle"]!(at, 9, x["breakerSharedTryAcquire"]!(at, 9, 1), 1, 0, 1);
  },
  threads: [1, 2].map((thread) => [
    {
      input: "acquire" as const,
      run: (x) => (x["breakerSharedTryAcquire"]!(structureStart, thread, 2) >= 0 ? 1 : 0),
    },
    {
      input: "give back" as const,
      // The permit of the second generation, the first that is half open; an ignored result.
      run: (x) => x["breakerSharedSettle"]!(structureStart, thread, 2, 2, 0, 2),
      when: ([got]) => got === 1,
    },
  ]),
  model: {
    initial: 0,
    apply: (out, input, result) => {
      if (input === "acquire") return result === Number(out === 0) ? out + result : undefined;
      return result === 0 ? out - 1 : undefined;
    },
  },
};

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const breakerScenarios: readonly Scenario<any, any>[] = [shared];
