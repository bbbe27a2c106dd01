/**
 * A lock for structures whose state is more than one word: whoever is inside may use the plain body. The sections that it
 * guards are short (below a microsecond, a few for a long window), so it spins; it does not park, because a page's main
 * thread may not.
 *
 * Nobody is waited for that is gone. Each hold has a number of its own. A caller that finds the lock taken for the whole of its
 * spinning notes, in one word, the number and the time; one that finds the same hold there a lease later takes it over, and is
 * told so, because what the guard guards may be half written. A host that knows better (a worker's exit) need not wait.
 *
 * The lease is far longer than any section, but an owner can be stopped in one for as long (a suspended virtual machine). Such an
 * owner learns when it leaves that it had lost the lock.
 *
 * Layout: 0 word i64 (40 bits number of the hold, 24 bits owner, 0 for none) | 8 watch i64 (40 bits number, 24 bits moment of
 * 2^20 ticks, about a millisecond) | 16 lease i64 (moments).
 */

import { cas64, load64 } from "./atomic";

export const GUARD_BYTES: usize = 24;

/** What `guardEnter` says. */
export const ENTERED: i32 = 0;
export const TAKEN_OVER: i32 = 1;
export const BUSY: i32 = -3;

const WATCH: usize = 8;
const LEASE: usize = 16;
const LOW: i64 = (1 << 24) - 1;
/** The next hold's number. */
const NEXT: i64 = 1 << 24;
const MOMENT_SHIFT: i64 = 20;
/** Half the range of moments: a difference beyond it is a clock that stepped back. */
const HALF: i64 = 1 << 23;
const SPINS: u32 = 4096;

/** Makes a free lock. `lease` is ticks, 2^20 to 2^42 (1 ms to 71 minutes). Returns 0, or 1 where it is not. */
export function guardInit(at: usize, lease: i64): i32 {
  if (lease >> MOMENT_SHIFT == 0 || <u64>lease > 1 << 42) return 1;
  store<i64>(at, 0);
  store<i64>(at, 0, WATCH);
  // Moments are rounded down, so one more makes sure of the whole lease.
  store<i64>(at, (lease >> MOMENT_SHIFT) + 1, LEASE);
  return 0;
}

/** Replaces the hold `seen` by a new one of `owner`. */
// @ts-ignore: decorator
@inline
function replace(at: usize, seen: i64, owner: u32): bool {
  return cas64(at, seen, ((seen & ~LOW) + NEXT) | owner) == seen;
}

/**
 * Enters as `owner`, 1 to 2^24 - 1, a number that no other thread has. Returns `ENTERED`; `TAKEN_OVER` where it took the lock
 * from an owner that kept it for a lease; or `BUSY`. Where `now` is below 0 nothing is noted or taken over.
 */
export function guardEnter(at: usize, owner: u32, now: i64): i32 {
  let seen = load64(at);
  for (let spins = SPINS; spins != 0; spins--) {
    if ((seen & LOW) == 0 && replace(at, seen, owner)) return ENTERED;
    seen = load64(at);
  }
  return now < 0 || (seen & LOW) == 0 ? BUSY : watch(at, seen, owner, (now >> MOMENT_SHIFT) & LOW);
}

/** Takes the hold `seen` over if it was seen a lease ago, else sees to it that it will have been. */
function watch(at: usize, seen: i64, owner: u32, moment: i64): i32 {
  const noted = load64(at + WATCH);
  const passed = (moment - noted) & LOW;
  if (((noted ^ seen) & ~LOW) != 0 || passed >= HALF) {
    // Compared, so that a thread that was stopped just here cannot put an old time to a new hold.
    cas64(at + WATCH, noted, (seen & ~LOW) | moment);
    return BUSY;
  }
  return passed >= load<i64>(at, LEASE) && replace(at, seen, owner) ? TAKEN_OVER : BUSY;
}

/** Takes the lock from `gone`, an owner that the host knows to be dead: whether it had it. */
export function guardReclaim(at: usize, owner: u32, gone: u32): bool {
  const seen = load64(at);
  return (seen & LOW) == <i64>gone && replace(at, seen, owner);
}

/** Whether `owner` has the lock. */
// @ts-ignore: decorator
@inline
export function guardIsOf(at: usize, owner: u32): bool {
  return (load64(at) & LOW) == <i64>owner;
}

/** Leaves; false where the lock was taken over from `owner` in the meantime. */
// @ts-ignore: decorator
@inline
export function guardLeave(at: usize, owner: u32): bool {
  const seen = load64(at);
  return (seen & LOW) == <i64>owner && cas64(at, seen, seen & ~LOW) == seen;
}
