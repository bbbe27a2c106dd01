/**
 * The breaker's hot functions as calls: for structures that have a breaker inside, and for all in builds in which bytes count more than
 * nanoseconds. So they are there once more in a module at most, and not once in each that uses them.
 */

import { SMALL } from "../math/small";
import { breakerSettle, breakerTryAcquire } from "./breaker";

/** Whether the face calls them too: where bytes count, and in modules that have them anyway, beside those that the policies use. */
export const AS_CALLS: bool = SMALL || isDefined(STRUCTURES_HAVE_BREAKERS);

/** As `breakerTryAcquire`. */
export function tryAcquire(at: usize, now: i64): i32 {
  return breakerTryAcquire(at, now);
}

/** As `breakerSettle`. */
export function settle(at: usize, permit: u32, outcome: u32, span: i64, now: i64): i32 {
  return breakerSettle(at, permit, outcome, span, now);
}
