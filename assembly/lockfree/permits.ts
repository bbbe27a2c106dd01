/**
 * A semaphore that knows who holds how many of its permits, so that those of a thread that died can be taken back. Layout after the
 * head of layout.ts:
 *
 *     16 permits u32 | 128 word | 192 one word for each owner
 *
 * The word is the whole decision: permits in use (24 bits), and the latest operation as owner (6 bits), kind (2 bits) and sequence
 * number (32 bits). An owner's word is the permits that it holds, and the number of the operation that was last booked there.
 *
 * An operation is one compare-and-swap of the word; it is booked into the owner's word after that, by whoever comes first: the
 * caller, or the next operation, which may not begin before. So a thread may die between the two and the books are still right
 * (the helping of Herlihy, "Wait-Free Synchronization", TOPLAS 13:1, 1991, in its smallest form).
 */

import { cas64, load32, load64, store32 } from "../memory/atomic";
import { signal } from "../memory/event";
import { writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";
import { FREED, OWNERS } from "./layout";

/** "PRM" and the layout's version. */
export const PERMITS_MAGIC: u32 = 0x014d5250;
const PERMITS: usize = 16;
const WORD: usize = 128;
const HELD: usize = 192;
const BYTES: usize = HELD + (<usize>OWNERS + 2) * 8;

const MOST: u32 = (1 << 24) - 1;
const ACQUIRE: u32 = 1;
const RELEASE: u32 = 2;
const RECLAIM: u32 = 3;

export function permitsSize(): u32 {
  return <u32>BYTES;
}

/** Makes a semaphore of at most 2^24 - 1 permits. Returns 0, or 1 where there are more. */
export function permitsInit(at: usize, permits: u32): i32 {
  if (permits > MOST) return 1;
  clearWords(at, BYTES);
  store<u32>(at, permits, PERMITS);
  writeHead(at, PERMITS_MAGIC, <u32>BYTES, 24);
  return 0;
}

// @ts-ignore: decorator
@inline
function heldAt(at: usize, owner: u32): usize {
  return at + HELD + (<usize>owner << 3);
}

// @ts-ignore: decorator
@inline
function used(word: i64): u32 {
  return <u32>word & MOST;
}

// @ts-ignore: decorator
@inline
function sequence(word: i64): u32 {
  return <u32>(<u64>word >> 32);
}

/** The word after an operation of `kind` by `owner` that leaves `inUse` permits in use. */
// @ts-ignore: decorator
@inline
function after(word: i64, inUse: u32, owner: u32, kind: u32): i64 {
  return (<i64>(sequence(word) + 1) << 32) | <i64>(inUse | (owner << 24) | (kind << 30));
}

/** Sees to it that the operation of `word` is booked; where the word has moved on, it was. */
function book(at: usize, word: i64): void {
  const kind = <u32>word >> 30;
  if (kind == 0) return;
  const place = heldAt(at, (<u32>word >> 24) & 63);
  const held = load64(place);
  // The word is looked at after the books: if it stands, the books were read before anything later was booked.
  if (sequence(held) == sequence(word) || load64(at + WORD) != word) return;
  const count = kind == ACQUIRE ? <u32>held + 1 : kind == RELEASE ? <u32>held - 1 : 0;
  cas64(place, held, (<i64>sequence(word) << 32) | <i64>count);
}

/** Makes `next` of `word` and books it; false where another operation came between. */
// @ts-ignore: decorator
@inline
function step(at: usize, word: i64, next: i64): bool {
  if (cas64(at + WORD, word, next) != word) return false;
  book(at, next);
  return true;
}

/** Takes a permit: 1, or 0 where all are in use. */
export function permitsTryAcquire(at: usize, owner: u32): i32 {
  while (true) {
    const word = load64(at + WORD);
    if (used(word) >= load32(at + PERMITS)) return 0;
    book(at, word);
    if (step(at, word, after(word, used(word) + 1, owner, ACQUIRE))) return 1;
  }
}

/** Gives a permit back: 1, or 0 where the owner holds none, by mistake or because they were taken back. */
export function permitsRelease(at: usize, owner: u32): i32 {
  while (true) {
    const word = load64(at + WORD);
    book(at, word);
    if (permitsHeld(at, owner) == 0) return 0;
    if (step(at, word, after(word, used(word) - 1, owner, RELEASE))) break;
  }
  signal(at + FREED);
  return 1;
}

/** Takes all permits of a dead owner back and returns their number. */
export function permitsReclaim(at: usize, owner: u32): u32 {
  let held: u32;
  while (true) {
    const word = load64(at + WORD);
    book(at, word);
    held = permitsHeld(at, owner);
    if (held == 0 || step(at, word, after(word, used(word) - held, owner, RECLAIM))) break;
  }
  if (held != 0) signal(at + FREED);
  return held;
}

/** Permits that the owner holds. */
export function permitsHeld(at: usize, owner: u32): u32 {
  return <u32>load64(heldAt(at, owner));
}

/** Permits in use. */
export function permitsInUse(at: usize): u32 {
  return used(load64(at + WORD));
}

/** Changes the number of permits; those in use above it stay valid. Returns 0, or 1 where there are more than 2^24 - 1. */
export function permitsResize(at: usize, permits: u32): i32 {
  if (permits > MOST) return 1;
  store32(at + PERMITS, permits);
  signal(at + FREED);
  return 0;
}
