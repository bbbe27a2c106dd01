import { describe, expect, it } from "vitest";
import { AttemptLimit, RetryThrottle, SendRate } from "../../ts/core/index.js";
import { manualClock, seeded } from "../../ts/kernel/index.js";
import {
  bulkhead,
  compose,
  constant,
  errorOrStatus,
  exponential,
  latencyTarget,
  type RetriesExhaustedError,
  retry,
  retryBudget,
  timeout,
} from "../../ts/resilience/index.js";
import { policyContract } from "./policy-contract.js";

const down = () => {
  throw new Error("down");
};

/** Fails so many times, then answers with the number of calls. */
function failing(times: number, error: unknown = new Error("down")) {
  let calls = 0;
  const fn = () => {
    calls++;
    if (calls <= times) throw error;
    return calls;
  };
  return Object.assign(fn, { calls: () => calls });
}

policyContract({
  kind: "retry",
  make: (options) => retry({ backoff: constant({ baseMs: 10 }), ...options }),
  refusedCall: async (policy, clock) => {
    const call = policy.execute(down).catch((error: unknown) => error);
    await clock.advance(100);
    return call;
  },
  refusal: { code: "RETRIES_EXHAUSTED", rule: "attempts", hasRetryAfter: false, observed: 3, threshold: 3 },
  shadowed: { action: "retry", provoke: (policy) => policy.tryExecute(down) },
  change: { good: { attempts: 5 }, bad: { attempts: 0 } },
});

describe("retry", () => {
  it("tries again after the backoff's delays until it succeeds", async () => {
    const clock = manualClock();
    const policy = retry({ attempts: 4, backoff: exponential({ baseMs: 100, jitter: "none" }), clock });
    const at: number[] = [];
    const call = policy.execute(({ attempt }) => {
      at.push(clock.now());
      if (attempt < 4) throw new Error("down");
      return attempt;
    });
    await clock.advance(1_000);
    expect(await call).toBe(4);
    expect(at).toEqual([0, 100, 300, 700]);
  });

  it("gives up with the last error as cause and the list of all", async () => {
    const clock = manualClock();
    const policy = retry({ attempts: 3, backoff: constant({ baseMs: 1 }), clock, name: "users" });
    const call = policy.execute(({ attempt }) => {
      throw new Error(`failure ${attempt}`);
    });
    const error = call.catch((reason: unknown) => reason as RetriesExhaustedError);
    await clock.advance(10);
    const exhausted = (await error) as RetriesExhaustedError;
    expect(exhausted.cause).toEqual(new Error("failure 3"));
    expect(exhausted.attempts.map((each) => [each.attempt, (each.error as Error).message])).toEqual([
      [1, "failure 1"],
      [2, "failure 2"],
      [3, "failure 3"],
    ]);
    expect(exhausted.message).toBe("users: gave up after 3 attempts (attempts): failure 3");
  });

  it("with one attempt leaves the error as it is", async () => {
    await expect(retry({ attempts: 1 }).execute(down)).rejects.toEqual(new Error("down"));
  });

  it("leaves errors alone that it is told not to handle", async () => {
    const fn = failing(5, new RangeError("no"));
    const policy = retry({ handle: (outcome) => !outcome.ok && !(outcome.error instanceof RangeError) });
    await expect(policy.execute(fn)).rejects.toEqual(new RangeError("no"));
    expect(fn.calls()).toBe(1);
  });

  it("tries again for a value that counts as failed, and returns the last such value", async () => {
    const clock = manualClock();
    const policy = retry({ attempts: 2, backoff: constant({ baseMs: 1 }), handle: errorOrStatus(503), clock });
    let calls = 0;
    const call = policy.execute(() => ({ status: 503, calls: ++calls }));
    await clock.advance(5);
    expect(await call).toEqual({ status: 503, calls: 2 });
  });

  it("waits as long as Retry-After says: seconds, a date, and a refusal's own figure", async () => {
    const clock = manualClock();
    const policy = retry({ attempts: 4, backoff: constant({ baseMs: 1 }), handle: errorOrStatus(503, 429), clock });
    const at: number[] = [];
    const answers = [
      { status: 503, headers: new Headers({ "retry-after": "2" }) },
      { status: 429, headers: { "retry-after": new Date(clock.wallNow() + 5_000).toUTCString() } },
      { status: 503, retryAfterMs: 250 },
      { status: 200 },
    ];
    const call = policy.execute(({ attempt }) => {
      at.push(clock.now());
      return answers[attempt - 1]!;
    });
    await clock.advance(60_000);
    expect(await call).toEqual({ status: 200 });
    expect(at).toEqual([0, 2_000, 5_000, 5_250]);
  });

  it("does not wait for a Retry-After beyond its bound", async () => {
    const clock = manualClock();
    const policy = retry({ maxRetryAfterMs: 1_000, clock });
    const error = Object.assign(new Error("busy"), { headers: { "retry-after": "3600" } });
    await expect(policy.execute(failing(1, error))).rejects.toMatchObject({ rule: "deadline", cause: error });
  });

  it("does not start a wait that the deadline would cut", async () => {
    const clock = manualClock();
    const policy = compose(
      timeout({ timeoutMs: 1_000, clock }),
      retry({ backoff: constant({ baseMs: 600 }), attempts: 5, clock }),
    );
    const fn = failing(9);
    const call = policy.execute(fn).catch((error: unknown) => error);
    await clock.advance(600);
    expect(await call).toMatchObject({ code: "RETRIES_EXHAUSTED", rule: "deadline" });
    expect(fn.calls()).toBe(2);
  });

  it("spends a budget, and stops when it is empty", async () => {
    const clock = manualClock();
    const budget = retryBudget({ ratio: 0.5, minPerSecond: 0, clock });
    const policy = retry({ attempts: 3, backoff: constant({ baseMs: 1 }), budget, clock });
    for (let call = 0; call < 3; call++) await policy.execute(() => 1);
    const fn = failing(9);
    const call = policy.execute(fn).catch((error: unknown) => error);
    await clock.advance(10);
    expect(await call).toMatchObject({ rule: "attempts" });
    expect(fn.calls()).toBe(3);
    const broke = failing(9);
    await expect(policy.execute(broke)).rejects.toMatchObject({ rule: "budget" });
    expect(broke.calls()).toBe(1);
  });

  it("does not repeat a call that may not run twice, unless nothing was started", async () => {
    const clock = manualClock();
    const policy = retry({ backoff: constant({ baseMs: 1 }), clock });
    const fn = failing(1);
    await expect(policy.execute(fn, { idempotent: false })).rejects.toEqual(new Error("down"));
    expect(fn.calls()).toBe(1);
  });

  it("does not retry a local refusal that gives no time to come back", async () => {
    const clock = manualClock();
    const policy = compose(retry({ clock }), bulkhead({ limit: 1, clock }));
    void policy.execute(() => new Promise(() => {}));
    await expect(policy.execute(() => 1)).rejects.toMatchObject({ code: "BULKHEAD_FULL" });
    expect(clock.pendingTimers).toBe(0);
  });

  it("tells each retry to those who listen", async () => {
    const clock = manualClock();
    const policy = retry({ backoff: constant({ baseMs: 5 }), clock });
    const seen: unknown[] = [];
    policy.on("retry", ({ attempt, delayMs }) => seen.push([attempt, delayMs]));
    const call = policy.execute(failing(2));
    await clock.advance(20);
    expect(await call).toBe(3);
    expect(seen).toEqual([
      [2, 5],
      [3, 5],
    ]);
  });

  it("feeds decorrelated jitter with the delay before", async () => {
    const clock = manualClock();
    const backoff = exponential({ baseMs: 10, maxMs: 10_000, jitter: "decorrelated", random: seeded(1) });
    const policy = retry({ attempts: 30, backoff, clock });
    const delays: number[] = [];
    policy.on("retry", ({ delayMs }) => delays.push(delayMs));
    const call = policy.execute(failing(29));
    await clock.advance(300_000);
    await call;
    let previous = 10;
    for (const delay of delays) {
      expect(delay).toBeGreaterThanOrEqual(10);
      expect(delay).toBeLessThanOrEqual(Math.min(10_000, Math.max(10, previous) * 3));
      previous = delay;
    }
    expect(Math.max(...delays)).toBeGreaterThan(1_000);
  });

  it.each([0, 1.5, Number.NaN])("refuses %s attempts", (attempts) => {
    expect(() => retry({ attempts })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

describe("a retry's budget", () => {
  it("is there by default: 20 % of the calls and ten a second for ten seconds", async () => {
    const clock = manualClock();
    const policy = retry({ attempts: 2, backoff: constant({ baseMs: 0 }), clock });
    expect(policy.budget).toMatchObject({ ratio: 0.2, minPerSecond: 10, ttlMs: 10_000 });
    let calls = 0;
    const rules: string[] = [];
    for (let n = 0; n < 200; n++) {
      const call = policy.execute(() => {
        calls++;
        throw new Error("down");
      });
      const error = call.catch(({ rule }: RetriesExhaustedError) => rules.push(rule));
      await clock.advance(0);
      await error;
    }
    // 200 calls; 100 retries of the reserve, and one for each five calls.
    expect(calls).toBe(340);
    expect(rules.filter((rule) => rule === "budget")).toHaveLength(60);
  });

  it("is its own: two policies do not share what neither was given", () => {
    const clock = manualClock();
    expect(retry({ clock }).budget).not.toBe(retry({ clock }).budget);
    const policy = retry({ clock });
    const { budget } = policy;
    policy.reconfigure({ attempts: 5 });
    expect(policy.budget).toBe(budget);
  });

  it("is none where `false` says so", async () => {
    const clock = manualClock();
    const policy = retry({ attempts: 1_000, backoff: constant({ baseMs: 1 }), budget: false, clock });
    expect(policy.budget).toBeUndefined();
    const fn = failing(500);
    const call = policy.execute(fn);
    await clock.advance(600);
    expect(await call).toBe(501);
  });
});

describe("a retry before a deadline", () => {
  it("starts no attempt that usually takes longer than what is left", async () => {
    const clock = manualClock();
    const target = latencyTarget("users", { clock });
    for (let n = 0; n < 50; n++) target.record(300);
    const policy = compose(
      timeout({ timeoutMs: 1_000, clock }),
      retry({ backoff: constant({ baseMs: 200 }), attempts: 9, target, clock }),
    );
    const at: number[] = [];
    const call = policy.tryExecute(() => {
      at.push(clock.now());
      return new Promise((_, reject) => clock.schedule(() => reject(new Error("down")), 100));
    });
    await clock.advance(1_000);
    const { error } = (await call) as unknown as { error: RetriesExhaustedError };
    // The third attempt began at 600 and failed at 700; the next would begin at 900 and take 300 more.
    expect(at).toEqual([0, 300, 600]);
    expect(error).toMatchObject({ rule: "deadline", threshold: 300 });
    expect(error.observed).toBeGreaterThan(490);
  });
});

describe("a retry whose attempts are governed", () => {
  const run = async (policy: ReturnType<typeof retry>, clock: ReturnType<typeof manualClock>, fn: () => unknown) => {
    const call = policy.tryExecute(fn);
    await clock.advance(50);
    return call;
  };

  it("makes fewer attempts while many fail, and more again when they do not (AttemptLimit)", async () => {
    const clock = manualClock();
    const attemptLimit = new AttemptLimit({ maxAttempts: 5, window: 20 });
    const policy = retry({ attempts: 5, attemptLimit, backoff: constant({ baseMs: 1 }), budget: false, clock });
    for (let n = 0; n < 200; n++) await policy.execute(() => 1);
    expect(await run(policy, clock, failing(2))).toEqual({ ok: true, value: 3 });
    for (let n = 0; n < 30; n++) await run(policy, clock, down);
    const broke = failing(9);
    expect(await run(policy, clock, broke)).toMatchObject({
      error: { code: "RETRIES_EXHAUSTED", rule: "attempt-limit", observed: 1, threshold: 1 },
    });
    expect(broke.calls()).toBe(1);
    for (let n = 0; n < 200; n++) await policy.execute(() => 1);
    expect(await run(policy, clock, failing(2))).toEqual({ ok: true, value: 3 });
  });

  it("holds retries back while at most half of the tokens are left (gRPC A6)", async () => {
    const clock = manualClock();
    const throttle = new RetryThrottle({ maxTokens: 10, tokenRatio: 0.5 });
    const policy = retry({ attempts: 4, throttle, backoff: constant({ baseMs: 1 }), clock });
    await run(policy, clock, down);
    expect(throttle.tokens).toBe(6);
    const broke = failing(9);
    expect(await run(policy, clock, broke)).toMatchObject({ error: { rule: "throttle" } });
    expect(broke.calls()).toBe(1);
    for (let n = 0; n < 10; n++) await policy.execute(() => 1);
    expect(throttle.tokens).toBe(10);
  });

  it("paces attempts, the first too, once the server asks for less (AWS adaptive mode)", async () => {
    const clock = manualClock();
    const sendRate = new SendRate();
    const policy = retry({ attempts: 2, sendRate, backoff: constant({ baseMs: 0 }), budget: false, clock });
    for (let n = 0; n < 40; n++) {
      await policy.execute(() => 1);
      await clock.advance(100);
    }
    const at: number[] = [];
    const fn = () => {
      at.push(clock.now() - 4_000);
      if (at.length === 1) throw Object.assign(new Error("slow down"), { status: 429 });
      return "done";
    };
    const first = policy.execute(fn);
    await clock.advance(0);
    const calls = [first, policy.execute(fn), policy.execute(fn)];
    await clock.advance(2_000);
    expect(await Promise.all(calls)).toEqual(["done", "done", "done"]);
    // It had been ten a second; seven tenths of that are one in 143 ms, the first attempts of other calls included.
    const gaps = at.slice(1).map((atMs, n) => atMs - at[n]!);
    expect(gaps).toHaveLength(3);
    for (const gap of gaps) expect(gap).toBeGreaterThan(100);
    expect(at.at(-1)).toBeLessThan(600);
    expect(clock.pendingTimers).toBe(0);
  });

  it("leaves the wait for the send rate at once where the caller aborts", async () => {
    const clock = manualClock();
    const sendRate = new SendRate();
    const policy = retry({ sendRate, clock });
    sendRate.record(true, 0);
    while (sendRate.tryAcquire(0) === 0);
    const controller = new AbortController();
    let calls = 0;
    const call = policy.tryExecute(() => calls++, { signal: controller.signal });
    await clock.advance(1);
    expect(clock.pendingTimers).toBe(1);
    controller.abort("gone");
    expect(await call).toEqual({ ok: false, error: "gone" });
    await clock.advance(10_000);
    expect(calls).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it("tells them nothing of what was never sent, nor of what the caller aborted", async () => {
    const clock = manualClock();
    const throttle = new RetryThrottle({ maxTokens: 10, tokenRatio: 0.5 });
    const policy = compose(retry({ throttle, clock }), bulkhead({ limit: 1, clock }));
    const controller = new AbortController();
    const held = policy.tryExecute(() => new Promise(() => {}), { signal: controller.signal });
    expect(await policy.tryExecute(() => 1)).toMatchObject({ error: { code: "BULKHEAD_FULL" } });
    controller.abort();
    await held;
    expect(throttle.tokens).toBe(10);
  });
});

describe("a gRPC server's pushback (A6)", () => {
  const withPushback = (value: string) =>
    Object.assign(new Error("unavailable"), {
      metadata: { get: (name: string) => (name === "grpc-retry-pushback-ms" ? [value] : []) },
    });

  it("is waited for exactly, whatever the backoff", async () => {
    const clock = manualClock();
    const policy = retry({ backoff: constant({ baseMs: 1_000 }), clock });
    const at: number[] = [];
    const call = policy.execute(() => {
      at.push(clock.now());
      if (at.length === 1) throw withPushback("37");
      return "done";
    });
    await clock.advance(37);
    expect(await call).toBe("done");
    expect(at).toEqual([0, 37]);
  });

  it.each(["-1", "soon", ""])("of %o ends the attempts", async (value) => {
    const clock = manualClock();
    const fn = failing(1, withPushback(value));
    await expect(retry({ clock }).execute(fn)).rejects.toMatchObject({ code: "RETRIES_EXHAUSTED", rule: "pushback" });
    expect(fn.calls()).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });
});
