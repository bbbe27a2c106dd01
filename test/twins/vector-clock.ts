/** A vector clock as a list of numbers. */

import { order } from "./version-vectors.js";

/** The order of two clocks by their events, each named by its process and number (for small counters). */
export function orderOfClocks(one: readonly number[], other: readonly number[]): number {
  const events = (clock: readonly number[]): Set<string> =>
    new Set(clock.flatMap((count, process) => Array.from({ length: count }, (_, index) => `${process}:${index}`)));
  return order(events(one), events(other));
}

/** The least clock that is not before either. */
export const joinOfClocks = (one: readonly number[], other: readonly number[]): number[] =>
  one.map((count, process) => Math.max(count, other[process]!));
