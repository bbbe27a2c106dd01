/**
 * A sampler that decides when a trace has ended and keeps more of those that failed or were slow. Each class has its own rejection
 * threshold (`threshold.ts`), and what a class is depends on the trace's outcome, never on its random bits: so every kept trace stands
 * for 2^56 / share traces OF ITS CLASS, and sums of these counts are unbiased, for each class and for all.
 *
 * A trace that is in two classes is kept by whichever keeps more, and never less than an ordinary one. Who sampled before (a head
 * sampler) can only have kept fewer: the higher of both thresholds holds (OpenTelemetry, "Downstream threshold").
 *
 * Layout, after the common head; classes are 0 ordinary, 1 slow, 2 failed, and a trace counts in the last that it is in:
 *
 *     8 three thresholds u64 | 32 slow after i64 || 40 seen, three u32 | 52 kept, three u32
 */

import { add32, load32 } from "../memory/atomic";
import { writeHead } from "../memory/snapshot";
import { ALL, randomnessOf, thresholdOf } from "./threshold";

/** "BIA" and the layout's version. */
const MAGIC: u32 = 0x01414942;
const BYTES: u32 = 64;
const CONFIGURATION_END: u32 = 40;
const ORDINARY: usize = 8;
const SLOW: usize = 16;
const FAILED: usize = 24;
const SLOW_AFTER: usize = 32;
const SEEN: usize = 40;
const KEPT: usize = 52;

/** Bytes that a biased sampler occupies. */
export function biasedSize(): u32 {
  return BYTES;
}

/**
 * Makes a sampler of three thresholds. Traces that took `slowAfter` ticks or longer are slow; below 0 none is. Returns 0, or 1
 * where a threshold is above 2^56.
 */
export function biasedInit(
  at: usize, ordinaryLow: u32, ordinaryHigh: u32, slowLow: u32, slowHigh: u32, failedLow: u32, failedHigh: u32, slowAfter: i64,
): i32 {
  const ordinary = thresholdOf(ordinaryLow, ordinaryHigh);
  const slow = thresholdOf(slowLow, slowHigh);
  const failed = thresholdOf(failedLow, failedHigh);
  if (ordinary > ALL || slow > ALL || failed > ALL) return 1;
  writeHead(at, MAGIC, BYTES, CONFIGURATION_END);
  store<u64>(at, ordinary, ORDINARY);
  store<u64>(at, slow, SLOW);
  store<u64>(at, failed, FAILED);
  store<i64>(at, slowAfter, SLOW_AFTER);
  store<u64>(at, 0, SEEN);
  store<u64>(at, 0, SEEN + 8);
  store<u64>(at, 0, SEEN + 16);
  return 0;
}

/**
 * Decides on an ended trace with these 56 random bits, which took `span` ticks (below 0: not known) and failed or not, after a sampler
 * with the threshold `head` (0 where there was none): the share at which it is kept, or 0 where it is dropped.
 */
export function biasedDecide(
  at: usize, randomLow: u32, randomHigh: u32, failed: u32, span: i64, headLow: u32, headHigh: u32,
): i64 {
  let threshold = load<u64>(at, ORDINARY);
  let group: usize = 0;
  const slowAfter = load<i64>(at, SLOW_AFTER);
  if (slowAfter >= 0 && span >= slowAfter) {
    const slow = load<u64>(at, SLOW);
    if (slow < threshold) threshold = slow;
    group = 4;
  }
  if (failed != 0) {
    const own = load<u64>(at, FAILED);
    if (own < threshold) threshold = own;
    group = 8;
  }
  const head = thresholdOf(headLow, headHigh);
  if (head > threshold) threshold = head;
  add32(at + SEEN + group, 1);
  if (threshold >= ALL || randomnessOf(randomLow, randomHigh) < threshold) return 0;
  add32(at + KEPT + group, 1);
  return ALL - threshold;
}

/** How many traces of class `group` (0 ordinary, 1 slow, 2 failed) were seen (`what` 0) or kept (1), modulo 2^32. */
export function biasedRead(at: usize, group: u32, what: u32): u32 {
  if (group > 2) return 0;
  return load32(at + (what == 0 ? SEEN : KEPT) + (<usize>group << 2));
}
