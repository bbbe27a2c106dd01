/** The committed vectors of windows, queue and warm-up, on every build that has them. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildNames, openBuild } from "../assembly/builds.js";
import type { PacingVectors, WindowKind, WindowVectors } from "../twins/vectors/limiters.js";

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8")) as T;
const never = (waitUs: number): number => (waitUs === Number.POSITIVE_INFINITY ? -1 : waitUs);

describe.each(buildNames)("%s", (name) => {
  const has = openBuild(name, 1).x;
  const initOf = (kind: WindowKind) => (kind === "log" ? has.slidingLogInit : has.windowCounterInit);

  test.each((["fixed", "sliding", "log"] as const).filter(initOf))("windows.json, %s", (kind) => {
    for (const { limit, lengthUs, steps } of read<WindowVectors>("windows.json").cases.filter((one) => one.kind === kind)) {
      const { x, alloc } = openBuild(name, 1);
      const isLog = kind === "log";
      const at = alloc(isLog ? x.slidingLogSize(limit) : x.windowCounterSize());
      const status = isLog
        ? x.slidingLogInit(at, limit, lengthUs)
        : x.windowCounterInit(at, kind === "fixed" ? 0 : 1, limit, lengthUs);
      expect(status).toBe(0);
      const refundOf = isLog ? x.slidingLogRefund : x.windowCounterRefund;
      const takeOf = isLog ? x.slidingLogTryAcquire : x.windowCounterTryAcquire;
      const remainingOf = isLog ? x.slidingLogRemaining : x.windowCounterRemaining;
      const resetOf = isLog ? x.slidingLogResetAfter : x.windowCounterResetAfter;
      for (const step of steps) {
        const [nowUs, weight, refund] = step;
        if (refund > 0) refundOf(at, refund, nowUs);
        const waitUs = never(takeOf(at, weight, nowUs));
        expect([nowUs, weight, refund, waitUs, remainingOf(at, nowUs), resetOf(at, nowUs)]).toEqual(step);
      }
    }
  });

  test("pacing.json, queues", () => {
    for (const { rate, steps } of read<PacingVectors>("pacing.json").queues) {
      const { x, alloc } = openBuild(name, 1);
      const at = alloc(x.gcraSize());
      expect(x.gcraInit(at, rate.limit, rate.periodUs, rate.burst, rate.burst)).toBe(0);
      for (const [nowUs, weight, waitUs] of steps) {
        expect([nowUs, weight, never(x.leakyQueueEnter(at, weight, nowUs))]).toEqual([nowUs, weight, waitUs]);
      }
    }
  });

  test.skipIf(has.warmUpInit === undefined)("pacing.json, warm-ups", () => {
    for (const { options: o, steps } of read<PacingVectors>("pacing.json").warmUps) {
      const { x, alloc } = openBuild(name, 1);
      const at = alloc(x.warmUpSize());
      expect(x.warmUpInit(at, o.limit, o.periodUs, o.warmUpUs, o.coldFactor)).toBe(0);
      for (const step of steps) {
        const [nowUs, weight, patienceUs] = step;
        const waitUs = never(x.warmUpReserve(at, weight, nowUs, patienceUs));
        expect([nowUs, weight, patienceUs, waitUs]).toEqual(step);
      }
    }
  });
});
