/**
 * Several limiters as one: a call is admitted by all of them or takes from none, as for the limits of a user, of the user's
 * tenant and of everybody.
 *
 * A list of levels, one at least, is what the caller wrote: 0 count u32 | 4 level that refused u32 | 8 unused | 16 levels, 16 bytes each:
 * limiter u32 | key u32 | bytes of the key u32 | unused. Limiter and key are told by their distance from the list, so that a
 * list, too, holds no address. A level is a limiter of `gcra.ts`, `window-counter.ts` or
 * `sliding-log.ts`, or a table of `keyed.ts` or `keyed-window.ts` with the key to ask for; the magic word at its head
 * tells which. The list is no state: each thread has its own, over limiters that they may share.
 *
 * Permits are taken in the order of the list, and given back when a later level refuses. Between the two they are missing to
 * others, who may be refused for it; nobody is ever admitted for it. Rejected: to ask every level first and then take, which
 * needs the giving back all the same, since another thread may come in between; and never brings near the word of a
 * limiter whose clock stepped back, which a refused take does.
 *
 * A permit that is given back at the instant at which it was taken restores the word, whatever others did meanwhile at that
 * instant. If a thread with a later reading found the limiter at rest meanwhile, the permit had in part come back by itself:
 * by as much as comes in the time between the two readings.
 */

import { GCRA_MAGIC, gcraPeek, gcraRefund, gcraTake } from "./gcra";
import { KEYED_MAGIC, keyedPeek, keyedRefund, keyedTryAcquire } from "./keyed";
import { KEYED_WINDOW_MAGIC, keyedWindowPeek, keyedWindowRefund, keyedWindowTryAcquire } from "./keyed-window";
import { NEVER } from "./meter";
import { SLIDING_LOG_MAGIC, slidingLogPeek, slidingLogRefund, slidingLogTryAcquire } from "./sliding-log";
import { WINDOW_MAGIC, windowCounterPeek, windowCounterRefund, windowCounterTryAcquire } from "./window-counter";

const REFUSED: usize = 4;
const LEVELS: usize = 16;
const LEVEL: usize = 16;

/** What is asked of a level. */
const TAKE: i32 = 0;
const PEEK: i32 = 1;
const GIVE_BACK: i32 = 2;

/** Bytes of a list of `levels`; 0 where that is not 1 to 2^16. */
export function hierarchySize(levels: u32): u32 {
  return levels - 1 < 1 << 16 ? <u32>LEVELS + levels * <u32>LEVEL : 0;
}

/** Asks level `i`; what is not one refuses for ever. */
function ask(list: usize, i: u32, what: i32, weight: i64, now: i64): i64 {
  const level = list + LEVELS + <usize>i * LEVEL;
  const at = list + <usize>load<u32>(level);
  const magic = load<u32>(at);
  if (magic == GCRA_MAGIC) {
    if (what == TAKE) return gcraTake(at, weight, now);
    if (what == PEEK) return gcraPeek(at, weight, now);
    gcraRefund(at, weight, now);
    return 0;
  }
  if (magic == WINDOW_MAGIC) {
    if (what == TAKE) return windowCounterTryAcquire(at, weight, now);
    if (what == PEEK) return windowCounterPeek(at, weight, now);
    windowCounterRefund(at, weight, now);
    return 0;
  }
  if (magic == SLIDING_LOG_MAGIC) {
    if (what == TAKE) return slidingLogTryAcquire(at, weight, now);
    if (what == PEEK) return slidingLogPeek(at, weight, now);
    slidingLogRefund(at, weight, now);
    return 0;
  }
  return askKey(at, magic, list + <usize>load<u32>(level, 4), load<u32>(level, 8), what, weight, now);
}

/** The same of a key's level. */
function askKey(at: usize, magic: u32, key: usize, length: u32, what: i32, weight: i64, now: i64): i64 {
  if (magic == KEYED_MAGIC) {
    if (what == TAKE) return keyedTryAcquire(at, key, length, weight, now);
    if (what == PEEK) return keyedPeek(at, key, length, weight, now);
    keyedRefund(at, key, length, weight, now);
    return 0;
  }
  if (magic == KEYED_WINDOW_MAGIC) {
    if (what == TAKE) return keyedWindowTryAcquire(at, key, length, weight, now);
    if (what == PEEK) return keyedWindowPeek(at, key, length, weight, now);
    keyedWindowRefund(at, key, length, weight, now);
    return 0;
  }
  return what <= PEEK ? NEVER : 0;
}

/** Whether the wait `other` is longer than `wait`. */
function isLonger(other: i64, wait: i64): bool {
  return wait >= 0 && (other < 0 || other > wait);
}

/** The longest wait that any level tells, and in the list which one that is; level `asked` has told `wait` already. */
function longest(list: usize, asked: u32, wait: i64, weight: i64, now: i64): i64 {
  const count = load<u32>(list);
  let refused = asked;
  for (let i: u32 = 0; i < count; i++) {
    if (i == asked) continue;
    const other = ask(list, i, PEEK, weight, now);
    if (isLonger(other, wait)) {
      wait = other;
      refused = i;
    }
  }
  store<u32>(list, refused, REFUSED);
  return wait;
}

/**
 * Takes `weight` permits from every level, or none from any. Returns 0, or the longest wait that a level tells, in ticks, or
 * `NEVER`; the list then says which level that was.
 */
export function hierarchyTryAcquire(list: usize, weight: i64, now: i64): i64 {
  const count = load<u32>(list);
  for (let i: u32 = 0; i < count; i++) {
    const wait = ask(list, i, TAKE, weight, now);
    if (wait == 0) continue;
    for (let taken = i; taken > 0; ) ask(list, --taken, GIVE_BACK, weight, now);
    return longest(list, i, wait, weight, now);
  }
  return 0;
}

/** What `hierarchyTryAcquire` would return; takes nothing. */
export function hierarchyPeek(list: usize, weight: i64, now: i64): i64 {
  return longest(list, 0, ask(list, 0, PEEK, weight, now), weight, now);
}
