/** One target drives a hedge, a breaker, a limit and a timeout around one dependency, whose latency rises tenfold and falls again. */

import { expect, it } from "vitest";
import { manualClock, seeded } from "../../../ts/kernel/index.js";
import {
  adaptive,
  bulkhead,
  circuitBreaker,
  compose,
  count,
  gradient2,
  hedge,
  latencyTarget,
  quantile,
  timeout,
} from "../../../ts/resilience/index.js";

function world(seed: number) {
  const clock = manualClock();
  const random = seeded(seed);
  const target = latencyTarget("users", { clock, windowMs: 10_000 });
  const delay = quantile(0.95, { target });
  const slowAfter = quantile(0.5, { target, factor: 3 });
  const limit = adaptive({ target, factor: 4, maxMs: 2_000, random });
  const slots = bulkhead({
    limit: gradient2({ target, initial: 10, max: 100, probeEveryMs: 5_000 }),
    queue: { size: 20, maxWaitMs: 1_000 },
    random,
    clock,
  });
  // It is to count, not to open: what the others do meanwhile would not be seen.
  const breaker = circuitBreaker({ window: count(1_000), failureRate: 1, slowRate: 1, slowAfterMs: slowAfter, clock });
  const policy = compose(hedge({ afterMs: delay, clock }), breaker, slots, timeout({ timeoutMs: limit, clock }));
  const state = { usualMs: 20, attempts: 0, answered: 0, calls: 0, slowest: 0 };

  const attempt = () => {
    state.attempts++;
    const ms = state.usualMs * (0.5 + random.next());
    return new Promise<void>((resolve) => void clock.schedule(resolve, ms));
  };

  /** A hundred calls a second for so long. Share of them that was answered. */
  const run = async (seconds: number): Promise<number> => {
    state.calls = state.answered = 0;
    for (let second = 0; second < seconds; second++) {
      for (let call = 0; call < 100; call++) {
        state.calls++;
        void policy.tryExecute(attempt).then(({ ok }) => void (state.answered += ok ? 1 : 0));
        await clock.advance(10);
      }
      state.slowest = Math.max(state.slowest, breaker.stats.slowRate);
    }
    return state.answered / state.calls;
  };

  /** The four as they stand, in milliseconds, as shares of what is usual now; and the limit of concurrency. */
  const followed = () => ({
    hedge: delay.durationMs(clock.now())! / state.usualMs,
    slow: slowAfter.durationMs(clock.now())! / state.usualMs,
    timeout: limit.limitMs / state.usualMs,
    slots: slots.limit,
    slowRate: breaker.stats.slowRate,
  });

  return { state, target, run, followed, breaker };
}

it.each([1, 2])("all four follow a tenfold rise and fall of the latency (seed %i)", async (seed) => {
  const { state, target, run, followed, breaker } = world(seed);
  /** Uniform from half to one and a half: P95 is 1.45, three medians are 3, four times P99 is nearly 6. */
  const expectFollowed = () => {
    const now = followed();
    expect(now.hedge).toBeGreaterThan(1.3);
    expect(now.hedge).toBeLessThan(1.65);
    expect(now.slow).toBeGreaterThan(2.7);
    expect(now.slow).toBeLessThan(3.3);
    expect(now.timeout).toBeGreaterThan(5.5);
    expect(now.timeout).toBeLessThan(6.7);
    expect(now.slowRate).toBe(0);
    return now;
  };
  expect(await run(20)).toBeGreaterThan(0.99);
  expectFollowed();
  expect(target.stats.inTime).toBeLessThanOrEqual(state.attempts);

  state.usualMs = 200;
  await run(40);
  // Twenty are under way at once, by Little's law, and the limit had no reason to be more than ten.
  expect(await run(10)).toBeGreaterThan(0.99);
  expect(expectFollowed().slots).toBeGreaterThan(20);
  expect(state.slowest).toBeGreaterThan(0.1);

  state.usualMs = 20;
  await run(40);
  expect(await run(10)).toBeGreaterThan(0.99);
  expectFollowed();
  expect(breaker.stats).toMatchObject({ state: "closed", generation: 0 });
});
