/** Policies inside one another, run as one call. */

import { type Clock, invalidOption, type RejectedError } from "../kernel/index.js";
import type { Layer } from "./layer.js";
import { BasePolicy, type Policy, type PolicyEvents, type PolicyOptions } from "./policy.js";

/** Options of {@link Composition}. */
export interface CompositionOptions extends Omit<PolicyOptions, "clock" | "captureStack"> {
  /** The policies, outermost first. */
  readonly policies: readonly Policy[];
}

/** Several policies as one. It emits the refusals of all of them. */
export class Composition extends BasePolicy<PolicyEvents> {
  readonly kind: string = "composition";
  /** The policies, outermost first. */
  readonly policies: readonly Policy[];
  /** @internal */
  readonly layers: readonly Layer[];
  /** @internal */
  override readonly interrupts: boolean;

  constructor(options: CompositionOptions) {
    const { policies, name = "composition" } = options;
    super("composition", { name, clock: sharedClock(policies) });
    this.policies = policies;
    this.layers = policies.flatMap((policy) => policy.layers);
    this.interrupts = policies.some((policy) => policy.interrupts);
    for (const policy of policies) {
      policy.on("rejected", (error: RejectedError) => this.events.emit("rejected", error));
    }
  }
}

/** The clock of all policies; two clocks in one call would make every deadline meaningless. */
function sharedClock(policies: readonly Policy[]): Clock {
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
  return first.clock;
}

/**
 * Puts policies inside one another: `compose(a, b, c)` runs `a(b(c(fn)))`, so the first is the outermost.
 *
 * Use it for an order of your own; `pipeline` has the usual one. All policies must have the same clock.
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
