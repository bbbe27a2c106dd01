import type { Scenario } from "../explorer.js";
import { structureStart as at } from "../memory.js";

/** Two nodes of equal weight, and a ring on which all keys come to the first of them. */
const loadsBytes = 24 + 8 + 2 * 8;
const ring = at + loadsBytes;
const points = ring + 16 + 2 * 12;
const weights = points + 2 * 16;

/** No node takes more than its share of the keys that are there or on their way, every key finds a place, and each is counted. */
const loads: Scenario<"take" | "release", 0> = {
  name: "bounded loads: take | take, release | take",
  structure: "boundedLoads",
  bytes: weights + 8,
  entries: ["assembly/hashing/ring.ts", "assembly/hashing/bounded.ts", "assembly/hashing/loads.ts"],
  mutants: [
    {
      file: "assembly/hashing/loads.ts",
      search: "const held = cas32(to, load, load + 1);",
      replace: "const held = load;\n    store<u32>(to, load + 1);",
    },
    { file: "assembly/hashing/loads.ts", search: "while (load < most) {", replace: "while (load <= most) {" },
    {
      file: "assembly/hashing/loads.ts",
      search: "const held = cas32(to, load, load - 1);",
      replace: "const held = load;\n    cas32(to, load, load - 1);",
    },
  ],
  setUp(x, _, view) {
    for (const [node, position] of [0, 2 ** 31].entries()) {
      view.setUint32(weights + 4 * node, 1, true);
      view.setUint32(points + 16 * node + 4, position, true);
      view.setUint32(points + 16 * node + 8, node, true);
    }
    x["ringInit"]!(ring, points, 2);
    // A factor of 1 leaves no room to spare.
    x["loadsInit"]!(at, 2, 65_536, weights);
    x["loadsTakeOnRing"]!(at, ring, 0, 0);
  },
  threads: [["take"], ["take", "release"], ["take"]].map((inputs) =>
    inputs.map((input) => ({
      input: input as "take" | "release",
      run: (x) => (input === "take" ? x["loadsTakeOnRing"]!(at, ring, 0, 0) : x["loadsRelease"]!(at, 0)),
    })),
  ),
  // Where a key may go depends on keys that are on their way, so no call by itself is wrong.
  model: {
    initial: 0,
    apply: (state, input, result) => ((input === "release" ? result === 1 : result >= 0) ? state : undefined),
  },
  atEnd(x) {
    const [first, second, all] = [0, 1, -1].map((node) => x["loadsRead"]!(at, node)) as [number, number, number];
    if (first + second !== 3 || all !== 3) return `${first} and ${second} keys of 3, or ${all}`;
    // At most four keys were there at once.
    return Math.max(first, second) <= 2 ? undefined : `${first} and ${second} keys`;
  },
};

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const placementScenarios: readonly Scenario<any, any>[] = [loads];
