import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { manualClock, type Random, seeded } from "../../../ts/kernel/index.js";
import { type AdaptiveThrottleOptions, adaptiveThrottle, bulkhead, compose } from "../../../ts/resilience/index.js";
import { policyContract } from "../policy-contract.js";
import { type Scenario, simulate } from "../simulation/queueing.js";
import { exponential } from "../simulation/service-times.js";
import { gateOf } from "./gate.js";

const down = () => Promise.reject(new Error("overloaded"));
/** Always draws the same. */
const drawing = (value: number): Random => ({ uint32: () => value * 2 ** 32, next: () => value });

policyContract({
  kind: "adaptive-throttle",
  make: (options) => adaptiveThrottle({ minimumCalls: 10, random: drawing(0), ...options }),
  exhaust: async (policy) => {
    for (let i = 0; i < 10; i++) await policy.tryExecute(down);
  },
  refusal: { code: "THROTTLED", rule: "accepts", hasRetryAfter: false, observed: 11, threshold: 0 },
  shadowed: { action: "reject" },
  change: { good: { k: 3 }, bad: { k: 0.5 } },
  keepsRefusing: true,
});

describe("adaptive throttle", () => {
  it("refuses with the probability of equation 21-1, requests that are refused here included", () => {
    return fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        async (accepted, k) => {
          const throttle = adaptiveThrottle({
            k,
            minimumCalls: 1,
            clock: manualClock(),
            random: seeded(accepted.length),
          });
          let requests = 0;
          let accepts = 0;
          let ended = 0;
          for (const one of accepted) {
            const wanted = ended === 0 ? 0 : Math.min(0.9, Math.max(0, (requests - k * accepts) / (requests + 1)));
            expect(throttle.rejectionProbability).toBeCloseTo(wanted, 12);
            requests++;
            const outcome = await throttle.tryExecute(one ? () => 1 : down);
            if (outcome.ok) accepts++;
            if (outcome.ok || outcome.rejectedBy === undefined) ended++;
          }
        },
      ),
    );
  });

  it("counts requests when they are made: throttling does not wait for a round trip (go-zero #5011)", async () => {
    const throttle = adaptiveThrottle({ minimumCalls: 10, random: drawing(0.999), clock: manualClock() });
    for (let i = 0; i < 20; i++) await throttle.execute(() => 1);
    // The backend hangs: nothing has failed yet, and nothing is accepted any more.
    for (let i = 0; i < 180; i++) void throttle.tryExecute(() => new Promise(() => {}));
    expect(throttle.rejectionProbability).toBeCloseTo((200 - 40) / 201, 9);
  });

  it.each([
    ["healthy", 1, 0],
    ["accepting a quarter", 4, 0.5],
    ["dead", Number.POSITIVE_INFINITY, 0.9],
  ])(
    "takes a backend whose calls outlive the window for what it is: %s (go-zero #5011)",
    async (_name, oneIn, wanted) => {
      const clock = manualClock();
      const throttle = adaptiveThrottle({ windowMs: 1_000, minimumCalls: 10, random: drawing(0.999), clock });
      for (let i = 0; i < 300; i++) {
        void throttle.tryExecute(async () => {
          await new Promise<void>((resolve) => clock.schedule(resolve, 2_000));
          if (i % oneIn !== 0 || oneIn > 300) throw new Error("overloaded");
        });
        await clock.advance(20);
      }
      expect(Math.abs(throttle.rejectionProbability - wanted)).toBeLessThan(0.1);
      await clock.advance(2_000);
    },
  );

  it("does not refuse a first burst for want of answers", async () => {
    const throttle = adaptiveThrottle({ random: drawing(0), clock: manualClock() });
    await Promise.all(Array.from({ length: 500 }, () => throttle.execute(async () => 1)));
    expect(throttle.counts.rejected).toBe(0);
    expect(throttle.rejectionProbability).toBe(0);
  });

  it("keeps criticalities apart, as the book does", async () => {
    const throttle = adaptiveThrottle({ minimumCalls: 10, random: drawing(0), clock: manualClock() });
    for (let i = 0; i < 20; i++) await throttle.tryExecute(down, { priority: "sheddable" });
    const outcomeOf = (priority: string) => throttle.tryExecute(() => 1, { priority: priority as never });
    expect(await outcomeOf("sheddable")).toMatchObject({ error: { code: "THROTTLED" } });
    expect(await outcomeOf("critical-plus")).toEqual({ ok: true, value: 1 });
    expect(await throttle.tryExecute(() => 1)).toEqual({ ok: true, value: 1 });
    expect(await outcomeOf("loud")).toMatchObject({ error: { code: "INVALID_OPTION" } });
  });

  it("learns nothing from what says nothing: aborts, bugs, refusals from further in", async () => {
    const clock = manualClock();
    const throttle = adaptiveThrottle({ minimumCalls: 1, random: drawing(0), clock });
    const both = compose(throttle, bulkhead({ limit: 1, clock }));
    let finish: (value: number) => void = () => {};
    const holder = both.execute(() => new Promise<number>((resolve) => (finish = resolve)));
    for (let i = 0; i < 50; i++) await both.tryExecute(() => 1);
    finish(1);
    await holder;
    for (let i = 0; i < 50; i++) await throttle.tryExecute(() => Promise.reject(new TypeError("a bug")));
    const controller = new AbortController();
    const hanging = () => throttle.tryExecute(() => new Promise(() => {}), { signal: controller.signal });
    const cut = Array.from({ length: 50 }, hanging);
    controller.abort();
    await Promise.all(cut);
    expect(throttle.counts.rejected).toBe(0);
    expect(throttle.rejectionProbability).toBe(0);
  });

  it("asks isFailure what the backend did not accept", async () => {
    const isFailure = (outcome: { readonly ok: boolean; readonly value?: unknown }) =>
      outcome.ok && outcome.value === 429;
    const throttle = adaptiveThrottle({ minimumCalls: 1, random: drawing(0.999), isFailure, clock: manualClock() });
    await throttle.execute(() => 429);
    expect(throttle.rejectionProbability).toBe(0.5);
    for (let i = 0; i < 10; i++) await throttle.tryExecute(() => Promise.reject(new Error("not found")));
    expect(throttle.rejectionProbability).toBe(0);
  });

  it("keeps what it counted over a change of K, and begins anew with another window", async () => {
    const throttle = adaptiveThrottle({ k: 1, minimumCalls: 1, random: drawing(0.999), clock: manualClock() });
    for (const fn of [() => 1, down, down]) await throttle.tryExecute<unknown>(fn);
    expect(throttle.rejectionProbability).toBe(0.5);
    throttle.reconfigure({ k: 2 });
    expect(throttle.rejectionProbability).toBe(0.25);
    throttle.reconfigure({ windowMs: 60_000 });
    expect(throttle.rejectionProbability).toBe(0);
  });

  it.each<[AdaptiveThrottleOptions]>([
    [{ k: Number.NaN }],
    [{ windowMs: 0 }],
    [{ buckets: 1 }],
    [{ minimumCalls: 0 }],
    [{ maxRejection: 1.1 }],
  ])("refuses %j", (options) => {
    expect(() => adaptiveThrottle(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

describe("a backend that can do a hundred calls a second, behind a throttle", () => {
  const backend = {
    seed: 11,
    service: exponential(100),
    servers: 10,
    timeoutMs: 1_000,
    durationMs: 100_000,
    measureFromMs: 40_000,
  };
  const run = (scenario: Partial<Scenario>, options?: AdaptiveThrottleOptions) => {
    const clock = manualClock();
    if (options === undefined) return simulate({ arrivals: 100, ...backend, ...scenario });
    const throttle = adaptiveThrottle({ windowMs: 20_000, random: seeded(3), clock, ...options });
    return simulate({ arrivals: 100, ...backend, ...scenario, gate: gateOf(throttle, clock) });
  };

  it("is left alone at half load", () => {
    expect(run({ arrivals: 50 }, {}).goodput).toBe(run({ arrivals: 50 }).goodput);
  });

  it("answers at twice the load, where it would do only what nobody waits for any more; a smaller K is stricter", () => {
    const arrivals = 200;
    expect(run({ arrivals }).goodput).toBeLessThan(1);
    expect(run({ arrivals }, { k: 2 }).goodput).toBeGreaterThan(20);
    expect(run({ arrivals }, { k: 1.1 }).goodput).toBeGreaterThan(80);
  });

  it("is spared at ten times the load: of 900 refusals a second it makes 60 itself, and answers as many", () => {
    const scenario = { arrivals: 1_000, backlog: 80 };
    const alone = run(scenario);
    const throttled = run(scenario, { maxRejection: 1 });
    expect(alone.refused / 60).toBeGreaterThan(850);
    expect(throttled.refused / 60).toBeLessThan(100);
    expect(throttled.goodput).toBeGreaterThanOrEqual(alone.goodput);
  });

  it("is used fully again soon after it has recovered", () => {
    const healsAtMs = 60_000;
    const outage = {
      arrivals: 50,
      durationMs: 130_000,
      backlog: 50,
      // One server in ten is left from second 20 to second 60.
      servers: (nowMs: number) => (nowMs > 20_000 && nowMs < healsAtMs ? 1 : 10),
    };
    const before = run({ ...outage, measureFromMs: 25_000, durationMs: healsAtMs }, {});
    expect(before.admitted / 35).toBeLessThan(30);
    const after = run({ ...outage, measureFromMs: healsAtMs + 30_000 }, {});
    expect(after.goodput / (after.arrived / 40)).toBeGreaterThan(0.99);
  });
});
