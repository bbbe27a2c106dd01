/** Checks of options, each with a message that says what would be right. */

import { type HoldfastError, invalidOption } from "../kernel/index.js";

/** A whole number in a range, both ends included. */
export function wholeNumber(option: string, value: number, min: number, max = 2 ** 31 - 1): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalidOption(option, value, `give a whole number from ${min} to ${max}`);
  }
  return value;
}

/** Keys that a `Map` holds at most: 2^24, in V8. */
export const maxMapKeys: number = 2 ** 24 - 1;

/** A duration in milliseconds, more than zero unless `min` says otherwise, at most a year. */
export function durationMs(option: string, value: number, min = Number.MIN_VALUE): number {
  const maxMs = 365 * 86_400_000;
  if (!(value >= min && value <= maxMs)) {
    throw invalidOption(
      option,
      value,
      `give milliseconds ${min > 0 ? "above 0" : "from 0"} and at most ${maxMs} (a year)`,
    );
  }
  return value;
}

/** A number in a range, both ends included. */
export function inRange(option: string, value: number, min: number, max: number): number {
  if (!(value >= min && value <= max)) throw invalidOption(option, value, `give a number from ${min} to ${max}`);
  return value;
}

/** A share of a whole: above 0 and at most 1. */
export function ratio(option: string, value: number): number {
  if (!(value > 0 && value <= 1)) throw invalidOption(option, value, "give a ratio above 0 and at most 1");
  return value;
}

/** A list of words that an option may be. */
export function oneOf<Word extends string>(option: string, value: Word, words: readonly Word[]): Word {
  if (!words.includes(value)) throw invalidOption(option, value, `give one of ${words.join(", ")}`);
  return value;
}

/** Why a call without a key was refused by a policy (`thing`, in a word) that has a state for each key. */
export function missingKey(thing: string): HoldfastError {
  return invalidOption("key", undefined, `this ${thing} has a state for each key: pass the key of the call`);
}
