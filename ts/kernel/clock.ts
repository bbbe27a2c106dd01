/** Time, passed in. Everything that waits or measures takes a `Clock`; only this file and its manual twin know the host's. */

import type { Signal } from "./signal.js";

/** A timer that was asked for. */
export interface Timer {
  /** Forgets the callback; harmless when it already ran. */
  cancel(): void;
}

/** How a timer is kept. */
export interface TimerOptions {
  /** Whether the timer alone keeps the process alive. Default: true. */
  readonly keepAlive?: boolean;
}

/** Monotonic time, wall time and timers. */
export interface Clock {
  /** Milliseconds, with fractions, since an origin that stays the same for the clock's life. Never goes back. */
  now(): number;
  /** Milliseconds since 1970 by the wall clock; may jump. Only for what is written down or shown. */
  wallNow(): number;
  /** Runs `callback` once, `delayMs` milliseconds from now or a little later; zero or less means as soon as possible. */
  schedule(callback: () => void, delayMs: number, options?: TimerOptions): Timer;
}

/** The longest delay that `setTimeout` keeps; a longer one would fire at once, so longer delays are chained. */
const maxTimeoutMs = 2 ** 31 - 1;

class SystemTimer implements Timer {
  #callback: (() => void) | undefined;
  #leftMs: number;
  readonly #keepAlive: boolean;
  #handle: ReturnType<typeof setTimeout>;

  constructor(callback: () => void, delayMs: number, keepAlive: boolean) {
    this.#callback = callback;
    this.#leftMs = delayMs;
    this.#keepAlive = keepAlive;
    this.#handle = this.#arm();
  }

  #arm(): ReturnType<typeof setTimeout> {
    const sliceMs = Math.min(this.#leftMs, maxTimeoutMs);
    this.#leftMs -= sliceMs;
    // setTimeout cuts fractions off; rounding up keeps the promise "not before".
    const handle = setTimeout(() => this.#fire(), Math.ceil(sliceMs));
    if (!this.#keepAlive) (handle as { unref?: () => void }).unref?.();
    return handle;
  }

  #fire(): void {
    if (this.#leftMs > 0) this.#handle = this.#arm();
    else this.#callback?.();
  }

  cancel(): void {
    this.#callback = undefined;
    clearTimeout(this.#handle);
  }
}

/**
 * The host's own time: `performance.now`, `Date.now` and `setTimeout`, looked up at each call so that fake timers installed
 * by a test framework are seen.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  schedule: (callback, delayMs, options) => new SystemTimer(callback, Math.max(0, delayMs), options?.keepAlive ?? true),
};

/** Resolves after `delayMs` on `clock`; with a signal, rejects with its reason as soon as it aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: Signal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.schedule(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
