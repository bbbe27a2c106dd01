/**
 * Defects of other libraries that share executions, remember answers or fall back, each as a test that it is not ours. The title
 * names the library and the issue in which it was reported; those without a number were read in the source of the release in
 * bench/peers/package.json.
 */

import { describe, expect, it } from "vitest";
import { type Clock, manualClock } from "../../../ts/kernel/index.js";
import { cache, coalesce, compose, fallback, timeout } from "../../../ts/resilience/index.js";

const key = "k";
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A promise that is settled from outside. */
function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe("coalescing", () => {
  it("undici #5711: the abort of the first caller does not fail the others", async () => {
    const policy = coalesce();
    const work = deferred<string>();
    const first = new AbortController();
    const one = policy.tryExecute(() => work.promise, { key, signal: first.signal });
    const two = policy.tryExecute(() => "not called", { key });
    first.abort();
    work.resolve("value");
    expect((await one).ok).toBe(false);
    expect(await two).toEqual({ ok: true, value: "value" });
  });

  it("elizaOS #17602: a later caller has its own deadline, not that of the first", async () => {
    const clock = manualClock();
    const shared = coalesce({ clock });
    const work = deferred<string>();
    const hasty = compose(timeout({ timeoutMs: 10, clock }), shared).tryExecute(() => work.promise, { key });
    const patient = compose(timeout({ timeoutMs: 1_000, clock }), shared).tryExecute(() => "not called", { key });
    await clock.advance(500);
    work.resolve("value");
    expect((await hasty).ok).toBe(false);
    expect(await patient).toEqual({ ok: true, value: "value" });
  });

  it("elizaOS #17604: a call that comes when the last has just left does not join what is being cut", async () => {
    const policy = coalesce();
    const controller = new AbortController();
    let calls = 0;
    const fn = ({ signal }: { signal: AbortSignal }) =>
      ++calls === 2
        ? "fresh"
        : new Promise<string>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const left = policy.tryExecute(fn, { key, signal: controller.signal });
    controller.abort("gone");
    expect(await policy.execute(fn, { key })).toBe("fresh");
    expect((await left).ok).toBe(false);
  });

  it("solana-web3.js #2029: what the cut work fails with is thrown to nobody", async () => {
    const policy = coalesce();
    const controllers = [new AbortController(), new AbortController()];
    const calls = controllers.map(({ signal }) =>
      policy.tryExecute(
        (context) =>
          new Promise((_, reject) => {
            context.signal.addEventListener("abort", () =>
              reject(new Error("aborted; unhandled, it would fail this run")),
            );
          }),
        { key, signal },
      ),
    );
    for (const controller of controllers) controller.abort("gone");
    expect(await Promise.all(calls)).toMatchObject([{ error: "gone" }, { error: "gone" }]);
    await turn();
  });

  it("opossum: a failure is not shared with the calls that come after it", async () => {
    const policy = coalesce();
    await policy.tryExecute(() => Promise.reject(new Error("down")), { key });
    expect(await policy.execute(() => "up", { key })).toBe("up");
  });

  it("opossum #896: calls that say nothing of what they ask for do not get each other's answers", async () => {
    for (const policy of [coalesce(), cache({ ttlMs: 1_000 })]) {
      const outcomes = await Promise.all(["a", "b"].map((answer) => policy.tryExecute(() => answer)));
      expect(outcomes).toMatchObject([{ error: { code: "INVALID_OPTION" } }, { error: { code: "INVALID_OPTION" } }]);
    }
  });
});

describe("cache", () => {
  it("opossum: a wall clock that is put back does not make a value last", async () => {
    const inner = manualClock();
    const clock: Clock = {
      now: () => inner.now(),
      wallNow: () => -1e12,
      schedule: (callback, delayMs) => inner.schedule(callback, delayMs),
    };
    const policy = cache({ ttlMs: 100, clock });
    await policy.execute(() => "old", { key });
    await inner.advance(100);
    expect(await policy.execute(() => "new", { key })).toBe("new");
  });

  it("opossum: a full cache does not forget the oldest entry although everybody asks for it", async () => {
    const policy = cache({ ttlMs: 1_000, maxEntries: 3, clock: manualClock() });
    const ask = (name: string) => policy.execute(() => name, { key: name });
    for (let n = 0; n < 20; n++) {
      await ask("popular");
      await ask(`seldom ${n}`);
    }
    expect(policy.stats).toMatchObject({ hits: 19, misses: 21 });
  });

  it("node-cached #16: a value that cannot be loaded anew behind an answer is no unhandled rejection", async () => {
    const clock = manualClock();
    const policy = cache({ ttlMs: 100, staleWhileRevalidateMs: 1_000, clock });
    await policy.execute(() => "old", { key });
    await clock.advance(100);
    expect(await policy.execute(() => Promise.reject(new Error("down")), { key })).toBe("old");
    await turn();
  });

  it("keyv memoize #268: after such a failure the next call tries again", async () => {
    const clock = manualClock();
    const policy = cache({ ttlMs: 100, staleWhileRevalidateMs: 1_000, clock });
    await policy.execute(() => "old", { key });
    await clock.advance(100);
    await policy.execute(() => Promise.reject(new Error("down")), { key });
    await turn();
    await policy.execute(() => "new", { key });
    await turn();
    expect(await policy.execute(() => "not called", { key })).toBe("new");
  });

  it("Galaxy-DevKit #344: what was read before a key became invalid is not kept", async () => {
    const policy = cache({ ttlMs: 1_000, clock: manualClock() });
    const work = deferred<string>();
    const reading = policy.execute(() => work.promise, { key });
    policy.invalidate(key);
    work.resolve("before");
    expect(await reading).toBe("before");
    expect(await policy.execute(() => "after", { key })).toBe("after");
  });
});

describe("fallback", () => {
  it("opossum #540: an error that is not to be handled gets no fallback", async () => {
    const policy = fallback({ value: "spare", handle: (outcome) => !outcome.ok && outcome.error !== "no such user" });
    await expect(policy.execute(() => Promise.reject("no such user"))).rejects.toBe("no such user");
  });
});
