import type { Scenario } from "../explorer.js";
import { structureStart as at } from "../memory.js";

/** A record of so many bytes is offered; the oldest is looked at; the room of the one that was looked at is given back. */
type Input = `offer ${number}` | "look" | "give back";

interface Ring {
  readonly tail: number;
  readonly head: number;
  /** Lengths of the records that are there, and where the count of bytes stands behind each. */
  readonly records: readonly (readonly [length: number, end: number])[];
}

const capacity = 64;

const offer = (length: number) => ({
  input: `offer ${length}` as const,
  run(x: Parameters<Scenario<Input, Ring>["setUp"]>[0]) {
    const slot = x["recordsReserve"]!(at, length);
    if (slot !== 0) x["recordsCommit"]!(at);
    return slot === 0 ? 0 : 1;
  },
});

/** The length stands before the record, which is the consumer's own until it gives it back. */
const look = {
  input: "look" as const,
  run: (x: Parameters<Scenario<Input, Ring>["setUp"]>[0]) => x["recordsPeek"]!(at),
  tell: (memory: { read(address: number, bytes: number): bigint }, slot: number) =>
    slot === 0 ? 0 : Number(memory.read(slot - 8, 4)),
};

const giveBack = {
  input: "give back" as const,
  when: (results: readonly number[]) => results.at(-1) !== 0,
  run(x: Parameters<Scenario<Input, Ring>["setUp"]>[0]) {
    x["recordsRelease"]!(at);
    return 1;
  },
};

/** Records of 16, 32 and 32 bytes with their heads: the third does not fit behind the second and begins at the ring's start. */
const ring: Scenario<Input, Ring> = {
  name: "records: offer three, the last over the end | look and give back, three times",
  structure: "records",
  bytes: at + 384 + capacity,
  entries: ["assembly/faces/lockfree.ts"],
  mutants: [
    {
      file: "assembly/lockfree/records.ts",
      search: "if (mask + 1 - (tail - head) < size + skip) return NONE;",
      replace: "if (mask + 1 - (tail - head) < size) return NONE;",
    },
    {
      file: "assembly/lockfree/records.ts",
      search: "store32(at + TAIL, load<u32>(at, TAIL_NEXT));",
      replace: "store<u32>(at, load<u32>(at, TAIL_NEXT), TAIL);",
    },
    {
      file: "assembly/lockfree/records.ts",
      search: "store<u32>(at, head + ((length + PREFIX + 7) & ~7), HEAD_NEXT);",
      replace:
        "store32(at + HEAD, head + ((length + PREFIX + 7) & ~7));\n  store<u32>(at, load<u32>(at, HEAD), HEAD_NEXT);",
    },
  ],
  setUp: (x) => void x["recordsInit"]!(at, capacity),
  threads: [
    [offer(8), offer(24), offer(20)],
    [look, giveBack, look, giveBack, look, giveBack],
  ],
  model: {
    initial: { tail: 0, head: 0, records: [] },
    apply({ tail, head, records }, input, result) {
      if (input === "look") return result === (records[0]?.[0] ?? 0) ? { tail, head, records } : undefined;
      if (input === "give back") return { tail, head: records[0]![1], records: records.slice(1) };
      const length = Number(input.split(" ")[1]);
      const size = Math.ceil((length + 8) / 8) * 8;
      const left = capacity - (tail % capacity);
      const end = tail + size + (size > left ? left : 0);
      if (result !== Number(end - head <= capacity)) return undefined;
      return result === 0 ? { tail, head, records } : { tail: end, head, records: [...records, [length, end]] };
    },
  },
};

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const recordScenarios: readonly Scenario<any, any>[] = [ring];
