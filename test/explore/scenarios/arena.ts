import type { Call, Scenario } from "../explorer.js";

type Input = "alloc" | "free";

const alloc: Call<Input> = { input: "alloc", run: (x) => x["arenaAlloc"]!(8) };
/** Frees the block that the thread took first. */
const free: Call<Input> = {
  input: "free",
  run: (x, [block]) => x["arenaFree"]!(block!, x["arenaGeneration"]!(block!)),
};

/**
 * Blocks of one class are taken and freed at once, from a list of two and from fresh memory: none is given out twice, each is
 * freed once, and there is always room. A list without its tag fails here, when a block is taken, the next one too, and the
 * first comes back while somebody is about to take it.
 */
const arena: Scenario<Input, readonly (readonly number[])[]> = {
  name: "arena: two threads take two blocks, one of them gives one back",
  structure: "arena",
  bytes: 1_024,
  entries: ["assembly/memory/arena.ts"],
  mutants: [
    {
      file: "assembly/memory/arena.ts",
      // Either of the two places that count is enough.
      search: "(((top >> 32) + 1) << 32)",
      replace: "((top >> 32) << 32)",
      times: 2,
    },
    {
      file: "assembly/memory/arena.ts",
      search: "const seen = cas32(BUMP, bump, <u32>end);",
      replace: "const seen = bump;\n      store32(BUMP, <u32>end);",
    },
  ],
  setUp(x) {
    x["arenaInit"]!(1_024);
    const blocks = [x["arenaAlloc"]!(8), x["arenaAlloc"]!(8)];
    for (const block of blocks) x["arenaFree"]!(block, 1);
  },
  threads: [
    [alloc, alloc],
    [alloc, alloc, free],
  ],
  // What each thread holds.
  model: {
    initial: [[], []],
    apply(held, input, result, thread) {
      const isFree = result !== 0 && !held.flat().includes(result);
      const own = held[thread]!;
      if (input === "alloc" ? !isFree : result !== 1) return undefined;
      return held.map((blocks, index) =>
        index !== thread ? blocks : input === "alloc" ? [...own, result] : own.slice(1),
      );
    },
  },
};

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const arenaScenarios: readonly Scenario<any, any>[] = [arena];
