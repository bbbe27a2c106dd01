/** How a demonstration service behaves: pure functions of its age and a random source, so that a seed replays a day. */

import { type Random, seeded } from "../../kernel/index.js";

/** What a service is like. */
export type Nature = "steady" | "slow" | "flaky";

export const natures: readonly Nature[] = ["steady", "slow", "flaky"];

/** Trouble that a person or a test adds. A crash is no behaviour: the process ends. */
export type Fault = "none" | "latency" | "errors";

/** How one request is to be answered. */
export interface Manner {
  readonly status: number;
  readonly delayMs: number;
}

/** When trouble comes and goes: `everyMs` from the start of one spell to the next, the first after `firstMs`. */
interface Spells {
  readonly firstMs: number;
  readonly everyMs: number;
  readonly lengthMs: number;
}

const slowSpells: Spells = { firstMs: 5_000, everyMs: 24_000, lengthMs: 10_000 };
const failingSpells: Spells = { firstMs: 2_000, everyMs: 19_000, lengthMs: 6_000 };

function within(spells: Spells, ageMs: number): boolean {
  return ageMs >= spells.firstMs && (ageMs - spells.firstMs) % spells.everyMs < spells.lengthMs;
}

/** Makes the behaviour of one service. */
export function behaviour(nature: Nature, seed: number): (ageMs: number, fault: Fault) => Manner {
  const random: Random = seeded(seed);
  const between = (low: number, high: number) => low + (high - low) * random.next();

  return (ageMs, fault) => {
    // Three draws for each request, used or not: the sequence stays the same whatever happens to the service.
    const usualMs = between(15, 45);
    const luck = random.next();
    const slowMs = between(500, 1_200);
    const isSlow = fault === "latency" ? luck < 0.8 : nature === "slow" && within(slowSpells, ageMs) && luck < 0.25;
    const isBroken =
      fault === "errors" ? luck < 0.9 : nature === "flaky" && within(failingSpells, ageMs) && luck < 0.75;
    // An error takes as long as an answer: a service that failed faster would attract traffic to itself, and the
    // gateway without policies would look worse than it deserves.
    return { status: isBroken ? 503 : 200, delayMs: isSlow ? slowMs : usualMs };
  };
}
