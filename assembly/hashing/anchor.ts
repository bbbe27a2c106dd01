/**
 * AnchorHash (Mendelson, Vargaftik, Barabash, Lorenz, Keslassy and Orda, "AnchorHash: A Scalable Consistent Hash", IEEE/ACM
 * Transactions on Networking 29:2, 2021, algorithm 3): buckets come and go in any order, each change moves as few keys as there can be, and
 * a lookup takes 1 + ln(capacity / working) steps or fewer on average. It was chosen before MementoHash because its memory is fixed.
 *
 *     0 head | 8 capacity u32 | 12 0 || working u32 | removed u32 | A, W, L, K and the removed, u32 each
 *
 * A: 0 for a bucket at work, else how many worked when it was removed. K: who took its place. W and L: the buckets at work in a
 * list, and where each stands there. The removed are a stack: the one that left last comes back first.
 */

import { writeHead } from "../memory/snapshot";
import { mix64 } from "./mix64";

/** "ANC" and the layout's version. */
const MAGIC: u32 = 0x01434e41;
const CAPACITY: usize = 8;
const WORKING: usize = 16;
const REMOVED: usize = 20;
const LISTS: usize = 24;

const CAPACITY_MAX: u32 = 16384;
const GOLDEN: u64 = 0x9e3779b97f4a7c15;

/** Bytes that `capacity` buckets occupy; 0 where they are not 1 to 16,384. */
export function anchorSize(capacity: u32): u32 {
  return capacity - 1 < CAPACITY_MAX ? <u32>LISTS + ((capacity * 20 + 7) & ~7) : 0;
}

/** Makes `capacity` buckets, of which the first `working` work. Returns 0, or 1 where the numbers are out of range. */
export function anchorInit(at: usize, capacity: u32, working: u32): i32 {
  const bytes = anchorSize(capacity);
  if (bytes == 0 || working - 1 >= capacity) return 1;
  // The last word may be filled by half.
  store<u64>(at + bytes - 8, 0);
  writeHead(at, MAGIC, bytes, <u32>WORKING);
  store<u32>(at, capacity, CAPACITY);
  store<u32>(at, 0, CAPACITY + 4);
  store<u32>(at, capacity, WORKING);
  store<u32>(at, 0, REMOVED);
  for (let bucket: u32 = 0; bucket < capacity; bucket++) {
    store<u32>(list(at, 0, bucket), 0);
    store<u32>(list(at, 1, bucket), bucket);
    store<u32>(list(at, 2, bucket), bucket);
    store<u32>(list(at, 3, bucket), bucket);
    store<u32>(list(at, 4, bucket), 0);
  }
  for (let bucket = capacity - 1; bucket >= working; bucket--) anchorRemove(at, bucket);
  return 0;
}

/** Where the entry of `bucket` stands in A (0), W (1), L (2), K (3) or among the removed (4). */
// @ts-ignore: decorator
@inline
function list(at: usize, which: u32, bucket: u32): usize {
  return at + LISTS + (<usize>(load<u32>(at, CAPACITY) * which + bucket) << 2);
}

/** Brings the bucket back that was removed last. Returns it, or -1 where all work. */
export function anchorAdd(at: usize): i32 {
  const removed = load<u32>(at, REMOVED);
  if (removed == 0) return -1;
  const working = load<u32>(at, WORKING);
  const bucket = load<u32>(list(at, 4, removed - 1));
  store<u32>(list(at, 4, removed - 1), 0);
  store<u32>(at, removed - 1, REMOVED);
  store<u32>(at, working + 1, WORKING);
  store<u32>(list(at, 0, bucket), 0);
  store<u32>(list(at, 3, bucket), bucket);
  store<u32>(list(at, 2, load<u32>(list(at, 1, working))), working);
  store<u32>(list(at, 1, load<u32>(list(at, 2, bucket))), bucket);
  return bucket;
}

/** Takes a bucket out of work. Returns 0, or 1 where it does not work or is the last that does. */
export function anchorRemove(at: usize, bucket: u32): i32 {
  if (!isWorking(at, bucket)) return 1;
  const working = load<u32>(at, WORKING) - 1;
  if (working == 0) return 1;
  const removed = load<u32>(at, REMOVED);
  store<u32>(list(at, 4, removed), bucket);
  store<u32>(at, removed + 1, REMOVED);
  store<u32>(at, working, WORKING);
  const last = load<u32>(list(at, 1, working));
  const place = load<u32>(list(at, 2, bucket));
  store<u32>(list(at, 0, bucket), working);
  store<u32>(list(at, 1, place), last);
  store<u32>(list(at, 2, last), place);
  store<u32>(list(at, 3, bucket), last);
  return 0;
}

/** Whether `bucket` works: 1 or 0. */
export function anchorHas(at: usize, bucket: u32): u32 {
  return <u32>isWorking(at, bucket);
}

// @ts-ignore: decorator
@inline
function isWorking(at: usize, bucket: u32): bool {
  return bucket < load<u32>(at, CAPACITY) && load<u32>(list(at, 0, bucket)) == 0;
}

/** How many buckets work. */
export function anchorCount(at: usize): u32 {
  return load<u32>(at, WORKING);
}

/** The bucket for a key's hash. */
export function anchorFind(at: usize, low: u32, high: u32): u32 {
  return find(at, <u64>low | (<u64>high << 32));
}

/** The same for `count` hashes of 8 bytes each at `keys`, as 4 bytes each to `out`. */
export function anchorFindMany(at: usize, keys: usize, count: u32, out: usize): void {
  for (const end = keys + (<usize>count << 3); keys < end; keys += 8, out += 4) store<u32>(out, find(at, load<u64>(keys)));
}

function find(at: usize, key: u64): u32 {
  const capacity = load<u32>(at, CAPACITY);
  let bucket = draw(key, capacity, capacity);
  let then = load<u32>(list(at, 0, bucket));
  while (then > 0) {
    // Among those that worked right after the bucket was removed; one that left before it has been replaced by then.
    let next = draw(key, bucket, then);
    while (load<u32>(list(at, 0, next)) >= then) next = load<u32>(list(at, 3, next));
    bucket = next;
    then = load<u32>(list(at, 0, bucket));
  }
  return bucket;
}

/** A number below `below` for a key, another one for each `stage`. */
// @ts-ignore: decorator
@inline
function draw(key: u64, stage: u32, below: u32): u32 {
  return <u32>(((mix64(key + (stage + 1) * GOLDEN) >> 32) * below) >> 32);
}
