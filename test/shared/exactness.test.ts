/**
 * Real threads over one memory, two and four: nothing is lost, doubled, torn or out of order, and no limit is passed by one. The
 * threads run the built package.
 */

import { describe, expect, test } from "vitest";
import {
  AdaptiveSampler,
  AttemptLimit,
  ConcurrentHashMap,
  ConcurrentQueue,
  ConcurrentStack,
  ErrorBiasedSampler,
  FixedWindow,
  Gcra,
  HdrHistogram,
  HybridClock,
  LatencyHistogram,
  LeakyBucketMeter,
  LeakyBucketQueue,
  MpmcRing,
  RateLimitedSampler,
  RecordRing,
  RetryThrottle,
  Semaphore,
  SharedBreakerMachine,
  SharedSemaphore,
  SlidingWindowCounter,
  SpscRing,
  TokenBucket,
  WorkStealingDeque,
} from "../../ts/core/index.js";
import { type StructureHandle, sharedRuntime } from "../../ts/shared/index.js";
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
    { name: "meter", make: (burst: number) => new LeakyBucketMeter({ limit: 1, perMs: 1e6, burst }, runtime) },
    { name: "fixed window", make: (limit: number) => new FixedWindow({ limit, perMs: 1e6 }, runtime) },
    { name: "sliding window", make: (limit: number) => new SlidingWindowCounter({ limit, perMs: 1e6 }, runtime) },
  ])("a $name admits exactly its burst", async ({ make }) => {
    const rounds = 100_000 * longer;
    using limiter = make(rounds);
    const { handle } = limiter;
    const admitted = await inThreads<number>(runtime, threads, { kind: handle.kind, handle, task: "acquire", rounds });
    expect(sum(admitted)).toBe(rounds);
    expect(limiter.remaining(1)).toBe(0);
  });

  test("a queue gives each turn once", async () => {
    const rounds = 20_000 * longer;
    using queue = new LeakyBucketQueue({ limit: 1, perMs: 1, capacity: rounds }, runtime);
    const { handle } = queue;
    const answers = await inThreads<Taken>(runtime, threads, { kind: handle.kind, handle, task: "enter", rounds });
    expect(sum(answers.map(({ count }) => count))).toBe(rounds);
    expect(sum(answers.map((one) => one.sum))).toBe((rounds * (rounds - 1)) / 2);
    expect(queue.remaining(1)).toBe(0);
  });

  test("a rate that changes all the time is never seen in parts, and nobody waits for ever", async () => {
    const rounds = 10_000 * longer;
    using bucket = new TokenBucket({ limit: 1, perMs: 1e6, burst: 1_000 }, runtime);
    const { handle } = bucket;
    const job = { kind: handle.kind, handle, task: "reconfigure", rounds };
    const admitted = sum(await inThreads<number>(runtime, threads, job));
    expect(bucket.remaining(1)).toBe(0);
    // A permit is a thousandth of the limiter, or a two-thousandth.
    expect(admitted).toBeGreaterThanOrEqual(1_000);
    expect(admitted).toBeLessThanOrEqual(2_000);
  });

  test("a breaker counts every result", async () => {
    const rounds = 3_000;
    const rules = { calls: threads * rounds, minimumCalls: threads * rounds, failureRate: 1 };
    using breaker = new SharedBreakerMachine({ kind: "count", ...rules }, runtime);
    const { handle } = breaker;
    const admitted = await inThreads<number>(runtime, threads, { kind: handle.kind, handle, task: "settle", rounds });
    expect(sum(admitted)).toBe(threads * rounds);
    expect([breaker.calls(1), breaker.failures(1)]).toEqual([threads * rounds, (threads * rounds) / 3]);
    expect([breaker.state(1), breaker.generation]).toEqual([0, 0]);
  });

  test("a throttle and an attempt limit count every result", async () => {
    const rounds = 1_000;
    using throttle = new RetryThrottle({ maxTokens: 1e6, tokenRatio: 1 }, runtime);
    using limit = new AttemptLimit({ maxAttempts: 64, window: 4_096 }, runtime);
    const inAll = async (handle: StructureHandle, task: string) =>
      await inThreads<number>(runtime, threads, { kind: handle.kind, handle, task, rounds });
    await inAll(throttle.handle, "fail");
    await inAll(limit.handle, "attempts");
    expect(throttle.tokens).toBe(1e6 - threads * rounds);
    expect(limit.failureRate).toBeCloseTo(0.5, 3);
  });

  test("samplers count every trace and keep no more than their limit", async () => {
    const rounds = 10_000 * longer;
    const total = threads * rounds;
    using limited = new RateLimitedSampler({ limit: 500, perMs: 1e6, halfLifeMs: 8e6 }, runtime);
    using adaptive = new AdaptiveSampler({ limit: 500, halfLifeMs: 8_000 }, runtime);
    using biased = new ErrorBiasedSampler({ ratio: 0 }, runtime);
    const inAll = async (handle: StructureHandle, task: string) =>
      sum(await inThreads<number>(runtime, threads, { kind: handle.kind, handle, task, rounds }));
    expect(await inAll(limited.handle, "sample")).toBe(500);
    expect(limited.refused).toBe(total - 500);
    await inAll(adaptive.handle, "sample");
    adaptive.sample("0".repeat(32), 1_001);
    expect(adaptive.ratePerSecond).toBe(total);
    expect(await inAll(biased.handle, "sampleEnded")).toBe(total / 2);
    expect([biased.seen("ordinary"), biased.seen("failed"), biased.kept("failed")]).toEqual(Array(3).fill(total / 2));
  });

  test("a hybrid clock gives each timestamp once", async () => {
    const rounds = 20_000 * longer;
    using clock = new HybridClock({}, runtime);
    const { handle } = clock;
    await inThreads<number>(runtime, threads, { kind: handle.kind, handle, task: "tick", rounds });
    // Each call moves the clock on by one; the first may find it some milliseconds before the latest reading.
    const { wallMs, logical } = clock.last;
    expect((wallMs - 1_000) * 1_000 * 4_096 + logical).toBeGreaterThanOrEqual(threads * rounds - 3 * threads);
    expect((wallMs - 1_000) * 1_000 * 4_096 + logical).toBeLessThan(threads * rounds);
  });

  test.each([
    { name: "latency histogram", make: () => new LatencyHistogram({}, runtime) },
    { name: "HDR histogram", make: () => new HdrHistogram({}, runtime) },
  ])("a $name loses no value while it is read", async ({ make }) => {
    const rounds = 10_000 * longer;
    using histogram = make();
    const { handle } = histogram;
    await inThreads<number>(runtime, threads, { kind: handle.kind, handle, task: "record", rounds });
    const factors = (threads * (threads + 1)) / 2;
    expect([histogram.count, histogram.min, histogram.max]).toEqual([threads * rounds, 0, 999 * threads]);
    expect(histogram.sum).toBe(rounds * 499.5 * factors);
    using kept = new LatencyHistogram();
    kept.merge(histogram);
    expect(kept.quantile(0.5)).toBe(histogram.quantile(0.5));
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
