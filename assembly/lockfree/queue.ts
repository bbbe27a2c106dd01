/**
 * A bounded queue of messages of one size, for any number of threads: lock-free (Michael and Scott, "Simple, Fast, and Practical
 * Non-Blocking and Blocking Concurrent Queue Algorithms", PODC 1996, fig. 1). Layout after the head of layout.ts:
 *
 *     16 capacity u32 | 20 bytes of a cell u32 | 128 tail link | 256 head link | 384 free link | 512 nodes of 16 bytes, number 0
 *     left out: link, cell u32, 4 unused | cells: node u32, 4 unused, message
 *
 * The list's first node is a dummy. The paper copies a value out before it moves the head, because the node may be another's a moment
 * later; here a node names a cell that holds the message, and who moved the head owns the OLD dummy and the NEW dummy's cell. So
 * a message of any size is read in peace: node and cell are paired anew with each message. One pair more than the capacity is
 * needed for the dummy.
 *
 * A pair that a thread takes into its death is lost to the pool; nobody else is held up.
 */

import { cas64, load32, load64, store32, store64 } from "../memory/atomic";
import { signal } from "../memory/event";
import { writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";
import { FILLED, FREED, bytesFor, isMessageSize } from "./layout";
import { listInit, listPop, listPush, relinked, target } from "./nodes";

/** "QUE" and the layout's version. */
const MAGIC: u32 = 0x01455551;
const CAPACITY: usize = 16;
const STRIDE: usize = 20;
const TAIL: usize = 128;
const HEAD: usize = 256;
const FREE: usize = 384;
const FIRST: usize = 512;
const NODE: u32 = 16;
const CELL: usize = 8;
/** Bytes of a cell before its message. */
const PREFIX: usize = 8;

/** Bytes of a queue for `capacity` messages; 0 where there can be none. */
export function queueSize(capacity: u32, messageBytes: u32): u32 {
  if (capacity - 1 >= 1 << 24 || !isMessageSize(messageBytes)) return 0;
  return bytesFor(FIRST, capacity + 1, NODE + messageBytes + <u32>PREFIX);
}

export function queueInit(at: usize, capacity: u32, messageBytes: u32): i32 {
  if (queueSize(capacity, messageBytes) == 0) return 1;
  clearWords(at, FIRST);
  store<u32>(at, capacity, CAPACITY);
  store<u32>(at, messageBytes + <u32>PREFIX, STRIDE);
  // Node 1 is the first dummy.
  const last = capacity + 1;
  listInit(at + FREE, nodeAt(at, 0), NODE, 2, last);
  for (let node: u32 = 1; node <= last; node++) store<u32>(nodeAt(at, node), node, CELL);
  store<i64>(nodeAt(at, 1), 0);
  store<i64>(at, 1, HEAD);
  store<i64>(at, 1, TAIL);
  writeHead(at, MAGIC, <u32>FIRST, 24);
  return 0;
}

// @ts-ignore: decorator
@inline
function nodeAt(at: usize, node: u32): usize {
  return at + FIRST - NODE + <usize>node * NODE;
}

/** Where a cell stands; cells have their nodes' numbers, from 1. */
// @ts-ignore: decorator
@inline
function cellAt(at: usize, cell: u32): usize {
  return at + FIRST + <usize>(load<u32>(at, CAPACITY) + 1) * NODE + <usize>(cell - 1) * <usize>load<u32>(at, STRIDE);
}

/** Where a new message goes; 0 where no node is free. */
export function queueReserve(at: usize): usize {
  const node = listPop(at + FREE, nodeAt(at, 0), NODE);
  if (node == 0) return 0;
  const cell = cellAt(at, load32(nodeAt(at, node) + CELL));
  store<u32>(cell, node);
  return cell + PREFIX;
}

/** Puts the message at `slot` behind all others. */
export function queueCommit(at: usize, slot: usize): void {
  const node = load<u32>(slot - PREFIX);
  const link = nodeAt(at, node);
  store64(link, relinked(load64(link), 0));
  while (true) {
    const tail = load64(at + TAIL);
    const last = nodeAt(at, target(tail));
    const next = load64(last);
    if (load64(at + TAIL) != tail) continue;
    if (target(next) != 0) {
      // The tail lags behind the last node: whoever sees it helps.
      move(at + TAIL, tail, target(next));
    } else if (cas64(last, next, relinked(next, node)) == next) {
      move(at + TAIL, tail, node);
      break;
    }
  }
  signal(at + FILLED);
}

/** Moves head or tail on, unless somebody did. */
// @ts-ignore: decorator
@inline
function move(end: usize, link: i64, node: u32): bool {
  return cas64(end, link, relinked(link, node)) == link;
}

/** Takes the oldest message and returns where it stands; 0 where the queue is empty. */
export function queueTake(at: usize): usize {
  while (true) {
    const head = load64(at + HEAD);
    const tail = load64(at + TAIL);
    const next = target(load64(nodeAt(at, target(head))));
    if (load64(at + HEAD) != head) continue;
    if (target(head) == target(tail)) {
      if (next == 0) return 0;
      move(at + TAIL, tail, next);
    } else {
      const cell = cellAt(at, load32(nodeAt(at, next) + CELL));
      if (move(at + HEAD, head, next)) {
        store<u32>(cell, target(head));
        return cell + PREFIX;
      }
    }
  }
}

/** Gives node and cell of a taken message back. */
export function queueRelease(at: usize, slot: usize): void {
  const node = load<u32>(slot - PREFIX);
  const cell = <u32>(slot - PREFIX - cellAt(at, 1)) / load<u32>(at, STRIDE) + 1;
  store32(nodeAt(at, node) + CELL, cell);
  listPush(at + FREE, nodeAt(at, 0), NODE, node);
  signal(at + FREED);
}

/** 1 where the queue is empty. */
export function queueIsEmpty(at: usize): i32 {
  while (true) {
    const head = load64(at + HEAD);
    const next = load64(nodeAt(at, target(head)));
    if (load64(at + HEAD) == head) return target(next) == 0 ? 1 : 0;
  }
}
