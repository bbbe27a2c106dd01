import { describe, expect, it } from "vitest";
import type { BreakerView, DashboardSnapshot, InstanceView } from "../../ts/dashboard/index.js";
import { makeFormat } from "../../ts/dashboard/page/client/format.js";
import { makeRecorder, type RecentShares } from "../../ts/dashboard/page/client/recorder.js";
import { makeStory } from "../../ts/dashboard/page/client/story.js";
import { simulatedWorld } from "./simulated-world.js";

const story = makeStory(makeFormat());

const breaker = (state: string, transitions: BreakerView["transitions"] = []): BreakerView => ({
  state,
  sinceMs: 0,
  failureRate: 0,
  calls: 10,
  transitions,
});

describe("a breaker's past", () => {
  const transitions = [
    { atMs: 10_000, from: "closed", to: "open", reason: "failure-rate" },
    { atMs: 15_000, from: "open", to: "half-open", reason: "wait-over" },
    { atMs: 16_000, from: "half-open", to: "closed", reason: "trials-passed" },
  ];

  it("is a row of bands without gaps, from edge to edge", () => {
    expect(story.bands(breaker("closed", transitions), 5_000, 20_000)).toEqual([
      { kind: "closed", fromMs: 5_000, toMs: 10_000 },
      { kind: "open", fromMs: 10_000, toMs: 15_000 },
      { kind: "half-open", fromMs: 15_000, toMs: 16_000 },
      { kind: "closed", fromMs: 16_000, toMs: 20_000 },
    ]);
  });

  it("is cut at the edges of the window", () => {
    expect(story.bands(breaker("closed", transitions), 12_000, 15_500)).toEqual([
      { kind: "open", fromMs: 12_000, toMs: 15_000 },
      { kind: "half-open", fromMs: 15_000, toMs: 15_500 },
    ]);
  });

  it("is one band where nothing ever changed", () => {
    expect(story.bands(breaker("disabled"), 0, 9)).toEqual([{ kind: "disabled", fromMs: 0, toMs: 9 }]);
    expect(story.bands(breaker("forced-open"), 0, 9)).toEqual([{ kind: "open", fromMs: 0, toMs: 9 }]);
  });
});

describe("the sentence at the top", () => {
  const calm: RecentShares = {
    requests: 3_000,
    errorShare: 0,
    rejectionShare: 0,
    errorsPerSecond: 0,
    rejectionsPerSecond: 0,
    okPerSecond: 300,
  };

  function snapshot(change: (instance: InstanceView, index: number) => Partial<InstanceView>): DashboardSnapshot {
    const world = simulatedWorld({ bursts: false }).step();
    const [upstream] = world.upstreams;
    const instances = upstream!.instances.map((instance, index) => ({ ...instance, ...change(instance, index) }));
    return { ...world, upstreams: [{ name: "shop", instances }] };
  }
  const open = { breaker: breaker("open") };
  const only = (wanted: number, change: Partial<InstanceView>) => (_: InstanceView, index: number) =>
    index === wanted ? change : {};

  it.each<[string, DashboardSnapshot, Partial<RecentShares>, string, string]>([
    ["nothing happens", snapshot(() => ({})), { requests: 0 }, "calm", "Quiet."],
    ["all is well", snapshot(() => ({})), {}, "calm", "All 3 instances answer."],
    [
      "a limit holds",
      snapshot(() => ({})),
      { rejectionShare: 0.1 },
      "calm",
      "All 3 instances answer; policies hold back the excess.",
    ],
    [
      "a breaker is open",
      snapshot(only(2, open)),
      {},
      "watch",
      "flaky is held back; 2 of 3 instances carry the traffic.",
    ],
    [
      "an instance is down",
      snapshot(only(0, { healthy: false })),
      {},
      "watch",
      "steady is held back; 2 of 3 instances carry the traffic.",
    ],
    [
      "one is on trial",
      snapshot(only(1, { breaker: breaker("half-open") })),
      {},
      "watch",
      "slow is on trial after a failure.",
    ],
    ["requests fail", snapshot(only(2, open)), { errorShare: 0.05 }, "trouble", "5.0 % of requests fail."],
    ["all are out", snapshot(() => open), { errorShare: 0.5 }, "trouble", "All 3 instances are out of service."],
  ])("says what matters most when %s", (_, view, shares, tone, headline) => {
    expect(story.status(view, { ...calm, ...shares })).toMatchObject({ tone, headline });
  });

  it("adds what became of the requests", () => {
    const { detail } = story.status(snapshot(only(2, open)), { ...calm, errorShare: 0.0004, rejectionShare: 0.06 });
    expect(detail).toBe("94 % of the last ten seconds’ requests were answered, 6.0 % refused, <0.1 % failed.");
  });
});

describe("the list of changes", () => {
  it("counts the failed trials of an outage in one line, and shows a trial while it lasts", () => {
    const world = simulatedWorld().step();
    const [upstream] = world.upstreams;
    const cycle = (atMs: number) => [
      { atMs, from: "open", to: "half-open", reason: "elapsed" },
      { atMs: atMs + 50, from: "half-open", to: "open", reason: "probes" },
    ];
    const outage = [
      { atMs: 1_000, from: "closed", to: "open", reason: "threshold" },
      ...cycle(3_000),
      ...cycle(5_000),
      { atMs: 7_000, from: "open", to: "half-open", reason: "elapsed" },
    ];
    const told = (transitions: BreakerView["transitions"]) =>
      story
        .changes({
          ...world,
          upstreams: [
            { name: "shop", instances: [{ ...upstream!.instances[0]!, breaker: breaker("open", transitions) }] },
          ],
        })
        .map(({ atMs, text, reason }) => `${atMs} ${text}: ${reason}`);
    expect(told(outage)).toEqual([
      "7000 is trying again: the wait is over",
      "5050 stays open: 2 trials failed",
      "1000 opened: too many calls failed",
    ]);
    const ended = [...outage, { atMs: 7_050, from: "half-open", to: "closed", reason: "probes" }];
    expect(told([...ended, ...outage.slice(0, 3).map((change) => ({ ...change, atMs: change.atMs + 9_000 }))])).toEqual(
      [
        "12050 stays open: a trial failed",
        "10000 opened: too many calls failed",
        "7050 closed: trial calls went well",
        "5050 stays open: 2 trials failed",
        "1000 opened: too many calls failed",
      ],
    );
  });

  it("is in order of time, newest first, over all instances", () => {
    const world = simulatedWorld({ seed: 2 });
    let snapshot = world.step();
    for (let second = 0; second < 119; second++) snapshot = world.step();
    const changes = story.changes(snapshot);
    expect(changes.length).toBeGreaterThan(4);
    expect(changes.map((change) => change.atMs)).toEqual(changes.map((change) => change.atMs).sort((a, b) => b - a));
    expect(new Set(changes.map((change) => change.key)).size).toBe(changes.length);
    expect(changes.filter((change) => change.text === "opened").length).toBeGreaterThan(1);
    expect(changes.filter((change) => change.isNews).every((change) => change.kind !== "half-open")).toBe(true);
    expect(makeRecorder().recentShares(snapshot).requests).toBeGreaterThan(0);
  });
});
