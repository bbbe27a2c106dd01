/** Who goes when so large a share of all calls must: the least important ones, and of one class as many as are still missing. */

import { ranks } from "../criticality.js";

/**
 * The chance with which a call of rank `rank` is refused so that `share` of all calls are, the least important first.
 *
 * @param arrivals how many calls of a rank came of late.
 */
export function lowestFirst(rank: number, share: number, arrivals: (rank: number) => number): number {
  // The call itself has come, too: the first of its rank after a rest.
  const own = Math.max(1, arrivals(rank));
  let all = own;
  let lower = 0;
  for (let other = 0; other < ranks; other++) {
    if (other !== rank) all += arrivals(other);
    if (other > rank) lower += arrivals(other);
  }
  const missing = share * all - lower;
  if (missing <= 0) return 0;
  return missing >= own ? 1 : missing / own;
}
