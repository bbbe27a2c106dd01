/**
 * The skeleton of every policy: a name, a clock, events, one layer, and `execute` / `tryExecute` through it.
 * A policy file holds its options, its events, its class and its factory, in this order, and nothing else.
 */

import {
  type Clock,
  Emitter,
  type Observable,
  type Outcome,
  type RejectedError,
  systemClock,
  withStack,
} from "../kernel/index.js";
import { Call, type CallOptions, type Guarded } from "./call.js";
import { type Layer, type LoneLayer, run, runAlone } from "./layer.js";

/** Options that every policy takes. */
export interface PolicyOptions {
  /** Appears in errors, events and metrics. Default: the policy's kind, such as `circuit-breaker`. */
  readonly name?: string;
  /** Where time comes from. Default: the system's clock. */
  readonly clock?: Clock;
  /** Whether refusals carry a stack (about 2 µs each). Default: false. */
  readonly captureStack?: boolean;
}

/** Events that every policy emits. */
export interface PolicyEvents {
  /** The policy refused a call or cut it off. */
  rejected: RejectedError;
}

/** What all policies have in common. */
export interface Policy<Events extends object = PolicyEvents> extends Observable<Events> {
  /** Which policy this is, such as `retry`. */
  readonly kind: string;
  readonly name: string;
  /** Calls `fn` under the policy; rejects with its error, or with the policy's refusal. */
  execute<T>(fn: Guarded<T>, options?: CallOptions): Promise<T>;
  /** The same with the outcome as a value; it never rejects. */
  tryExecute<T>(fn: Guarded<T>, options?: CallOptions): Promise<Outcome<T>>;
  /** @internal */
  readonly layers: readonly Layer[];
  /** @internal Whether a layer sets deadlines. */
  readonly interrupts: boolean;
  /** @internal */
  readonly clock: Clock;
}

/** What policies are built on. */
export abstract class BasePolicy<Events extends PolicyEvents> implements Policy<Events> {
  abstract readonly kind: string;
  readonly name: string;
  /** @internal */
  readonly clock: Clock;
  /** @internal */
  abstract readonly layers: readonly Layer[];
  /** @internal */
  readonly interrupts: boolean = false;
  /** The layer by itself, where it can stand alone. */
  protected readonly alone: LoneLayer | undefined = undefined;
  protected readonly events: Emitter<Events> = new Emitter<Events>();
  readonly #captureStack: boolean;

  constructor(kind: string, options: PolicyOptions) {
    this.name = options.name ?? kind;
    this.clock = options.clock ?? systemClock;
    this.#captureStack = options.captureStack ?? false;
  }

  execute<T>(fn: Guarded<T>, options?: CallOptions): Promise<T> {
    if (options === undefined && this.alone !== undefined) return runAlone(this.alone, fn) as Promise<T>;
    return run(new Call(this, fn, options, false)) as Promise<T>;
  }

  tryExecute<T>(fn: Guarded<T>, options?: CallOptions): Promise<Outcome<T>> {
    return run(new Call(this, fn, options, true)) as Promise<Outcome<T>>;
  }

  on<Type extends keyof Events>(type: Type, listener: (payload: Events[Type]) => void): Disposable {
    return this.events.on(type, listener);
  }

  /** Makes a refusal ready to be seen: gives it a stack if asked, and tells those who listen. */
  protected refusal<E extends RejectedError>(error: E): E {
    const seen = this.#captureStack ? withStack(error) : error;
    if (this.events.has("rejected")) this.events.emit("rejected", seen as Events["rejected"]);
    return seen;
  }
}
