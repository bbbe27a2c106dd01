/**
 * OpenTelemetry's consistent probability sampling ("TraceState: Probability Sampling", with OTEP 235).
 *
 * Every trace has 56 random bits R: the last 7 bytes of its id, or what `ot=rv:` says. A sampler has a rejection threshold T, and
 * keeps the trace if R >= T. So whoever samples with a lower threshold keeps all that others keep, and a trace is never kept in
 * pieces. 2^56 - T is the number of values of R that are kept, the SHARE; 2^56 / share is how many traces a kept one stands for.
 * A share of 2^56 keeps everything, one of 0 nothing.
 */

/** The share that keeps everything: the number of values of 56 random bits. */
export const ALL: u64 = 1 << 56;
/** Digits beyond these would be lost in a double, by which JavaScript hosts pass shares. */
const DIGITS_MAX: u32 = 12;

/**
 * Rounds a threshold to a number of hexadecimal digits, half up, so that `ot=th:` stays short. Leading digits f, which small
 * shares have, do not count: there are as many more as `zeros`, the leading zero bits of the share, make. A threshold stays below 2^56.
 */
export function roundThreshold(threshold: u64, zeros: u32, digits: u32): u64 {
  let precision = digits + (zeros >> 2);
  if (precision < 1) precision = 1;
  else if (precision > DIGITS_MAX) precision = DIGITS_MAX;
  const unit = <u64>1 << (56 - (precision << 2));
  threshold += unit >> 1;
  return (threshold < ALL ? threshold : ALL - 1) & (0 - unit);
}

/**
 * The share that keeps `kept` of `all` traces, of a threshold rounded to `digits` digits (1 to 12; the specification recommends 4).
 * Exact before it is rounded: 56 bits of the quotient are worked out one by one.
 */
export function samplingShare(kept: i64, all: i64, digits: u32): i64 {
  if (kept <= 0 || all <= 0) return 0;
  if (kept >= all) return ALL;
  let rest: u64 = kept;
  let share: u64 = 0;
  for (let bit = 0; bit < 56; bit++) {
    rest <<= 1;
    share <<= 1;
    if (rest >= <u64>all) {
      rest -= all;
      share++;
    }
  }
  // What the division left makes the share larger and the threshold smaller than the 56 bits say.
  const threshold = ALL - share - <u64>(rest != 0);
  return ALL - roundThreshold(threshold, <u32>(clz(share | 1) - 8), digits);
}

/** A 56-bit number of two halves; what lies above is cut off. */
// @ts-ignore: decorator
@inline
export function randomnessOf(low: u32, high: u32): u64 {
  return <u64>low | (<u64>(high & 0xffffff) << 32);
}

/** A threshold of two halves: 56 bits, or 2^56 for "never". */
// @ts-ignore: decorator
@inline
export function thresholdOf(low: u32, high: u32): u64 {
  return <u64>low | (<u64>high << 32);
}

/** Whether the trace with these 56 random bits is kept at this threshold: 1 or 0. */
export function samplingDecide(randomLow: u32, randomHigh: u32, thresholdLow: u32, thresholdHigh: u32): u32 {
  return <u32>(randomnessOf(randomLow, randomHigh) >= thresholdOf(thresholdLow, thresholdHigh));
}

/** The random bits of the trace id at `id`: the last 7 of its 16 bytes, which stand in the order of the network. */
// @ts-ignore: decorator
@inline
export function randomnessAt(id: usize): u64 {
  return bswap(load<u64>(id, 8)) & (ALL - 1);
}

/** Decides on `count` trace ids of 16 bytes each at `ids`; writes a byte for each to `out`, 1 kept or 0, and returns how many are kept. */
export function samplingDecideMany(ids: usize, count: u32, thresholdLow: u32, thresholdHigh: u32, out: usize): u32 {
  const threshold = thresholdOf(thresholdLow, thresholdHigh);
  let kept: u32 = 0;
  for (const end = out + count; out < end; out++) {
    const keep = <u32>(randomnessAt(ids) >= threshold);
    store<u8>(out, keep);
    kept += keep;
    ids += 16;
  }
  return kept;
}
