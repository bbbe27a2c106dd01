import { describe, expect, it } from "vitest";
import { dispose, manualClock, type Random, seeded } from "../../../ts/kernel/index.js";
import { criticalities, ranks } from "../../../ts/resilience/criticality.js";
import {
  type Criticality,
  hostPressure,
  type LoadShedder,
  type LoadShedderOptions,
  loadShedder,
  type Pressure,
  type PressureSource,
} from "../../../ts/resilience/index.js";
import { policyContract } from "../policy-contract.js";
import { type Scenario, simulate } from "../simulation/queueing.js";
import { exponential } from "../simulation/service-times.js";
import { gateOf } from "./gate.js";

const drawing = (value: number): Random => ({ uint32: () => value * 2 ** 32, next: () => value });

/** A source that says what it is told. */
function told(pressure: Pressure): PressureSource & { now: Pressure; reads: number } {
  return {
    measures: ["eventLoopDelayMs", "eventLoopUtilisation", "cpu"],
    now: pressure,
    reads: 0,
    read() {
      this.reads++;
      return this.now;
    },
  };
}

/** Makes a shedder with a source that was told to be busy. */
function overload(shedder: LoadShedder, pressure: Pressure): void {
  (shedder.options.source as ReturnType<typeof told>).now = pressure;
}

policyContract({
  kind: "load-shedder",
  make: (options) =>
    loadShedder({ limits: { cpu: 0.5 }, source: told({ cpu: 0.4 }), random: drawing(0.6), ...options }),
  exhaust: async (policy, clock) => {
    // Twice the limit halves what is let in at each reading: three quarters are refused after two.
    overload(policy as LoadShedder, { cpu: 1 });
    expect((policy as LoadShedder).sheddingShare).toBe(0.5);
    await clock.advance(100);
    expect((policy as LoadShedder).sheddingShare).toBe(0.75);
  },
  refusal: { code: "LOAD_SHED", rule: "cpu", hasRetryAfter: false, observed: 1, threshold: 0.5 },
  shadowed: { action: "reject" },
  change: { good: { recovery: 0.2 }, bad: { limits: {} } },
});

describe("load shedder", () => {
  const make = (options: Partial<LoadShedderOptions> & { source: PressureSource }) => {
    const clock = manualClock();
    return { clock, shedder: loadShedder({ limits: { eventLoopDelayMs: 50, cpu: 0.9 }, clock, ...options }) };
  };

  it("sheds the least important first, and goes on to the next only when those are not enough", async () => {
    const source = told({ cpu: 0.9 * 1.25 });
    const { clock, shedder } = make({ source, random: seeded(9) });
    const refused = [0, 0, 0, 0];
    const offered = [0, 0, 0, 0];
    const round = async () => {
      for (let i = 0; i < 400; i++) {
        const rank = i % ranks;
        offered[rank]!++;
        const { ok } = await shedder.tryExecute(() => 1, { priority: criticalities[rank] as Criticality });
        if (!ok) refused[rank]!++;
      }
    };
    await round();
    // A fifth has to go: four fifths of those that are sheddable.
    expect(shedder.sheddingShare).toBeCloseTo(0.2, 9);
    expect(refused.map((n, rank) => Math.round((10 * n) / offered[rank]!))).toEqual([0, 0, 0, 8]);
    refused.fill(0);
    offered.fill(0);
    source.now = { cpu: 0.9 * 2 };
    await clock.advance(100);
    expect(shedder.sheddingShare).toBeCloseTo(0.6, 9);
    source.now = { cpu: 0.85 };
    await round();
    // Three fifths: two classes, and two fifths of the third.
    expect(shedder.sheddingShare).toBeCloseTo(0.6, 9);
    expect(refused.map((n, rank) => Math.round((10 * n) / offered[rank]!))).toEqual([0, 4, 10, 10]);
  });

  it("does not swing: between recovery and limit nothing changes, below it more is let in step by step", async () => {
    const source = told({ cpu: 1 });
    const { clock, shedder } = make({ source, limits: { cpu: 0.5 }, recovery: 0.1 });
    const share = async () => {
      await clock.advance(100);
      return 1 - shedder.sheddingShare;
    };
    expect(await share()).toBe(0.5);
    source.now = { cpu: 0.45 };
    for (let i = 0; i < 10; i++) expect(await share()).toBe(0.5);
    source.now = { cpu: 0.3 };
    expect(await share()).toBeCloseTo(0.55, 9);
    expect(await share()).toBeCloseTo(0.605, 9);
    // Time passes in silence, too.
    await clock.advance(10_000);
    expect(shedder.sheddingShare).toBe(0);
  });

  it("falls by no more than half at once, and never below what maxRejection leaves", async () => {
    const { clock, shedder } = make({ source: told({ eventLoopDelayMs: 5_000 }), maxRejection: 0.9 });
    const shares: number[] = [];
    for (let i = 0; i < 6; i++) {
      shares.push(shedder.sheddingShare);
      await clock.advance(100);
    }
    expect(shares.map((share) => Number(share.toFixed(3)))).toEqual([0.5, 0.75, 0.875, 0.9, 0.9, 0.9]);
    expect(await shedder.execute(() => "lucky").catch((error: Error) => error)).toSatisfy(
      (seen) => seen === "lucky" || seen.rule === "event-loop-delay",
    );
  });

  it("asks its source once an interval, whatever the load", async () => {
    const source = told({ cpu: 0.1 });
    const { clock, shedder } = make({ source });
    for (let i = 0; i < 1_000; i++) {
      await shedder.execute(() => 1);
      await clock.advance(1);
    }
    expect(source.reads).toBe(10);
  });

  it("counts calls under way exactly, whatever becomes of them", async () => {
    const clock = manualClock();
    const shedder = loadShedder({ limits: { inFlight: 5 }, clock });
    const controller = new AbortController();
    const ends = [
      shedder.execute(() => 1),
      shedder.tryExecute(() => Promise.reject(new Error("no"))),
      shedder.tryExecute(() => {
        throw new Error("no");
      }),
      shedder.tryExecute(() => new Promise(() => {}), { signal: controller.signal }),
    ];
    expect(shedder.inFlight).toBeGreaterThan(0);
    controller.abort();
    await Promise.all(ends);
    expect(shedder.inFlight).toBe(0);
  });

  it("goes on with the share it had when limits change", async () => {
    const { clock, shedder } = make({ source: told({ cpu: 1 }), limits: { cpu: 0.5 } });
    expect(shedder.sheddingShare).toBe(0.5);
    shedder.reconfigure({ limits: { cpu: 1 }, intervalMs: 200 });
    expect(shedder.sheddingShare).toBe(0.5);
    await clock.advance(200);
    // Exactly at the limit is not above it.
    expect(shedder.sheddingShare).toBe(0.5);
  });

  it.each<[string, LoadShedderOptions]>([
    ["at least one", { limits: {} }],
    ["limits", { limits: { luck: 1 } as never }],
    ["measures cpu", { limits: { cpu: 0.5 } }],
    ["measures cpu", { limits: { cpu: 0.5 }, source: { measures: ["eventLoopDelayMs"], read: () => ({}) } }],
    ["limits.inFlight", { limits: { inFlight: 0 } }],
    ["limits.eventLoopUtilisation", { limits: { eventLoopUtilisation: 1.5 }, source: told({}) }],
    ["limits.eventLoopDelayMs", { limits: { eventLoopDelayMs: -1 }, source: told({}) }],
    ["intervalMs", { limits: { inFlight: 1 }, intervalMs: 0 }],
    ["recovery", { limits: { inFlight: 1 }, recovery: 2 }],
  ])("says what is wrong: %s", (words, options) => {
    expect(() => loadShedder(options)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringContaining(words) }),
    );
  });
});

describe("the pressure of this process", () => {
  it("is measured by node's own instruments", async () => {
    const source = hostPressure();
    const spin = performance.now() + 30;
    while (performance.now() < spin);
    await new Promise((resolve) => setImmediate(resolve));
    const pressure = source.read();
    expect(Object.keys(pressure)).toEqual(source.measures);
    for (const value of Object.values(pressure)) expect(value).toBeGreaterThanOrEqual(0);
    expect(pressure.cpu).toBeLessThanOrEqual(1);
    expect(pressure.eventLoopUtilisation).toBeLessThanOrEqual(1);
    expect(source.read().eventLoopDelayMs).toBeGreaterThanOrEqual(0);
    source[dispose]();
  });

  it("says so where there is nothing to measure with", () => {
    const host = globalThis.process;
    try {
      for (const other of [undefined, {}, { getBuiltinModule: () => undefined }]) {
        globalThis.process = other as never;
        expect(() => hostPressure()).toThrow(expect.objectContaining({ code: "PRESSURE_UNAVAILABLE" }));
      }
    } finally {
      globalThis.process = host;
    }
  });
});

describe("a server that can do a hundred calls a second, behind a shedder", () => {
  const server = {
    seed: 11,
    service: exponential(100),
    servers: 10,
    timeoutMs: 1_000,
    durationMs: 80_000,
    measureFromMs: 20_000,
  };
  const run = (scenario: Partial<Scenario>, gate?: Scenario["gate"]) =>
    simulate({ arrivals: 100, ...server, ...scenario, ...(gate && { gate }) });
  const shedding = (options: Partial<LoadShedderOptions> = {}) => {
    const clock = manualClock();
    return { clock, shedder: loadShedder({ limits: { inFlight: 30 }, random: seeded(3), clock, ...options }) };
  };

  it.each([
    [200, 80],
    [1_000, 90],
  ])("answers at %d calls a second more than %d of them in time; without it, nothing", (arrivals, atLeast) => {
    const { clock, shedder } = shedding();
    expect(run({ arrivals }).goodput).toBeLessThan(1);
    const report = run({ arrivals }, gateOf(shedder, clock));
    expect(report.goodput).toBeGreaterThan(atLeast);
    expect(report.p99Ms).toBeLessThan(900);
  });

  it("refuses nothing at half load", () => {
    const { clock, shedder } = shedding();
    run({ arrivals: 50 }, gateOf(shedder, clock));
    expect(shedder.counts.rejected).toBe(0);
  });

  it("serves nine tenths of what is critical at twice the load, where half of all has to go", () => {
    const { clock, shedder } = shedding();
    const random = seeded(17);
    const tallies = { critical: { came: 0, served: 0 }, sheddable: { came: 0, served: 0 } };
    const priority = () => ({ priority: random.next() < 0.25 ? ("critical" as const) : ("sheddable" as const) });
    const gate = gateOf(shedder, clock, priority, (options, outcome) => {
      const tally = tallies[options.priority as "critical" | "sheddable"];
      tally.came++;
      if (outcome === "answered") tally.served++;
    });
    run({ arrivals: 200, measureFromMs: 0 }, gate);
    expect(tallies.critical.served / tallies.critical.came).toBeGreaterThan(0.9);
    expect(tallies.sheddable.served / tallies.sheddable.came).toBeLessThan(0.35);
  });

  it("lets everybody in again within seconds when the load has passed", () => {
    const { clock, shedder } = shedding();
    const shares: number[] = [];
    const probe = () => {
      shares.push(shedder.sheddingShare);
      return 0;
    };
    const arrivals = (nowMs: number) => (nowMs > 20_000 && nowMs < 40_000 ? 1_000 : 50);
    run({ arrivals, probe, durationMs: 60_000 }, gateOf(shedder, clock));
    expect(Math.max(...shares.slice(22, 39))).toBeGreaterThan(0.85);
    expect(Math.max(...shares.slice(45))).toBe(0);
  });
});
