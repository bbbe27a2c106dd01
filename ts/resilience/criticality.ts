/**
 * How important a call is, in the four words of Google SRE ("Site Reliability Engineering", 2016, chapter 21, "Handling
 * Overload"). Four words mean the same to everybody who writes one down and to everybody downstream who reads it; numbers
 * from 0 to 100 never did, and nobody could say which of two teams' 70 should go first. Whoever has to let one call wait or
 * go before another (a queue by priority, a load shedder) ranks them by {@link rankOf}.
 */

import { invalidOption } from "../kernel/index.js";

/** The criticalities, the most important first. */
export const criticalities = ["critical-plus", "critical", "sheddable-plus", "sheddable"] as const;

/**
 * How important a call is: `critical-plus`, what must not fail (users see it at once); `critical`, the usual call (users see
 * it); `sheddable-plus`, what may be late for minutes (batches); `sheddable`, what may fail often (it is tried again later).
 */
export type Criticality = (typeof criticalities)[number];

/** What a call is that does not say. */
export const defaultCriticality: Criticality = "critical";

/** How many criticalities there are; ranks are below it. */
export const ranks = 4;

/**
 * The place of a criticality in the order, 0 for `critical-plus` to 3 for `sheddable`; `undefined` ranks as `critical`.
 *
 * @throws HoldfastError `INVALID_OPTION` for any other word.
 */
export function rankOf(criticality: Criticality | undefined): number {
  switch (criticality) {
    case "critical-plus":
      return 0;
    case "critical":
    case undefined:
      return 1;
    case "sheddable-plus":
      return 2;
    case "sheddable":
      return 3;
    default:
      throw invalidOption("priority", criticality, `give one of ${criticalities.join(", ")}`);
  }
}
