/** The scripts on a real redis-server, against the core's limiters: the same calls at the same instants, the same answers. */

import fc from "fast-check";
import { Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import { Gcra, SlidingWindowCounter } from "../../ts/core/index.js";
import { GcraMeter } from "../../ts/redis/gcra-meter.js";
import { type RemoteMeter, readReply, type Standing } from "../../ts/redis/remote-meter.js";
import { WindowMeter } from "../../ts/redis/window-meter.js";
import { RedisServer, redisProgram } from "./redis-server.js";

/** A script that is told the time, and whose keys do not expire in time of another kind. */
function timeless(source: string): string {
  const told = source
    .replace("redis.call('TIME')", "{ARGV[#ARGV - 1], ARGV[#ARGV]}")
    .replace(/, 'PX', math\.ceil\(\w+ \/ 1000\) \+ 2\)/, ")");
  expect(told).not.toContain("TIME");
  expect(told).not.toContain("PX");
  return told;
}

/** A limiter of the core, as the scripts answer: one call takes, looks or gives back, and tells how things stand. */
interface Local {
  tryAcquire(weight: number, nowMs: number): number;
  remaining(nowMs: number): number;
  resetAfterMs(nowMs: number): number;
  refund(weight: number, nowMs: number): void;
}

function ask(local: Local, weight: number, nowMs: number): Standing {
  let waitMs = 0;
  if (weight > 0) waitMs = local.tryAcquire(weight, nowMs);
  else if (weight < 0) local.refund(-weight, nowMs);
  return { waitMs, remaining: local.remaining(nowMs), resetAfterMs: local.resetAfterMs(nowMs) };
}

/** One call: how many microseconds after the one before, and with which weight (below 0: given back, 0: looked only). */
type Step = readonly [afterUs: number, weight: number];

const upTo = (max: number) => fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max }));

const steps = (spanUs: number, burst: number, from: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.tuple(
      fc.oneof(upTo(spanUs), fc.integer({ min: 0, max: Math.ceil(spanUs / 20) }), fc.constantFrom(spanUs, 2 * spanUs)),
      fc.oneof(fc.constant(1), fc.integer({ min: from, max: burst })),
    ),
    { minLength: 1, maxLength: 40 },
  );

/** The same with a clock that also steps back. */
const jumpySteps = (spanUs: number, burst: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.tuple(
      fc.oneof(
        upTo(spanUs),
        fc.integer({ min: -3 * spanUs, max: -1 }),
        fc.integer({ min: -Math.ceil(spanUs / 8), max: -1 }),
        fc.constantFrom(0, -Math.floor(spanUs / 8)),
      ),
      fc.oneof(fc.constant(1), fc.integer({ min: 0, max: burst })),
    ),
    { minLength: 1, maxLength: 40 },
  );

describe.skipIf(redisProgram === undefined)("the scripts decide as the core does", () => {
  async function client(): Promise<Redis> {
    const redis = new Redis((await RedisServer.run()).port, "127.0.0.1");
    onTestFinished(() => redis.disconnect());
    return redis;
  }

  async function compare(
    redis: Redis,
    meter: RemoteMeter,
    local: Local,
    trace: readonly Step[],
    startUs: number,
    rounded: (ms: number) => number,
  ): Promise<void> {
    const source = timeless(meter.script.source);
    await redis.del("key");
    let nowUs = startUs;
    const replies = trace.map(([afterUs, weight]) => {
      nowUs = Math.max(0, nowUs + afterUs);
      const time = [Math.floor(nowUs / 1_000_000), nowUs % 1_000_000].map(String);
      return { nowUs, weight, reply: redis.eval(source, 1, "key", ...meter.args(weight), ...time) };
    });
    for (const { nowUs, weight, reply } of replies) {
      const expected = ask(local, weight, nowUs / 1000);
      expect(meter.standing(readReply(await reply)!), `weight ${weight} at ${nowUs} µs`).toEqual({
        waitMs: rounded(expected.waitMs),
        remaining: expected.remaining,
        resetAfterMs: rounded(expected.resetAfterMs),
      });
    }
  }

  const rates = fc.constantFrom(
    { limit: 10, perMs: 1_000, burst: 1 },
    { limit: 3, perMs: 1_000, burst: 3 },
    { limit: 7, perMs: 1_000, burst: 20 },
    { limit: 3_000_000, perMs: 1_000, burst: 50 },
    { limit: 999_983, perMs: 86_400_000, burst: 1_000 },
    { limit: 1_000_003, perMs: 60_000, burst: 1_000 },
    { limit: 1, perMs: 86_400_000, burst: 5 },
  );

  test("GCRA and token bucket", async () => {
    const redis = await client();
    const traces = rates.chain((rate) => {
      const spanUs = Math.ceil((rate.perMs * 1000 * rate.burst) / rate.limit);
      return fc.tuple(
        fc.constant(rate),
        fc.oneof(steps(spanUs, rate.burst, -rate.burst), jumpySteps(spanUs, rate.burst)),
      );
    });
    await fc.assert(
      fc.asyncProperty(traces, async ([rate, trace]) => {
        const meter = new GcraMeter(rate.limit, rate.perMs * 1000, rate.burst);
        await compare(redis, meter, new Gcra(rate), trace, 1e9, (ms) => ms);
      }),
      { numRuns: 400 },
    );
  });

  const windows = fc.constantFrom(
    { limit: 10, perMs: 1_000 },
    { limit: 1, perMs: 1 },
    { limit: 97, perMs: 60_000 },
    { limit: 9_999_991, perMs: 1_000 },
    { limit: 25_000, perMs: 86_400_000 },
  );

  test("the sliding window, in whole microseconds", async () => {
    const redis = await client();
    const traces = windows.chain((window) => {
      const spanUs = window.perMs * 1000;
      return fc.tuple(
        fc.constant(window),
        fc.oneof(steps(spanUs, window.limit, -window.limit), jumpySteps(spanUs, window.limit)),
      );
    });
    await fc.assert(
      fc.asyncProperty(traces, async ([window, trace]) => {
        const meter = new WindowMeter(window.limit, window.perMs * 1000);
        const wholeUs = (ms: number) => Math.ceil(Math.round(ms * 1_024_000) / 1024) / 1000;
        await compare(redis, meter, new SlidingWindowCounter(window), trace, 5 * window.perMs * 1000, wholeUs);
      }),
      { numRuns: 400 },
    );
  });

  /** Runs a script once, over a state and at an instant of our choice. */
  async function once(redis: Redis, meter: RemoteMeter, state: string, weight: number, nowUs: number) {
    await redis.set("key", state);
    const time = [Math.floor(nowUs / 1_000_000), nowUs % 1_000_000].map(String);
    return readReply(await redis.eval(timeless(meter.script.source), 1, "key", ...meter.args(weight), ...time))!;
  }

  test("parts of another rate are rounded up to a microsecond", async () => {
    const redis = await client();
    const meter = new GcraMeter(1, 1_000_000, 2);
    expect(await once(redis, meter, "1000000 2 3", 0, 1_000_000)).toEqual([0, 1, 1]);
    expect(await once(redis, meter, "1000000 0 1", 0, 1_000_000)).toEqual([0, 2, 0]);
  });

  test("a share that doubles make too large: 0.55 times 100 is above 55", async () => {
    const redis = await client();
    expect(await once(redis, new WindowMeter(100, 100), "3 100 0", 0, 345)).toEqual([0, 45, 55]);
  });

  test("the largest windows, where the core rounds and the products leave what a double holds", async () => {
    const redis = await client();
    const limit = 2 ** 24 - 1;
    const count = (min: number) =>
      fc.oneof(fc.integer({ min, max: limit }), fc.integer({ min: limit - 5, max: limit }));
    const states = fc
      .constantFrom(86_400_000_000, 365 * 86_400_000_000)
      .chain((length) => fc.record({ length: fc.constant(length), passed: fc.integer({ min: 0, max: length - 1 }) }));
    await fc.assert(
      fc.asyncProperty(states, count(0), count(0), count(1), async ({ length, passed }, before, taken, weight) => {
        const [L, previous, current, w] = [length, before, taken, weight].map(BigInt) as [
          bigint,
          bigint,
          bigint,
          bigint,
        ];
        const nowUs = 3 * length + passed;
        const left = (at: bigint, taking: bigint): bigint => {
          const into = at - 3n * L;
          if (into >= 2n * L) return BigInt(limit) * L - taking * L;
          const [old, fresh, elapsed] = into < L ? [previous, current, into] : [current, 0n, into - L];
          return BigInt(limit) * L - (fresh + taking) * L - old * (L - elapsed);
        };
        const now = BigInt(nowUs);
        const [wait, remaining] = await once(
          redis,
          new WindowMeter(limit, length),
          `3 ${before} ${taken}`,
          weight,
          nowUs,
        );
        const took = wait === 0 ? w : 0n;
        const whole = left(now, took) / L;
        expect(BigInt(remaining)).toBe(whole > 0n ? whole : 0n);
        expect(left(now + BigInt(wait), w) >= 0n).toBe(true);
        if (wait > 0) expect(left(now + BigInt(wait) - 1n, w) < 0n).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
});
