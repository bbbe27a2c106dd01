import type { ConformanceCase } from "./builder.js";

const ms = 1_024_000;

/** Consecutive, count and time accounting, each through several openings. */
const breaker: ConformanceCase = {
  name: "breaker",
  write(s) {
    for (const [kind, size, slice] of [
      [0, 3, 0],
      [1, 10, 0],
      [2, 5, 100 * ms],
    ] as const) {
      const at = s.structure("breakerSize", kind, size);
      const rates = kind === 0 ? [0, 0] : [500_000, 400_000];
      s.call(
        "breakerInit",
        at,
        kind,
        size,
        slice,
        ...rates,
        50 * ms,
        4,
        2,
        2,
        900 * ms,
        200 * ms,
        800 * ms,
        98_304,
        16_384,
        9,
      );
      let now = 1_000 * ms;
      let bad = false;
      const permits: bigint[] = [];
      for (let step = 0; step < 60; step++) {
        now += s.below(12) === 0 ? -s.below(5 * ms) : s.below(30 * ms);
        if (s.below(15) === 0) bad = !bad;
        const permit = s.below(4) === 0 ? s.call("breakerAcquireClosed", at) : s.call("breakerTryAcquire", at, now);
        if (permit >= 0n) permits.push(permit);
        if (permits.length > 0 && s.below(3) > 0) {
          const [settled] = permits.splice(s.below(permits.length), 1);
          const outcome = bad ? 1 : s.below(20) === 0 ? 2 : 0;
          s.call("breakerSettle", at, settled!, outcome, s.below(90 * ms), now);
        }
        s.call("breakerState", at, now);
        s.call("breakerRead", at, s.below(4), now);
        s.call("breakerRetryAfter", at, now);
        if (s.below(20) === 0) s.call("breakerOpenFor", at, s.below(400 * ms), now);
        if (step === 30) s.call("breakerForce", at, 3, now);
        if (step === 34) s.call("breakerForce", at, 0, now);
      }
      const saved = s.snapshot("breakerSave", at, now);
      s.call("breakerLoad", at, saved, now + 3 * ms);
      s.call("breakerState", at, now + 5 * ms);
    }
  },
};

export const breakerCases = [breaker];
