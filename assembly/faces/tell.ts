import { usFromTicks } from "../math/ticks";

/** Turns what `meterTell` wrote into floats, where it stands: 0 whole permits f64, 8 microseconds f64. */
export function tellFloats(at: usize): void {
  store<f64>(at, <f64>load<i64>(at));
  store<f64>(at, usFromTicks(load<i64>(at, 8)), 8);
}
