/** Counters and readings, with the time passed in. */

import { describe, expect, test } from "vitest";
import { coreInfo } from "../../../ts/core/index.js";
import { accessLine } from "../../../ts/gateway/observe/access-log.js";
import { History } from "../../../ts/gateway/observe/history.js";
import { RecentLatency } from "../../../ts/gateway/observe/recent-latency.js";
import { bucketBoundsMs, Traffic } from "../../../ts/gateway/observe/traffic.js";
import { Carrier } from "../../../ts/gateway/shared.js";

describe("recent latency", () => {
  test("covers the last five to ten seconds, and forgets what is older", () => {
    const recent = new RecentLatency(0);
    expect(recent.view()).toEqual({ p50: 0, p95: 0, p99: 0, max: 0 });
    recent.record(100);
    recent.turn(4_999);
    expect(recent.view().p50).toBeCloseTo(100, -1);
    recent.turn(5_000);
    recent.record(10);
    expect(recent.view().max).toBeCloseTo(100, -1);
    recent.turn(10_000);
    expect(recent.view().max).toBeCloseTo(10, 0);
    // After a long sleep nothing is recent.
    recent.turn(60_000);
    expect(recent.view().max).toBe(0);
    recent.dispose();
  });

  test("leaves no memory of the core behind, looked at or not", () => {
    const before = coreInfo().usedBytes;
    const recent = new RecentLatency(0);
    for (let i = 0; i < 50; i++) {
      recent.record(i);
      recent.turn(i * 1_000);
      recent.view();
    }
    recent.dispose();
    expect(coreInfo().usedBytes).toBe(before);
  });
});

describe("traffic", () => {
  test("counts each request once, in the bucket that its duration belongs to", () => {
    const traffic = new Traffic(0);
    for (const durationMs of [0, 5, 5.1, 40_000]) {
      traffic.started();
      traffic.finished("ok", durationMs, undefined);
    }
    traffic.started();
    traffic.started();
    traffic.finished("rejected", 1, "rate-limit");
    expect([traffic.requests, traffic.inFlight, traffic.outcomes.ok, traffic.outcomes.rejected]).toEqual([6, 1, 4, 1]);
    expect([...traffic.buckets]).toEqual([3, 1, ...Array(bucketBoundsMs.length - 2).fill(0), 1]);
    expect(traffic.sumMs).toBeCloseTo(40_011.1, 6);
    expect(traffic.view().rejections).toEqual({ "rate-limit": 1 });
    traffic.dispose();
  });

  test("takes the rate over the last five seconds", () => {
    const traffic = new Traffic(0);
    for (let second = 0; second <= 10; second++) {
      traffic.turn(second * 1_000);
      for (let i = 0; i < (second < 5 ? 10 : 20); i++) traffic.started();
    }
    expect(traffic.view().ratePerSecond).toBe(20);
    traffic.dispose();
  });
});

describe("history", () => {
  test("is a point a second for two minutes", () => {
    const history = new History();
    history.record("ok", 10);
    history.record("timeout", 30);
    history.record("rejected", 0);
    history.turn(1_000);
    expect(history.points).toMatchObject([{ atMs: 1_000, requests: 3, errors: 1, rejections: 1 }]);
    for (let second = 2; second <= 200; second++) history.turn(second * 1_000);
    expect([history.points.length, history.points[0]!.atMs, history.points[119]!.p50]).toEqual([120, 81_000, 0]);
    history.dispose();
  });
});

describe("the access log", () => {
  test("is one line, whatever stands in a path", () => {
    const line = accessLine(
      {
        atMs: 0,
        requestId: "i",
        client: "c",
        method: "GET",
        host: "h",
        path: '/"\n',
        query: "?q",
        route: undefined,
        instance: undefined,
        status: 200,
        outcome: "ok",
        reason: undefined,
        error: undefined,
        attempts: 0,
        durationMs: 1.23456,
        bytesSent: 0,
      },
      false,
    );
    expect(line).not.toContain("\n");
    expect(JSON.parse(line)).toEqual({
      time: "1970-01-01T00:00:00.000Z",
      event: "request",
      requestId: "i",
      client: "c",
      method: "GET",
      host: "h",
      path: '/"\n',
      status: 200,
      outcome: "ok",
      attempts: 0,
      durationMs: 1.23,
      bytesSent: 0,
    });
  });
});

describe("what tables share", () => {
  test("is carried over while its configuration is the same, and given back when nobody holds it", () => {
    const given: string[] = [];
    const make = (name: string) => () => name;
    const giveBack = (name: string) => void given.push(name);
    const first = new Carrier(undefined);
    const a = first.obtain("a", { limit: 1 }, make("a1"), giveBack);
    const b = first.obtain("b", {}, make("b1"), giveBack);
    first.settle();
    const second = new Carrier(first);
    const a2 = second.obtain("a", { limit: 1 }, make("a2"), giveBack);
    const b2 = second.obtain("b", { changed: true }, make("b2"), giveBack);
    expect([a2.value, b2.value]).toEqual(["a1", "b2"]);
    second.settle();
    a.release();
    b.release();
    expect(given).toEqual(["b1"]);
    a2.release();
    b2.release();
    expect(given).toEqual(["b1", "a1", "b2"]);
  });

  test("is given back at once by a table that is abandoned, except what the one before still holds", () => {
    const given: string[] = [];
    const giveBack = (name: string) => void given.push(name);
    const first = new Carrier(undefined);
    first.obtain("a", 1, () => "a1", giveBack);
    first.settle();
    const second = new Carrier(first);
    second.obtain("a", 1, () => "never", giveBack);
    second.obtain("a", 2, () => "a2", giveBack);
    second.abandon();
    expect(given).toEqual(["a2"]);
    const third = new Carrier(first);
    expect(third.obtain("a", 1, () => "never", giveBack).value).toBe("a1");
  });
});
