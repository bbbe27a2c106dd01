/**
 * The exponential function without a table, by the same double-precision operations in the same order in every build.
 *
 * The standard library's has tables, which would be static data, and is compiled differently at different levels. This one
 * reduces the argument to |r| <= ln 2 / 2 and uses that r (e^r + 1) / (e^r - 1) is an even function of r whose series has the
 * Bernoulli numbers for coefficients (Abramowitz and Stegun, 23.1.1) and shrinks by a factor of 300 a term; so the series itself
 * will do, and nothing is fitted. Cutting it off costs less than 2^-58; with the roundings every result is within 1 unit in the
 * last place, which tests hold against 200-bit numbers. Results below 2^-1022 are rounded once more, to half a unit there.
 */

import { LN2_HIGH, LN2_LOW } from "./log";

const LOG2_E: f64 = 1.4426950408889634;
/** Above the first the result is beyond the largest number, below the second under half of the smallest. */
const MOST: f64 = 709.782712893384;
const LEAST: f64 = -745.1332191019412;

/** e^x; NaN gives NaN, and what is too large gives Infinity. */
export function exp(x: f64): f64 {
  if (!(x == x)) return NaN;
  if (x > MOST) return Infinity;
  if (x < LEAST) return 0;
  const power = nearest(x * LOG2_E);
  const high = x - power * LN2_HIGH;
  const low = power * LN2_LOW;
  const r = high - low;
  const z = r * r;
  const series =
    z * (1.0 / 6.0 + z * (-1.0 / 360.0 + z * (1.0 / 15120.0 + z * (-1.0 / 604800.0 + z * (1.0 / 23950080.0 +
      z * (-691.0 / 653837184000.0))))));
  const c = r - series;
  return scaled(1.0 + ((r * c) / (2.0 - c) - low + high), <i32>power);
}

/** `value` times 2^power, for a value near 1 and powers from -1,075 to 1,024, in two steps where one factor would be no number. */
export function scaled(value: f64, power: i32): f64 {
  if (power > 1023) return value * 2.0 * powerOfTwo(power - 1);
  if (power < -1021) return value * powerOfTwo(power + 128) * powerOfTwo(-128);
  return value * powerOfTwo(power);
}

/** 2^power as a double, for powers from -1,022 to 1,023. */
// @ts-ignore: decorator
@inline
export function powerOfTwo(power: i32): f64 {
  return reinterpret<f64>(<i64>(power + 1023) << 52);
}
