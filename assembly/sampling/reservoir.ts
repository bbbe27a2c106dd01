/**
 * A fair sample of fixed size from a stream of unknown length, each item as likely to be in it as its weight says: algorithm A-ExpJ
 * (Efraimidis and Spirakis, "Weighted Random Sampling with a Reservoir", Information Processing Letters 97, 2006). Each item has the
 * key u^(1/weight), u uniform; the sample is the items with the largest keys. Instead of drawing a key for each, the weight to
 * skip until the next one that gets in is drawn, so a stream of n items costs about k log(n/k) logarithms. Equal weights give every
 * item the same chance (then this is Li's algorithm L).
 *
 * Keys are kept as their logarithms, log(u)/weight: they neither underflow nor crowd at 1 in long streams. Two reservoirs merge
 * by their keys, and the result is distributed as a reservoir over both streams.
 *
 * The core knows slots, not items: the host keeps an item for each slot. Not shared by threads: a draw moves many words. Threads
 * keep one each and merge.
 *
 * Layout, after the common head; entries are a heap with the smallest key first:
 *
 *     8 capacity u32 | 12 unused || 16 offered u64 | 24 taken u32 | 28 unused | 32 weight to skip f64 | 40 random state |
 *     56 entries: key f64, slot u32, unused
 */

import { exp } from "../math/exp";
import { log } from "../math/log";
import { randomNext, randomSeed } from "../math/random";
import { writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";

/** "RES" and the layout's version. */
const MAGIC: u32 = 0x01534552;
const CONFIGURATION_END: u32 = 16;
const CAPACITY: usize = 8;
const OFFERED: usize = 16;
const TAKEN: usize = 24;
const SKIP: usize = 32;
const RANDOM: usize = 40;
const ENTRIES: usize = 56;
/** The head tells a size of at most 2^16 words. */
const CAPACITY_MAX: u32 = 32000;
/** Weights beyond these count as these: 2^-500 and 2^500. */
const WEIGHT_LEAST: f64 = 3.054936363499605e-151;
const WEIGHT_MOST: f64 = 3.273390607896142e150;
/** Below this, 2^-20, a series of three terms is exact to more than a double's precision needs. */
const SMALL_ARGUMENT: f64 = 9.5367431640625e-7;

/** Bytes that a reservoir of `capacity` items occupies; 0 where that is none or more than 32,000. */
export function reservoirSize(capacity: u32): u32 {
  return capacity - 1 < CAPACITY_MAX ? <u32>ENTRIES + (capacity << 4) : 0;
}

/** Makes an empty reservoir. Returns 0, or 1 where the capacity is out of range. */
export function reservoirInit(at: usize, capacity: u32, seed: u32): i32 {
  const bytes = reservoirSize(capacity);
  if (bytes == 0) return 1;
  clearWords(at, bytes);
  writeHead(at, MAGIC, bytes, CONFIGURATION_END);
  store<u32>(at, capacity, CAPACITY);
  randomSeed(at + RANDOM, seed);
  return 0;
}

/** A random number above 0 and below 1, with 52 bits of it. */
function uniform(at: usize): f64 {
  const high = <f64>(randomNext(at + RANDOM) >> 6);
  const low = <f64>(randomNext(at + RANDOM) >> 6);
  return (high + (low + 0.5) * 1.4901161193847656e-8) * 1.4901161193847656e-8;
}

/** 1 - e^-x for x >= 0, exact for small x too. */
function complementOfExp(x: f64): f64 {
  return x < SMALL_ARGUMENT ? x * (1.0 - x * (0.5 - x * (1.0 / 6.0))) : 1.0 - exp(-x);
}

/** ln(1 - v) for v from 0 to below 1, exact for small v too. */
function logOfComplement(v: f64): f64 {
  return v < SMALL_ARGUMENT ? -v * (1.0 + v * (0.5 + v * (1.0 / 3.0))) : log(1.0 - v);
}

// @ts-ignore: decorator
@inline
function entry(at: usize, index: u32): usize {
  return at + ENTRIES + (<usize>index << 4);
}

/** Draws the weight to skip until the next item gets in. */
function drawSkip(at: usize): void {
  store<f64>(at, log(uniform(at)) / load<f64>(entry(at, 0)), SKIP);
}

/** Moves the entry (key, slot) up from the place `index`. */
function siftUp(at: usize, index: u32, key: f64, slot: u32): void {
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (load<f64>(entry(at, parent)) <= key) break;
    store<f64>(entry(at, index), load<f64>(entry(at, parent)));
    store<u32>(entry(at, index), load<u32>(entry(at, parent), 8), 8);
    index = parent;
  }
  store<f64>(entry(at, index), key);
  store<u32>(entry(at, index), slot, 8);
}

/** Replaces the smallest key. */
function siftDown(at: usize, key: f64, slot: u32): void {
  const count = load<u32>(at, TAKEN);
  let index: u32 = 0;
  while (true) {
    let child: u32 = 2 * index + 1;
    if (child >= count) break;
    if (child + 1 < count && load<f64>(entry(at, child + 1)) < load<f64>(entry(at, child))) child++;
    if (load<f64>(entry(at, child)) >= key) break;
    store<f64>(entry(at, index), load<f64>(entry(at, child)));
    store<u32>(entry(at, index), load<u32>(entry(at, child), 8), 8);
    index = child;
  }
  store<f64>(entry(at, index), key);
  store<u32>(entry(at, index), slot, 8);
}

/** Puts a key into the reservoir if it is full or not; returns its slot. The caller knows that the key belongs in. */
function put(at: usize, key: f64): u32 {
  const taken = load<u32>(at, TAKEN);
  const capacity = load<u32>(at, CAPACITY);
  let slot = taken;
  if (taken < capacity) {
    store<u32>(at, taken + 1, TAKEN);
    siftUp(at, taken, key, slot);
  } else {
    slot = load<u32>(entry(at, 0), 8);
    siftDown(at, key, slot);
  }
  if (load<u32>(at, TAKEN) == capacity) drawSkip(at);
  return slot;
}

/** Offers an item: the slot that it takes, whose former item is out, or -1 where it is not taken. A weight must be above 0, or is passed over. */
export function reservoirOffer(at: usize, weight: f64): i32 {
  if (!(weight > 0)) return -1;
  if (weight > WEIGHT_MOST) weight = WEIGHT_MOST;
  else if (weight < WEIGHT_LEAST) weight = WEIGHT_LEAST;
  store<u64>(at, load<u64>(at, OFFERED) + 1, OFFERED);
  if (load<u32>(at, TAKEN) < load<u32>(at, CAPACITY)) return put(at, log(uniform(at)) / weight);
  const left = load<f64>(at, SKIP) - weight;
  store<f64>(at, left, SKIP);
  if (left > 0) return -1;
  // Its key is above the smallest one: u is uniform between that key to the power of the weight, and 1; in terms of 1 - u.
  const room = complementOfExp(-load<f64>(entry(at, 0)) * weight);
  return put(at, logOfComplement(room * uniform(at)) / weight);
}

/** Takes over entry `index` of the reservoir `from`, if its key is large enough: the slot that it takes, or -1. */
export function reservoirAbsorb(at: usize, from: usize, index: u32): i32 {
  if (index >= load<u32>(from, TAKEN)) return -1;
  const key = load<f64>(entry(from, index));
  if (load<u32>(at, TAKEN) == load<u32>(at, CAPACITY) && key <= load<f64>(entry(at, 0))) return -1;
  return put(at, key);
}

/** The slot of entry `index`, for the host to find its item; -1 where there is no such entry. */
export function reservoirSlot(at: usize, index: u32): i32 {
  return index < load<u32>(at, TAKEN) ? load<u32>(entry(at, index), 8) : -1;
}

/** Counts what `from` was offered as offered here too; the end of a merge. */
export function reservoirAddOffered(at: usize, from: usize): void {
  store<u64>(at, load<u64>(at, OFFERED) + load<u64>(from, OFFERED), OFFERED);
}

/** A reading: 0 how many items were offered, 1 how many are in. */
export function reservoirRead(at: usize, what: u32): i64 {
  return what == 0 ? load<i64>(at, OFFERED) : load<u32>(at, TAKEN);
}
