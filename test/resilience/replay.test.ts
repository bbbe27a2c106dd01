import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Clock, type ManualClock, manualClock, type Random, seeded } from "../../ts/kernel/index.js";
import {
  bulkhead,
  circuitBreaker,
  compose,
  type DecisionLog,
  exponential,
  gcra,
  type Policy,
  pipeline,
  type ReplayableParts,
  rateLimiter,
  recordDecisions,
  replayDecisions,
  retry,
  retryBudget,
} from "../../ts/resilience/index.js";

const invalid = expect.objectContaining({ code: "INVALID_OPTION" });

/** A clock that, as a real one does, goes on between two readings in the same breath. */
function restless(clock: ManualClock, random: Random): Clock {
  let aheadMs = 0;
  return {
    now: () => clock.now() + (aheadMs += random.next() / 1_000),
    wallNow: () => clock.wallNow() + aheadMs,
    schedule: (callback, delayMs, options) => clock.schedule(callback, delayMs, options),
  };
}

/** A pipeline in which everything depends on time, order or chance. */
const nervous = ({ clock, random }: ReplayableParts, retryAttempts = 3): Policy =>
  pipeline("users", {
    clock,
    random,
    timeout: { timeoutMs: 90 },
    retry: { attempts: retryAttempts, backoff: exponential({ baseMs: 5, maxMs: 40, jitter: "full", random }) },
    breaker: { consecutiveFailures: 3, openForMs: 60, openJitter: 0.5, halfOpen: { permits: 1, maxWaitMs: 100 } },
    rateLimiter: { algorithm: gcra({ limit: 300, perMs: 1_000, burst: 4 }), maxWaitMs: 6 },
    bulkhead: { limit: 2, queue: { size: 2, maxWaitMs: 20 } },
    attemptTimeout: { timeoutMs: 25 },
  });

/** Ages of the world of {@link run}, each with what happens then. */
const events = fc.array(
  fc.record({
    waitMs: fc.integer({ min: 0, max: 12 }),
    kind: fc.constantFrom("call", "call", "call", "abort", "change"),
    takesMs: fc.integer({ min: 0, max: 40 }),
    fails: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
);

type Events = typeof events extends fc.Arbitrary<infer T> ? T : never;

/** Records a run in which calls, results, aborts and changes come in any order. */
async function run(happenings: Events, seed: number): Promise<DecisionLog> {
  const clock = manualClock();
  const recording = recordDecisions(nervous, { seed, clock: restless(clock, seeded(seed + 1)) });
  const controllers: AbortController[] = [];
  const calls: Promise<unknown>[] = [];
  for (const { waitMs, kind, takesMs, fails } of happenings) {
    await clock.advance(waitMs);
    if (kind === "abort") controllers.pop()?.abort();
    else if (kind === "change") recording.reconfigure({ attemptTimeout: { timeoutMs: 5 + takesMs } });
    else {
      const controller = new AbortController();
      if (takesMs % 3 > 0) controllers.push(controller);
      const fn = (): unknown => {
        if (takesMs === 0 && fails) throw new Error("at once");
        if (takesMs === 0) return "at once";
        return new Promise((resolve, reject) => {
          clock.schedule(
            () => (fails ? reject(Object.assign(new Error("down"), { status: 503 })) : resolve(1)),
            takesMs,
          );
        });
      };
      calls.push(recording.tryExecute(fn, takesMs % 3 > 0 ? { signal: controller.signal, key: "k" } : {}));
    }
  }
  await clock.advance(1_000);
  await Promise.all(calls);
  return JSON.parse(JSON.stringify(recording.log())) as DecisionLog;
}

describe("a recording", () => {
  it("is replayed to the same steps, whatever happened (property)", async () => {
    await fc.assert(
      fc.asyncProperty(events, fc.integer({ min: 0, max: 1_000_000 }), async (happenings, seed) => {
        const log = await run(happenings, seed);
        expect(log.complete).toBe(true);
        const replay = await replayDecisions(log, nervous);
        expect(replay.divergence).toBeUndefined();
        expect(replay.entries).toBe(log.entries.length);
        const ends = log.entries.filter(([type]) => type === "end").map(([, call, end]) => [call, end]);
        expect([...replay.ends]).toEqual(ends);
      }),
      { numRuns: 60 },
    );
  });

  it("shows where another seed, or other options, would have gone another way", async () => {
    const happenings = Array.from(
      { length: 12 },
      () => ({ waitMs: 4, kind: "call", takesMs: 7, fails: true }) as const,
    );
    const log = await run([...happenings], 7);
    expect((await replayDecisions(log, nervous)).divergence).toBeUndefined();
    expect((await replayDecisions({ ...log, seed: 8 }, nervous)).divergence).toBeDefined();
    const once = await replayDecisions(log, (parts) => nervous(parts, 1));
    // With one attempt the retry is left at once, where the recorded one read the clock for its wait.
    expect(once.divergence?.expected[0]).toBe("now");
    expect(once.divergence?.actual).toEqual(["leave"]);
  });

  it("tells a call behind a slot that was free from one before it", async () => {
    const make = ({ clock }: ReplayableParts) => bulkhead({ limit: 1, clock });
    const clock = manualClock();
    const recording = recordDecisions(make, { clock });
    let finish: () => void = () => {};
    const work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const first = recording.tryExecute(() => work);
    // Comes as soon as the work is done, turns before the caller of the policy knows.
    const behind = [0, 1, 2, 3, 4].map(async (turns) => {
      await work;
      for (let turn = 0; turn < turns; turn++) await undefined;
      return recording.tryExecute(() => turns);
    });
    finish();
    await first;
    const outcomes = await Promise.all(behind);
    expect(new Set(outcomes.map(({ ok }) => ok)).size).toBe(2);
    expect((await replayDecisions(recording.log(), make)).divergence).toBeUndefined();
  });

  it("keeps what policies look at: status, Retry-After, name and code", async () => {
    const make = ({ clock }: ReplayableParts) =>
      compose(
        retry({ attempts: 2, clock, budget: retryBudget({ clock }) }),
        rateLimiter({ algorithm: gcra({ limit: 1, perMs: 10 }), clock }),
      );
    const clock = manualClock();
    const recording = recordDecisions(make, { clock });
    const busy = { status: 503, headers: new Headers({ "retry-after": "1" }) };
    const call = recording.tryExecute(() =>
      Promise.reject(Object.assign(new RangeError("odd"), busy, { code: "E_ODD" })),
    );
    await clock.advance(5_000);
    await call;
    const second = recording.execute(() => busy);
    await clock.advance(5_000);
    await second;
    await expect(recording.execute(() => Promise.reject("a word"), { idempotent: false })).rejects.toBe("a word");
    const settles = recording.log().entries.filter(([type]) => type === "settle");
    expect(settles.map(([, , , result]) => result)).toEqual([
      { ok: false, name: "RangeError", message: "odd", code: "E_ODD", status: 503, retryAfter: "1" },
      { ok: false, name: "RangeError", message: "odd", code: "E_ODD", status: 503, retryAfter: "1" },
      { ok: true, status: 503, retryAfter: "1" },
      { ok: false, name: "string", message: "a word" },
    ]);
    expect((await replayDecisions(recording.log(), make)).divergence).toBeUndefined();
  });

  it("is bounded, and what is there can be replayed", async () => {
    const make = ({ clock }: ReplayableParts) => circuitBreaker({ clock });
    const recording = recordDecisions(make, { clock: manualClock(), maxEntries: 10 });
    for (let call = 0; call < 9; call++) await recording.execute(() => call);
    const log = recording.log();
    expect(log.entries).toHaveLength(10);
    expect(log.complete).toBe(false);
    expect(await replayDecisions(log, make)).toMatchObject({ divergence: undefined, entries: 10 });
  });

  it("takes only changes that survive JSON, and only a policy with its clock", () => {
    const recording = recordDecisions(({ clock }) => retry({ clock }), { clock: manualClock() });
    expect(() => recording.reconfigure({ handle: () => true })).toThrow(invalid);
    expect(() => recording.reconfigure({ attempts: Number.NaN })).toThrow(invalid);
    recording.reconfigure({ attempts: 7, mode: "shadow" });
    expect(recording.policy).toMatchObject({ attempts: 7, mode: "shadow" });
    expect(() => recordDecisions(() => retry())).toThrow(invalid);
    expect(() => recordDecisions(({ clock }) => retry({ clock }), { maxEntries: 0 })).toThrow(invalid);
  });

  it("says where a policy does nothing although a step is due", async () => {
    const log: DecisionLog = { version: 1, seed: 1, complete: true, entries: [["now", 5]] };
    const replay = await replayDecisions(log, ({ clock }) => retry({ clock }));
    expect(replay.divergence).toEqual({ at: 0, expected: ["now", 5], actual: undefined });
  });

  it("refuses what is no log", async () => {
    const make = ({ clock }: ReplayableParts) => retry({ clock });
    for (const bad of [undefined, {}, { version: 2, seed: 1, entries: [] }, { version: 1, seed: 1, entries: [1] }]) {
      await expect(replayDecisions(bad as never, make)).rejects.toMatchObject({ code: "DECISION_LOG_INVALID" });
    }
  });
});
