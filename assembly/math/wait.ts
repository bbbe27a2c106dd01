import { SMALL } from "./small";
import { usFromTicks } from "./ticks";

/** A wait in microseconds; Infinity for "never", which bodies say as a negative number. */
// @ts-ignore: decorator
@inline
export function hotWaitUs(ticks: i64): f64 {
  if (SMALL) return waitUs(ticks);
  return ticks < 0 ? Infinity : <f64>ticks * 0.0009765625;
}

/** The same, as a call. */
export function waitUs(ticks: i64): f64 {
  return ticks < 0 ? Infinity : usFromTicks(ticks);
}
