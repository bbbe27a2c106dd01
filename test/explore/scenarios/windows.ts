import type { Scenario } from "../explorer.js";
import { structureStart } from "../memory.js";

const body = "assembly/limiters/window-counter.ts";

/** Takers of two windows at once, the word on its way from one to the next: no window gives more than it has. */
const window: Scenario<number, readonly [before: number, after: number]> = {
  name: "fixed window: two threads take at its end and in the next",
  structure: "windowCounter",
  bytes: 112,
  entries: ["assembly/faces/window.ts"],
  mutants: [
    {
      file: body,
      search: "const held = next == seen ? seen : cas64(at + WORD, seen, next);\n    if (held == seen) return fits",
      replace: "const held = next == seen ? seen : cas64(at + WORD, seen, next);\n    return fits",
    },
    {
      // A word that is brought back by a late reading opens the next window once more.
      file: "assembly/limiters/window.ts",
      search: "if (passed == -1 && length - elapsedIn(window, number, since) <= length >> 3) return seen;",
      replace: "",
    },
  ],
  setUp(x, at) {
    x["windowCounterInit"]!(at, 0, 1, 1_000);
  },
  // Times are microseconds: the end of a window, and the beginning of the next.
  threads: [
    [1_999, 2_000],
    [2_000, 1_999, 2_001],
  ].map((times) =>
    times.map((input) => ({
      input,
      run: (x) => (x["windowCounterTryAcquire"]!(structureStart, 1, input) === 0 ? 1 : 0),
    })),
  ),
  model: {
    initial: [0, 0],
    apply: ([before, after], input, result) => {
      // Once the next window is in use, a reading that is a little late counts there.
      const counted = input < 2_000 && after === 0 ? before : after;
      if (result !== Number(counted === 0)) return undefined;
      if (result === 0) return [before, after];
      return input < 2_000 && after === 0 ? [1, after] : [before, 1];
    },
  },
};

/** Two who enter and one who leaves again: each turn is given once. */
const queue: Scenario<"enter", number> = {
  name: "leaky queue: two threads enter",
  structure: "leakyQueue",
  bytes: 128,
  entries: ["assembly/faces/gcra.ts", "assembly/faces/leaky-queue.ts"],
  mutants: [
    {
      file: "assembly/limiters/leaky-queue.ts",
      search: "if (cas64(at + WORD, seen, moved(instant + (full ? turn : after))) == seen) return",
      replace: "cas64(at + WORD, seen, moved(instant + (full ? turn : after)));\n    return",
    },
  ],
  setUp(x, at) {
    // Room for three, a second apart.
    x["gcraInit"]!(at, 1, 1e6, 3, 3);
  },
  threads: [0, 1].map(() =>
    [0, 1].map(() => ({
      input: "enter" as const,
      run: (x) => {
        const waitUs = x["leakyQueueEnter"]!(structureStart, 1, 1_000);
        return waitUs === Number.POSITIVE_INFINITY ? -1 : waitUs / 1e6;
      },
    })),
  ),
  model: {
    initial: 0,
    apply: (inside, _, result) => {
      if (inside === 3) return result === -1 ? 3 : undefined;
      return result === inside ? inside + 1 : undefined;
    },
  },
};

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const windowScenarios: readonly Scenario<any, any>[] = [window, queue];
