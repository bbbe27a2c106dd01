import { describe, expect, it } from "vitest";
import { manualClock, seeded } from "../../ts/kernel/index.js";
import {
  type AdaptiveLimit,
  aimd,
  type BulkheadOptions,
  bulkhead,
  circuitBreaker,
  compose,
  gradient2,
  isOverload,
  type LimitSample,
  timeout,
  vegas,
} from "../../ts/resilience/index.js";
import { policyContract } from "./policy-contract.js";

policyContract({
  kind: "bulkhead",
  make: (options) => bulkhead({ limit: aimd({ initial: 1, max: 1 }), ...options }),
  exhaust: async (policy) => {
    void policy.execute(() => new Promise(() => {}));
  },
  refusal: { code: "BULKHEAD_FULL", rule: "full", hasRetryAfter: false, observed: 1, threshold: 1 },
  shadowed: { action: "reject" },
  change: { good: { limit: aimd({ max: 2 }) }, bad: { limit: 0 } },
});

/** A limit that stays as it is told and writes down what it is told. */
function scribe(initial = 2) {
  const samples: LimitSample[] = [];
  const told = { limit: initial };
  const limit: AdaptiveLimit = {
    kind: "scribe",
    config: "scribe",
    begin: () => ({
      get limit() {
        return told.limit;
      },
      onSample: (sample) => void samples.push({ ...sample }),
      save: () => [told.limit],
      load: ([saved]) => void (told.limit = saved!),
    }),
  };
  return { samples, told, limit };
}

function subject(options: Partial<BulkheadOptions> = {}, initial = 2) {
  const clock = manualClock({ nowMs: 1_000 });
  const { samples, told, limit } = scribe(initial);
  return { clock, samples, told, policy: bulkhead({ limit, clock, ...options }) };
}

describe("a bulkhead with an adaptive limit", () => {
  it("tells the algorithm how long calls take and how many there are, on every way", async () => {
    const { clock, samples, policy } = subject();
    const endingIn = (ms: number) => () => new Promise<number>((resolve) => void clock.schedule(() => resolve(ms), ms));
    const calls = [policy.execute(endingIn(10)), policy.tryExecute(endingIn(25))];
    await clock.advance(25);
    await Promise.all(calls);
    await policy.execute(() => "at once");
    expect(samples).toEqual([
      { atMs: 1_010, rttMs: 10, inFlight: 2, dropped: false },
      { atMs: 1_025, rttMs: 25, inFlight: 1, dropped: false },
      { atMs: 1_025, rttMs: 0, inFlight: 1, dropped: false },
    ]);
    expect(policy.inUse).toBe(0);
  });

  it("does not count the wait for a slot", async () => {
    const { clock, samples, policy } = subject({ queue: { size: 2 } }, 1);
    const endingIn = (ms: number) => () => new Promise<void>((resolve) => void clock.schedule(resolve, ms));
    const calls = [policy.execute(endingIn(100)), policy.execute(endingIn(7)), policy.tryExecute(endingIn(8))];
    await clock.advance(115);
    await Promise.all(calls);
    expect(samples.map(({ rttMs }) => rttMs)).toEqual([100, 7, 8]);
  });

  it("takes refusals of the dependency for drops", async () => {
    const { samples, policy } = subject();
    await policy.execute(() => ({ status: 503 }));
    await policy.tryExecute(() => ({ statusCode: 429 }));
    await policy.tryExecute(() => Promise.reject(Object.assign(new Error("busy"), { status: 429 })));
    await policy.execute(() => ({ status: 200 }));
    expect(samples.map(({ dropped }) => dropped)).toEqual([true, true, true, false]);
  });

  it("takes timeouts for drops: from further out, from further in, and the function's own", async () => {
    const { clock, samples, policy } = subject({}, 3);
    const never = () => new Promise<never>(() => {});
    const calls = [
      compose(timeout({ timeoutMs: 30, clock }), policy).tryExecute(never),
      compose(policy, timeout({ timeoutMs: 40, clock })).tryExecute(never),
    ];
    await clock.advance(40);
    await Promise.all(calls);
    await policy.tryExecute(() => Promise.reject(new DOMException("too slow", "TimeoutError")));
    expect(samples.map(({ dropped, rttMs }) => [dropped, rttMs])).toEqual([
      [true, 30],
      [true, 40],
      [true, 0],
    ]);
  });

  it("learns nothing from aborts, from refusals further in, and from errors that are none of overload", async () => {
    const { clock, samples, policy } = subject();
    const breaker = circuitBreaker({ clock });
    breaker.isolate();
    await compose(policy, breaker).tryExecute(() => 1);
    await policy.tryExecute(() => Promise.reject(new Error("not found")));
    const controller = new AbortController();
    const call = policy.tryExecute(() => new Promise(() => {}), { signal: controller.signal });
    await clock.advance(0);
    controller.abort();
    await call;
    const permit = policy.tryAcquire()!;
    permit.release();
    (await policy.acquire()).release();
    expect(samples).toEqual([]);
  });

  it("lets isDropped say what a drop is", async () => {
    const { samples, policy } = subject({ isDropped: (outcome) => outcome.ok && outcome.value === "busy" });
    await policy.execute(() => "busy");
    await policy.execute(() => ({ status: 503 }));
    expect(samples.map(({ dropped }) => dropped)).toEqual([true, false]);
  });

  it("fails a call with what isDropped throws, and frees its slot", async () => {
    const broken = new Error("isDropped is broken");
    const { policy } = subject({
      isDropped: () => {
        throw broken;
      },
    });
    await expect(policy.execute(() => 1)).rejects.toBe(broken);
    expect(policy.inUse).toBe(0);
  });

  it("fails a call with a limit that is none, and frees its slot", async () => {
    const { told, policy } = subject();
    told.limit = 0.5;
    await expect(policy.execute(() => 1)).rejects.toMatchObject({ code: "INVALID_OPTION" });
    expect(policy.inUse).toBe(0);
    expect(policy.limit).toBe(2);
  });

  it("hands slots to those who wait when the limit grows, and none beyond it when it shrinks", async () => {
    const { clock, told, policy } = subject({ queue: { size: 10 } }, 2);
    const changes: unknown[] = [];
    policy.on("limitChanged", (change) => changes.push(change));
    const open: (() => void)[] = [];
    const work = () => new Promise<void>((resolve) => open.push(resolve));
    const calls = Array.from({ length: 8 }, () => policy.execute(work));
    const end = async (count: number) => {
      for (const resolve of open.splice(0, count)) resolve();
      await clock.advance(0);
    };
    told.limit = 4;
    await end(1);
    expect([policy.limit, policy.inUse, open.length]).toEqual([4, 4, 4]);
    told.limit = 1;
    await end(3);
    expect([policy.limit, policy.inUse, open.length]).toEqual([1, 1, 1]);
    await end(1);
    expect([policy.inUse, open.length]).toEqual([1, 1]);
    for (let left = 0; left < 3; left++) await end(1);
    await Promise.all(calls);
    expect(policy.inUse).toBe(0);
    expect(changes).toEqual([
      { limit: 4, previous: 2 },
      { limit: 1, previous: 4 },
    ]);
  });

  it("learns in shadow mode too, from all calls that run", async () => {
    const { samples, policy } = subject({ mode: "shadow" }, 1);
    const open: (() => void)[] = [];
    const calls = Array.from({ length: 3 }, () =>
      policy.execute(() => new Promise<void>((resolve) => open.push(resolve))),
    );
    open[0]!();
    await Promise.all(calls.slice(0, 1));
    expect(samples).toEqual([{ atMs: 1_000, rttMs: 0, inFlight: 3, dropped: false }]);
    expect(policy.counts).toMatchObject({ rejected: 0, shadowed: 2 });
    open[1]!();
    open[2]!();
    await Promise.all(calls);
    expect(policy.inUse).toBe(0);
  });

  it("keeps what it has learnt over a snapshot, and refuses that of another algorithm", async () => {
    const before = bulkhead({ limit: aimd({ initial: 10 }), clock: manualClock() });
    await Promise.all(Array.from({ length: 10 }, () => before.execute(async () => 1)));
    expect(before.limit).toBeGreaterThan(10);
    const after = bulkhead({ limit: aimd({ initial: 10 }), clock: manualClock() });
    after.restore(structuredClone(before.snapshot()));
    expect(after.limit).toBe(before.limit);
    const invalid = expect.objectContaining({ code: "SNAPSHOT_INVALID" });
    for (const limit of [aimd({ initial: 11 }), vegas(), gradient2(), 10]) {
      expect(() => bulkhead({ limit, clock: manualClock() }).restore(before.snapshot())).toThrow(invalid);
    }
    expect(() => after.restore(bulkhead({ limit: 3 }).snapshot())).toThrow(invalid);
  });

  it("keeps what it has learnt when other options change, and goes on from its limit with another algorithm", async () => {
    const policy = bulkhead({ limit: aimd({ initial: 10 }), clock: manualClock(), random: seeded(1) });
    await Promise.all(Array.from({ length: 10 }, () => policy.execute(async () => 1)));
    const learnt = policy.limit;
    expect(learnt).toBeGreaterThan(10);
    policy.reconfigure({ queue: { size: 5 } });
    expect(policy.limit).toBe(learnt);
    policy.reconfigure({ limit: aimd({ initial: 10 }) });
    expect(policy.limit).toBe(learnt);
    policy.reconfigure({ limit: gradient2({ initial: 100 }) });
    expect(policy.limit).toBe(learnt);
    policy.reconfigure({ limit: vegas({ max: 5 }) });
    expect(policy.limit).toBe(5);
    policy.resize(7);
    expect(policy.limit).toBe(7);
    await policy.execute(() => 1);
    expect(policy.limit).toBe(7);
    policy.reconfigure({ limit: aimd() });
    expect(policy.limit).toBe(7);
  });

  it("ends calls that began under another kind of limit", async () => {
    const policy = bulkhead({ limit: 2, queue: { size: 5 }, clock: manualClock() });
    const open: (() => void)[] = [];
    const work = () => new Promise<void>((resolve) => open.push(resolve));
    const fixed = [policy.execute(work), policy.tryExecute(work), policy.execute(work), policy.tryExecute(work)];
    policy.reconfigure({ limit: aimd({ initial: 2 }) });
    for (let turn = 0; turn < 4; turn++) {
      open.shift()!();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(fixed);
    const adaptive = [policy.execute(work), policy.tryExecute(work)];
    policy.reconfigure({ limit: 2 });
    for (const end of open) end();
    await Promise.all(adaptive);
    expect(policy.inUse).toBe(0);
  });
});

describe("isOverload", () => {
  it.each([
    [{ ok: true, value: { status: 503 } }, true],
    [{ ok: true, value: { status: 500 } }, false],
    [{ ok: true, value: { name: "TimeoutError" } }, false],
    [{ ok: true, value: null }, false],
    [{ ok: true, value: "503" }, false],
    [{ ok: false, error: { statusCode: 429 } }, true],
    [{ ok: false, error: new DOMException("late", "TimeoutError") }, true],
    [{ ok: false, error: new Error("late") }, false],
    [{ ok: false, error: undefined }, false],
  ] as const)("says of %o: %s", (outcome, expected) => {
    expect(isOverload(outcome)).toBe(expected);
  });
});
