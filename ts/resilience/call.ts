/**
 * One guarded call on its way through the layers: what the user's function sees of it (the context), and what the
 * layers keep in it. It holds no rule of any policy.
 */

import type { Clock, Signal } from "../kernel/index.js";

/** What the guarded function is told about the call that it serves. */
export interface CallContext {
  /** 1 for the first attempt, 2 for the first retry … */
  readonly attempt: number;
  /**
   * Aborts when a deadline passes or the caller aborts, never after success. It is made when it is first read (making
   * one costs 2 µs), so read it where you use it.
   */
  readonly signal: Signal;
  /** Milliseconds until the soonest deadline of the call, `Infinity` where there is none. */
  remainingMs(): number;
  /** The key that the caller passed. */
  readonly key: string | undefined;
}

/** The guarded function; it may be synchronous. */
export type Guarded<T> = (context: CallContext) => T | PromiseLike<T>;

/** What a caller may say about one call. */
export interface CallOptions {
  /** Aborts the call: waits end at once, no further attempt starts, and `execute` rejects with the signal's reason. */
  readonly signal?: Signal;
  /** Which of a keyed policy's states the call belongs to (a tenant, an address). */
  readonly key?: string;
  /** What the call costs at a rate limiter. Default: 1. */
  readonly weight?: number;
  /** Whether the call may safely run twice. Default: true. With `false` a retry happens only where nothing was started. */
  readonly idempotent?: boolean;
}

/** The call has no outcome yet. */
export const pending = 0;
/** The call has a value. */
export const succeeded = 1;
/** The call has an error. */
export const failed = 2;
/** Nobody interrupted the call; larger than any layer's index. */
export const nobody = 1 << 20;
/** The caller interrupted the call (by its signal); outside every layer. */
export const caller = -1;

const noOptions: CallOptions = {};

/**
 * @internal What the guarded function sees of one attempt. Each attempt has its own, so that a function that outlives its
 * attempt goes on seeing that attempt, cut off, and not the one that came after it.
 */
export class Attempt implements CallContext {
  readonly #call: Call;
  readonly attempt: number;
  #controller: AbortController | undefined = undefined;
  #cut = false;
  #reason: unknown = undefined;

  constructor(call: Call, attempt: number) {
    this.#call = call;
    this.attempt = attempt;
  }

  get key(): string | undefined {
    return this.#call.options.key;
  }

  get signal(): Signal {
    const given = this.#call.options.signal;
    // Without a deadline of ours the caller's own signal says all there is to say.
    if (given !== undefined && !this.#call.hasDeadline) return given;
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#cut) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal as Signal;
  }

  remainingMs(): number {
    return Math.max(0, this.#call.deadlineMs - this.#call.clock.now());
  }

  /** Tells the function to stop, if it listens now or ever. */
  cut(reason: unknown): void {
    if (this.#cut) return;
    this.#cut = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/** @internal The state of one call. */
export class Call {
  readonly clock: Clock;
  readonly fn: Guarded<unknown>;
  readonly options: CallOptions;
  /** The attempt that runs or comes next. */
  current: Attempt;

  status = pending;
  value: unknown = undefined;
  error: unknown = undefined;
  /** Name of the policy that refused or cut the call, while the failure is that policy's. */
  rejectedBy: string | undefined = undefined;

  /**
   * Index of the layer whose deadline cut the call, {@link caller} or {@link nobody}. A layer with a larger index was
   * cut from outside: it must give back what it holds and may not start anything again.
   */
  interrupter = nobody;
  /** Whether anything can interrupt this call; if not, waiting for the function costs one promise less. */
  readonly interruptible: boolean;
  /** The soonest deadline, in the clock's milliseconds. */
  deadlineMs = Number.POSITIVE_INFINITY;
  /** Whether any layer has set a deadline. */
  hasDeadline = false;
  /** The function's promise while it runs. */
  work: PromiseLike<unknown> | undefined = undefined;
  /** Work that goes on although its attempt was cut; whoever bounds real work waits for it. */
  abandoned: PromiseLike<unknown>[] | undefined = undefined;
  /** Ends the wait that the call is in. */
  wake: (() => void) | undefined = undefined;

  /** One place a layer: a permit, a deadline, the attempts so far. */
  readonly slots: unknown[];
  /** This instant's clock reading, or NaN. Valid until the next wait. */
  #nowMs = Number.NaN;

  constructor(
    clock: Clock,
    fn: Guarded<unknown>,
    options: CallOptions | undefined,
    slots: number,
    interruptible: boolean,
  ) {
    this.clock = clock;
    this.fn = fn;
    this.options = options ?? noOptions;
    this.current = new Attempt(this, 1);
    this.slots = new Array(slots);
    this.interruptible = interruptible;
  }

  get key(): string | undefined {
    return this.options.key;
  }

  /** The clock, read at most once between two waits, and not at all if no layer asks. */
  nowMs(): number {
    if (Number.isNaN(this.#nowMs)) this.#nowMs = this.clock.now();
    return this.#nowMs;
  }

  /** To be called after every wait: the reading is old. */
  timePassed(): void {
    this.#nowMs = Number.NaN;
  }

  succeed(value: unknown): void {
    this.status = succeeded;
    this.value = value;
    this.work = undefined;
  }

  fail(error: unknown, rejectedBy?: string): void {
    this.status = failed;
    this.value = undefined;
    this.work = undefined;
    this.error = error;
    this.rejectedBy = rejectedBy;
  }

  /** Forgets the outcome, for attempt number `attempt`. */
  restart(attempt: number): void {
    this.status = pending;
    this.value = this.error = this.rejectedBy = this.work = undefined;
    this.current = new Attempt(this, attempt);
  }

  /** Cuts the call from layer `index` inwards. An interruption from further out replaces one from further in. */
  interrupt(index: number, error: unknown, rejectedBy?: string): void {
    if (index >= this.interrupter) return;
    this.interrupter = index;
    if (this.work !== undefined) (this.abandoned ??= []).push(this.work);
    this.fail(error, rejectedBy);
    this.current.cut(error);
    this.wake?.();
  }

  /** Waits for the function's result or an interruption, whichever comes first. A result that comes too late is dropped, never unhandled. */
  outcomeOf(work: unknown): unknown {
    if (!isThenable(work)) return work;
    const cutAlready = this.status !== pending;
    if (cutAlready) (this.abandoned ??= []).push(work);
    else this.work = work;
    return new Promise((resolve, reject) => {
      work.then(resolve, reject);
      if (cutAlready) resolve(undefined);
      else this.wake = resolve as () => void;
    });
  }

  /** Waits `delayMs` or until an interruption. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.schedule(resolve, delayMs);
      this.wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}

/** Whether a value is a promise or looks like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
