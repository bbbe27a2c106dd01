/** Defects of other libraries' retries, each as a test that passes here. The names say whose, and where it was reported. */

import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { manualClock, seeded } from "../../../ts/kernel/index.js";
import { compose, constant, exponential, fibonacci, linear, retry, timeout } from "../../../ts/resilience/index.js";

const down = () => {
  throw new Error("down");
};

describe("defects of peers: retry", () => {
  it("cockatiel: an abort while it waited settled the call at the end of the wait, and called the function once more", async () => {
    const clock = manualClock();
    const policy = retry({ attempts: 5, backoff: constant({ baseMs: 200 }), clock });
    const controller = new AbortController();
    let calls = 0;
    let settledMs = Number.NaN;
    const call = policy
      .tryExecute(
        () => {
          calls++;
          down();
        },
        { signal: controller.signal },
      )
      .then((outcome) => {
        settledMs = clock.now();
        return outcome;
      });
    await clock.advance(20);
    controller.abort("enough");
    await clock.advance(0);
    expect(settledMs).toBe(20);
    expect(await call).toEqual({ ok: false, error: "enough" });
    await clock.advance(10_000);
    expect(calls).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it("cockatiel #101: the reason of the abort was lost", async () => {
    const clock = manualClock();
    const policy = compose(timeout({ timeoutMs: 1_000, clock }), retry({ clock }));
    const reason = { why: "the user went away" };
    const controller = new AbortController();
    let seen: unknown;
    const call = policy.execute(
      ({ signal }) => new Promise(() => signal.addEventListener("abort", () => (seen = signal.reason))),
      { signal: controller.signal },
    );
    await clock.advance(0);
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(seen).toBe(reason);
  });

  it("cockatiel #86, Polly #2163: the delay became NaN or infinite after many attempts", () => {
    for (const make of [constant, linear, exponential, fibonacci]) {
      for (const jitter of ["none", "full", "equal", "decorrelated"] as const) {
        const backoff = make({ baseMs: 100, maxMs: 30_000, jitter, random: seeded(3) });
        let previousMs = 0;
        for (const attempt of [1, 2, 50, 1_023, 1_024, 1_025, 100_000, 2 ** 31 - 1]) {
          previousMs = backoff.delayMs(attempt, previousMs);
          expect(previousMs).toBeGreaterThanOrEqual(0);
          expect(previousMs).toBeLessThanOrEqual(30_000);
        }
      }
    }
  });

  it("cockatiel #82: attempts under one long-lived signal piled listeners up on it", async () => {
    const clock = manualClock();
    const policy = retry({ attempts: 20, backoff: constant({ baseMs: 1 }), budget: false, clock });
    const { signal } = new AbortController();
    const calls = Array.from({ length: 5 }, () => policy.tryExecute(down, { signal }));
    await clock.advance(10);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await clock.advance(100);
    await Promise.all(calls);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
