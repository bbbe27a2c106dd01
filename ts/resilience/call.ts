/**
 * One guarded call on its way through the layers: what the user's function sees of it (the context), and what the
 * layers keep in it. It holds no rule of any policy.
 */

import type { Clock, Deadline, Outcome, Signal } from "../kernel/index.js";
import type { Criticality } from "./criticality.js";
import { SupersededError } from "./errors.js";
import type { Layer } from "./layer.js";

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
  /** 0 for the original attempt, 1 for the first hedge of it …, so that a hedge can go to another host. */
  readonly hedge: number;
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
  /** How important the call is, where not all can be served. Default: `critical`. */
  readonly priority?: Criticality;
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
const none: readonly PromiseLike<unknown>[] = [];

/**
 * @internal What the guarded function sees of one attempt. Each attempt has its own, so that a function that outlives its
 * attempt goes on seeing that attempt, cut off, and not the one that came after it.
 */
export class Attempt implements CallContext {
  readonly attempt: number;
  private readonly call: Call;
  private controller: AbortController | undefined = undefined;
  private ended = false;
  private reason: unknown = undefined;

  constructor(call: Call, attempt: number) {
    this.call = call;
    this.attempt = attempt;
  }

  get key(): string | undefined {
    return this.call.key;
  }

  get hedge(): number {
    return this.call.hedge;
  }

  /** Why the function was told to stop; undefined where it was not. */
  get cutReason(): unknown {
    return this.reason;
  }

  get signal(): Signal {
    const given = this.call.options.signal;
    // Where no policy cuts anything off the caller's own signal says all there is to say.
    if (given !== undefined && !this.call.cuttable && !this.ended) return given;
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.ended) this.controller.abort(this.reason);
    }
    return this.controller.signal as Signal;
  }

  remainingMs(): number {
    return this.call.remainingMs();
  }

  /** Tells the function to stop, if it listens now or ever. */
  cut(reason: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.reason = reason;
    this.controller?.abort(reason);
  }
}

/** @internal The context of a call that nothing can cut and that has no options; its signal never aborts. */
export class LoneAttempt implements CallContext {
  private controller: AbortController | undefined = undefined;

  get attempt(): 1 {
    return 1;
  }

  get key(): undefined {
    return undefined;
  }

  get hedge(): 0 {
    return 0;
  }

  get signal(): Signal {
    this.controller ??= new AbortController();
    return this.controller.signal as Signal;
  }

  remainingMs(): number {
    return Number.POSITIVE_INFINITY;
  }
}

/** @internal The two ends of the promise that was made last: one function for all promises is cheaper than a closure for each. */
export const ends: { resolve: (value: unknown) => void; reject: (error: unknown) => void } = {
  resolve() {},
  reject() {},
};

/** @internal What `new Promise` is given so that {@link ends} are those of that promise. */
export function captureEnds(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  ends.resolve = resolve;
  ends.reject = reject;
}

/** @internal What the wait for the function ends with when it is only interrupted for a moment; see {@link Call.nudge}. */
export const nudged: unique symbol = Symbol("nudged");

/** Whose call it is: the part of a policy that the call needs. */
export interface CallOwner {
  readonly clock: Clock;
  readonly layers: readonly Layer[];
  readonly interrupts: boolean;
}

/**
 * @internal The state of one call; also the context of its first attempt.
 *
 * Making this object is a good part of what a policy costs: with all that a call may ever need as fields it takes 37 ns,
 * with few 10 (measured on Node 20). So the rest is in objects that are made when they are needed, and instants are
 * `undefined` until they are known (a field that holds a fraction costs an allocation each time it is set).
 */
export class Call implements CallContext {
  readonly owner: CallOwner;
  /** The layers that the owner had when the call began; it may have others by now. */
  readonly layers: readonly Layer[];
  readonly fn: Guarded<unknown>;
  readonly options: CallOptions;
  /** Whether the caller wants the outcome as a value. */
  readonly asOutcome: boolean;
  /** How many layers, from the outside, the call is in. */
  depth = 0;
  status = pending;
  /** The value of a call that succeeded, the error of one that failed. */
  result: unknown = undefined;
  private readMs: number | undefined = undefined;
  /** Places of the first layers; few calls have more, and an array costs 15 ns. */
  private kept0: unknown = undefined;
  private kept1: unknown = undefined;
  private kept2: unknown = undefined;
  private kept3: unknown = undefined;
  private kept: unknown[] | undefined = undefined;
  private seldom: Seldom | undefined = undefined;
  /** Whether a layer can cut this call. */
  readonly cuttable: boolean;
  /** Whether anything can cut it; if not, waiting for the function costs one promise less. */
  readonly interruptible: boolean;
  /**
   * Index of the layer whose deadline cut the call, {@link caller} or {@link nobody}. A layer with a larger index was
   * cut from outside: it must give back what it holds and may not start anything again.
   */
  interrupter = nobody;
  /** The soonest deadline. */
  deadline: Deadline | undefined = undefined;
  private work: PromiseLike<unknown> | undefined = undefined;
  private wake: ((value?: unknown) => void) | undefined = undefined;

  constructor(owner: CallOwner, fn: Guarded<unknown>, options: CallOptions | undefined, asOutcome: boolean) {
    this.owner = owner;
    this.layers = owner.layers;
    this.fn = fn;
    this.asOutcome = asOutcome;
    this.options = options ?? noOptions;
    this.cuttable = owner.interrupts;
    this.interruptible = this.cuttable || this.options.signal !== undefined;
  }

  get clock(): Clock {
    return this.owner.clock;
  }

  get attempt(): 1 {
    return 1;
  }

  get key(): string | undefined {
    return this.options.key;
  }

  get hedge(): number {
    return this.seldom?.hedge ?? 0;
  }

  get signal(): Signal {
    return this.firstAttempt().signal;
  }

  remainingMs(): number {
    return this.deadline === undefined ? Number.POSITIVE_INFINITY : Math.max(0, this.deadline.dueMs - this.clock.now());
  }

  /** Number of the attempt that runs or comes next. */
  get attempts(): number {
    return this.seldom?.later?.attempt ?? 1;
  }

  /** What the function is told of the attempt that comes next. */
  get context(): CallContext {
    return this.seldom?.later ?? this;
  }

  /** Tells the running function to stop. */
  cut(reason: unknown): void {
    (this.seldom?.later ?? this.firstAttempt()).cut(reason);
  }

  /** Why the function of the present attempt was told to stop; undefined where it was not. */
  get cutReason(): unknown {
    return (this.seldom?.later ?? this.seldom?.first)?.cutReason;
  }

  private firstAttempt(): Attempt {
    this.seldom ??= new Seldom();
    this.seldom.first ??= new Attempt(this, 1);
    return this.seldom.first;
  }

  /** What layer `index` keeps in this call: a permit, a deadline, the attempts so far. */
  slot(index: number): unknown {
    switch (index) {
      case 0:
        return this.kept0;
      case 1:
        return this.kept1;
      case 2:
        return this.kept2;
      case 3:
        return this.kept3;
      default:
        return this.kept?.[index];
    }
  }

  /** Lets layer `index` keep something; each layer has one place. */
  keep(index: number, thing: unknown): void {
    switch (index) {
      case 0:
        this.kept0 = thing;
        break;
      case 1:
        this.kept1 = thing;
        break;
      case 2:
        this.kept2 = thing;
        break;
      case 3:
        this.kept3 = thing;
        break;
      default:
        this.kept ??= [];
        this.kept[index] = thing;
    }
  }

  /** The clock, read at most once between two waits, and not at all if no layer asks. */
  nowMs(): number {
    this.readMs ??= this.owner.clock.now();
    return this.readMs;
  }

  /** To be called after every wait: the clock's reading is old, and there is nothing to wake or abandon. */
  waited(): void {
    this.readMs = undefined;
    this.work = undefined;
    this.wake = undefined;
  }

  succeed(value: unknown): void {
    this.status = succeeded;
    this.result = value;
  }

  fail(error: unknown, rejectedBy?: string): void {
    this.status = failed;
    this.result = error;
    if (rejectedBy !== undefined || this.seldom !== undefined) (this.seldom ??= new Seldom()).rejectedBy = rejectedBy;
  }

  /** Name of the policy that refused or cut the call, while the failure is that policy's. */
  get rejectedBy(): string | undefined {
    return this.status === failed ? this.seldom?.rejectedBy : undefined;
  }

  /** Whether nobody wants the call's answer any more; then how it ended says nothing about the dependency. */
  get unwanted(): boolean {
    return this.interrupter === caller || (this.interrupter !== nobody && this.result instanceof SupersededError);
  }

  /** The outcome as those see it who judge it. */
  get outcome(): Outcome<unknown> {
    if (this.status === succeeded) return { ok: true, value: this.result };
    const { rejectedBy } = this;
    return rejectedBy === undefined ? { ok: false, error: this.result } : { ok: false, error: this.result, rejectedBy };
  }

  /** Forgets the outcome, for attempt number `attempt`. */
  restart(attempt: number): void {
    this.status = pending;
    this.result = undefined;
    if (attempt !== this.attempts) (this.seldom ??= new Seldom()).later = new Attempt(this, attempt);
  }

  /** Ends an interruption at the layer that made it; to the layers outside it is an ordinary failure. */
  absorbInterruption(): void {
    this.interrupter = nobody;
  }

  /** Whether the function's promise is being waited for. */
  get working(): boolean {
    return this.work !== undefined;
  }

  /** Work that goes on although its attempt was cut; whoever bounds real work waits for it. */
  get abandoned(): readonly PromiseLike<unknown>[] {
    return this.seldom?.abandoned ?? none;
  }

  /** Counts work as belonging to this call that goes on although nobody waits for it. */
  abandon(work: PromiseLike<unknown>): void {
    this.seldom ??= new Seldom();
    this.seldom.abandoned ??= [];
    this.seldom.abandoned.push(work);
  }

  /** Cuts the call from layer `index` inwards. An interruption from further out replaces one from further in. */
  interrupt(index: number, error: unknown, rejectedBy?: string): void {
    if (index >= this.interrupter) return;
    this.interrupter = index;
    if (this.work !== undefined) this.abandon(this.work);
    this.work = undefined;
    this.fail(error, rejectedBy);
    this.cut(error);
    this.wake?.();
  }

  /** Sets what ends the wait that the call is about to begin. */
  onInterrupt(wake: () => void): void {
    this.wake = wake;
  }

  /** Waits for work or an interruption, whichever comes first. A result that comes too late is dropped, never unhandled. */
  outcomeOf(work: unknown): unknown {
    if (!isThenable(work)) return work;
    if (this.status !== pending) {
      // The function itself had the call cut, before it returned its promise.
      this.abandon(work);
      work.then(undefined, () => {});
      return undefined;
    }
    this.work = work;
    return this.race(work);
  }

  private race(work: PromiseLike<unknown>): Promise<unknown> {
    const race = new Promise(captureEnds);
    this.wake = ends.resolve;
    work.then(ends.resolve, ends.reject);
    return race;
  }

  /**
   * Has `due` done in the call's own asynchronous context while its function runs, and says whether it runs. A timer that is
   * shared by many calls has the context of whoever set it; a promise made in the call beforehand would have the right one, but
   * would cost every call what few need. So the wait for the function is ended, and begun again after `due`.
   */
  nudge(due: () => void): boolean {
    if (this.work === undefined || this.status !== pending) return false;
    (this.seldom ??= new Seldom()).due = due;
    this.wake!(nudged);
    return true;
  }

  /** Does what is due, and waits for the function again. */
  goOn(): unknown {
    const { work, seldom } = this;
    const { due } = seldom!;
    seldom!.due = undefined;
    this.readMs = undefined;
    // An interruption may have come between the nudge and now, and what is due may interrupt the call itself.
    if (this.status === pending) due?.();
    return work === undefined || this.status !== pending ? undefined : this.race(work);
  }

  /**
   * Another call of the same function through some of the layers: a hedge, or what callers share. It has the deadline that is
   * given and no signal of the caller's: whoever makes it passes an abort on.
   */
  branch(layers: readonly Layer[], hedge = 0, deadline?: Deadline): Call {
    const owner: CallOwner = { clock: this.clock, layers, interrupts: true };
    const { signal: _, ...options } = this.options;
    const call = new Call(owner, this.fn, options, true);
    call.deadline = deadline;
    call.restart(this.attempts);
    if (hedge > 0) (call.seldom ??= new Seldom()).hedge = hedge;
    return call;
  }

  /** Waits `delayMs` or until an interruption. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.schedule(resolve, delayMs);
      this.onInterrupt(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}

/** What few calls need: contexts of attempts that were cut or are not the first, who refused, work that goes on, and what hedges need. */
class Seldom {
  hedge = 0;
  due: (() => void) | undefined = undefined;
  first: Attempt | undefined = undefined;
  later: Attempt | undefined = undefined;
  rejectedBy: string | undefined = undefined;
  abandoned: PromiseLike<unknown>[] | undefined = undefined;
}

/** Whether a value is a promise or looks like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
