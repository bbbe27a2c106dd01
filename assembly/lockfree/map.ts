/**
 * A bounded map from 64-bit keys to 64-bit values, for any number of threads: lock-free (Michael, "High Performance Dynamic Lock-Free
 * Hash Tables and List-Based Sets", SPAA 2002, fig. 7, in the variant with tags). Layout after the head of layout.ts:
 *
 *     16 bucket mask u32 | 20 capacity u32 | 24 where the nodes begin u32 | 32 secret of 16 bytes | 128 keys stored u32 | 256 free link |
 *     384 bucket links | nodes of 24 bytes, number 0 left out: link, key, value
 *
 * A bucket is a list in the order of its keys. A node's link carries in bit 0 of its low half, below the node's number, the mark of
 * a node that is deleted: whoever meets one unlinks it and gives it back, so nothing is left behind to fill the table up.
 *
 * A node's key and value never change while it is in a list. Replacing a value is one compare-and-swap that marks the old node and
 * at the same time links its successor in front of what follows: no moment has both, or neither.
 */

import { sipHash } from "../hashing/siphash";
import { add32, cas64, load32, load64, store64 } from "../memory/atomic";
import { writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";
import { OWNERS, bytesFor, ringCapacity } from "./layout";
import { listInit, listPop, listPush, relinked } from "./nodes";

/** "MAP" and the layout's version. */
const MAGIC: u32 = 0x0150414d;
const MASK: usize = 16;
const CAPACITY: usize = 20;
const NODES: usize = 24;
const SECRET: usize = 32;
const STORED: usize = 128;
const FREE: usize = 256;
const BUCKETS: usize = 384;
const NODE: u32 = 24;
const KEY: usize = 8;
const VALUE: usize = 16;
/** Nodes beyond the capacity, for replacements that are under way: one a thread. */
const SPARE: u32 = OWNERS;

/** What is asked of a key. */
const GET: u32 = 0;
const SET: u32 = 1;
const INSERT: u32 = 2;
const REMOVE: u32 = 3;
const ADD: u32 = 4;
const REPLACE: u32 = 5;

/** Answers. */
const ABSENT: i32 = 0;
const PRESENT: i32 = 1;
const FULL: i32 = 2;

/** Bytes of a map for `capacity` keys; 0 where there can be none. */
export function mapSize(capacity: u32): u32 {
  if (capacity - 1 >= 1 << 24) return 0;
  return bytesFor(BUCKETS + (<usize>ringCapacity(capacity) << 3), capacity + SPARE, NODE);
}

/** Makes an empty map. The two words of the secret keep keys that a stranger chose from meeting in one bucket. */
export function mapInit(at: usize, capacity: u32, k0: i64, k1: i64): i32 {
  if (mapSize(capacity) == 0) return 1;
  const buckets = ringCapacity(capacity);
  const end = BUCKETS + (<usize>buckets << 3);
  clearWords(at, end);
  store<u32>(at, buckets - 1, MASK);
  store<u32>(at, capacity, CAPACITY);
  // Node 0 is left out.
  store<u32>(at, <u32>end - NODE, NODES);
  store<i64>(at, k0, SECRET);
  store<i64>(at, k1, SECRET + 8);
  listInit(at + FREE, nodeAt(at, 0), NODE, 1, capacity + SPARE);
  writeHead(at, MAGIC, <u32>BUCKETS, 48);
  return 0;
}

/**
 * The 64-bit key of a text or other bytes, 8 bytes to `out`: SipHash-1-3 under the map's secret. `hash` is 56 bytes of the calling
 * thread's own, zero at first; longer keys come in pieces of a multiple of 8 bytes, and `last` ends them.
 */
export function mapDigest(at: usize, hash: usize, key: usize, length: u32, last: u32, out: usize): void {
  store<i64>(hash, load<i64>(at, SECRET));
  store<i64>(hash, load<i64>(at, SECRET + 8), 8);
  store<u64>(out, sipHash(hash, key, length, last != 0));
}

/** Keys in the map. */
export function mapCount(at: usize): u32 {
  return load32(at + STORED);
}

// @ts-ignore: decorator
@inline
function nodeAt(at: usize, node: u32): usize {
  return at + <usize>load<u32>(at, NODES) + <usize>node * NODE;
}

/** The bucket of a key, by the finalizer of MurmurHash3 (Appleby) over the key and half of the secret. */
// @ts-ignore: decorator
@inline
function bucketOf(at: usize, key: u64): usize {
  let mixed = key ^ load<u64>(at, SECRET);
  mixed = (mixed ^ (mixed >> 33)) * 0xff51afd7ed558ccd;
  mixed = (mixed ^ (mixed >> 33)) * 0xc4ceb9fe1a85ec53;
  return at + BUCKETS + (<usize>(<u32>(mixed >> 33) & load<u32>(at, MASK)) << 3);
}

/** The number of the node that a link names. */
// @ts-ignore: decorator
@inline
function numberOf(link: i64): u32 {
  return <u32>link >> 1;
}

// @ts-ignore: decorator
@inline
function isMarked(link: i64): bool {
  return (link & 1) != 0;
}

/**
 * Asks one thing of a key: 0 get; 1 set to `value`; 2 set where it is absent; 3 remove; 4 add `value` to what is there, or to nothing;
 * 5 set where it is `expected`. Returns 1 where the key was there before, 0 where not, 2 where it was not and no node is free for
 * it. The 8 bytes at `out` get the value that was there, or after an addition the sum.
 */
export function mapAsk(at: usize, what: u32, key: u64, value: u64, expected: u64, out: usize): i32 {
  const bucket = bucketOf(at, key);
  let spare: u32 = 0;
  let previous = bucket;
  let link = load64(bucket);
  while (true) {
    const number = numberOf(link);
    const node = nodeAt(at, number);
    let next: i64 = 0;
    if (number != 0) {
      next = load64(node);
      const other = <u64>load64(node + KEY);
      // What was read of the node is believed only if the way to it still stands.
      if (load64(previous) != link) {
        previous = bucket;
        link = load64(bucket);
        continue;
      }
      if (isMarked(next)) {
        const shorter = relinked(link, <u32>next & ~1);
        if (unlink(at, previous, link, next)) link = shorter;
        else {
          previous = bucket;
          link = load64(bucket);
        }
        continue;
      }
      if (other < key) {
        previous = node;
        link = next;
        continue;
      }
      if (other == key) {
        const held = <u64>load64(node + VALUE);
        // The link carries a tag: if it stands, the node lived all the time and the value was the key's.
        if (load64(node) != next) continue;
        if (what == GET || what == INSERT || (what == REPLACE && held != expected)) {
          giveBack(at, spare);
          store<u64>(out, held);
          return PRESENT;
        }
        if (what == REMOVE) {
          if (cas64(node, next, relinked(next, <u32>next | 1)) != next) continue;
          add32(at + STORED, -1);
          unlink(at, previous, link, next);
          store<u64>(out, held);
          return PRESENT;
        }
        const sum = what == ADD ? held + value : value;
        if (spare == 0) spare = listPop(at + FREE, nodeAt(at, 0), NODE);
        if (spare == 0) return FULL;
        fill(at, spare, key, sum, numberOf(next));
        const replaced = relinked(next, (spare << 1) | 1);
        if (cas64(node, next, replaced) != next) continue;
        unlink(at, previous, link, replaced);
        store<u64>(out, what == ADD ? sum : held);
        return PRESENT;
      }
    }
    // The key is not there, and would stand between `previous` and `node`.
    if (what == GET || what == REMOVE || what == REPLACE) {
      giveBack(at, spare);
      return ABSENT;
    }
    if (spare == 0) spare = listPop(at + FREE, nodeAt(at, 0), NODE);
    if (spare == 0) return FULL;
    fill(at, spare, key, value, number);
    const seen = cas64(previous, link, relinked(link, spare << 1));
    if (seen == link) {
      add32(at + STORED, 1);
      store<u64>(out, value);
      return ABSENT;
    }
    previous = bucket;
    link = load64(bucket);
  }
}

/** Makes a node that the caller owns ready to stand in front of node `before`. */
function fill(at: usize, number: u32, key: u64, value: u64, before: u32): void {
  const node = nodeAt(at, number);
  store64(node + KEY, <i64>key);
  store64(node + VALUE, <i64>value);
  store64(node, relinked(load64(node), before << 1));
}

/** Takes the node that `link` names out of its list, after which `next` names what follows it; gives it back if the caller did it. */
function unlink(at: usize, previous: usize, link: i64, next: i64): bool {
  if (cas64(previous, link, relinked(link, <u32>next & ~1)) != link) return false;
  giveBack(at, numberOf(link));
  return true;
}

/** Gives a node back to the pool; number 0 is none. */
function giveBack(at: usize, number: u32): void {
  if (number != 0) listPush(at + FREE, nodeAt(at, 0), NODE, number);
}
