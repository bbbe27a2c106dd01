/** What a policy with one layer of its own is built on: all but the compositions. */

import type { Outcome } from "../kernel/index.js";
import { Call, type CallOptions, type CallOwner, type Guarded } from "./call.js";
import { done, type Layer, type LoneLayer, run, runAlone, type Verdict } from "./layer.js";
import { type PolicyMode, weaker } from "./mode.js";
import { BasePolicy, type PolicyEvents, type PolicyOptions } from "./policy.js";

const noLayers: readonly Layer[] = [];

/** A policy's layer in shadow mode: it asks the policy and keeps the answer from the call. */
class ShadowLayer<Events extends PolicyEvents, Options extends PolicyOptions> implements Layer {
  readonly #policy: LayerPolicy<Events, Options>;

  constructor(policy: LayerPolicy<Events, Options>) {
    this.#policy = policy;
  }

  enter(call: Call, index: number): undefined {
    try {
      this.#policy.enterShadow(call, index);
    } catch (error) {
      this.#policy.shadowFailed(error);
      call.keep(index, shadowBroken);
    }
    return undefined;
  }

  leave(call: Call, index: number): typeof done {
    if (call.slot(index) === shadowBroken) return done;
    try {
      this.#policy.leaveShadow(call, index);
    } catch (error) {
      this.#policy.shadowFailed(error);
    }
    return done;
  }
}

/** What a call keeps at a layer whose shadow failed on the way in: nothing is held, so nothing is given back. */
const shadowBroken = Symbol("shadow broken");

/** A policy that is itself the layer that calls run through. */
export abstract class LayerPolicy<
    Events extends PolicyEvents = PolicyEvents,
    Options extends PolicyOptions = PolicyOptions,
  >
  extends BasePolicy<Events, Options>
  implements Layer
{
  /** @internal */
  layers: readonly Layer[];
  /** @internal */
  interrupts: boolean;
  /** @internal The policy as it is when it acts; what a call that began alone goes on through. */
  readonly whole: CallOwner;
  /** The layer by itself, while it acts and where it can stand alone. */
  protected alone: LoneLayer | undefined;
  readonly #acting: readonly Layer[];
  readonly #shadow: readonly Layer[];
  readonly #setsDeadlines: boolean;
  readonly #lone: LoneLayer | undefined;

  /** @param setsDeadlines whether the layer may cut a call off. */
  constructor(kind: string, options: Options, setsDeadlines = false) {
    super(kind, options);
    this.#acting = [this];
    this.#shadow = [new ShadowLayer(this)];
    this.#setsDeadlines = setsDeadlines;
    // Methods are on the prototype, so they can be looked for before the subclass has its fields.
    this.#lone = "admit" in this ? (this as unknown as LoneLayer) : undefined;
    this.whole = { clock: this.clock, layers: this.#acting, interrupts: setsDeadlines };
    this.layers = this.#acting;
    this.interrupts = setsDeadlines;
    this.rearranged();
  }

  override execute<T>(fn: Guarded<T>, options?: CallOptions): Promise<T> {
    if (options === undefined && this.alone !== undefined) return runAlone(this.alone, fn) as Promise<T>;
    return run(new Call(this, fn, options, false)) as Promise<T>;
  }

  override tryExecute<T>(fn: Guarded<T>, options?: CallOptions): Promise<Outcome<T>> {
    return run(new Call(this, fn, options, true)) as Promise<Outcome<T>>;
  }

  protected override rearranged(): void {
    const targets = this.targetsIn("enforce");
    const layers = this.layersIn("enforce");
    // The very list, where it is whole: a policy may ask for that.
    this.layers = targets.length === 0 ? layers : [...layers, ...targets];
    this.interrupts = this.interruptsIn("enforce");
    this.alone = this.mode === "enforce" && targets.length === 0 ? this.#lone : undefined;
  }

  /** @internal */
  override layersIn(outer: PolicyMode): readonly Layer[] {
    const mode = weaker(outer, this.mode);
    if (mode === "off") return noLayers;
    return mode === "shadow" ? this.#shadow : this.#acting;
  }

  /** @internal */
  override interruptsIn(outer: PolicyMode): boolean {
    return this.#setsDeadlines && weaker(outer, this.mode) === "enforce";
  }

  /** @internal */
  abstract enter(call: Call, index: number): Promise<boolean> | undefined;

  /** @internal */
  abstract leave(call: Call, index: number): typeof done | Promise<Verdict>;

  /** @internal Decides about a call and reports by `shadow` what it would have done; it may keep something, and must not touch the call. */
  abstract enterShadow(call: Call, index: number): void;

  /** @internal Gives back what `enterShadow` kept, and reports what it would have done with the outcome. */
  abstract leaveShadow(call: Call, index: number): void;

  /** @internal */
  shadowFailed(error: unknown): void {
    this.events.emit("shadowFailed", { policy: this.name, error } as Events["shadowFailed"]);
  }
}
