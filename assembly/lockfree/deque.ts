/**
 * A bounded deque of whole numbers for work stealing: its owner pushes and takes at the bottom, like a stack and nearly without
 * contention; any thread steals at the top, the oldest first (Chase and Lev, "Dynamic Circular Work-Stealing Deque", SPAA 2005;
 * in the form of Lê, Pop, Cohen and Zappa Nardelli, PPoPP 2013, whose fences sequential consistency gives for free). Layout after the
 * head of layout.ts:
 *
 *     16 mask u32 | 128 bottom u32 | 256 top u32 | 384 items i64
 *
 * Items are 0 to 2^53 - 1: numbers of tasks kept elsewhere. A thief reads an item before it knows that it may have it, so items are
 * atomic words. The array does not grow: a full deque says so, and its owner runs the task itself, which is what bounded
 * work-stealing schedulers do.
 */

import { cas32, load32, load64, store32, store64 } from "../memory/atomic";
import { signal } from "../memory/event";
import { writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";
import { FILLED, bytesFor, ringCapacity } from "./layout";

/** "DEQ" and the layout's version. */
const MAGIC: u32 = 0x01514544;
const MASK: usize = 16;
const BOTTOM: usize = 128;
const TOP: usize = 256;
const ITEMS: usize = 384;

const EMPTY: i64 = -1;
/** A thief lost against another; there may be more to steal. */
const LOST: i64 = -2;

/** Bytes of a deque for `capacity` items, rounded up to a power of two; 0 where there can be none. */
export function dequeSize(capacity: u32): u32 {
  const count = ringCapacity(capacity);
  return count == 0 ? 0 : bytesFor(ITEMS, count, 8);
}

export function dequeInit(at: usize, capacity: u32): i32 {
  if (dequeSize(capacity) == 0) return 1;
  clearWords(at, ITEMS);
  store<u32>(at, ringCapacity(capacity) - 1, MASK);
  writeHead(at, MAGIC, <u32>ITEMS, 24);
  return 0;
}

// @ts-ignore: decorator
@inline
function itemAt(at: usize, position: u32): usize {
  return at + ITEMS + (<usize>(position & load<u32>(at, MASK)) << 3);
}

/** Owner: adds an item at the bottom. Returns 1, or 0 where the deque is full or the item is below 0. */
export function dequePush(at: usize, item: i64): i32 {
  const bottom = load<u32>(at, BOTTOM);
  if (item < 0 || bottom - load32(at + TOP) > load<u32>(at, MASK)) return 0;
  store64(itemAt(at, bottom), item);
  store32(at + BOTTOM, bottom + 1);
  signal(at + FILLED);
  return 1;
}

/** Owner: takes the youngest item; -1 where there is none. */
export function dequeTake(at: usize): i64 {
  const bottom = load<u32>(at, BOTTOM) - 1;
  // Thieves see the item as gone from here on; then what they took before is looked at.
  store32(at + BOTTOM, bottom);
  const top = load32(at + TOP);
  const left = <i32>(bottom - top);
  if (left > 0) return load64(itemAt(at, bottom));
  let item = EMPTY;
  // The last item is the owner's if the owner moves the top before a thief does.
  if (left == 0) {
    item = load64(itemAt(at, bottom));
    if (cas32(at + TOP, top, top + 1) != top) item = EMPTY;
  }
  store32(at + BOTTOM, bottom + 1);
  return item;
}

/** Anybody: takes the oldest item; -1 where there is none, -2 where another took it first. */
export function dequeSteal(at: usize): i64 {
  const top = load32(at + TOP);
  if (<i32>(load32(at + BOTTOM) - top) <= 0) return EMPTY;
  const item = load64(itemAt(at, top));
  return cas32(at + TOP, top, top + 1) == top ? item : LOST;
}

/** Items in the deque; approximate while others work on it. */
export function dequeCount(at: usize): u32 {
  const top = load32(at + TOP);
  const count = <i32>(load32(at + BOTTOM) - top);
  return count < 0 ? 0 : <u32>count;
}
