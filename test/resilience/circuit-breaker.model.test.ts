/**
 * Model-based: random schedules of calls, results in any order, time, commands by hand, live changes, snapshots and disposal,
 * through the policy and through a naive model of it; after each step everything that can be read must agree.
 */

import fc from "fast-check";
import { expect, it } from "vitest";
import { dispose, type ManualClock, manualClock, type Random, RejectedError, seeded } from "../../ts/kernel/index.js";
import {
  type CircuitBreaker,
  type CircuitBreakerOptions,
  circuitBreaker,
  count,
  type Permit,
  time,
} from "../../ts/resilience/index.js";
import { BreakerModel, type ModelPermit, type ModelResult, type ModelRules } from "./breaker/model.js";

/** A call under way, however it was begun; it ends once. */
interface Call {
  readonly permit: ModelPermit;
  /** Whether a snapshot has taken the state of its breaker elsewhere. */
  orphan: boolean;
  end(result: ModelResult): Promise<void>;
}

interface Real {
  breaker: CircuitBreaker;
  listening?: Disposable;
  readonly clock: ManualClock;
  readonly options: () => CircuitBreakerOptions;
  late: number;
  holds: Disposable[];
  calls: Call[];
}

/** Goes on with this breaker; what the one before it still says is not heard. */
function listenTo(real: Real, breaker: CircuitBreaker): void {
  real.listening?.[dispose]();
  real.breaker = breaker;
  real.late = 0;
  real.listening = breaker.on("late", () => real.late++);
}

interface Step extends fc.AsyncCommand<BreakerModel, Real> {}

/** Makes a command that compares all that can be read when it is done. */
function step(name: string, run: (model: BreakerModel, real: Real) => Promise<void> | void): Step {
  return {
    check: () => true,
    async run(model, real) {
      await run(model, real);
      agree(model, real);
    },
    toString: () => name,
  };
}

function agree(model: BreakerModel, { breaker, late }: Real): void {
  const { state, calls, failureRate, probes, admittedShare, isolations } = breaker.stats;
  const seen = { state, calls, failures: Math.round(failureRate * calls), probes, isolations, late };
  const { state: modelState, calls: modelCalls, failures, probes: modelProbes, isolations: modelHeld } = model;
  expect({ ...seen, retryAfterMs: Math.round(breaker.retryAfterMs * 1e3) / 1e3 }).toEqual({
    state: modelState,
    calls: modelCalls,
    failures,
    probes: modelProbes,
    isolations: modelHeld,
    late: model.late,
    retryAfterMs: model.retryAfterMs,
  });
  expect(admittedShare).toBeCloseTo(model.admittedShare, 9);
}

const settleBy: Readonly<Record<ModelResult, (permit: Permit) => void>> = {
  success: (permit) => permit.success(),
  failure: (permit) => permit.failure(),
  ignored: (permit) => permit.ignore(),
};

/** Begins a call by hand, or by `execute`, where a programming error is what counts as nothing. */
function begin({ breaker, clock }: Real, byHand: boolean): { refused: () => Promise<boolean>; end: Call["end"] } {
  if (byHand) {
    const permit = breaker.tryAcquire();
    return {
      refused: async () => permit === undefined,
      end: async (result) => settleBy[result](permit!),
    };
  }
  let settle: (result: ModelResult) => void = () => {};
  const work = new Promise<string>((resolve, reject) => {
    settle = (result) => {
      if (result === "success") resolve("fine");
      else reject(result === "failure" ? new Error("down") : new TypeError("a bug"));
    };
  });
  work.catch(() => {});
  let error: unknown;
  const call = breaker
    .execute(() => work)
    .catch((reason: unknown) => {
      error = reason;
    });
  return {
    refused: async () => {
      await clock.advance(0);
      return error instanceof RejectedError;
    },
    end: async (result) => {
      settle(result);
      await call;
    },
  };
}

const begins = fc.boolean().map((byHand) =>
  step(byHand ? "begin by hand" : "begin", async (model, real) => {
    const permit = model.begin();
    const { refused, end } = begin(real, byHand);
    expect(await refused()).toBe(permit === undefined);
    if (permit !== undefined) real.calls.push({ permit, orphan: false, end });
  }),
);

const ends = fc
  .tuple(fc.nat(20), fc.constantFrom<ModelResult>("success", "failure", "failure", "ignored"))
  .map(([at, result]) =>
    step(`end ${at} ${result}`, async (model, real) => {
      const [call] = real.calls.splice(at % Math.max(1, real.calls.length), 1);
      if (call === undefined) return;
      if (!call.orphan) model.end(call.permit, result);
      await call.end(result);
    }),
  );

const waits = fc.constantFrom(1, 10, 25, 50, 100, 400).map((ms) =>
  step(`wait ${ms}`, async (model, real) => {
    model.nowMs += ms;
    await real.clock.advance(ms);
  }),
);

const isolations = fc.constant(
  step("isolate", (model, real) => {
    model.isolate();
    real.holds.push(real.breaker.isolate());
  }),
);

const releases = fc.nat(5).map((at) =>
  step(`release ${at}`, (model, real) => {
    const [hold] = real.holds.splice(at % Math.max(1, real.holds.length), 1);
    if (hold === undefined) return;
    model.release();
    hold[dispose]();
    hold[dispose]();
  }),
);

const words = fc.constantFrom("forceOpen" as const, "disable" as const, "reset" as const).map((word) =>
  step(word, (model, real) => {
    model[word]();
    real.breaker[word]();
    // What was held is let go by the newer word; disposing it must do nothing.
    for (const hold of real.holds.splice(0)) hold[dispose]();
  }),
);

const retunes = fc
  .record({ failureRate: fc.constantFrom(0.3, 0.5, 1), minimumCalls: fc.integer({ min: 1, max: 4 }) })
  .map((rules) =>
    step(`retune ${JSON.stringify(rules)}`, (model, real) => {
      model.retune(rules);
      real.breaker.reconfigure(rules);
    }),
  );

const windows = fc.constantFrom<[ModelRules["window"], CircuitBreakerOptions]>(
  [{ kind: "count", calls: 4 }, { window: count(4) }],
  [{ kind: "count", calls: 7 }, { window: count(7) }],
  [{ kind: "time", sliceMs: 25, slices: 4 }, { window: time(100, { buckets: 4 }) }],
);

const reshapes = windows.map(([window, change]) =>
  step(`reshape ${JSON.stringify(window)}`, (model, real) => {
    const same = JSON.stringify(model.rules.window) === JSON.stringify(window);
    if (!same) model.reshape(window);
    real.breaker.reconfigure(change);
  }),
);

/** The state goes on in another breaker; the calls that are under way end at the old one. */
const moves = fc.constant(
  step("snapshot, restore", (model, real) => {
    const { window, failureRate, minimumCalls } = real.breaker.options;
    const image = structuredClone(real.breaker.snapshot());
    listenTo(real, circuitBreaker({ ...real.options(), window, failureRate, minimumCalls } as CircuitBreakerOptions));
    model.late = 0;
    real.breaker.restore(image);
    model.restored();
    real.holds = [];
    real.calls.forEach((call) => {
      call.orphan = true;
    });
  }),
);

const commands = fc.commands(
  [begins, begins, begins, ends, ends, ends, waits, waits, isolations, releases, words, retunes, reshapes, moves],
  { maxCommands: 60 },
);

const rules = {
  failureRate: 0.5,
  minimumCalls: 2,
  openForMs: 40,
  openFactor: 2,
  openMaxMs: 120,
  permits: 2,
  successes: 3,
  maxWaitMs: 300,
  slowStartMs: 80,
} as const;

/** What a slow start draws; the machine's seed matters to nothing here. */
function draws(seed: number): Random {
  const stream = seeded(seed);
  return { next: () => stream.next(), uint32: () => 1 };
}

it.each<[string, ModelRules["window"], CircuitBreakerOptions]>([
  ["the last calls", { kind: "count", calls: 5 }, { window: count(5) }],
  ["the calls of a time", { kind: "time", sliceMs: 50, slices: 4 }, { window: time(200, { buckets: 4 }) }],
])("the policy does what the model does: %s", async (_name, window, own) => {
  const schedule = fc.asyncProperty(commands, fc.nat(), async (steps, seed) => {
    const clock = manualClock();
    const options = (): CircuitBreakerOptions => ({
      ...own,
      failureRate: rules.failureRate,
      minimumCalls: rules.minimumCalls,
      openForMs: rules.openForMs,
      openFactor: rules.openFactor,
      openMaxMs: rules.openMaxMs,
      openJitter: 0,
      halfOpen: { permits: rules.permits, successes: rules.successes, maxWaitMs: rules.maxWaitMs },
      slowStart: { durationMs: rules.slowStartMs },
      random,
      clock,
    });
    const random = draws(seed);
    const real = { clock, options, late: 0, holds: [], calls: [] } as unknown as Real;
    listenTo(real, circuitBreaker(options()));
    const setup = () => ({ model: new BreakerModel({ ...rules, window }, draws(seed)), real });
    await fc.asyncModelRun(setup, steps);
    // Disposal: what is under way ends as it would, and nothing is left.
    real.breaker[dispose]();
    for (const call of real.calls) await call.end("success");
    expect(clock.pendingTimers).toBe(0);
  });
  await fc.assert(schedule, { numRuns: 500, seed: 20_261_125 });
});
