/** The deque, the semaphore whose permits have owners, and waiting. */

import type { Mutant, Scenario } from "../explorer.js";
import { structureStart as at } from "../memory.js";

type Turn = "push" | "take" | "steal";

/** The owner's calls and the thief's; items are 1, 2, 3 in the order in which they are offered. */
const deque = (
  capacity: number,
  owner: readonly ("push" | "take")[],
  steals: number,
  mutants: readonly Mutant[],
): Scenario<Turn, { readonly offered: number; readonly items: readonly number[] }> => ({
  name: `deque of ${capacity}: ${owner.join(" ")} | ${"steal ".repeat(steals)}`,
  structure: "deque",
  bytes: at + 384 + capacity * 8,
  entries: ["assembly/faces/lockfree.ts"],
  mutants,
  setUp: (x) => void x["dequeInit"]!(at, capacity),
  threads: [
    owner.map((input, index) => ({
      input,
      run: (x) => (input === "push" ? x["dequePush"]!(at, index + 1) : x["dequeTake"]!(at)),
    })),
    Array.from({ length: steals }, () => ({ input: "steal" as const, run: (x) => x["dequeSteal"]!(at) })),
  ],
  model: {
    initial: { offered: 0, items: [] },
    apply({ offered, items }, input, result) {
      if (input === "push") {
        if (result !== Number(items.length < capacity)) return undefined;
        return { offered: offered + 1, items: result === 1 ? [...items, offered + 1] : items };
      }
      // A thief that lost does nothing.
      if (result === -2) return { offered, items };
      if (result === -1) return items.length === 0 ? { offered, items } : undefined;
      const next = input === "take" ? items.at(-1) : items[0];
      return next === result ? { offered, items: items.filter((item) => item !== result) } : undefined;
    },
  },
});

type PermitCall = "acquire" | "release" | "reclaim";

/** One permit; a third thread takes back what the first holds, as if that were dead, at any moment. */
const permits: Scenario<PermitCall, readonly [number, number]> = {
  name: "permits: acquire release | acquire | reclaim the first",
  structure: "permits",
  bytes: at + 704,
  entries: ["assembly/faces/lockfree.ts"],
  mutants: [
    {
      // A late helper would book an operation a second time.
      file: "assembly/lockfree/permits.ts",
      search: "if (sequence(held) == sequence(word) || load64(at + WORD) != word) return;",
      replace: "if (sequence(held) == sequence(word)) return;",
    },
    {
      file: "assembly/lockfree/permits.ts",
      search: "    held = permitsHeld(at, owner);\n    if (held == 0 ||",
      replace: "    held = used(word);\n    if (held == 0 ||",
    },
  ],
  setUp: (x) => void x["permitsInit"]!(at, 1),
  threads: [
    [
      { input: "acquire", run: (x) => x["permitsTryAcquire"]!(at, 1) },
      { input: "release", run: (x) => x["permitsRelease"]!(at, 1) },
    ],
    [{ input: "acquire", run: (x) => x["permitsTryAcquire"]!(at, 2) }],
    [{ input: "reclaim", run: (x) => x["permitsReclaim"]!(at, 1) }],
  ],
  model: {
    initial: [0, 0],
    apply([first, second], input, result, thread) {
      if (input === "reclaim") return result === first ? [0, second] : undefined;
      const possible = input === "acquire" ? first + second < 1 : first > 0;
      if (result !== Number(possible)) return undefined;
      if (thread === 1) return [first, second + result];
      return [input === "acquire" ? first + result : first - result, second];
    },
  },
  atEnd(x, results) {
    const held = results[1]![0]!;
    return x["permitsInUse"]!(at) === held && x["permitsHeld"]!(at, 2) === held ? undefined : "the books are wrong";
  },
};

/** A consumer that sleeps until there is a message: it is woken, in every order. */
const wakeUp: Scenario<"wait" | "send", number> = {
  name: "event: one waits for a message, another sends it",
  structure: "event",
  bytes: at + 384 + 8,
  entries: ["assembly/faces/lockfree.ts"],
  mutants: [
    {
      file: "assembly/lockfree/spsc.ts",
      search: "  store32(at + TAIL, load<u32>(at, TAIL) + count);\n  signal(at + FILLED);",
      replace: "  signal(at + FILLED);\n  store32(at + TAIL, load<u32>(at, TAIL) + count);",
    },
    {
      file: "assembly/memory/event.ts",
      search: "return or32(event, 1) | 1;",
      replace: "return load32(event);",
    },
  ],
  setUp: (x) => void x["spscInit"]!(at, 1, 8),
  threads: [
    [
      {
        input: "wait",
        run(x) {
          for (;;) {
            if (x["spscPeek"]!(at) !== 0) return 1;
            const ticket = x["eventPrepare"]!(at + 8);
            if (x["spscPeek"]!(at) !== 0) return 1;
            x["eventWait"]!(at + 8, ticket, Number.POSITIVE_INFINITY);
          }
        },
      },
    ],
    [
      {
        input: "send",
        run(x) {
          x["spscReserve"]!(at);
          x["spscCommit"]!(at, 1);
          return 1;
        },
      },
    ],
  ],
  model: {
    initial: 0,
    apply: (sent, input) => (input === "send" ? sent + 1 : sent > 0 ? sent : undefined),
  },
};

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const lockFreeScenarios: readonly Scenario<any, any>[] = [
  deque(4, ["push", "push", "take", "take"], 2, [
    {
      file: "assembly/lockfree/deque.ts",
      search: "if (cas32(at + TOP, top, top + 1) != top) item = EMPTY;",
      replace: "store32(at + TOP, top + 1);",
    },
    {
      file: "assembly/lockfree/deque.ts",
      search: "  store32(at + BOTTOM, bottom);\n  const top = load32(at + TOP);",
      replace: "  const top = load32(at + TOP);\n  store32(at + BOTTOM, bottom);",
    },
  ]),
  deque(2, ["push", "push", "push", "take"], 1, [
    {
      file: "assembly/lockfree/deque.ts",
      search: "bottom - load32(at + TOP) > load<u32>(at, MASK)",
      replace: "bottom - load32(at + TOP) > load<u32>(at, MASK) + 1",
    },
  ]),
  permits,
  wakeUp,
];
