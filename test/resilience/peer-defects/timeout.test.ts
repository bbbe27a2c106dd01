/** Defects of other libraries' timeouts, each as a test that passes here. The names say whose, and where it was reported. */

import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { type ManualClock, manualClock, type Signal } from "../../../ts/kernel/index.js";
import { bulkhead, compose, retry, timeout } from "../../../ts/resilience/index.js";

const takes = <T>(clock: ManualClock, ms: number, value: T) =>
  new Promise<T>((resolve) => {
    clock.schedule(() => resolve(value), ms);
  });

describe("defects of peers: timeout", () => {
  it("cockatiel #72: the signal aborted after success, and the body could not be read any more", async () => {
    const clock = manualClock();
    let signal: Signal | undefined;
    const response = await timeout({ timeoutMs: 100, clock }).execute((context) => {
      signal = context.signal;
      return { body: () => (signal!.aborted ? Promise.reject(new Error("aborted")) : Promise.resolve("whole")) };
    });
    await clock.advance(1_000);
    expect(signal!.aborted).toBe(false);
    expect(await response.body()).toBe("whole");
  });

  it("cockatiel #69, #81: each call left a listener on the caller's signal, until Node warned", async () => {
    const clock = manualClock();
    const { signal } = new AbortController();
    const policy = compose(timeout({ timeoutMs: 1_000, clock }), retry({ clock }), timeout({ timeoutMs: 100, clock }));
    for (let n = 0; n < 100; n++) {
      await policy.execute((context) => context.signal.aborted, { signal });
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    }
    const calls = Array.from({ length: 3 }, () => policy.execute(() => takes(clock, 5, 1), { signal }));
    await clock.advance(0);
    // One for all the calls, however many policies they pass.
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await clock.advance(5);
    await Promise.all(calls);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("cockatiel #98: a call that was cut cooperatively failed with whatever its function threw, never as a timeout", async () => {
    const clock = manualClock();
    let tidied = false;
    const call = timeout({ timeoutMs: 100, strategy: "cooperative", clock }).tryExecute(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            clock.schedule(() => {
              tidied = true;
              reject(new Error("stopped in order"));
            }, 30);
          });
        }),
    );
    let settled = false;
    void call.then(() => (settled = true));
    await clock.advance(129);
    expect(settled).toBe(false);
    await clock.advance(1);
    expect(await call).toMatchObject({ ok: false, error: { code: "TIMEOUT" } });
    expect(tidied).toBe(true);
  });

  it("opossum #780, #861: all calls shared one controller, and none could be made after the first timeout", async () => {
    const clock = manualClock();
    const policy = timeout({ timeoutMs: 100, clock });
    const signals: Signal[] = [];
    const run = (ms: number) =>
      policy.tryExecute(({ signal }) => {
        signals.push(signal);
        return takes(clock, ms, ms);
      });
    const slow = run(200);
    await clock.advance(50);
    const quick = run(60);
    await clock.advance(60);
    expect(await slow).toMatchObject({ ok: false, error: { code: "TIMEOUT" } });
    expect(await quick).toEqual({ ok: true, value: 60 });
    const next = run(10);
    await clock.advance(10);
    expect(await next).toEqual({ ok: true, value: 10 });
    expect(new Set(signals).size).toBe(3);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false, false]);
  });

  it("opossum: a timeout gave the bulkhead's slot back while the work went on, and capacity 1 ran 8 at once", async () => {
    const clock = manualClock();
    const policy = compose(bulkhead({ limit: 1, clock }), timeout({ timeoutMs: 10, clock }));
    let running = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++running);
      await takes(clock, 200, undefined);
      running--;
    };
    for (let n = 0; n < 8; n++) {
      void policy.tryExecute(work);
      await clock.advance(20);
    }
    expect(most).toBe(1);
    await clock.advance(400);
  });
});
