import { describe, expect, it } from "vitest";
import { AdaptiveBreakerMachine, SharedBreakerMachine } from "../../../ts/core/index.js";
import { dispose, manualClock, type Random, seeded } from "../../../ts/kernel/index.js";
import {
  type CircuitBreaker,
  type CircuitBreakerOptions,
  circuitBreaker,
  compose,
  constant,
  count,
  type Permit,
  time,
} from "../../../ts/resilience/index.js";
import { sharedRuntime } from "../../../ts/shared/index.js";
import { down, fail, observed, pass } from "./observed.js";

/** Draws these numbers, one after the other, and then fails the test. */
function drawing(...draws: number[]): Random {
  const next = () => {
    const drawn = draws.shift();
    if (drawn === undefined) throw new Error("drawn once too often");
    return drawn;
  };
  return { next, uint32: () => 1 };
}

/** Opens a breaker of one failure and one probe, waits out its open time and closes it. */
async function comeBack(breaker: CircuitBreaker, clock: { advance(ms: number): Promise<void> }): Promise<void> {
  await fail(breaker, 1);
  await clock.advance(breaker.retryAfterMs);
  await pass(breaker, 1);
}

const touchy: CircuitBreakerOptions = { consecutiveFailures: 1, openForMs: 100, halfOpen: { permits: 1 } };

describe("thresholds at equality", () => {
  it.each<[string, CircuitBreakerOptions, number, number]>([
    ["failures in a row", { consecutiveFailures: 3 }, 0, 3],
    ["a failure rate", { window: count(10), minimumCalls: 10, failureRate: 0.3 }, 7, 3],
    ["a failure rate over time", { window: time(1_000), minimumCalls: 10, failureRate: 0.3 }, 7, 3],
    ["the minimum of calls", { window: time(1_000), minimumCalls: 5, failureRate: 0.2 }, 3, 2],
  ])("%s opens when it is reached, not before", async (_name, options, good, bad) => {
    const { breaker } = observed(options);
    await pass(breaker, good);
    await fail(breaker, bad - 1);
    expect(breaker.state).toBe("closed");
    await fail(breaker, 1);
    expect(breaker.state).toBe("open");
  });

  it("a call that takes slowAfterMs exactly is slow, one a moment shorter is not", () => {
    const { clock, breaker } = observed({ window: count(4), minimumCalls: 1, slowRate: 1, slowAfterMs: 100 });
    const short = breaker.tryAcquire()!;
    clock.advanceSync(99.99);
    short.success();
    expect(breaker.stats).toMatchObject({ state: "closed", calls: 1, slowRate: 0 });
    breaker.reset();
    const exact = breaker.tryAcquire()!;
    clock.advanceSync(100);
    exact.success();
    expect(breaker.state).toBe("open");
  });

  it("an open time is over at its end, probes are given up at theirs, not before", async () => {
    const { clock, breaker } = observed({ ...touchy, halfOpen: { permits: 1, maxWaitMs: 50 } });
    await fail(breaker, 1);
    await clock.advance(99);
    expect(breaker.state).toBe("open");
    await clock.advance(1);
    expect(breaker.state).toBe("half-open");
    breaker.tryAcquire();
    await clock.advance(49);
    expect(breaker.state).toBe("half-open");
    await clock.advance(1);
    expect(breaker.state).toBe("open");
  });

  it("closes after so many good probes, fewer or more than are out at once", async () => {
    const { clock, breaker } = observed({ ...touchy, halfOpen: { permits: 2, successes: 3 } });
    await fail(breaker, 1);
    await clock.advance(100);
    await pass(breaker, 2);
    expect(breaker.state).toBe("half-open");
    await pass(breaker, 1);
    expect(breaker.state).toBe("closed");
  });
});

describe("slow start", () => {
  const slowStart = { durationMs: 1_000, minimumShare: 0.2 };

  it("admits a growing share after closing, and refuses the rest with what it drew", async () => {
    const { clock, breaker } = observed({ ...touchy, slowStart, random: drawing(0.19, 0.2, 0.49, 0.5) });
    await comeBack(breaker, clock);
    expect(breaker.stats).toMatchObject({ state: "closed", admittedShare: 0.2 });
    expect(await breaker.execute(() => "in")).toBe("in");
    await expect(breaker.execute(() => "out")).rejects.toMatchObject({
      code: "CIRCUIT_OPEN",
      rule: "slow-start",
      observed: 0.2,
      threshold: 0.2,
    });
    await clock.advance(500);
    expect(breaker.stats.admittedShare).toBe(0.5);
    expect(breaker.tryAcquire()).toBeDefined();
    expect(breaker.tryAcquire()).toBeUndefined();
    await clock.advance(500);
    expect(breaker.stats.admittedShare).toBe(1);
    await pass(breaker, 3);
  });

  it("draws once for each call", async () => {
    for (const execute of ["execute", "tryExecute"] as const) {
      const { clock, breaker } = observed({ ...touchy, slowStart, random: drawing(0.9) });
      await comeBack(breaker, clock);
      await breaker[execute](() => 1).catch(() => {});
      await expect(breaker.execute(() => 1)).rejects.toThrow("drawn once too often");
    }
  });

  it("ends when the breaker opens, and begins anew when it closes", async () => {
    const { clock, breaker } = observed({ ...touchy, slowStart, random: drawing(0, 0) });
    await comeBack(breaker, clock);
    await clock.advance(900);
    await fail(breaker, 1);
    expect(breaker.stats).toMatchObject({ state: "open", admittedShare: 1 });
    await clock.advance(100);
    await pass(breaker, 1);
    expect(breaker.stats).toMatchObject({ state: "closed", admittedShare: 0.2 });
  });

  it("follows the end of an isolation, not a reset", async () => {
    const { breaker } = observed({ ...touchy, slowStart });
    breaker.isolate()[dispose]();
    expect(breaker.stats.admittedShare).toBe(0.2);
    breaker.reset();
    expect(breaker.stats.admittedShare).toBe(1);
  });

  it("goes on where it was after snapshot and restore, and decides alike from the same seed", async () => {
    const options = { ...touchy, slowStart };
    const { clock, breaker } = observed(options);
    await comeBack(breaker, clock);
    await clock.advance(400);
    const image = structuredClone(breaker.snapshot());
    const decide = async () => {
      const later = manualClock({ nowMs: 1e9 });
      const restored = circuitBreaker({ openJitter: 0, ...options, clock: later, random: seeded(3) });
      restored.restore(image);
      expect(restored.stats.admittedShare).toBeCloseTo(0.4, 9);
      const decisions: boolean[] = [];
      for (let call = 0; call < 50; call++) {
        decisions.push((await restored.tryExecute(() => 1)).ok);
        await later.advance(20);
      }
      return decisions;
    };
    const decisions = await decide();
    expect(decisions).toContain(false);
    expect(decisions.slice(30)).not.toContain(false);
    expect(await decide()).toEqual(decisions);
  });

  it("refuses a saved slow start that cannot be", async () => {
    const { clock, breaker } = observed({ ...touchy, slowStart });
    await comeBack(breaker, clock);
    const image = breaker.snapshot();
    for (const elapsedMs of [-1, 1_001, Number.POSITIVE_INFINITY]) {
      const state = image.state.slice();
      new DataView(state.buffer).setFloat64(state.length - 8, elapsedMs, true);
      expect(() => breaker.restore({ ...image, state })).toThrow(expect.objectContaining({ code: "SNAPSHOT_INVALID" }));
    }
  });

  it("changes live, and ends where the option is taken away", async () => {
    const { clock, breaker } = observed({ ...touchy, slowStart });
    await comeBack(breaker, clock);
    await clock.advance(500);
    breaker.reconfigure({ slowStart: { durationMs: 5_000 } });
    expect(breaker.stats.admittedShare).toBeCloseTo(0.1, 9);
    breaker.reconfigure({ slowStart: undefined });
    expect(breaker.stats.admittedShare).toBe(1);
    await pass(breaker, 10);
  });
});

describe("health probe", () => {
  /** A breaker whose dependency says what is in `health`. */
  function probed(onHealthy?: "half-open" | "close") {
    const health = { good: false, asked: 0 };
    const check = () => {
      health.asked++;
      return health.good;
    };
    const backoff = constant({ baseMs: 10 });
    const probe = onHealthy === undefined ? { check, backoff } : { check, backoff, onHealthy };
    return { health, ...observed({ ...touchy, openForMs: 1_000, probe }) };
  }

  it("asks only while the breaker is open, and lets calls try before the open time is over", async () => {
    const { health, clock, breaker, transitions } = probed();
    await clock.advance(100);
    expect(health.asked).toBe(0);
    await fail(breaker, 1);
    await clock.advance(50);
    expect(health.asked).toBe(5);
    expect(breaker.state).toBe("open");
    health.good = true;
    await clock.advance(10);
    expect(breaker.state).toBe("half-open");
    await pass(breaker, 1);
    expect(breaker.state).toBe("closed");
    await clock.advance(1_000);
    expect(health.asked).toBe(6);
    expect(clock.pendingTimers).toBe(0);
    expect(transitions).toEqual([
      "closed > open (threshold)",
      "open > half-open (health-probe)",
      "half-open > closed (probes)",
    ]);
  });

  it("closes at once where it is told to", async () => {
    const { health, clock, breaker, transitions } = probed("close");
    await fail(breaker, 1);
    health.good = true;
    await clock.advance(10);
    expect(breaker.state).toBe("closed");
    expect(transitions.at(-1)).toBe("open > closed (health-probe)");
  });

  it("ends when the open time does, when the breaker is reset, and when it is disposed", async () => {
    for (const end of ["elapse", "reset", "dispose"]) {
      const { health, clock, breaker } = probed();
      await fail(breaker, 1);
      if (end === "elapse") await clock.advance(1_000);
      if (end === "reset") breaker.reset();
      if (end === "dispose") breaker[dispose]();
      const { asked } = health;
      await clock.advance(5_000);
      expect(health.asked).toBe(asked);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it("reports what each check has found", async () => {
    const { clock, breaker } = probed();
    const found: unknown[] = [];
    breaker.on("probed", ({ healthy, attempt }) => found.push([healthy, attempt]));
    await fail(breaker, 1);
    await clock.advance(20);
    expect(found).toEqual([
      [false, 1],
      [false, 2],
    ]);
  });

  it("starts and ends with its option, while the breaker is open", async () => {
    const { health, clock, breaker } = probed();
    await fail(breaker, 1);
    breaker.reconfigure({ probe: undefined });
    await clock.advance(50);
    expect(health.asked).toBe(0);
    breaker.reconfigure({ probe: { check: () => true, backoff: constant({ baseMs: 10 }) } });
    await clock.advance(10);
    expect(breaker.state).toBe("half-open");
  });
});

describe("what counts", () => {
  it("never counts a refusal from further in, whatever isFailure would say", async () => {
    const { clock, breaker } = observed({ ...touchy, isFailure: () => true });
    const inner = circuitBreaker({ clock });
    inner.forceOpen();
    await compose(breaker, inner).tryExecute(() => 1);
    expect(breaker.state).toBe("closed");
    await breaker.tryExecute(() => 1);
    expect(breaker.state).toBe("open");
  });
});

describe("states by hand", () => {
  it("isolates for a reason that its refusals give", async () => {
    const { breaker } = observed();
    const first = breaker.isolate("deployment 12");
    const second = breaker.isolate();
    expect(breaker.stats.isolations).toBe(2);
    const error = await breaker.execute(() => 1).catch((refusal: Error) => refusal);
    expect(error).toMatchObject({ code: "CIRCUIT_ISOLATED", rule: "isolated", reason: "deployment 12" });
    expect((error as Error).message).toContain("deployment 12");
    first[dispose]();
    await expect(breaker.execute(() => 1)).rejects.toMatchObject({ reason: undefined });
    second[dispose]();
    expect(breaker.state).toBe("closed");
  });

  it("is forced open until it is reset, whatever isolations come and go", async () => {
    const { breaker, transitions } = observed();
    breaker.forceOpen("by order");
    breaker.isolate()[dispose]();
    expect(breaker.state).toBe("forced-open");
    expect(breaker.retryAfterMs).toBe(Number.POSITIVE_INFINITY);
    await expect(breaker.execute(() => 1)).rejects.toMatchObject({ reason: "by order" });
    breaker.reset();
    expect(transitions).toEqual(["closed > forced-open (manual)", "forced-open > closed (manual)"]);
  });

  it("lets the newest word count: what was isolated before a reset changes nothing when it is let go", async () => {
    const { breaker } = observed(touchy);
    const hold = breaker.isolate();
    breaker.reset();
    await fail(breaker, 1);
    hold[dispose]();
    expect(breaker.state).toBe("open");
    breaker.disable();
    expect(breaker.state).toBe("disabled");
  });

  it("keeps its isolations over a restore, and a restored one is forced open until it is reset", () => {
    const { breaker } = observed();
    const closed = breaker.snapshot();
    const hold = breaker.isolate();
    const isolated = breaker.snapshot();
    breaker.restore(closed);
    expect(breaker.state).toBe("forced-open");
    hold[dispose]();
    expect(breaker.state).toBe("closed");
    breaker.restore(isolated);
    expect(breaker.state).toBe("forced-open");
    breaker.isolate()[dispose]();
    expect(breaker.state).toBe("forced-open");
    breaker.reset();
    expect(breaker.state).toBe("closed");
  });
});

describe("permits by hand", () => {
  it("are taken back after maxHoldMs and reported with their owner; their results come too late", async () => {
    const { clock, breaker } = observed({ ...touchy, maxHoldMs: 60, halfOpen: { permits: 1, maxWaitMs: 5_000 } });
    const events: unknown[] = [];
    breaker.on("reclaimed", (event) => events.push(event));
    breaker.on("late", () => events.push("late"));
    await fail(breaker, 1);
    await clock.advance(100);
    const leaked = breaker.tryAcquire({ owner: "import job" }) as Permit;
    expect(breaker.stats.probes).toBe(1);
    await clock.advance(59);
    expect(events).toEqual([]);
    await clock.advance(51);
    expect(events).toEqual([{ policy: "circuit-breaker", owner: "import job", heldMs: expect.closeTo(60, -2) }]);
    expect(breaker.stats.probes).toBe(0);
    leaked.failure();
    expect(events.at(-1)).toBe("late");
    expect(breaker.state).toBe("half-open");
    await pass(breaker, 1);
    expect(breaker.state).toBe("closed");
    expect(clock.pendingTimers).toBe(0);
  });

  it("leave no timer when they are settled in time, and settle once", async () => {
    const { clock, breaker } = observed({ ...touchy, maxHoldMs: 60 });
    const events: unknown[] = [];
    breaker.on("reclaimed", (event) => events.push(event));
    breaker.on("settledTwice", (event) => events.push(event));
    const permit = breaker.tryAcquire({ owner: "me" })!;
    permit.success();
    permit.failure();
    await clock.advance(1_000);
    expect(events).toEqual([{ policy: "circuit-breaker", owner: "me" }]);
    expect(breaker.state).toBe("closed");
    expect(clock.pendingTimers).toBe(0);
  });

  it("are always given in shadow mode, and count only where the breaker had admitted the call; off, they count nothing", () => {
    const { clock, breaker } = observed({ ...touchy, mode: "shadow" });
    breaker.tryAcquire()!.failure();
    expect(breaker.state).toBe("open");
    const refused = breaker.tryAcquire()!;
    expect(breaker.counts).toMatchObject({ rejected: 0, shadowed: 1 });
    clock.advanceSync(100);
    refused.success();
    expect(breaker.state).toBe("half-open");
    breaker.tryAcquire()!.success();
    expect(breaker.state).toBe("closed");
    breaker.setMode("off");
    breaker.tryAcquire()!.failure();
    expect(breaker.state).toBe("closed");
    expect(breaker.counts.shadowed).toBe(1);
  });
});

describe("shadow mode", () => {
  it("counts results and would-be refusals as the acting breaker does, and blocks nobody", async () => {
    const acting = observed(touchy);
    const shadow = observed({ ...touchy, mode: "shadow" });
    const random = seeded(8);
    for (let call = 0; call < 300; call++) {
      const work = random.next() < 0.3 ? down : () => 1;
      for (const { breaker, clock } of [acting, shadow]) {
        await breaker.tryExecute(work);
        await clock.advance(20);
      }
      expect(shadow.breaker.stats).toEqual(acting.breaker.stats);
    }
    expect(shadow.transitions).toEqual(acting.transitions);
    expect(shadow.breaker.counts).toMatchObject({ rejected: 0, shadowed: acting.breaker.counts.rejected });
    expect(acting.breaker.counts.rejected).toBeGreaterThan(50);
  });

  it("reports a test of failures that throws, and leaves the call alone", async () => {
    const isFailure = () => {
      throw new Error("a bad test");
    };
    const { breaker } = observed({ ...touchy, mode: "shadow", isFailure });
    const failed: unknown[] = [];
    breaker.on("shadowFailed", ({ error }) => failed.push((error as Error).message));
    expect(await breaker.execute(() => "fine")).toBe("fine");
    expect(failed).toEqual(["a bad test"]);
    expect(breaker.state).toBe("open");
  });
});

describe("live changes", () => {
  it("keep the window where its shape stays, and count calls that are under way", async () => {
    const { breaker } = observed({ window: count(10), minimumCalls: 10 });
    await fail(breaker, 2);
    const out = breaker.tryAcquire()!;
    breaker.reconfigure({ minimumCalls: 3, failureRate: 1 });
    expect(breaker.stats).toMatchObject({ state: "closed", calls: 2 });
    out.failure();
    expect(breaker.state).toBe("open");
  });

  it("drop the results of calls that another machine has admitted", async () => {
    const { breaker } = observed({ window: count(10), minimumCalls: 1 });
    const late: unknown[] = [];
    breaker.on("late", (event) => late.push(event));
    const byHand = breaker.tryAcquire()!;
    let end: (error: Error) => void = () => {};
    const running = breaker.tryExecute(() => new Promise((_resolve, reject) => (end = reject)));
    breaker.reconfigure({ window: count(20) });
    byHand.failure();
    end(new Error("down"));
    expect(await running).toMatchObject({ ok: false });
    expect(breaker.stats).toMatchObject({ state: "closed", calls: 0 });
    expect(late.length).toBe(2);
    await fail(breaker, 1);
    expect(breaker.state).toBe("open");
  });

  it.each<[string, CircuitBreakerOptions]>([
    ["a count window", { window: count(7) }],
    ["a time window", { window: time(5_000), minimumCalls: 50 }],
    ["failures in a row", { window: undefined as never, consecutiveFailures: 4 }],
  ])("keep an open breaker open for its time when it gets %s", async (_name, change) => {
    const { clock, breaker, transitions } = observed({ window: count(10), minimumCalls: 1, openForMs: 1_000 });
    await fail(breaker, 1);
    await clock.advance(300);
    const { generation } = breaker.stats;
    breaker.reconfigure({ ...change, openForMs: 9_000 });
    expect(breaker.state).toBe("open");
    expect(breaker.retryAfterMs).toBeCloseTo(700, 2);
    expect(breaker.stats.generation).toBeGreaterThan(generation);
    await clock.advance(700);
    await pass(breaker, 3);
    expect(breaker.state).toBe("closed");
    expect(transitions).toEqual([
      "closed > open (threshold)",
      "open > half-open (elapsed)",
      "half-open > closed (probes)",
    ]);
  });

  it("keep what was set by hand", () => {
    const { breaker } = observed({ window: count(10) });
    const hold = breaker.isolate();
    breaker.reconfigure({ window: count(5) });
    expect(breaker.state).toBe("forced-open");
    hold[dispose]();
    expect(breaker.state).toBe("closed");
    breaker.disable();
    breaker.reconfigure({ window: count(6) });
    expect(breaker.state).toBe("disabled");
  });

  it("turn slow calls on for calls that begin later", () => {
    const { clock, breaker } = observed({ window: count(10), minimumCalls: 1, failureRate: 1 });
    const before = breaker.tryAcquire()!;
    breaker.reconfigure({ slowRate: 0.5, slowAfterMs: 100 });
    clock.advanceSync(200);
    before.success();
    expect(breaker.state).toBe("closed");
    const after = breaker.tryAcquire()!;
    clock.advanceSync(200);
    after.success();
    expect(breaker.state).toBe("open");
  });
});

describe("a breaker that was disposed", () => {
  it("leaves the outcome of calls that are under way alone", async () => {
    const { breaker } = observed();
    let end: (value: string) => void = () => {};
    const running = breaker.execute(() => new Promise<string>((resolve) => (end = resolve)));
    const permit = breaker.tryAcquire()!;
    breaker[dispose]();
    end("fine");
    expect(await running).toBe("fine");
    permit.failure();
    await expect(breaker.execute(() => 1)).rejects.toMatchObject({ code: "DISPOSED" });
  });
});

describe("an adaptive threshold", () => {
  const adaptive: CircuitBreakerOptions = {
    window: count(20),
    minimumCalls: 10,
    machine: (rules) => new AdaptiveBreakerMachine({ ...rules, baseline: { sampleCalls: 10, memory: 3 } }),
  };

  it("is learnt from the calls, shown, kept by snapshot and restore, and used", async () => {
    const { breaker } = observed(adaptive);
    expect(breaker.stats.failureThreshold).toBe(0.5);
    await pass(breaker, 30);
    expect(breaker.stats.failureThreshold).toBe(0.05);
    const { breaker: restored } = observed(adaptive);
    restored.restore(structuredClone(breaker.snapshot()));
    expect(restored.stats.failureThreshold).toBe(0.05);
    await fail(restored, 1);
    expect(restored.state).toBe("open");
  });

  it("stays learnt when other rules change", async () => {
    const { breaker } = observed(adaptive);
    await pass(breaker, 30);
    breaker.reconfigure({ openForMs: 7 });
    expect(breaker.stats).toMatchObject({ failureThreshold: 0.05, calls: 20 });
    breaker.reconfigure({ failureRate: 0.4 });
    expect(breaker.stats).toMatchObject({ failureThreshold: 0.4, calls: 0 });
  });
});

describe("one breaker for several threads", () => {
  it("decides as one, and each notices what the others did", async () => {
    const runtime = sharedRuntime();
    const clock = manualClock();
    const machine = new SharedBreakerMachine(
      { kind: "consecutive", failures: 2, openForMs: 100, halfOpenPermits: 1 },
      runtime,
    );
    const one = circuitBreaker({ clock, machine: () => machine });
    const other = circuitBreaker({ clock, machine: () => SharedBreakerMachine.attach(machine.handle) });
    const seen: string[] = [];
    other.on("transition", ({ from, to, reason }) => seen.push(`${from} > ${to} (${reason})`));
    await fail(one, 1);
    await fail(other, 1);
    expect([one.state, other.state]).toEqual(["open", "open"]);
    await expect(one.execute(() => 1)).rejects.toMatchObject({ rule: "open", retryAfterMs: 100 });
    await clock.advance(100);
    await pass(one, 1);
    expect(other.state).toBe("closed");
    await pass(other, 1);
    await fail(one, 2);
    await expect(other.execute(() => 1)).rejects.toMatchObject({ rule: "open" });
    expect(seen).toEqual(["closed > open (threshold)", "open > closed (elsewhere)", "closed > open (elsewhere)"]);
    expect(() => one.reconfigure({ openForMs: 7 })).toThrow(expect.objectContaining({ code: "THREAD_UNSAFE" }));
    expect(one.generation).toBe(0);
  });
});
