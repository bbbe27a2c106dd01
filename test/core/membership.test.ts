/** Failure detection as people use it. */

import { describe, expect, test } from "vitest";
import {
  createFullRuntime,
  gossipRetransmits,
  LocalHealth,
  PhiAccrual,
  pushPullScale,
  Suspicion,
  suspicionBounds,
} from "../../ts/core/index.js";
import { sharedRuntime } from "../../ts/shared/index.js";

describe("a detector", () => {
  test("suspects a silent peer, forgives a pause, and does not learn from the silence", () => {
    const detector = new PhiAccrual({ firstIntervalMs: 1_000, acceptablePauseMs: 3_000 });
    expect([detector.isMonitoring, detector.phi(0), detector.isAvailable(1e9)]).toEqual([false, 0, true]);
    for (let nowMs = 1e9; nowMs < 1e9 + 20_000; nowMs += 1_000) detector.heartbeat(nowMs);
    const last = 1e9 + 19_000;
    expect(detector.isMonitoring).toBe(true);
    expect([detector.samples, detector.meanMs]).toEqual([21, 1_000]);
    expect(detector.deviationMs).toBeCloseTo(Math.sqrt((2 * 250 ** 2) / 21), 9);
    expect(detector.isAvailable(last + 4_000)).toBe(true);
    expect(detector.isAvailable(last + 6_000)).toBe(false);
    detector.heartbeat(last + 300_000);
    expect([detector.isAvailable(last + 300_500), detector.samples]).toEqual([true, 21]);
    detector.heartbeat(last + 301_000);
    expect(detector.samples).toBe(22);
  });

  test("remembers as many distances as its window has", () => {
    const detector = new PhiAccrual({ window: 3, minDeviationMs: 0, firstIntervalMs: 100 });
    for (const nowMs of [0, 100, 210, 300]) detector.heartbeat(nowMs);
    expect([detector.samples, detector.meanMs]).toEqual([3, 100]);
    expect(detector.deviationMs ** 2).toBeCloseTo(200 / 3, 9);
  });

  test("goes on in another process", () => {
    const one = new PhiAccrual({ window: 8 });
    for (let n = 0; n < 20; n++) one.heartbeat(n * 1_000 + (n % 3) * 50);
    const other = new PhiAccrual({ window: 8 }, createFullRuntime());
    other.restore(one.snapshot(20_000), 5);
    for (const later of [0, 700, 1_500]) expect(other.phi(5 + later)).toBe(one.phi(20_000 + later));
  });
});

test("a suspicion of the size of the cluster ends earlier with each accuser", () => {
  const bounds = suspicionBounds({ members: 100, probeIntervalMs: 500, factor: 5 });
  expect(bounds).toEqual({ confirmations: 3, minMs: 5_000, maxMs: 30_000 });
  const suspicion = new Suspicion({ ...bounds, from: 17 }, 1_000);
  const left = [suspicion.remainingMs(1_000)];
  for (const from of [17, 4, 4, 2 ** 32 - 1, 9, 11])
    if (suspicion.confirm(from)) left.push(suspicion.remainingMs(1_000));
  expect(left).toEqual([30_000, 17_500, 10_187, 5_000]);
  expect([suspicion.confirmations, suspicion.remainingMs(7_000)]).toEqual([3, -1_000]);
});

test("where too few others could confirm, none are waited for", () => {
  expect([2, 3, 4, 5].map((members) => suspicionBounds({ members, factor: 4 }).confirmations)).toEqual([0, 0, 2, 2]);
  expect(suspicionBounds({ members: 1_000, factor: 1, maxFactor: 2 })).toEqual({
    confirmations: 0,
    minMs: 3_000,
    maxMs: 6_000,
  });
  const alone = new Suspicion({ confirmations: 0, minMs: 40, maxMs: 240, from: 0 }, 0);
  expect([alone.confirm(1), alone.remainingMs(30)]).toEqual([false, 10]);
});

test("messages and exchanges grow with the logarithm of the cluster", () => {
  expect([0, 1, 9, 10, 99, 100, 2 ** 32 - 1].map((members) => gossipRetransmits(4, members))).toEqual([
    0, 4, 4, 8, 8, 12, 40,
  ]);
  expect([0, 32, 33, 1_024, 2 ** 32 - 1].map((members) => pushPullScale(members))).toEqual([1, 1, 2, 6, 28]);
});

test("a process that is slow itself waits longer, also when another of its threads found out", () => {
  const runtime = sharedRuntime();
  const health = new LocalHealth({ maxScore: 3 }, runtime);
  const same = LocalHealth.attach(health.handle);
  expect([health.note(2), same.note(5), health.scale(500)]).toEqual([2, 3, 2_000]);
  expect([same.note(-1), health.note(-9), same.score, same.scale(500)]).toEqual([2, 0, 0, 500]);
});

test.each<[string, () => unknown, string]>([
  ["threshold -1", () => new PhiAccrual({ threshold: -1 }), "threshold"],
  ["threshold NaN", () => new PhiAccrual({ threshold: Number.NaN }), "threshold"],
  ["window 0", () => new PhiAccrual({ window: 0 }), "window"],
  ["window 65,537", () => new PhiAccrual({ window: 65_537 }), "window"],
  ["minDeviationMs -1", () => new PhiAccrual({ minDeviationMs: -1 }), "minDeviationMs"],
  ["acceptablePauseMs of days", () => new PhiAccrual({ acceptablePauseMs: 1e9 }), "acceptablePauseMs"],
  ["firstIntervalMs NaN", () => new PhiAccrual({ firstIntervalMs: Number.NaN }), "firstIntervalMs"],
  [
    "confirmations 1,025",
    () => new Suspicion({ confirmations: 1_025, minMs: 1, maxMs: 2, from: 0 }, 0),
    "confirmations",
  ],
  ["minMs -1", () => new Suspicion({ confirmations: 0, minMs: -1, maxMs: 2, from: 0 }, 0), "minMs"],
  ["maxMs below minMs", () => new Suspicion({ confirmations: 0, minMs: 3, maxMs: 2, from: 0 }, 0), "maxMs"],
  ["from 0.5", () => new Suspicion({ confirmations: 0, minMs: 1, maxMs: 2, from: 0.5 }, 0), "from"],
  ["maxScore -1", () => new LocalHealth({ maxScore: -1 }), "maxScore"],
  ["change 0.5", () => new LocalHealth().note(0.5), "change"],
  ["members -1", () => pushPullScale(-1), "members"],
  ["factor 10,001", () => gossipRetransmits(10_001, 1), "factor"],
  ["maxFactor 0", () => suspicionBounds({ members: 3, maxFactor: 0 }), "maxFactor"],
  ["probeIntervalMs NaN", () => suspicionBounds({ members: 3, probeIntervalMs: Number.NaN }), "probeIntervalMs"],
])("refuses %s as INVALID_OPTION and names it", (_, make, option) => {
  expect(make).toThrow(
    expect.objectContaining({ code: "INVALID_OPTION", details: expect.objectContaining({ option }) }),
  );
});
