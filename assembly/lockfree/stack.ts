/**
 * A bounded stack of messages of one size, for any number of threads: lock-free (Treiber, IBM RJ 5118, 1986). Two lists over one
 * pool of nodes: what is in the stack, and what is free. Layout after the head of layout.ts:
 *
 *     16 capacity u32 | 20 bytes of a node u32 | 128 top link | 256 free link | 384 nodes, number 0 left out
 *
 * A node is its link and the message. Between `stackReserve` and `stackCommit`, and between `stackTake` and `stackRelease`, it is in
 * neither list and the caller's alone. One that a thread takes into its death is lost to the pool; nobody else is held up.
 */

import { load64 } from "../memory/atomic";
import { signal } from "../memory/event";
import { writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";
import { FILLED, FREED, bytesFor, isMessageSize } from "./layout";
import { listInit, listPop, listPush, target } from "./nodes";

/** "STK" and the layout's version. */
const MAGIC: u32 = 0x014b5453;
const CAPACITY: usize = 16;
const STRIDE: usize = 20;
const TOP: usize = 128;
const FREE: usize = 256;
const FIRST: usize = 384;
/** Bytes of a node before its message. */
const LINK: usize = 8;

/** Bytes of a stack for `capacity` messages; 0 where there can be none. */
export function stackSize(capacity: u32, messageBytes: u32): u32 {
  if (capacity - 1 >= 1 << 24 || !isMessageSize(messageBytes)) return 0;
  return bytesFor(FIRST, capacity, messageBytes + <u32>LINK);
}

export function stackInit(at: usize, capacity: u32, messageBytes: u32): i32 {
  if (stackSize(capacity, messageBytes) == 0) return 1;
  clearWords(at, FIRST);
  store<u32>(at, capacity, CAPACITY);
  store<u32>(at, messageBytes + <u32>LINK, STRIDE);
  listInit(at + FREE, nodes(at), load<u32>(at, STRIDE), 1, capacity);
  writeHead(at, MAGIC, <u32>FIRST, 24);
  return 0;
}

/** Where node 0 would stand. */
// @ts-ignore: decorator
@inline
function nodes(at: usize): usize {
  return at + FIRST - <usize>load<u32>(at, STRIDE);
}

/** Takes a node out of one of the lists: where its message stands, 0 where the list is empty. */
function take(at: usize, list: usize): usize {
  const stride = load<u32>(at, STRIDE);
  const node = listPop(at + list, nodes(at), stride);
  return node == 0 ? 0 : nodes(at) + <usize>node * <usize>stride + LINK;
}

/** Puts the node of the message at `slot` into one of the lists. */
function put(at: usize, list: usize, slot: usize): void {
  const stride = load<u32>(at, STRIDE);
  listPush(at + list, nodes(at), stride, <u32>(slot - LINK - nodes(at)) / stride);
}

/** Where a new message goes; 0 where no node is free. */
export function stackReserve(at: usize): usize {
  return take(at, FREE);
}

/** Puts the message at `slot` on top. */
export function stackCommit(at: usize, slot: usize): void {
  put(at, TOP, slot);
  signal(at + FILLED);
}

/** Takes the message on top and returns where it stands; 0 where the stack is empty. */
export function stackTake(at: usize): usize {
  return take(at, TOP);
}

/** Gives the node of a taken message back. */
export function stackRelease(at: usize, slot: usize): void {
  put(at, FREE, slot);
  signal(at + FREED);
}

/** 1 where the stack is empty. */
export function stackIsEmpty(at: usize): i32 {
  return target(load64(at + TOP)) == 0 ? 1 : 0;
}
