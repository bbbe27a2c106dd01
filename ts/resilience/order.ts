/**
 * Orders of policies that make no sense, and why. Each rule names two kinds of policies, the outer first; a composition in
 * which they stand so is refused. The order that is right for most is that of `pipeline`.
 */

import { invalidOption } from "../kernel/index.js";
import type { Policy } from "./policy.js";

interface OrderRule {
  readonly outer: readonly string[];
  readonly inner: readonly string[];
  /** Completes "…: ". */
  readonly why: string;
}

const rules: readonly OrderRule[] = [
  {
    outer: ["retry", "hedge"],
    inner: ["fallback"],
    why: "the fallback answers every failure, so there is never one to try again; put the fallback outside",
  },
  {
    outer: ["circuit-breaker", "adaptive-throttle", "admission-control"],
    inner: ["fallback"],
    why: "the fallback turns failures into answers before they are counted; put the fallback outside",
  },
  {
    outer: ["circuit-breaker", "adaptive-throttle", "admission-control"],
    inner: ["cache"],
    why: "a hit would count as a good answer of a dependency that was never asked; put the cache outside",
  },
  {
    outer: ["retry"],
    inner: ["retry"],
    why: "attempts multiply: three times three are nine calls in an outage; keep one of them",
  },
  {
    outer: ["hedge"],
    inner: ["hedge", "retry"],
    why: "every copy of the call would be repeated by itself; put the hedge inside, and keep one",
  },
  {
    outer: ["retry", "hedge"],
    inner: ["coalesce"],
    why: "an attempt would join the call that failed it; put coalescing outside",
  },
];

/** Refuses a senseless order with `INVALID_OPTION`; `policies` are outermost first, without compositions. */
export function checkOrder(policies: readonly Policy[]): void {
  policies.forEach((outer, at) => {
    for (const inner of policies.slice(at + 1)) {
      const rule = rules.find(({ outer: o, inner: i }) => o.includes(outer.kind) && i.includes(inner.kind));
      if (rule !== undefined) {
        throw invalidOption(
          "policies",
          `${outer.name} > ${inner.name}`,
          `with ${outer.kind} outside ${inner.kind}, ${rule.why}`,
        );
      }
    }
  });
}
