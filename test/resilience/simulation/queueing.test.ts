/** The simulator against the closed formulas of queueing theory (Kleinrock, "Queueing Systems", volume 1, 1975). */

import { describe, expect, it } from "vitest";
import { seeded } from "../../../ts/kernel/index.js";
import { type Gate, type Scenario, simulate } from "./queueing.js";
import { changingAt, erlang, exponential, fixed, logNormal, type ServiceTime } from "./service-times.js";

const hour = { seed: 1, durationMs: 3_600_000 };

/** The chance that a call finds all servers busy (Erlang's C formula), for `load` erlangs. */
function erlangC(load: number, servers: number): number {
  let blocked = 1;
  for (let c = 1; c <= servers; c++) blocked = (load * blocked) / (c + load * blocked);
  return (servers * blocked) / (servers - load * (1 - blocked));
}

function near(actual: number, expected: number, tolerance = 0.05): void {
  expect(actual / expected).toBeGreaterThan(1 - tolerance);
  expect(actual / expected).toBeLessThan(1 + tolerance);
}

describe("the queueing simulator", () => {
  it.each([
    ["fixed", fixed(10), 0],
    ["exponential", exponential(10), 1],
    ["erlang", erlang(10, 4), 0.5],
    ["log-normal", logNormal(10, 0.3), 0.3],
  ] as [string, ServiceTime, number][])(
    "draws %s service times with the mean and the spread asked for",
    (_name, draw, cv) => {
      const random = seeded(7);
      const times = Array.from({ length: 50_000 }, () => draw(random, 0));
      const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
      const variance = times.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / times.length;
      near(mean, 10, 0.02);
      expect(Math.abs(Math.sqrt(variance) / mean - cv)).toBeLessThan(0.02);
    },
  );

  it("has the round trip of M/M/1: 1 / (μ − λ)", () => {
    near(simulate({ ...hour, arrivals: 70, service: exponential(10), servers: 1 }).meanMs, 1_000 / 30);
  });

  it("has the round trip of M/M/c after Erlang", () => {
    const servers = 10;
    const load = 8;
    const expected = 100 + (erlangC(load, servers) * 100) / (servers - load);
    near(simulate({ ...hour, arrivals: 80, service: exponential(100), servers }).meanMs, expected);
  });

  it.each([
    ["fixed", fixed(10), 0],
    ["erlang", erlang(10, 4), 0.5],
    ["log-normal", logNormal(10, 2), 2],
  ] as [string, ServiceTime, number][])(
    "has the wait of M/G/1 with %s service after Pollaczek and Khinchine",
    (_name, service, cv) => {
      const load = 0.6;
      const expected = 10 + ((load / (1 - load)) * 10 * (1 + cv * cv)) / 2;
      near(simulate({ ...hour, arrivals: load * 100, service, servers: 1 }).meanMs, expected, 0.1);
    },
  );

  it("has the loss of M/M/c/c after Erlang's B formula", () => {
    const report = simulate({ ...hour, arrivals: 100, service: exponential(100), servers: 10, backlog: 0 });
    near(report.refused / report.arrived, 0.2146);
  });

  it("obeys Little's law", () => {
    let area = 0;
    let lastMs = 0;
    let inFlight = 0;
    const step = (nowMs: number, by: number) => {
      area += inFlight * (nowMs - lastMs);
      lastMs = nowMs;
      inFlight += by;
    };
    const gate: Gate = {
      admit(nowMs) {
        step(nowMs, 1);
        return true;
      },
      ended: ({ atMs }) => step(atMs, -1),
    };
    const report = simulate({ ...hour, arrivals: 80, service: exponential(100), servers: 10, gate });
    near(area / hour.durationMs, (report.goodput * report.meanMs) / 1_000, 0.01);
  });

  it("lets clients give up while the dependency goes on", () => {
    const service = fixed(100);
    const report = simulate({ ...hour, durationMs: 60_000, arrivals: 20, service, servers: 1, timeoutMs: 150 });
    // Twice what it can do: nearly everything that is served was given up long before.
    expect(report.goodput).toBeLessThan(1);
    expect(report.timedOut / report.arrived).toBeGreaterThan(0.9);
  });

  it("follows changes of load, capacity and service time", () => {
    const durationMs = 100_000;
    const half = (before: number, after: number) => (nowMs: number) => (nowMs < durationMs / 2 ? before : after);
    const base: Scenario = { seed: 1, durationMs, arrivals: 50, service: fixed(10), servers: 1 };
    const later = { measureFromMs: durationMs / 2 };
    near(simulate({ ...base, ...later, arrivals: half(10, 90) }).goodput, 90);
    near(simulate({ ...base, ...later, arrivals: 150, servers: half(1, 2) }).goodput, 200, 0.05);
    const slower = simulate({
      ...base,
      ...later,
      servers: 50,
      service: changingAt(durationMs / 2, fixed(10), fixed(30)),
    });
    near(slower.p50Ms, 30);
  });

  it("gives the same run for the same seed, and reads its probe once a second", () => {
    const scenario: Scenario = { seed: 3, durationMs: 10_000, arrivals: 50, service: exponential(20), servers: 2 };
    let reading = 0;
    const report = simulate({ ...scenario, probe: () => reading++ });
    expect(report.series).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(simulate(scenario)).toEqual({ ...report, series: [] });
    expect(simulate({ ...scenario, seed: 4 }).meanMs).not.toBe(report.meanMs);
  });
});
