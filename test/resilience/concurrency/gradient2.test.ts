/**
 * Gradient2 against a queueing model of a dependency. Each known fault of the plain formula is shown first, in the plain formula, so
 * that the scenario is known to bring it out; then the same scenario is run with ours.
 */

import { describe, expect, it } from "vitest";
import { gradient2 } from "../../../ts/resilience/concurrency/gradient2.js";
import { erlang, exponential, fixed } from "../simulation/service-times.js";
import { behind, behindOurs, mean, minutes, settled } from "./behind-limit.js";
import { plainGradient2 } from "./plain-limits.js";

describe("gradient2", () => {
  const base = { measureFromMs: minutes(1), durationMs: minutes(4), servers: 10 };

  describe.each([1, 2])("with seed %i", (seed) => {
    it("heeds drops: it comes to rest where the dependency refuses little (concurrency-limits #176)", () => {
      // Three times what it can do, and room for ten to wait.
      const scenario = { ...base, seed, arrivals: 300, service: exponential(100), backlog: 10 };
      const plain = behind(plainGradient2(), scenario);
      const fixedOne = behindOurs(gradient2(), scenario);
      expect(plain.refused / plain.admitted).toBeGreaterThan(0.5);
      expect(fixedOne.refused / fixedOne.admitted).toBeLessThan(0.2);
      expect(fixedOne.goodput).toBeGreaterThan(97);
    });

    it("shrinks where every call times out, whose round trips are all the same (concurrency-limits #137)", () => {
      const scenario = { ...base, seed, arrivals: 200, service: fixed(minutes(60)), timeoutMs: 1_000 };
      const plain = behind(plainGradient2(), scenario);
      const fixedOne = behindOurs(gradient2(), scenario);
      expect(plain.series.at(-1)).toBe(200);
      expect(Math.max(...fixedOne.series)).toBeLessThanOrEqual(20);
      expect(mean(settled(fixedOne.series))).toBeLessThan(4);
    });

    it("does not drift under mild overload (concurrency-limits #134)", () => {
      // Five in a hundred more than it can do, for a quarter of an hour.
      const scenario = { ...base, seed, arrivals: 105, service: erlang(100, 4), durationMs: minutes(15) };
      const plain = behind(plainGradient2(), scenario);
      const fixedOne = behindOurs(gradient2(), scenario);
      expect(mean(settled(plain.series))).toBeGreaterThan(80);
      expect(Math.max(...fixedOne.series)).toBeLessThan(50);
      expect(mean(settled(fixedOne.series))).toBeLessThan(35);
      expect(fixedOne.goodput).toBeGreaterThan(97);
      expect(fixedOne.p99Ms).toBeLessThan(0.5 * plain.p99Ms);
    });

    it("follows a dependency that loses half its servers and gets them back", () => {
      const servers = (nowMs: number) => (nowMs > minutes(2) && nowMs < minutes(4) ? 10 : 20);
      const scenario = { ...base, seed, arrivals: 250, service: erlang(100, 4), servers, durationMs: minutes(6) };
      const { series } = behindOurs(gradient2(), scenario);
      const before = mean(series.slice(90, 120));
      const during = mean(series.slice(150, 240));
      const after = mean(series.slice(300, 360));
      expect(during).toBeLessThan(0.7 * before);
      expect(after / before).toBeGreaterThan(0.85);
    });
  });
});
