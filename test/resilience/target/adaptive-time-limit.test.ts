import { describe, expect, it } from "vitest";
import { manualClock, type Random, seeded } from "../../../ts/kernel/index.js";
import { AdaptiveTimeLimit, type AdaptiveTimeLimitOptions } from "../../../ts/resilience/target/adaptive-time-limit.js";
import { LatencyTarget } from "../../../ts/resilience/target/latency-target.js";

/** How long the work of a call takes, or `undefined` where it never ends (a hang). */
type Dependency = (nowMs: number, random: Random) => number | undefined;

/** What became of the calls of one second. */
interface Second {
  readonly limitMs: number;
  readonly calls: number;
  readonly good: number;
  /** Calls that were cut although they would have succeeded within `maxMs`. */
  readonly falseCuts: number;
}

/**
 * Calls that come at a rate, a dependency that takes what it takes, and the limit between them. Work that was cut either
 * goes on to its end or stops at once, as a function does that listens to its signal.
 */
function simulate(options: {
  readonly dependency: Dependency;
  readonly seconds: number;
  readonly cutWork: "goes on" | "stops";
  readonly perSecond?: number;
  readonly adaptive?: Partial<AdaptiveTimeLimitOptions>;
}): { readonly seconds: readonly Second[]; readonly limit: AdaptiveTimeLimit } {
  const { dependency, cutWork, perSecond = 200 } = options;
  const target = new LatencyTarget("simulated", { clock: manualClock(), windowMs: 20_000 });
  const random = seeded(7);
  const maxMs = options.adaptive?.maxMs ?? 10_000;
  const limit = new AdaptiveTimeLimit({ target, maxMs, random: seeded(11), ...options.adaptive });
  const later: { atMs: number; run: () => void }[] = [];
  const at = (atMs: number, run: () => void) => {
    let index = later.length;
    while (index > 0 && later[index - 1]!.atMs < atMs) index--;
    later.splice(index, 0, { atMs, run });
  };
  const seconds: Second[] = [];
  let counts = { calls: 0, good: 0, falseCuts: 0 };
  for (let n = 0; n < options.seconds * perSecond; n++) {
    const nowMs = (n * 1_000) / perSecond;
    while (later.length > 0 && later.at(-1)!.atMs <= nowMs) later.pop()!.run();
    const tookMs = dependency(nowMs, random) ?? Number.POSITIVE_INFINITY;
    const givenMs = limit.next(nowMs);
    counts.calls++;
    if (tookMs <= givenMs) {
      counts.good++;
      at(nowMs + tookMs, () => {
        target.record(tookMs, nowMs + tookMs);
        if (givenMs > limit.limitMs) limit.explored(tookMs);
      });
    } else {
      if (tookMs <= maxMs) counts.falseCuts++;
      at(nowMs + givenMs, () => {
        target.recordCut(givenMs, nowMs + givenMs);
        limit.wasCut(givenMs);
      });
      if (cutWork === "goes on" && Number.isFinite(tookMs)) {
        at(nowMs + tookMs, () => {
          target.recordLate(tookMs, nowMs + tookMs);
          limit.succeededLate(tookMs);
        });
      }
    }
    if ((n + 1) % perSecond === 0) {
      seconds.push({ limitMs: limit.limitMs, ...counts });
      counts = { calls: 0, good: 0, falseCuts: 0 };
    }
  }
  return { seconds, limit };
}

/** Log-normal around a median, as latencies are; sigma 0.3 puts the 99th percentile at twice the median. */
function around(medianMs: number, random: Random): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return medianMs * Math.exp(0.3 * normal);
}

const total = (seconds: readonly Second[], key: keyof Second) => seconds.reduce((sum, second) => sum + second[key], 0);

const both = ["goes on", "stops"] as const;

describe("an adaptive limit in a simulation", () => {
  it.each(both)("settles near factor × p99 and keeps within the budget of false timeouts; cut work %s", (cutWork) => {
    const { seconds } = simulate({ dependency: (_now, random) => around(50, random), seconds: 120, cutWork });
    const settled = seconds.slice(30);
    for (const { limitMs } of settled) {
      expect(limitMs).toBeGreaterThan(100);
      expect(limitMs).toBeLessThan(350);
    }
    expect(total(settled, "falseCuts") / total(settled, "calls")).toBeLessThan(0.002);
  });

  it.each(both)("follows a tenfold rise within seconds and the fall after it; cut work %s", (cutWork) => {
    const rising = (nowMs: number, random: Random) => around(nowMs >= 60_000 && nowMs < 120_000 ? 500 : 50, random);
    const { seconds } = simulate({ dependency: rising, seconds: 480, cutWork });
    expect(seconds[59]!.limitMs).toBeLessThan(350);
    const risen = seconds.slice(70, 120);
    expect(total(risen, "good") / total(risen, "calls")).toBeGreaterThan(0.97);
    for (const { limitMs } of risen) expect(limitMs).toBeLessThan(6_000);
    for (const { limitMs } of seconds.slice(450)) expect(limitMs).toBeLessThan(350);
  });

  it.each(both)("does not cut off a slow mode that the quantile cannot see; cut work %s", (cutWork) => {
    // One call in 250 takes a second: the 99th percentile is that of the fast ones.
    const bimodal = (_now: number, random: Random) => around(random.next() < 0.004 ? 1_000 : 20, random);
    const { seconds } = simulate({ dependency: bimodal, seconds: 600, cutWork });
    const settled = seconds.slice(60);
    // Without the budget four in a thousand would be cut.
    expect(total(settled, "falseCuts") / total(settled, "calls")).toBeLessThan(0.002);
    for (const { limitMs } of settled) expect(limitMs).toBeLessThan(6_000);
  });

  it.each(both)(
    "neither falls nor grows in a total outage, and serves at once when it ends; cut work %s",
    (cutWork) => {
      const outage = (nowMs: number, random: Random) =>
        nowMs >= 60_000 && nowMs < 180_000 ? undefined : around(50, random);
      const { seconds } = simulate({ dependency: outage, seconds: 240, cutWork });
      const before = seconds[59]!.limitMs;
      for (const { limitMs } of seconds.slice(60, 180)) {
        expect(limitMs).toBeGreaterThanOrEqual(100);
        expect(limitMs).toBeLessThanOrEqual(before * 1.5);
      }
      const after = seconds.slice(181, 240);
      expect(total(after, "good") / total(after, "calls")).toBeGreaterThan(0.99);
    },
  );

  it.each(both)("in half an outage goes by what succeeds; cut work %s", (cutWork) => {
    const half = (_now: number, random: Random) => (random.next() < 0.5 ? undefined : around(50, random));
    const { seconds } = simulate({ dependency: half, seconds: 180, cutWork });
    const settled = seconds.slice(60);
    for (const { limitMs } of settled) expect(limitMs).toBeLessThan(400);
    expect(total(settled, "good") / total(settled, "calls")).toBeGreaterThan(0.48);
  });

  it("does not spiral downwards under a heavy tail, where what is cut is what is not seen", () => {
    // Pareto with exponent 1: the tail is a share of itself at every scale.
    const pareto = (_now: number, random: Random) => 10 / (1 - random.next());
    const { seconds } = simulate({ dependency: pareto, seconds: 600, cutWork: "stops" });
    const settled = seconds.slice(100);
    const cuts = total(settled, "falseCuts") / total(settled, "calls");
    expect(cuts).toBeLessThan(0.004);
  });

  it("without looks beyond the limit cannot rise over work that stops when it is cut (why `explore` exists)", () => {
    const risen = (nowMs: number, random: Random) => around(nowMs < 60_000 ? 50 : 500, random);
    const { seconds } = simulate({ dependency: risen, seconds: 120, cutWork: "stops", adaptive: { explore: 0 } });
    const stuck = seconds.slice(90);
    expect(total(stuck, "good") / total(stuck, "calls")).toBeLessThan(0.01);
  });
});
