/** The committed vectors of failure detection, on every build that has it. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildsWith, openBuild } from "../assembly/builds.js";
import type { MembershipVectors } from "../twins/vectors/membership.js";

const vectors = JSON.parse(
  readFileSync(new URL("membership.json", import.meta.url), "utf8"),
) as MembershipVectors;

describe.each(buildsWith("phiInit"))("%s", (name) => {
  test("timeouts of suspicions", () => {
    const { x } = openBuild(name, 1);
    for (const [expected, leastMs, mostMs, after] of vectors.timeouts) {
      const got = after.map((_, n) => x.suspicionTimeout(n, expected, leastMs * 1000, mostMs * 1000) / 1000);
      expect([expected, leastMs, mostMs, got]).toEqual([expected, leastMs, mostMs, after]);
    }
  });

  test("what grows with the cluster", () => {
    const { x } = openBuild(name, 1);
    for (const row of vectors.sizes) {
      const [members] = row;
      const scale = [x.gossipRetransmits(1, members), x.gossipPushPullScale(members)];
      expect([members, ...scale, x.gossipSuspicionLeast(1, members, 1_000)]).toEqual(row);
    }
  });

  test("accusers", () => {
    for (const { expected, from, confirmed } of vectors.suspicions) {
      const { x, alloc } = openBuild(name, 1);
      const at = alloc(x.suspicionSize(expected));
      expect(x.suspicionInit(at, expected, 0, 0, from, 0)).toBe(0);
      for (const row of confirmed) {
        const isNews = x.suspicionConfirm(at, row[0]) === 1;
        expect([row[0], isNews, x.suspicionConfirmations(at)]).toEqual(row);
      }
    }
  });

  test("detectors", () => {
    for (const { window, threshold, leastDeviationUs, pauseUs, firstUs, heartbeats } of vectors.detectors) {
      const { x, alloc } = openBuild(name, 1);
      const at = alloc(x.phiSize(window));
      expect(x.phiInit(at, window, threshold, leastDeviationUs, pauseUs, firstUs)).toBe(0);
      for (const [nowUs, phi, samples] of heartbeats) {
        expect(Math.abs(x.phiValue(at, nowUs) - phi)).toBeLessThanOrEqual(1e-8 * Math.max(1, phi));
        x.phiHeartbeat(at, nowUs);
        expect(x.phiRead(at, 2)).toBe(samples);
      }
    }
  });
});
