/**
 * The retry throttle of gRPC (proposal A6, "Throttling Retry Attempts and Hedged RPCs"): a count of tokens from 0 to a
 * maximum that starts full. A failed attempt takes one token, a success gives a part of one back, and nobody retries
 * while at most half of the maximum is left. The proposal allows three decimal digits; so everything is counted in
 * thousandths, and the tokens are one word, changed by compare-and-swap.
 *
 * Layout after the common head: 8 maximum u32 | 12 ratio u32 || 16 tokens u32 | 20 unused.
 */

import { cas32, load32 } from "../memory/atomic";
import { writeHead } from "../memory/snapshot";

/** "RTH" and the layout's version. */
const MAGIC: u32 = 0x01485452;
const BYTES: u32 = 24;
const CONFIGURATION_END: u32 = 16;
const MAXIMUM: usize = 8;
const RATIO: usize = 12;
const TOKENS: usize = 16;

const TOKEN: u32 = 1000;
/** A million tokens; gRPC itself allows a thousand. */
const MOST: u32 = 1000 * 1000 * 1000;

/** Bytes that a throttle occupies. */
export function retryThrottleSize(): u32 {
  return BYTES;
}

/** Makes a full throttle; both numbers are thousandths of a token, 1 to a million tokens. Returns 0, or 1 where they are not. */
export function retryThrottleInit(at: usize, maximum: u32, ratio: u32): i32 {
  if (maximum - 1 >= MOST || ratio - 1 >= MOST) return 1;
  writeHead(at, MAGIC, BYTES, CONFIGURATION_END);
  store<u32>(at, maximum, MAXIMUM);
  store<u32>(at, ratio, RATIO);
  store<u64>(at, maximum, TOKENS);
  return 0;
}

/** Tokens that are left, in thousandths. */
export function retryThrottleTokens(at: usize): u32 {
  return load32(at + TOKENS);
}

/** Whether so many tokens let somebody retry: more than half of the maximum. */
// @ts-ignore: decorator
@inline
function enough(at: usize, tokens: u32): u32 {
  return <u32>(tokens > load<u32>(at, MAXIMUM) >> 1);
}

/** Whether a retry or a hedge may be sent: 1, or 0 where the throttle holds it back. First attempts do not ask. */
export function retryThrottleAllows(at: usize): u32 {
  return enough(at, load32(at + TOKENS));
}

/** Counts a good attempt. A full throttle is left alone, so that threads whose calls all succeed do not write to one line. */
export function retryThrottleSuccess(at: usize): void {
  const maximum = load<u32>(at, MAXIMUM);
  let seen = load32(at + TOKENS);
  while (seen < maximum) {
    const next = seen + load<u32>(at, RATIO);
    const held = cas32(at + TOKENS, seen, next < maximum ? next : maximum);
    if (held == seen) return;
    seen = held;
  }
}

/** Counts a failed attempt, or one whose server asked for no retry; returns what `retryThrottleAllows` would say then. */
export function retryThrottleFailure(at: usize): u32 {
  let seen = load32(at + TOKENS);
  while (seen != 0) {
    const next = seen > TOKEN ? seen - TOKEN : 0;
    const held = cas32(at + TOKENS, seen, next);
    if (held == seen) return enough(at, next);
    seen = held;
  }
  return 0;
}
