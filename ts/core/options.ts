/** Checks of constructor options: each returns the value, or throws `INVALID_OPTION` saying what would be right. */

import { invalidOption, maxDurationMs } from "../kernel/index.js";

/** A whole number from `min` to `max`. */
export function whole(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalidOption(name, value, `give a whole number from ${min} to ${max}`);
}

/** A number from `min` to `max`, both included. */
export function within(name: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw invalidOption(name, value, `give a number from ${min} to ${max}`);
}

/** A duration in milliseconds, above zero and at most 365 days. */
export function duration(name: string, value: number): number {
  if (value > 0 && value <= maxDurationMs) return value;
  throw invalidOption(name, value, "give a number of milliseconds above 0 and at most 365 days");
}

/** The index of `value` in a list of words. */
export function choice(name: string, value: string, words: readonly string[]): number {
  const index = words.indexOf(value);
  if (index >= 0) return index;
  throw invalidOption(name, value, `give one of ${words.join(", ")}`);
}

/** A seed: any finite number; its lower 32 bits count. */
export function seed(name: string, value: number): number {
  if (Number.isFinite(value)) return value >>> 0;
  throw invalidOption(name, value, "give a finite number");
}
