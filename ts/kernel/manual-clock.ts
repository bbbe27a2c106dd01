/** A clock that stands still until it is told to move: tests with it need no sleeps and see every instant. */

import type { Clock, Timer } from "./clock.js";
import { invalidOption } from "./error.js";

/** A {@link Clock} moved by hand. */
export interface ManualClock extends Clock {
  /**
   * Moves time forward by `ms` milliseconds; timers that fall due run in order, each at its own instant, and the
   * microtasks (promise reactions) that one sets off run before the next.
   */
  advance(ms: number): Promise<void>;
  /** The same without letting microtasks run in between: for synchronous code. */
  advanceSync(ms: number): void;
  /** Number of timers that wait. A test that ends with some left has found a leak. */
  readonly pendingTimers: number;
}

/** Where a manual clock starts. */
export interface ManualClockOptions {
  /** First reading of `now()`, in milliseconds. Default: 0. */
  readonly nowMs?: number;
  /** First reading of `wallNow()`, in milliseconds since 1970. Default: 2020-01-01T00:00:00Z. */
  readonly wallNowMs?: number;
}

interface Entry {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Lets every promise reaction that is ready, and those that they set off, run. */
async function drainMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await undefined;
}

/**
 * A clock for tests and replays.
 *
 * @example
 * ```ts
 * import { manualClock } from "holdfast";
 *
 * const clock = manualClock();
 * let rang = false;
 * clock.schedule(() => { rang = true; }, 1_000);
 * await clock.advance(999);
 * rang; // => false
 * await clock.advance(1);
 * rang; // => true
 * ```
 */
export function manualClock(options: ManualClockOptions = {}): ManualClock {
  let nowMs = options.nowMs ?? 0;
  const wallOffsetMs = (options.wallNowMs ?? Date.UTC(2020, 0, 1)) - nowMs;
  let timers: Entry[] = [];

  /** Takes out the timer that is due first, if any is due by `untilMs`; of equals, the one that was set first. */
  const takeDue = (untilMs: number): Entry | undefined => {
    let first: Entry | undefined;
    for (const entry of timers) {
      if (entry.dueMs <= untilMs && (first === undefined || entry.dueMs < first.dueMs)) first = entry;
    }
    if (first !== undefined) timers = timers.filter((entry) => entry !== first);
    return first;
  };

  const runDue = (untilMs: number): boolean => {
    const entry = takeDue(untilMs);
    if (entry === undefined) return false;
    nowMs = Math.max(nowMs, entry.dueMs);
    entry.callback();
    return true;
  };

  const targetOf = (ms: number): number => {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
      throw invalidOption("ms", ms, "a clock moves forward only: give a finite number of milliseconds of at least 0");
    }
    return nowMs + ms;
  };

  return {
    now: () => nowMs,
    wallNow: () => nowMs + wallOffsetMs,
    schedule(callback, delayMs): Timer {
      const entry: Entry = { dueMs: nowMs + Math.max(0, delayMs), callback };
      timers.push(entry);
      return {
        cancel() {
          timers = timers.filter((other) => other !== entry);
        },
      };
    },
    advanceSync(ms) {
      const target = targetOf(ms);
      while (runDue(target));
      nowMs = target;
    },
    async advance(ms) {
      const target = targetOf(ms);
      await drainMicrotasks();
      while (runDue(target)) await drainMicrotasks();
      nowMs = target;
      await drainMicrotasks();
    },
    get pendingTimers() {
      return timers.length;
    },
  };
}
