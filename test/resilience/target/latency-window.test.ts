import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dispose } from "../../../ts/kernel/index.js";
import {
  cut,
  inTime,
  type LatencyKind,
  LatencyWindow,
  late,
  type Population,
  seenByCallers,
  successes,
} from "../../../ts/resilience/target/latency-window.js";

const options = { windowMs: 1_000, minSamples: 1, relativeError: 0.01, maxMs: 100_000 };

/** The same window by plain arrays: every sample is kept, with the half that it fell into. */
class NaiveWindow {
  readonly samples: { kind: LatencyKind; ms: number; half: number }[] = [];
  #half = 0;
  #turnMs = Number.NaN;

  at(nowMs: number): void {
    if (Number.isNaN(this.#turnMs)) this.#turnMs = nowMs + 500;
    if (nowMs < this.#turnMs) return;
    const silent = nowMs >= this.#turnMs + 500;
    this.#half += silent ? 2 : 1;
    this.#turnMs = silent ? nowMs + 500 : this.#turnMs + 500;
  }

  record(kind: LatencyKind, ms: number, nowMs: number): void {
    this.at(nowMs);
    this.samples.push({ kind, ms, half: this.#half });
  }

  quantile(population: Population, q: number, nowMs: number): number | undefined {
    this.at(nowMs);
    const other = population === seenByCallers ? cut : late;
    const values = this.samples
      .filter(({ kind, half }) => half >= this.#half - 1 && (kind === inTime || kind === other))
      .map(({ ms }) => ms)
      .sort((a, b) => a - b);
    return values.length === 0 ? undefined : values[Math.max(0, Math.ceil(q * values.length) - 1)];
  }
}

const kinds = fc.constantFrom<LatencyKind>(inTime, inTime, inTime, cut, late);
const steps = fc.array(fc.record({ kind: kinds, ms: fc.integer({ min: 1, max: 50_000 }), afterMs: fc.nat(700) }), {
  minLength: 1,
  maxLength: 60,
});

describe("a window of latencies", () => {
  it("has the quantiles that plain arrays have, also after it was saved and restored elsewhere", () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(0, 0.5, 0.9, 0.99, 1), (list, q) => {
        const window = new LatencyWindow(options);
        const twin = new NaiveWindow();
        let nowMs = 123.25;
        for (const { kind, ms, afterMs } of list) {
          nowMs += afterMs;
          window.record(kind, ms, nowMs);
          twin.record(kind, ms, nowMs);
        }
        const elsewhere = new LatencyWindow(options);
        elsewhere.load(window.save(nowMs), 9_000_000);
        for (const population of [seenByCallers, successes] as const) {
          const real = twin.quantile(population, q, nowMs);
          const read = [window.quantile(population, q, nowMs), elsewhere.quantile(population, q, 9_000_000)];
          for (const ms of read) {
            if (real === undefined) expect(ms).toBeUndefined();
            else expect(Math.abs(ms! - real)).toBeLessThanOrEqual(real * 0.01 + 0.001);
          }
        }
        window[dispose]();
        elsewhere[dispose]();
      }),
      { numRuns: 200 },
    );
  });

  it("reads anew before an eighth of what it counts is missing", () => {
    const window = new LatencyWindow({ ...options, windowMs: 1_000_000 });
    for (let n = 0; n < 800; n++) window.record(inTime, 10, 0);
    expect(window.quantile(seenByCallers, 1, 0)).toBeCloseTo(10, 0);
    for (let n = 0; n < 99; n++) window.record(inTime, 500, 0);
    expect(window.quantile(seenByCallers, 1, 0)).toBeCloseTo(10, 0);
    window.record(inTime, 500, 0);
    expect(window.quantile(seenByCallers, 1, 0)).toBeGreaterThan(490);
  });

  it("keeps an attempt for half a window at least and a whole one at most", () => {
    fc.assert(
      fc.property(fc.nat(499), fc.integer({ min: 1, max: 3_000 }), (startMs, ageMs) => {
        const window = new LatencyWindow(options);
        window.record(inTime, 1, 0);
        window.record(inTime, 77, startMs);
        const read = window.quantile(successes, 1, startMs + ageMs) ?? 0;
        if (ageMs < 500) expect(read).toBeGreaterThan(70);
        if (ageMs >= 1_000) expect(read).toBe(0);
        window[dispose]();
      }),
    );
  });

  it("counts a cut attempt as at least what it was let run, and what succeeded late at its true duration", () => {
    const window = new LatencyWindow(options);
    for (let n = 0; n < 90; n++) window.record(inTime, 10, 0);
    for (let n = 0; n < 10; n++) window.record(cut, 100, 0);
    expect(window.quantile(seenByCallers, 0.95, 0)).toBeGreaterThan(98);
    expect(window.quantile(successes, 0.95, 0)).toBeLessThan(11);
    for (let n = 0; n < 10; n++) window.record(late, 400, 0);
    window.record(cut, 100, 500);
    expect(window.quantile(seenByCallers, 1, 500)).toBeLessThan(102);
    expect(window.quantile(successes, 0.95, 500)).toBeGreaterThan(390);
  });

  it("says nothing where it knows too little", () => {
    const window = new LatencyWindow({ ...options, minSamples: 3 });
    window.record(inTime, 1, 0);
    window.record(inTime, Number.NaN, 0);
    window.record(inTime, 2, 0);
    expect(window.quantile(successes, 0.5, 0)).toBeUndefined();
    window.record(inTime, 3, 0);
    expect(window.quantile(successes, 0.5, 0)).toBeCloseTo(2, 1);
  });

  it("changes nothing where a snapshot is torn, too long or out of range", () => {
    const window = new LatencyWindow(options);
    window.record(inTime, 42, 0);
    const good = window.save(0);
    const wrongTime = good.slice();
    new DataView(wrongTime.buffer).setFloat64(0, Number.NaN, true);
    const flipped = good.map((byte, index) => (index > 20 ? byte ^ 0xff : byte));
    for (const bad of [good.slice(0, -1), Uint8Array.of(...good, 0), wrongTime, flipped, new Uint8Array(0)]) {
      expect(() => window.load(bad, 0)).toThrow(expect.objectContaining({ code: "SNAPSHOT_INVALID" }));
    }
    expect(window.quantile(successes, 1, 0)).toBeCloseTo(42, 0);
    window.load(good, 0);
    expect(window.quantile(successes, 1, 0)).toBeCloseTo(42, 0);
  });

  it("takes as much memory for a million attempts as for one", () => {
    const window = new LatencyWindow(options);
    window.record(inTime, 1, 0);
    const bytes = window.save(0).length;
    for (let n = 0; n < 100_000; n++) window.record(inTime, n % 5_000, 0);
    expect(window.save(0).length).toBe(bytes);
  });
});
