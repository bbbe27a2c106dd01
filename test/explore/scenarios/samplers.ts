import type { Scenario } from "../explorer.js";
import { structureStart as at } from "../memory.js";

const pacerBytes = 104;
const allBits = 2 ** 56;

/** The burst of a rate-limited sampler is given out exactly, and what it refused is counted. */
const limited: Scenario<"decide", number> = {
  name: "rate-limited sampler: three threads, a burst of one",
  structure: "pacer",
  bytes: at + pacerBytes,
  entries: ["assembly/faces/sampling.ts"],
  mutants: [
    {
      file: "assembly/sampling/pacer.ts",
      search: "add32(at + REFUSED, 1);",
      replace: "store<u32>(at, load<u32>(at, REFUSED) + 1, REFUSED);",
    },
    {
      file: "assembly/limiters/meter.ts",
      search: "if (held == seen) return after > window ? after - window : 0;",
      replace: "return after > window ? after - window : 0;",
    },
  ],
  // One trace in a long time, in windows that are longer still.
  setUp: (x) => void x["pacerInit"]!(at, 1, 1e9, 1, 1e10, 1),
  threads: [1, 1, 1].map((calls) =>
    Array.from({ length: calls }, () => ({
      input: "decide" as const,
      run: (x) => (x["pacerDecide"]!(at, -1, 0xff_ffff, 1_000) === allBits ? 1 : 0),
    })),
  ),
  model: {
    initial: 1,
    apply: (left, _, result) => (result === Number(left > 0) ? left - result : undefined),
  },
  atEnd: (x) => (x["pacerRead"]!(at, 2) === 2 ? undefined : `${x["pacerRead"]!(at, 2)} refused, not 2`),
};

/** Two threads find that the window is over: one of them ends it, and the traces in it are counted once. */
const window: Scenario<"decide", 0> = {
  name: "adaptive sampler: two threads end a window of three traces",
  structure: "pacer",
  bytes: at + pacerBytes,
  entries: ["assembly/faces/sampling.ts"],
  mutants: [
    {
      file: "assembly/sampling/pacer.ts",
      search: "if (cas64(at + START, start, start + windows * length) == start) endWindows(at, windows);",
      replace: "cas64(at + START, start, start + windows * length);\n  endWindows(at, windows);",
    },
    {
      file: "assembly/sampling/pacer.ts",
      search: "const held = cas32(word, seen, seen + 1);",
      replace: "const held = seen;\n    store32(word, seen + 1);",
    },
  ],
  setUp(x) {
    // Windows of a second.
    x["pacerInit"]!(at, 100, 1e6, 1, 8e6, 0);
    for (let n = 0; n < 3; n++) x["pacerDecide"]!(at, 0, 0, 1_000);
  },
  threads: [1, 1].map((calls) =>
    Array.from({ length: calls }, () => ({
      input: "decide" as const,
      run: (x) => x["pacerDecide"]!(at, 0, 0, 1_001_000),
    })),
  ),
  model: { initial: 0, apply: (state, _, result) => (result === allBits ? state : undefined) },
  atEnd(x) {
    // Who came between the end of the window and the taking of its count is counted in it, and not in the next.
    const first = x["pacerRead"]!(at, 1) / 65_536;
    x["pacerDecide"]!(at, 0, 0, 2_001_000);
    const both = x["pacerRead"]!(at, 1) / 65_536;
    // The older window counts by 2^(-1/8).
    const decay = 2 ** -0.125;
    const expected = (first * decay + (5 - first)) / (decay + 1);
    if (first !== 3 && first !== 4) return `${first} traces in the window`;
    return Math.abs(both - expected) < 0.01 ? undefined : `${both} traces a window, not ${expected}`;
  },
};

/** Ended traces of two classes from two threads at once: each is counted, as seen and as kept. */
const biased: Scenario<"failed" | "ordinary", 0> = {
  name: "error-biased sampler: two threads count",
  structure: "biased",
  bytes: at + 64,
  entries: ["assembly/faces/sampling.ts"],
  mutants: [
    {
      file: "assembly/sampling/biased.ts",
      search: "add32(at + SEEN + group, 1);",
      replace: "store<u32>(at + group, load<u32>(at + group, SEEN) + 1, SEEN);",
    },
    {
      file: "assembly/sampling/biased.ts",
      search: "add32(at + KEPT + group, 1);",
      replace: "store<u32>(at + group, load<u32>(at + group, KEPT) + 1, KEPT);",
    },
  ],
  // Of ordinary traces none is kept, of those that failed all.
  setUp: (x) => void x["biasedInit"]!(at, 0, 2 ** 24, 0, 0, 0, 0, Number.NaN),
  threads: [
    ["failed", "ordinary"],
    ["ordinary", "failed", "failed"],
  ].map((inputs) =>
    inputs.map((input) => ({
      input: input as "failed" | "ordinary",
      run: (x) => (x["biasedDecide"]!(at, 1, 1, input === "failed" ? 1 : 0, Number.NaN, 0, 0) > 0 ? 1 : 0),
    })),
  ),
  model: { initial: 0, apply: (state, input, result) => (result === Number(input === "failed") ? state : undefined) },
  atEnd(x) {
    const counts = [0, 1, 2].flatMap((group) => [0, 1].map((what) => x["biasedRead"]!(at, group, what))).join();
    return counts === "2,0,0,0,3,3" ? undefined : `seen and kept are ${counts}`;
  },
};

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const samplerScenarios: readonly Scenario<any, any>[] = [limited, window, biased];
