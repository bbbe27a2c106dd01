import type { Call, Mutant, Scenario } from "../explorer.js";
import { structureStart as at } from "../memory.js";

/** What is asked, by the numbers of `mapAsk`. */
const asks = { get: 0, set: 1, insert: 2, remove: 3, add: 4, replace: 5 } as const;

/** A question, of a key, with a value where there is one; `replace` expects 1. */
type Question = readonly [what: keyof typeof asks, key: number, value?: number];

const bytes = 384 + 8 + 63 * 24;
const source = "assembly/lockfree/map.ts";

function callOf(question: Question, thread: number): Call<Question> {
  const [what, key, value = 0] = question;
  // Each thread has its own place for the value that it is told.
  const out = at + bytes + 8 * thread;
  return {
    input: question,
    run: (x) => x["mapAsk"]!(at, asks[what], key, 0, value, 0, 1, 0, out),
    // Absent is 0; present is the value told, and one, so that it is never 0.
    tell: (memory, result) => (result === 0 ? 0 : 1 + Number(memory.read(out, 8))),
  };
}

/** What is in the map, as pairs in the order of their keys. */
type Pairs = readonly (readonly [key: number, value: number])[];

/** A map whose keys are all in one bucket, in which key 2 has the value 1 at first. */
const map = (
  threads: readonly (readonly Question[])[],
  mutants: readonly Mutant[],
  large = false,
): Scenario<Question, Pairs> => ({
  large,
  name: `map: ${threads.map((questions) => questions.map((each) => each.join(" ")).join(", ")).join(" | ")}`,
  structure: "map",
  bytes: at + bytes + 64,
  entries: ["assembly/faces/lockfree.ts"],
  mutants,
  setUp(x) {
    x["mapInit"]!(at, 1, 0, 0, 0, 0);
    x["mapAsk"]!(at, asks.set, 2, 0, 1, 0, 0, 0, at + bytes);
  },
  threads: threads.map((questions, thread) => questions.map((question) => callOf(question, thread))),
  model: {
    initial: [[2, 1]],
    apply(pairs, [what, key, value = 0], result) {
      const held = pairs.find(([each]) => each === key)?.[1];
      const others = pairs.filter(([each]) => each !== key);
      const sum = what === "add" ? (held ?? 0) + value : value;
      if (result !== (held === undefined ? 0 : 1 + (what === "add" ? sum : held))) return undefined;
      if (what === "remove") return others;
      const writes =
        what === "set" || what === "add" || (held === undefined ? what === "insert" : what === "replace" && held === 1);
      return writes ? [...others, [key, sum] as const].sort(([a], [b]) => a - b) : pairs;
    },
  },
});

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const mapScenarios: readonly Scenario<any, any>[] = [
  map(
    [
      [
        ["set", 1, 5],
        ["remove", 1],
      ],
      [
        ["set", 1, 6],
        ["get", 2],
      ],
    ],
    [],
    true,
  ),
  map(
    [
      [["remove", 2]],
      [
        ["set", 2, 5],
        ["set", 3, 6],
      ],
    ],
    [{ file: source, search: "if (load64(previous) != link) {", replace: "if (false) {" }],
  ),
  // A node without its mark is found again before it is taken out of the list.
  map(
    [[["remove", 2]], [["remove", 2]]],
    [{ file: source, search: "relinked(next, <u32>next | 1)", replace: "relinked(next, <u32>next)" }],
  ),
  // Replaced, the old node would lead to the new one and still be the first of its key: who removes it would find the other.
  map(
    [
      [["set", 2, 5]],
      [
        ["remove", 2],
        ["get", 2],
      ],
    ],
    [
      { file: source, search: "relinked(next, (spare << 1) | 1)", replace: "relinked(next, spare << 1)" },
      { file: source, search: "if (isMarked(next)) {", replace: "if (false) {" },
    ],
  ),
  // The node becomes that of another key between the look at its key and the look at its value.
  map(
    [
      [["get", 2]],
      [
        ["remove", 2],
        ["insert", 3, 6],
      ],
    ],
    [{ file: source, search: "if (load64(node) != next) continue;", replace: "" }],
  ),
  map(
    [[["add", 2, 3]], [["replace", 2, 7]]],
    [
      {
        file: source,
        search: "if (cas64(node, next, replaced) != next) continue;",
        replace: "store64(node, replaced);",
      },
    ],
  ),
  map(
    [
      [["remove", 2]],
      [
        ["remove", 2],
        ["set", 1, 5],
      ],
      [["get", 2]],
    ],
    [],
    true,
  ),
];
