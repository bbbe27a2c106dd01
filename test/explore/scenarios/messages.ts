/**
 * Queues, rings and stacks of messages. A message is known by the slot that it stands in: who adds one is given the slot, who takes one
 * must get that of the message whose turn it is. Pools have room for all that can be in flight, so that "no room" is said by what is full.
 */

import type { Call, Mutant, Scenario } from "../explorer.js";
import type { Calls } from "../machine.js";
import { structureStart as at } from "../memory.js";

type Input = "add" | "take" | "is it empty";

/** What `mpmc.ts` answers while another thread is in the middle of its call: nothing happened. */
const busy = 1;
/** What no model expects: a claim was taken from a caller that lives. */
const lost = -1;

/** A structure of messages: how one is added and taken by owner `owner`, and whose turn it is. */
interface Messages {
  readonly structure: string;
  readonly bytes: number;
  readonly capacity: number;
  readonly youngestFirst?: boolean;
  /** Slots of the messages that are there at first, in the order in which they were added. */
  readonly initial?: readonly number[];
  setUp(x: Calls): void;
  add(x: Calls, owner: number): number;
  take(x: Calls, owner: number): number;
  isEmpty?(x: Calls): number;
}

/** One of these calls by a thread. */
function callOf(kind: Messages, input: Input, owner: number): Call<Input> {
  if (input === "is it empty") return { input, run: (x) => kind.isEmpty!(x) };
  return { input, run: (x) => kind[input](x, owner) };
}

/** Every order of these calls, each list a thread's. */
function messages(
  kind: Messages,
  threads: readonly (readonly Input[])[],
  mutants: readonly Mutant[] = [],
  large = false,
): Scenario<Input, readonly number[]> {
  const { structure, bytes, capacity, initial = [] } = kind;
  return {
    name: `${structure} of ${capacity}, ${initial.length} there: ${threads.map((calls) => calls.join(", ")).join(" | ")}`,
    structure,
    large,
    bytes: at + bytes,
    entries: ["assembly/faces/lockfree.ts"],
    mutants,
    setUp(x) {
      kind.setUp(x);
      for (const slot of initial) if (kind.add(x, 0) !== slot) throw new Error(`${structure}: ${slot} is not first`);
    },
    threads: threads.map((inputs, index) => inputs.map((input) => callOf(kind, input, index + 1))),
    model: {
      initial,
      apply(held, input, result) {
        if (input === "is it empty") return result === Number(held.length === 0) ? held : undefined;
        if (result === busy) return held;
        if (input === "add") {
          if (result === 0) return held.length === capacity ? held : undefined;
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
  structure: "mpmc",
  bytes: 384 + 2 * 16,
  capacity: 2,
  setUp: (x) => void x["mpmcInit"]!(at, 2, 8),
  add(x, owner) {
    const slot = x["mpmcClaim"]!(at, owner);
    return slot > busy && x["mpmcPublish"]!(at, slot, owner) !== 1 ? lost : slot;
  },
  take(x, owner) {
    const slot = x["mpmcTake"]!(at, owner);
    return slot > busy && x["mpmcRelease"]!(at, slot, owner) !== 1 ? lost : slot;
  },
};

const spsc: Messages = {
  structure: "spsc",
  bytes: 384 + 2 * 8,
  capacity: 2,
  setUp: (x) => void x["spscInit"]!(at, 2, 8),
  add(x) {
    const slot = x["spscReserve"]!(at);
    if (slot !== 0) x["spscCommit"]!(at, 1);
    return slot;
  },
  take(x) {
    const slot = x["spscPeek"]!(at);
    if (slot !== 0) x["spscRelease"]!(at, 1);
    return slot;
  },
};

const pool = (structure: "queue" | "stack", capacity: number, bytes: number): Messages => ({
  structure,
  bytes,
  capacity,
  youngestFirst: structure === "stack",
  setUp: (x) => void x[`${structure}Init`]!(at, capacity, 8),
  add(x) {
    const slot = x[`${structure}Reserve`]!(at);
    if (slot !== 0) x[`${structure}Commit`]!(at, slot);
    return slot;
  },
  take(x) {
    const slot = x[`${structure}Take`]!(at);
    if (slot !== 0) x[`${structure}Release`]!(at, slot);
    return slot;
  },
  isEmpty: (x) => x[`${structure}IsEmpty`]!(at),
});

const stack = pool("stack", 4, 384 + 4 * 16);

/** A queue in which so many messages are at first: nodes and cells of 16 bytes each, the first of which is the dummy's. */
function queue(capacity: number, count: number): Messages {
  const cells = at + 512 + (capacity + 1) * 16;
  const initial = Array.from({ length: count }, (_, index) => cells + (index + 1) * 16 + 8);
  return { ...pool("queue", capacity, 512 + (capacity + 1) * 32), initial };
}

type Fetch = "fetch" | "put back";

/** The slots of the two messages that stand on the stack at first, the upper one first. */
const [upper, lower] = [at + 384 + 16 + 8, at + 384 + 8];

/** A thread takes both messages and puts the upper one back while another is about to take it: without tags it would take both. */
const aba: Scenario<Fetch, readonly number[]> = {
  name: "stack: fetch | fetch, fetch, put the first back, fetch",
  structure: "stack",
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

/** A queue whose second writer may die at any moment after its claim: the others get through once it is reclaimed. */
const reclaim: Scenario<"add" | "take" | "claim" | "reclaim", readonly number[]> = {
  name: "mpmc: claim | reclaim add | take take",
  structure: "mpmc",
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

const plain = queue(4, 0);

/** A writer of the queue dies: its message may be there or not, and nobody waits for it. */
const helped: Scenario<"add" | "take", readonly number[]> = {
  name: "queue: a writer dies | take, add, take",
  structure: "queue",
  bytes: at + plain.bytes,
  entries: ["assembly/faces/lockfree.ts"],
  mutants: [
    { file: "assembly/lockfree/queue.ts", search: "      move(at + TAIL, tail, target(next));\n", replace: "" },
    { file: "assembly/lockfree/queue.ts", search: "      move(at + TAIL, tail, next);\n", replace: "" },
  ],
  mortal: [0],
  setUp: (x) => plain.setUp(x),
  threads: [
    [{ input: "add", run: (x) => plain.add(x, 0) }],
    (["take", "add", "take"] as const).map((input) => ({ input, run: (x: Calls) => plain[input](x, 1) })),
  ],
  model: {
    initial: [],
    apply(held, input, result, thread) {
      if (thread === 0) return held;
      if (input === "add") return result === 0 ? undefined : [...held, result];
      // What nobody else has added was the dead one's.
      if (result === 0) return held.length === 0 ? held : undefined;
      return held.includes(result) ? (result === held[0] ? held.slice(1) : undefined) : held;
    },
  },
};

type DeathCall = "add" | "take" | "claim" | "publish" | "reclaim";

const add: Call<DeathCall> = { input: "add", run: (x) => mpmc.add(x, 3) };
const take: Call<DeathCall> = { input: "take", run: (x) => mpmc.take(x, 3) };
const claim: Call<DeathCall> = { input: "claim", run: (x) => x["mpmcClaim"]!(at, 1) };
const reclaimFirst: Call<DeathCall> = { input: "reclaim", run: (x) => x["mpmcReclaim"]!(at, 1) };
const publish: Call<DeathCall> = {
  input: "publish",
  when: ([slot]) => slot! > busy,
  run: (x, [slot]) => (x["mpmcPublish"]!(at, slot!, 1) === 1 ? slot! : 0),
};

/** Where the message of the first cell stands. */
const firstSlot = at + 384 + 8;

/**
 * A queue one of whose threads dies, in the middle of what it does with the first cell: a message there may be lost, or come though nobody
 * has said that it was added. The others' messages come out in order.
 */
const death = (
  what: string,
  threads: readonly (readonly Call<DeathCall>[])[],
  initial: readonly number[],
  prepare: (x: Calls) => void,
  mutants: readonly Mutant[],
): Scenario<DeathCall, readonly number[]> => ({
  name: `mpmc: ${what}`,
  structure: "mpmc",
  bytes: at + mpmc.bytes,
  entries: ["assembly/faces/lockfree.ts"],
  mutants,
  mortal: [0],
  setUp(x) {
    mpmc.setUp(x);
    prepare(x);
  },
  threads,
  model: {
    initial,
    apply(held, input, result, thread) {
      if (thread === 0 || input === "reclaim" || result === busy) return held;
      if (input === "add") return result === 0 ? undefined : [...held, result];
      const sure = held.filter((slot) => slot !== firstSlot);
      if (result === 0) return sure.length === 0 ? [] : undefined;
      return result === firstSlot || result === sure[0] ? held.filter((slot) => slot !== result) : undefined;
    },
  },
});

/** A claim is taken from a thread that lives: either it publishes its message, or it is told. */
const alive: Scenario<DeathCall, readonly number[]> = {
  name: "mpmc: claim, publish | reclaim the claim, take",
  structure: "mpmc",
  bytes: at + mpmc.bytes,
  entries: ["assembly/faces/lockfree.ts"],
  mutants: [
    {
      file: "assembly/lockfree/mpmc.ts",
      search:
        "if (phaseOf(word) != (WRITING | owner) || cas64(slot - WORD, word, state(<u32>word, READY)) != word) return 0;",
      replace:
        "if (phaseOf(word) != (WRITING | owner)) return 0;\n  cas64(slot - WORD, word, state(<u32>word, READY));",
    },
  ],
  setUp: (x) => mpmc.setUp(x),
  threads: [
    [claim, publish],
    [reclaimFirst, take],
  ],
  model: {
    initial: [],
    apply(held, input, result) {
      if (input === "publish") return result === 0 ? held : [...held, result];
      if (input !== "take" || result === busy) return held;
      return result === (held[0] ?? 0) ? held.slice(1) : undefined;
    },
  },
};

const source = "assembly/lockfree/mpmc.ts";

const deaths = [
  death(
    "a writer dies | reclaim it, take, add, take",
    [[claim], [reclaimFirst, take, add, take]],
    [],
    () => undefined,
    [{ file: source, search: "      advance(at + TAIL, <u32>word);\n      cas64", replace: "      cas64" }],
  ),
  death(
    "a reader dies | reclaim it, add, take",
    [[{ input: "take", run: (x) => x["mpmcTake"]!(at, 1) }], [reclaimFirst, add, take]],
    [firstSlot],
    (x) => void mpmc.add(x, 2),
    [{ file: source, search: "      advance(at + HEAD, <u32>word);\n      cas64", replace: "      cas64" }],
  ),
  // The first cell is one whose writer died, and the second has a message: there is room once somebody has passed over the first.
  death(
    "one dies that passes over a dead writer's cell | take, take",
    [[{ input: "add", run: (x) => mpmc.add(x, 1) }], [take, take]],
    [firstSlot + 16],
    (x) => {
      x["mpmcClaim"]!(at, 1);
      mpmc.add(x, 2);
      x["mpmcReclaim"]!(at, 1);
    },
    [
      {
        file: source,
        search:
          "  advance(at + HEAD, <u32>word);\n  if (cas64(cell, word, freed(at, word)) == word) signal(at + FREED);",
        replace:
          "  if (cas64(cell, word, freed(at, word)) == word) signal(at + FREED);\n  advance(at + HEAD, <u32>word);",
      },
    ],
  ),
  alive,
];

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const messageScenarios: readonly Scenario<any, any>[] = [
  messages(
    spsc,
    [
      ["add", "add", "add", "add"],
      ["take", "take", "take"],
    ],
    [
      {
        file: "assembly/lockfree/spsc.ts",
        search: "free = capacity - (tail - head);",
        replace: "free = capacity + 1 - (tail - head);",
      },
      {
        file: "assembly/lockfree/spsc.ts",
        search: "store32(at + HEAD, load<u32>(at, HEAD) + count);",
        replace: "store<u32>(at, load<u32>(at, HEAD) + count, HEAD);",
      },
    ],
  ),
  messages(
    mpmc,
    [
      ["add", "take"],
      ["add", "take"],
    ],
    [
      {
        file: "assembly/lockfree/mpmc.ts",
        search: "const claimed = phase == FREE && cas64(cell, word, state(tail, WRITING | owner)) == word;",
        replace: "const claimed = phase == FREE;\n      if (claimed) cas64(cell, word, state(tail, WRITING | owner));",
      },
    ],
  ),
  messages(mpmc, [
    ["add", "add", "add"],
    ["take", "take"],
  ]),
  reclaim,
  ...deaths,
  messages(stack, [
    ["add", "take"],
    ["add", "take"],
  ]),
  aba,
  messages(queue(4, 0), [
    ["add", "add"],
    ["take", "take"],
  ]),
  helped,
  // The tail's node leaves the queue and becomes the end of the list of free ones: a message linked behind it is lost.
  messages(
    queue(2, 0),
    [
      ["add", "take"],
      ["add", "take"],
    ],
    [{ file: "assembly/lockfree/queue.ts", search: "if (load64(at + TAIL) != tail) continue;", replace: "" }],
  ),
  // The tail's node comes back to be linked again: without its tag, a message could be linked behind it before it is in the queue.
  messages(
    queue(2, 0),
    [
      ["add", "take"],
      ["add", "take", "add"],
    ],
    [
      {
        file: "assembly/lockfree/queue.ts",
        search: "store64(link, relinked(load64(link), 0));",
        replace: "store64(link, 0);",
      },
    ],
    true,
  ),
  // The head's node leaves the queue and comes back at its end: head and tail are then the same node, and seem to be the same place.
  messages(
    queue(4, 2),
    [["take"], ["take", "add"]],
    [{ file: "assembly/lockfree/queue.ts", search: "if (load64(at + HEAD) != head) continue;", replace: "" }],
  ),
  // The same without the tail: the end of the list of free nodes seems to be that of the queue.
  messages(
    queue(2, 1),
    [["is it empty"], ["add", "take"]],
    [
      {
        file: "assembly/lockfree/queue.ts",
        search: "if (load64(at + HEAD) == head) return target(next) == 0 ? 1 : 0;",
        replace: "return target(next) == 0 ? 1 : 0;",
      },
    ],
  ),
];
