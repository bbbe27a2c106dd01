import { describe, expect, it } from "vitest";
import { manualClock, sleep, systemClock } from "../../ts/kernel/index.js";

describe("manual clock", () => {
  it("runs timers in order, each at its own instant, and of equals the first set first", async () => {
    const clock = manualClock({ nowMs: 100 });
    const seen: string[] = [];
    clock.schedule(() => seen.push(`b@${clock.now()}`), 20);
    clock.schedule(() => seen.push(`a@${clock.now()}`), 10);
    clock.schedule(() => seen.push(`c@${clock.now()}`), 20);
    await clock.advance(50);
    expect(seen).toEqual(["a@110", "b@120", "c@120"]);
    expect(clock.now()).toBe(150);
    expect(clock.pendingTimers).toBe(0);
  });

  it("lets promise reactions of one timer run before the next timer", async () => {
    const clock = manualClock();
    const seen: string[] = [];
    void sleep(clock, 10).then(() => seen.push("reaction"));
    clock.schedule(() => seen.push("later"), 11);
    await clock.advance(20);
    expect(seen).toEqual(["reaction", "later"]);
  });

  it("runs a timer that a timer sets, if it falls due within the step", () => {
    const clock = manualClock();
    const at: number[] = [];
    clock.schedule(() => clock.schedule(() => at.push(clock.now()), 5), 5);
    clock.advanceSync(10);
    expect(at).toEqual([10]);
  });

  it("refuses to go back, with the value in the message", () => {
    expect(() => manualClock().advanceSync(-1)).toThrow(/-1/);
    expect(() => manualClock().advanceSync(Number.NaN)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });

  it("moves wall time with monotonic time", async () => {
    const clock = manualClock({ wallNowMs: 1_000 });
    await clock.advance(5);
    expect(clock.wallNow()).toBe(1_005);
  });
});

describe("system clock", () => {
  it("never fires before the delay has passed by its own reading", async () => {
    const start = systemClock.now();
    await sleep(systemClock, 3.4);
    expect(systemClock.now() - start).toBeGreaterThanOrEqual(3);
  });

  it("chains delays longer than setTimeout keeps instead of firing at once", async () => {
    let fired = false;
    const timer = systemClock.schedule(
      () => {
        fired = true;
      },
      2 ** 31 + 5,
    );
    await sleep(systemClock, 5);
    timer.cancel();
    expect(fired).toBe(false);
  });
});

describe("sleep", () => {
  it("rejects with the signal's reason at once and leaves no timer", async () => {
    const clock = manualClock();
    const controller = new AbortController();
    const slept = sleep(clock, 1_000, controller.signal);
    controller.abort("enough");
    await expect(slept).rejects.toBe("enough");
    expect(clock.pendingTimers).toBe(0);
    await expect(sleep(clock, 1, controller.signal)).rejects.toBe("enough");
  });

  it("leaves no listener on a signal that outlives it", async () => {
    const clock = manualClock();
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    const slept = sleep(clock, 10, signal);
    expect(listeners).toBe(1);
    await clock.advance(10);
    await slept;
    expect(listeners).toBe(0);
  });
});
