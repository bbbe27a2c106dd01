/**
 * Defects of other circuit breakers, each as a test that it is not ours. The title names the library and, where there is one, the
 * issue in which it was reported; those without a number were reproduced with the releases in package.json or read in the source.
 */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { dispose, manualClock } from "../../../ts/kernel/index.js";
import {
  bulkhead,
  type CircuitBreaker,
  type CircuitBreakerOptions,
  circuitBreaker,
  compose,
  constant,
  count,
  fallback,
  retry,
  time,
  timeout,
} from "../../../ts/resilience/index.js";

const down = () => {
  throw new Error("down");
};
const minute = 60_000;

function observed(options: CircuitBreakerOptions = {}) {
  const clock = manualClock();
  const breaker = circuitBreaker({ clock, openJitter: 0, ...options });
  const transitions: string[] = [];
  breaker.on("transition", ({ from, to }) => transitions.push(`${from} > ${to}`));
  return { clock, breaker, transitions };
}

async function fail(breaker: CircuitBreaker, times: number): Promise<void> {
  for (let call = 0; call < times; call++) await breaker.tryExecute(down);
}

/** A call that is ended from outside. */
function held(breaker: CircuitBreaker) {
  let succeed: () => void = () => {};
  let failWith: (error: Error) => void = () => {};
  const outcome = breaker.tryExecute(
    () =>
      new Promise<void>((resolve, reject) => {
        succeed = resolve;
        failWith = reject;
      }),
  );
  return {
    succeed: () => {
      succeed();
      return outcome;
    },
    fail: () => {
      failWith(new Error("down"));
      return outcome;
    },
  };
}

const quick: CircuitBreakerOptions = { openForMs: 100, halfOpen: { permits: 1 } };
const touchy: CircuitBreakerOptions = { ...quick, consecutiveFailures: 1 };

describe("late results", () => {
  it("cockatiel: a failure from the closed time does not open the half-open breaker, and the good probe then counts", async () => {
    const { clock, breaker, transitions } = observed(touchy);
    const old = held(breaker);
    await fail(breaker, 1);
    await clock.advance(100);
    const probe = held(breaker);
    await old.fail();
    expect(breaker.state).toBe("half-open");
    await probe.succeed();
    expect(breaker.state).toBe("closed");
    expect(transitions).toEqual(["closed > open", "open > half-open", "half-open > closed"]);
  });

  it("opossum #381: a success that was pending does not close the breaker, open or half-open", async () => {
    const { clock, breaker } = observed(touchy);
    const [first, second] = [held(breaker), held(breaker)];
    await fail(breaker, 1);
    await first.succeed();
    expect(breaker.state).toBe("open");
    await clock.advance(100);
    const probe = held(breaker);
    await second.succeed();
    expect(breaker.state).toBe("half-open");
    await probe.fail();
    expect(breaker.state).toBe("open");
  });

  it("opossum #385: failures that end together leave a breaker that tries again all the same", async () => {
    const { clock, breaker } = observed({ ...touchy, consecutiveFailures: 3 });
    const calls = Array.from({ length: 20 }, () => held(breaker));
    await Promise.all(calls.map((call) => call.fail()));
    expect(breaker.retryAfterMs).toBe(100);
    await clock.advance(100);
    expect(await breaker.execute(() => "back")).toBe("back");
    expect(breaker.state).toBe("closed");
  });

  it("failsafe-go: a result from the closed time gives the half-open breaker no further permit", async () => {
    const { clock, breaker } = observed(touchy);
    const old = held(breaker);
    await fail(breaker, 1);
    await clock.advance(100);
    held(breaker);
    await old.succeed();
    expect(await breaker.tryExecute(() => 1)).toMatchObject({ ok: false, error: { rule: "half-open-full" } });
  });

  it("gobreaker #122: a result that is dropped is reported", async () => {
    const { breaker } = observed(touchy);
    const late: unknown[] = [];
    breaker.on("late", (event) => late.push(event));
    const old = held(breaker);
    await fail(breaker, 1);
    await old.succeed();
    expect(late).toEqual([{ generation: 1 }]);
  });
});

describe("windows", () => {
  it("cockatiel #64: failures minutes apart never meet in a window of seconds", async () => {
    const { clock, breaker } = observed({ window: time(30_000), minimumCalls: 2, failureRate: 0.5 });
    for (let call = 0; call < 5; call++) {
      await fail(breaker, 1);
      await clock.advance(10 * minute);
    }
    expect(breaker.stats).toMatchObject({ state: "closed", calls: 0 });
  });

  it("opossum: closing clears the window; the failures that opened it do not open it again", async () => {
    const { clock, breaker } = observed({
      ...quick,
      window: time(10_000),
      minimumCalls: 4,
    });
    await fail(breaker, 4);
    await clock.advance(100);
    await breaker.execute(() => 1);
    await fail(breaker, 1);
    expect(breaker.stats).toMatchObject({ state: "closed", calls: 1 });
  });

  it("opossum: calls that run or are refused are in no rate", async () => {
    const { breaker } = observed({ window: count(10), minimumCalls: 2, failureRate: 1 });
    const running = Array.from({ length: 5 }, () => held(breaker));
    await fail(breaker, 2);
    expect(breaker.stats).toMatchObject({ state: "open", calls: 2, failureRate: 1 });
    for (let call = 0; call < 20; call++) await breaker.tryExecute(() => 1);
    expect(breaker.stats).toMatchObject({ calls: 2, failureRate: 1 });
    await Promise.all(running.map((call) => call.succeed()));
  });

  it("opossum #648, #830: what a window keeps does not grow with its calls, and recording recurses nowhere", async () => {
    const { breaker } = observed({ window: time(60_000), minimumCalls: 1_000_000 });
    const { length } = breaker.snapshot().state;
    for (let call = 0; call < 50_000; call++) breaker.tryAcquire()!.failure();
    expect(breaker.stats.calls).toBe(50_000);
    expect(breaker.snapshot().state.length).toBe(length);
    expect(length).toBeLessThan(500);
  });

  it("resilience4j #736, #1869, #2172, #2285: the minimum of calls is for the window, the permits are for the probes", async () => {
    const { clock, breaker } = observed({
      ...quick,
      window: count(50),
      minimumCalls: 10,
    });
    await fail(breaker, 10);
    expect(breaker.state).toBe("open");
    await clock.advance(100);
    await breaker.execute(() => 1);
    expect(breaker.state).toBe("closed");
  });
});

describe("half-open", () => {
  /** A half-open breaker of one permit. */
  async function halfOpen(options: CircuitBreakerOptions = {}) {
    const subject = observed({ ...touchy, ...options });
    await fail(subject.breaker, 1);
    await subject.clock.advance(100);
    return subject;
  }

  const ways: readonly [string, (breaker: CircuitBreaker) => unknown][] = [
    [
      "a throw before the promise",
      (breaker) =>
        breaker.tryExecute(() => {
          throw new TypeError("a bug");
        }),
    ],
    ["an error that is ignored", (breaker) => breaker.tryExecute(() => Promise.reject(new TypeError("a bug")))],
    [
      "a call that was aborted before it began",
      (breaker) => breaker.tryExecute(() => 1, { signal: AbortSignal.abort() }),
    ],
    [
      "a call that is aborted while it runs",
      (breaker) => {
        const caller = new AbortController();
        const call = breaker.tryExecute(() => new Promise(() => {}), { signal: caller.signal });
        caller.abort();
        return call;
      },
    ],
    [
      "a refusal by a policy further in",
      async (breaker) => {
        const full = bulkhead({ limit: 1, clock: breaker.clock });
        void full.execute(() => new Promise(() => {}));
        await compose(breaker, full).tryExecute(() => 1);
      },
    ],
    ["a permit by hand that nobody settles, out of its scope", (breaker) => breaker.tryAcquire()![dispose]()],
    ["a permit that is ignored", (breaker) => breaker.tryAcquire()!.ignore()],
  ];

  it.each(ways)(
    "resilience4j #544 #903 #935 #994 #1389 #1432 #1568, Sentinel #1638: %s gives the probe's place back",
    async (_title, probe) => {
      const { breaker } = await halfOpen();
      await probe(breaker);
      expect(breaker.stats).toMatchObject({ state: "half-open", probes: 0 });
      expect(await breaker.execute(() => "tried")).toBe("tried");
      expect(breaker.state).toBe("closed");
    },
  );

  it("opossum #57 #119 #276 #484 #658: a probe that hangs does not refuse everybody for ever", async () => {
    const { clock, breaker } = await halfOpen({ halfOpen: { permits: 1, maxWaitMs: 1_000 } });
    held(breaker);
    expect((await breaker.tryExecute(() => 1)).ok).toBe(false);
    await clock.advance(1_100);
    expect(await breaker.execute(() => "tried")).toBe("tried");
    expect(breaker.state).toBe("closed");
  });

  it("a herd does not get through with the probe", async () => {
    const { breaker } = await halfOpen();
    let started = 0;
    const herd = Array.from({ length: 100 }, () => breaker.tryExecute(async () => started++));
    await Promise.all(herd);
    expect(started).toBe(1);
  });

  it("cockatiel: those who come beside the probe are refused at once, not held without a bound and let go together", async () => {
    const { breaker } = await halfOpen();
    held(breaker);
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => breaker.tryExecute(() => 1)));
    expect(outcomes.map(({ ok }) => ok)).toEqual(Array(10).fill(false));
  });

  it("cockatiel #73: several good probes may be asked for", async () => {
    const { breaker } = await halfOpen({ halfOpen: { permits: 1, successes: 3 } });
    for (let call = 0; call < 3; call++) {
      expect(breaker.state).toBe("half-open");
      await breaker.execute(() => 1);
    }
    expect(breaker.state).toBe("closed");
  });

  it("Polly #717: an error that nobody handles ends the probation all the same", async () => {
    const { breaker } = await halfOpen({ isFailure: (outcome) => !outcome.ok && outcome.error instanceof RangeError });
    await breaker.tryExecute(() => Promise.reject(new Error("no failure of the dependency")));
    expect(breaker.state).toBe("closed");
  });

  it("a test of failures that throws opens it again, and the call says why", async () => {
    const bad = new Error("a bad test");
    const { breaker } = await halfOpen({
      isFailure: () => {
        throw bad;
      },
    });
    expect(await breaker.tryExecute(() => 1)).toMatchObject({ ok: false, error: bad });
    expect(breaker.state).toBe("open");
  });
});

describe("time", () => {
  it("opossum #580, #719: a process that was frozen finds the open time over, without a timer that had to fire", async () => {
    const { clock, breaker } = observed(touchy);
    await fail(breaker, 1);
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(100);
    expect(breaker.state).toBe("half-open");
    expect(await breaker.execute(() => 1)).toBe(1);
  });

  it("opossum #798, #799: a breaker that nobody calls has no timer", () => {
    const { clock, breaker } = observed({ window: time(1_000), probe: { check: () => true } });
    expect(clock.pendingTimers).toBe(0);
    breaker[dispose]();
  });

  it("cockatiel #68, #96, Polly #1895: the open time grows while probes fail, and is short again afterwards", async () => {
    const { clock, breaker } = observed({ ...touchy, openFactor: 3, openMaxMs: 500 });
    const spans: number[] = [];
    for (let round = 0; round < 4; round++) {
      await fail(breaker, 1);
      spans.push(breaker.retryAfterMs);
      await clock.advance(breaker.retryAfterMs);
    }
    await breaker.execute(() => 1);
    await fail(breaker, 1);
    expect([...spans, breaker.retryAfterMs]).toEqual([100, 300, 500, 500, 100]);
  });

  it("resilience4j #2038: a thousand calls to an open breaker whose time is over recurse nowhere", async () => {
    const { clock, breaker } = observed({ ...touchy, openForMs: 0.001 });
    for (let call = 0; call < 1_000; call++) {
      await fail(breaker, 1);
      await clock.advance(1);
    }
    expect(breaker.state).toBe("half-open");
  });

  describe("with the host's clock", () => {
    beforeEach(() => {
      vi.useFakeTimers({ now: 10 * 60 * minute });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it("cockatiel, Polly, resilience4j: a wall clock that goes back an hour keeps nothing open", async () => {
      const breaker = circuitBreaker({ ...touchy, openJitter: 0 });
      await fail(breaker, 1);
      vi.setSystemTime(9 * 60 * minute);
      await vi.advanceTimersByTimeAsync(100);
      expect(await breaker.execute(() => 1)).toBe(1);
    });
  });

  it("resilience4j: a clock that goes back moves no bucket of a time window", async () => {
    let nowMs = 5_000;
    const clock = { ...manualClock(), now: () => nowMs };
    const breaker = circuitBreaker({ window: time(1_000), minimumCalls: 3, clock });
    await fail(breaker, 2);
    for (let call = 0; call < 20; call++) {
      nowMs -= 100;
      expect(breaker.stats.calls).toBe(2);
    }
  });
});

describe("state that goes elsewhere", () => {
  it("cockatiel #89, opossum #504 #550 #675: another process goes on with the open time that was left", async () => {
    const { clock, breaker } = observed(touchy);
    await fail(breaker, 1);
    await clock.advance(60);
    const image = JSON.parse(JSON.stringify({ ...breaker.snapshot(), state: [...breaker.snapshot().state] }));
    const later = manualClock({ nowMs: 7e9 });
    const other = circuitBreaker({ ...touchy, openJitter: 0, clock: later });
    other.restore({ ...image, state: Uint8Array.from(image.state) });
    expect(other.retryAfterMs).toBeCloseTo(40, 2);
    await later.advance(40);
    expect(other.state).toBe("half-open");
  });

  it("cockatiel #113: a snapshot shares nothing with the breaker that it was taken of", async () => {
    const { breaker } = observed({ window: count(10) });
    const image = breaker.snapshot();
    const before = image.state.slice();
    await fail(breaker, 3);
    expect(image.state).toEqual(before);
    breaker.restore(image);
    image.state.fill(255);
    expect(breaker.stats).toMatchObject({ state: "closed", calls: 0 });
  });
});

describe("beside other policies", () => {
  it("opossum #540: an error that does not count is still answered by the fallback", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({ ...touchy, clock, isFailure: () => false });
    const guarded = compose(fallback({ value: "spare", clock }), breaker);
    expect(await guarded.execute(down)).toBe("spare");
    expect(breaker.state).toBe("closed");
  });

  it("opossum #780, #861: a timeout aborts its own call, and neither the others nor those that come later", async () => {
    const clock = manualClock();
    const guarded = compose(circuitBreaker({ consecutiveFailures: 5, clock }), timeout({ timeoutMs: 50, clock }));
    const aborted: boolean[] = [];
    const call = (tookMs: number) =>
      guarded.tryExecute(
        ({ signal }) =>
          new Promise((resolve) => {
            clock.schedule(() => {
              aborted.push(signal.aborted);
              resolve(1);
            }, tookMs);
          }),
      );
    const first = call(60);
    await clock.advance(30);
    const second = call(40);
    await clock.advance(30);
    const third = call(10);
    await clock.advance(50);
    expect((await Promise.all([first, second, third])).map(({ ok }) => ok)).toEqual([false, true, true]);
    expect(aborted).toEqual([true, false, false]);
  });

  it("a retry outside does not hammer an open breaker; it waits for the time that the refusal gives", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({ ...touchy, openJitter: 0, clock });
    const guarded = compose(retry({ attempts: 3, backoff: constant({ baseMs: 1 }), clock }), breaker);
    await fail(breaker, 1);
    let calls = 0;
    const call = guarded.execute(() => ++calls);
    await clock.advance(99);
    expect(calls).toBe(0);
    await clock.advance(1);
    expect(await call).toBe(1);
  });
});

describe("health checks", () => {
  it("opossum: checks never overlap, may throw before their promise, and end with the breaker", async () => {
    let running = 0;
    let most = 0;
    const clock = manualClock();
    const check = async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => clock.schedule(resolve, 500));
      running--;
      throw new Error("still down");
    };
    const backoff = constant({ baseMs: 100 });
    const breaker = circuitBreaker({ ...touchy, openForMs: 60_000, clock, probe: { check, backoff, timeoutMs: 200 } });
    await fail(breaker, 1);
    await clock.advance(10_000);
    expect(most).toBe(1);
    breaker.reconfigure({ probe: { check: down, backoff } });
    await clock.advance(1_000);
    expect(breaker.state).toBe("open");
    breaker[dispose]();
    await clock.advance(1_000);
    expect(clock.pendingTimers).toBe(0);
  });
});
