/**
 * AIMD against a queueing model of a dependency. Each known fault of the plain formula is shown first, in the plain formula, so
 * that the scenario is known to bring it out; then the same scenario is run with ours.
 */

import { describe, expect, it } from "vitest";
import { seeded } from "../../../ts/kernel/index.js";
import { aimd } from "../../../ts/resilience/concurrency/aimd.js";
import { exponential } from "../simulation/service-times.js";
import { behind, behindOurs, minutes, settled } from "./behind-limit.js";
import { plainAimd } from "./plain-limits.js";

describe("aimd", () => {
  it.each([1, 2])("decreases once for one congestion, not once for each call in it (seed %i)", (seed) => {
    const base = { seed, arrivals: 200, service: exponential(100), servers: 10, timeoutMs: 1_000 };
    const scenario = { ...base, measureFromMs: minutes(1), durationMs: minutes(5) };
    const plain = behind(plainAimd(), scenario);
    const fixedOne = behindOurs(aimd(), scenario);
    expect(Math.min(...settled(plain.series))).toBe(1);
    expect(plain.goodput).toBeLessThan(75);
    expect(Math.min(...settled(fixedOne.series))).toBeGreaterThan(30);
    expect(fixedOne.goodput).toBeGreaterThan(98);
  });

  const answer = (atMs: number, rttMs = 10, inFlight = 1_000) => ({ atMs, rttMs, inFlight, dropped: false });
  const drop = (atMs: number, rttMs = 10) => ({ atMs, rttMs, inFlight: 1_000, dropped: true });

  it("doubles each round trip until the first drop, then adds one", () => {
    const algorithm = aimd().begin(seeded(1));
    for (let call = 0; call < 20; call++) algorithm.onSample(answer(call));
    expect(algorithm.limit).toBe(40);
    algorithm.onSample(drop(100));
    expect(algorithm.limit).toBe(36);
    for (let call = 0; call < 37; call++) algorithm.onSample(answer(200 + call));
    expect(algorithm.limit).toBe(37);
  });

  it("heeds a drop only of a call that was started after the last decrease", () => {
    const algorithm = aimd({ initial: 100 }).begin(seeded(1));
    algorithm.onSample(drop(1_000, 1_000));
    algorithm.onSample(drop(1_001, 1_000));
    algorithm.onSample(drop(1_500, 501));
    expect(algorithm.limit).toBe(90);
    algorithm.onSample(drop(1_500, 500));
    expect(algorithm.limit).toBe(81);
  });

  it("takes an answer for a drop that took longer than timeoutMs", () => {
    const algorithm = aimd({ initial: 100, timeoutMs: 500, backoffRatio: 0.5 }).begin(seeded(1));
    algorithm.onSample(answer(1_000, 500));
    expect(algorithm.limit).toBe(101);
    algorithm.onSample(answer(2_000, 501));
    expect(algorithm.limit).toBe(50);
  });
});
