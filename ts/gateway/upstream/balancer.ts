/**
 * Power of two choices: draw two different instances at random, take the one with less load. One draw gives the worst
 * instance log n / log log n more than the average, two give log log n (Mitzenmacher 2001); and unlike "always the best",
 * gateways that share instances do not all rush to the same one.
 */

import type { Random } from "../../kernel/index.js";

/** What the balancer must know of an instance. */
export interface Candidate {
  /** Whether another request may be given to it at all. */
  readonly full: boolean;
  /** Its load: the more, the less attractive. */
  load(nowMs: number): number;
}

/** A whole number below `bound`. */
function below(random: Random, bound: number): number {
  return Math.floor(random.next() * bound);
}

/**
 * The instance for the next attempt, or undefined where all are full or excluded. Excluded ones were tried for this
 * request already or their breaker refuses.
 */
export function pickInstance<C extends Candidate>(
  candidates: readonly C[],
  excluded: readonly C[],
  random: Random,
  nowMs: number,
): C | undefined {
  const count = candidates.length;
  if (count === 0) return undefined;
  if (count === 1) return usable(candidates[0]!, excluded);
  const first = below(random, count);
  let second = below(random, count - 1);
  if (second >= first) second++;
  const a = usable(candidates[first]!, excluded);
  const b = usable(candidates[second]!, excluded);
  if (a !== undefined && b !== undefined) return a.load(nowMs) <= b.load(nowMs) ? a : b;
  if (a !== undefined || b !== undefined) return a ?? b;
  // Both draws are out: look at all from a random start, so that the rest is shared fairly.
  for (let step = 0; step < count; step++) {
    const candidate = usable(candidates[(first + step) % count]!, excluded);
    if (candidate !== undefined) return candidate;
  }
  return undefined;
}

function usable<C extends Candidate>(candidate: C, excluded: readonly C[]): C | undefined {
  return candidate.full || excluded.includes(candidate) ? undefined : candidate;
}
