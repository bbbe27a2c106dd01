/** The book of who holds what: blocks of the arena below `book`, and the registry of two of them there. */

import type { Call, Scenario } from "../explorer.js";
import type { Calls } from "../machine.js";

const book = 1_024;
const bytes = book + 1_152 + 2 * 16;
const entries = ["assembly/memory/arena.ts", "assembly/faces/lockfree.ts"];
const source = "assembly/lockfree/registry.ts";

/** A registry, and blocks in the entries from 0 on, each held by the owner that is told. Returns where they are. */
function setUp(x: Calls, owners: readonly number[]): number[] {
  x["arenaInit"]!(book);
  x["registryInit"]!(book, 2);
  return owners.map((owner) => {
    const block = x["arenaAlloc"]!(8);
    x["registryAdd"]!(book, block, owner);
    return block;
  });
}

/** Where the first block of an arena stands: its prefix of 8 bytes is at the first unit behind the arena's own words. */
let first = 0;

const hold = (owner: number): Call<`hold ${number}`> => ({
  input: `hold ${owner}`,
  run: (x) => x["registryHold"]!(book, 0, first, 1, owner),
});
/** Lets go, where the thread holds it. */
const drop = (owner: number, when?: Call<string>["when"]): Call<`drop ${number}`> => ({
  input: `drop ${owner}`,
  ...(when === undefined ? {} : { when }),
  run: (x) => x["registryDrop"]!(book, 0, owner),
});

/** Whoever lets go last frees the block, and nobody takes hold of it afterwards. */
const last: Scenario<`hold ${number}` | `drop ${number}`, readonly number[]> = {
  name: "registry: drop | hold, drop | hold, drop",
  structure: "registry",
  bytes,
  entries,
  mutants: [
    {
      file: source,
      search: "if (cas64(place, holders, holders | bitOf(owner)) == holders) break;",
      replace: "store64(place, holders | bitOf(owner));\n    break;",
    },
    {
      file: source,
      search: "holders = seen;\n  }\n}\n\n/**\n * Frees what an owner held",
      replace: "return 0;\n  }\n}\n\n/**\n * Frees what an owner held",
    },
  ],
  setUp(x) {
    [first] = setUp(x, [1]) as [number];
  },
  threads: [[drop(1)], ...[2, 3].map((owner) => [hold(owner), drop(owner, ([got]) => got === 1)])],
  model: {
    initial: [1],
    apply(holders, input, result) {
      const [what, owner] = [input.slice(0, 4), Number(input.slice(5))];
      if (what === "hold") {
        if (result !== Number(holders.length > 0)) return undefined;
        return result === 0 ? holders : [...holders, owner].sort();
      }
      const left = holders.filter((each) => each !== owner);
      return result === Number(left.length === 0) ? left : undefined;
    },
  },
  atEnd: (x) => (x["arenaGeneration"]!(first) % 2 === 0 ? undefined : "the block is not free"),
};

/**
 * The block is freed, given out again and entered anew, in the same entry and by the same owner, while a thread takes hold of it by its
 * old handle: the entry's word looks as it did.
 */
const identity: Scenario<string, 0> = {
  name: "registry: hold | drop, alloc, enter",
  structure: "registry",
  bytes,
  entries,
  mutants: [
    {
      file: source,
      search: "if (load64(place + IDENTITY) == identity) return 1;\n",
      replace: "return 1;\n",
    },
    {
      file: source,
      search: "if (load64(place) != 0 || cas64(place, 0, MAKING) != 0) continue;",
      replace: "if (load64(place) != 0 || cas64(place, 0, bitOf(owner)) != 0) continue;",
    },
  ],
  setUp(x) {
    [first] = setUp(x, [1]) as [number];
  },
  threads: [
    [hold(2)],
    [
      drop(1),
      { input: "alloc", run: (x) => x["arenaAlloc"]!(8) },
      { input: "enter", run: (x, [, block]) => x["registryAdd"]!(book, block!, 1) },
    ],
  ],
  // Freed by the first who may, or by the thread that took hold of it in time.
  model: { initial: 0, apply: (state) => state },
  atEnd(x, results) {
    const [held, freed, block, entry] = results.flat();
    if (freed === held) return `freed: ${freed}, held: ${held}`;
    if ((block === first) !== (freed === 1)) return "a block that is held was given out";
    if (held === 1 && x["registryDrop"]!(book, 0, 2) !== 1) return "the block of the second owner was not freed";
    return x["registryDrop"]!(book, entry!, 1) === 1 ? undefined : "somebody holds the new block by an old handle";
  },
};

/** The entry is another block's right after the last holder is gone; each frees its own. */
const reuse: Scenario<string, 0> = {
  name: "registry: drop | alloc, enter",
  structure: "registry",
  bytes,
  entries,
  mutants: [
    {
      file: source,
      search: "return left == 0 ? arenaFree(<usize>(<u32>identity), <u32>(<u64>identity >> 32)) : 0;",
      replace:
        "return left == 0 ? arenaFree(<usize>load32(place + IDENTITY), <u32>(<u64>load64(place + IDENTITY) >> 32)) : 0;",
    },
  ],
  setUp(x) {
    [first] = setUp(x, [1]) as [number];
  },
  threads: [
    [drop(1)],
    [
      { input: "alloc", run: (x) => x["arenaAlloc"]!(8) },
      { input: "enter", run: (x, [block]) => x["registryAdd"]!(book, block!, 3) },
    ],
  ],
  model: { initial: 0, apply: (state, input, result) => (input === "drop 1" && result !== 1 ? undefined : state) },
  atEnd(x, results) {
    const [block, entry] = results[1]!;
    if (block === first ? x["arenaGeneration"]!(first) !== 3 : x["arenaGeneration"]!(first) !== 2)
      return "the first block was not freed once";
    return x["registryDrop"]!(book, entry!, 3) === 1 ? undefined : "the second block was not its holder's";
  },
};

/** Who sees that a number is somebody's sees whose. */
const label: Scenario<"join" | "look", boolean> = {
  name: "registry: join | look, look",
  structure: "registry",
  bytes,
  entries,
  mutants: [
    {
      file: source,
      search: "    store32(ownerAt(at, owner) + LABEL, label);\n    store32(ownerAt(at, owner), word | LIVE);",
      replace: "    store32(ownerAt(at, owner), word | LIVE);\n    store32(ownerAt(at, owner) + LABEL, label);",
    },
  ],
  setUp(x) {
    setUp(x, []);
  },
  threads: [
    [{ input: "join", run: (x) => x["registryJoin"]!(book, 7) }],
    [0, 1].map(() => ({
      input: "look" as const,
      run: (x) => ((x["registryOwner"]!(book, 1, 0) & 3) === 1 ? x["registryOwner"]!(book, 1, 1) : -1),
    })),
  ],
  model: {
    initial: false,
    apply(joined, input, result) {
      if (input === "join") return result === 1 ? true : undefined;
      return result === (joined ? 7 : -1) ? joined : undefined;
    },
  },
};

/** Two threads join, and one of them leaves: each number is one thread's. */
const join: Scenario<"join" | "leave", readonly number[]> = {
  name: "registry: join, leave, join | join",
  structure: "registry",
  bytes,
  entries,
  mutants: [
    {
      file: source,
      search: "if ((word & STATE) != 0 || cas32(ownerAt(at, owner), word, word | CHANGING) != word) continue;",
      replace: "if ((word & STATE) != 0) continue;\n    store32(ownerAt(at, owner), word | CHANGING);",
    },
  ],
  setUp(x) {
    setUp(x, []);
  },
  threads: [
    [
      { input: "join", run: (x) => x["registryJoin"]!(book, 7) },
      {
        input: "leave",
        run(x, [owner]) {
          const word = x["registryOwner"]!(book, owner!, 0);
          return x["registryReclaim"]!(book, owner!, word) === 1 ? owner! : 0;
        },
      },
      { input: "join", run: (x) => x["registryJoin"]!(book, 7) },
    ],
    [{ input: "join", run: (x) => x["registryJoin"]!(book, 8) }],
  ],
  model: {
    initial: [],
    apply(live, input, result) {
      if (input === "join") return result === 0 || live.includes(result) ? undefined : [...live, result].sort();
      return live.includes(result) ? live.filter((each) => each !== result) : undefined;
    },
  },
};

/** Two threads find out that the first owner is dead: one of them frees what it held, and its number is given out once. */
const dead: Scenario<"reclaim" | "join", "dead" | "reclaimed"> = {
  name: "registry: reclaim | reclaim, join",
  structure: "registry",
  bytes,
  entries,
  mutants: [
    {
      file: source,
      search: "if (cas32(ownerAt(at, owner), word, word ^ STATE) != word) return 0;",
      replace: "store32(ownerAt(at, owner), word ^ STATE);",
    },
  ],
  setUp(x) {
    x["arenaInit"]!(book);
    x["registryInit"]!(book, 2);
    x["registryJoin"]!(book, 7);
    first = x["arenaAlloc"]!(8);
    x["registryAdd"]!(book, first, 1);
  },
  // The dead owner's word: its number was given out for the first time.
  threads: [
    [{ input: "reclaim", run: (x) => x["registryReclaim"]!(book, 1, 1) }],
    [
      { input: "reclaim", run: (x) => x["registryReclaim"]!(book, 1, 1) },
      { input: "join", run: (x) => x["registryJoin"]!(book, 8) },
    ],
  ],
  model: {
    initial: "dead",
    apply(state, input, result) {
      if (input === "join") return result === 2 || (result === 1 && state === "reclaimed") ? state : undefined;
      return result === Number(state === "dead") ? "reclaimed" : undefined;
    },
  },
  atEnd: (x) => (x["arenaGeneration"]!(first) === 2 ? undefined : "the block was not freed once"),
};

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const registryScenarios: readonly Scenario<any, any>[] = [last, identity, reuse, join, label, dead];
