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
} from "./call.js";
import { TimeoutError } from "./errors.js";
import { done, type Layer } from "./layer.js";
import { durationMs, oneOf } from "./options.js";
import { BasePolicy, type PolicyEvents, type PolicyOptions } from "./policy.js";

/** Options of {@link timeout}. */
export interface TimeoutOptions extends PolicyOptions {
  /** How long a call may take, in milliseconds. */
  readonly timeoutMs: number;
  /** `hard` settles at the deadline; `cooperative` waits until the aborted function ends. Default: `hard`. */
  readonly mode?: "hard" | "cooperative";
}

/** The deadline of one call at one layer. */
class CallDeadline extends Deadline {
  readonly policy: Timeout;
  readonly call: Call;
  readonly index: number;
  /** The deadline that an outer layer had set, to be restored on the way out. */
  readonly outer: Deadline | undefined;
  /** What became of the call in cooperative mode, while its function still runs. */
  expired: TimeoutError | undefined = undefined;

  constructor(policy: Timeout, call: Call, index: number) {
    super();
    this.policy = policy;
    this.call = call;
    this.index = index;
    this.outer = call.deadline;
  }

  expire(): void {
    const error = this.policy.expired();
    const functionRuns = this.call.working && this.call.interrupter === nobody;
    if (this.policy.cooperative && functionRuns) {
      this.expired = error;
      this.call.cut(error);
    } else {
      this.call.interrupt(this.index, error, this.policy.name);
    }
  }
}

/** A call of a lone timeout: its deadline, its context, and the race between them. */
class Race extends Deadline implements CallContext {
  private readonly policy: Timeout;
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
    this.deadlines = deadlines;
  }

  get attempt(): 1 {
    return 1;
  }

  get key(): undefined {
    return undefined;
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
    this.error = this.policy.expired();
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
      this.deadlines.set(this, this.policy.timeoutMs, this.policy.clock.now());
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

/** See {@link timeout}. */
export class Timeout extends BasePolicy<PolicyEvents> implements Layer {
  readonly kind = "timeout";
  readonly timeoutMs: number;
  /** @internal */
  readonly layers: readonly Layer[] = [this];
  /** @internal */
  override readonly interrupts: boolean = true;
  /** @internal */
  readonly cooperative: boolean;
  readonly #deadlines: Deadlines;

  constructor(options: TimeoutOptions) {
    super("timeout", options);
    this.timeoutMs = durationMs("timeoutMs", options.timeoutMs);
    this.cooperative = oneOf("mode", options.mode ?? "hard", ["hard", "cooperative"]) === "cooperative";
    this.#deadlines = deadlinesOf(this.clock);
  }

  /** The usual call, with no options, needs neither layers nor an async function. */
  override execute<T>(fn: Guarded<T>, options?: CallOptions): Promise<T> {
    if (options !== undefined) return super.execute(fn, options);
    const outcome = new Promise(captureEnds);
    new Race(this, this.#deadlines).run(fn);
    return outcome as Promise<T>;
  }

  /** @internal */
  enter(call: Call, index: number): undefined {
    const deadline = new CallDeadline(this, call, index);
    const nowMs = call.nowMs();
    this.#deadlines.set(deadline, this.timeoutMs, nowMs);
    if (call.deadline === undefined || deadline.dueMs < call.deadline.dueMs) call.deadline = deadline;
    call.keep(index, deadline);
    return undefined;
  }

  /** @internal */
  leave(call: Call, index: number): typeof done {
    const deadline = call.slot(index) as CallDeadline;
    this.#deadlines.cancel(deadline);
    call.deadline = deadline.outer;
    if (call.interrupter === index) call.absorbInterruption();
    else if (deadline.expired !== undefined && call.status === failed && call.interrupter > index) {
      call.fail(deadline.expired, this.name);
    }
    return done;
  }

  /** @internal The error of a call whose deadline has passed. */
  expired(): TimeoutError {
    return this.refusal(new TimeoutError({ policy: this.name, reason: "timeout" }));
  }
}

/**
 * Limits how long a call may take.
 *
 * Use it around everything that crosses a process boundary. Put one outside a retry for the whole call and one inside
 * for each attempt. A call that is cut rejects with a {@link TimeoutError} (`TIMEOUT`).
 *
 * @param options `timeoutMs` in milliseconds, above 0; `mode`, `hard` or `cooperative`.
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
