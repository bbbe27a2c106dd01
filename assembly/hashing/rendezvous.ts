/**
 * Rendezvous hashing, also called highest random weight (Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit
 * Rates", IEEE/ACM Transactions on Networking 6:1, 1998): every node draws a score from its hash and the key's, and the highest wins.
 * A node that leaves gives up its own keys and no other.
 *
 *     0 head | 8 nodes u32 | 12 0 || groups of four nodes: the lower halves of their hashes, u32 each, then the upper ones
 *
 * Where the build has SIMD, four scores are drawn at once, and two groups in a step. What fills the last two groups up are copies of the
 * first node: they draw what it draws, and of equal scores the first counts.
 */

import { writeHead } from "../memory/snapshot";

/** "HRW" and the layout's version. */
const MAGIC: u32 = 0x01575248;
const COUNT: usize = 8;
const GROUPS: usize = 16;
const GROUP_BYTES: usize = 32;

const NODES_MAX: u32 = 65000;

const M1: u32 = 0x85ebca6b;
const M2: u32 = 0xc2b2ae35;

/** Bytes that `count` nodes occupy; 0 where they are not 1 to 65,000. */
export function rendezvousSize(count: u32): u32 {
  return count - 1 < NODES_MAX ? <u32>GROUPS + ((count + 7) >> 3) * 2 * <u32>GROUP_BYTES : 0;
}

/** Takes the hashes of `count` nodes, 8 bytes each at `hashes`. Returns 0, or 1 where there are too few or too many. */
export function rendezvousInit(at: usize, hashes: usize, count: u32): i32 {
  if (rendezvousSize(count) == 0) return 1;
  writeHead(at, MAGIC, <u32>GROUPS, <u32>GROUPS);
  store<u32>(at, count, COUNT);
  store<u32>(at, 0, COUNT + 4);
  const places = (count + 7) & ~7;
  for (let place: u32 = 0; place < places; place++) {
    const hash = load<u64>(hashes + ((place < count ? <usize>place : 0) << 3));
    const to = at + GROUPS + (<usize>(place >> 2) << 5) + ((place & 3) << 2);
    store<u32>(to, <u32>hash);
    store<u32>(to, <u32>(hash >> 32), 16);
  }
  return 0;
}

/** The index of the node for a key's hash. */
export function rendezvousFind(at: usize, low: u32, high: u32): u32 {
  return ASC_FEATURE_SIMD ? findByFour(at, low, high) : find(at, low, high);
}

/** The same for `count` hashes of 8 bytes each at `keys`, as 4 bytes each to `out`. */
export function rendezvousFindMany(at: usize, keys: usize, count: u32, out: usize): void {
  for (const end = keys + (<usize>count << 3); keys < end; keys += 8, out += 4) {
    store<u32>(out, rendezvousFind(at, load<u32>(keys), load<u32>(keys, 4)));
  }
}

/**
 * A node's score: the mixing of MurmurHash3's 32-bit finalizer over the lower halves, the upper ones worked in after its first
 * multiplication, so that all 128 bits count. Its last step, which mixes the upper bits into the lower ones, is left out: scores are
 * compared by their upper bits. They are signed, for which there is a comparison in hardware.
 */
// @ts-ignore: decorator
@inline
function score(nodeLow: u32, nodeHigh: u32, low: u32, high: u32): i32 {
  let mixed = nodeLow ^ low;
  mixed = (mixed ^ (mixed >>> 16)) * M1 + (nodeHigh ^ high);
  return <i32>((mixed ^ (mixed >>> 13)) * M2);
}

function find(at: usize, low: u32, high: u32): u32 {
  const count = load<u32>(at, COUNT);
  let best: u32 = 0;
  let bestScore: i32 = i32.MIN_VALUE;
  for (let index: u32 = 0; index < count; index++) {
    const node = at + (<usize>(index >> 2) << 5) + ((index & 3) << 2);
    const own = score(load<u32>(node, GROUPS), load<u32>(node, GROUPS + 16), low, high);
    if (own > bestScore) {
      best = index;
      bestScore = own;
    }
  }
  return best;
}

function findByFour(at: usize, low: u32, high: u32): u32 {
  const end = at + (<usize>((load<u32>(at, COUNT) + 7) >> 3) << 6);
  const lows = i32x4.splat(low);
  const highs = i32x4.splat(high);
  let oneScores = i32x4.splat(i32.MIN_VALUE);
  let twoScores = oneScores;
  // A winner is kept as its group's first index; its place in the group is its lane.
  let oneWinners = i32x4.splat(0);
  let twoWinners = oneWinners;
  let first = oneWinners;
  for (let group = at; group < end; group += 2 * GROUP_BYTES) {
    const one = scoresOf(group, lows, highs);
    const two = scoresOf(group + GROUP_BYTES, lows, highs);
    oneWinners = v128.bitselect(first, oneWinners, i32x4.gt_s(one, oneScores));
    twoWinners = v128.bitselect(first, twoWinners, i32x4.gt_s(two, twoScores));
    oneScores = i32x4.max_s(one, oneScores);
    twoScores = i32x4.max_s(two, twoScores);
    first = i32x4.add(first, i32x4.splat(8));
  }
  oneWinners = v128.or(oneWinners, i32x4(0, 1, 2, 3));
  twoWinners = v128.or(twoWinners, i32x4(4, 5, 6, 7));
  return ~(<u32>higher(best(oneScores, oneWinners), best(twoScores, twoWinners)));
}

/** The scores of a group. */
// @ts-ignore: decorator
@inline
function scoresOf(group: usize, lows: v128, highs: v128): v128 {
  let mixed = v128.xor(v128.load(group, GROUPS), lows);
  mixed = i32x4.mul(v128.xor(mixed, i32x4.shr_u(mixed, 16)), i32x4.splat(M1));
  mixed = i32x4.add(mixed, v128.xor(v128.load(group, GROUPS + 16), highs));
  return i32x4.mul(v128.xor(mixed, i32x4.shr_u(mixed, 13)), i32x4.splat(M2));
}

/** The highest of four scores and, of equal ones, the lowest index: both in one number. */
function best(scores: v128, indices: v128): i64 {
  const one = higher(
    rank(i32x4.extract_lane(scores, 0), i32x4.extract_lane(indices, 0)),
    rank(i32x4.extract_lane(scores, 1), i32x4.extract_lane(indices, 1)),
  );
  const other = higher(
    rank(i32x4.extract_lane(scores, 2), i32x4.extract_lane(indices, 2)),
    rank(i32x4.extract_lane(scores, 3), i32x4.extract_lane(indices, 3)),
  );
  return higher(one, other);
}

// @ts-ignore: decorator
@inline
function rank(score: i32, index: u32): i64 {
  return (<i64>score << 32) | ~index;
}

// @ts-ignore: decorator
@inline
function higher(one: i64, other: i64): i64 {
  return select<i64>(one, other, one > other);
}
