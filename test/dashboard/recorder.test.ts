import { describe, expect, it } from "vitest";
import type { DashboardSnapshot } from "../../ts/dashboard/index.js";
import { makeRecorder } from "../../ts/dashboard/page/client/recorder.js";
import { simulatedWorld } from "./simulated-world.js";

function recorded(seconds: number) {
  const recorder = makeRecorder();
  const world = simulatedWorld({ seed: 4, bursts: false });
  const all: DashboardSnapshot[] = [];
  for (let second = 0; second < seconds; second++) {
    const snapshot = world.step();
    all.push(snapshot);
    recorder.push(snapshot);
  }
  return { recorder, world, all };
}

describe("the page's memory", () => {
  it("turns counts into rates over ten seconds", () => {
    const { recorder, all } = recorded(30);
    const [from, to] = [all.at(-11)!, all.at(-1)!];
    const expected = (to.totals.requests - from.totals.requests) / 10;
    expect(recorder.perSecond((snapshot) => snapshot.totals.requests)).toBeCloseTo(expected);
    const refused = to.routes[2]!.traffic.rejections["rate-limit"]! - from.routes[2]!.traffic.rejections["rate-limit"]!;
    expect(recorder.reasons("export")).toEqual([
      { reason: "rate-limit", total: to.routes[2]!.traffic.rejections["rate-limit"], perSecond: refused / 10 },
    ]);
    expect(recorder.reasons("catalog")).toEqual([]);
  });

  it("has no rates before the second snapshot", () => {
    expect(makeRecorder().perSecond(() => 1)).toBe(0);
    expect(recorded(1).recorder.perSecond((snapshot) => snapshot.totals.requests)).toBe(0);
    expect(recorded(1).recorder.errorShare("catalog")).toBe(0);
  });

  it("keeps two minutes of each route and no more", () => {
    const { recorder, all } = recorded(200);
    const seconds = recorder.routeSeconds("orders");
    expect(seconds.length).toBeLessThanOrEqual(125);
    expect(seconds.at(-1)!.atMs).toBe(all.at(-1)!.atMs);
    const [before, after] = all.slice(-2);
    const ended = (snapshot: DashboardSnapshot) =>
      Object.values(snapshot.routes[1]!.traffic.outcomes).reduce((sum, count) => sum + count, 0);
    expect(seconds.at(-1)!.requests).toBe(ended(after!) - ended(before!));
    expect(recorder.routeSeconds("unknown")).toEqual([]);
  });

  it("leaves a gap out instead of spreading it", () => {
    const { recorder, world } = recorded(5);
    world.step();
    world.step();
    recorder.push(world.step());
    expect(recorder.routeSeconds("orders")).toHaveLength(4);
  });

  it("forgets a process that was replaced: its counts are another's", () => {
    const { recorder } = recorded(20);
    const fresh = simulatedWorld({ seed: 9, startMs: Date.UTC(2026, 0, 5, 13) });
    recorder.push(fresh.step());
    expect(recorder.perSecond((snapshot) => snapshot.totals.requests)).toBe(0);
    recorder.push(fresh.step());
    expect(recorder.perSecond((snapshot) => snapshot.totals.requests)).toBeGreaterThan(200);
  });

  it("reads the last ten seconds' shares from the history alone", () => {
    const { all } = recorded(40);
    const recent = makeRecorder().recentShares(all.at(-1)!);
    const points = all.at(-1)!.history.slice(-10);
    const requests = points.reduce((sum, point) => sum + point.requests, 0);
    expect(recent.requests).toBe(requests);
    expect(recent.rejectionShare).toBeCloseTo(points.reduce((sum, point) => sum + point.rejections, 0) / requests);
    expect(recent.okPerSecond * 10).toBeCloseTo(requests * (1 - recent.errorShare - recent.rejectionShare));
  });
});
