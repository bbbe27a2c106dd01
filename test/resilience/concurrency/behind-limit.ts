/** An adaptive limit in front of the simulated dependency, as `bulkhead` without a queue has it. */

import { seeded } from "../../../ts/kernel/index.js";
import type { AdaptiveLimit } from "../../../ts/resilience/concurrency/limit-algorithm.js";
import { type Gate, type Report, type Scenario, simulate } from "../simulation/queueing.js";
import type { Limiting } from "./plain-limits.js";

/** A gate that lets through as many as the limit allows; whatever was not answered was dropped. */
export function limitingGate(algorithm: Limiting): Gate {
  return {
    admit: (_nowMs, inFlight) => inFlight < algorithm.limit,
    ended({ outcome, atMs, rttMs, inFlight }) {
      algorithm.onSample({ atMs, rttMs, inFlight, dropped: outcome !== "answered" });
    },
  };
}

/** Runs a scenario behind a limit, which is read once a second. */
export function behind(algorithm: Limiting, scenario: Scenario): Report {
  return simulate({ ...scenario, gate: limitingGate(algorithm), probe: () => algorithm.limit });
}

/** The same behind one of our limits. */
export function behindOurs(limit: AdaptiveLimit, scenario: Scenario): Report {
  return behind(limit.begin(seeded(scenario.seed)), scenario);
}

export const minutes = (count: number): number => count * 60_000;

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The last minute of a series. */
export function settled(series: readonly number[]): readonly number[] {
  return series.slice(-60);
}
