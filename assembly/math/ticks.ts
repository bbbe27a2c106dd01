/**
 * Time inside the core is a whole number of ticks; a tick is 2^-10 µs, so that rates above a million a second do not
 * round to nothing. JavaScript hosts pass microseconds as f64 and this file turns them into ticks and back.
 *
 * Float-to-integer conversion saturates in some builds and traps in others, so every value is brought into range
 * before it is converted: the results are the same everywhere.
 */

import { SMALL } from "./small";

/** No instant or duration is larger: 2^62 ticks, 142 years. */
export const TICKS_MAX: i64 = 1 << 62;

/**
 * Ticks from microseconds, to the nearest; NaN and everything below zero is 0, everything too large is `TICKS_MAX`.
 * Inlined where a nanosecond counts; everyone else calls `ticksFromUs`, which keeps the module small.
 */
// @ts-ignore: decorator
@inline
export function hotTicksFromUs(us: f64): i64 {
  return SMALL ? ticksFromUs(us) : convertTicks(us);
}

// @ts-ignore: decorator
@inline
function convertTicks(us: f64): i64 {
  const ticks = us * 1024.0;
  if (!(ticks > 0)) return 0;
  if (ticks >= 4611686018427387904.0) return TICKS_MAX;
  return <i64>nearest(ticks);
}

/** The same, as a call. */
export function ticksFromUs(us: f64): i64 {
  return convertTicks(us);
}

/** An instant, -1 for NaN: "the caller did not read the clock". */
// @ts-ignore: decorator
@inline
export function momentFromUs(us: f64): i64 {
  return us == us ? hotTicksFromUs(us) : -1;
}

/** Microseconds from ticks, exact below 2^53 ticks. */
export function usFromTicks(ticks: i64): f64 {
  return <f64>ticks * 0.0009765625;
}

/** A whole number from a float: rounded up, -1 for NaN and everything below zero, 2^53 for everything larger. */
// @ts-ignore: decorator
@inline
export function hotWholeFrom(value: f64): i64 {
  return SMALL ? wholeFrom(value) : convertWhole(value);
}

// @ts-ignore: decorator
@inline
function convertWhole(value: f64): i64 {
  if (!(value >= 0)) return -1;
  if (value >= 9007199254740992.0) return 9007199254740992;
  return <i64>ceil(value);
}

/** The same, as a call. */
export function wholeFrom(value: f64): i64 {
  return convertWhole(value);
}

/** A share from 0 to 1 (or a factor up to 4,000) as a whole number of `parts`, to the nearest; out of range is cut, NaN is 0. */
export function partsFrom(value: f64, parts: f64): u32 {
  const scaled = value * parts;
  if (!(scaled > 0)) return 0;
  if (scaled >= 4294967295.0) return 4294967295;
  return <u32>nearest(scaled);
}
