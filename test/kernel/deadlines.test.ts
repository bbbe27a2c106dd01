import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Clock, Deadline, Deadlines, manualClock } from "../../ts/kernel/index.js";

class Recorded extends Deadline {
  readonly log: Recorded[];
  constructor(log: Recorded[]) {
    super();
    this.log = log;
  }
  expire(): void {
    this.log.push(this);
  }
}

describe("deadlines", () => {
  it("agree with one timer for each deadline, for any mix of durations and cancellations", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("set" as const), duration: fc.integer({ min: 1, max: 200 }) }),
      fc.record({ kind: fc.constant("cancel" as const), which: fc.nat(50) }),
      fc.record({ kind: fc.constant("advance" as const), by: fc.integer({ min: 0, max: 120 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const clock = manualClock();
        const deadlines = new Deadlines(clock);
        const expired: Recorded[] = [];
        const naive: { deadline: Recorded; dueMs: number; live: boolean }[] = [];
        for (const step of steps) {
          if (step.kind === "set") {
            const deadline = new Recorded(expired);
            deadlines.set(deadline, step.duration, clock.now());
            naive.push({ deadline, dueMs: clock.now() + step.duration, live: true });
          } else if (step.kind === "cancel" && naive.length > 0) {
            const entry = naive[step.which % naive.length]!;
            deadlines.cancel(entry.deadline);
            if (entry.dueMs > clock.now()) entry.live = false;
          } else if (step.kind === "advance") {
            clock.advanceSync(step.by);
          }
          const due = naive.filter((entry) => entry.live && entry.dueMs <= clock.now()).map((entry) => entry.deadline);
          expect(new Set(expired)).toEqual(new Set(due));
          expect(expired.length).toBe(due.length);
        }
        // Once nothing waits, the shared timer is gone within its slice.
        for (const entry of naive) deadlines.cancel(entry.deadline);
        clock.advanceSync(50);
        expect(clock.pendingTimers).toBe(0);
      }),
    );
  });

  it("uses one timer however many deadlines wait", () => {
    const clock = manualClock();
    const deadlines = new Deadlines(clock);
    for (let index = 0; index < 1_000; index++) deadlines.set(new Recorded([]), 1_000 + index, 0);
    expect(clock.pendingTimers).toBe(1);
  });

  it("gives answers that arrived during a stall of the process one turn to be seen", () => {
    // A clock whose timers run when the test says so, as those of a process do that was stopped for a while.
    let nowMs = 0;
    const due: (() => void)[] = [];
    const stalled: Clock = {
      now: () => nowMs,
      wallNow: () => nowMs,
      schedule: (callback) => {
        due.push(callback);
        return { cancel() {} };
      },
    };
    const deadlines = new Deadlines(stalled);
    const expired: Recorded[] = [];
    const answered = new Recorded(expired);
    const unanswered = new Recorded(expired);
    deadlines.set(answered, 10, nowMs);
    deadlines.set(unanswered, 10, nowMs);
    nowMs = 300;
    due.shift()!();
    expect(expired).toEqual([]);
    deadlines.cancel(answered);
    due.shift()!();
    expect(expired).toEqual([unanswered]);
  });
});
