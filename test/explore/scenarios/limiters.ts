import type { Scenario } from "../explorer.js";
import { structureStart } from "../memory.js";

/** Two callers at once for permits of one bucket: exactly what is there is given out. */
const gcra: Scenario<"acquire" | "refund", number> = {
  name: "gcra: two threads take, one gives back",
  structure: "gcra",
  bytes: 128,
  entries: ["assembly/faces/gcra.ts"],
  mutants: [
    {
      file: "assembly/limiters/gcra.ts",
      search: "if (held == seen) return over > 0 ? over : 0;\n    seen = held;",
      replace: "return over > 0 ? over : 0;",
    },
    {
      file: "assembly/limiters/gcra.ts",
      search: "let word = load64(at + WORD);",
      replace: "let word = load<i64>(at + WORD);",
    },
  ],
  setUp(x, at) {
    // Three permits, and no time passes.
    x["gcraInit"]!(at, 1, 1e9, 3, 2);
  },
  threads: [["acquire", "acquire"], ["acquire", "acquire"], ["refund"]].map((inputs) =>
    inputs.map((input) => ({
      input: input as "acquire" | "refund",
      run: (x) => {
        if (input === "acquire") return x["gcraTryAcquire"]!(structureStart, 1, 1_000) === 0 ? 1 : 0;
        x["gcraRefund"]!(structureStart, 1, 1_000);
        return 0;
      },
    })),
  ),
  model: {
    initial: 2,
    apply: (permits, input, result) => {
      if (input === "refund") return Math.min(3, permits + 1);
      return result === Number(permits > 0) ? permits - result : undefined;
    },
  },
};

/** What a limiter has given, in permits of the rate that it has now, and how many of those it may give at once. */
interface Lent {
  readonly debt: number;
  readonly burst: number;
}

/** Where the limiter stands whose rate is taken over: behind the one that is used. */
const adoptedAt = structureStart + 64;

/**
 * A rate is changed while others use it: four permits of a millisecond become two of a third of one. Each call goes by the old rate or by
 * the new one, never by parts of both, and what was given stays given.
 */
const reconfigured: Scenario<"acquire" | "adopt" | "remaining", Lent> = {
  name: "gcra: one thread takes and one looks while a third changes the rate",
  structure: "gcra",
  bytes: 192,
  entries: ["assembly/faces/gcra.ts", "assembly/faces/gcra-live.ts"],
  mutants: [
    {
      // Who takes meanwhile is overwritten.
      file: "assembly/limiters/gcra.ts",
      search: "const word = stop(at);",
      replace: "const word = load64(at + WORD);",
    },
    {
      // Who looks sees the old word beside the new rate.
      file: "assembly/limiters/gcra.ts",
      search: "if (LIVE) add32(at + EPOCH, 1);",
      replace: "",
    },
    {
      file: "assembly/memory/live.ts",
      search: "return LIVE ? load64(address) : load<i64>(address);",
      replace: "return load<i64>(address);",
    },
  ],
  setUp(x, at) {
    x["gcraInit"]!(at, 1, 1_000, 4, 3);
    x["gcraInit"]!(at + 64, 3, 1_000, 2, 2);
  },
  threads: [["acquire"], ["remaining"], ["adopt"]].map((inputs) =>
    inputs.map((input) => ({
      input: input as "acquire" | "adopt" | "remaining",
      run: (x) => {
        if (input === "remaining") return x["gcraRemaining"]!(structureStart, 5_000);
        if (input === "acquire") return x["gcraTryAcquire"]!(structureStart, 1, 5_000) === 0 ? 1 : 0;
        x["gcraAdopt"]!(structureStart, adoptedAt, 5_000);
        return 0;
      },
    })),
  ),
  model: {
    initial: { debt: 1, burst: 4 },
    apply: ({ debt, burst }, input, result) => {
      if (input === "adopt") return { debt: (debt / burst) * 2, burst: 2 };
      if (input === "remaining") return result === Math.floor(burst - debt) ? { debt, burst } : undefined;
      return result === Number(debt + 1 <= burst) ? { debt: debt + result, burst } : undefined;
    },
  },
};

/** Permits in use never exceed the limit, and none is lost. */
const semaphore: Scenario<"acquire" | "release", number> = {
  name: "semaphore: three threads, two permits",
  structure: "semaphore",
  bytes: 80,
  entries: ["assembly/limiters/semaphore.ts"],
  mutants: [
    {
      file: "assembly/limiters/semaphore.ts",
      search: "const seen = cas32(at + 12, used, used - 1);",
      replace: "const seen = used;\n    store32(at + 12, used - 1);",
    },
    {
      file: "assembly/limiters/semaphore.ts",
      search: "while (used < load32(at + 8)) {",
      replace: "while (used <= load32(at + 8)) {",
    },
  ],
  setUp(x, at) {
    x["semaphoreInit"]!(at, 2);
  },
  threads: Array.from({ length: 3 }, () => [
    { input: "acquire" as const, run: (x) => x["semaphoreTryAcquire"]!(structureStart) },
    // Who got none has none to give back.
    { input: "release" as const, run: (x) => x["semaphoreRelease"]!(structureStart), when: ([got]) => got === 1 },
  ]),
  model: {
    initial: 0,
    apply: (used, input, result) => {
      if (input === "acquire") return result === Number(used < 2) ? used + result : undefined;
      return result === Number(used > 0) ? used - result : undefined;
    },
  },
};

/** A user's limiter of two permits, a tenant's of one, and the lists of two threads that ask both. */
const [user, tenant, lists] = [structureStart, structureStart + 64, structureStart + 128];

/**
 * What both have is given out once, and what a call took before it was refused is there again. A refusal may be for permits
 * that another call was about to give back, so it can come at any time; but never to everybody.
 */
const hierarchy: Scenario<"acquire", number> = {
  name: "hierarchy: two threads ask a user's and a tenant's limiter",
  structure: "hierarchy",
  bytes: lists + 2 * 48,
  entries: ["assembly/faces/gcra.ts", "assembly/faces/hierarchy.ts"],
  mutants: [
    {
      file: "assembly/limiters/hierarchy.ts",
      search: "for (let taken = i; taken > 0; ) ask(list, --taken, GIVE_BACK, weight, now);",
      replace: "",
    },
    {
      file: "assembly/limiters/hierarchy.ts",
      search: "const wait = ask(list, i, TAKE, weight, now);",
      replace: "const wait = ask(list, i, PEEK, weight, now);\n    if (wait == 0) ask(list, i, TAKE, weight, now);",
    },
  ],
  setUp(x, _, view) {
    x["gcraInit"]!(user, 1, 1e9, 2, 2);
    x["gcraInit"]!(tenant, 1, 1e9, 1, 1);
    for (const list of [lists, lists + 48]) {
      view.setUint32(list, 2, true);
      for (const [level, limiter] of [user, tenant].entries())
        view.setInt32(list + 16 + 16 * level, limiter - list, true);
    }
  },
  threads: [lists, lists + 48].map((list) => [
    { input: "acquire", run: (x) => (x["hierarchyTryAcquire"]!(list, 1, 1_000) === 0 ? 1 : 0) },
  ]),
  model: { initial: 1, apply: (left, _, result) => (result <= left ? left - result : undefined) },
  atEnd(x, results) {
    const admitted = results.flat().reduce((sum, each) => sum + each, 0);
    const left = [user, tenant].map((limiter) => x["gcraRemaining"]!(limiter, 1_000)).join();
    return admitted === 1 && left === "1,0" ? undefined : `${admitted} admitted, ${left} left`;
  },
};

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const limiterScenarios: readonly Scenario<any, any>[] = [gcra, reconfigured, semaphore, hierarchy];
