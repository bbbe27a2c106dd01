/**
 * A limiter that starts slowly after a rest: the colder it is, the longer a permit takes, by a straight ramp from
 * `coldFactor` times the stable interval down to the stable interval (Guava's `SmoothRateLimiter.SmoothWarmingUp`, whose
 * comments derive it; README.md in this folder has the formulas). Layout, after the common head:
 *
 *     8 cost i64 | 16 cooling i64 | 24 unit u32 | 28 burst u32, 1 | 32 warm-up i64 | 40 threshold i64 | 48 steepness u32 |
 *     52 unused || 56 cold i64 | 64 free i64 | 72 ahead i64
 *
 * Guava counts stored permits; this counts the rest that stored them, `cold`, from 0 to `warm-up` sub-ticks: resting adds
 * to it what the clock says, and nothing is rounded. A permit takes `cooling` of it and pays what the ramp says, as the
 * difference of two values of one function, `priceOf`: so ten permits one by one pay exactly what ten at once do.
 *
 * `free` is the instant from which the next permit may be used; who takes permits is let through as soon as the last
 * one's are paid, and the next one waits for theirs. `ahead` is the furthest that it ever lay ahead of now: further means that
 * the clock stepped back.
 *
 * One thread at a time: cold and free change together, and do not fit one word.
 */

import { ONE } from "../math/growth";
import { mulDiv } from "../math/wide";
import { LOADED, copyOut, loadState, seal, writeHead } from "../memory/snapshot";
import { NEVER } from "./meter";
import { instantOf, rateInit, ticksOf } from "./rate";

/** "WRM" and the layout's version. */
const MAGIC: u32 = 0x014d5257;
const BYTES: u32 = 80;
const CONFIGURATION_END: u32 = 56;
const RATE: usize = 8;
const COOLING: usize = 16;
const WARM_UP: usize = 32;
const THRESHOLD: usize = 40;
const STEEPNESS: usize = 48;
const COLD: usize = 56;
const FREE: usize = 64;
const AHEAD: usize = 72;

const UNSTARTED: i64 = i64.MIN_VALUE;
/** The longest warm-up, 12 days in ticks: a hundred times its sub-ticks stays within 63 bits. */
const WARM_UP_MAX: i64 = 1 << 50;
const COLD_FACTOR_MAX: u32 = 100 * ONE;
/** What the permits of one call may cost together, in sub-ticks. */
const PRICE_MAX: i64 = 1 << 60;
/** Sub-ticks in a microsecond are at least half of what `rateInit` allows, so that rounding `cooling` loses less than 2^-16 of it. */
const UNIT_MIN: u32 = 1 << 17;

export function warmUpSize(): u32 {
  return BYTES;
}

/**
 * Writes the configuration, or changes nothing and returns 1. With w the warm-up, s the stable interval and k the cold
 * factor, Guava has a threshold of w / 2s permits and at most w / 2s + 2w / (s + ks); so a permit is stored in w divided by
 * that most, 2s (1 + k) / (k + 5), and the threshold is reached after w (1 + k) / (k + 5).
 */
function shape(at: usize, limit: i64, period: i64, warmUp: i64, coldFactor: u32): bool {
  if (warmUp <= 0 || warmUp > WARM_UP_MAX || coldFactor < ONE || coldFactor > COLD_FACTOR_MAX) return false;
  const costBefore = load<i64>(at, RATE);
  const coolingBefore = load<i64>(at, COOLING);
  const unitBefore = load<u64>(at, RATE + 16);
  if (rateInit(at + RATE, limit, period, 1) != 0) return false;
  let unit = load<u32>(at, RATE + 16);
  let cost = load<i64>(at, RATE);
  while (unit < UNIT_MIN && cost < PRICE_MAX >> 1) {
    unit <<= 1;
    cost <<= 1;
  }
  store<u32>(at, unit, RATE + 16);
  store<i64>(at, cost, RATE);
  const most = instantOf(at + RATE, warmUp);
  const threshold = mulDiv(most, ONE + coldFactor, coldFactor + 5 * ONE);
  const cooling = mulDiv(cost, 2 * (ONE + coldFactor), coldFactor + 5 * ONE);
  if (cooling == 0 || threshold == most) {
    store<i64>(at, costBefore, RATE);
    store<i64>(at, coolingBefore, COOLING);
    store<u64>(at, unitBefore, RATE + 16);
    return false;
  }
  store<i64>(at, cooling, COOLING);
  store<i64>(at, most, WARM_UP);
  store<i64>(at, threshold, THRESHOLD);
  store<u32>(at, coldFactor - ONE, STEEPNESS);
  return true;
}

/**
 * Makes a cold limiter of `limit` permits each `period` ticks that takes `warmUp` ticks of use to get warm, and as long a rest to get
 * cold again. `coldFactor` has 16 fraction bits and is 1 to 100. Returns 0, or 1 where the numbers make no limiter.
 */
export function warmUpInit(at: usize, limit: i64, period: i64, warmUp: i64, coldFactor: u32): i32 {
  if (!shape(at, limit, period, warmUp, coldFactor)) return 1;
  writeHead(at, MAGIC, BYTES, CONFIGURATION_END);
  store<u32>(at, 0, STEEPNESS + 4);
  store<i64>(at, load<i64>(at, WARM_UP), COLD);
  store<i64>(at, UNSTARTED, FREE);
  store<i64>(at, 0, AHEAD);
  return 0;
}

/** Sub-ticks until the next permit may be used, below 0 the rest since. */
function untilFree(at: usize, instant: i64): i64 {
  const free = load<i64>(at, FREE);
  if (free == UNSTARTED) return 0;
  const wait = free - instant;
  const ahead = load<i64>(at, AHEAD);
  return wait > ahead ? ahead : wait;
}

/** How cold it is after `wait`, if that is a rest. */
function coldAfter(at: usize, wait: i64): i64 {
  const cold = load<i64>(at, COLD);
  const most = load<i64>(at, WARM_UP);
  return wait >= 0 ? cold : -wait > most - cold ? most : cold - wait;
}

/** What all permits pay that are stored in `cold`: the area under the ramp. */
function priceOf(at: usize, cold: i64): i64 {
  const threshold = load<i64>(at, THRESHOLD);
  let area = cold;
  if (cold > threshold) {
    const above = cold - threshold;
    // At the top the interval is k times the stable one, so the triangle on top is (k - 1) / 2 of the rectangle below it.
    area += mulDiv(mulDiv(above, above, load<i64>(at, WARM_UP) - threshold), load<u32>(at, STEEPNESS), 2 * ONE);
  }
  return mulDiv(area, load<i64>(at, RATE), load<i64>(at, COOLING));
}

/** What the permits stored in `spent` of `cold` pay, and beside them those that need `fresh`, at the stable rate. */
function payment(at: usize, cold: i64, spent: i64, fresh: i64): i64 {
  return priceOf(at, cold) - priceOf(at, cold - spent) + mulDiv(fresh, load<i64>(at, RATE), load<i64>(at, COOLING));
}

/** Whether a weight of at least 1 whose permits can be paid; others are decided without the state. */
function fits(at: usize, weight: i64): bool {
  return weight > 0 && weight <= PRICE_MAX / load<i64>(at, RATE);
}

/** Takes `weight` permits if the wait is at most `patience` sub-ticks, and returns the wait in either case. */
function take(at: usize, weight: i64, instant: i64, patience: i64): i64 {
  const until = untilFree(at, instant);
  const wait = until > 0 ? until : 0;
  if (wait > patience) {
    // After a clock that stepped back it is brought near, so that the step costs the longest wait that there ever was.
    store<i64>(at, instant + wait, FREE);
    return wait;
  }
  const cold = coldAfter(at, until);
  const need = weight * load<i64>(at, COOLING);
  const spent = need < cold ? need : cold;
  const next = wait + payment(at, cold, spent, need - spent);
  store<i64>(at, cold - spent, COLD);
  store<i64>(at, instant + next == UNSTARTED ? UNSTARTED + 1 : instant + next, FREE);
  if (next > load<i64>(at, AHEAD)) store<i64>(at, next, AHEAD);
  return wait;
}

/**
 * Takes `weight` permits at `now` if the last ones taken are paid. Returns 0, or the ticks until they will be; `NEVER` where
 * the weight is negative, or its permits would cost more than 2^60 sub-ticks. A weight of 0 is always admitted.
 */
export function warmUpTryAcquire(at: usize, weight: i64, now: i64): i64 {
  if (!fits(at, weight)) return weight == 0 ? 0 : NEVER;
  return ticksOf(at + RATE, take(at, weight, instantOf(at + RATE, now), 0));
}

/** What `warmUpTryAcquire` would return; changes nothing. */
export function warmUpPeek(at: usize, weight: i64, now: i64): i64 {
  if (!fits(at, weight)) return weight == 0 ? 0 : NEVER;
  const until = untilFree(at, instantOf(at + RATE, now));
  return until > 0 ? ticksOf(at + RATE, until) : 0;
}

/** Takes `weight` permits ahead of time: the ticks to wait before using them, 0 to `patience`; `NEVER` where it would be more. */
export function warmUpReserve(at: usize, weight: i64, now: i64, patience: i64): i64 {
  if (!fits(at, weight)) return weight == 0 ? 0 : NEVER;
  const span = patience <= 0 ? 0 : patience < WARM_UP_MAX ? instantOf(at + RATE, patience) : i64.MAX_VALUE;
  const wait = take(at, weight, instantOf(at + RATE, now), span);
  return wait > span ? NEVER : ticksOf(at + RATE, wait);
}

/** Ticks between permits at the moment: what the next one pays. */
export function warmUpInterval(at: usize, now: i64): i64 {
  const cold = coldAfter(at, untilFree(at, instantOf(at + RATE, now)));
  const cooling = load<i64>(at, COOLING);
  const spent = cooling < cold ? cooling : cold;
  return ticksOf(at + RATE, payment(at, cold, spent, cooling - spent));
}

/** Ticks until the limiter is as cold as it gets if nobody takes more. */
export function warmUpResetAfter(at: usize, now: i64): i64 {
  const until = untilFree(at, instantOf(at + RATE, now));
  const missing = load<i64>(at, WARM_UP) - coldAfter(at, until);
  return ticksOf(at + RATE, until > 0 ? until + missing : missing);
}

/**
 * Changes rate, warm-up and cold factor; it stays as cold as it was, as a share, and what is not paid yet stays as it is in time.
 * Returns 0, or 1 where the numbers make no limiter and nothing was changed.
 */
export function warmUpConfigure(at: usize, limit: i64, period: i64, warmUp: i64, coldFactor: u32, now: i64): i32 {
  const until = untilFree(at, instantOf(at + RATE, now));
  const cold = coldAfter(at, until);
  const most = load<i64>(at, WARM_UP);
  const wait = until > 0 ? ticksOf(at + RATE, until) : 0;
  if (!shape(at, limit, period, warmUp, coldFactor)) return 1;
  const unpaid = instantOf(at + RATE, wait);
  store<i64>(at, mulDiv(cold, load<i64>(at, WARM_UP), most), COLD);
  store<i64>(at, unpaid, AHEAD);
  if (load<i64>(at, FREE) != UNSTARTED) store<i64>(at, instantOf(at + RATE, now) + unpaid, FREE);
  return 0;
}

/** Writes a snapshot with the time until the next permit in place of the instant. */
export function warmUpSave(at: usize, to: usize, now: i64): void {
  copyOut(at, to);
  const until = untilFree(at, instantOf(at + RATE, now));
  store<i64>(to, coldAfter(at, until), COLD);
  if (load<i64>(at, FREE) != UNSTARTED) store<i64>(to, until > 0 ? until : 0, FREE);
  seal(to);
}

/** Loads a snapshot into a limiter of the same configuration. Returns 0, or why it was not loaded. */
export function warmUpLoad(at: usize, from: usize, now: i64): i32 {
  const status = loadState(at, from);
  if (status != LOADED) return status;
  const left = load<i64>(at, FREE);
  if (left != UNSTARTED) store<i64>(at, instantOf(at + RATE, now) + left, FREE);
  return LOADED;
}
