import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RollingCounts } from "../../../ts/resilience/shedding/rolling-counts.js";

const step = fc.record({
  /** Mostly small steps, sometimes longer than the window, sometimes back. */
  byMs: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 500 }), fc.integer({ min: -50, max: 0 })),
  lane: fc.integer({ min: 0, max: 1 }),
  /** How many buckets ago it began. */
  ago: fc.integer({ min: 0, max: 6 }),
});

function withNumber(bytes: Uint8Array, place: number, value: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setFloat64(place * 8, value, true);
  return copy;
}

describe("rolling counts", () => {
  it("count as a list of everything would, from which what is too old is left out when asked", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const counts = new RollingCounts(2, 100, 5);
        const kept: { lane: number; bucket: number }[] = [];
        let nowMs = 1_000;
        let newest = 0;
        for (const { byMs, lane, ago } of steps) {
          nowMs += byMs;
          newest = Math.max(newest, Math.floor(nowMs / 20));
          expect(counts.advance(nowMs)).toBe(newest);
          const bucket = newest - ago;
          const inWindow = ago < 5;
          expect(counts.add(lane, bucket)).toBe(inWindow);
          if (inWindow) kept.push({ lane, bucket });
          for (const one of [0, 1]) {
            const wanted = kept.filter((entry) => entry.lane === one && entry.bucket > newest - 5).length;
            expect(counts.total(one)).toBe(wanted);
          }
        }
      }),
    );
  });

  it("forget by being read, whatever time has passed since (a 30 s window of cockatiel counts failures 20 min apart)", () => {
    const counts = new RollingCounts(1, 30_000, 10);
    counts.add(0, counts.advance(0));
    counts.advance(20 * 60_000);
    expect(counts.total(0)).toBe(0);
  });

  it("go on in another process, where the clock began elsewhere", () => {
    const before = new RollingCounts(1, 100, 5);
    for (const ms of [0, 20, 45, 45, 90]) before.add(0, before.advance(ms));
    const after = new RollingCounts(1, 100, 5);
    after.load(before.save(95), 5_000_000);
    expect(after.total(0)).toBe(5);
    // The oldest part leaves with the next bucket, and all of it within a window.
    after.advance(5_000_020);
    expect(after.total(0)).toBe(4);
    after.advance(5_000_100);
    expect(after.total(0)).toBe(0);
  });

  it.each([
    ["another length", (bytes: Uint8Array) => bytes.slice(8)],
    ["a negative count", (bytes: Uint8Array) => withNumber(bytes, 1, -1)],
    ["half a count", (bytes: Uint8Array) => withNumber(bytes, 1, 0.5)],
    ["an age beyond a bucket", (bytes: Uint8Array) => withNumber(bytes, 0, 21)],
    ["no number", (bytes: Uint8Array) => withNumber(bytes, 0, Number.NaN)],
  ])("refuse %s, and change nothing", (_name, spoil) => {
    const counts = new RollingCounts(1, 100, 5);
    counts.add(0, counts.advance(0));
    const bytes = counts.save(0);
    expect(() => counts.load(spoil(bytes), 0)).toThrow(expect.objectContaining({ code: "SNAPSHOT_INVALID" }));
    expect(counts.total(0)).toBe(1);
  });
});
