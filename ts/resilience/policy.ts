/**
 * The skeleton of every policy: a name, a clock, events, counts, a mode, options that change live, state that is saved and
 * restored, and `execute` / `tryExecute` through its layers.
 * A policy file holds its options, its events, its class and its factory, in this order, and nothing else.
 */

import {
  type Clock,
  Emitter,
  invalidOption,
  type Observable,
  type Outcome,
  type RejectedError,
  type RejectionFields,
  systemClock,
  withStack,
} from "../kernel/index.js";
import { Call, type CallOptions, type CallOwner, type Guarded } from "./call.js";
import { type Layer, run } from "./layer.js";
import { arrangement, modes, type PolicyMode, weaker } from "./mode.js";
import { oneOf } from "./options.js";
import { expectNoState, noState, openSnapshot, type PolicySnapshot, sealSnapshot } from "./snapshot.js";
import type { LatencyTarget } from "./target/latency-target.js";

/** Options that every policy takes. */
export interface PolicyOptions {
  /** Appears in errors, events and metrics. Default: the policy's kind, such as `circuit-breaker`. */
  readonly name?: string;
  /** Where time comes from. Default: the system's clock. */
  readonly clock?: Clock;
  /** Whether refusals carry a stack (about 2 µs each). Default: false. */
  readonly captureStack?: boolean;
  /** Whether the policy acts (`enforce`), only counts what it would do (`shadow`), or does nothing (`off`). Default: `enforce`. */
  readonly mode?: PolicyMode;
}

/** Some of a policy's options with new values; `undefined` puts one back to its default. */
export type Changes<Options extends object> = { readonly [Name in keyof Options]?: Options[Name] | undefined };

/** What a policy in shadow mode would have done to a call. */
export type ShadowAction = "reject" | "wait" | "cut" | "retry" | "hedge" | "replace";

/** Payload of the event `shadowed`. */
export interface Shadowed {
  readonly policy: string;
  readonly action: ShadowAction;
  /** The refusal that the caller would have seen, for `reject` and `cut`. */
  readonly rejection: RejectedError | undefined;
}

/** Events that every policy emits. */
export interface PolicyEvents {
  /** The policy refused a call or cut it off. */
  rejected: RejectedError;
  /** In shadow mode: what the policy would have done. */
  shadowed: Shadowed;
  /** In shadow mode: the policy itself failed; the call went on. */
  shadowFailed: { readonly policy: string; readonly error: unknown };
  /** Options or mode have changed. */
  reconfigured: { readonly policy: string; readonly mode: PolicyMode; readonly generation: number };
}

/** What a policy has done since it was made. */
export interface PolicyCounts {
  /** Calls refused or cut off. */
  readonly rejected: number;
  /** In shadow mode: decisions that would have changed a call. */
  readonly shadowed: number;
  /** Calls refused or cut off by each rule that ever did. */
  readonly rules: Readonly<Record<string, number>>;
}

/** What all policies have in common. */
export interface Policy<Events extends object = PolicyEvents> extends Observable<Events> {
  /** Which policy this is, such as `retry`. */
  readonly kind: string;
  readonly name: string;
  readonly mode: PolicyMode;
  readonly counts: PolicyCounts;
  /** Counts the changes of options and mode. */
  readonly generation: number;
  /** Calls `fn` under the policy; rejects with its error, or with the policy's refusal. */
  execute<T>(fn: Guarded<T>, options?: CallOptions): Promise<T>;
  /** The same with the outcome as a value; it never rejects. */
  tryExecute<T>(fn: Guarded<T>, options?: CallOptions): Promise<Outcome<T>>;
  /** Changes the mode; calls under way end as they began. */
  setMode(mode: PolicyMode): void;
  /** The policy's state as data, with remaining times. */
  snapshot(): PolicySnapshot;
  /** Takes over a snapshot of a policy of the same kind and configuration; throws `SNAPSHOT_INVALID` for anything else. */
  restore(snapshot: PolicySnapshot): void;
  /** @internal The layers that a call runs through while whoever surrounds the policy is in the mode `outer`. */
  layersIn(outer: PolicyMode): readonly Layer[];
  /** @internal Whether one of those sets deadlines. */
  interruptsIn(outer: PolicyMode): boolean;
  /** @internal The targets that calls are measured for, innermost in whatever the policy stands in, so that each attempt is counted once. */
  targetsIn(outer: PolicyMode): readonly LatencyTarget[];
  /** @internal */
  readonly clock: Clock;
}

const noTargets: readonly LatencyTarget[] = [];

/** What policies are built on. */
export abstract class BasePolicy<Events extends PolicyEvents, Options extends PolicyOptions = PolicyOptions>
  implements Policy<Events>, CallOwner
{
  abstract readonly kind: string;
  readonly name: string;
  /** @internal */
  readonly clock: Clock;
  /** @internal */
  abstract readonly layers: readonly Layer[];
  /** @internal */
  abstract readonly interrupts: boolean;
  protected readonly events: Emitter<Events> = new Emitter<Events>();
  #options: Options;
  #mode: PolicyMode;
  #generation = 0;
  readonly #rules = new Map<string, number>();
  #shadowed = 0;

  constructor(kind: string, options: Options) {
    this.name = options.name ?? kind;
    this.clock = options.clock ?? systemClock;
    this.#options = options;
    this.#mode = modeOf(options);
    this.#checkTargets(options);
  }

  /** Latencies measured by one clock and read by another would mean nothing. */
  #checkTargets(options: Options): void {
    for (const { name, clock } of this.targetsOf(options)) {
      if (clock === this.clock) continue;
      throw invalidOption("clock", name, `the target ${name} has another clock than ${this.name}; give both the same`);
    }
  }

  /** Whether the policy acts, only counts what it would do, or does nothing. */
  get mode(): PolicyMode {
    return this.#mode;
  }

  /** What the policy has refused, and would have. */
  get counts(): PolicyCounts {
    let rejected = 0;
    for (const count of this.#rules.values()) rejected += count;
    return { rejected, shadowed: this.#shadowed, rules: Object.fromEntries(this.#rules) };
  }

  /** Counts the changes of options and mode. */
  get generation(): number {
    return this.#generation;
  }

  /** The options as they are now. */
  get options(): Readonly<Options> {
    return this.#options;
  }

  execute<T>(fn: Guarded<T>, options?: CallOptions): Promise<T> {
    return run(new Call(this, fn, options, false)) as Promise<T>;
  }

  tryExecute<T>(fn: Guarded<T>, options?: CallOptions): Promise<Outcome<T>> {
    return run(new Call(this, fn, options, true)) as Promise<Outcome<T>>;
  }

  on<Type extends keyof Events>(type: Type, listener: (payload: Events[Type]) => void): Disposable {
    return this.events.on(type, listener);
  }

  /** Changes the mode; calls under way end as they began. */
  setMode(mode: PolicyMode): void {
    this.reconfigure({ mode } as Changes<Options>);
  }

  /**
   * Changes some options while calls are under way. All are checked before the first takes effect; what is not named stays.
   *
   * @throws HoldfastError `INVALID_OPTION` for a bad value, and for `name` and `clock`, which stay as they were made
   */
  reconfigure(change: Changes<Options>): void {
    const next = changed(this.#options, change);
    for (const fixed of ["name", "clock"] as const) {
      if (next[fixed] !== this.#options[fixed]) {
        throw invalidOption(fixed, next[fixed], "it stays as it was made; make another policy");
      }
    }
    const mode = modeOf(next);
    this.#checkTargets(next);
    this.adopt(next);
    this.#options = next;
    this.#mode = mode;
    this.#generation++;
    arrangement.version++;
    this.rearranged();
    if (this.events.has("reconfigured")) {
      this.events.emit("reconfigured", { policy: this.name, mode, generation: this.#generation } as never);
    }
  }

  /** Checks all options and only then takes over those that differ. Nothing may change where it throws. */
  protected abstract adopt(options: Options): void;

  /** Called after mode or options have changed. */
  protected rearranged(): void {}

  /** The policy's state as data, with remaining times, good in another process. */
  snapshot(): PolicySnapshot {
    return sealSnapshot(this.kind, this.config(), this.save(this.clock.now()));
  }

  /** Takes over a snapshot of a policy of the same kind and configuration; throws `SNAPSHOT_INVALID` for anything else. */
  restore(snapshot: PolicySnapshot): void {
    this.load(openSnapshot(this.kind, this.config(), snapshot), this.clock.now());
  }

  /** The options that shape the state, as text: a snapshot made with others is refused. A policy without state has none. */
  protected config(): string {
    return "";
  }

  /** The state, with remaining times. Calls under way are none: they do not survive a process. */
  protected save(_nowMs: number): Uint8Array {
    return noState;
  }

  /** Takes over what {@link save} gave; throws `SNAPSHOT_INVALID`, with nothing changed, for anything else. */
  protected load(state: Uint8Array, _nowMs: number): void {
    expectNoState(this.kind, state);
  }

  /** Makes a refusal ready to be seen: gives it a stack if asked, counts it, and tells those who listen. */
  protected refusal<E extends RejectedError>(error: E): E {
    const seen = this.#options.captureStack === true ? withStack(error) : error;
    this.#rules.set(error.rule, (this.#rules.get(error.rule) ?? 0) + 1);
    if (this.events.has("rejected")) this.events.emit("rejected", seen as Events["rejected"]);
    return seen;
  }

  /** Counts what a policy in shadow mode would have done, and tells those who listen. */
  protected shadow(action: ShadowAction, rejection?: RejectedError): void {
    this.#shadowed++;
    if (this.events.has("shadowed")) {
      this.events.emit("shadowed", { policy: this.name, action, rejection } as Events["shadowed"]);
    }
  }

  /** What a refusal by `rule` says, for a policy whose generation is that of its configuration. */
  protected fields(rule: string, observed?: number, threshold?: number, retryAfterMs?: number): RejectionFields {
    return { policy: this.name, rule, observed, threshold, retryAfterMs, generation: this.#generation };
  }

  /** @internal */
  abstract layersIn(outer: PolicyMode): readonly Layer[];

  /** @internal */
  abstract interruptsIn(outer: PolicyMode): boolean;

  /** @internal */
  targetsIn(outer: PolicyMode): readonly LatencyTarget[] {
    return weaker(outer, this.mode) === "off" ? noTargets : this.targetsOf(this.#options);
  }

  /** The targets whose latencies these options read. It is asked before a subclass has its fields. */
  protected targetsOf(_options: Options): readonly LatencyTarget[] {
    return noTargets;
  }
}

function modeOf(options: PolicyOptions): PolicyMode {
  return oneOf("mode", options.mode ?? "enforce", modes);
}

/** The options with the changes; one that became `undefined` is left out, so that its default holds. */
function changed<Options extends object>(options: Options, change: Changes<Options>): Options {
  const entries = Object.entries({ ...options, ...change }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Options;
}
