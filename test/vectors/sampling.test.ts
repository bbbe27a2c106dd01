/** `sampling.json` on every build, as far as it has the samplers. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildNames, openBuild } from "../assembly/builds.js";
import type { SamplingVectors } from "../twins/vectors/sampling.js";

const vectors = JSON.parse(readFileSync(new URL("sampling.json", import.meta.url), "utf8")) as SamplingVectors;

/** Low and high half of a number of at most 14 hexadecimal digits; trailing zeros may be left out. */
function halves(text: string | null): [number, number] {
  if (text === null) return [0, 2 ** 24];
  const all = text.padEnd(14, "0");
  return [Number.parseInt(all.slice(6), 16), Number.parseInt(all.slice(0, 6), 16)];
}

/** A share as the core gives it. */
const share = (text: string): number => (text === "all" ? 2 ** 56 : Number(BigInt(`0x${text}`)));
const shareAt = (threshold: string | null): number =>
  threshold === null ? 0 : Number(2n ** 56n - BigInt(`0x${threshold.padEnd(14, "0")}`));

describe.each(buildNames)("%s", (name) => {
  test("ratios, decisions and biased samplers", () => {
    const { x, alloc } = openBuild(name, 1);
    for (const [kept, all, digits, threshold] of vectors.ratios) {
      expect([kept, all, digits, x.samplingShare(kept, all, digits)]).toEqual([kept, all, digits, shareAt(threshold)]);
    }
    for (const [randomness, threshold, kept] of vectors.decisions) {
      expect(x.samplingDecide(...halves(randomness), ...halves(threshold)) === 1).toBe(kept);
    }
    const { thresholds, slowAfterUs, steps } = vectors.biased;
    const at = alloc(x.biasedSize());
    const [ordinary, slow, failed] = thresholds;
    expect(x.biasedInit(at, ...halves(ordinary), ...halves(slow), ...halves(failed), slowAfterUs)).toBe(0);
    for (const [randomness, isFailed, spanUs, head, expected] of steps) {
      const got = x.biasedDecide(at, ...halves(randomness), isFailed ? 1 : 0, spanUs, ...halves(head));
      expect(got).toBe(share(expected));
    }
  });

  const has = openBuild(name, 1).x;

  test.skipIf(has.pacerInit === undefined)("probabilities and paced samplers", () => {
    const { x, alloc } = openBuild(name, 1);
    for (const [probability, digits, threshold] of vectors.probabilities) {
      expect([probability, digits, x.samplingShareOf(probability, digits)]).toEqual([
        probability,
        digits,
        shareAt(threshold),
      ]);
    }
    for (const { options: o, steps, refused } of vectors.paced) {
      const at = alloc(x.pacerSize());
      expect(x.pacerInit(at, o.limit, o.periodUs, o.burst, o.halfLifeUs, o.limited ? 1 : 0)).toBe(0);
      for (const [randomness, nowUs, expected] of steps) {
        expect(x.pacerDecide(at, ...halves(randomness), nowUs)).toBe(share(expected));
      }
      expect(x.pacerRead(at, 2)).toBe(refused);
    }
  });

  test.skipIf(has.reservoirInit === undefined)("reservoirs and averages", () => {
    const { x, alloc } = openBuild(name, 1);
    for (const { capacity, seed, steps } of vectors.reservoirs) {
      const at = alloc(x.reservoirSize(capacity));
      x.reservoirInit(at, capacity, seed);
      for (const [weight, slot] of steps) expect(x.reservoirOffer(at, weight)).toBe(slot);
    }
    for (const { halfLifeUs, steps } of vectors.averages) {
      const at = alloc(x.ewmaSize());
      x.ewmaInit(at, halfLifeUs);
      for (const [value, nowUs, ...expected] of steps) {
        x.ewmaRecord(at, value, nowUs);
        expected.forEach((one, what) => {
          expect(Math.abs(x.ewmaRead(at, what, nowUs) - one)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(one)));
        });
      }
    }
  });
});
