import type { ConformanceCase } from "./builder.js";

const ms = 1_024_000;

const retryThrottle: ConformanceCase = {
  name: "retryThrottle",
  write(s) {
    const at = s.structure("retryThrottleSize");
    for (const [maximum, ratio] of [
      [10_000, 100],
      [3_001, 333],
      [0, 1],
    ] as const) {
      if (s.call("retryThrottleInit", at, maximum, ratio) !== 0n) continue;
      for (let step = 0; step < 60; step++) {
        if (s.below(step < 30 ? 3 : 8) === 0) s.call("retryThrottleSuccess", at);
        else s.call("retryThrottleFailure", at);
        s.call("retryThrottleTokens", at);
        s.call("retryThrottleAllows", at);
      }
      const saved = s.snapshot("retryThrottleSave", at);
      s.call("retryThrottleLoad", at, saved);
    }
  },
};

const attemptLimit: ConformanceCase = {
  name: "attemptLimit",
  write(s) {
    const at = s.structure("attemptLimitSize");
    for (const [most, window, factor] of [
      [5, 100, 78_643],
      [64, 10, 16_777_216],
      [65, 1, 65_536],
    ] as const) {
      if (s.call("attemptLimitInit", at, most, window, factor) !== 0n) continue;
      for (let step = 0; step < 60; step++) {
        s.call("attemptLimitRecord", at, s.below(step < 30 ? 8 : 2) === 0 ? 1 : 0);
        s.call("attemptLimitFailureShare", at);
        s.call("attemptLimitAllowed", at);
      }
      const saved = s.snapshot("attemptLimitSave", at);
      s.call("attemptLimitLoad", at, saved);
    }
  },
};

const sendRate: ConformanceCase = {
  name: "sendRate",
  write(s) {
    const at = s.structure("sendRateSize");
    s.call("sendRateInit", at);
    let now = 3_000 * ms;
    for (let step = 0; step < 150; step++) {
      now += s.below(15) === 0 ? -s.below(5 * ms) : s.below(90 * ms);
      if (s.below(2) === 0) s.call("sendRateRecord", at, step > 40 && s.below(10) === 0 ? 1 : 0, now);
      else s.call("sendRateTryAcquire", at, now);
      s.call("sendRateRead", at, s.below(4), now);
    }
    const saved = s.snapshot("sendRateSave", at, now);
    s.call("sendRateLoad", at, saved, now + 9 * ms);
    s.call("sendRateRead", at, 2, now + 11 * ms);
  },
};

export const retryFullCases = [retryThrottle, attemptLimit, sendRate];
