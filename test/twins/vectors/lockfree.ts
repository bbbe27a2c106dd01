/** Vectors of the lock-free structures: what one thread gets from each, whatever the build. */

import { seeded } from "../../../ts/kernel/index.js";
import { asks, TwinDeque, TwinMap, TwinPermits, TwinQueue, TwinStack } from "../lockfree.js";

export interface LockFreeVectors {
  /** `push` with a value and whether there was room, `pop` with what came, null for nothing. */
  readonly messages: readonly {
    readonly structure: "spsc" | "mpmc" | "queue" | "stack";
    readonly capacity: number;
    readonly steps: readonly (readonly ["push", number, boolean] | readonly ["pop", number | null])[];
  }[];
  readonly deque: {
    readonly capacity: number;
    readonly steps: readonly (readonly ["push", number, boolean] | readonly ["take" | "steal", number])[];
  };
  /** What is asked, key, value, expected, and the answer with the value that comes with it; all as decimal texts of 64 bits. */
  readonly map: readonly (readonly [string, string, string, string, number, string | null])[];
  /** Operation, owner, answer, permits in use after it. */
  readonly permits: {
    readonly permits: number;
    readonly steps: readonly (readonly [string, number, number, number])[];
  };
}

/** A source of whole numbers below `below`, the same in each run. */
function numbers(seed: number): (below: number) => number {
  const random = seeded(seed);
  return (below) => Math.floor(random.next() * below);
}

/** Whether step `index` pushes: for a while mostly, then seldom, so that structures run full and empty. */
const pushes = (index: number, below: (below: number) => number): boolean =>
  below(10) < (Math.floor(index / 25) % 2 === 0 ? 8 : 2);

function messages(structure: LockFreeVectors["messages"][number]["structure"], capacity: number, seed: number) {
  const below = numbers(seed);
  const twin = structure === "stack" ? new TwinStack<number>(capacity) : new TwinQueue<number>(capacity);
  const steps = Array.from({ length: 100 }, (_, index) =>
    pushes(index, below) ? (["push", index, twin.push(index)] as const) : (["pop", twin.pop() ?? null] as const),
  );
  return { structure, capacity, steps };
}

function deque(capacity: number): LockFreeVectors["deque"] {
  const below = numbers(5);
  const twin = new TwinDeque(capacity);
  const steps = Array.from({ length: 150 }, (_, index) => {
    const item = index * 2 ** 45;
    if (pushes(index, below)) return ["push", item, twin.push(item)] as const;
    return below(2) === 0 ? (["take", twin.pop() ?? -1] as const) : (["steal", twin.steal() ?? -1] as const);
  });
  return { capacity, steps };
}

function map(): LockFreeVectors["map"] {
  const below = numbers(6);
  const twin = new TwinMap();
  const values = [0n, 1n, 2n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n];
  return Array.from({ length: 200 }, () => {
    const what = asks[below(asks.length)]!;
    const [key, value, expected] = [values[below(6)]!, values[below(6)]!, values[below(3)]!];
    const [status, held] = twin.ask(what, key, value, expected);
    return [what, `${key}`, `${value}`, `${expected}`, status, held === undefined ? null : `${held}`] as const;
  });
}

function permits(): LockFreeVectors["permits"] {
  const below = numbers(7);
  const twin = new TwinPermits(4);
  const steps = Array.from({ length: 150 }, (_, index) => {
    const owner = 1 + below(3);
    const what = below(30) === 0 ? "reclaim" : pushes(index, below) ? "acquire" : "release";
    const answer =
      what === "reclaim"
        ? twin.reclaim(owner)
        : Number(what === "acquire" ? twin.tryAcquire(owner) : twin.release(owner));
    return [what, owner, answer, twin.inUse] as const;
  });
  return { permits: 4, steps };
}

export const lockFreeVectors = (): LockFreeVectors => ({
  messages: [messages("spsc", 8, 1), messages("mpmc", 8, 2), messages("queue", 7, 3), messages("stack", 7, 4)],
  deque: deque(8),
  map: map(),
  permits: permits(),
});
