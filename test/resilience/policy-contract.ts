/**
 * What every policy promises, as one suite. A policy's own test calls it with a way to make the policy, to make it refuse
 * and to bring it to a state worth keeping.
 */

import { describe, expect, it } from "vitest";
import { type ManualClock, manualClock, RejectedError } from "../../ts/kernel/index.js";
import {
  type CallOptions,
  decodeSnapshot,
  encodeSnapshot,
  type Policy,
  type PolicyOptions,
  type ShadowAction,
  type Shadowed,
} from "../../ts/resilience/index.js";

/** A policy as the contract needs it. */
export interface Subject {
  readonly kind: string;
  make(options: Required<Pick<PolicyOptions, "clock" | "name">> & Pick<PolicyOptions, "captureStack" | "mode">): Policy;
  /** Brings the policy to a state in which the next call is refused, or cut off; absent for policies that never refuse. */
  exhaust?(policy: Policy, clock: ManualClock): Promise<void>;
  /** Makes one call that is refused or cut off. */
  refusedCall?(policy: Policy, clock: ManualClock): Promise<unknown>;
  /** What a refusal must say. */
  readonly refusal?: {
    readonly code: string;
    readonly rule: string;
    readonly hasRetryAfter: boolean;
    /** What the rule saw and what it allows; absent for a rule that looks at no number. */
    readonly observed?: number;
    readonly threshold?: number;
  };
  /** What the policy would do in shadow mode, and the call that it would do it to (by default one more after `exhaust`). */
  readonly shadowed: { readonly action: ShadowAction; provoke?(policy: Policy, clock: ManualClock): Promise<unknown> };
  /** A change of options that the policy takes, and one that it refuses. */
  readonly change: { readonly good: object; readonly bad: object };
  /** Whether a state that was kept refuses the next call, as the state before did. Default: false, nothing is kept. */
  readonly keepsRefusing?: boolean;
  /** What the policy needs for each call. */
  readonly callOptions?: CallOptions;
}

/** The part of a policy that takes changes. */
interface Changeable extends Policy {
  reconfigure(change: object): void;
}

export function policyContract(subject: Subject): void {
  const { kind, callOptions = {} } = subject;
  const build = (options: Pick<PolicyOptions, "captureStack" | "mode"> = {}) => {
    const clock = manualClock();
    return { clock, policy: subject.make({ clock, name: "subject", ...options }) };
  };
  const refuse = async (policy: Policy, clock: ManualClock) => {
    await subject.exhaust?.(policy, clock);
    if (subject.refusedCall !== undefined) return subject.refusedCall(policy, clock);
    return policy.execute(() => "not refused", callOptions).catch((error: unknown) => error);
  };

  describe(`the contract of every policy: ${kind}`, () => {
    it("passes a value, a promise's value, a throw and a rejection through, and calls the function once", async () => {
      const { policy } = build();
      expect(policy.kind).toBe(kind);
      expect(policy.name).toBe("subject");
      expect(await policy.execute(() => 1, callOptions)).toBe(1);
      expect(await build().policy.execute(async () => 2, callOptions)).toBe(2);
      // biome-ignore lint/suspicious/noThenProperty: what looks like a promise and is none is what is tested
      const thenable = { then: (resolve: (value: number) => void) => resolve(3) } as PromiseLike<number>;
      expect(await build().policy.execute(() => thenable, callOptions)).toBe(3);
      const seen: number[] = [];
      await build().policy.execute(({ attempt }) => seen.push(attempt), callOptions);
      expect(seen).toEqual([1]);
    });

    it("gives the same outcome as a value", async () => {
      expect(await build().policy.tryExecute(() => 1, callOptions)).toEqual({ ok: true, value: 1 });
    });

    it("passes falsy values through unchanged", async () => {
      for (const value of [undefined, null, 0, "", false, Number.NaN]) {
        expect(await build().policy.execute(() => value, callOptions)).toBe(value);
      }
    });

    it("reads no time of its own: with the clock still, nothing but the function happens", async () => {
      const { clock, policy } = build();
      await policy.execute(() => 1, callOptions);
      await clock.advance(50);
      expect(clock.pendingTimers).toBe(0);
    });

    it("starts nothing for a caller who has aborted already, and rejects with the caller's own reason", async () => {
      const { clock, policy } = build();
      let calls = 0;
      const signal = AbortSignal.abort("gone");
      const outcome = await policy.tryExecute(() => calls++, { ...callOptions, signal });
      expect(outcome).toMatchObject({ ok: false, error: "gone" });
      expect(calls).toBe(0);
      expect(clock.pendingTimers).toBe(0);
    });

    it("settles at once when the caller aborts, passes the reason on, and leaves no listener and no timer", async () => {
      const { clock, policy } = build();
      const controller = new AbortController();
      const listeners = countListeners(controller.signal);
      let seen: unknown;
      const call = policy.tryExecute(
        ({ signal }) =>
          new Promise(() => {
            signal.addEventListener("abort", () => {
              seen = signal.reason;
            });
          }),
        { ...callOptions, signal: controller.signal },
      );
      await clock.advance(0);
      controller.abort("enough");
      expect(await call).toMatchObject({ ok: false, error: "enough" });
      expect(seen).toBe("enough");
      await clock.advance(50);
      expect(clock.pendingTimers).toBe(0);
      expect(listeners.ours()).toBe(0);
    });

    it("removes its listener from the caller's signal after success", async () => {
      const { policy } = build();
      const controller = new AbortController();
      const listeners = countListeners(controller.signal);
      await policy.execute(() => 1, { ...callOptions, signal: controller.signal });
      expect(listeners.ours()).toBe(0);
      controller.abort();
    });

    it("never reports the late rejection of work that was cut off", async () => {
      const { policy } = build();
      const controller = new AbortController();
      let fail: (error: Error) => void = () => {};
      const call = policy.tryExecute(
        () =>
          new Promise((_resolve, reject) => {
            fail = reject;
          }),
        { ...callOptions, signal: controller.signal },
      );
      controller.abort();
      await call;
      fail(new Error("late; an unhandled rejection would fail this test run"));
      await new Promise((resolve) => setImmediate(resolve));
    });

    if (subject.refusal !== undefined) {
      const { code, rule, hasRetryAfter, observed, threshold } = subject.refusal;

      it("refuses with a typed error that says who, why and when to come back", async () => {
        const { clock, policy } = build();
        const error = await refuse(policy, clock);
        expect(error).toBeInstanceOf(RejectedError);
        expect(error).toMatchObject({ code, rule, policy: "subject", generation: expect.any(Number) });
        expect(error).toMatchObject({ observed, threshold });
        expect(policy.counts).toEqual({ rejected: 1, shadowed: 0, rules: { [rule]: 1 } });
        expect((error as RejectedError).message).toContain("subject");
        if (hasRetryAfter) expect((error as RejectedError).retryAfterMs).toBeGreaterThan(0);
      });

      it("says in an outcome which policy refused", async () => {
        const { clock, policy } = build();
        await subject.exhaust?.(policy, clock);
        if (subject.refusedCall !== undefined) return;
        const outcome = await policy.tryExecute(() => 1, callOptions);
        expect(outcome).toMatchObject({ ok: false, rejectedBy: "subject", error: { code } });
      });

      it("emits the refusal; a listener that throws breaks nothing", async () => {
        const { clock, policy } = build();
        const seen: unknown[] = [];
        policy.on("rejected", (error) => seen.push(error));
        const error = await refuse(policy, clock);
        expect(seen).toContain(error);
      });

      it("captures a stack only when asked", async () => {
        const plain = build();
        expect(((await refuse(plain.policy, plain.clock)) as Error).stack).not.toMatch(/\n\s+at /);
        const traced = build({ captureStack: true });
        expect(((await refuse(traced.policy, traced.clock)) as Error).stack).toMatch(/\n\s+at /);
      });
    }

    it("in shadow mode says what it would do, and does nothing to the call", async () => {
      const { action, provoke } = subject.shadowed;
      const { clock, policy } = build({ mode: "shadow" });
      const seen: Shadowed[] = [];
      policy.on("shadowed", (payload) => seen.push(payload));
      await subject.exhaust?.(policy, clock);
      const before = seen.length;
      const outcome = await (provoke ?? (() => policy.execute(() => "passed", callOptions)))(policy, clock);
      if (provoke === undefined) expect(outcome).toBe("passed");
      expect(seen.slice(before)).toHaveLength(1);
      expect(seen.at(-1)).toMatchObject({ policy: "subject", action });
      if (action === "reject" || action === "cut") {
        const { code, rule } = subject.refusal!;
        expect(seen.at(-1)!.rejection).toMatchObject({ code, rule });
      }
      expect(policy.counts).toEqual({ rejected: 0, shadowed: seen.length, rules: {} });
    });

    it("is not there when it is off", async () => {
      const { clock, policy } = build({ mode: "off" });
      await subject.exhaust?.(policy, clock);
      expect(await policy.execute(() => "passed", callOptions)).toBe("passed");
      expect(await policy.tryExecute(() => "passed", callOptions)).toEqual({ ok: true, value: "passed" });
      expect(policy.counts).toEqual({ rejected: 0, shadowed: 0, rules: {} });
      expect(clock.pendingTimers).toBe(0);
    });

    it("changes its mode while calls are under way, and those end as they began", async () => {
      for (const [from, to] of [
        ["enforce", "off"],
        ["enforce", "shadow"],
        ["shadow", "enforce"],
        ["off", "enforce"],
      ] as const) {
        const { clock, policy } = build({ mode: from });
        let finish: (value: string) => void = () => {};
        const call = policy.execute(() => new Promise<string>((resolve) => (finish = resolve)), callOptions);
        await clock.advance(0);
        policy.setMode(to);
        expect(policy.mode).toBe(to);
        finish("done");
        expect(await call).toBe("done");
        // What the call held it has given back: the policy acts as one that is new.
        policy.setMode("enforce");
        await clock.advance(60_000);
        expect(await policy.execute(() => "next", callOptions)).toBe("next");
        expect(policy.counts.rejected).toBe(0);
        await clock.advance(60_000);
        expect(clock.pendingTimers).toBe(0);
      }
    });

    it("changes options live and counts it; a bad change changes nothing", async () => {
      const { policy } = build();
      const changeable = policy as Changeable;
      const seen: unknown[] = [];
      policy.on("reconfigured", (payload) => seen.push(payload));
      const invalid = expect.objectContaining({ code: "INVALID_OPTION" });
      expect(() => changeable.reconfigure(subject.change.bad)).toThrow(invalid);
      expect(() => changeable.reconfigure({ name: "other" })).toThrow(invalid);
      expect(() => changeable.reconfigure({ clock: manualClock() })).toThrow(invalid);
      expect(() => changeable.reconfigure({ mode: "loud" })).toThrow(invalid);
      expect(policy.generation).toBe(0);
      changeable.reconfigure(subject.change.good);
      expect(policy.generation).toBe(1);
      expect(seen).toEqual([{ policy: "subject", mode: "enforce", generation: 1 }]);
      expect(await policy.execute(() => "passed", callOptions)).toBe("passed");
    });

    it("loses no call when its options change under way", async () => {
      const { clock, policy } = build();
      let finish: (value: string) => void = () => {};
      const call = policy.execute(() => new Promise<string>((resolve) => (finish = resolve)), callOptions);
      await clock.advance(0);
      (policy as Changeable).reconfigure(subject.change.good);
      finish("done");
      expect(await call).toBe("done");
      await clock.advance(60_000);
      expect(await policy.execute(() => "next", callOptions)).toBe("next");
    });

    it("keeps its state over snapshot and restore, in another clock's time", async () => {
      const before = build();
      await subject.exhaust?.(before.policy, before.clock);
      const image = decodeSnapshot(encodeSnapshot(structuredClone(before.policy.snapshot())));
      const clock = manualClock({ nowMs: 7_777_777 });
      const after = subject.make({ clock, name: "subject" });
      after.restore(image);
      const outcome = await after.tryExecute(() => 1, callOptions);
      if (subject.keepsRefusing === true) expect(outcome).toMatchObject({ error: { code: subject.refusal!.code } });
      else expect(outcome).toEqual({ ok: true, value: 1 });
    });

    it("refuses a snapshot of something else, of other options, and a torn one", () => {
      const { policy } = build();
      const image = policy.snapshot();
      const invalid = expect.objectContaining({ code: "SNAPSHOT_INVALID" });
      expect(() => policy.restore({ ...image, kind: "other" })).toThrow(invalid);
      expect(() => policy.restore({ ...image, config: "[]" })).toThrow(invalid);
      expect(() => policy.restore({ ...image, version: 2 as never })).toThrow(invalid);
      expect(() => policy.restore({ ...image, state: Uint8Array.of(...image.state, 1) })).toThrow(invalid);
      expect(() => policy.restore(undefined as never)).toThrow(invalid);
      if (image.state.length === 0) return;
      expect(() => policy.restore({ ...image, state: image.state.slice(0, -1) })).toThrow(invalid);
      expect(() => policy.restore({ ...image, state: image.state.map((byte) => byte ^ 0xff) })).toThrow(invalid);
    });
  });
}

/** Counts the abort listeners on a signal that were added and not removed. */
function countListeners(signal: AbortSignal): { ours(): number } {
  const live = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = ((type: string, listener: EventListener, options?: AddEventListenerOptions) => {
    if (options?.once) live.add(listener);
    add(type, listener, options);
  }) as typeof signal.addEventListener;
  signal.removeEventListener = ((type: string, listener: EventListener) => {
    live.delete(listener);
    remove(type, listener);
  }) as typeof signal.removeEventListener;
  signal.addEventListener("abort", () => live.clear());
  return { ours: () => live.size };
}
