/**
 * Vegas against a queueing model of a dependency. Each known fault of the plain formula is shown first, in the plain formula, so
 * that the scenario is known to bring it out; then the same scenario is run with ours.
 */

import { describe, expect, it } from "vitest";
import { seeded } from "../../../ts/kernel/index.js";
import { vegas } from "../../../ts/resilience/concurrency/vegas.js";
import { changingAt, erlang, fixed } from "../simulation/service-times.js";
import { behind, behindOurs, mean, minutes, settled } from "./behind-limit.js";
import { plainVegas } from "./plain-limits.js";

/** The jitter of a plain Vegas. */
function drawOf(seed: number): () => number {
  const random = seeded(seed);
  return () => random.next();
}

describe("vegas", () => {
  describe.each([1, 2])("with seed %i", (seed) => {
    it("outgrows a minimum that has become stale: the dependency is slower from now on", () => {
      // 50 ms become 150 ms, with servers to spare: 75 calls at once are needed.
      const service = changingAt(minutes(1.5), erlang(50, 4), erlang(150, 4));
      const scenario = {
        seed,
        arrivals: 500,
        service,
        servers: 1_000,
        measureFromMs: minutes(2.5),
        durationMs: minutes(5),
      };
      const plain = behind(plainVegas(drawOf(seed)), scenario);
      const fixedOne = behindOurs(vegas(), scenario);
      expect(plain.goodput).toBeLessThan(250);
      expect(fixedOne.goodput).toBeGreaterThan(490);
    });

    it("leaves a dependency that answers nothing in seconds", () => {
      const scenario = {
        seed,
        arrivals: 200,
        service: fixed(minutes(60)),
        servers: 10,
        timeoutMs: 1_000,
        durationMs: minutes(1),
      };
      expect(behind(plainVegas(drawOf(seed)), scenario).series[20]).toBeGreaterThan(12);
      expect(behindOurs(vegas(), scenario).series[20]).toBeLessThan(4);
    });
  });

  it("does not take its own queue for the round trip without one", () => {
    const seed = 1;
    const scenario = { seed, arrivals: 200, service: fixed(100), servers: 10, durationMs: minutes(45) };
    const plain = behind(plainVegas(drawOf(seed)), scenario);
    const fixedOne = behindOurs(vegas(), scenario);
    expect(mean(settled(plain.series)) / mean(plain.series.slice(0, 60))).toBeGreaterThan(2);
    expect(mean(settled(fixedOne.series))).toBeLessThan(20);
    expect(fixedOne.goodput).toBeGreaterThan(97);
  });
});
