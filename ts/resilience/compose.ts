/** Policies inside one another, run as one call. */

import { type Clock, invalidOption } from "../kernel/index.js";
import { snapshotInvalid } from "./errors.js";
import type { Layer } from "./layer.js";
import { arrangement, type PolicyMode, weaker } from "./mode.js";
import { checkOrder } from "./order.js";
import { BasePolicy, type Policy, type PolicyCounts, type PolicyEvents, type PolicyOptions } from "./policy.js";
import { packSnapshots, unpackSnapshots } from "./snapshot.js";
import type { LatencyTarget } from "./target/latency-target.js";

/** Options of {@link Composition}. */
export interface CompositionOptions extends Omit<PolicyOptions, "clock" | "captureStack"> {
  /** The policies, outermost first. */
  readonly policies: readonly Policy[];
}

/**
 * Several policies as one. It emits what all of them refuse, and its mode bounds theirs: in shadow mode all its policies only
 * count. Policies that are exchanged while calls are under way serve those to their end.
 */
export abstract class Composite<Options extends PolicyOptions> extends BasePolicy<PolicyEvents, Options> {
  #policies: readonly Policy[] = [];
  #heard: readonly Disposable[] = [];
  /** The {@link arrangement} that `#layers` and `#interrupts` are of. */
  #version = -1;
  #layers: readonly Layer[] = [];
  #interrupts = false;

  /** The policies, outermost first. */
  get policies(): readonly Policy[] {
    return this.#policies;
  }

  /** What all the policies have done, each counted once. */
  override get counts(): PolicyCounts {
    const counts = { rejected: 0, shadowed: 0, rules: {} as Record<string, number> };
    for (const { counts: part } of new Set(this.#policies)) {
      counts.rejected += part.rejected;
      counts.shadowed += part.shadowed;
      for (const [rule, count] of Object.entries(part.rules)) counts.rules[rule] = (counts.rules[rule] ?? 0) + count;
    }
    return counts;
  }

  /** Takes other policies; they must have been checked. */
  protected take(policies: readonly Policy[]): void {
    for (const subscription of this.#heard) subscription[Symbol.dispose]();
    this.#policies = policies;
    this.#heard = [...new Set(policies)].flatMap((policy) => [
      policy.on("rejected", (error) => this.events.emit("rejected", error)),
      policy.on("shadowed", (seen) => this.events.emit("shadowed", seen)),
      policy.on("shadowFailed", (failure) => this.events.emit("shadowFailed", failure)),
    ]);
    arrangement.version++;
  }

  /** @internal */
  override get layers(): readonly Layer[] {
    if (this.#version !== arrangement.version) this.#arrange();
    return this.#layers;
  }

  /** @internal */
  override get interrupts(): boolean {
    if (this.#version !== arrangement.version) this.#arrange();
    return this.#interrupts;
  }

  #arrange(): void {
    this.#version = arrangement.version;
    this.#layers = [...this.layersIn("enforce"), ...new Set(this.targetsIn("enforce"))];
    this.#interrupts = this.interruptsIn("enforce");
  }

  /** @internal */
  override layersIn(outer: PolicyMode): readonly Layer[] {
    const mode = weaker(outer, this.mode);
    return this.#policies.flatMap((policy) => policy.layersIn(mode));
  }

  /** @internal */
  override interruptsIn(outer: PolicyMode): boolean {
    const mode = weaker(outer, this.mode);
    return this.#policies.some((policy) => policy.interruptsIn(mode));
  }

  /** @internal */
  override targetsIn(outer: PolicyMode): readonly LatencyTarget[] {
    const mode = weaker(outer, this.mode);
    return this.#policies.flatMap((policy) => policy.targetsIn(mode));
  }

  protected override config(): string {
    return JSON.stringify(this.#policies.map(({ kind, name }) => [kind, name]));
  }

  protected override save(): Uint8Array {
    return packSnapshots(this.#policies.map((policy) => policy.snapshot()));
  }

  /** All or nothing: where one part refuses its share, those before it get back what they had. */
  protected override load(state: Uint8Array): void {
    const snapshots = unpackSnapshots(state);
    if (snapshots.length !== this.#policies.length) {
      throw snapshotInvalid(`the snapshot has ${snapshots.length} parts, ${this.name} has ${this.#policies.length}`);
    }
    const before = this.#policies.map((policy) => policy.snapshot());
    let at = 0;
    try {
      for (; at < snapshots.length; at++) this.#policies[at]!.restore(snapshots[at]!);
    } catch (error) {
      while (at-- > 0) this.#policies[at]!.restore(before[at]!);
      throw error;
    }
  }
}

/** See {@link compose}. */
export class Composition extends Composite<CompositionOptions & PolicyOptions> {
  readonly kind = "composition";

  constructor(options: CompositionOptions) {
    super("composition", { ...options, clock: checkedClock(options.policies) });
    this.take(options.policies);
  }

  protected override adopt({ policies }: CompositionOptions): void {
    if (policies === this.policies) return;
    if (checkedClock(policies) !== this.clock) {
      throw invalidOption("policies", policies[0]!.name, "their clock is not that of the composition");
    }
    this.take(policies);
  }
}

/** The policies that a call meets, with compositions taken apart. */
function flat(policies: readonly Policy[]): readonly Policy[] {
  return policies.flatMap((policy) => (policy instanceof Composite ? flat(policy.policies) : [policy]));
}

/**
 * Checks that policies can stand in this order, and gives the clock of all; two clocks in one call would make every deadline
 * meaningless.
 */
export function checkedClock(policies: readonly Policy[]): Clock {
  const first = policies[0];
  if (first === undefined) throw invalidOption("policies", "empty", "give at least one policy");
  const odd = policies.find((policy) => policy.clock !== first.clock);
  if (odd !== undefined) {
    throw invalidOption(
      "clock",
      odd.name,
      `${odd.name} and ${first.name} have different clocks; give all policies the same`,
    );
  }
  checkOrder(flat(policies));
  return first.clock;
}

/**
 * Puts policies inside one another: `compose(a, b, c)` runs `a(b(c(fn)))`, so the first is the outermost.
 *
 * Use it for an order of your own; `pipeline` has the usual one. All policies must have the same clock. An order that makes no
 * sense (a retry outside a fallback, which leaves it nothing to repeat) is refused with the reason.
 *
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { bulkhead, compose, timeout } from "holdfast";
 *
 * const guarded = compose(timeout({ timeoutMs: 1_000 }), bulkhead({ limit: 10 }));
 * await guarded.execute(() => "fine"); // => "fine"
 * ```
 */
export function compose(...policies: readonly Policy[]): Composition {
  return new Composition({ policies });
}
