/**
 * Coalescing: calls of the same key that overlap in time share one execution.
 *
 * Nothing is remembered: when the execution has ended, well or badly, its callers have its outcome and the next call of the key
 * begins another. What is to be kept for later is the business of `cache`.
 */

import type { Call, CallOptions, Guarded } from "./call.js";
import { CoalesceFullError } from "./errors.js";
import { Flight, type FlightOwner } from "./flight.js";
import { done } from "./layer.js";
import { LayerPolicy } from "./layer-policy.js";
import { maxMapKeys, missingKey, wholeNumber } from "./options.js";
import type { PolicyEvents, PolicyOptions } from "./policy.js";

/** Options of {@link coalesce}. */
export interface CoalesceOptions extends PolicyOptions {
  /** How many further calls may wait for one execution; the next is refused. 0: no two calls of a key at once. Default: no limit. */
  readonly maxWaiters?: number;
  /** How many executions may be shared at once; a call of another key runs by itself. Default: 10 000. */
  readonly maxKeys?: number;
}

/** Events of coalescing. */
export interface CoalesceEvents extends PolicyEvents {
  /** A call waits for the execution that another began; `callers` wait for it now. */
  coalesced: { readonly key: string; readonly callers: number };
}

/** What coalescing has done since it was made. */
export interface CoalesceStats {
  /** Executions under way that others may join. */
  readonly underWay: number;
  /** Executions begun. */
  readonly executions: number;
  /** Calls that were spared an execution of their own. */
  readonly coalesced: number;
  /** Calls that ran by themselves because `maxKeys` were under way. */
  readonly alone: number;
}

/** Options that coalescing works with. */
interface Settings {
  readonly maxWaiters: number;
  readonly maxKeys: number;
}

function settingsOf({ maxWaiters, maxKeys = 10_000 }: CoalesceOptions): Settings {
  return {
    maxWaiters: maxWaiters === undefined ? Number.POSITIVE_INFINITY : wholeNumber("maxWaiters", maxWaiters, 0),
    maxKeys: wholeNumber("maxKeys", maxKeys, 1, maxMapKeys),
  };
}

/** See {@link coalesce}. */
export class Coalesce extends LayerPolicy<CoalesceEvents, CoalesceOptions> implements FlightOwner {
  readonly kind = "coalesce";
  readonly #flights = new Map<string, Flight>();
  /** In shadow mode: how many calls of a key are under way. */
  readonly #shadowed = new Map<string, number>();
  #settings: Settings;
  #executions = 0;
  #coalesced = 0;
  #alone = 0;

  constructor(options: CoalesceOptions = {}) {
    super("coalesce", options);
    this.#settings = settingsOf(options);
  }

  /** Executions that are under way go on under the limits that they began with or under later ones, whichever are seen next. */
  protected override adopt(options: CoalesceOptions): void {
    this.#settings = settingsOf(options);
  }

  /** What it has done since it was made. */
  get stats(): CoalesceStats {
    return {
      underWay: this.#flights.size,
      executions: this.#executions,
      coalesced: this.#coalesced,
      alone: this.#alone,
    };
  }

  /** A caller that cannot leave (it has no signal, and no layer outside has a deadline for it) gets the promise that all such callers share. */
  override execute<T>(fn: Guarded<T>, options?: CallOptions): Promise<T> {
    const key = options?.key;
    if (key !== undefined && options!.signal === undefined && this.layers === this.whole.layers) {
      const flight = this.#flights.get(key);
      if (flight !== undefined && flight.callers <= this.#settings.maxWaiters) {
        const outcome = flight.share();
        this.#count(flight);
        return outcome as Promise<T>;
      }
    }
    return super.execute(fn, options);
  }

  /** @internal */
  override enter(call: Call, index: number): Promise<boolean> | undefined {
    const { key } = call;
    if (key === undefined) throw missingKey("policy");
    const flight = this.#flights.get(key);
    if (flight !== undefined) {
      if (flight.callers > this.#settings.maxWaiters) {
        call.fail(this.refusal(this.#rejection(flight.callers)), this.name);
        return undefined;
      }
      const wait = flight.join(call);
      this.#count(flight);
      return wait;
    }
    this.#executions++;
    if (this.#flights.size >= this.#settings.maxKeys) {
      this.#alone++;
      return undefined;
    }
    const first = new Flight(this, key, call, index);
    this.#flights.set(key, first);
    return first.join(call);
  }

  /** @internal Only a call that runs by itself comes this way, and it holds nothing. */
  override leave(): typeof done {
    return done;
  }

  #count(flight: Flight): void {
    this.#coalesced++;
    if (this.events.has("coalesced")) this.events.emit("coalesced", { key: flight.key, callers: flight.callers });
  }

  #rejection(callers: number): CoalesceFullError {
    return new CoalesceFullError(this.fields("max-waiters", callers - 1, this.#settings.maxWaiters));
  }

  /** @internal */
  landed(flight: Flight): void {
    this.#forget(flight);
  }

  /** @internal Whoever calls from now on begins anew, and does not wait for what is being cut. */
  deserted(flight: Flight): void {
    this.#forget(flight);
  }

  #forget(flight: Flight): void {
    if (this.#flights.get(flight.key) === flight) this.#flights.delete(flight.key);
  }

  /** @internal */
  override enterShadow(call: Call): void {
    const { key } = call;
    if (key === undefined) throw missingKey("policy");
    const underWay = this.#shadowed.get(key) ?? 0;
    this.#shadowed.set(key, underWay + 1);
    if (underWay > this.#settings.maxWaiters) this.shadow("reject", this.#rejection(underWay));
    else if (underWay > 0) this.shadow("replace");
  }

  /** @internal */
  override leaveShadow(call: Call): void {
    const underWay = this.#shadowed.get(call.key!)!;
    if (underWay > 1) this.#shadowed.set(call.key!, underWay - 1);
    else this.#shadowed.delete(call.key!);
  }
}

/**
 * Lets calls of the same key that overlap in time share one execution.
 *
 * Use it where many ask for the same thing at once and one answer serves all (a page that has just expired, a token that everybody
 * needs), so that a hundred callers make one query. Every call needs a `key` that says what it asks for: the function of the first
 * caller runs, the others' do not. All get the same value, the very same object, and the same error; nothing is kept afterwards.
 * A caller that aborts or whose deadline passes leaves alone; the execution is cut when the last has left.
 *
 * @param options `maxWaiters`, further calls for one execution; `maxKeys`, executions at once.
 * @throws HoldfastError `INVALID_OPTION`, also for a call without a key
 *
 * @example
 * ```ts
 * import { coalesce } from "holdfast";
 *
 * const policy = coalesce();
 * let queries = 0;
 * const load = () => policy.execute(async () => ++queries, { key: "user 7" });
 * await Promise.all([load(), load(), load()]); // => [1, 1, 1]
 * await load(); // => 2
 * ```
 */
export function coalesce(options: CoalesceOptions = {}): Coalesce {
  return new Coalesce(options);
}
