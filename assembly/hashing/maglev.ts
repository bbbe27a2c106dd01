/**
 * Maglev hashing (Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, §3.4): each node
 * has a preference of its own over all entries of a table, and the nodes take turns to choose, until the table is full. A lookup is
 * one read. With weights as Envoy has them: in turn n a node chooses only if n times its weight has reached what its
 * choices so far have cost, each the greatest weight.
 *
 *     0 head | 8 entries u32 | 12 0 || entries, u16 each: the index of a node
 *
 * The table follows from its nodes, so there is nothing to save: another process builds it again.
 */

import { writeHead } from "../memory/snapshot";

/** "MAG" and the layout's version. */
const MAGIC: u32 = 0x0147414d;
const SIZE: usize = 8;
const TABLE: usize = 16;

/** Most entries of a table: the largest prime below 2^23, so that an entry's number and a step to the next stay far from 2^32. */
const ENTRIES_MAX: u32 = 8388593;
/** What an entry holds before a node has taken it; there are fewer nodes than this. */
const FREE: u32 = 0xffff;

/** Bytes of a node for `maglevInit`: offset hash u64 | skip hash u64 | weight f64 | 8 bytes to work in. */
const NODE_BYTES: usize = 32;

/** Bytes that a table of `entries` occupies; 0 where that is not a prime number from 2 to 8,388,593. */
export function maglevSize(entries: u32): u32 {
  return entries <= ENTRIES_MAX && isPrime(entries) ? <u32>TABLE + ((entries * 2 + 7) & ~7) : 0;
}

/** With a prime number of entries each step length leads through the whole table. */
function isPrime(n: u32): bool {
  if (n < 2) return false;
  for (let divisor: u32 = 2; divisor * divisor <= n; divisor++) if (n % divisor == 0) return false;
  return true;
}

/**
 * Fills a table with `count` nodes, 1 to 65,534, of 32 bytes each at `nodes`, which are worked in. A node of weight 0 gets no entry. The
 * order of the nodes counts. Returns 0, or 1 where the numbers make no table: a weight that is not a finite number from 0 on, or no weight at all.
 */
export function maglevInit(at: usize, entries: u32, nodes: usize, count: u32): i32 {
  if (maglevSize(entries) == 0 || count - 1 >= FREE - 1) return 1;
  const last = nodes + <usize>count * NODE_BYTES;
  let heaviest: f64 = 0;
  for (let node = nodes; node < last; node += NODE_BYTES) {
    const weight = load<f64>(node, 16);
    // NaN and infinity differ from themselves when 0 is multiplied in.
    if (!(weight >= 0) || weight * 0 != 0) return 1;
    if (weight > heaviest) heaviest = weight;
    // The hashes become the node's next entry and its step; a weight is followed by the cost of the choices so far.
    store<u32>(node, <u32>(load<u64>(node) % entries));
    store<u32>(node, <u32>(load<u64>(node, 8) % (entries - 1)) + 1, 4);
    store<f64>(node, 0, 24);
  }
  if (heaviest == 0) return 1;
  writeHead(at, MAGIC, <u32>TABLE, <u32>TABLE);
  store<u32>(at, entries, SIZE);
  store<u32>(at, 0, SIZE + 4);
  const table = at + TABLE;
  for (let entry: u32 = 0; entry < entries; entry++) store<u16>(table + (entry << 1), FREE);

  let left = entries;
  for (let turn: f64 = 1; left > 0; turn += 1) {
    let index: u32 = 0;
    for (let node = nodes; node < last && left > 0; node += NODE_BYTES, index++) {
      const weight = load<f64>(node, 16);
      const cost = load<f64>(node, 24);
      if (weight == 0 || turn * weight < cost) continue;
      store<f64>(node, cost + heaviest, 24);
      let entry = load<u32>(node);
      const step = load<u32>(node, 4);
      while (load<u16>(table + (entry << 1)) != FREE) entry = next(entry, step, entries);
      store<u16>(table + (entry << 1), index);
      store<u32>(node, next(entry, step, entries));
      left--;
    }
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function next(entry: u32, step: u32, entries: u32): u32 {
  entry += step;
  return entry >= entries ? entry - entries : entry;
}

/** The index of the node for a key's hash. */
export function maglevFind(at: usize, low: u32, high: u32): u32 {
  return nodeOf(at, <u64>low | (<u64>high << 32));
}

/** The same for `count` hashes of 8 bytes each at `keys`, as 4 bytes each to `out`. */
export function maglevFindMany(at: usize, keys: usize, count: u32, out: usize): void {
  for (const end = keys + (<usize>count << 3); keys < end; keys += 8, out += 4) store<u32>(out, nodeOf(at, load<u64>(keys)));
}

// @ts-ignore: decorator
@inline
function nodeOf(at: usize, key: u64): u32 {
  return maglevNode(at, <u32>(key % maglevEntries(at)));
}

/** How many entries the table has. */
// @ts-ignore: decorator
@inline
export function maglevEntries(at: usize): u32 {
  return load<u32>(at, SIZE);
}

/** The index of the node that an entry holds. */
// @ts-ignore: decorator
@inline
export function maglevNode(at: usize, entry: u32): u32 {
  return load<u16>(at + (<usize>entry << 1), TABLE);
}
