import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  AdaptiveBreakerMachine,
  BreakerMachine,
  type BreakerMachineOptions,
  breakerStates,
  SharedBreakerMachine,
} from "../../ts/core/index.js";
import { sharedRuntime } from "../../ts/shared/index.js";

/** What happens to a breaker: time passes, calls begin, and calls that are out end in any order. */
const events = fc.array(
  fc.record({ ms: fc.nat(40), begin: fc.nat(3), end: fc.nat(9), result: fc.nat(2), tookMs: fc.nat(60) }),
  { maxLength: 60 },
);

type Event = { ms: number; begin: number; end: number; result: number; tookMs: number };

/** A breaker on its way through events; what it answers is the record. */
class Life {
  readonly record: number[] = [];
  readonly #permits: number[] = [];
  #nowMs = 0;
  readonly machine: BreakerMachine;

  constructor(machine: BreakerMachine) {
    this.machine = machine;
  }

  live(given: readonly Event[]): void {
    for (const { ms, begin, end, result, tookMs } of given) {
      this.#nowMs += ms;
      for (let call = 0; call < begin; call++) {
        const permit = this.machine.tryAcquire(this.#nowMs);
        if (permit >= 0) this.#permits.push(permit);
        this.record.push(permit < 0 ? 0 : 1);
      }
      const [permit] = this.#permits.splice(end, 1);
      if (permit !== undefined) this.record.push(this.machine.settle(permit, result, tookMs, this.#nowMs));
    }
  }

  look(): number[] {
    const { machine } = this;
    const now = this.#nowMs;
    const counts = [machine.calls(now), machine.failures(now), machine.slowCalls(now), machine.probes(now)];
    return [machine.state(now), machine.generation, machine.retryAfterMs(now), ...counts];
  }
}

const shapes = fc.constantFrom<BreakerMachineOptions>(
  { kind: "consecutive", failures: 3, openForMs: 50, halfOpenPermits: 2 },
  { kind: "count", calls: 10, minimumCalls: 3, openForMs: 50, openFactor: 2, openJitter: 0.5, seed: 7 },
  { kind: "time", windowMs: 200, buckets: 4, minimumCalls: 3, slowRate: 0.7, slowAfterMs: 40, openForMs: 50 },
);

/** Other rules for the same window. */
const otherRules = {
  minimumCalls: 1,
  failureRate: 0.9,
  halfOpenPermits: 5,
  halfOpenMaxWaitMs: 77_000,
  openJitter: 0.5,
};

describe("a breaker with new rules", () => {
  it("is the breaker that it was when it gets its old rules back", () => {
    fc.assert(
      fc.property(shapes, events, events, (options, before, after) => {
        const changed = new Life(new BreakerMachine(options));
        const left = new Life(new BreakerMachine(options));
        for (const life of [changed, left]) life.live(before);
        expect(changed.machine.reconfigure({ ...options, ...otherRules })).toBe(true);
        // All but the answer of when to come back, which more permits change.
        expect(changed.look().toSpliced(2, 1)).toEqual(left.look().toSpliced(2, 1));
        expect(changed.machine.reconfigure(options)).toBe(true);
        for (const life of [changed, left]) life.live(after);
        expect(changed.record).toEqual(left.record);
        expect(changed.look()).toEqual(left.look());
      }),
    );
  });

  it("decides by them, and counts the calls that were out", () => {
    const breaker = new BreakerMachine({ kind: "count", calls: 10, minimumCalls: 4, failureRate: 1 });
    const out = [0, 1, 2, 3].map(() => breaker.acquireClosed());
    breaker.settle(out[0]!, 1, 0, 0);
    breaker.settle(out[1]!, 0, 0, 0);
    breaker.settle(out[2]!, 0, 0, 0);
    breaker.reconfigure({ kind: "count", calls: 10, minimumCalls: 4, failureRate: 0.5, openForMs: 700 });
    expect(breaker.settle(out[3]!, 1, 0, 0)).toBe(1);
    expect(breakerStates[breaker.state(0)]).toBe("open");
    expect(breaker.retryAfterMs(0)).toBe(700);
  });

  it("takes a new number of failures in a row, and keeps those that it has seen", () => {
    const breaker = new BreakerMachine({ kind: "consecutive", failures: 5 });
    for (let call = 0; call < 2; call++) breaker.settle(breaker.acquireClosed(), 1, 0, 0);
    expect(breaker.reconfigure({ kind: "consecutive", failures: 3 })).toBe(true);
    expect(breaker.settle(breaker.acquireClosed(), 1, 0, 0)).toBe(1);
  });

  it("starts the series of open times anew where these change", () => {
    const rules = { kind: "consecutive", failures: 1, openForMs: 10, openFactor: 4, halfOpenPermits: 1 } as const;
    const breaker = new BreakerMachine(rules);
    breaker.settle(breaker.tryAcquire(0), 1, 0, 0);
    breaker.reconfigure({ ...rules, openForMs: 25 });
    expect(breaker.retryAfterMs(0)).toBe(10);
    breaker.settle(breaker.tryAcquire(10), 1, 0, 10);
    expect(breaker.retryAfterMs(10)).toBe(25);
  });

  it.each<[BreakerMachineOptions, BreakerMachineOptions]>([
    [
      { kind: "count", calls: 10 },
      { kind: "count", calls: 11 },
    ],
    [
      { kind: "count", calls: 10 },
      { kind: "consecutive", failures: 10 },
    ],
    [
      { kind: "time", windowMs: 1_000 },
      { kind: "time", windowMs: 2_000 },
    ],
    [
      { kind: "time", windowMs: 1_000, buckets: 10 },
      { kind: "time", windowMs: 2_000, buckets: 20 },
    ],
  ])("keeps its rules where the window of the new ones has another shape: %j, %j", (from, to) => {
    const life = new Life(new BreakerMachine({ ...from, failureRate: 1 }));
    life.live([{ ms: 1, begin: 3, end: 0, result: 1, tookMs: 0 }]);
    const before = life.machine.snapshot(1);
    expect(life.machine.reconfigure({ ...to, failureRate: 0.1 })).toBe(false);
    expect(life.machine.snapshot(1)).toEqual(before);
  });

  it("changes nothing where an option is refused", () => {
    const breaker = new BreakerMachine({ kind: "count", calls: 10 });
    const before = breaker.snapshot(0);
    expect(() => breaker.reconfigure({ kind: "count", calls: 10, failureRate: 2 })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
    expect(breaker.snapshot(0)).toEqual(before);
  });

  it("keeps what an adaptive one has learnt, unless its highest threshold changes", () => {
    const rules = { kind: "count", calls: 20, failureRate: 0.6 } as const;
    const breaker = new AdaptiveBreakerMachine({ ...rules, baseline: { sampleCalls: 5, memory: 2 } });
    for (let call = 0; call < 10; call++) breaker.settle(breaker.acquireClosed(), call % 5 === 0 ? 1 : 0, 0, 0);
    const { threshold, usualRate } = breaker;
    expect(usualRate).toBeCloseTo(0.2, 5);
    expect(breaker.reconfigure({ ...rules, failureRate: 0.5 })).toBe(false);
    expect(breaker.reconfigure({ ...rules, minimumCalls: 1 })).toBe(true);
    expect(breaker).toMatchObject({ threshold, usualRate });
    expect(threshold).toBeLessThan(0.6);
    // Two failures of ten so far: the next one makes 3 of 11, above what was learnt and below the highest threshold.
    expect(breaker.settle(breaker.acquireClosed(), 1, 0, 0)).toBe(1);
  });

  it("is refused where threads share it", () => {
    const breaker = new SharedBreakerMachine({ kind: "consecutive", failures: 1 }, sharedRuntime());
    expect(() => breaker.reconfigure({ kind: "consecutive", failures: 2 })).toThrow(
      expect.objectContaining({ code: "THREAD_UNSAFE" }),
    );
  });
});
