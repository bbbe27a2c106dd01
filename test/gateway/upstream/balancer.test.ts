/** Peak-EWMA and power of two choices. */

import { describe, expect, test } from "vitest";
import { type Candidate, pickInstance } from "../../../ts/gateway/upstream/balancer.js";
import { PeakEwma } from "../../../ts/gateway/upstream/peak-ewma.js";
import { seeded } from "../../../ts/kernel/index.js";

describe("peak-EWMA", () => {
  test("jumps up at once and comes down with the time constant", () => {
    const ewma = new PeakEwma(10_000, 30, 0);
    expect(ewma.at(0)).toBe(30);
    ewma.observe(500, 0);
    expect(ewma.at(0)).toBe(500);
    expect(ewma.at(10_000)).toBeCloseTo(500 / Math.E, 9);
    ewma.observe(10, 10_000);
    expect(ewma.at(10_000)).toBeCloseTo(500 / Math.E + 10 * (1 - 1 / Math.E), 9);
  });

  test("is not changed by looking, nor by a clock that goes back", () => {
    const ewma = new PeakEwma(10_000, 30, 1_000);
    expect([ewma.at(500), ewma.at(6_000), ewma.at(6_000)]).toEqual([30, 30 * Math.exp(-0.5), 30 * Math.exp(-0.5)]);
    ewma.observe(100, 500);
    expect(ewma.at(1_000)).toBe(100);
  });
});

describe("power of two choices", () => {
  class Server implements Candidate {
    full = false;
    picked = 0;
    readonly #load: number;
    constructor(load: number) {
      this.#load = load;
    }
    load(): number {
      return this.#load;
    }
  }

  const draw = (servers: readonly Server[], excluded: readonly Server[] = [], times = 3_000) => {
    const random = seeded(7);
    for (let i = 0; i < times; i++) {
      const server = pickInstance(servers, excluded, random, 0);
      if (server !== undefined) server.picked++;
    }
    return servers.map((server) => server.picked);
  };

  test("draws two different ones and takes the better: with n servers of distinct loads rank k gets 2(n−k)/(n(n−1))", () => {
    const shares = draw(
      [1, 2, 3, 4].map((load) => new Server(load)),
      [],
      60_000,
    ).map((picked) => picked / 60_000);
    [3 / 6, 2 / 6, 1 / 6, 0].forEach((share, rank) => {
      expect(shares[rank]).toBeCloseTo(share, 1);
    });
    expect(shares[3]).toBe(0);
  });

  test("shares equally between equals", () => {
    for (const picked of draw(
      [1, 1, 1].map((load) => new Server(load)),
      [],
      30_000,
    ))
      expect(Math.abs(picked - 10_000)).toBeLessThan(500);
  });

  test("never picks a full or excluded one, and finds the last that is left", () => {
    const servers = [1, 2, 3, 4, 5].map((load) => new Server(load));
    servers[0]!.full = true;
    expect(draw(servers, servers.slice(1, 4))).toEqual([0, 0, 0, 0, 3_000]);
    expect(pickInstance(servers, servers.slice(1), seeded(1), 0)).toBeUndefined();
    expect(pickInstance([servers[0]!], [], seeded(1), 0)).toBeUndefined();
  });
});
