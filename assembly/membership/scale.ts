/**
 * What a gossip protocol adapts to the size of its cluster, by the rules of HashiCorp's memberlist (`util.go`). News reaches all n
 * members in a number of rounds that grows with log n (Das, Gupta and Motivala, "SWIM", DSN 2002, §4.1 and §4.2), so timeouts and
 * retransmissions grow with it.
 */

import { log } from "../math/log";

const LN10: f64 = 2.302585092994046;
/**
 * What is added to 1000 log10 n before it is rounded down. At powers of ten it must not fall short of the whole number that it is; the
 * error of `log` is below 2^-38 of that, and no other n of 32 bits lies so near below a whole number.
 */
const ALLOWANCE: f64 = 1.4551915228366852e-11;
/** Up to so many members the whole state is exchanged at the configured interval. */
const PUSH_PULL_BITS: u32 = 5;

/** How often a message is passed on: `factor` × ⌈log10(`members` + 1)⌉, the latter being the digits of `members`. */
export function gossipRetransmits(factor: u32, members: u32): u32 {
  let digits: u32 = 0;
  for (; members != 0; members /= 10) digits++;
  return factor * digits;
}

/** By what the interval of full exchanges is multiplied: 1 up to 32 members, and 1 more each time that they double. */
export function gossipPushPullScale(members: u32): u32 {
  return members <= 1 << PUSH_PULL_BITS ? 1 : 33 - clz(members - 1) - PUSH_PULL_BITS;
}

/** The shortest suspicion timeout: `factor` × max(1, log10 `members`), the latter rounded down to thousandths, × `interval`. */
export function gossipSuspicionLeast(factor: u32, members: u32, interval: f64): f64 {
  const thousandths = members <= 10 ? 1000.0 : floor(log(<f64>members) / LN10 * 1000.0 + ALLOWANCE);
  return (<f64>factor * thousandths * interval) / 1000.0;
}
