/**
 * How many keys each node holds, for consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam, SODA 2018, §1): of m
 * keys, the new one included, a node of weight w takes at most ⌈c · m · w / W⌉, W being the sum of weights; a key that finds its node full
 * goes on to the next. The factor c is above 1 for few such steps: 1/(c − 1)² on average.
 *
 *     0 head | 8 nodes u32 | 12 factor u32, 16 fraction bits | 16 W u64 | weights, u32 each || m u32 | 0 u32 | loads, u32 each
 *
 * Several threads may place keys in one: a key is counted in m before it looks for a node, so no node ever takes more than its share
 * of the keys that are placed or on their way; and it is counted out after it has left its node.
 */

import { add32, cas32, load32 } from "../memory/atomic";
import { clearWords } from "../memory/words";
import { writeHead } from "../memory/snapshot";

/** "LDS" and the layout's version. */
const MAGIC: u32 = 0x0153444c;
const COUNT: usize = 8;
const FACTOR: usize = 12;
const SUM: usize = 16;
const WEIGHTS: usize = 24;

/** Bounds under which c · m · w stays below 2^64. */
const NODES_MAX: u32 = 65000;
const WEIGHT_MAX: u32 = 0xffff;
const FACTOR_MAX: u32 = 16 << 16;
const KEYS_MAX: u32 = (1 << 28) - 1;

/** Bytes of a list of one u32 for each node. */
// @ts-ignore: decorator
@inline
function listBytes(count: u32): u32 {
  return (count * 4 + 7) & ~7;
}

/** Where m stands; the loads follow it. */
// @ts-ignore: decorator
@inline
function counts(at: usize): usize {
  return at + WEIGHTS + listBytes(load<u32>(at, COUNT));
}

// @ts-ignore: decorator
@inline
function loadOf(at: usize, node: u32): usize {
  return counts(at) + 8 + (<usize>node << 2);
}

/** Bytes that the loads of `count` nodes occupy; 0 where they are not 1 to 65,000. */
export function loadsSize(count: u32): u32 {
  return count - 1 < NODES_MAX ? <u32>WEIGHTS + 8 + 2 * listBytes(count) : 0;
}

/**
 * Makes the loads of `count` nodes, all 0. `weights` are u32 each, 0 to 65,535; `factor` is c with 16 fraction bits, from 1 to 16.
 * Returns 0, or 1 where a number is out of range or every weight 0.
 */
export function loadsInit(at: usize, count: u32, factor: u32, weights: usize): i32 {
  const bytes = loadsSize(count);
  if (bytes == 0 || factor < 1 << 16 || factor > FACTOR_MAX) return 1;
  let sum: u64 = 0;
  // The last word of the weights may be filled by half.
  store<u64>(at + WEIGHTS + listBytes(count) - 8, 0);
  for (let node: u32 = 0; node < count; node++) {
    const weight = load<u32>(weights + (<usize>node << 2));
    if (weight > WEIGHT_MAX) return 1;
    store<u32>(at + (<usize>node << 2), weight, WEIGHTS);
    sum += weight;
  }
  if (sum == 0) return 1;
  writeHead(at, MAGIC, bytes, <u32>WEIGHTS + listBytes(count));
  store<u32>(at, count, COUNT);
  store<u32>(at, factor, FACTOR);
  store<u64>(at, sum, SUM);
  clearWords(counts(at), 8 + listBytes(count));
  return 0;
}

/** The most keys that `node` may hold among those that there are now. */
function capacity(at: usize, node: u32): u32 {
  const share = <u64>load<u32>(at, FACTOR) * load32(counts(at)) * load<u32>(at + (<usize>node << 2), WEIGHTS);
  const whole = load<u64>(at, SUM) << 16;
  return <u32>(share / whole + <u64>(share % whole != 0));
}

/** Counts a key that looks for a node; false where there are too many to count. */
export function loadsEnter(at: usize): bool {
  const to = counts(at);
  let total = load32(to);
  while (total < KEYS_MAX) {
    const held = cas32(to, total, total + 1);
    if (held == total) return true;
    total = held;
  }
  return false;
}

/** Puts a key that was counted with `node`, if it has room. */
export function loadsTake(at: usize, node: u32): bool {
  const most = capacity(at, node);
  const to = loadOf(at, node);
  let load = load32(to);
  while (load < most) {
    const held = cas32(to, load, load + 1);
    if (held == load) return true;
    load = held;
  }
  return false;
}

/**
 * Puts a key that was counted with the first node that has room, for the key that met none on its way: rounding can leave a node of
 * small weight without any place in a table. There always is one, since together the nodes may hold all keys that are counted; where
 * another thread takes it first, the next one is looked for.
 */
export function loadsFallback(at: usize): i32 {
  const count = load<u32>(at, COUNT);
  let node: u32 = 0;
  while (!loadsTake(at, node)) node = node + 1 < count ? node + 1 : 0;
  return node;
}

// @ts-ignore: decorator
@inline
function loadsLeave(at: usize): void {
  add32(counts(at), -1);
}

/** Takes a key away from `node`. Returns 1, or 0 where it holds none. */
export function loadsRelease(at: usize, node: u32): i32 {
  if (node >= load<u32>(at, COUNT)) return 0;
  const to = loadOf(at, node);
  let load = load32(to);
  while (load > 0) {
    const held = cas32(to, load, load - 1);
    if (held == load) {
      loadsLeave(at);
      return 1;
    }
    load = held;
  }
  return 0;
}

/** The keys that `node` holds; of all nodes where `node` is none. */
export function loadsRead(at: usize, node: u32): u32 {
  return load32(node < load<u32>(at, COUNT) ? loadOf(at, node) : counts(at));
}
