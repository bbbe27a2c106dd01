/** The recording of a policy at work. */

import {
  type Clock,
  entropySeed,
  invalidOption,
  type Outcome,
  type Random,
  seeded,
  systemClock,
  type Timer,
  type TimerOptions,
} from "../../kernel/index.js";
import { Call, type CallContext, type CallOptions, type CallOwner, type Guarded } from "../call.js";
import { run } from "../layer.js";
import { wholeNumber } from "../options.js";
import type { BasePolicy, Policy } from "../policy.js";
import {
  calmTurns,
  type DecisionLog,
  isInput,
  type LogEntry,
  type RecordedOptions,
  type RecordedResult,
} from "./log.js";
import { describeResult, endOf } from "./outcomes.js";
import { probed } from "./probes.js";

/** What a policy that is recorded has to be made with: nothing in it may use another clock or another source of chance. */
export interface ReplayableParts {
  readonly clock: Clock;
  readonly random: Random;
}

/** Options of {@link recordDecisions}. */
export interface RecordingOptions {
  /** What the policy's random source is seeded with. Default: from the host's entropy. */
  readonly seed?: number;
  /** The real clock. Default: the system's. */
  readonly clock?: Clock;
  /** Entries that are kept; what comes after is not. Default: 1 000 000. A call makes two for each policy and a few more. */
  readonly maxEntries?: number;
  /**
   * What is kept of an attempt's result. Default: of values `status` and `Retry-After`; of errors also name, message and `code`. A policy whose
   * tests look at more needs more; `replayDecisions` makes an error or a value with the same fields of it.
   */
  readonly describe?: (outcome: Outcome<unknown>) => RecordedResult;
}

/** See {@link recordDecisions}. */
export class Recording<P extends Policy = Policy> {
  /** The policy that is recorded. Calls go through the recording; look at the policy, and do not change it by hand. */
  readonly policy: P;
  readonly seed: number;
  readonly #entries: LogEntry[] = [];
  readonly #maxEntries: number;
  readonly #describe: (outcome: Outcome<unknown>) => RecordedResult;
  readonly #owner: CallOwner;
  #complete = true;
  /** Turns of the microtask queue since the last entry, and whether they are being counted. */
  #turns = 0;
  #counting = false;
  #calls = 0;

  constructor(make: (parts: ReplayableParts) => P, options: RecordingOptions) {
    this.seed = options.seed ?? entropySeed();
    this.#maxEntries = wholeNumber("maxEntries", options.maxEntries ?? 1_000_000, 1);
    this.#describe = options.describe ?? describeResult;
    const add = (entry: LogEntry) => this.#add(entry);
    const clock = recordingClock(options.clock ?? systemClock, add);
    this.policy = make({ clock, random: seeded(this.seed) });
    if (this.policy.clock !== clock)
      throw invalidOption("clock", this.policy.name, "make the policy with the clock that it is given");
    this.#owner = probed(this.policy, (passing) => add([passing]));
    this.policy.on("rejected", ({ policy, rule }) => add(["refused", policy, rule]));
    this.policy.on("shadowed", ({ policy, action }) => add(["shadowed", policy, action]));
  }

  /** What was recorded so far; a copy. */
  log(): DecisionLog {
    return { version: 1, seed: this.seed, complete: this.#complete, entries: [...this.#entries] };
  }

  /** As `execute` of the policy. */
  async execute<T>(fn: Guarded<T>, options: CallOptions = {}): Promise<T> {
    const outcome = await this.tryExecute(fn, options);
    if (outcome.ok) return outcome.value;
    throw outcome.error;
  }

  /** As `tryExecute` of the policy. */
  tryExecute<T>(fn: Guarded<T>, options: CallOptions = {}): Promise<Outcome<T>> {
    const call = ++this.#calls;
    this.#add(["call", call, recordedOptions(options)]);
    const onAbort = () => this.#add(["abort", call]);
    // Before the policy's own listener, so that the abort stands in front of what it brings about.
    options.signal?.addEventListener("abort", onAbort, { once: true });
    let attempts = 0;
    const observed = (context: CallContext): Promise<T> => this.#observe(call, ++attempts, fn, context);
    const end = run(new Call(this.#owner, observed, options, true)) as Promise<Outcome<T>>;
    return end.then((outcome) => {
      options.signal?.removeEventListener("abort", onAbort);
      this.#add(["end", call, endOf(outcome)]);
      return outcome;
    });
  }

  /** Runs one attempt and writes down how it ends, in the breath before the policy learns it. */
  #observe<T>(call: number, attempt: number, fn: Guarded<T>, context: CallContext): Promise<T> {
    this.#add(["begin", call, attempt]);
    let work: Promise<T>;
    try {
      work = Promise.resolve(fn(context));
    } catch (error) {
      work = Promise.reject(error);
    }
    return work.then(
      (value) => {
        this.#add(["settle", call, attempt, this.#describe({ ok: true, value })]);
        return value;
      },
      (error: unknown) => {
        this.#add(["settle", call, attempt, this.#describe({ ok: false, error })]);
        throw error;
      },
    );
  }

  /**
   * As `reconfigure` of the policy (`mode` included).
   *
   * @throws HoldfastError `INVALID_OPTION` for a bad change, and for one that is no plain data: a log must survive JSON
   */
  reconfigure(change: Readonly<Record<string, unknown>>): void {
    const plain = JSON.parse(JSON.stringify(change)) as typeof change;
    for (const [option, value] of Object.entries(change)) {
      if (!isPlain(value)) throw invalidOption(option, value, "a change that is recorded must be plain data");
    }
    this.#add(["change", plain]);
    (this.policy as unknown as BasePolicy<never>).reconfigure(change);
  }

  #add(entry: LogEntry): void {
    if (this.#turns > 0 && isInput(entry)) this.#keep(["turns", this.#turns]);
    this.#keep(entry);
    this.#turns = 0;
    if (this.#counting) return;
    this.#counting = true;
    queueMicrotask(this.#count);
  }

  readonly #count = (): void => {
    this.#counting = ++this.#turns < calmTurns;
    if (this.#counting) queueMicrotask(this.#count);
  };

  #keep(entry: LogEntry): void {
    if (this.#entries.length < this.#maxEntries) this.#entries.push(entry);
    else this.#complete = false;
  }
}

/** Whether a value is the same after JSON. */
function isPlain(value: unknown): boolean {
  if (value === null || typeof value === "boolean" || typeof value === "string") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isPlain);
  if (typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every(isPlain);
}

function recordedOptions({ key, weight, idempotent, signal }: CallOptions): RecordedOptions {
  return {
    ...(key === undefined ? {} : { key }),
    ...(weight === undefined ? {} : { weight }),
    ...(idempotent === undefined ? {} : { idempotent }),
    ...(signal === undefined ? {} : { signal: signal.aborted ? ("aborted" as const) : ("live" as const) }),
  };
}

/** A clock that writes down every reading and every timer. */
function recordingClock(clock: Clock, add: (entry: LogEntry) => void): Clock {
  let timers = 0;
  return {
    now() {
      const ms = clock.now();
      add(["now", ms]);
      return ms;
    },
    wallNow() {
      const ms = clock.wallNow();
      add(["wall", ms]);
      return ms;
    },
    schedule(callback: () => void, delayMs: number, options?: TimerOptions): Timer {
      const id = ++timers;
      add(["timer", id, delayMs]);
      const fire = () => {
        add(["fire", id]);
        callback();
      };
      const timer = clock.schedule(fire, delayMs, options);
      return {
        cancel() {
          add(["cancel", id]);
          timer.cancel();
        },
      };
    },
  };
}

/**
 * Makes a policy and records what it is told and what it does, so that a run can be replayed to the same decisions.
 *
 * Use it to take a strange incident home: record in production (bounded), save `log()` as JSON, replay it under
 * a debugger or against other options. All that the policy uses must be made with the clock and random source that `make` is given: budgets
 * and backoffs too. Calls run through the recording; a change of options by its `reconfigure`.
 *
 * @param make makes the policy; `replayDecisions` calls the like of it again.
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { circuitBreaker, recordDecisions, replayDecisions } from "holdfast";
 *
 * const recording = recordDecisions((parts) => circuitBreaker({ ...parts, consecutiveFailures: 1 }), { seed: 42 });
 * await recording.tryExecute(() => Promise.reject(new Error("down")));
 * await recording.tryExecute(() => "not called");
 *
 * const same = await replayDecisions(recording.log(), (parts) => circuitBreaker({ ...parts, consecutiveFailures: 1 }));
 * same.divergence; // => undefined
 * const other = await replayDecisions(recording.log(), (parts) => circuitBreaker({ ...parts, consecutiveFailures: 2 }));
 * other.divergence?.expected[0]; // => "now"
 * ```
 */
export function recordDecisions<P extends Policy>(
  make: (parts: ReplayableParts) => P,
  options: RecordingOptions = {},
): Recording<P> {
  return new Recording(make, options);
}
