/**
 * Timeout: a call may take so long and no longer.
 *
 * Hard mode settles the call at the deadline, whatever the function does; cooperative mode only aborts `context.signal`
 * and waits for the function to stop. In both the signal aborts at the deadline and never after success. All deadlines
 * of a clock share one timer (`kernel/deadlines.ts`).
 */

import { Deadline, type Deadlines, deadlinesOf, type Signal } from "../kernel/index.js";
import {
  type Call,
  type CallContext,
  type CallOptions,
  captureEnds,
  ends,
  failed,
  type Guarded,
  isThenable,
  nobody,
  succeeded,
} from "./call.js";
import { TimeoutError } from "./errors.js";
import { done } from "./layer.js";
import { LayerPolicy } from "./layer-policy.js";
import { durationMs, oneOf } from "./options.js";
import type { PolicyEvents, PolicyOptions } from "./policy.js";
import { expectNoState, noState } from "./snapshot.js";
import type { AdaptiveTimeLimit } from "./target/adaptive-time-limit.js";
import type { LatencyTarget } from "./target/latency-target.js";

/** Options of {@link timeout}. */
export interface TimeoutOptions extends PolicyOptions {
  /** How long a call may take, in milliseconds; or a limit that follows what the dependency really takes ({@link adaptive}). */
  readonly timeoutMs: number | AdaptiveTimeLimit;
  /** `hard` settles at the deadline; `cooperative` waits until the aborted function ends. Default: `hard`. */
  readonly strategy?: "hard" | "cooperative";
}

/** When a call is due, and how long it had. */
interface Timed {
  readonly dueMs: number;
  readonly timeoutMs: number;
}

/** The deadline of one call at one layer. */
class CallDeadline extends Deadline {
  readonly policy: Timeout;
  readonly call: Call;
  readonly index: number;
  readonly timeoutMs: number;
  /** The limit that learns from what becomes of the call. */
  readonly adaptive: AdaptiveTimeLimit | undefined;
  /** The deadline that an outer layer had set, to be restored on the way out. */
  readonly outer: Deadline | undefined;
  /** How many earlier attempts of the call have work that goes on. */
  readonly abandonedBefore: number;
  /** What became of the call in cooperative mode, while its function still runs. */
  expired: TimeoutError | undefined = undefined;

  constructor(policy: Timeout, call: Call, index: number, adaptive: AdaptiveTimeLimit | undefined) {
    super();
    this.policy = policy;
    this.timeoutMs = adaptive === undefined ? policy.timeoutMs : adaptive.next(call.nowMs());
    this.adaptive = adaptive;
    this.call = call;
    this.index = index;
    this.outer = call.deadline;
    this.abandonedBefore = call.abandoned.length;
  }

  expire(): void {
    const error = this.policy.expired(this);
    const functionRuns = this.call.working && this.call.interrupter === nobody;
    if (this.policy.cooperative && functionRuns) {
      this.expired = error;
      this.call.cut(error);
    } else {
      this.call.interrupt(this.index, error, this.policy.name);
    }
  }

  /** Tells the adaptive limit what became of the call, which leaves the layer now. */
  teach(adaptive: AdaptiveTimeLimit): void {
    const { call, index, timeoutMs } = this;
    const startedMs = this.dueMs - timeoutMs;
    if (call.interrupter === index) {
      const work = call.abandoned[this.abandonedBefore];
      // A call that was still waiting for its turn says nothing about the dependency.
      if (work === undefined) return;
      adaptive.wasCut(timeoutMs);
      const { clock } = this.policy;
      work.then(
        () => adaptive.succeededLate(clock.now() - startedMs),
        () => {},
      );
    } else if (this.expired !== undefined) {
      adaptive.wasCut(timeoutMs);
      if (call.status === succeeded) adaptive.succeededLate(call.nowMs() - startedMs);
    } else if (call.status === succeeded && timeoutMs > adaptive.limitMs) {
      adaptive.explored(call.nowMs() - startedMs);
    }
  }
}

/** When a timeout in shadow mode would have cut a call off. */
class ShadowDeadline extends Deadline {
  readonly policy: Timeout;
  readonly timeoutMs: number;

  constructor(policy: Timeout, timeoutMs: number) {
    super();
    this.policy = policy;
    this.timeoutMs = timeoutMs;
  }

  expire(): void {
    this.policy.wouldExpire(this);
  }
}

/** A call of a lone timeout: its deadline, its context, and the race between them. */
class Race extends Deadline implements CallContext {
  private readonly policy: Timeout;
  readonly timeoutMs: number;
  private readonly deadlines: Deadlines;
  /** The ends of the promise that was made just before. */
  private readonly resolve = ends.resolve;
  private readonly reject = ends.reject;
  private controller: AbortController | undefined = undefined;
  private error: TimeoutError | undefined = undefined;
  /** Whether the function has returned its promise. */
  private working = false;

  constructor(policy: Timeout, deadlines: Deadlines) {
    super();
    this.policy = policy;
    this.timeoutMs = policy.timeoutMs;
    this.deadlines = deadlines;
  }

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
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.error !== undefined) this.controller.abort(this.error);
    }
    return this.controller.signal as Signal;
  }

  remainingMs(): number {
    return Math.max(0, this.dueMs - this.policy.clock.now());
  }

  expire(): void {
    this.error = this.policy.expired(this);
    if (!this.policy.cooperative || !this.working) this.reject(this.error);
    this.controller?.abort(this.error);
  }

  private succeed(value: unknown): void {
    this.deadlines.cancel(this);
    this.resolve(value);
  }

  /** What an aborted function fails with says less than that it was aborted. */
  private fail(error: unknown): void {
    this.deadlines.cancel(this);
    this.reject(this.error ?? error);
  }

  run(fn: Guarded<unknown>): void {
    try {
      this.deadlines.set(this, this.timeoutMs, this.policy.clock.now());
      const work = fn(this);
      if (isThenable(work)) {
        this.working = true;
        work.then(
          (value) => this.succeed(value),
          (error: unknown) => this.fail(error),
        );
      } else {
        this.succeed(work);
      }
    } catch (error) {
      this.fail(error);
    }
  }
}

/** Options that a timeout works with. */
interface Settings {
  readonly fixedMs: number;
  /** What the limit is where it is not fixed. */
  readonly adaptive: AdaptiveTimeLimit | undefined;
  readonly cooperative: boolean;
}

function isAdaptive(timeoutMs: number | AdaptiveTimeLimit): timeoutMs is AdaptiveTimeLimit {
  return typeof timeoutMs === "object" && timeoutMs !== null;
}

function settingsOf({ timeoutMs, ...options }: TimeoutOptions): Settings {
  const adaptive = isAdaptive(timeoutMs) ? timeoutMs : undefined;
  return {
    fixedMs: adaptive?.maxMs ?? durationMs("timeoutMs", timeoutMs as number),
    adaptive,
    cooperative: oneOf("strategy", options.strategy ?? "hard", ["hard", "cooperative"]) === "cooperative",
  };
}

/** See {@link timeout}. */
export class Timeout extends LayerPolicy<PolicyEvents, TimeoutOptions> {
  readonly kind = "timeout";
  readonly #deadlines: Deadlines;
  #settings: Settings;

  constructor(options: TimeoutOptions) {
    super("timeout", options, true);
    this.#settings = settingsOf(options);
    this.#deadlines = deadlinesOf(this.clock);
  }

  /** How long a call may take now, in milliseconds. */
  get timeoutMs(): number {
    const { adaptive, fixedMs } = this.#settings;
    return adaptive === undefined ? fixedMs : adaptive.limitMs;
  }

  protected override targetsOf({ timeoutMs }: TimeoutOptions): readonly LatencyTarget[] {
    return isAdaptive(timeoutMs) ? [timeoutMs.target] : [];
  }

  /** @internal */
  get cooperative(): boolean {
    return this.#settings.cooperative;
  }

  /** The usual call, with no options, needs neither layers nor an async function. */
  override execute<T>(fn: Guarded<T>, options?: CallOptions): Promise<T> {
    if (options !== undefined || !this.interrupts || this.#settings.adaptive !== undefined)
      return super.execute(fn, options);
    const outcome = new Promise(captureEnds);
    new Race(this, this.#deadlines).run(fn);
    return outcome as Promise<T>;
  }

  /** @internal */
  enter(call: Call, index: number): undefined {
    const deadline = new CallDeadline(this, call, index, this.#settings.adaptive);
    this.#deadlines.set(deadline, deadline.timeoutMs, call.nowMs());
    if (call.deadline === undefined || deadline.dueMs < call.deadline.dueMs) call.deadline = deadline;
    call.keep(index, deadline);
    return undefined;
  }

  /** @internal */
  leave(call: Call, index: number): typeof done {
    const deadline = call.slot(index) as CallDeadline;
    this.#deadlines.cancel(deadline);
    call.deadline = deadline.outer;
    if (deadline.adaptive !== undefined && call.interrupter >= index) deadline.teach(deadline.adaptive);
    if (call.interrupter === index) call.absorbInterruption();
    else if (deadline.expired !== undefined && call.status === failed && call.interrupter > index) {
      call.fail(deadline.expired, this.name);
    }
    return done;
  }

  /** @internal */
  enterShadow(call: Call, index: number): void {
    const { adaptive, fixedMs } = this.#settings;
    const deadline = new ShadowDeadline(this, adaptive?.next(call.nowMs()) ?? fixedMs);
    this.#deadlines.set(deadline, deadline.timeoutMs, call.nowMs());
    call.keep(index, deadline);
  }

  /** @internal */
  leaveShadow(call: Call, index: number): void {
    this.#deadlines.cancel(call.slot(index) as ShadowDeadline);
  }

  /** @internal The error of a call whose deadline has passed. */
  expired(deadline: Timed): TimeoutError {
    return this.refusal(this.#error(deadline));
  }

  /** @internal */
  wouldExpire(deadline: Timed): void {
    this.shadow("cut", this.#error(deadline));
  }

  #error({ dueMs, timeoutMs }: Timed): TimeoutError {
    return new TimeoutError(this.fields("timeout", this.clock.now() - dueMs + timeoutMs, timeoutMs));
  }

  protected override adopt(options: TimeoutOptions): void {
    this.#settings = settingsOf(options);
  }

  protected override config(): string {
    return this.#settings.adaptive?.config ?? "";
  }

  /** An adaptive limit is state; the latencies of its target are the target's. */
  protected override save(): Uint8Array {
    return this.#settings.adaptive?.save() ?? noState;
  }

  protected override load(state: Uint8Array): void {
    const { adaptive } = this.#settings;
    if (adaptive === undefined) expectNoState(this.kind, state);
    else adaptive.load(state);
  }
}

/**
 * Limits how long a call may take.
 *
 * Use it around everything that crosses a process boundary. Put one outside a retry for the whole call and one inside
 * for each attempt. A call that is cut rejects with a {@link TimeoutError} (`TIMEOUT`).
 *
 * @param options `timeoutMs` in milliseconds, above 0, or {@link adaptive}; `strategy`, `hard` or `cooperative`.
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { manualClock, timeout } from "holdfast";
 *
 * const clock = manualClock();
 * const outcome = timeout({ timeoutMs: 100, clock }).tryExecute(() => new Promise(() => {}));
 * await clock.advance(100);
 * (await outcome).ok; // => false
 * ```
 */
export function timeout(options: TimeoutOptions): Timeout {
  return new Timeout(options);
}
