/** The classes of queue, windows, log, warm-up, keyed windows and hierarchy, as a program uses them. */

import { describe, expect, test } from "vitest";
import {
  createFullRuntime,
  FixedWindow,
  Gcra,
  HierarchicalLimiter,
  KeyedLimiter,
  KeyedWindowLimiter,
  LeakyBucketMeter,
  LeakyBucketQueue,
  SlidingWindowCounter,
  SlidingWindowLog,
  TokenBucket,
  WarmUpLimiter,
} from "../../ts/core/index.js";
import { isHoldfastError, seeded } from "../../ts/kernel/index.js";

const rate = { limit: 10, perMs: 1_000 };

test("a meter decides like the bucket and like GCRA of the same burst", () => {
  const options = { limit: 7, perMs: 1_000, burst: 5 };
  const [meter, bucket, gcra] = [new LeakyBucketMeter(options), new TokenBucket(options), new Gcra(options)];
  const random = seeded(3);
  for (let nowMs = 0; nowMs < 20_000; nowMs += random.next() * 200) {
    const weight = 1 + (random.uint32() % 4);
    const waitMs = meter.tryAcquire(weight, nowMs);
    expect([bucket.tryAcquire(weight, nowMs), gcra.tryAcquire(weight, nowMs)]).toEqual([waitMs, waitMs]);
  }
  expect(new LeakyBucketMeter(rate).remaining(0)).toBe(10);
  meter.configure({ limit: 1, perMs: 1 }, 0);
  expect(meter.tryAcquire(2, 1e6)).toBe(Number.POSITIVE_INFINITY);
});

test("a queue gives turns, lets the last one leave, and says when there is room", () => {
  const queue = new LeakyBucketQueue({ ...rate, capacity: 3 });
  expect([queue.enter(1, 0), queue.peek(1, 0), queue.enter(2, 0), queue.enter(1, 0), queue.peek(1, 0)]).toEqual([
    0, 100, 100, -1, -1,
  ]);
  expect([queue.remaining(0), queue.retryAfterMs(1, 0), queue.retryAfterMs(4, 0)]).toEqual([
    0,
    100,
    Number.POSITIVE_INFINITY,
  ]);
  expect([queue.leave(2, 100, 0), queue.remaining(0), queue.resetAfterMs(0)]).toEqual([true, 2, 100]);
  const other = new LeakyBucketQueue({ ...rate, capacity: 3 });
  other.restore(queue.snapshot(50), 7_000);
  expect(other.enter(1, 7_000)).toBe(50);
  queue.configure({ ...rate, capacity: 30 }, 0);
  expect(queue.remaining(0)).toBe(20);
  expect(() => queue.configure({ ...rate, capacity: 0 }, 0)).toThrow("capacity");
  expect(() => queue.configure({ limit: 1, perMs: 365 * 86_400_000, capacity: 1_000 }, 0)).toThrow("4 picoseconds");
});

describe.each([
  ["FixedWindow", FixedWindow],
  ["SlidingWindowCounter", SlidingWindowCounter],
  ["SlidingWindowLog", SlidingWindowLog],
] as const)("%s", (_, Window) => {
  test("takes, refunds, tells what is left, moves as a snapshot", () => {
    const window = new Window(rate);
    expect(window.tryAcquire(4, 100)).toBe(0);
    window.refund(1, 100);
    expect([window.remaining(100), window.peek(7, 100), window.peek(11, 100)]).toEqual([
      7,
      0,
      Number.POSITIVE_INFINITY,
    ]);
    expect(window.resetAfterMs(100)).toBeGreaterThan(0);
    const other = new Window(rate);
    other.restore(window.snapshot(200), 9_999);
    expect([other.remaining(9_999), other.resetAfterMs(9_999)]).toEqual([7, window.resetAfterMs(200)]);
  });

  test("takes a new limit, and refuses one that is none", () => {
    const window = new Window(rate);
    window.configure({ limit: 5, perMs: 100 }, 0);
    expect(window.remaining(0)).toBe(5);
    expect(() => window.configure({ limit: 0, perMs: 100 }, 0)).toThrow("limit");
    expect(() => window.configure({ limit: 5, perMs: 1e-9 }, 0)).toThrow("nanosecond");
    expect(window.remaining(0)).toBe(5);
  });
});

test("at a boundary a fixed window lets twice the limit pass, a sliding one does not", () => {
  const windows = [new FixedWindow(rate), new SlidingWindowCounter(rate), new SlidingWindowLog(rate)];
  expect(windows.map((window) => window.tryAcquire(10, 999))).toEqual([0, 0, 0]);
  expect(windows.map((window) => window.tryAcquire(10, 1_000) === 0)).toEqual([true, false, false]);
});

test("a warm-up limiter speeds up under load and cools down at rest", () => {
  const limiter = new WarmUpLimiter({ limit: 10, perMs: 1_000, warmUpMs: 2_000 });
  expect(limiter.intervalMs(0)).toBe(290);
  expect(limiter.tryAcquire(1, 0)).toBe(0);
  const waitMs = limiter.tryAcquire(1, 0);
  expect([limiter.peek(1, 0), limiter.reserve(1, 0, 1)]).toEqual([waitMs, -1]);
  let nowMs = 0;
  for (let i = 0; i < 30; i++) nowMs += limiter.reserve(1, nowMs, 1e9);
  expect(limiter.intervalMs(nowMs)).toBe(100);
  expect(limiter.resetAfterMs(nowMs)).toBeCloseTo(2_100, 1);
  const other = new WarmUpLimiter({ limit: 10, perMs: 1_000, warmUpMs: 2_000 });
  other.restore(limiter.snapshot(nowMs), 5);
  expect(other.resetAfterMs(5)).toBeCloseTo(2_100, 1);
  limiter.configure({ limit: 20, perMs: 1_000, warmUpMs: 2_000, coldFactor: 2 }, nowMs);
  expect(limiter.intervalMs(nowMs)).toBe(50);
  expect(() => limiter.configure({ limit: 2 ** 40, perMs: 0.001, warmUpMs: 1 }, 0)).toThrow("picoseconds");
});

test.each(["fixed-window", "sliding-window-counter"] as const)("keys have windows of their own: %s", (algorithm) => {
  const options = { ...rate, algorithm, maxKeys: 3_000 };
  const limiter = new KeyedWindowLimiter(options);
  const random = seeded(7);
  for (let i = 0; i < 3_000; i++) limiter.tryAcquire(`k${i}`, 1 + (random.uint32() % 9), 1_300);
  limiter.tryAcquire("k0", 1, 1_300);
  limiter.refund("k0", 100, 1_300);
  expect(limiter.remaining("k0", 1_300)).toBe(10);
  expect([limiter.size, limiter.evictions]).toEqual([3_000, 0]);
  expect(limiter.bytesPerKey).toBeLessThanOrEqual(20.2);
  expect(limiter.peek("k1", 10, 1_300)).toBe(limiter.tryAcquire("k1", 10, 1_300));
  const into = new KeyedWindowLimiter({ ...options, maxKeys: 5_000 });
  into.tryAcquire("gone", 5, 0);
  into.restore(limiter.snapshot(1_500), 50);
  for (let i = 0; i < 3_000; i++) expect(into.remaining(`k${i}`, 50)).toBe(limiter.remaining(`k${i}`, 1_500));
  expect(into.resetAfterMs("k1", 50)).toBe(limiter.resetAfterMs("k1", 1_500));
  expect([into.remaining("gone", 50), into.forget("k1"), into.forget("k1")]).toEqual([10, true, false]);
  expect(() => new KeyedWindowLimiter({ ...options, limit: 6 }).restore(limiter.snapshot(0), 0)).toThrow(
    "other options",
  );
  expect(() => into.restore(new Uint8Array(65), 0)).toThrow("no snapshot");
});

test("a table of windows that would fill the default runtime gets a memory of its own", () => {
  const limiter = new KeyedWindowLimiter({ ...rate, algorithm: "fixed-window", maxKeys: 200_000 });
  for (let i = 0; i < 200_000; i += 7) expect(limiter.tryAcquire(`k${i}`, 1, 0)).toBe(0);
  expect(limiter.evictions).toBe(0);
});

describe("a hierarchy", () => {
  const runtime = createFullRuntime({ memoryBytes: 1 << 20 });

  function threeLevels() {
    const user = new KeyedLimiter({ limit: 3, perMs: 1_000, maxKeys: 100 }, runtime);
    const tenant = new KeyedWindowLimiter({ algorithm: "fixed-window", limit: 5, perMs: 1_000, maxKeys: 100 }, runtime);
    const all = new SlidingWindowLog({ limit: 8, perMs: 1_000 }, runtime);
    const levels = [
      { name: "user", limiter: user },
      { name: "tenant", limiter: tenant },
      { name: "all", limiter: all },
    ];
    return { user, tenant, all, limiter: new HierarchicalLimiter({ levels }, runtime) };
  }

  test("takes from the user, the tenant and all, or from none, and says whose limit it was", () => {
    const { user, tenant, all, limiter } = threeLevels();
    expect(limiter.refusedBy).toBeUndefined();
    expect(limiter.tryAcquire(3, 0, ["ada", "acme"])).toBe(0);
    expect(limiter.tryAcquire(1, 0, ["ada", "acme"])).toBeGreaterThan(0);
    expect(limiter.refusedBy).toBe("user");
    expect(limiter.tryAcquire(3, 0, ["bob", "acme"])).toBe(1_000);
    expect(limiter.refusedBy).toBe("tenant");
    expect(user.remaining("bob", 0)).toBe(3);
    expect(limiter.tryAcquire(3, 0, ["bob", "émile & sons"])).toBe(0);
    expect(limiter.tryAcquire(3, 0, ["cyd", "third"])).toBe(1_000);
    expect(limiter.refusedBy).toBe("all");
    expect([user.remaining("cyd", 0), tenant.remaining("third", 0), all.remaining(0)]).toEqual([3, 5, 2]);
    expect(limiter.remaining(0, ["cyd", "third"])).toBe(2);
    expect(limiter.resetAfterMs(0, ["cyd", "third"])).toBe(1_000);
    expect(limiter.peek(2, 0, ["cyd", "third"])).toBe(0);
    limiter.refund(3, 0, ["bob", "émile & sons"]);
    expect([user.remaining("bob", 0), all.remaining(0)]).toEqual([3, 5]);
  });

  test("wants a key for each level that has keys, of at most 249 bytes", () => {
    const { limiter } = threeLevels();
    expect(() => limiter.tryAcquire(1, 0)).toThrow("give 2 keys");
    expect(() => limiter.tryAcquire(1, 0, ["a", "é".repeat(125)])).toThrow("at most 249 bytes");
    expect(limiter.tryAcquire(1, 0, ["a".repeat(249), ""])).toBe(0);
  });

  test("refuses limiters of another runtime, kinds that give nothing back, and no levels", () => {
    const elsewhere = new TokenBucket(rate);
    const make = (limiter: unknown) =>
      new HierarchicalLimiter({ levels: [{ name: "x", limiter: limiter as TokenBucket }] }, runtime);
    expect(() => make(elsewhere)).toThrow("another runtime");
    expect(() => make(new WarmUpLimiter({ ...rate, warmUpMs: 1 }, runtime))).toThrow("give permits back");
    expect(() => new HierarchicalLimiter({ levels: [] }, runtime)).toThrow("1 to 64 levels");
  });

  test("notices a level that was disposed, and leaves the others alone when it is itself", () => {
    const { user, all, limiter } = threeLevels();
    user.dispose();
    expect(() => limiter.tryAcquire(1, 0, ["a", "b"])).toThrow(expect.objectContaining({ code: "DISPOSED" }));
    limiter.dispose();
    limiter.dispose();
    expect(all.tryAcquire(1, 0)).toBe(0);
    for (const call of [
      () => limiter.tryAcquire(1, 0, ["a", "b"]),
      () => limiter.peek(1, 0, ["a", "b"]),
      () => limiter.remaining(0, ["a", "b"]),
      () => limiter.resetAfterMs(0, ["a", "b"]),
      () => limiter.refund(1, 0, ["a", "b"]),
      () => limiter.refusedBy,
    ]) {
      try {
        call();
        expect.fail("it went on");
      } catch (error) {
        expect(isHoldfastError(error) && error.code).toBe("DISPOSED");
      }
    }
  });
});
