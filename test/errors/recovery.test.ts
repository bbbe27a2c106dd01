import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  classify,
  decideRecovery,
  errorMonitor,
  type RecoveryOptions,
  recovery,
  transientRule,
} from "../../ts/errors/index.js";
import { manualClock } from "../../ts/kernel/index.js";
import { constant, retryBudget, timeout } from "../../ts/resilience/index.js";

const down = { status: 503 };
const fail = (error: unknown) => () => Promise.reject(error);
const make = (options: RecoveryOptions) =>
  recovery({ clock: manualClock(), backoff: constant({ baseMs: 0 }), ...options });

describe("decideRecovery", () => {
  const restarting = [{ steps: [{ do: "restart", target: "db", max: 2, withinMs: 100 }] }] as const;

  test("restart intensity as a plain count of the window says", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 8 }).map((n) => n * 25)),
        fc.integer({ min: 4, max: 8 }).map((n) => n * 25),
        (times, nowMs) => {
          const incident = {
            classification: classify(down),
            attempt: 1,
            idempotent: true,
            restarts: { db: times },
            nowMs,
          };
          const recent = times.filter((atMs) => nowMs - atMs < 100).length;
          expect(decideRecovery(restarting, incident)).toMatchObject(
            recent >= 2 ? { do: "escalate", reason: "intensity" } : { do: "restart" },
          );
        },
      ),
    );
  });

  test("an interruption always goes up, a bug is never retried, and what may not run twice only without effect", () => {
    const plan = [
      {
        steps: [
          { do: "retry", attempts: 9 },
          { do: "ignore", value: 1 },
        ],
      },
    ] as const;
    const at = (error: unknown, idempotent = true) =>
      decideRecovery(plan, { classification: classify(error), attempt: 1, idempotent, nowMs: 0 }).do;
    expect(at(AbortSignal.abort().reason)).toBe("escalate");
    expect(at(new TypeError("bug"))).toBe("ignore");
    expect(at(down, false)).toBe("ignore");
    expect(at({ status: 429 }, false)).toBe("retry");
  });
});

describe("Recovery", () => {
  test("takes the steps in order, and each decision is told", async () => {
    const told: string[] = [];
    const policy = make({
      plan: [
        {
          steps: [
            { do: "retry", attempts: 2 },
            { do: "restart", target: "db" },
            { do: "fallback", to: "cache" },
          ],
        },
      ],
      restarts: { db: () => told.push("restarted") },
      fallbacks: { cache: () => "kept" },
    });
    policy.on("decision", ({ decision }) => told.push(decision.do));
    let calls = 0;
    expect(
      await policy.execute(() => {
        calls++;
        return Promise.reject(down);
      }),
    ).toBe("kept");
    expect(told).toEqual(["retry", "restart", "restarted", "fallback"]);
    expect(calls).toBe(3);
  });

  test("rejects with the very error, or with all of them where recovering failed too", async () => {
    const error = new Error("first");
    expect(await make({ plan: [] }).tryExecute(fail(error))).toEqual({ ok: false, error });
    const policy = make({
      plan: [{ steps: [{ do: "fallback", to: "cache" }] }],
      fallbacks: { cache: fail(new Error("second")) },
    });
    const outcome = await policy.tryExecute(fail(error));
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: "RECOVERY_FAILED", cause: { errors: [error, { message: "second" }] } },
    });
  });

  test("calls that fail together restart a part once, and too many restarts escalate", async () => {
    let restarts = 0;
    const policy = make({
      plan: [{ steps: [{ do: "restart", target: "db", max: 2 }] }],
      restarts: { db: async () => void restarts++ },
    });
    const reasons: string[] = [];
    policy.on("escalated", ({ reason }) => reasons.push(reason));
    await Promise.all(
      Array.from({ length: 50 }, () => policy.execute(({ attempt }) => (attempt === 1 ? Promise.reject(down) : 1))),
    );
    expect(restarts).toBe(1);
    await policy.tryExecute(fail(down));
    await policy.tryExecute(fail(down));
    expect(restarts).toBe(2);
    expect(reasons).toEqual(["used-up", "intensity"]);
    expect(policy.restartTimes["db"]).toHaveLength(2);
  });

  test("an abort cuts the wait, and no call is made after it", async () => {
    const clock = manualClock();
    const policy = recovery({ plan: [transientRule], clock, backoff: constant({ baseMs: 1_000 }) });
    const controller = new AbortController();
    let calls = 0;
    const run = policy.tryExecute(
      () => {
        calls++;
        return Promise.reject(down);
      },
      { signal: controller.signal },
    );
    await clock.advance(10);
    controller.abort("enough");
    expect(await run).toEqual({ ok: false, error: "enough" });
    expect([calls, clock.pendingTimers]).toEqual([1, 0]);
  });

  test("waits as long as a refusal asks, within its step's bound", async () => {
    const clock = manualClock();
    const policy = recovery({ plan: [transientRule], clock, backoff: constant({ baseMs: 0 }) });
    const asking = (retryAfterMs: number) =>
      policy.tryExecute(({ attempt }) => (attempt === 1 ? Promise.reject({ status: 429, retryAfterMs }) : "in"));
    const run = asking(500);
    await clock.advance(499);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(1);
    expect(await run).toEqual({ ok: true, value: "in" });
    expect((await asking(30_001)).ok).toBe(false);
  });

  test("takes a budget, a policy and a monitor", async () => {
    const clock = manualClock();
    const monitor = errorMonitor({ clock });
    let calls = 0;
    const policy = make({
      plan: [transientRule],
      clock,
      monitor,
      name: "users",
      budget: retryBudget({ ratio: 0, minPerSecond: 0, clock }),
      policy: timeout({ timeoutMs: 100, clock }),
    });
    expect(
      (
        await policy.tryExecute(() => {
          calls++;
          return Promise.reject(down);
        })
      ).ok,
    ).toBe(false);
    expect([calls, monitor.count({ component: "users" })]).toEqual([1, 1]);
  });

  test("refuses plans that are none or name what is not there", () => {
    expect(() => make({ plan: [{ when: { category: "nonsense" as never }, steps: [] }] })).toThrow(
      "plan[0].when.category",
    );
    expect(() => make({ plan: [{ steps: [{ do: "retry", attempts: 1 }] }] })).toThrow("attempts");
    expect(() => make({ plan: [{ steps: [{ do: "dance" as never }] }] as never })).toThrow("steps[0].do");
    expect(() => make({ plan: [{ steps: [{ do: "fallback", to: "x" }] }] })).toThrow("fallbacks");
    expect(() => make({ plan: [{ steps: [{ do: "restart", target: "x" }] }] })).toThrow("restarts");
  });
});
