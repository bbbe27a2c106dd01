import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { manualClock, type Random, seeded } from "../../ts/kernel/index.js";
import { isDueEarly } from "../../ts/resilience/cache-entry.js";
import {
  bulkhead,
  type CacheOptions,
  cache,
  circuitBreaker,
  compose,
  errorOrStatus,
  timeout,
} from "../../ts/resilience/index.js";
import { policyContract } from "./policy-contract.js";

const key = "k";

policyContract({
  kind: "cache",
  make: (options) => cache({ ttlMs: 1_000, ...options }),
  exhaust: async (policy) => {
    await policy.execute(() => "kept", { key });
  },
  shadowed: { action: "replace" },
  change: { good: { maxEntries: 5 }, bad: { ttlMs: 0 } },
  callOptions: { key },
});

/** A cache without jitter on a clock of its own, and a function that counts its calls. */
function setup(options: Partial<CacheOptions> = {}) {
  const clock = manualClock();
  const policy = cache({ ttlMs: 100, ttlJitter: 0, clock, ...options });
  let loads = 0;
  let broken: unknown;
  const events: unknown[] = [];
  policy.on("stale", (payload) => events.push(["stale", payload]));
  policy.on("refreshFailed", (payload) => events.push(["refreshFailed", payload]));
  return {
    clock,
    policy,
    events,
    /** Asks; the function fails while `broken` is set, and tells how often it ran. */
    ask: (name = key) =>
      policy.execute(
        () => {
          loads++;
          if (broken !== undefined) throw broken;
          return loads;
        },
        { key: name },
      ),
    breakWith(error: unknown) {
      broken = error;
    },
    loads: () => loads,
  };
}

describe("cache: values", () => {
  it("answers from memory until the time is over, to the instant", async () => {
    const { clock, policy, ask } = setup();
    expect([await ask(), await ask()]).toEqual([1, 1]);
    await clock.advance(99.9);
    expect(await ask()).toBe(1);
    await clock.advance(0.1);
    expect(await ask()).toBe(2);
    expect(policy.stats).toEqual({ entries: 1, hits: 2, stale: 0, misses: 2, loads: 2, evicted: 0 });
  });

  it("gives all the very same object, by every way of calling", async () => {
    const { policy } = setup();
    const value = {};
    const load = () => value;
    expect(await policy.execute(load, { key })).toBe(value);
    expect(await policy.execute(load, { key, signal: new AbortController().signal })).toBe(value);
    expect(await policy.tryExecute(load, { key })).toEqual({ ok: true, value });
    expect(await compose(policy).execute(load, { key })).toBe(value);
    expect(policy.stats).toMatchObject({ hits: 3, loads: 1 });
  });

  it("remembers values that are nothing", async () => {
    for (const value of [undefined, null, 0, ""]) {
      const { policy } = setup();
      for (let n = 0; n < 2; n++) expect(await policy.execute(() => value, { key })).toBe(value);
      expect(policy.stats).toMatchObject({ hits: 1, loads: 1 });
    }
  });

  it("loads once for all that miss at once, through the policies further in", async () => {
    const clock = manualClock();
    const narrow = bulkhead({ limit: 1, clock });
    const policy = compose(cache({ ttlMs: 100, clock }), narrow);
    let calls = 0;
    const load = async () => ++calls;
    const options = [{ key }, { key, signal: new AbortController().signal }, { key }];
    expect(await Promise.all(options.map((one) => policy.execute(load, one)))).toEqual([1, 1, 1]);
  });

  it("needs a key", async () => {
    await expect(setup().policy.execute(() => 1)).rejects.toMatchObject({ code: "INVALID_OPTION" });
  });

  it("forgets by SIEVE beyond its bound, spent entries first", async () => {
    const { clock, policy, ask } = setup({ maxEntries: 2 });
    await ask("spent");
    await ask("spent");
    await clock.advance(60);
    await ask("good");
    await clock.advance(60);
    await ask("new");
    expect(policy.stats).toMatchObject({ entries: 2, evicted: 1, loads: 3 });
    await ask("good");
    expect(policy.stats.loads).toBe(3);
    policy.reconfigure({ maxEntries: 1 });
    expect(policy.stats).toMatchObject({ entries: 1, evicted: 2 });
  });

  it("shortens each value's time at random, by the jitter at most", async () => {
    const random = seeded(1);
    const ends: number[] = [];
    for (let n = 0; n < 50; n++) {
      const { clock, policy, ask } = setup({ ttlJitter: 0.5, random });
      await ask();
      let ms = 0;
      for (; policy.stats.loads === 1; ms += 2) {
        await clock.advance(2);
        await ask();
      }
      ends.push(ms);
    }
    expect(Math.min(...ends)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...ends)).toBeLessThanOrEqual(102);
    expect(new Set(ends).size).toBeGreaterThan(10);
  });

  it("forgets on demand, and does not keep what was being read at that time", async () => {
    const { policy, ask } = setup();
    await ask();
    expect([policy.invalidate(key), policy.invalidate(key)]).toEqual([true, false]);
    expect(await ask()).toBe(2);
    for (const forget of [() => policy.invalidate(key), () => policy.clear()]) {
      forget();
      let finish: (value: string) => void = () => {};
      const old = policy.execute(() => new Promise<string>((resolve) => (finish = resolve)), { key });
      forget();
      const fresh = policy.execute(() => "after", { key });
      finish("before");
      expect([await old, await fresh]).toEqual(["before", "after"]);
      expect(await policy.execute(() => "not asked", { key })).toBe("after");
    }
  });

  it("does not begin a call for a caller who leaves, nor keep what was cut", async () => {
    const { policy, ask } = setup();
    const controller = new AbortController();
    const call = policy.tryExecute(() => new Promise(() => {}), { key, signal: controller.signal });
    controller.abort("gone");
    expect(await call).toMatchObject({ error: "gone" });
    expect(await ask()).toBe(1);
  });
});

describe("cache: stale values (RFC 5861)", () => {
  it("answers at once with a stale value and loads it anew behind the answer, once", async () => {
    const { clock, policy, ask, events } = setup({ staleWhileRevalidateMs: 50 });
    await ask();
    await clock.advance(120);
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
    await clock.advance(0);
    expect(await ask()).toBe(2);
    expect(policy.stats).toEqual({ entries: 1, hits: 1, stale: 2, misses: 1, loads: 2, evicted: 0 });
    expect(events).toEqual([
      ["stale", { key, error: undefined }],
      ["stale", { key, error: undefined }],
    ]);
  });

  it("waits for a new value where the stale one is too old", async () => {
    const { clock, ask } = setup({ staleWhileRevalidateMs: 50 });
    await ask();
    await clock.advance(150);
    expect(await ask()).toBe(2);
  });

  it("keeps the value where loading it behind the answer fails, reports it and nothing unhandled", async () => {
    const { clock, ask, breakWith, events } = setup({ staleWhileRevalidateMs: 50 });
    await ask();
    const error = new Error("down");
    breakWith(error);
    await clock.advance(120);
    expect(await ask()).toBe(1);
    await clock.advance(0);
    expect(events).toEqual([
      ["stale", { key, error: undefined }],
      ["refreshFailed", { key, error }],
    ]);
    await new Promise((resolve) => setImmediate(resolve));
  });

  it("answers with a stale value where loading fails, for so long and no longer", async () => {
    const { clock, policy, ask, breakWith, events } = setup({ staleIfErrorMs: 1_000 });
    await ask();
    const error = new Error("down");
    breakWith(error);
    await clock.advance(1_000);
    expect(await ask()).toBe(1);
    expect(events).toEqual([["stale", { key, error }]]);
    expect(policy.stats).toMatchObject({ misses: 2, stale: 1 });
    await clock.advance(100);
    await expect(ask()).rejects.toBe(error);
  });

  it("answers with a stale value also where a policy further in refuses", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({ clock });
    const policy = compose(cache({ ttlMs: 100, staleIfErrorMs: 1_000, clock }), breaker);
    await policy.execute(() => "kept", { key });
    await clock.advance(100);
    breaker.isolate();
    expect(await policy.execute(() => "not asked", { key })).toBe("kept");
  });

  it("shows a bug, although it has a stale value", async () => {
    const { clock, ask, breakWith } = setup({ staleIfErrorMs: 1_000, failureTtlMs: 1_000 });
    await ask();
    await clock.advance(100);
    breakWith(new TypeError("x is not a function"));
    await expect(ask()).rejects.toBeInstanceOf(TypeError);
    breakWith(undefined);
    expect(await ask()).toBe(3);
  });

  it("cuts nothing that goes on behind an answer when its caller's deadline passes", async () => {
    const clock = manualClock();
    const policy = compose(
      timeout({ timeoutMs: 10, clock }),
      cache({ ttlMs: 100, ttlJitter: 0, staleWhileRevalidateMs: 100, clock }),
    );
    await policy.execute(() => "old", { key });
    await clock.advance(120);
    let aborted = false;
    const slow = policy.execute(
      (context) => {
        expect(context.remainingMs()).toBe(Number.POSITIVE_INFINITY);
        context.signal.addEventListener("abort", () => {
          aborted = true;
        });
        return new Promise<string>((resolve) => clock.schedule(() => resolve("new"), 30));
      },
      { key },
    );
    expect(await slow).toBe("old");
    await clock.advance(30);
    expect(await policy.execute(() => "not asked", { key })).toBe("new");
    expect(aborted).toBe(false);
  });
});

describe("cache: failures", () => {
  it("remembers none unless asked", async () => {
    const { ask, breakWith } = setup();
    breakWith(new Error("down"));
    await expect(ask()).rejects.toThrow("down");
    breakWith(undefined);
    expect(await ask()).toBe(2);
  });

  it("remembers a failure for its own, shorter time", async () => {
    const { clock, policy, ask, breakWith, loads } = setup({ failureTtlMs: 20 });
    const error = new Error("no such user");
    breakWith(error);
    await expect(ask()).rejects.toBe(error);
    await clock.advance(19);
    await expect(ask()).rejects.toBe(error);
    expect([loads(), policy.stats.hits]).toEqual([1, 1]);
    breakWith(undefined);
    await clock.advance(1);
    expect(await ask()).toBe(2);
  });

  it("gives a value that has just failed to load anew a rest", async () => {
    const { clock, ask, breakWith, loads } = setup({ staleIfErrorMs: 1_000, failureTtlMs: 20 });
    await ask();
    breakWith(new Error("down"));
    await clock.advance(100);
    for (let n = 0; n < 20; n++) {
      expect(await ask()).toBe(1);
      await clock.advance(2);
    }
    expect(loads()).toBe(1 + 2);
  });

  it("takes values that count as failures for what they are", async () => {
    const { clock, policy } = setup({ isFailure: errorOrStatus(503), staleIfErrorMs: 1_000, failureTtlMs: 20 });
    const answer = (status: number) => policy.execute(() => ({ status }), { key });
    expect(await answer(503)).toEqual({ status: 503 });
    expect(await answer(200)).toEqual({ status: 503 });
    await clock.advance(20);
    expect(await answer(200)).toEqual({ status: 200 });
    await clock.advance(100);
    expect(await answer(503)).toEqual({ status: 200 });
  });

  it("does not remember a refusal by a policy further in as the key's failure", async () => {
    const narrow = bulkhead({ limit: 1 });
    const policy = compose(cache({ ttlMs: 100, failureTtlMs: 1_000 }), narrow);
    const permit = narrow.tryAcquire()!;
    await expect(policy.execute(() => 1, { key })).rejects.toMatchObject({ code: "BULKHEAD_FULL" });
    permit.release();
    expect(await policy.execute(() => 1, { key })).toBe(1);
  });

  it("fails those who wait where the test of failures itself throws, and goes on", async () => {
    let bad = true;
    const { policy } = setup({
      isFailure: () => {
        if (bad) throw new Error("bad test");
        return false;
      },
    });
    await expect(policy.execute(() => 1, { key })).rejects.toThrow("bad test");
    bad = false;
    expect(await policy.execute(() => 2, { key })).toBe(2);
  });
});

describe("cache: loading early (XFetch)", () => {
  const entry = { good: true, ok: true, result: 1, rejectedBy: undefined, restUntilMs: 0 };
  const freshness = { ttlMs: 1, ttlJitter: 0, staleWhileRevalidateMs: 0, staleIfErrorMs: 0, failureTtlMs: 0 };

  it("begins as often as the formula says: exp(−left / (β·δ))", () => {
    const random = seeded(7);
    const early = (leftMs: number, tookMs: number, earlyBeta: number) => {
      let due = 0;
      for (let n = 0; n < 20_000; n++) {
        const at = { ...entry, freshUntilMs: leftMs, tookMs };
        if (isDueEarly(at, { ...freshness, earlyBeta }, 0, random.next())) due++;
      }
      return due / 20_000;
    };
    for (const [left, took, beta] of [
      [10, 10, 1],
      [30, 10, 1],
      [10, 10, 2],
      [50, 20, 1.5],
    ] as const) {
      expect(early(left, took, beta)).toBeCloseTo(Math.exp(-left / (beta * took)), 1);
    }
  });

  it("loads behind the answer before the time is over, so that no call ever waits", async () => {
    const random: Random = { uint32: () => 0, next: () => 0.9 };
    const { clock, policy, ask } = setup({ earlyBeta: 1, random });
    const slow = () =>
      policy.execute(() => new Promise<string>((resolve) => clock.schedule(() => resolve("value"), 10)), { key });
    const first = slow();
    await clock.advance(10);
    await first;
    // δ = 10 and −ln(0.1) = 2.3: due from 23 ms before the end.
    await clock.advance(76);
    await ask();
    expect(policy.stats).toMatchObject({ hits: 1, loads: 1 });
    await clock.advance(2);
    expect(await slow()).toBe("value");
    expect(policy.stats).toMatchObject({ hits: 2, loads: 2 });
    await clock.advance(12);
    expect(await ask()).toBe("value");
    expect(policy.stats).toMatchObject({ hits: 3, misses: 1 });
  });
});

describe("cache: shadow", () => {
  it("counts what it would have answered, while every call runs", async () => {
    const { clock, policy, ask, breakWith, loads } = setup({ mode: "shadow", staleIfErrorMs: 1_000 });
    await ask();
    expect(await ask()).toBe(2);
    await clock.advance(100);
    breakWith(new Error("down"));
    await expect(ask()).rejects.toThrow("down");
    expect(policy.stats).toMatchObject({ hits: 1, misses: 2, loads: 0 });
    expect([policy.counts.shadowed, loads()]).toEqual([2, 3]);
  });

  it("acts on what it has seen when it is told to", async () => {
    const { policy, ask } = setup({ mode: "shadow" });
    await ask();
    policy.setMode("enforce");
    expect(await ask()).toBe(1);
  });
});

describe("cache: against a naive twin", () => {
  it("answers fresh, stale or anew as a table of all that was stored would say", async () => {
    const step = fc.record({
      key: fc.constantFrom("a", "b", "c"),
      waitMs: fc.constantFrom(0, 10, 40, 90, 100, 200),
      fails: fc.boolean(),
    });
    const windows = fc.record({
      staleWhileRevalidateMs: fc.constantFrom(0, 50, 150),
      staleIfErrorMs: fc.constantFrom(0, 100, 300),
    });
    await fc.assert(
      fc.asyncProperty(windows, fc.array(step, { maxLength: 40 }), async (options, steps) => {
        const { clock, policy } = setup(options);
        const table = new Map<string, { value: number; atMs: number }>();
        let nth = 0;
        for (const { key, waitMs, fails } of steps) {
          await clock.advance(waitMs);
          const nowMs = clock.now();
          const kept = table.get(key);
          const ageMs = kept === undefined ? Number.POSITIVE_INFINITY : nowMs - kept.atMs - 100;
          const value = ++nth;
          let expected: unknown = fails ? "down" : value;
          if (ageMs < 0 || ageMs < options.staleWhileRevalidateMs) expected = kept!.value;
          else if (fails && ageMs < options.staleIfErrorMs) expected = kept!.value;
          if (ageMs >= 0 && !fails) table.set(key, { value, atMs: nowMs });
          const answer = await policy
            .execute(
              async () => {
                if (fails) throw new Error("down");
                return value;
              },
              { key },
            )
            .catch((error: Error) => error.message);
          expect(answer).toBe(expected);
          await clock.advance(0);
        }
      }),
      { numRuns: 200 },
    );
  });
});
