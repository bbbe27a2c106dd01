/**
 * The lock-free structures. A message is known by the slot that it stands in: who adds one is given the slot, who takes one must get
 * that of the message whose turn it is. The pools are larger than what is in flight, so "no room" is said by full rings only.
 */

import type { Call, Scenario } from "../explorer.js";
import { structureStart as at } from "../memory.js";

type Input = "add" | "take";

/** What `mpmc.ts` answers while another thread is in the middle of its call: nothing happened. */
const busy = 1;

/** A structure of messages: how one is added and taken by owner `owner`, and whose turn it is. */
interface Messages {
  readonly name: string;
  readonly bytes: number;
  readonly capacity: number;
  readonly youngestFirst?: boolean;
  setUp(x: Parameters<Call<Input>["run"]>[0]): void;
  add(x: Parameters<Call<Input>["run"]>[0], owner: number): number;
  take(x: Parameters<Call<Input>["run"]>[0], owner: number): number;
}

/** Every order of these calls, each list a thread's. */
function messages(kind: Messages, threads: readonly (readonly Input[])[]): Scenario<Input, readonly number[]> {
  return {
    name: `${kind.name}: ${threads.map((calls) => calls.join(" ")).join(" | ")}`,
    bytes: at + kind.bytes,
    entries: ["assembly/faces/lockfree.ts"],
    mutants: [],
    setUp: (x) => kind.setUp(x),
    threads: threads.map((inputs, index) => inputs.map((input) => ({ input, run: (x) => kind[input](x, index + 1) }))),
    model: {
      initial: [],
      apply(held, input, result) {
        if (result === busy) return held;
        if (input === "add") {
          if (result === 0) return held.length === kind.capacity ? held : undefined;
          return held.includes(result) ? undefined : [...held, result];
        }
        if (result === 0) return held.length === 0 ? held : undefined;
        const next = kind.youngestFirst === true ? held.at(-1) : held[0];
        return next === result ? held.filter((slot) => slot !== result) : undefined;
      },
    },
  };
}

const mpmc: Messages = {
  name: "mpmc",
  bytes: 384 + 2 * 16,
  capacity: 2,
  setUp: (x) => void x["mpmcInit"]!(at, 2, 8),
  add(x, owner) {
    const slot = x["mpmcClaim"]!(at, owner);
    if (slot > busy && x["mpmcPublish"]!(at, slot, owner) !== 1) throw new Error("a claim was lost");
    return slot;
  },
  take(x, owner) {
    const slot = x["mpmcTake"]!(at, owner);
    if (slot > busy && x["mpmcRelease"]!(at, slot, owner) !== 1) throw new Error("a claim was lost");
    return slot;
  },
};

const pool = (name: "queue" | "stack", bytes: number): Messages => ({
  name,
  bytes,
  capacity: 4,
  youngestFirst: name === "stack",
  setUp: (x) => void x[`${name}Init`]!(at, 4, 8),
  add(x) {
    const slot = x[`${name}Reserve`]!(at);
    if (slot !== 0) x[`${name}Commit`]!(at, slot);
    return slot;
  },
  take(x) {
    const slot = x[`${name}Take`]!(at);
    if (slot !== 0) x[`${name}Release`]!(at, slot);
    return slot;
  },
});

const stack = pool("stack", 384 + 4 * 16);
const queue = pool("queue", 512 + 5 * 32);

type Fetch = "fetch" | "put back";

/** The slots of the two messages that stand on the stack at first, the upper one first. */
const [upper, lower] = [at + 384 + 16 + 8, at + 384 + 8];

/** A thread takes both messages and puts the upper one back while another is about to take it: without tags it would take both. */
const aba: Scenario<Fetch, readonly number[]> = {
  name: "stack: fetch | fetch, fetch, put the first back, fetch",
  bytes: at + 384 + 4 * 16,
  entries: ["assembly/faces/lockfree.ts"],
  mutants: [
    {
      file: "assembly/lockfree/nodes.ts",
      search: "(((<u64>link >> 32) + 1) << 32)",
      replace: "((<u64>link >> 32) << 32)",
    },
  ],
  setUp(x) {
    x["stackInit"]!(at, 4, 8);
    for (let count = 0; count < 2; count++) x["stackCommit"]!(at, x["stackReserve"]!(at));
  },
  threads: [
    [{ input: "fetch", run: (x) => x["stackTake"]!(at) }],
    [
      { input: "fetch", run: (x) => x["stackTake"]!(at) },
      { input: "fetch", run: (x) => x["stackTake"]!(at) },
      {
        input: "put back",
        when: ([first]) => first !== 0,
        run(x, [first]) {
          x["stackCommit"]!(at, first!);
          return first!;
        },
      },
      { input: "fetch", run: (x) => x["stackTake"]!(at) },
    ],
  ],
  model: {
    initial: [lower, upper],
    apply(held, input, result) {
      if (input === "put back") return [...held, result];
      return result === (held.at(-1) ?? 0) ? held.slice(0, -1) : undefined;
    },
  },
};

/** The owner's calls and the thieves'; items are 1, 2, 3 in the order in which they are pushed. */
const deque: Scenario<"push" | "take" | "steal", { readonly pushed: number; readonly items: readonly number[] }> = {
  name: "deque: push push take take | steal steal",
  bytes: at + 384 + 4 * 8,
  entries: ["assembly/faces/lockfree.ts"],
  mutants: [
    {
      file: "assembly/lockfree/deque.ts",
      search: "if (cas32(at + TOP, top, top + 1) != top) item = EMPTY;",
      replace: "store32(at + TOP, top + 1);",
    },
  ],
  setUp: (x) => void x["dequeInit"]!(at, 4),
  threads: [
    ["push", "push", "take", "take"].map((input, index) => ({
      input: input as "push" | "take",
      run: (x) => (input === "push" ? x["dequePush"]!(at, index + 1) : x["dequeTake"]!(at)),
    })),
    ["steal", "steal"].map(() => ({ input: "steal" as const, run: (x) => x["dequeSteal"]!(at) })),
  ],
  model: {
    initial: { pushed: 0, items: [] },
    apply({ pushed, items }, input, result) {
      if (input === "push") return { pushed: pushed + 1, items: [...items, pushed + 1] };
      // A thief that lost does nothing.
      if (result === -2) return { pushed, items };
      if (result === -1) return items.length === 0 ? { pushed, items } : undefined;
      const next = input === "take" ? items.at(-1) : items[0];
      return next === result ? { pushed, items: items.filter((item) => item !== result) } : undefined;
    },
  },
};

type PermitCall = "acquire" | "release" | "reclaim";

/** One permit; a third thread takes back what the first holds, as if that were dead, at any moment. */
const permits: Scenario<PermitCall, readonly [number, number]> = {
  name: "permits: acquire release | acquire | reclaim the first",
  bytes: at + 704,
  entries: ["assembly/faces/lockfree.ts"],
  mutants: [],
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

/** A queue whose second writer may die at any moment after its claim: the others get through once it is reclaimed. */
const reclaim: Scenario<Input | "claim" | "reclaim", readonly number[]> = {
  name: "mpmc: claim | reclaim add | take take",
  bytes: at + 384 + 2 * 16,
  entries: ["assembly/faces/lockfree.ts"],
  mutants: [],
  setUp: (x) => void x["mpmcInit"]!(at, 2, 8),
  threads: [
    [{ input: "claim", run: (x) => x["mpmcClaim"]!(at, 1) }],
    [
      { input: "reclaim", run: (x) => x["mpmcReclaim"]!(at, 1) },
      { input: "add", run: (x) => mpmc.add(x, 2) },
    ],
    [
      { input: "take", run: (x) => mpmc.take(x, 3) },
      { input: "take", run: (x) => mpmc.take(x, 3) },
    ],
  ],
  // What is added is taken, whatever became of the claim; "empty" may be told while only a claim is there.
  model: {
    initial: [],
    apply(held, input, result) {
      if (input === "claim" || input === "reclaim" || result === busy) return held;
      if (input === "add") return result === 0 ? undefined : [...held, result];
      if (result === 0) return held.length === 0 ? held : undefined;
      return held[0] === result ? held.slice(1) : undefined;
    },
  },
  atEnd(x, results) {
    // Whatever was left by the claimer is reclaimed now; then exactly what was not taken yet is there.
    x["mpmcReclaim"]!(at, 1);
    const taken = results[2]!.filter((slot) => slot > busy).length;
    const left = mpmc.take(x, 4) > busy ? 1 : 0;
    return taken + left === 1 && x["mpmcTake"]!(at, 4) === 0 ? undefined : `${taken} taken, ${left} left`;
  },
};

/** A consumer that sleeps until there is a message: it is woken, in every order. */
const wakeUp: Scenario<"wait" | "send", number> = {
  name: "event: one waits for a message, another sends it",
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

const mapBytes = 384 + 8 + 63 * 24;
const mapCalls = { get: 0, set: 1, remove: 3 } as const;
type MapCall = `${keyof typeof mapCalls} ${number}`;

/** What a call asks, and of which key. */
const parts = (call: MapCall): readonly [keyof typeof mapCalls, number] => {
  const [what, key] = call.split(" ");
  return [what as keyof typeof mapCalls, Number(key)];
};

/** A map whose keys are all in one bucket; answers tell whether a key was there. */
const map = (threads: readonly (readonly MapCall[])[], large: boolean): Scenario<MapCall, readonly number[]> => ({
  large,
  name: `map: ${threads.map((calls) => calls.join(", ")).join(" | ")}`,
  bytes: at + mapBytes + 64,
  entries: ["assembly/faces/lockfree.ts"],
  mutants: large
    ? []
    : [
        {
          file: "assembly/lockfree/map.ts",
          search: "if (load64(previous) != link) {",
          replace: "if (false) {",
        },
      ],
  setUp(x) {
    x["mapInit"]!(at, 1, 0, 0, 0, 0);
    x["mapAsk"]!(at, mapCalls.set, 2, 0, 1, 0, 0, 0, at + mapBytes);
  },
  threads: threads.map((calls, thread) =>
    calls.map((input) => {
      const [what, key] = parts(input);
      // Each thread has its own place for the value.
      const out = at + mapBytes + 8 * thread;
      return { input, run: (x) => x["mapAsk"]!(at, mapCalls[what], key, 0, 1, 0, 0, 0, out) };
    }),
  ),
  model: {
    initial: [2],
    apply(keys, input, result) {
      const [what, key] = parts(input);
      if (result !== Number(keys.includes(key))) return undefined;
      if (what === "remove") return keys.filter((each) => each !== key);
      return what === "set" && result === 0 ? [...keys, key].sort() : keys;
    },
  },
});

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const lockFreeScenarios: readonly Scenario<any, any>[] = [
  messages(mpmc, [
    ["add", "take"],
    ["add", "take"],
  ]),
  messages(mpmc, [
    ["add", "add", "add"],
    ["take", "take"],
  ]),
  messages(stack, [
    ["add", "take"],
    ["add", "take"],
  ]),
  messages(queue, [
    ["add", "add"],
    ["take", "take"],
  ]),
  messages(queue, [["add", "take"], ["add"]]),
  aba,
  deque,
  permits,
  reclaim,
  wakeUp,
  map(
    [
      ["set 1", "remove 1"],
      ["set 1", "get 2"],
    ],
    true,
  ),
  map([["remove 2"], ["set 2", "set 3"]], false),
  map([["remove 2"], ["remove 2", "set 1"], ["get 2"]], true),
];
