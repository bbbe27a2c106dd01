import { describe, expect, it } from "vitest";
import { behaviour } from "../../ts/cli/demo/nature.js";
import { type Arrival, arrivals } from "../../ts/cli/demo/traffic.js";

function take(count: number, rate: number, seed: number): Arrival[] {
  const source = arrivals(rate, seed);
  return Array.from({ length: count }, () => source.next().value);
}

describe("the demonstration's traffic", () => {
  it("is the same for the same seed and another for another", () => {
    expect(take(50, 300, 1)).toEqual(take(50, 300, 1));
    expect(take(50, 300, 1)).not.toEqual(take(50, 300, 2));
  });

  it("comes at the rate asked for, with the spread of a Poisson process", () => {
    const list = take(30_000, 300, 5);
    expect(list.length / (list.at(-1)!.atMs / 1000)).toBeGreaterThan(295);
    expect(list.length / (list.at(-1)!.atMs / 1000)).toBeLessThan(305);
    const gaps = list.slice(1).map((arrival, index) => arrival.atMs - list[index]!.atMs);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    // An exponential distribution's standard deviation is its mean.
    expect(deviation / mean).toBeGreaterThan(0.97);
    expect(deviation / mean).toBeLessThan(1.03);
  });

  it("holds one client that asks for more exports than it may, and others that do not", () => {
    const exports = take(30_000, 300, 5).filter((arrival) => arrival.path === "/export");
    const perSecond = (client: string) => exports.filter((arrival) => arrival.client === client).length / 100;
    expect(perSecond("greedy")).toBeGreaterThan(20);
    for (const client of ["accounting", "warehouse", "support"]) expect(perSecond(client)).toBeLessThan(8);
  });
});

describe("a demonstration service", () => {
  /** Shares of slow and of failed answers in each second of its life. */
  function life(nature: "steady" | "slow" | "flaky", fault: "none" | "latency" | "errors", seconds: number) {
    const behave = behaviour(nature, 3);
    return Array.from({ length: seconds }, (_, second) => {
      const manners = Array.from({ length: 100 }, (_, index) => behave(second * 1000 + index * 10, fault));
      return {
        slow: manners.filter((manner) => manner.delayMs > 100).length / 100,
        failed: manners.filter((manner) => manner.status >= 500).length / 100,
      };
    });
  }

  it("is steady, or slow at times, or fails in bursts", () => {
    expect(life("steady", "none", 60).every(({ slow, failed }) => slow === 0 && failed === 0)).toBe(true);
    const slow = life("slow", "none", 60);
    expect(slow.filter((second) => second.slow > 0.05).length).toBeGreaterThanOrEqual(20);
    expect(slow.every((second) => second.failed === 0)).toBe(true);
    const flaky = life("flaky", "none", 60);
    expect(flaky.filter((second) => second.failed > 0.5).length).toBeGreaterThanOrEqual(18);
    expect(flaky.filter((second) => second.failed === 0).length).toBeGreaterThan(30);
  });

  it("shows its trouble within a run of fifteen seconds", () => {
    expect(life("slow", "none", 15).some((second) => second.slow > 0.05)).toBe(true);
    expect(life("flaky", "none", 15).some((second) => second.failed > 0.5)).toBe(true);
  });

  it("has the fault that it is given", () => {
    expect(life("steady", "latency", 5).every((second) => second.slow > 0.6)).toBe(true);
    expect(life("steady", "errors", 5).every((second) => second.failed > 0.7)).toBe(true);
  });
});
