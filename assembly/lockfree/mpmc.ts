/**
 * A bounded queue of messages of one size, for any number of producers and consumers: the cells of Vyukov's "Bounded MPMC queue"
 * (2010), but a caller claims the cell first and moves the count after, and the cell remembers who claimed it. README.md has
 * the why. Layout after the head of layout.ts:
 *
 *     16 mask u32 | 20 bytes of a cell u32 | 128 tail u32 | 256 head u32 | 384 cells
 *
 * A cell is one 64-bit word and the message. The word's low half is the position (modulo 2^32) that the cell serves, its high half
 * the phase, and the owner in those phases in which the message is somebody's:
 *
 *     FREE → WRITING(owner) → READY → READING(owner) → FREE, of the position one round on
 *
 * A writer that died leaves SKIP in place of READY, and consumers pass over it.
 */

import { cas32, cas64, load32, load64 } from "../memory/atomic";
import { signal } from "../memory/event";
import { writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";
import { BUSY, FILLED, FREED, NONE, bytesFor, isMessageSize, ringCapacity } from "./layout";

/** "MPM" and the layout's version. */
export const MPMC_MAGIC: u32 = 0x014d504d;
const MASK: usize = 16;
const STRIDE: usize = 20;
const TAIL: usize = 128;
const HEAD: usize = 256;
const CELLS: usize = 384;
/** Bytes of a cell before its message. */
const WORD: usize = 8;

const FREE: u32 = 0;
const WRITING: u32 = 0x100;
const READY: u32 = 0x200;
const SKIP: u32 = 0x300;
const READING: u32 = 0x400;
/** The phase without the owner. */
const PHASE: u32 = 0x700;

/** Bytes of a queue for `capacity` messages, rounded up to a power of two; 0 where there can be none. */
export function mpmcSize(capacity: u32, messageBytes: u32): u32 {
  const count = ringCapacity(capacity);
  return count == 0 || !isMessageSize(messageBytes) ? 0 : bytesFor(CELLS, count, messageBytes + <u32>WORD);
}

export function mpmcInit(at: usize, capacity: u32, messageBytes: u32): i32 {
  if (mpmcSize(capacity, messageBytes) == 0) return 1;
  clearWords(at, CELLS);
  const count = ringCapacity(capacity);
  store<u32>(at, count - 1, MASK);
  store<u32>(at, messageBytes + <u32>WORD, STRIDE);
  for (let position: u32 = 0; position < count; position++) store<i64>(cellOf(at, position), state(position, FREE));
  writeHead(at, MPMC_MAGIC, <u32>CELLS, 24);
  return 0;
}

// @ts-ignore: decorator
@inline
function cellOf(at: usize, position: u32): usize {
  return at + CELLS + <usize>(position & load<u32>(at, MASK)) * <usize>load<u32>(at, STRIDE);
}

// @ts-ignore: decorator
@inline
function state(position: u32, phase: u32): i64 {
  return <i64>(<u64>position | (<u64>phase << 32));
}

// @ts-ignore: decorator
@inline
function phaseOf(word: i64): u32 {
  return <u32>(<u64>word >> 32);
}

/** Moves a count beyond `position` if it still stands there. */
// @ts-ignore: decorator
@inline
function advance(count: usize, position: u32): void {
  if (load32(count) == position) cas32(count, position, position + 1);
}

/**
 * Producer: claims a cell and returns where the message goes; 0 where the queue is full, 1 where another thread is still reading the
 * message of the cell that is next.
 */
export function mpmcClaim(at: usize, owner: u32): usize {
  while (true) {
    const tail = load32(at + TAIL);
    const cell = cellOf(at, tail);
    const word = load64(cell);
    const ahead = <i32>(<u32>word - tail);
    const phase = phaseOf(word);
    if (ahead < 0) {
      // The cell serves the position one round before still.
      if (phase != SKIP) return (phase & PHASE) == READING ? BUSY : NONE;
      pass(at, cell, word);
    } else if (ahead == 0) {
      const claimed = phase == FREE && cas64(cell, word, state(tail, WRITING | owner)) == word;
      // Whoever finds the count behind a claimed cell moves it: a claimer that died or sleeps stops nobody.
      advance(at + TAIL, tail);
      if (claimed) return cell + WORD;
    }
  }
}

/** Producer: hands the message at `slot` over. Returns 1, or 0 where the claim was taken from the caller as from a dead one. */
export function mpmcPublish(at: usize, slot: usize, owner: u32): i32 {
  const word = load64(slot - WORD);
  if (phaseOf(word) != (WRITING | owner) || cas64(slot - WORD, word, state(<u32>word, READY)) != word) return 0;
  signal(at + FILLED);
  return 1;
}

/**
 * Consumer: claims the oldest message and returns where it stands; 0 where the queue is empty, 1 where it is not, but the oldest
 * message is still being written.
 */
export function mpmcTake(at: usize, owner: u32): usize {
  while (true) {
    const head = load32(at + HEAD);
    const cell = cellOf(at, head);
    const word = load64(cell);
    const ahead = <i32>(<u32>word - head);
    const phase = phaseOf(word);
    // A cell of the round before is being read, and all behind it was taken: nobody can have written this position.
    if (ahead < 0) return NONE;
    if (ahead == 0) {
      if (phase == FREE) return NONE;
      if (phase == SKIP) pass(at, cell, word);
      else if ((phase & PHASE) == WRITING) return BUSY;
      else {
        const claimed = phase == READY && cas64(cell, word, state(head, READING | owner)) == word;
        advance(at + HEAD, head);
        if (claimed) return cell + WORD;
      }
    }
  }
}

/** Consumer: gives the cell of a message back. Returns 1, or 0 where it was taken from the caller as from a dead one. */
export function mpmcRelease(at: usize, slot: usize, owner: u32): i32 {
  const word = load64(slot - WORD);
  if (phaseOf(word) != (READING | owner) || cas64(slot - WORD, word, freed(at, word)) != word) return 0;
  signal(at + FREED);
  return 1;
}

/** What the cell of a message that is done with becomes: free for the position one round on. */
// @ts-ignore: decorator
@inline
function freed(at: usize, word: i64): i64 {
  return state(<u32>word + load<u32>(at, MASK) + 1, FREE);
}

/** Passes over a cell whose writer died; it is the oldest. */
function pass(at: usize, cell: usize, word: i64): void {
  // First the count, then the cell: a free cell of the next round in front of the count would look like one never written.
  advance(at + HEAD, <u32>word);
  if (cas64(cell, word, freed(at, word)) == word) signal(at + FREED);
}

/** Messages in the queue, counting those that are being written. */
export function mpmcCount(at: usize): u32 {
  const head = load32(at + HEAD);
  return min(load32(at + TAIL) - head, load<u32>(at, MASK) + 1);
}

/** Frees what a dead owner held: messages half written are passed over, messages half read are lost with it. Returns their number. */
export function mpmcReclaim(at: usize, owner: u32): u32 {
  let found: u32 = 0;
  const stride = <usize>load<u32>(at, STRIDE);
  const end = at + CELLS + <usize>(load<u32>(at, MASK) + 1) * stride;
  for (let cell = at + CELLS; cell < end; cell += stride) {
    const word = load64(cell);
    const phase = phaseOf(word);
    if (phase == (WRITING | owner)) {
      // A claimer that died before it moved the count: it must not be moved over a cell that is free again.
      advance(at + TAIL, <u32>word);
      cas64(cell, word, state(<u32>word, SKIP));
      found++;
    } else if (phase == (READING | owner)) {
      advance(at + HEAD, <u32>word);
      cas64(cell, word, freed(at, word));
      found++;
    }
  }
  if (found != 0) {
    signal(at + FILLED);
    signal(at + FREED);
  }
  return found;
}
