/** Whether policies act, only watch, or are not there, and how a change of that reaches the compositions that they stand in. */

/**
 * What a policy does with its decisions.
 *
 * - `enforce`: it acts on them.
 * - `shadow`: it decides and counts, and lets every call go on as if it were not there. For trying out a limit on live traffic.
 * - `off`: it is not asked at all.
 */
export type PolicyMode = "enforce" | "shadow" | "off";

/** From the strictest to the weakest. */
export const modes: readonly PolicyMode[] = ["enforce", "shadow", "off"];

/** The weaker of two modes: a part of a composition does no more than the composition does. */
export function weaker(a: PolicyMode, b: PolicyMode): PolicyMode {
  return modes[Math.max(modes.indexOf(a), modes.indexOf(b))]!;
}

/**
 * Counts the changes, in any policy, of the layers that calls run through. A composition compares the count when a call begins
 * and puts its layers together anew where it differs. So a policy keeps no list of the compositions that it stands in, and
 * one that is forgotten leaves nothing behind.
 */
export const arrangement: { version: number } = { version: 0 };
