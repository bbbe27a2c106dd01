/** What OpenTelemetry's `tracestate` entry says about sampling: the threshold that was applied, and explicit randomness. */

import { invalidOption } from "../kernel/index.js";

/** The sampling part of an `ot` entry. */
export interface SamplingState {
  /** `th`: the rejection threshold, 1 to 14 hexadecimal digits without trailing zeros; undefined where the probability is not known. */
  readonly threshold: string | undefined;
  /** `rv`: 14 hexadecimal digits that take the place of the trace id's random bits. */
  readonly randomness: string | undefined;
}

/** A decision and what to write into `tracestate` with it. */
export interface SamplingDecision {
  readonly sampled: boolean;
  readonly threshold: string | undefined;
}

const digits = 14;
const entryMax = 256;
const values = 2 ** 56;
/** Shares of this package's samplers are multiples of it, because their thresholds have at most 12 digits. */
const shareUnit = 2 ** 8;

const padded = (threshold: string): string => threshold.toLowerCase().padEnd(digits, "0");
const stripped = (threshold: string): string => padded(threshold).replace(/0+$/, "") || "0";

/** The two halves of a threshold, low and high, as the core takes them; undefined, "never", is 2^56. */
export function thresholdHalves(threshold: string | undefined): readonly [low: number, high: number] {
  if (threshold === undefined) return [0, 2 ** 24];
  const all = padded(threshold);
  return [Number.parseInt(all.slice(6), 16), Number.parseInt(all.slice(0, 6), 16)];
}

/** The threshold of a share (how many of 2^56 random values are kept); undefined for none. */
export function thresholdOfShare(share: number): string | undefined {
  if (share <= 0) return undefined;
  const threshold = values - share;
  const hex = (value: number, length: number): string => value.toString(16).padStart(length, "0");
  return stripped(hex(Math.floor(threshold / 2 ** 32), 6) + hex(threshold % 2 ** 32, 8));
}

/**
 * The threshold (`th`) of a kept trace, from the number of traces that it stands for, as samplers return it.
 *
 * Errors: `INVALID_OPTION`.
 *
 * @example
 * ```ts
 * import { thresholdOf } from "holdfast/core";
 *
 * thresholdOf(1); // => "0"
 * thresholdOf(4); // => "c"
 * ```
 */
export function thresholdOf(adjustedCount: number): string {
  if (!(adjustedCount >= 1 && adjustedCount <= values)) {
    throw invalidOption(
      "adjustedCount",
      adjustedCount,
      "give the number of traces that a kept one stands for, 1 to 2^56",
    );
  }
  // Dividing twice is off by a few units in the last place, far less than half a unit of the share.
  const share = Math.max(shareUnit, Math.round(values / adjustedCount / shareUnit) * shareUnit);
  return thresholdOfShare(share)!;
}

/**
 * How many traces a kept one stands for, given its threshold (`th`).
 *
 * Errors: `INVALID_OPTION`.
 *
 * @example
 * ```ts
 * import { adjustedCountOf } from "holdfast/core";
 *
 * adjustedCountOf("c"); // => 4
 * Math.round(adjustedCountOf("fd70a")); // => 100
 * ```
 */
export function adjustedCountOf(threshold: string): number {
  const [low, high] = thresholdHalves(checked(threshold));
  return values / (2 ** 32 * (2 ** 24 - high) - low);
}

const isThreshold = (text: string): boolean => /^[0-9a-f]{1,14}$/i.test(text);

function checked(threshold: string): string {
  if (isThreshold(threshold)) return threshold;
  throw invalidOption("threshold", threshold, "give 1 to 14 hexadecimal digits");
}

/**
 * The higher of two thresholds: what holds for a trace that both of two samplers, one behind the other, have to keep.
 *
 * Errors: `INVALID_OPTION`.
 *
 * @example
 * ```ts
 * import { higherThreshold } from "holdfast/core";
 *
 * higherThreshold("c", "8"); // => "c"
 * ```
 */
export function higherThreshold(one: string, other: string): string {
  return stripped(padded(checked(one)) > padded(checked(other)) ? one : other);
}

/**
 * The lower of two thresholds: what holds for a trace that either of two samplers, side by side, may keep.
 *
 * Errors: `INVALID_OPTION`.
 *
 * @example
 * ```ts
 * import { lowerThreshold } from "holdfast/core";
 *
 * lowerThreshold("c", "8"); // => "8"
 * ```
 */
export function lowerThreshold(one: string, other: string): string {
  return stripped(padded(checked(one)) < padded(checked(other)) ? one : other);
}

/**
 * Reads the value of an `ot` entry. Values that are not valid count as absent.
 *
 * @example
 * ```ts
 * import { readSamplingState } from "holdfast/core";
 *
 * readSamplingState("th:c;rv:6e6d1a75832a2f").threshold; // => "c"
 * ```
 */
export function readSamplingState(entry: string): SamplingState {
  let threshold: string | undefined;
  let randomness: string | undefined;
  for (const member of entry.split(";")) {
    const value = member.slice(3);
    if (member.startsWith("th:") && isThreshold(value)) threshold = stripped(value);
    else if (member.startsWith("rv:") && /^[0-9a-f]{14}$/i.test(value)) randomness = value.toLowerCase();
  }
  return { threshold, randomness };
}

/**
 * Writes a sampling state into the value of an `ot` entry, and leaves what others wrote there as it is.
 *
 * Errors: `INVALID_OPTION` where a threshold or randomness is not valid, or the entry would be longer than 256 characters.
 *
 * @example
 * ```ts
 * import { writeSamplingState } from "holdfast/core";
 *
 * writeSamplingState("th:8;p:1", { threshold: "c", randomness: undefined }); // => "p:1;th:c"
 * ```
 */
export function writeSamplingState(entry: string, state: SamplingState): string {
  const members = entry.split(";").filter((member) => member !== "" && !/^(th|rv):/.test(member));
  if (state.threshold !== undefined) members.push(`th:${stripped(checked(state.threshold))}`);
  if (state.randomness !== undefined) {
    if (!/^[0-9a-f]{14}$/i.test(state.randomness))
      throw invalidOption("randomness", state.randomness, "give 14 hexadecimal digits");
    members.push(`rv:${state.randomness.toLowerCase()}`);
  }
  const text = members.join(";");
  if (text.length > entryMax) throw invalidOption("entry", text, `give one that leaves at most ${entryMax} characters`);
  return text;
}

/**
 * Follows a parent's decision, as a parent-based sampler does: the child is kept if the parent was. The parent's threshold is passed
 * on where it agrees with the decision; one that does not is erased, since the probability is not known then.
 *
 * @param parent whether it was sampled, and its sampling state.
 * @param trace the trace id, 32 hexadecimal digits.
 *
 * @example
 * ```ts
 * import { inheritSampling, readSamplingState } from "holdfast/core";
 *
 * const trace = "0123456789abcdef01d0000000000000";
 * inheritSampling({ sampled: true, ...readSamplingState("th:c") }, trace); // => { sampled: true, threshold: "c" }
 * inheritSampling({ sampled: true, ...readSamplingState("th:e") }, trace); // => { sampled: true, threshold: undefined }
 * ```
 */
export function inheritSampling(parent: SamplingDecision & Partial<SamplingState>, trace: string): SamplingDecision {
  const { sampled, threshold } = parent;
  if (threshold === undefined) return { sampled, threshold };
  const random = (parent.randomness ?? trace).slice(-digits).toLowerCase();
  return { sampled, threshold: sampled && random >= padded(checked(threshold)) ? stripped(threshold) : undefined };
}
