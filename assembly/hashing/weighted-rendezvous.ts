/**
 * Rendezvous hashing with weights, by the logarithm method (Schindelhauer and Schomaker, "Weighted Distributed Hash Tables", SPAA
 * 2005): a node of weight w draws h, uniform between 0 and 1, from its hash and the key's, and the least −ln(h) / w wins. So each gets its share of keys
 * exactly, and a weight that changes moves keys to or from that node alone.
 *
 *     0 head | 8 nodes u32 | 12 0 || hash u64 and weight f64 of each node
 */

import { log } from "../math/log";
import { writeHead } from "../memory/snapshot";
import { mix64 } from "./mix64";

/** "WRH" and the layout's version. */
const MAGIC: u32 = 0x01485257;
const COUNT: usize = 8;
const NODES: usize = 16;

const NODES_MAX: u32 = 65000;

/** 1 − 2^-20. */
const MARGIN: f64 = 0.9999990463256836;

/** Bytes that `count` nodes occupy; 0 where they are not 1 to 65,000. */
export function weightedSize(count: u32): u32 {
  return count - 1 < NODES_MAX ? <u32>NODES + count * 16 : 0;
}

/**
 * Takes `count` nodes of 16 bytes each at `nodes`: hash u64 | weight f64. A node of weight 0 gets no keys. Returns 0, or 1 where a
 * weight is not a finite number from 0 on, or all are 0.
 */
export function weightedInit(at: usize, nodes: usize, count: u32): i32 {
  if (weightedSize(count) == 0) return 1;
  let heaviest: f64 = 0;
  for (let index: u32 = 0; index < count; index++) {
    const node = nodes + (<usize>index << 4);
    const weight = load<f64>(node, 8);
    if (!(weight >= 0) || weight * 0 != 0) return 1;
    if (weight > heaviest) heaviest = weight;
    store<u64>(at + (<usize>index << 4), load<u64>(node), NODES);
    store<f64>(at + (<usize>index << 4), weight, NODES + 8);
  }
  if (heaviest == 0) return 1;
  writeHead(at, MAGIC, <u32>NODES, <u32>NODES);
  store<u32>(at, count, COUNT);
  store<u32>(at, 0, COUNT + 4);
  return 0;
}

/** The index of the node for a key's hash. */
export function weightedFind(at: usize, low: u32, high: u32): u32 {
  return find(at, <u64>low | (<u64>high << 32));
}

/** The same for `count` hashes of 8 bytes each at `keys`, as 4 bytes each to `out`. */
export function weightedFindMany(at: usize, keys: usize, count: u32, out: usize): void {
  for (const end = keys + (<usize>count << 3); keys < end; keys += 8, out += 4) store<u32>(out, find(at, load<u64>(keys)));
}

function find(at: usize, key: u64): u32 {
  const count = load<u32>(at, COUNT);
  let best: u32 = 0;
  let least: f64 = Infinity;
  for (let index: u32 = 0; index < count; index++) {
    const node = at + (<usize>index << 4);
    // 52 random bits in the middle of their intervals: never 0, never 1. Dividing by a weight of 0 gives infinity, which never is less.
    const h = (<f64>(mix64(load<u64>(node, NODES) ^ key) >> 12) + 0.5) * 2.220446049250313e-16;
    const weight = load<f64>(node, NODES + 8);
    // −ln(h) >= 1 − h, so most nodes have lost before a logarithm is taken; the margin is far above what any rounding here can be.
    if ((1.0 - h) * MARGIN >= least * weight) continue;
    const own = -log(h) / weight;
    if (own < least) {
      best = index;
      least = own;
    }
  }
  return best;
}
