/**
 * Real threads over one memory, two and four: nothing is lost, doubled, torn or out of order, and no limit is passed by one. The
 * threads run the built package.
 */

import { describe, expect, test } from "vitest";
import {
  ConcurrentHashMap,
  ConcurrentQueue,
  ConcurrentStack,
  Gcra,
  MpmcRing,
  RecordRing,
  Semaphore,
  SharedSemaphore,
  SpscRing,
  TokenBucket,
  WorkStealingDeque,
} from "../../ts/core/index.js";
import { sharedRuntime } from "../../ts/shared/index.js";
import { inThreads } from "./threads.js";

/** `npm run test:long` runs these ten times as long. */
const longer = process.env["HOLDFAST_LONG"] === "1" ? 10 : 1;

const runtime = sharedRuntime({ memoryBytes: 4 << 20 });
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

interface Taken {
  readonly sum: number;
  readonly squares: number;
  readonly count: number;
}

describe.each([2, 4])("%i threads", (threads) => {
  test.each([
    { name: "token bucket", make: (burst: number) => new TokenBucket({ limit: 1, perMs: 1e6, burst }, runtime) },
    { name: "GCRA", make: (burst: number) => new Gcra({ limit: 1, perMs: 1e6, burst }, runtime) },
  ])("a $name admits exactly its burst", async ({ make }) => {
    const rounds = 100_000 * longer;
    using limiter = make(rounds);
    const { handle } = limiter;
    const admitted = await inThreads<number>(runtime, threads, { kind: handle.kind, handle, task: "acquire", rounds });
    expect(sum(admitted)).toBe(rounds);
    expect(limiter.remaining(1)).toBe(0);
  });

  test.each([
    { name: "semaphore", make: () => new Semaphore({ permits: 1 }, runtime) },
    { name: "shared semaphore", make: () => new SharedSemaphore({ permits: 1 }, runtime) },
  ])("a $name never has more permits out than it has, and gets all back", async ({ make }) => {
    using semaphore = make();
    const { handle } = semaphore;
    const job = { kind: handle.kind, handle, task: "permits", rounds: 50_000 * longer };
    const answers = await inThreads<{ most: number; held?: number }>(runtime, threads, job);
    expect(Math.max(...answers.map(({ most }) => most))).toBe(1);
    expect(answers.map(({ held }) => held ?? 0)).toEqual(answers.map(() => 0));
    expect(semaphore.inUse).toBe(0);
  });

  test.each([
    { name: "MPMC ring", ordered: true, make: () => new MpmcRing({ capacity: 64, messageBytes: 16 }, runtime) },
    { name: "queue", ordered: true, make: () => new ConcurrentQueue({ capacity: 64, messageBytes: 16 }, runtime) },
    { name: "stack", ordered: false, make: () => new ConcurrentStack({ capacity: 64, messageBytes: 16 }, runtime) },
    { name: "SPSC ring", ordered: true, make: () => new SpscRing({ capacity: 64, messageBytes: 16 }, runtime) },
  ])("a $name loses, doubles and tears no message", async ({ name, ordered, make }) => {
    using it = make();
    const { handle } = it;
    const rounds = 20_000 * longer;
    const size = name === "SPSC ring" ? 2 : threads;
    const answers = await inThreads<Taken | { sent: number }>(runtime, size, {
      kind: handle.kind,
      handle,
      task: "messages",
      rounds,
      ordered,
    });
    const taken = answers.filter((answer): answer is Taken => "count" in answer);
    const total = (size / 2) * rounds;
    let squares = 0;
    for (let value = 1; value <= total; value++) squares = (squares + (value % 65_521) ** 2) % 2 ** 40;
    expect(sum(taken.map(({ count }) => count))).toBe(total);
    expect(sum(taken.map((one) => one.sum))).toBe((total * (total + 1)) / 2);
    expect(sum(taken.map((one) => one.squares)) % 2 ** 40).toBe(squares);
    expect(it.take()).toBe(-1);
  });

  test("a deque gives each item to its owner or to one thief", async () => {
    using deque = new WorkStealingDeque({ capacity: 32 }, runtime);
    const { handle } = deque;
    const rounds = 50_000 * longer;
    const job = { kind: handle.kind, handle, task: "steal", rounds };
    const answers = await inThreads<Taken>(runtime, threads, job);
    expect(sum(answers.map(({ count }) => count))).toBe(rounds);
    expect(sum(answers.map((one) => one.sum))).toBe((rounds * (rounds + 1)) / 2);
  });

  test("a map loses no addition and mixes no keys up", async () => {
    using map = new ConcurrentHashMap({ capacity: 300 }, runtime);
    const { handle } = map;
    const rounds = 10_000 * longer;
    await inThreads<boolean>(runtime, threads, { kind: handle.kind, handle, task: "map", rounds });
    expect(sum([0, 1, 2, 3, 4, 5, 6].map((key) => map.get(key)!))).toBe(threads * rounds);
    expect(map.get("max")).toBe(rounds - 1);
    expect(map.size).toBe(7 + 1 + threads * 25);
  });
});

test("records keep their lengths and bytes between two threads that sleep for each other", async () => {
  using ring = new RecordRing({ capacityBytes: 1024 }, runtime);
  const { handle } = ring;
  const rounds = 5_000 * longer;
  expect(await inThreads(runtime, 2, { kind: handle.kind, handle, task: "records", rounds })).toEqual([rounds, rounds]);
});

test("batches keep the order", async () => {
  using ring = new SpscRing({ capacity: 256, messageBytes: 8 }, runtime);
  const { handle } = ring;
  const rounds = 500_000 * longer;
  expect(await inThreads(runtime, 2, { kind: handle.kind, handle, task: "batches", rounds })).toEqual([rounds, rounds]);
});
