import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { dispose, manualClock, seeded } from "../../ts/kernel/index.js";
import {
  bulkhead,
  Composition,
  circuitBreaker,
  compose,
  constant,
  decodeSnapshot,
  encodeSnapshot,
  fallback,
  gcra,
  pipeline,
  rateLimiter,
  retry,
  timeout,
} from "../../ts/resilience/index.js";
import { policyContract } from "./policy-contract.js";

const down = () => {
  throw new Error("down");
};

policyContract({
  kind: "composition",
  make: ({ clock, name, mode = "enforce", ...rest }) => {
    const policies = [timeout({ timeoutMs: 1_000, clock }), bulkhead({ limit: 1, clock, name, ...rest })];
    return new Composition({ policies, name, mode });
  },
  exhaust: async (policy) => {
    void policy.execute(() => new Promise(() => {}));
  },
  refusal: { code: "BULKHEAD_FULL", rule: "full", hasRetryAfter: false, observed: 1, threshold: 1 },
  shadowed: { action: "reject" },
  change: { good: {}, bad: { policies: [] } },
});

describe("compose", () => {
  it("runs the first policy outermost", async () => {
    const clock = manualClock();
    const breaker = circuitBreaker({ consecutiveFailures: 1, clock });
    const tries = retry({ attempts: 3, backoff: constant({ baseMs: 1 }), clock });
    const inside = compose(tries, breaker).tryExecute(down);
    await clock.advance(10);
    // The second attempt met an open breaker that asks for five seconds; the retry waits for it.
    expect(breaker.state).toBe("open");
    await clock.advance(20_000);
    await inside;

    const outer = circuitBreaker({ consecutiveFailures: 2, clock });
    const outside = compose(outer, tries).tryExecute(down);
    await clock.advance(10);
    expect(await outside).toMatchObject({ error: { code: "RETRIES_EXHAUSTED" } });
    expect(outer.stats).toMatchObject({ state: "closed" });
  });

  it("composes compositions", async () => {
    const clock = manualClock();
    const inner = compose(
      retry({ attempts: 2, backoff: constant({ baseMs: 1 }), clock }),
      bulkhead({ limit: 1, clock }),
    );
    const policy = compose(fallback({ value: "spare", clock }), inner);
    const call = policy.execute(down);
    await clock.advance(5);
    expect(await call).toBe("spare");
  });

  it("lets the same policy stand in two places", async () => {
    const clock = manualClock();
    const slots = bulkhead({ limit: 2, clock });
    expect(await compose(slots, slots).execute(() => slots.inUse)).toBe(2);
    expect(slots.inUse).toBe(0);
  });

  it("refuses policies with different clocks, and none at all", () => {
    const invalid = expect.objectContaining({ code: "INVALID_OPTION" });
    expect(() => compose(retry({ clock: manualClock() }), retry({ clock: manualClock() }))).toThrow(invalid);
    expect(() => compose()).toThrow(invalid);
  });

  it("emits the refusals of all its policies", async () => {
    const clock = manualClock();
    const policy = compose(retry({ clock }), rateLimiter({ algorithm: gcra({ limit: 1, perMs: 100_000 }), clock }));
    const seen: string[] = [];
    policy.on("rejected", (error) => seen.push(`${error.policy}: ${error.rule}`));
    await policy.execute(() => 1);
    await policy.tryExecute(() => 1);
    expect(seen).toEqual(["rate-limiter: limit", "retry: deadline"]);
  });
});

describe("pipeline", () => {
  const build = () => {
    const clock = manualClock();
    const policy = pipeline("users", {
      clock,
      random: seeded(3),
      fallback: { to: ({ error }) => error },
      timeout: { timeoutMs: 5_000 },
      retry: { attempts: 3, backoff: constant({ baseMs: 10 }) },
      breaker: { consecutiveFailures: 5, openForMs: 60_000 },
      rateLimiter: { algorithm: gcra({ limit: 1_000, perMs: 1_000, burst: 100 }) },
      bulkhead: { limit: 2 },
      attemptTimeout: { timeoutMs: 100 },
    });
    return { clock, policy };
  };

  it("has the usual order, and names its parts after itself", () => {
    expect(build().policy.policies.map((part) => part.name)).toEqual([
      "users.fallback",
      "users.timeout",
      "users.retry",
      "users.breaker",
      "users.rate-limiter",
      "users.bulkhead",
      "users.attempt-timeout",
    ]);
  });

  it("retries attempts that time out, counts each at the breaker, and answers with the fallback", async () => {
    const { clock, policy } = build();
    let attempts = 0;
    const call = policy.execute(async ({ signal }) => {
      attempts++;
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    await clock.advance(5_000);
    expect(await call).toMatchObject({
      code: "RETRIES_EXHAUSTED",
      cause: { code: "TIMEOUT", policy: "users.attempt-timeout" },
    });
    expect(attempts).toBe(3);
  });

  it("keeps each caller's asynchronous context through queues, deadlines and waits that calls share", async () => {
    const clock = manualClock();
    const policy = pipeline("users", {
      retry: { attempts: 3, backoff: constant({ baseMs: 10 }), budget: false },
      bulkhead: { limit: 1, queue: { size: 5 } },
      attemptTimeout: { timeoutMs: 100 },
      clock,
    });
    const tenant = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const call = (name: string) =>
      tenant.run(name, async () => {
        await policy.execute(async ({ attempt }) => {
          seen.push([name, attempt, tenant.getStore()]);
          if (attempt === 1) await new Promise<void>((resolve) => clock.schedule(resolve, 120));
        });
        seen.push([name, "after", tenant.getStore()]);
      });
    const calls = ["ada", "bob"].map(call);
    await clock.advance(1_000);
    await Promise.all(calls);
    expect(seen.length).toBe(6);
    for (const [name, , store] of seen as string[][]) expect(store).toBe(name);
  });

  it("has a retry budget unless told otherwise", async () => {
    const clock = manualClock();
    const options = { clock, retry: { attempts: 2, backoff: constant({ baseMs: 0.001 }) } };
    const reasons = async (policy: ReturnType<typeof pipeline>) => {
      const seen = new Set<unknown>();
      for (let call = 0; call < 200; call++) {
        const outcome = policy.tryExecute(down);
        await clock.advance(0.001);
        seen.add(((await outcome) as { error: { rule: string } }).error.rule);
      }
      return [...seen];
    };
    expect(await reasons(pipeline("a", options))).toEqual(["attempts", "budget"]);
    expect(await reasons(pipeline("b", { ...options, retry: { ...options.retry, budget: false } }))).toEqual([
      "attempts",
    ]);
  });

  it("takes policies that stand already, and disposes only its own", async () => {
    const clock = manualClock();
    const shared = circuitBreaker({ clock });
    const policy = pipeline("users", { clock, breaker: shared, bulkhead: { limit: 1 } });
    policy[dispose]();
    expect(await shared.execute(() => 1)).toBe(1);
    await expect(policy.execute(() => 1)).rejects.toMatchObject({ code: "DISPOSED" });
  });

  it("changes its parts as a whole, keeps their state, and serves calls under way to their end", async () => {
    const clock = manualClock();
    const policy = pipeline("users", {
      clock,
      breaker: { consecutiveFailures: 1, openForMs: 60_000 },
      bulkhead: { limit: 1 },
    });
    const slots = policy.part("bulkhead");
    let finish: (value: string) => void = () => {};
    const underWay = policy.execute(() => new Promise<string>((resolve) => (finish = resolve)));
    policy.reconfigure({ bulkhead: { limit: 2 }, breaker: undefined, attemptTimeout: { timeoutMs: 50 } });
    expect(policy.policies.map((part) => part.name)).toEqual(["users.bulkhead", "users.attempt-timeout"]);
    expect(policy.part("bulkhead")).toBe(slots);
    expect(slots).toMatchObject({ limit: 2, inUse: 1 });
    const late = policy.tryExecute(() => new Promise(() => {}));
    expect(await policy.tryExecute(() => 3)).toMatchObject({ ok: false, rejectedBy: "users.bulkhead" });
    await clock.advance(50);
    expect(await late).toMatchObject({ error: { code: "TIMEOUT" } });
    // The call from before has no attempt timeout and a breaker that the pipeline has no more.
    await clock.advance(1_000);
    finish("done");
    expect(await underWay).toBe("done");
  });

  it("checks a change of several parts before the first takes effect", () => {
    const policy = pipeline("users", { clock: manualClock(), retry: { attempts: 3 }, bulkhead: { limit: 1 } });
    const invalid = expect.objectContaining({ code: "INVALID_OPTION" });
    expect(() => policy.reconfigure({ retry: { attempts: 7 }, bulkhead: { limit: 0 } })).toThrow(invalid);
    expect(() => policy.reconfigure({ retry: retry({ clock: manualClock() }) })).toThrow(invalid);
    expect(policy.part("retry")).toMatchObject({ attempts: 3 });
    expect(policy.generation).toBe(0);
  });

  it("gives a part that is changed its new options and no others", async () => {
    const clock = manualClock();
    const policy = pipeline("users", { clock, bulkhead: { limit: 1, queue: { size: 5 } } });
    policy.reconfigure({ bulkhead: { limit: 1 } });
    void policy.execute(() => new Promise(() => {}));
    expect(await policy.tryExecute(() => 1)).toMatchObject({ error: { rule: "full" } });
  });

  it("is in shadow mode with all its parts", async () => {
    const clock = manualClock();
    const policy = pipeline("users", {
      clock,
      mode: "shadow",
      timeout: { timeoutMs: 10 },
      rateLimiter: { algorithm: gcra({ limit: 1, perMs: 1_000 }) },
    });
    const seen: string[] = [];
    policy.on("shadowed", ({ policy: name, action }) => seen.push(`${name}: ${action}`));
    expect(await policy.execute(() => 1)).toBe(1);
    const slow = policy.execute(() => new Promise((resolve) => clock.schedule(() => resolve("slow"), 20)));
    await clock.advance(20);
    expect(await slow).toBe("slow");
    expect(seen).toEqual(["users.rate-limiter: reject", "users.timeout: cut"]);
    expect(policy.counts).toEqual({ rejected: 0, shadowed: 2, rules: {} });
  });

  it("is saved as one image, and restored whole or not at all", async () => {
    const clock = manualClock();
    const build = () => {
      const breaker = circuitBreaker({ consecutiveFailures: 1, clock });
      const limiter = rateLimiter({ algorithm: gcra({ limit: 1, perMs: 100_000 }), clock });
      return { breaker, limiter, policy: compose(breaker, limiter) };
    };
    const before = build();
    await before.policy.tryExecute(down);
    const image = encodeSnapshot(before.policy.snapshot());
    const after = build();
    after.policy.restore(decodeSnapshot(image));
    expect(after.breaker.state).toBe("open");
    expect(after.limiter.tryAcquire()).toBe(false);

    // The last part is damaged: the breaker, which came before it, has what it had.
    const other = build();
    const damaged = Uint8Array.from(image);
    damaged[damaged.length - 1]! ^= 0xff;
    const invalid = expect.objectContaining({ code: "SNAPSHOT_INVALID" });
    expect(() => other.policy.restore(decodeSnapshot(damaged))).toThrow(invalid);
    expect(other.breaker.state).toBe("closed");
    for (const length of [0, 7, 9, 30, image.length - 40]) {
      expect(() => other.policy.restore(decodeSnapshot(image.slice(0, length)))).toThrow(invalid);
    }
  });
});

describe("pipeline with parts that need a key", () => {
  it("shares and remembers the answers of a key, around everything that may fail", async () => {
    const clock = manualClock();
    const policy = pipeline("users", {
      clock,
      random: seeded(5),
      cache: { ttlMs: 1_000 },
      coalesce: {},
      retry: { attempts: 2, backoff: constant({ baseMs: 1 }) },
      throttle: {},
      attemptTimeout: { timeoutMs: 100 },
    });
    expect(policy.policies.map((part) => part.name)).toEqual([
      "users.cache",
      "users.coalesce",
      "users.retry",
      "users.throttle",
      "users.attempt-timeout",
    ]);
    let calls = 0;
    const ask = () => policy.execute(async () => ++calls, { key: "ada" });
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
    expect(await ask()).toBe(1);
    expect(calls).toBe(1);
    await clock.advance(2_000);
    expect(await ask()).toBe(2);
  });
});

describe("order", () => {
  const clock = manualClock();
  const spare = fallback({ value: 1, clock });
  const tries = retry({ clock });

  it("is refused where it makes no sense, with the reason, also within compositions", () => {
    const refused = (what: () => unknown, why: string) =>
      expect(what).toThrow(expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringContaining(why) }));
    refused(() => compose(tries, spare), "never one to try again");
    refused(() => compose(circuitBreaker({ clock }), spare), "before they are counted");
    refused(() => compose(tries, retry({ clock })), "attempts multiply");
    refused(() => compose(compose(tries), compose(timeout({ timeoutMs: 1, clock }), spare)), "never one to try again");
    expect(compose(spare, tries).policies).toHaveLength(2);
  });
});
