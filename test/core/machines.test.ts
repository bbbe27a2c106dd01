import { expect, test } from "vitest";
import {
  BackoffMachine,
  BreakerMachine,
  breakerStates,
  createRuntime,
  LatencyHistogram,
  outcome,
  RetryBudgetMachine,
  Semaphore,
} from "../../ts/core/index.js";

test("a breaker's whole life, in milliseconds", () => {
  const breaker = new BreakerMachine({
    kind: "count",
    calls: 4,
    minimumCalls: 2,
    openForMs: 100,
    openFactor: 2,
    halfOpenPermits: 2,
  });
  const story: string[] = [];
  const look = (nowMs: number): void => {
    story.push(
      `${nowMs} ${breakerStates[breaker.state(nowMs)]} gen ${breaker.generation} rate ${breaker.failureRate(nowMs)} retry ${breaker.retryAfterMs(nowMs)}`,
    );
  };
  look(0);
  const late = breaker.acquireClosed();
  breaker.settle(breaker.acquireClosed(), outcome.success, Number.NaN, Number.NaN);
  story.push(`asks for the time: ${breaker.settle(breaker.acquireClosed(), outcome.failure, Number.NaN, Number.NaN)}`);
  story.push(`opens: ${breaker.settle(breaker.acquireClosed(), outcome.failure, Number.NaN, 10)}`);
  look(10);
  story.push(
    `late: ${breaker.settle(late, outcome.success, 5, 20)}, refused: ${breaker.acquireClosed()} ${breaker.tryAcquire(109)}`,
  );
  look(110);
  const probes = [breaker.tryAcquire(110), breaker.tryAcquire(110)];
  story.push(`third probe: ${breaker.tryAcquire(110)}, out: ${breaker.probes(110)}`);
  look(111);
  story.push(
    `bad probe: ${breaker.settle(probes[0]!, outcome.failure, 1, 112)}, its twin is late: ${breaker.settle(probes[1]!, outcome.success, 1, 113)}`,
  );
  look(113);
  for (const nowMs of [312, 313]) breaker.settle(breaker.tryAcquire(nowMs), outcome.success, 1, nowMs);
  look(313);
  breaker.forceOpen(400);
  look(400);
  breaker.disable(500);
  look(500);
  breaker.reset(600);
  look(600);
  expect(story).toMatchInlineSnapshot(`
    [
      "0 closed gen 0 rate 0 retry 0",
      "asks for the time: -1",
      "opens: 1",
      "10 open gen 1 rate 0.5 retry 100",
      "late: 2, refused: -2 -1",
      "110 half-open gen 1 rate 0.5 retry 0",
      "third probe: -1, out: 2",
      "111 half-open gen 2 rate 0.5 retry Infinity",
      "bad probe: 1, its twin is late: 2",
      "113 open gen 3 rate 0.5 retry 199",
      "313 closed gen 5 rate 0 retry 0",
      "400 forced-open gen 6 rate 0 retry Infinity",
      "500 disabled gen 7 rate 0 retry 0",
      "600 closed gen 8 rate 0 retry 0",
    ]
  `);
});

test("a time window forgets, and slow calls open it", () => {
  const breaker = new BreakerMachine({
    kind: "time",
    windowMs: 1_000,
    slowRate: 0.5,
    slowAfterMs: 50,
    minimumCalls: 4,
  });
  expect(breaker.acquireClosed()).toBe(-2);
  for (let i = 0; i < 3; i++) breaker.settle(breaker.tryAcquire(0), outcome.success, 60, 60);
  expect([breaker.calls(60), breaker.slowCalls(60), breaker.slowRate(60)]).toEqual([3, 3, 1]);
  expect([breaker.calls(999), breaker.calls(1_000)]).toEqual([3, 0]);
  for (let i = 0; i < 2; i++) breaker.settle(breaker.tryAcquire(1_000), outcome.success, 1, 1_001);
  expect(breaker.settle(breaker.tryAcquire(1_000), outcome.success, 50, 1_050)).toBe(0);
  expect(breaker.settle(breaker.tryAcquire(1_000), outcome.success, 50, 1_050)).toBe(1);
  expect(breaker.state(1_050)).toBe(1);
});

test("a result whose start left the window is dropped", () => {
  const breaker = new BreakerMachine({ kind: "time", windowMs: 1_000 });
  const permit = breaker.tryAcquire(0);
  expect(breaker.settle(permit, outcome.failure, 1_000, 1_000)).toBe(2);
  const other = breaker.tryAcquire(1_000);
  expect(breaker.settle(other, outcome.failure, 900, 1_900)).toBe(0);
  expect(breaker.failures(1_900)).toBe(1);
  expect(breaker.failures(2_000)).toBe(0);
});

test("reading the generation does not touch the clock", () => {
  const breaker = new BreakerMachine({ kind: "consecutive", failures: 1, openForMs: 1_000 });
  breaker.settle(breaker.tryAcquire(1e9), outcome.failure, 1, 1e9);
  expect(breaker.generation).toBe(1);
  expect(breaker.retryAfterMs(1e9 + 400)).toBe(600);
});

test("open times can be jittered, and are the same for the same seed", () => {
  const openTimes = (seed: number): number[] => {
    const breaker = new BreakerMachine({
      kind: "consecutive",
      failures: 1,
      openForMs: 100,
      openFactor: 3,
      openJitter: 0.5,
      seed,
    });
    return [0, 1e5, 2e5, 3e5].map((nowMs) => {
      breaker.settle(breaker.tryAcquire(nowMs), outcome.failure, 1, nowMs);
      return breaker.retryAfterMs(nowMs);
    });
  };
  const [first, ...rest] = [openTimes(1), openTimes(1), openTimes(2)];
  expect(rest[0]).toEqual(first);
  expect(rest[1]).not.toEqual(first);
  for (const [i, planned] of [100, 300, 900, 2_700].entries()) {
    expect(first![i]).toBeGreaterThanOrEqual(planned / 2);
    expect(first![i]).toBeLessThanOrEqual(planned);
  }
});

test("a breaker goes on elsewhere with what remained of its open time", () => {
  const options = { kind: "count", calls: 4, minimumCalls: 1, openForMs: 1_000 } as const;
  const here = new BreakerMachine(options);
  const there = new BreakerMachine(options, createRuntime({ memoryBytes: 65_536 }));
  here.settle(here.tryAcquire(5_000), outcome.failure, 1, 5_000);
  there.restore(here.snapshot(5_600), 70);
  expect(there.retryAfterMs(70)).toBe(400);
  expect([there.tryAcquire(469), there.tryAcquire(470) >= 0]).toEqual([-1, true]);
  expect(() => new BreakerMachine({ ...options, openForMs: 9 }).restore(here.snapshot(0), 0)).toThrow("other options");
});

test("delays", () => {
  const fibonacci = new BackoffMachine({ kind: "fibonacci", baseMs: 10, maxMs: 60 });
  expect([1, 2, 3, 4, 5, 6].map((attempt) => fibonacci.nextDelayMs(attempt))).toEqual([10, 10, 20, 30, 50, 60]);
  expect([0, -1, Number.NaN, 2 ** 31, 1e300].map((attempt) => fibonacci.nextDelayMs(attempt))).toEqual([
    10, 10, 10, 60, 60,
  ]);
  const jittered = () =>
    new BackoffMachine({ kind: "exponential", baseMs: 100, jitter: "decorrelated", maxMs: 500, seed: 3 });
  const [one, two] = [jittered(), jittered()];
  let previousMs = 0;
  for (let attempt = 1; attempt < 50; attempt++) {
    const delayMs = one.nextDelayMs(attempt, previousMs);
    expect(delayMs).toBeGreaterThanOrEqual(100);
    expect(delayMs).toBeLessThanOrEqual(Math.min(500, 3 * Math.max(100, previousMs)));
    if (attempt === 25) two.restore(one.snapshot());
    if (attempt > 25) expect(two.nextDelayMs(attempt, previousMs)).toBe(delayMs);
    previousMs = delayMs;
  }
});

test("a budget pays for a fifth, above its reserve", () => {
  const budget = new RetryBudgetMachine({ ratio: 0.2, minPerSecond: 1, ttlMs: 10_000 });
  expect(budget.balance(0)).toBe(10);
  for (let i = 0; i < 100; i++) budget.deposit(0);
  let retries = 0;
  while (budget.tryWithdraw(1)) retries++;
  expect(retries).toBe(30);
  expect(budget.balance(9_999)).toBe(0);
  expect(budget.balance(10_000)).toBe(10);
  const reserveOnly = new RetryBudgetMachine({ ratio: 0, minPerSecond: 2, ttlMs: 1_000 });
  for (let i = 0; i < 100; i++) reserveOnly.deposit(0);
  expect([reserveOnly.tryWithdraw(0), reserveOnly.tryWithdraw(0), reserveOnly.tryWithdraw(0)]).toEqual([
    true,
    true,
    false,
  ]);
});

test("a semaphore", () => {
  const semaphore = new Semaphore({ permits: 2 });
  expect([semaphore.tryAcquire(), semaphore.tryAcquire(), semaphore.tryAcquire(), semaphore.inUse]).toEqual([
    true,
    true,
    false,
    2,
  ]);
  semaphore.resize(1);
  semaphore.release();
  expect(semaphore.tryAcquire()).toBe(false);
  semaphore.release();
  expect(() => semaphore.release()).toThrow(expect.objectContaining({ code: "NOT_ACQUIRED" }));
});

test("histograms of different memories merge, those of different shape do not", () => {
  const here = new LatencyHistogram();
  const there = new LatencyHistogram({}, createRuntime({ memoryBytes: 65_536 }));
  for (let ms = 1; ms <= 50; ms++) here.record(ms);
  for (let ms = 51; ms <= 100; ms++) there.record(ms);
  here.merge(there);
  expect([here.count, here.min, here.max, here.sum, here.mean]).toEqual([100, 1, 100, 5_050, 50.5]);
  expect(Math.abs(here.quantile(0.99) - 99)).toBeLessThanOrEqual(0.99);
  expect(() => here.merge(new LatencyHistogram({ relativeError: 0.1 }))).toThrow(
    expect.objectContaining({ code: "NOT_MERGEABLE" }),
  );
  const copy = new LatencyHistogram();
  copy.restore(here.snapshot());
  expect(copy.quantile(0.5)).toBe(here.quantile(0.5));
  here.reset();
  expect([here.count, here.min, here.max, here.mean, here.quantile(0.5)]).toEqual([0, 0, 0, 0, 0]);
});

test.each([0.25, 0.1, 0.01, 0.001, 0.00025])("a relative error of %d is kept", (relativeError) => {
  const histogram = new LatencyHistogram({ relativeError }, createRuntime({ memoryBytes: 1 << 20 }));
  for (let value = 0.001; value < 3_600_000; value *= 1.37) {
    histogram.record(value);
    histogram.record(3_600_000);
    expect(Math.abs(histogram.quantile(0.5) - value)).toBeLessThanOrEqual(value * relativeError + 1e-6);
    histogram.reset();
  }
});
