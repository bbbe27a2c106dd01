/**
 * A breaker that threads share: the machine of `breaker.ts`, unchanged, behind a lock (`memory/guard.ts`). README.md in this
 * folder says why a lock, and what happens to one whose owner dies.
 *
 * Whoever leaves publishes state and generation as one word. Whether a breaker that counts calls is closed is read there, without the
 * lock: threads whose calls pass meet only when they settle, and a dead owner keeps nobody from passing.
 *
 * Before a section the part of the state that is not ring is copied to the shadow. When an owner died inside, its successor
 * puts the shadow back and counts the ring anew: what the dead call had done by then is undone, or at most one result is lost.
 *
 * Layout: 0 common head | 8 guard, 24 bytes | 32 shadow in use u32 | 36 written late u32 | 40 published i64 |
 * 48 shadow, 104 bytes | 152 breaker
 */

import { load32, load64, store32, store64 } from "../memory/atomic";
import { BUSY, ENTERED, TAKEN_OVER, guardEnter, guardInit, guardIsOf, guardLeave, guardReclaim } from "../memory/guard";
import { writeHead } from "../memory/snapshot";
import { copyWords } from "../memory/words";
import {
  ASK_WITH_TIME, CALLS, CLOSED_STATE, COUNT, DISABLED_STATE, FAILURES, FORCED_OPEN_STATE, KIND, POSITION, REFUSED, RING, SIZE,
  SLOW, STATE, TIME, TOKEN_MASK,
} from "./breaker";
import { settle, tryAcquire } from "./calls";

/** "BRS" and the layout's version. */
const MAGIC: u32 = 0x01535242;
const GUARD: usize = 8;
const SHADOWED: usize = 32;
const WRITTEN_LATE: usize = 36;
const PUBLISHED: usize = 40;
const SHADOW: usize = 48;
const BODY: usize = 152;
/** From the state to the ring. */
const SHADOW_BYTES: usize = RING - STATE;

/** Bytes that stand before the breaker: one of `breakerSize` bytes is made by `breakerInit` behind them, first. */
export function breakerSharedAhead(): u32 {
  return <u32>BODY;
}

/** Makes what stands before a breaker that was made already. `lease` is as in `guardInit`. Returns 0, or 1 where it is out of range. */
export function breakerSharedInit(at: usize, lease: i64): i32 {
  if (guardInit(at + GUARD, lease) != 0) return 1;
  writeHead(at, MAGIC, <u32>BODY, <u32>GUARD);
  store<u64>(at, 0, SHADOWED);
  store<i64>(at, load<i64>(at, BODY + STATE), PUBLISHED);
  return 0;
}

/** Counts the ring anew. */
function recount(body: usize): void {
  const kind = load<u32>(body, KIND);
  const size = load<u32>(body, SIZE);
  let calls: u32 = 0;
  let failures: u32 = 0;
  let slow: u32 = 0;
  const ring = body + RING;
  if (kind == COUNT) {
    calls = load<u32>(body, CALLS);
    // While the ring is not full, a result that the next one will replace was not counted yet.
    if (calls < size) store<u8>(ring + load<u32>(body, POSITION), 0);
    for (let cell = ring; cell < ring + size; cell++) {
      const result = <u32>load<u8>(cell);
      failures += result & 1;
      slow += result >> 1;
    }
  } else if (kind == TIME) {
    for (let slice = ring; slice < ring + (<usize>size << 4); slice += 16) {
      calls += load<u32>(slice);
      failures += load<u32>(slice, 4);
      slow += load<u32>(slice, 8);
    }
  } else return;
  store<u32>(body, calls, CALLS);
  store<u32>(body, failures, FAILURES);
  store<u32>(body, slow, SLOW);
}

/** Brings the state of a dead owner's breaker into order; one who dies doing it leaves the shadow to the next. */
function repair(at: usize): void {
  if (load32(at + SHADOWED) == 0) return;
  copyWords(at + BODY + STATE, at + SHADOW, SHADOW_BYTES);
  recount(at + BODY);
  store32(at + SHADOWED, 0);
}

/** What is left to do once the lock is held. */
function prepare(at: usize, entered: i32): i32 {
  if (entered == TAKEN_OVER) repair(at);
  if (load32(at + WRITTEN_LATE) != 0) {
    store32(at + WRITTEN_LATE, 0);
    recount(at + BODY);
  }
  copyWords(at + SHADOW, at + BODY + STATE, SHADOW_BYTES);
  store32(at + SHADOWED, 1);
  return entered;
}

/**
 * Enters as `owner`, 1 to 2^24 - 1, a number that no other thread has; between this and `breakerSharedLeave` every function of the
 * breaker may be called on it. Returns 0; 1 where the lock was taken from an owner that kept it for a lease; -3 where another thread
 * is inside: ask again, with a later time.
 */
export function breakerSharedEnter(at: usize, owner: u32, now: i64): i32 {
  const entered = guardEnter(at + GUARD, owner, now);
  return entered == BUSY ? BUSY : prepare(at, entered);
}

/** Leaves. */
export function breakerSharedLeave(at: usize, owner: u32): void {
  if (guardIsOf(at + GUARD, owner)) {
    store32(at + SHADOWED, 0);
    const word = load<i64>(at, BODY + STATE);
    if (load64(at + PUBLISHED) != word) store64(at + PUBLISHED, word);
    if (guardLeave(at + GUARD, owner)) return;
  }
  // An owner that was taken for dead has written into a state that is another's by now; whoever is next counts anew.
  store32(at + WRITTEN_LATE, 1);
}

/** Frees the breaker from `gone`, a thread that the host knows to be dead: 1, or 0 where it was not inside. */
export function breakerSharedReclaim(at: usize, owner: u32, gone: u32): i32 {
  if (!guardReclaim(at + GUARD, owner, gone)) return 0;
  prepare(at, TAKEN_OVER);
  breakerSharedLeave(at, owner);
  return 1;
}

/** The permit that needs neither lock nor time: as `breakerAcquireClosed`. */
export function breakerSharedAcquireClosed(at: usize): i32 {
  const word = load64(at + PUBLISHED);
  const state = <u32>word;
  if (state == FORCED_OPEN_STATE) return REFUSED;
  if (load<u32>(at + BODY, KIND) == TIME || (state != CLOSED_STATE && state != DISABLED_STATE)) return ASK_WITH_TIME;
  return <u32>(word >> 32) & TOKEN_MASK;
}

/** As `breakerTryAcquire`; -3 where another thread is inside: ask again, with a later time. */
export function breakerSharedTryAcquire(at: usize, owner: u32, now: i64): i32 {
  const quick = breakerSharedAcquireClosed(at);
  if (quick != ASK_WITH_TIME) return quick;
  const entered = breakerSharedEnter(at, owner, now);
  if (entered < ENTERED) return entered;
  const permit = tryAcquire(at + BODY, now);
  breakerSharedLeave(at, owner);
  return permit;
}

/** As `breakerSettle`; -3 where another thread is inside: ask again, with a later time. */
export function breakerSharedSettle(at: usize, owner: u32, permit: u32, outcome: u32, span: i64, now: i64): i32 {
  const entered = breakerSharedEnter(at, owner, now);
  if (entered < ENTERED) return entered;
  const flags = settle(at + BODY, permit, outcome, span, now);
  breakerSharedLeave(at, owner);
  return flags;
}
