import { expect, test } from "vitest";
import { createFullRuntime, createRuntime, Gcra, KeyedLimiter, TokenBucket } from "../../ts/core/index.js";
import { seeded } from "../../ts/kernel/index.js";

test("times are milliseconds, with fractions", () => {
  const bucket = new TokenBucket({ limit: 3, perMs: 1_000 });
  expect(bucket.tryAcquire(3, 0.25)).toBe(0);
  const waitMs = bucket.tryAcquire(1, 0.25);
  expect(waitMs).toBeCloseTo(1_000 / 3, 3);
  expect(bucket.peek(1, 0.25 + waitMs)).toBe(0);
  expect(bucket.resetAfterMs(0.25)).toBe(1_000);
  expect(bucket.remaining(667)).toBe(2);
});

test("a bucket starts full, a GCRA with one permit, and both take a burst", () => {
  expect(new TokenBucket({ limit: 60, perMs: 60_000 }).remaining(0)).toBe(60);
  expect(new TokenBucket({ limit: 60, perMs: 60_000, initial: 5 }).remaining(1e6)).toBe(5);
  expect(new Gcra({ limit: 60, perMs: 60_000 }).remaining(0)).toBe(1);
  expect(new Gcra({ limit: 60, perMs: 60_000, burst: 9 }).remaining(0)).toBe(9);
});

test("60 in a minute and 1 in a second are told apart", () => {
  const minute = new TokenBucket({ limit: 60, perMs: 60_000 });
  const second = new Gcra({ limit: 60, perMs: 60_000 });
  const admitted = (limiter: TokenBucket | Gcra): number => {
    let count = 0;
    for (let i = 0; i < 100; i++) if (limiter.tryAcquire(1, i) === 0) count++;
    return count;
  };
  expect([admitted(minute), admitted(second)]).toEqual([60, 1]);
});

test("fractional limits are exact where they are tenths", () => {
  const bucket = new TokenBucket({ limit: 0.1, perMs: 1_000 });
  let nowMs = 5;
  for (let i = 0; i < 1_000; i++) {
    expect(bucket.tryAcquire(1, nowMs)).toBe(0);
    expect(bucket.tryAcquire(1, nowMs)).toBe(10_000);
    nowMs += 10_000;
  }
});

test.each([1e-7, 0.3, 1 / 3, 2.5, 123_456.5])(
  "a limit of %d in a second is what was asked for, to seven digits",
  (limit) => {
    const gcra = new Gcra({ limit, perMs: 1_000 });
    gcra.tryAcquire(1, 0);
    const wantedMs = 1_000 / limit;
    expect(Math.abs(gcra.resetAfterMs(0) - wantedMs)).toBeLessThanOrEqual(wantedMs * 2e-7 + 1e-6);
  },
);

test("a limit too small to count is refused, not rounded up", () => {
  expect(() => new Gcra({ limit: 1e-20, perMs: 1_000 })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});

test("a booking that is given back makes room, one from the middle does not", () => {
  const limiter = new Gcra({ limit: 1, perMs: 100 });
  expect([limiter.reserve(1, 0, 1_000), limiter.reserve(1, 0, 1_000), limiter.reserve(1, 0, 150)]).toEqual([
    0, 100, -1,
  ]);
  expect(limiter.cancelReservation(1, 100, 10)).toBe(true);
  expect(limiter.reserve(1, 10, 1_000)).toBe(90);
});

test("a refused configuration changes nothing", () => {
  const bucket = new TokenBucket({ limit: 10, perMs: 1_000 });
  bucket.tryAcquire(5, 0);
  expect(() => bucket.configure({ limit: -1, perMs: 1_000 }, 0)).toThrow();
  expect(() => bucket.configure({ limit: 1, perMs: 365 * 86_400_000, burst: 5_000 }, 0)).toThrow(
    "between 4 picoseconds",
  );
  expect(bucket.remaining(0)).toBe(5);
  bucket.configure({ limit: 100, perMs: 1_000 }, 0);
  expect(bucket.remaining(0)).toBe(50);
});

test("any text is a key: empty, long, of any script, and hashed as UTF-8", () => {
  const limiter = new KeyedLimiter({ limit: 1, perMs: 1_000, maxKeys: 1_000 });
  const texts = [
    "",
    "a",
    "é",
    "日本語",
    "👩‍👩‍👧",
    "x".repeat(33),
    "x".repeat(1_024),
    "x".repeat(1_025),
    "x".repeat(5_000),
    `${"x".repeat(4_999)}y`,
    "é".repeat(700),
  ];
  for (const text of texts) expect(limiter.tryAcquire(text, 1, 0)).toBe(0);
  for (const text of texts) expect(limiter.tryAcquire(text, 1, 0)).toBe(1_000);
  expect(limiter.size).toBe(texts.length);
  // Half a surrogate pair has no UTF-8 of its own.
  expect(limiter.tryAcquire("\ud800", 1, 0)).toBe(0);
  expect(limiter.tryAcquire("\udfff", 1, 0)).toBe(1_000);
});

test("a key is one key however its text was made", () => {
  const limiter = new KeyedLimiter({ limit: 1, perMs: 1_000, maxKeys: 100 });
  expect(limiter.tryAcquire("user-12345678901234", 1, 0)).toBe(0);
  expect(limiter.tryAcquire(["user", "12345678901234"].join("-"), 1, 0)).toBe(1_000);
  expect(limiter.tryAcquire("xuser-12345678901234".slice(1), 1, 0)).toBe(1_000);
});

test.each([
  ["base", createRuntime],
  ["full", createFullRuntime],
] as const)("many keys at once are the same as one after another, in a %s runtime", (_, create) => {
  const odd = [
    "",
    "é",
    "aé",
    "x".repeat(31),
    "x".repeat(32),
    "x".repeat(33),
    "y".repeat(2_000),
    "\ud800",
    "ab",
    "abc",
    "abcde",
  ];
  const random = seeded(3);
  const options = { limit: 3, perMs: 1_000, maxKeys: 400, seed: [1, 2, 3, 4] } as const;
  const [batched, single] = [new KeyedLimiter(options, create()), new KeyedLimiter(options)];
  for (let round = 0; round < 60; round++) {
    const keys = Array.from({ length: random.uint32() % 200 }, () =>
      random.uint32() % 50 === 0 ? odd[random.uint32() % odd.length]! : `key-${random.uint32() % 500}`,
    );
    const waits = batched.tryAcquireMany(keys, 1, round * 100);
    expect([...waits]).toEqual(keys.map((key) => single.tryAcquire(key, 1, round * 100)));
  }
  expect(batched.snapshot(7_000)).toEqual(single.snapshot(7_000));
  for (const key of odd) {
    expect([...batched.tryAcquireMany(["before", key], 3, 8_000)][1]).toBe(0);
    expect(batched.remaining(key, 8_000)).toBe(0);
    batched.forget("before");
  }
  const room = new Float64Array(3).fill(-1);
  expect([...batched.tryAcquireMany(["new", "new"], 2, 9_000, room)]).toEqual(
    [0, 1_000 / 3, -1].map((n) => expect.closeTo(n, 2)),
  );
  expect(() => batched.tryAcquireMany(["a", "b", "c", "d"], 1, 9_000, room)).toThrow("at least 4");
  batched.dispose();
  batched.dispose();
  expect(() => batched.tryAcquireMany([], 1, 0)).toThrow("disposed");
});

test("a million keys just work, in a memory of their own", () => {
  const limiter = new KeyedLimiter({ limit: 1, perMs: 86_400_000, burst: 1, maxKeys: 1_000_000 });
  for (let i = 0; i < 1_000_000; i++) if (limiter.tryAcquire(`k${i}`, 1, 0) !== 0) expect.fail(`key ${i} was refused`);
  expect(limiter.size).toBe(1_000_000);
  expect(limiter.evictions).toBe(0);
  expect(limiter.bytesPerKey).toBeLessThanOrEqual(32);
  for (let i = 0; i < 1_000_000; i += 997) expect(limiter.tryAcquire(`k${i}`, 1, 0)).toBe(86_400_000);
});

test("a snapshot moves to a table of another size, with the secret of the hash", () => {
  const from = new KeyedLimiter({ limit: 5, perMs: 1_000, maxKeys: 3_000 });
  const random = seeded(7);
  for (let i = 0; i < 3_000; i++) from.tryAcquire(`k${i}`, 1 + (random.uint32() % 5), 1_000);
  const into = new KeyedLimiter({ limit: 5, perMs: 1_000, maxKeys: 5_000 });
  into.tryAcquire("gone", 5, 0);
  into.restore(from.snapshot(1_200), 50);
  for (let i = 0; i < 3_000; i++) expect(into.remaining(`k${i}`, 50)).toBe(from.remaining(`k${i}`, 1_200));
  expect(into.remaining("gone", 50)).toBe(5);
  const other = new KeyedLimiter({ limit: 6, perMs: 1_000, maxKeys: 10 });
  expect(() => other.restore(from.snapshot(1_200), 0)).toThrow("other options");
  expect(() => other.restore(new Uint8Array(57), 0)).toThrow("no snapshot");
});

test("evictions and forgotten keys are counted", () => {
  const limiter = new KeyedLimiter({ limit: 100, perMs: 1e6, maxKeys: 10 });
  for (let i = 0; i < 200; i++) limiter.tryAcquire(`k${i}`, 1, 0);
  expect(limiter.evictions).toBeGreaterThan(100);
  const size = limiter.size;
  expect([limiter.forget("k199"), limiter.forget("k199"), limiter.size]).toEqual([true, false, size - 1]);
});
