import { describe, expect, it } from "vitest";
import { manualClock } from "../../ts/kernel/index.js";
import { anyError, compose, errorOrStatus, fallback, timeout } from "../../ts/resilience/index.js";
import { policyContract } from "./policy-contract.js";

const down = () => {
  throw new Error("down");
};

policyContract({
  kind: "fallback",
  make: (options) => fallback({ value: "spare", ...options }),
  shadowed: { action: "replace", provoke: (policy) => policy.tryExecute(down) },
  change: { good: { value: "other" }, bad: { stale: { maxAgeMs: -1 } } },
});

describe("fallback", () => {
  it("answers with a fixed value, also with undefined", async () => {
    expect(await fallback({ value: 7 }).execute(down)).toBe(7);
    expect(await fallback({ value: undefined }).execute(down)).toBeUndefined();
  });

  it("asks functions in order until one answers", async () => {
    const asked: string[] = [];
    const policy = fallback({
      to: [
        () => {
          asked.push("first");
          throw new Error("also down");
        },
        async ({ error }) => {
          asked.push("second");
          return (error as Error).message;
        },
        () => {
          throw new Error(`asked after ${asked.push("third")}`);
        },
      ],
    });
    expect(await policy.execute(down)).toBe("down");
    expect(asked).toEqual(["first", "second"]);
  });

  it("loses no error when everything fails", async () => {
    const policy = fallback({
      to: () => {
        throw new Error("spare down");
      },
    });
    const error = await policy.execute(down).catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({ code: "FALLBACK_FAILED" });
    const messages = ((error as Error).cause as AggregateError).errors.map((each: Error) => each.message);
    expect(messages).toEqual(["down", "spare down"]);
  });

  it("answers with the key's last good value while it is fresh enough", async () => {
    const clock = manualClock();
    const policy = fallback({ stale: { maxAgeMs: 1_000 }, clock });
    await policy.execute(() => "a1", { key: "a" });
    await policy.execute(() => "b1", { key: "b" });
    await clock.advance(1_000);
    expect(await policy.execute(down, { key: "a" })).toBe("a1");
    await clock.advance(0.1);
    await expect(policy.execute(down, { key: "a" })).rejects.toThrow("down");
  });

  it("keeps so many stale values and no more, forgetting the oldest", async () => {
    const policy = fallback({ stale: { maxAgeMs: 1_000, maxKeys: 2 }, clock: manualClock() });
    for (const key of ["a", "b", "a", "c"]) await policy.execute(() => key, { key });
    await expect(policy.execute(down, { key: "b" })).rejects.toThrow("down");
    expect(await policy.execute(down, { key: "a" })).toBe("a");
  });

  it("replaces values that count as failed", async () => {
    const policy = fallback({ value: "spare", handle: errorOrStatus(503) });
    expect(await policy.execute(() => ({ status: 503 }))).toBe("spare");
    expect(await policy.execute(() => ({ status: 200 }))).toEqual({ status: 200 });
  });

  it("lets bugs be seen, unless told otherwise", async () => {
    const bug = () => {
      throw new TypeError("x is not a function");
    };
    const lost = () => {
      throw new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") });
    };
    await expect(fallback({ value: "spare" }).execute(bug)).rejects.toBeInstanceOf(TypeError);
    expect(await fallback({ value: "spare" }).execute(lost)).toBe("spare");
    expect(await fallback({ value: "spare", handle: anyError }).execute(bug)).toBe("spare");
  });

  it("keeps its last good values while its options change, and drops them when there are to be none", async () => {
    const policy = fallback({ value: "spare", stale: { maxAgeMs: 1_000 }, clock: manualClock() });
    await policy.execute(() => "a1", { key: "a" });
    policy.reconfigure({ stale: { maxAgeMs: 2_000, maxKeys: 5 } });
    expect(await policy.execute(down, { key: "a" })).toBe("a1");
    policy.reconfigure({ stale: undefined });
    expect(await policy.execute(down, { key: "a" })).toBe("spare");
    policy.reconfigure({ stale: { maxAgeMs: 1_000 } });
    expect(await policy.execute(down, { key: "a" })).toBe("spare");
  });

  it("in shadow mode says that it would have answered only where it could", async () => {
    const policy = fallback({ stale: { maxAgeMs: 1_000 }, clock: manualClock(), mode: "shadow" });
    await policy.tryExecute(down, { key: "a" });
    expect(policy.counts.shadowed).toBe(0);
    await policy.execute(() => "a1", { key: "a" });
    await policy.tryExecute(down, { key: "a" });
    expect(policy.counts.shadowed).toBe(1);
  });

  it("lets errors pass that it does not handle", async () => {
    const policy = fallback({ value: 1, handle: (outcome) => !outcome.ok && outcome.error instanceof RangeError });
    await expect(policy.execute(down)).rejects.toThrow("down");
  });

  it("tells which source answered", async () => {
    const policy = fallback({ to: () => 1 });
    const seen: unknown[] = [];
    policy.on("fallback", ({ source }) => seen.push(source));
    await policy.execute(down);
    expect(seen).toEqual(["function"]);
  });

  it("is cut by an outer deadline while it waits for a source", async () => {
    const clock = manualClock();
    const policy = compose(timeout({ timeoutMs: 50, clock }), fallback({ to: () => new Promise(() => {}), clock }));
    const call = policy.tryExecute(down);
    await clock.advance(50);
    expect(await call).toMatchObject({ ok: false, error: { code: "TIMEOUT" } });
  });

  it("answers a call that an inner deadline cut", async () => {
    const clock = manualClock();
    const policy = compose(fallback({ value: "spare", clock }), timeout({ timeoutMs: 50, clock }));
    const call = policy.execute(() => new Promise(() => {}));
    await clock.advance(50);
    expect(await call).toBe("spare");
  });

  it("refuses to be made without a source", () => {
    expect(() => fallback({})).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});
