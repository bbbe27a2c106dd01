/** Samplers against the specification, their twins and one another, in every build. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  biasedTwin,
  PacerTwin,
  type PacerTwinOptions,
  probabilityTwin,
  shareOf,
  thresholdNumber,
  thresholdTwin,
} from "../twins/sampling.js";
import { type Build, buildNames, openBuild } from "./builds.js";

const javaScript = buildNames.filter((name) => name !== "embedded");
const all = 2n ** 56n;
const halves = (value: bigint): [number, number] => [Number(value & 0xffff_ffffn), Number(value >> 32n)];

const randomness = fc.bigInt({ min: 0n, max: all - 1n });
const threshold = fc.oneof(
  fc.bigInt({ min: 0n, max: all }),
  fc.constantFrom(0n, 1n, all - 1n, all),
  fc.nat(255).map((byte) => BigInt(byte) << 48n),
);

/** A trace id with these random bits, as 16 bytes; what stands before them must not matter. */
function idOf(bits: bigint): Uint8Array {
  const text = `fedcba9876543210ff${bits.toString(16).padStart(14, "0")}`;
  return Uint8Array.from({ length: 16 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

describe.each(buildNames)("%s", (name) => {
  test("a share is the exact quotient, rounded as the specification rounds", () => {
    const { x } = openBuild(name, 1);
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: -1, max: 1_000 }), fc.maxSafeInteger()),
        fc.oneof(fc.integer({ min: 0, max: 10_000_000 }), fc.maxSafeInteger()),
        fc.integer({ min: 0, max: 14 }),
        (kept, whole, digits) => {
          expect(BigInt(x.samplingShare(kept, whole, digits))).toBe(
            shareOf(thresholdTwin(BigInt(kept), BigInt(whole), digits)),
          );
        },
      ),
    );
  });

  test("a trace is kept where its random bits reach the threshold, alone and among many", () => {
    const build = openBuild(name, 1);
    const [ids, out] = [build.alloc(16 * 20), build.alloc(20)];
    fc.assert(
      fc.property(fc.array(randomness, { maxLength: 20 }), threshold, (traces, limit) => {
        const at = [...traces.slice(0, 19), limit & (all - 1n)];
        at.forEach((bits, index) => {
          build.bytes(ids + 16 * index, 16).set(idOf(bits));
        });
        const expected = at.map((bits) => (bits >= limit ? 1 : 0) as number);
        const kept = build.x.samplingDecideMany(ids, at.length, ...halves(limit), out);
        expect([...build.bytes(out, at.length)]).toEqual(expected);
        expect(kept).toBe(expected.filter((each) => each === 1).length);
        // What lies above the 56 bits of randomness is cut off.
        const alone = at.map((bits) => build.x.samplingDecide(...halves(bits | (0xabn << 56n)), ...halves(limit)));
        expect(alone).toEqual(expected);
      }),
    );
  });

  test("a biased sampler keeps by the most generous class and the stricter of it and the head", () => {
    fc.assert(
      fc.property(
        fc.array(threshold, { minLength: 3, maxLength: 3 }),
        fc.array(fc.record({ bits: randomness, failed: fc.boolean(), spanUs: fc.nat(1_000), head: threshold }), {
          maxLength: 20,
        }),
        ([ordinary, slow, failed], traces) => {
          const build = openBuild(name, 1);
          const at = build.alloc(build.x.biasedSize());
          expect(build.x.biasedInit(at, ...halves(ordinary!), ...halves(slow!), ...halves(failed!), 500)).toBe(0);
          const counts = [0, 0, 0, 0, 0, 0];
          for (const trace of traces) {
            const share = biasedTwin(
              { ordinary: ordinary!, slow: slow!, failed: failed! },
              { randomness: trace.bits, slow: trace.spanUs >= 500, failed: trace.failed, head: trace.head },
            );
            const got = build.x.biasedDecide(
              at,
              ...halves(trace.bits),
              trace.failed ? 1 : 0,
              trace.spanUs,
              ...halves(trace.head),
            );
            // JavaScript gets a share as a double; shares of rounded thresholds are exact in it, these are not all.
            expect(got).toBe(Number(share));
            const group = trace.failed ? 2 : trace.spanUs >= 500 ? 1 : 0;
            counts[group]!++;
            if (share !== 0n) counts[3 + group]!++;
          }
          expect([0, 1, 2].map((group) => build.x.biasedRead(at, group, 0))).toEqual(counts.slice(0, 3));
          expect([0, 1, 2].map((group) => build.x.biasedRead(at, group, 1))).toEqual(counts.slice(3));
        },
      ),
      { numRuns: 50 },
    );
  });

  test("a biased sampler refuses thresholds above 2^56; a span that is not known is not slow", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.biasedSize());
    expect(x.biasedInit(at, 1, 2 ** 24, 0, 0, 0, 0, 1)).toBe(1);
    expect(x.biasedInit(at, 0, 2 ** 24, 0, 0, 0, 0, 5)).toBe(0);
    expect(x.biasedDecide(at, 0, 0, 0, Number.NaN, 0, 0)).toBe(0);
    expect(x.biasedDecide(at, 0, 0, 0, 5, 0, 0)).toBe(2 ** 56);
    expect(x.biasedInit(at, 0, 2 ** 24, 0, 0, 0, 0, Number.NaN)).toBe(0);
    expect(x.biasedDecide(at, 0, 0, 0, 1e300, 0, 0)).toBe(0);
    expect(x.biasedRead(at, 3, 0)).toBe(0);
  });
});

function pacer(build: Build, o: PacerTwinOptions): number {
  const at = build.alloc(build.x.pacerSize());
  expect(build.x.pacerInit(at, o.limit, o.periodUs, o.burst, o.halfLifeUs, o.limited ? 1 : 0)).toBe(0);
  return at;
}

const options = fc.record({
  limit: fc.integer({ min: 1, max: 3_000 }),
  periodUs: fc.constantFrom(1_000_000, 60_000_000, 10_000),
  burst: fc.integer({ min: 1, max: 50 }),
  halfLifeUs: fc.constantFrom(800_000, 8_000, 10_000_000),
  limited: fc.boolean(),
});

/** Pauses between traces, most of them short. */
const gaps = fc.array(
  fc.tuple(randomness, fc.oneof({ weight: 9, arbitrary: fc.nat(300) }, { weight: 1, arbitrary: fc.nat(3_000_000) })),
  { maxLength: 120 },
);

describe.each(javaScript)("%s, paced", (name) => {
  test("shares, rate and refusals are the twin's", () => {
    fc.assert(
      fc.property(options, gaps, (o, traces) => {
        const build = openBuild(name, 1);
        const at = pacer(build, o);
        const twin = new PacerTwin(o);
        let nowUs = 1_000;
        for (const [bits, gap] of traces) {
          nowUs += gap;
          expect(BigInt(build.x.pacerDecide(at, ...halves(bits), nowUs))).toBe(twin.decide(bits, nowUs));
          expect(BigInt(build.x.pacerRead(at, 0))).toBe(all - twin.threshold);
          expect(BigInt(build.x.pacerRead(at, 1))).toBe(twin.rate);
        }
        expect(build.x.pacerRead(at, 2)).toBe(twin.refused);
      }),
      { numRuns: 40 },
    );
  });

  test("a restored one goes on as the first", () => {
    fc.assert(
      fc.property(options, gaps, gaps, (o, before, after) => {
        const build = openBuild(name, 1);
        const [one, other] = [pacer(build, o), pacer(build, o)];
        let nowUs = 1_000;
        for (const [bits, gap] of before) build.x.pacerDecide(one, ...halves(bits), (nowUs += gap));
        const to = build.alloc(build.x.snapshotSize(one));
        build.x.pacerSave(one, to, nowUs);
        const shiftUs = 77_000_000;
        expect(build.x.pacerLoad(other, to, nowUs + shiftUs)).toBe(0);
        for (const [bits, gap] of after) {
          nowUs += gap;
          const first = build.x.pacerDecide(one, ...halves(bits), nowUs);
          expect(build.x.pacerDecide(other, ...halves(bits), nowUs + shiftUs)).toBe(first);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("many at once are decided as one after another", () => {
    const build = openBuild(name, 1);
    const o = { limit: 50, periodUs: 1_000_000, burst: 20, halfLifeUs: 800_000, limited: true };
    const [one, other] = [pacer(build, o), pacer(build, o)];
    const [ids, out] = [build.alloc(16 * 100), build.alloc(100)];
    const traces = fc.sample(fc.array(randomness, { minLength: 100, maxLength: 100 }), { numRuns: 1, seed: 1 })[0]!;
    traces.forEach((bits, index) => {
      build.bytes(ids + 16 * index, 16).set(idOf(bits));
    });
    for (const nowUs of [0, 50_000, 100_000, 900_000]) {
      const expected = traces.map((bits) => (build.x.pacerDecide(one, ...halves(bits), nowUs) === 0 ? 0 : 1) as number);
      expect(build.x.pacerDecideMany(other, ids, 100, nowUs, out)).toBe(expected.filter((each) => each === 1).length);
      expect([...build.bytes(out, 100)]).toEqual(expected);
    }
  });

  test("numbers that make no pacer are refused", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.pacerSize());
    expect(x.pacerInit(at, 0, 1_000, 1, 1_000, 0)).toBe(1);
    expect(x.pacerInit(at, 1, 1_000, 1, 0, 0)).toBe(1);
    expect(x.pacerInit(at, 1, 1_000, 1, Number.NaN, 0)).toBe(1);
    expect(x.pacerInit(at, 1, 1_000, 1, 2e12, 0)).toBe(1);
    // An eighth of the half-life keeps more than 2^20, or less than 2^-16 of one.
    expect(x.pacerInit(at, 1_100_000, 1_000, 1, 8_000, 0)).toBe(1);
    expect(x.pacerInit(at, 1, 3_600_000_000, 1, 8_000, 0)).toBe(1);
  });

  test("a clock that steps back, stands still, or says NaN is no harm", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.pacerSize());
    x.pacerInit(at, 10, 1_000_000, 1, 800_000, 0);
    for (let n = 0; n < 1_000; n++) x.pacerDecide(at, 0, 0, 10_000_000 + n * 1_000);
    const before = x.pacerRead(at, 0);
    for (const nowUs of [10_990_000, 5, Number.NaN, -1, Number.NEGATIVE_INFINITY]) x.pacerDecide(at, 0, 0, nowUs);
    expect(x.pacerRead(at, 0)).toBe(before);
    // It counts on from the new reading.
    for (let n = 0; n < 1_000; n++) x.pacerDecide(at, 0, 0, n * 1_000);
    expect(Math.abs(x.pacerRead(at, 1) / 65_536 - 100)).toBeLessThan(10);
    x.pacerDecide(at, 0, 0, Number.POSITIVE_INFINITY);
    expect(x.pacerRead(at, 0)).toBe(2 ** 56);
  });

  test("with a limit no more than burst and rate are ever kept, whatever comes", () => {
    fc.assert(
      fc.property(options, gaps, (o, traces) => {
        const build = openBuild(name, 1);
        const at = pacer(build, { ...o, limited: true });
        let nowUs = 0;
        let kept = 0;
        for (const [bits, gap] of traces) {
          if (build.x.pacerDecide(at, ...halves(bits), (nowUs += gap)) !== 0) kept++;
        }
        expect(kept).toBeLessThanOrEqual(o.burst + (nowUs * o.limit) / o.periodUs + 1e-9);
      }),
      { numRuns: 30 },
    );
  });
});

/** A fixed source of random bits for statistics: no run differs from another. */
function* fixedBits(): Generator<bigint> {
  let state = 0x2545_f491_4f6c_dd1dn;
  for (;;) {
    state ^= (state << 13n) & 0xffff_ffff_ffff_ffffn;
    state ^= state >> 7n;
    state ^= (state << 17n) & 0xffff_ffff_ffff_ffffn;
    yield state >> 8n;
  }
}

test("paced: the number kept follows the target through a change of traffic, and its counts are unbiased", () => {
  const build = openBuild("server", 1);
  const o = { limit: 100, periodUs: 1_000_000, burst: 1, halfLifeUs: 4_000_000, limited: false };
  const at = pacer(build, o);
  const bits = fixedBits();
  let nowUs = 0;
  const run = (perSecond: number, seconds: number): { kept: number; counted: number } => {
    let kept = 0;
    let counted = 0;
    for (let n = 0; n < perSecond * seconds; n++) {
      nowUs += 1_000_000 / perSecond;
      const share = build.x.pacerDecide(at, ...halves(bits.next().value as bigint), nowUs);
      if (share === 0) continue;
      kept++;
      counted += 2 ** 56 / share;
    }
    return { kept, counted };
  };
  run(1_000, 10);
  const steady = run(1_000, 40);
  expect(Math.abs(steady.kept / 4_000 - 1)).toBeLessThan(0.06);
  expect(Math.abs(steady.counted / 40_000 - 1)).toBeLessThan(0.06);
  // A flood of twenty times the traffic: at once, not after a half-life.
  const flood = run(20_000, 5);
  expect(flood.kept).toBeLessThan(1_000);
  expect(Math.abs(flood.counted / 100_000 - 1)).toBeLessThan(0.2);
  // It forgets the flood by half in a half-life, and keeps everything again when that is what there is.
  run(50, 60);
  expect(run(50, 10).kept).toBe(500);
});

describe.each(javaScript)("%s, the specification", (name) => {
  /** From the table of "Converting floating-point probability to threshold value": precision 3, 4 and 5. */
  const table: readonly [number, string, string, string][] = [
    [1, "0", "0", "0"],
    [2, "8", "8", "8"],
    [3, "aab", "aaab", "aaaab"],
    [4, "c", "c", "c"],
    [5, "ccd", "cccd", "ccccd"],
    [8, "e", "e", "e"],
    [10, "e66", "e666", "e6666"],
    [16, "f", "f", "f"],
    [100, "fd71", "fd70a", "fd70a4"],
    [1_000, "ffbe7", "ffbe77", "ffbe76d"],
    [10_000, "fff972", "fff9724", "fff97247"],
    [100_000, "ffff584", "ffff583a", "ffff583a5"],
    [1_000_000, "ffffef4", "ffffef39", "ffffef391"],
  ];

  test.each(table)("1 in %d", (n, ...expected) => {
    const { x } = openBuild(name, 1);
    for (const [index, text] of expected.entries()) {
      expect(BigInt(x.samplingShareOf(1 / n, 3 + index))).toBe(all - thresholdNumber(text));
      expect(BigInt(x.samplingShare(1, n, 3 + index))).toBe(all - thresholdNumber(text));
    }
  });

  test("a probability becomes a threshold by the specification's own steps", () => {
    const { x } = openBuild(name, 1);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.double({ min: 0, max: 1, noNaN: true }),
          fc.integer({ min: -60, max: 0 }).map((k) => 2 ** k),
        ),
        fc.integer({ min: 1, max: 12 }),
        (probability, digits) => {
          expect(BigInt(x.samplingShareOf(probability, digits))).toBe(shareOf(probabilityTwin(probability, digits)));
        },
      ),
    );
    expect([Number.NaN, -1, Number.NEGATIVE_INFINITY].map((odd) => x.samplingShareOf(odd, 4))).toEqual([0, 0, 0]);
    expect(x.samplingShareOf(2, 4)).toBe(2 ** 56);
  });
});
