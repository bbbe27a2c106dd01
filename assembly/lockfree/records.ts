/**
 * A ring of records of any length, for one producer and one consumer: as spsc.ts, but its counts are bytes. Layout after
 * the head of layout.ts:
 *
 *     16 mask u32 | 128 tail u32, 132 head as the producer saw it, 136 tail once the reserved record is committed | 256 head u32,
 *     260 tail as the consumer saw it, 264 head once the record that was looked at is released | 384 bytes
 *
 * A record is its length (u32), 4 unused bytes and its bytes, rounded up to 8. It lies in one piece: one that would cross the
 * ring's end begins at its start, and `SKIP` in place of a length says so. Therefore a record takes at most half of the ring; a longer
 * one could meet a ring that is empty and yet has no piece of that length.
 */

import { load32, store32 } from "../memory/atomic";
import { signal } from "../memory/event";
import { writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";
import { BUSY, FILLED, FREED, NONE, bytesFor, ringCapacity } from "./layout";

/** "REC" and the layout's version. */
const MAGIC: u32 = 0x01434552;
const MASK: usize = 16;
const TAIL: usize = 128;
const HEAD_SEEN: usize = 132;
const TAIL_NEXT: usize = 136;
const HEAD: usize = 256;
const TAIL_SEEN: usize = 260;
const HEAD_NEXT: usize = 264;
const BYTES: usize = 384;

/** Bytes before a record's own. */
const PREFIX: u32 = 8;
const SKIP: u32 = 0xffffffff;

/** Bytes of a ring of `capacity` bytes, rounded up to a power of two, at least 64; 0 where there can be none. */
export function recordsSize(capacity: u32): u32 {
  const bytes = ringCapacity(capacity);
  return bytes < 64 ? 0 : bytesFor(BYTES, bytes, 1);
}

export function recordsInit(at: usize, capacity: u32): i32 {
  if (recordsSize(capacity) == 0) return 1;
  clearWords(at, BYTES);
  store<u32>(at, ringCapacity(capacity) - 1, MASK);
  writeHead(at, MAGIC, <u32>BYTES, 24);
  return 0;
}

/** The longest record that the ring takes. */
export function recordsLongest(at: usize): u32 {
  return ((load<u32>(at, MASK) + 1) >> 1) - PREFIX;
}

// @ts-ignore: decorator
@inline
function place(at: usize, position: u32): usize {
  return at + BYTES + <usize>(position & load<u32>(at, MASK));
}

/**
 * Producer: where the `length` bytes of the next record go; 0 where there is no room now, 1 where it is longer than any may be. Nothing
 * is seen of it before `recordsCommit`; another `recordsReserve` takes its place.
 */
export function recordsReserve(at: usize, length: u32): usize {
  if (length > recordsLongest(at)) return BUSY;
  const size = (length + PREFIX + 7) & ~7;
  const mask = load<u32>(at, MASK);
  const tail = load<u32>(at, TAIL);
  const left = mask + 1 - (tail & mask);
  const skip = size > left ? left : 0;
  if (mask + 1 - (tail - load<u32>(at, HEAD_SEEN)) < size + skip) {
    const head = load32(at + HEAD);
    store<u32>(at, head, HEAD_SEEN);
    if (mask + 1 - (tail - head) < size + skip) return NONE;
  }
  if (skip != 0) store<u32>(place(at, tail), SKIP);
  const to = place(at, tail + skip);
  store<u32>(to, length);
  store<u32>(at, tail + skip + size, TAIL_NEXT);
  return to + PREFIX;
}

/** Producer: hands the reserved record over. */
export function recordsCommit(at: usize): void {
  store32(at + TAIL, load<u32>(at, TAIL_NEXT));
  signal(at + FILLED);
}

/** Consumer: where the bytes of the oldest record stand, 0 where there is none; its length is the u32 8 bytes before them. */
export function recordsPeek(at: usize): usize {
  let head = load<u32>(at, HEAD);
  if (load<u32>(at, TAIL_SEEN) == head) {
    const tail = load32(at + TAIL);
    store<u32>(at, tail, TAIL_SEEN);
    if (tail == head) return NONE;
  }
  const mask = load<u32>(at, MASK);
  let length = load<u32>(place(at, head));
  if (length == SKIP) {
    head += mask + 1 - (head & mask);
    length = load<u32>(place(at, head));
  }
  store<u32>(at, head + ((length + PREFIX + 7) & ~7), HEAD_NEXT);
  return place(at, head) + PREFIX;
}

/** Consumer: gives the room of the record that `recordsPeek` showed back. */
export function recordsRelease(at: usize): void {
  store32(at + HEAD, load<u32>(at, HEAD_NEXT));
  signal(at + FREED);
}

/** Bytes in use, those of prefixes and skipped ends included. */
export function recordsUsed(at: usize): u32 {
  const head = load32(at + HEAD);
  return min(load32(at + TAIL) - head, load<u32>(at, MASK) + 1);
}
