/**
 * A hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", OPODIS 2014) by the rules of CockroachDB
 * (`pkg/util/hlc`). Layout after the common head:
 *
 *     8 logical bits u32 | 12 unused | 16 greatest offset i64 || 24 word u64 | 32 physical reading i64 | 40 upper bound i64 |
 *     48 armed u32 | 52 steps back u32
 *
 * The word is the last timestamp given: whole microseconds above, `logical bits` of counter below, so that timestamps are
 * ordered as unsigned numbers and one compare-and-swap moves both parts. Twelve bits leave 52 for microseconds, which
 * last from 1970 to 2112 (YugabyteDB packs its hybrid time so). CockroachDB's 64 bits of nanoseconds with a counter of 32 do not
 * fit one word, and no host that JavaScript runs on tells nanoseconds of the day. A counter that is full carries into the
 * microseconds: the timestamp after the last of a microsecond is the first of the next.
 *
 * All spans of the configuration and of the state are whole microseconds; instants arrive in ticks and are rounded.
 */

import { add32, cas64, load32, load64, store32 } from "../memory/atomic";
import { LOADED, loadState, writeHead } from "../memory/snapshot";

/** "HLC" and the layout's version. */
const MAGIC: u32 = 0x01434c48;
const BYTES: u32 = 56;
const CONFIGURATION_END: u32 = 24;
const BITS: usize = 8;
const OFFSET_MAX: usize = 16;
const WORD: usize = 24;
const READING: usize = 32;
const BOUND: usize = 40;
const ARMED: usize = 48;
const STEPS_BACK: usize = 52;

/** Why no timestamp was given. */
const GIVEN: i32 = 0;
const JUMPED: i32 = 1;
const BEYOND_BOUND: i32 = 2;
const EXHAUSTED: i32 = 3;
const TOO_FAR_AHEAD: i32 = 4;

/** Bytes that a clock occupies. */
export function hybridSize(): u32 {
  return BYTES;
}

/**
 * Makes a clock whose counter has `logicalBits` (1 to 32) and that refuses remote timestamps more than `offsetMax` ticks ahead
 * of the physical clock; 0 takes any, and watches for no jumps. Returns 0, or 1 where the bits are out of range.
 */
export function hybridInit(at: usize, logicalBits: u32, offsetMax: i64): i32 {
  if (logicalBits - 1 >= 32) return 1;
  writeHead(at, MAGIC, BYTES, CONFIGURATION_END);
  store<i64>(at, <i64>logicalBits, BITS);
  store<i64>(at, microseconds(offsetMax), OFFSET_MAX);
  store<i64>(at, 0, WORD);
  store<i64>(at, 0, READING);
  store<i64>(at, 0, BOUND);
  store<i64>(at, 0, ARMED);
  return 0;
}

/** Whole microseconds from ticks, to the nearest: a fraction that was lost on the way of a timestamp through a float is found again. */
// @ts-ignore: decorator
@inline
function microseconds(ticks: i64): i64 {
  return (ticks + 512) >> 10;
}

/** The bits of the clock's counter. */
// @ts-ignore: decorator
@inline
function bitsOf(at: usize): u64 {
  return <u64>load<u32>(at, BITS);
}

/**
 * Notes a reading of the physical clock and judges the step from the one before: a step back by more than a tenth of the greatest
 * offset is counted; a leap of half of it or more is refused while the check is armed. A refused leap is not noted, so
 * that it stays refused until somebody arms the check anew: CockroachDB ends the process there.
 */
function watch(at: usize, physical: i64): i32 {
  const offsetMax = load<i64>(at, OFFSET_MAX);
  if (offsetMax == 0) return GIVEN;
  const before = load64(at + READING);
  if (before == physical) return GIVEN;
  const forward = physical - before;
  if (before != 0) {
    if (load32(at + ARMED) != 0 && forward >= offsetMax / 2) return JUMPED;
    if (-forward > offsetMax / 10) add32(at + STEPS_BACK, 1);
  }
  note(at, before, physical);
  return GIVEN;
}

/** Replaces the reading `seen`; where another thread was faster, the later reading stays. */
function note(at: usize, seen: i64, physical: i64): void {
  while (true) {
    const held = cas64(at + READING, seen, physical);
    if (held == seen || held >= physical) return;
    seen = held;
  }
}

/** Whether the clock may stand at `stamp`: 0, or why not. */
// @ts-ignore: decorator
@inline
function within(at: usize, stamp: u64): i32 {
  const bound = <u64>load64(at + BOUND);
  return bound != 0 && stamp >> bitsOf(at) > bound ? BEYOND_BOUND : GIVEN;
}

/**
 * Writes to `to` the first of `count` timestamps for events of this node at the reading `now`; the others follow it one by one. Each
 * is greater than every timestamp that the clock gave or took over before. Returns 0, or why none was given.
 */
export function hybridNow(at: usize, now: i64, count: u32, to: usize): i32 {
  const physical = <u64>microseconds(now);
  const bits = bitsOf(at);
  const status = watch(at, physical);
  if (status != GIVEN) return status;
  if (physical >> (64 - bits) != 0) return EXHAUSTED;
  let seen = <u64>load64(at + WORD);
  while (true) {
    const fresh = physical << bits;
    const first = fresh > seen ? fresh : seen + 1;
    const last = first + (count > 1 ? <u64>count - 1 : 0);
    if (first == 0 || last < first) return EXHAUSTED;
    if (within(at, last) != GIVEN) return BEYOND_BOUND;
    const held = <u64>cas64(at + WORD, seen, last);
    if (held == seen) {
      store<u64>(to, first);
      return GIVEN;
    }
    seen = held;
  }
}

/** Moves the clock to `stamp` if that is later than where it stands. Returns 0, or why it was not moved. */
export function hybridForward(at: usize, stamp: i64): i32 {
  let seen = load64(at + WORD);
  while (<u64>stamp > <u64>seen) {
    if (within(at, stamp) != GIVEN) return BEYOND_BOUND;
    const held = cas64(at + WORD, seen, stamp);
    if (held == seen) break;
    seen = held;
  }
  return GIVEN;
}

/**
 * Takes over the timestamp `remote` of another node, read at `now`, so that whatever happens here from now on comes after it. It
 * is no event itself. Refuses one too far ahead of the physical clock, and then writes to `to` how far, in microseconds. Returns 0, or
 * why it was refused.
 */
export function hybridUpdate(at: usize, remote: i64, now: i64, to: usize): i32 {
  const physical = microseconds(now);
  const bits = bitsOf(at);
  const status = watch(at, physical);
  if (status != GIVEN) return status;
  const ahead = <i64>(<u64>remote >> bits) - physical;
  const offsetMax = load<i64>(at, OFFSET_MAX);
  if (offsetMax > 0 && ahead > offsetMax) {
    store<i64>(to, ahead);
    return TOO_FAR_AHEAD;
  }
  if (ahead >= 0) return hybridForward(at, remote);
  return <u64>physical >> (64 - bits) != 0 ? EXHAUSTED : hybridForward(at, physical << bits);
}

/** Writes to `to` the last timestamp that was given or taken over, 0 at first. */
export function hybridLast(at: usize, to: usize): void {
  store<i64>(to, load64(at + WORD));
}

/** Lets the clock go on up to the wall time `bound`, which the caller has made durable; 0 for no bound. */
export function hybridSetBound(at: usize, bound: i64): void {
  let seen = load64(at + BOUND);
  const next = microseconds(bound);
  while (true) {
    const held = cas64(at + BOUND, seen, next);
    if (held == seen) return;
    seen = held;
  }
}

/** Arms (1) or disarms (0) the check for leaps of the physical clock, and accepts the reading `now` as the one to go on from. */
export function hybridArm(at: usize, armed: u32, now: i64): void {
  store32(at + ARMED, armed);
  note(at, load64(at + READING), microseconds(now));
}

/** Notes a reading without giving a timestamp, so that a quiet hour does not look like a leap. Returns 0, or 1 for a leap. */
export function hybridObserve(at: usize, now: i64): i32 {
  return watch(at, microseconds(now));
}

/** How often the physical clock was seen to step back by more than a tenth of the greatest offset. */
export function hybridStepsBack(at: usize): u32 {
  return load32(at + STEPS_BACK);
}

/**
 * Loads a snapshot into a clock of the same configuration. The clock never goes back: where it stands later than the snapshot,
 * it stays there. Its readings begin anew, because the time between was not watched. Returns 0, or why it was not loaded.
 */
export function hybridLoad(at: usize, from: usize): i32 {
  const before = load64(at + WORD);
  const status = loadState(at, from);
  if (status != LOADED) return status;
  store<i64>(at, 0, READING);
  if (<u64>before > <u64>load<i64>(at, WORD)) store<i64>(at, before, WORD);
  return LOADED;
}
