/**
 * A ring of points (Karger et al., "Consistent Hashing and Random Trees", STOC 1997): each node has many, and a key belongs to the
 * first point at or behind its hash, the lowest one if there is none. Whoever builds the ring hashes the points, so one ring serves all
 * conventions: 64-bit positions, or ketama's 32-bit ones.
 *
 *     0 head | 8 points u32 | 12 0 || positions, u64 each, ascending | nodes, u32 each
 *
 * The ring follows from its nodes, so there is nothing to save: another process builds it again.
 */

import { writeHead } from "../memory/snapshot";

/** "RNG" and the layout's version. */
const MAGIC: u32 = 0x01474e52;
const COUNT: usize = 8;
const POSITIONS: usize = 16;

const POINTS_MAX: u32 = 1 << 24;

/** Bytes that a ring of `count` points occupies; 0 where they are not 1 to 2^24. */
export function ringSize(count: u32): u32 {
  return count - 1 < POINTS_MAX ? <u32>POSITIONS + ((count * 12 + 7) & ~7) : 0;
}

/** Makes a ring of `count` points of 16 bytes each at `points`: position u64 | node u32 | 0 u32. They are sorted where they stand. */
export function ringInit(at: usize, points: usize, count: u32): i32 {
  if (ringSize(count) == 0) return 1;
  heapSort(points, count);
  writeHead(at, MAGIC, <u32>POSITIONS, <u32>POSITIONS);
  store<u32>(at, count, COUNT);
  store<u32>(at, 0, COUNT + 4);
  const nodes = at + (<usize>count << 3);
  for (let index: usize = 0; index < <usize>count; index++) {
    store<u64>(at + (index << 3), load<u64>(points + (index << 4)), POSITIONS);
    store<u32>(nodes + (index << 2), load<u32>(points + (index << 4), 8), POSITIONS);
  }
  return 0;
}

/** Sorts points by position; of equal positions the lower node comes first. In place, and never slower than n log n (Williams, 1964). */
function heapSort(points: usize, count: u32): void {
  for (let root = count >> 1; root-- > 0; ) {
    const at = points + (root << 4);
    siftDown(points, root, count, load<u64>(at), load<u64>(at, 8));
  }
  for (let left = count - 1; <i32>left > 0; left--) {
    const last = points + (left << 4);
    const position = load<u64>(last);
    const node = load<u64>(last, 8);
    store<u64>(last, load<u64>(points));
    store<u64>(last, load<u64>(points, 8), 8);
    siftDown(points, 0, left, position, node);
  }
}

/** Finds the place of a point in the heap of `count` points, from `hole` downwards. */
function siftDown(points: usize, hole: u32, count: u32, position: u64, node: u64): void {
  for (let child = (hole << 1) + 1; child < count; child = (hole << 1) + 1) {
    const right = points + ((child + 1) << 4);
    if (child + 1 < count && isBehind(right, load<u64>(right - 16), load<u64>(right - 16, 8))) child++;
    const at = points + (child << 4);
    if (!isBehind(at, position, node)) break;
    store<u64>(points + (hole << 4), load<u64>(at));
    store<u64>(points + (hole << 4), load<u64>(at, 8), 8);
    hole = child;
  }
  store<u64>(points + (hole << 4), position);
  store<u64>(points + (hole << 4), node, 8);
}

// @ts-ignore: decorator
@inline
function isBehind(point: usize, position: u64, node: u64): bool {
  const own = load<u64>(point);
  return own > position || (own == position && load<u64>(point, 8) > node);
}

/** The index of the node for a key's hash. */
export function ringFind(at: usize, low: u32, high: u32): u32 {
  return ringNode(at, ringSeek(at, <u64>low | (<u64>high << 32)));
}

/** The same for `count` hashes of 8 bytes each at `keys`, as 4 bytes each to `out`. */
export function ringFindMany(at: usize, keys: usize, count: u32, out: usize): void {
  for (const end = keys + (<usize>count << 3); keys < end; keys += 8, out += 4) {
    store<u32>(out, ringNode(at, ringSeek(at, load<u64>(keys))));
  }
}

/** How many points the ring has. */
// @ts-ignore: decorator
@inline
export function ringPoints(at: usize): u32 {
  return load<u32>(at, COUNT);
}

/** The index of the node that a point belongs to. */
// @ts-ignore: decorator
@inline
export function ringNode(at: usize, point: u32): u32 {
  return load<u32>(at + (<usize>ringPoints(at) << 3) + (<usize>point << 2), POSITIONS);
}

/**
 * The number of the point that a key's hash belongs to, counted from the lowest. The points that it may be are halved without a
 * branch that would be mispredicted at every second step.
 */
export function ringSeek(at: usize, key: u64): u32 {
  const count = load<u32>(at, COUNT);
  let low: u32 = 0;
  for (let left = count; left > 0; ) {
    const half = left >> 1;
    const isBelow = load<u64>(at + (<usize>(low + half) << 3), POSITIONS) < key;
    low = select<u32>(low + half + 1, low, isBelow);
    left = select<u32>(left - half - 1, half, isBelow);
  }
  return low == count ? 0 : low;
}
