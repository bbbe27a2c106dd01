/** The clocks as classes: what the core's tests do not see, because it is made outside the core. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createFullRuntime,
  DottedVersionVector,
  DottedVersionVectorSet,
  HybridClock,
  type HybridTimestamp,
  IntervalTreeClock,
  VectorClock,
} from "../../ts/core/index.js";
import { HybridTwin } from "../twins/hybrid-clock.js";

const wallMs = 1_764_000_000_000;
const elsewhere = () => createFullRuntime({ memoryBytes: 1 << 18 });

const code = (expected: string, details: object = {}) =>
  expect.objectContaining({ code: expected, details: expect.objectContaining(details) });

describe("HybridClock", () => {
  test("timestamps go in and out unchanged, whatever the bits", () => {
    const stamp = fc.record({ us: fc.integer({ min: 0, max: 2 ** 44 - 1 }), logical: fc.nat(15) });
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 20 }), stamp, (logicalBits, { us, logical }) => {
        const clock = new HybridClock({ logicalBits });
        clock.forward({ wallMs: us / 1000, logical });
        expect(clock.last).toEqual({ wallMs: us / 1000, logical });
        const twin = new HybridTwin(logicalBits, 0n);
        twin.forward(BigInt(us), BigInt(logical));
        twin.now(0n);
        if (twin.wall < 2n ** 44n)
          expect(clock.now(0)).toEqual({ wallMs: Number(twin.wall) / 1000, logical: Number(twin.logical) });
        clock.dispose();
      }),
      { numRuns: 100 },
    );
  });

  test("every microsecond of this century survives milliseconds in a float", () => {
    const clock = new HybridClock();
    fc.assert(
      fc.property(fc.integer({ min: 1_764_000_000_000_000, max: 4_000_000_000_000_000 }), (us) => {
        const one = new HybridClock();
        one.forward({ wallMs: us / 1000, logical: 3 });
        expect(Math.round(one.last.wallMs * 1000)).toBe(us);
        clock.forward(one.last);
        expect(HybridClock.compare(clock.last, one.last)).toBeGreaterThanOrEqual(0);
        one.dispose();
      }),
      { numRuns: 200 },
    );
  });

  test("many timestamps at once are those that as many calls would give", () => {
    const [one, other] = [new HybridClock({ logicalBits: 4 }), new HybridClock({ logicalBits: 4 })];
    const each = Array.from({ length: 50 }, () => one.now(wallMs));
    expect(other.nowMany(50, wallMs)).toEqual(each);
    expect([...each].reverse().sort(HybridClock.compare)).toEqual(each);
    expect(other.now(wallMs)).toEqual(one.now(wallMs));
  });

  test("refusals say what and by how much, and change nothing", () => {
    const clock = new HybridClock({ maxOffsetMs: 100 });
    const far: HybridTimestamp = { wallMs: wallMs + 100.5, logical: 0 };
    expect(() => clock.update(far, wallMs)).toThrow(code("CLOCK_OFFSET", { aheadMs: 100.5, maxOffsetMs: 100 }));
    expect(clock.last).toEqual({ wallMs: 0, logical: 0 });
    clock.setUpperBound(wallMs + 10);
    expect(() => clock.update({ wallMs: wallMs + 11, logical: 0 }, wallMs)).toThrow(code("CLOCK_BOUND"));
    expect(() => clock.forward({ wallMs: wallMs + 11, logical: 0 })).toThrow(code("CLOCK_BOUND"));
    expect(() => clock.now(wallMs + 11)).toThrow(code("CLOCK_BOUND"));
    expect(() => clock.nowMany(2, wallMs + 11)).toThrow(code("CLOCK_BOUND"));
    expect(clock.now(wallMs + 10)).toEqual({ wallMs: wallMs + 10, logical: 0 });
    clock.setUpperBound(0);
    expect(clock.now(wallMs + 11)).toEqual({ wallMs: wallMs + 11, logical: 0 });
    expect(() => new HybridClock({ logicalBits: 20 }).now(wallMs)).toThrow(code("CLOCK_EXHAUSTED"));
  });

  test("a leap is refused while the check is armed, and steps back are counted", () => {
    const clock = new HybridClock({ maxOffsetMs: 100 });
    clock.armLeapCheck(wallMs);
    clock.observe(wallMs + 49);
    expect(() => clock.observe(wallMs + 99)).toThrow(code("CLOCK_LEAPT"));
    expect(() => clock.now(wallMs + 99)).toThrow(code("CLOCK_LEAPT"));
    clock.armLeapCheck(wallMs + 99);
    clock.now(wallMs + 100);
    clock.now(wallMs + 89);
    expect(clock.stepsBack).toBe(1);
    clock.disarmLeapCheck(wallMs);
    expect(clock.now(wallMs + 1_000).wallMs).toBe(wallMs + 1_000);
  });
});

test("vector clocks of different runtimes compare and merge", () => {
  const [one, other] = [new VectorClock({ entries: 3 }), new VectorClock({ entries: 3 }, elsewhere())];
  one.raise(0, 5);
  other.raise(2, 2 ** 40);
  expect(one.compare(other)).toBe("concurrent");
  expect(one.compareMany([other, one])).toEqual(["concurrent", "equal"]);
  one.merge(other);
  expect(one.counters).toEqual([5, 0, 2 ** 40]);
  expect(one.compareMany([one, one])).toEqual(["equal", "equal"]);
  expect(one.get(2)).toBe(2 ** 40);
});

describe("DottedVersionVector", () => {
  test("of versions written one upon the other only the last stays; concurrent ones stay", () => {
    const first = DottedVersionVector.next(1, [], []);
    const second = DottedVersionVector.next(1, first.context, [first]);
    const blind = DottedVersionVector.next(2, [], [], elsewhere());
    expect(second.context).toEqual([[1, 2]]);
    expect([first.compare(second), second.compare(first), second.compare(blind)]).toEqual([
      "before",
      "after",
      "concurrent",
    ]);
    expect(DottedVersionVector.sync([first, second, blind, second])).toEqual([second, blind]);
    const context = DottedVersionVector.context([first, second, blind]);
    expect(context).toEqual([
      [1, 2],
      [2, 1],
    ]);
    const last = DottedVersionVector.next(2, context, [blind]);
    expect([last.counterOf(2), last.counterOf(1), last.counterOf(3)]).toEqual([2, 2, 0]);
    expect(DottedVersionVector.sync([first, last, second, blind])).toEqual([last]);
  });
});

describe("DottedVersionVectorSet", () => {
  test("content is plain data that another set takes", () => {
    const here = new DottedVersionVectorSet();
    here.update([], 2, 10);
    here.update([], 1, 2 ** 53 - 1);
    here.update([], 1, 12);
    here.add(7);
    const content = { servers: [[1, 2, [12, 2 ** 53 - 1]] as const, [2, 1, [10]] as const], anonymous: [7] };
    expect(here.content).toEqual(content);
    const there = new DottedVersionVectorSet({}, elsewhere());
    there.assign(JSON.parse(JSON.stringify(content)));
    expect(there.content).toEqual(content);
    expect([there.size, there.values, there.compare(here)]).toEqual([4, [12, 2 ** 53 - 1, 10, 7], "equal"]);
    there.update(there.context, 3, 1);
    expect(here.compare(there)).toBe("before");
    here.sync(there);
    // What has no server has no dot, so the write that had read it does not overwrite it.
    expect(here.values).toEqual([1, 7]);
    here.discard(here.context);
    expect([here.values, here.compare(there)]).toEqual([[7], "equal"]);
  });

  test("a full set says CLOCK_FULL and stays as it was", () => {
    const set = new DottedVersionVectorSet({ maxServers: 1, maxValues: 1 });
    set.update([], 1, 1);
    const { content } = set;
    const other = new DottedVersionVectorSet();
    other.update([], 2, 2);
    for (const call of [
      () => set.update([], 1, 2),
      () => set.update(set.context, 2, 2),
      () => set.add(2),
      () => set.sync(other),
      () => set.assign({ servers: [], anonymous: [1, 2] }),
    ]) {
      expect(call).toThrow(code("CLOCK_FULL", { maxServers: 1, maxValues: 1 }));
      expect(set.content).toEqual(content);
    }
  });
});

describe("IntervalTreeClock", () => {
  test("stamps of different runtimes compare and join; a joined one is gone", () => {
    const one = new IntervalTreeClock();
    const two = one.fork();
    const far = IntervalTreeClock.decode(two.encode(), {}, elsewhere());
    two.dispose();
    far.event();
    one.event();
    expect([one.compare(far), one.leq(far), one.leq(one)]).toEqual(["concurrent", false, true]);
    one.join(far);
    expect(() => far.event()).toThrow(code("DISPOSED"));
    expect([...one.encode()]).toEqual([...IntervalTreeClock.decode(one.encode()).encode()]);
    one.event();
    expect(one.leq(IntervalTreeClock.decode(one.peek().encode()))).toBe(true);
  });

  test("refusals have codes, and keep no memory", () => {
    const runtime = elsewhere();
    const clock = new IntervalTreeClock({ maxBytes: 8 }, runtime);
    const usedBytes = runtime.info.usedBytes;
    expect(() => IntervalTreeClock.decode(Uint8Array.of(255), {}, runtime)).toThrow(code("CLOCK_CODE"));
    expect(() => clock.join(clock)).toThrow(code("CLOCK_OVERLAP"));
    const copy = IntervalTreeClock.decode(clock.encode(), {}, runtime);
    expect(() => clock.join(copy)).toThrow(code("CLOCK_OVERLAP"));
    copy.dispose();
    const peeked = clock.peek();
    expect(() => peeked.event()).toThrow(code("CLOCK_ANONYMOUS"));
    peeked.dispose();
    expect(() => {
      for (;;) clock.fork().dispose();
    }).toThrow(code("CLOCK_FULL", { maxBytes: 8 }));
    expect(runtime.info.usedBytes).toBe(usedBytes);
  });
});
