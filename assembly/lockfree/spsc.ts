/**
 * A ring of messages of one size, for one producer and one consumer: wait-free for both (Lamport, "Specifying Concurrent Program
 * Modules", TOPLAS 5:2, 1983). Layout after the head of layout.ts:
 *
 *     16 mask u32 | 20 message bytes u32 | 128 tail u32, 132 head as the producer saw it | 256 head u32, 260 tail as the consumer saw
 *     it | 384 slots
 *
 * Tail and head count messages, modulo 2^32. Each side reads the other's count only when its own copy says that it is stuck
 * (Rigtorp's and FastForward's cure for the line that would else travel with each message): one atomic store a message, and
 * one load of the event.
 *
 * The slots between head and tail are the consumer's, the others are the producer's, so messages are plain memory.
 */

import { load32, store32 } from "../memory/atomic";
import { signal } from "../memory/event";
import { writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";
import { FILLED, FREED, NONE, bytesFor, isMessageSize, ringCapacity } from "./layout";

/** "SPS" and the layout's version. */
const MAGIC: u32 = 0x01535053;
const MASK: usize = 16;
const STRIDE: usize = 20;
const TAIL: usize = 128;
const HEAD_SEEN: usize = 132;
const HEAD: usize = 256;
const TAIL_SEEN: usize = 260;
const SLOTS: usize = 384;

/** Bytes of a ring for `capacity` messages, rounded up to a power of two; 0 where there can be none. */
export function spscSize(capacity: u32, messageBytes: u32): u32 {
  const count = ringCapacity(capacity);
  return count == 0 || !isMessageSize(messageBytes) ? 0 : bytesFor(SLOTS, count, messageBytes);
}

export function spscInit(at: usize, capacity: u32, messageBytes: u32): i32 {
  if (spscSize(capacity, messageBytes) == 0) return 1;
  clearWords(at, SLOTS);
  store<u32>(at, ringCapacity(capacity) - 1, MASK);
  store<u32>(at, messageBytes, STRIDE);
  writeHead(at, MAGIC, <u32>SLOTS, 24);
  return 0;
}

// @ts-ignore: decorator
@inline
function slot(at: usize, position: u32): usize {
  return at + SLOTS + <usize>(position & load<u32>(at, MASK)) * <usize>load<u32>(at, STRIDE);
}

/** Producer: how many slots are free, at least 1 unless the ring is full; looks at the consumer's count only when it must. */
// @ts-ignore: decorator
@inline
function room(at: usize, tail: u32): u32 {
  const capacity = load<u32>(at, MASK) + 1;
  let free = capacity - (tail - load<u32>(at, HEAD_SEEN));
  if (free == 0) {
    const head = load32(at + HEAD);
    store<u32>(at, head, HEAD_SEEN);
    free = capacity - (tail - head);
  }
  return free;
}

/** Consumer: the same for messages that are there. */
// @ts-ignore: decorator
@inline
function filled(at: usize, head: u32): u32 {
  let count = load<u32>(at, TAIL_SEEN) - head;
  if (count == 0) {
    const tail = load32(at + TAIL);
    store<u32>(at, tail, TAIL_SEEN);
    count = tail - head;
  }
  return count;
}

/** Producer: where the next message goes, 0 where the ring is full. Nothing is seen of it before `spscCommit`. */
export function spscReserve(at: usize): usize {
  const tail = load<u32>(at, TAIL);
  return room(at, tail) == 0 ? NONE : slot(at, tail);
}

/** Producer: how many messages, at most `wanted`, may be written one behind the other from where `spscReserve` says. */
export function spscReserveRun(at: usize, wanted: u32): u32 {
  const tail = load<u32>(at, TAIL);
  return run(at, tail, room(at, tail), wanted);
}

/** Producer: hands `count` written messages over. */
export function spscCommit(at: usize, count: u32): void {
  store32(at + TAIL, load<u32>(at, TAIL) + count);
  signal(at + FILLED);
}

/** Consumer: where the oldest message stands, 0 where there is none. It stays there until `spscRelease`. */
export function spscPeek(at: usize): usize {
  const head = load<u32>(at, HEAD);
  return filled(at, head) == 0 ? NONE : slot(at, head);
}

/** Consumer: how many messages, at most `wanted`, may be read one behind the other from where `spscPeek` says. */
export function spscPeekRun(at: usize, wanted: u32): u32 {
  const head = load<u32>(at, HEAD);
  return run(at, head, filled(at, head), wanted);
}

/** Consumer: gives the slots of `count` read messages back. */
export function spscRelease(at: usize, count: u32): void {
  store32(at + HEAD, load<u32>(at, HEAD) + count);
  signal(at + FREED);
}

/** The smallest of what is there, what is wanted, and what lies before the ring's end. */
function run(at: usize, position: u32, there: u32, wanted: u32): u32 {
  const mask = load<u32>(at, MASK);
  return min(min(there, wanted), mask + 1 - (position & mask));
}

/** Messages in the ring, by anybody; exact for a side that the other leaves alone. */
export function spscCount(at: usize): u32 {
  const head = load32(at + HEAD);
  return min(load32(at + TAIL) - head, load<u32>(at, MASK) + 1);
}
