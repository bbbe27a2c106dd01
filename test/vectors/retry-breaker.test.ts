/** The committed vectors of this family on every build that has the structure. `vectors.test.ts` holds them to the twins. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildNames, buildsWith, openBuild } from "../assembly/builds.js";
import type {
  AdaptiveBreakerVectors,
  AttemptLimitVectors,
  OutlierVectors,
  RetryThrottleVectors,
  SendRateVectors,
} from "../twins/vectors/retry-breaker.js";

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8")) as T;

describe.each(buildNames)("%s", (name) => {
  test("retry-throttle.json", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.retryThrottleSize());
    for (const { maximum, ratio, steps } of read<RetryThrottleVectors>("retry-throttle.json").cases) {
      expect(x.retryThrottleInit(at, maximum, ratio)).toBe(0);
      for (const [failed, tokens, allows] of steps) {
        if (failed === 1) expect(x.retryThrottleFailure(at)).toBe(allows);
        else x.retryThrottleSuccess(at);
        expect([x.retryThrottleTokens(at), x.retryThrottleAllows(at)]).toEqual([tokens, allows]);
      }
    }
  });

  test("attempt-limit.json", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.attemptLimitSize());
    for (const { most, window, factor, steps } of read<AttemptLimitVectors>("attempt-limit.json").cases) {
      expect(x.attemptLimitInit(at, most, window, factor / 65_536)).toBe(0);
      for (const [failed, share, allowed] of steps) {
        x.attemptLimitRecord(at, failed);
        expect([x.attemptLimitFailureShare(at), x.attemptLimitAllowed(at)]).toEqual([share, allowed]);
      }
    }
  });
});

describe.each(buildsWith("outlierFind"))("%s", (name) => {
  test("send-rate.json", () => {
    const { x, alloc } = openBuild(name, 1);
    const at = alloc(x.sendRateSize());
    for (const { steps } of read<SendRateVectors>("send-rate.json").cases) {
      x.sendRateInit(at);
      for (const step of steps) {
        if (step[0] === "try") expect(["try", step[1], x.sendRateTryAcquire(at, step[1])]).toEqual(step);
        else {
          const [, nowUs, throttled] = step;
          x.sendRateRecord(at, throttled, nowUs);
          const [allowed, measured] = [x.sendRateRead(at, 0, nowUs), x.sendRateRead(at, 1, nowUs)];
          expect(["record", nowUs, throttled, allowed, measured]).toEqual(step);
        }
      }
    }
  });

  test("adaptive-breaker.json", () => {
    const { baseline: b, cases } = read<AdaptiveBreakerVectors>("adaptive-breaker.json");
    for (const { size, minimumCalls, openUs, steps } of cases) {
      const { x, alloc } = openBuild(name, 1);
      const at = alloc(x.breakerAdaptiveAhead() + x.breakerSize(1, size));
      const body = at + x.breakerAdaptiveAhead();
      x.breakerInit(body, 1, size, 0, b.ceiling / 1e6, 0, 0, minimumCalls, 1, 1, 1e6, openUs, openUs, 1, 0, 1);
      expect(x.breakerAdaptiveInit(at, b.sample, b.memory, b.factor, b.floor / 1e6, b.ceiling / 1e6)).toBe(0);
      for (const step of steps) {
        const [nowUs, outcome] = step;
        const permit = x.breakerTryAcquire(body, nowUs);
        const flags = permit < 0 ? -1 : x.breakerAdaptiveSettle(at, permit, outcome, Number.NaN, nowUs);
        expect([nowUs, outcome, flags, x.breakerAdaptiveRead(at, 0)]).toEqual(step);
      }
    }
  });

  test("outliers.json", () => {
    const measures = ["success rate", "latency", "failure share"];
    const { x, alloc, memory } = openBuild(name, 1);
    for (const { options: o, instances, threshold, found, ejected } of read<OutlierVectors>("outliers.json").cases) {
      const count = instances.length;
      const [at, out] = [alloc(8 * count), alloc(x.outlierSize(count))];
      new Uint32Array(memory.buffer, at, 2 * count).set(instances.flatMap(({ calls, value }) => [calls, value]));
      const measure = measures.indexOf(o.measure);
      x.outlierFind(at, count, measure, o.minimumCalls, o.minimumHosts, o.factor, o.room, out);
      const words = new Uint32Array(memory.buffer, out, x.outlierSize(count) / 4);
      const marked = instances
        .map((_, index) => index)
        .filter((index) => (words[2 + (index >>> 5)]! >>> (index & 31)) & 1);
      expect([words[0], words[1], marked]).toEqual([threshold, found, ejected]);
    }
  });
});
