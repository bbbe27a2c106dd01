import type { ConformanceCase } from "./builder.js";

const ms = 1_024_000;

const backoff: ConformanceCase = {
  name: "backoff",
  write(s) {
    const at = s.structure("backoffSize");
    for (let kind = 0; kind < 4; kind++) {
      for (let jitter = 0; jitter < 4; jitter++) {
        s.call("backoffInit", at, kind, jitter, 50 * ms, 9_000 * ms, 131_072, s.word());
        let previous = 0n;
        for (let attempt = 1; attempt <= 12; attempt++) previous = s.call("backoffNext", at, attempt, previous);
      }
    }
    const saved = s.snapshot("backoffSave", at);
    s.call("backoffLoad", at, saved);
  },
};

const budget: ConformanceCase = {
  name: "budget",
  write(s) {
    const at = s.structure("budgetSize");
    s.call("budgetInit", at, 1_000, 5_000, 10_000, 10_000 * ms);
    let now = 7 * ms;
    for (let step = 0; step < 80; step++) {
      now += s.below(10) === 0 ? -s.below(3 * ms) : s.below(700 * ms);
      if (s.below(3) > 0) s.call("budgetDeposit", at, now);
      else s.call("budgetTryWithdraw", at, now);
      s.call("budgetBalance", at, now);
    }
    const saved = s.snapshot("budgetSave", at, now);
    s.call("budgetLoad", at, saved, now + 5 * ms);
    s.call("budgetBalance", at, now + 6 * ms);
  },
};

export const retryCases = [backoff, budget];
