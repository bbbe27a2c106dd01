/**
 * Interval tree clocks (Almeida, Baquero and Fonte, "Interval Tree Clocks: A Logical Clock for Dynamic Systems", OPODIS 2008): stamps
 * for participants that come and go without names given out by anybody. A stamp is an id, the share of the interval from 0 to 1
 * that only its holder may count events in, and the events that it knows. Layout after the common head:
 *
 *     8 bytes for the code u32 | 12 unused || 16 bits of the code u32 | 20 unused | 24 code, then zeros
 *
 * The stamp is kept as its own code of §6 of the paper, the trees in order before their children, so that what is sent is what
 * is held; an operation unpacks it into a scratch block (see `tree.ts`), and packs the result when it fits.
 */

import { writeHead } from "../memory/snapshot";
import { clearWords, copyWords } from "../memory/words";
import { AFTER, BEFORE } from "./order";
import {
  bitsUsed, eventBits, failed, fill, grow, half, idBits, isLeafOf, isWithin, joinEvents, leaf, openCode, openScratch, readEvents, readId,
  scratchFor, sum, writeEvents, writeId,
} from "./tree";

/** "ITC" and the layout's version. */
const MAGIC: u32 = 0x01435449;
const CAPACITY: usize = 8;
const CONFIGURATION_END: u32 = 16;
const BITS: usize = 16;
const CODE: usize = 24;
const CAPACITY_MAX: u32 = 1 << 16;

/** The code of (1, 0), the stamp of a system with one participant that has seen nothing. */
const SEED: u8 = 0x30;
const SEED_BITS: u32 = 7;

/** Why a stamp was not made. */
const DONE: i32 = 0;
const FULL: i32 = 1;
const ANONYMOUS: i32 = 2;
const OVERLAP: i32 = 3;
const NO_CODE: i32 = 4;

/** Bytes of a stamp whose code has up to `capacity` bytes; 0 where that is not 1 to 65,536. */
export function stampSize(capacity: u32): u32 {
  if (capacity - 1 >= CAPACITY_MAX) return 0;
  return <u32>CODE + ((capacity + 7) & ~7);
}

/** Makes the stamp of a system's first participant. */
export function stampInit(at: usize, capacity: u32): i32 {
  const bytes = stampSize(capacity);
  if (bytes == 0) return 1;
  writeHead(at, MAGIC, bytes, CONFIGURATION_END);
  store<i64>(at, <i64>bytes - <i64>CODE, CAPACITY);
  clearWords(at + BITS, bytes - <u32>BITS);
  store<u32>(at, SEED_BITS, BITS);
  store<u8>(at, SEED, CODE);
  return 0;
}

/** Bits of the stamp's code. */
export function stampBits(at: usize): u32 {
  return load<u32>(at, BITS);
}

/** Bytes of scratch for an operation over codes of `bits` bits, both stamps together where there are two. */
export function stampScratch(bits: u32): u32 {
  return scratchFor(bits);
}

/** Lets reading of the stamp's trees begin: the id comes first. */
// @ts-ignore: decorator
@inline
function openStamp(scratch: usize, at: usize): void {
  openCode(scratch, at + CODE, load<u32>(at, BITS));
}

/** Whether the stamp has room for the code of two trees. */
function hasRoom(at: usize, id: usize, events: usize): bool {
  return idBits(id, 0) + eventBits(events, 0) <= load<u32>(at, CAPACITY) << 3;
}

/** Packs two trees that have room. */
function pack(scratch: usize, at: usize, id: usize, events: usize): void {
  clearWords(at + CODE, load<u32>(at, CAPACITY));
  openCode(scratch, at + CODE, 0);
  writeId(scratch, id);
  writeEvents(scratch, events);
  store<u32>(at, bitsUsed(scratch), BITS);
}

/**
 * Counts an event of the holder. Returns 0, or 1 where the code would not fit, or 2 where the stamp owns nothing to count in; then
 * nothing changed.
 */
export function stampEvent(at: usize, scratch: usize): i32 {
  openScratch(scratch);
  openStamp(scratch, at);
  const id = readId(scratch, 0);
  const events = readEvents(scratch, 0);
  if (isLeafOf(id, 0)) return ANONYMOUS;
  if (!fill(id, events)) grow(scratch, id, events);
  if (!hasRoom(at, id, events)) return FULL;
  pack(scratch, at, id, events);
  return DONE;
}

/**
 * Halves the holder's share: this stamp keeps the first half, `other`, another initialised stamp, becomes the second. Returns 0, or
 * 1 where a code would not fit; then nothing changed.
 */
export function stampFork(at: usize, other: usize, scratch: usize): i32 {
  openScratch(scratch);
  openStamp(scratch, at);
  const id = readId(scratch, 0);
  const events = readEvents(scratch, 0);
  const first = half(scratch, id, false);
  const second = half(scratch, id, true);
  if (!hasRoom(at, first, events) || !hasRoom(other, second, events)) return FULL;
  pack(scratch, at, first, events);
  pack(scratch, other, second, events);
  return DONE;
}

/**
 * Takes over share and events of `other`, which must not be used any more. Returns 0, or 1 where the code would not fit, or 3 where
 * both own the same, so that one of them is a copy; then nothing changed.
 */
export function stampJoin(at: usize, other: usize, scratch: usize): i32 {
  openScratch(scratch);
  openStamp(scratch, at);
  const mine = readId(scratch, 0);
  const events = readEvents(scratch, 0);
  openStamp(scratch, other);
  const id = sum(scratch, mine, readId(scratch, 0));
  if (failed(scratch)) return OVERLAP;
  const joined = joinEvents(scratch, events, readEvents(scratch, 0));
  if (!hasRoom(at, id, joined)) return FULL;
  pack(scratch, at, id, joined);
  return DONE;
}

/** Makes `other` an anonymous stamp with this one's events, for sending. Returns 0, or 1 where its code does not fit. */
export function stampPeek(at: usize, other: usize, scratch: usize): i32 {
  openScratch(scratch);
  openStamp(scratch, at);
  readId(scratch, 0);
  const events = readEvents(scratch, 0);
  const none = leaf(scratch, 0);
  if (!hasRoom(other, none, events)) return FULL;
  pack(scratch, other, none, events);
  return DONE;
}

/** How the events of this stamp stand to those of `other` (see `order.ts`). */
export function stampCompare(at: usize, other: usize, scratch: usize): u32 {
  openScratch(scratch);
  openStamp(scratch, at);
  readId(scratch, 0);
  const mine = readEvents(scratch, 0);
  openStamp(scratch, other);
  readId(scratch, 0);
  const theirs = readEvents(scratch, 0);
  return (isWithin(theirs, 0, mine, 0) ? 0 : BEFORE) | (isWithin(mine, 0, theirs, 0) ? 0 : AFTER);
}

/**
 * Replaces the stamp by the one whose code stands in the `bytes` bytes at `from`. Returns 0, or 1 where there is no room for it, or 4
 * where it is not the code of a stamp in normal form, with zeros behind it up to the byte.
 */
export function stampDecode(at: usize, from: usize, bytes: u32, scratch: usize): i32 {
  if (bytes > load<u32>(at, CAPACITY)) return FULL;
  openScratch(scratch);
  openCode(scratch, from, bytes << 3);
  const id = readId(scratch, 0);
  const events = readEvents(scratch, 0);
  const bits = bitsUsed(scratch);
  // Only the normal form is as short as what `pack` would write.
  if (failed(scratch) || bits != idBits(id, 0) + eventBits(events, 0) || (bits + 7) >> 3 != bytes) return NO_CODE;
  if (((<u32>load<u8>(from + bytes - 1) << (bits & 7)) & 0xff) != 0 && (bits & 7) != 0) return NO_CODE;
  pack(scratch, at, id, events);
  return DONE;
}

/** Copies the code, zeros up to a multiple of 8 bytes behind it, to `to`. Returns its bits. */
export function stampEncode(at: usize, to: usize): u32 {
  const bits = load<u32>(at, BITS);
  copyWords(to, at + CODE, (bits + 63) >> 6 << 3);
  return bits;
}
