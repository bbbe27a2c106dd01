/** Views are the core's own memory, in the form that was promised, and live as long as was promised. */

import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import {
  BreakerMachine,
  createFullRuntime,
  HdrHistogram,
  LatencyHistogram,
  Maglev,
  outcome,
  RetryBudgetMachine,
  TokenBucket,
} from "../../ts/core/index.js";
import { sharedRuntime } from "../../ts/shared/index.js";
import { view } from "../../ts/views/index.js";

const sum = (values: Iterable<number | bigint>): number =>
  [...values].reduce<number>((all, one) => all + Number(one), 0);

describe.each([
  ["a memory of one thread", () => createFullRuntime()],
  ["a memory that threads share", () => sharedRuntime({ memoryBytes: 1 << 22 })],
])("in %s", (_, make) => {
  const runtime = make();

  test("a histogram's buckets follow its records", () => {
    const histogram = new LatencyHistogram({}, runtime);
    const buckets = view(ndarray, histogram);
    expect(buckets).toMatchObject({ dtype: "uint32", shape: [buckets.size], stride: [1], offset: 0 });
    expect(buckets.data.buffer).toBe(runtime.memory.buffer);
    histogram.record(3);
    histogram.record(3);
    histogram.record(40);
    expect(sum(buckets.data)).toBe(3);
    const places = [...buckets.data.keys()].filter((place) => buckets.get(place) > 0);
    expect(places.map((place) => buckets.get(place))).toEqual([2, 1]);
    expect(view(ndarray, new HdrHistogram({}, runtime)).dtype).toBe("uint32");
  });

  test("the longest duration has the last bucket", () => {
    const histogram = new LatencyHistogram({ maxMs: 1_000 }, runtime);
    histogram.record(5_000);
    const buckets = view(ndarray, histogram);
    expect(buckets.get(buckets.size - 1)).toBe(1);
  });

  test("a Maglev table is the table", () => {
    const maglev = new Maglev({ nodes: ["a", "b", { name: "c", weight: 2 }], tableSize: 1_009 }, runtime);
    const table = view(ndarray, maglev);
    expect(table).toMatchObject({ dtype: "uint16", shape: [1_009], stride: [1] });
    expect([...table.data]).toEqual([...maglev.table()]);
    expect(table.data.byteOffset).not.toBe(maglev.table().byteOffset);
  });

  test("a window of time is a matrix of slices", () => {
    const breaker = new BreakerMachine(
      { kind: "time", windowMs: 1_000, buckets: 4, slowAfterMs: 10, slowRate: 1 },
      runtime,
    );
    const slices = view(ndarray, breaker);
    expect(slices).toMatchObject({ dtype: "uint32", shape: [4, 3], stride: [4, 1] });
    const settle = (nowMs: number, result: number, durationMs: number): void =>
      void breaker.settle(breaker.tryAcquire(nowMs), result, durationMs, nowMs);
    settle(0, outcome.success, 1);
    settle(300, outcome.failure, 1);
    settle(300, outcome.failure, 20);
    const column = (index: number): number[] =>
      Array.from({ length: 4 }, (__, row) => slices.get(row, index) as number);
    expect(column(0).toSorted()).toEqual([0, 0, 1, 2]);
    expect([sum(column(0)), sum(column(1)), sum(column(2))]).toEqual([
      breaker.calls(300),
      breaker.failures(300),
      breaker.slowCalls(300),
    ]);
    expect(slices.pick(null, 1)).toMatchObject({ shape: [4], stride: [4], offset: 1 });
    expect(slices.transpose(1, 0).shape).toEqual([3, 4]);
  });

  test("a window of calls is a ring of results, and consecutive failures have none", () => {
    const breaker = new BreakerMachine({ kind: "count", calls: 3, minimumCalls: 3 }, runtime);
    for (const result of [outcome.failure, outcome.success]) breaker.settle(breaker.tryAcquire(0), result, 1, 0);
    const ring = view(ndarray, breaker);
    expect(ring).toMatchObject({ dtype: "uint8", shape: [3], stride: [1] });
    expect([...ring.data]).toEqual([1, 0, 0]);
    const consecutive = new BreakerMachine({ kind: "consecutive", failures: 3 }, runtime);
    expect(view(ndarray, consecutive).shape).toEqual([0]);
  });

  test("a retry budget's slices are whole numbers of 64 bits", () => {
    const budget = new RetryBudgetMachine({ ttlMs: 10_000 }, runtime);
    const slices = view(ndarray, budget);
    expect(slices).toMatchObject({ dtype: "bigint64", shape: [10], stride: [1] });
    budget.deposit(0);
    budget.deposit(1_500);
    expect([...slices.data]).toEqual([1_000n, 1_000n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n]);
  });

  test("a view stays attached whatever is made later, and a disposed structure gives none", () => {
    const histogram = new LatencyHistogram({}, runtime);
    const buckets = view(ndarray, histogram);
    const later = Array.from({ length: 50 }, () => new LatencyHistogram({}, runtime));
    histogram.record(1);
    expect(sum(buckets.data)).toBe(1);
    for (const each of [...later, histogram]) each.dispose();
    expect(() => view(ndarray, histogram)).toThrow(expect.objectContaining({ code: "DISPOSED" }));
    const other = new TokenBucket({ limit: 1, perMs: 1 }, runtime);
    expect(() => view(ndarray, other as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});
