/**
 * A vector clock (Fidge, 1988; Mattern, "Virtual Time and Global States of Distributed Systems", 1989): one counter for each
 * of `entries` processes, all of them always there. Layout after the common head:
 *
 *     8 entries u32 | 12 unused || 16 counters, i64 each, with one of 0 behind an odd number of them
 *
 * Counters are signed and stop at 2^53 - 1, which JavaScript holds exactly and a process that counts a million events a
 * second reaches after 285 years. Two fit a vector register; there is no unsigned comparison of 64-bit lanes, and none is missed.
 */

import { compare, headBytes, writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";
import { AFTER, BEFORE, INCOMPARABLE } from "./order";
import { WHOLE_MAX } from "./rows";

/** "VCL" and the layout's version. */
const MAGIC: u32 = 0x014c4356;
const ENTRIES: usize = 8;
const COUNTERS: usize = 16;
const ENTRIES_MAX: u32 = 65_532;

/** Bytes of a clock of `entries` processes; 0 where that is not 1 to 65,532. */
export function vectorSize(entries: u32): u32 {
  if (entries - 1 >= ENTRIES_MAX) return 0;
  return <u32>COUNTERS + (((entries + 1) & ~1) << 3);
}

export function vectorInit(at: usize, entries: u32): i32 {
  const bytes = vectorSize(entries);
  if (bytes == 0) return 1;
  writeHead(at, MAGIC, bytes, <u32>COUNTERS);
  store<i64>(at, <i64>entries, ENTRIES);
  clearWords(at + COUNTERS, bytes - <u32>COUNTERS);
  return 0;
}

/** Where the counter of process `index` lies; 0 where there is none. */
function counter(at: usize, index: u32): usize {
  return index < load<u32>(at, ENTRIES) ? at + COUNTERS + (<usize>index << 3) : 0;
}

/** The counter of process `index`; -1 where there is none. */
export function vectorGet(at: usize, index: u32): i64 {
  const cell = counter(at, index);
  return cell == 0 ? -1 : load<i64>(cell);
}

/** Raises the counter of process `index` to `count`, never lower. Returns 0, or 1 where there is no such process. */
export function vectorRaise(at: usize, index: u32, count: i64): i32 {
  const cell = counter(at, index);
  if (cell == 0) return 1;
  if (count > WHOLE_MAX) count = WHOLE_MAX;
  if (count > load<i64>(cell)) store<i64>(cell, count);
  return 0;
}

/** Counts an event of process `index`. Returns its counter, or -1 where there is no such process. */
export function vectorIncrement(at: usize, index: u32): i64 {
  const cell = counter(at, index);
  if (cell == 0) return -1;
  const count = load<i64>(cell);
  if (count == WHOLE_MAX) return count;
  store<i64>(cell, count + 1);
  return count + 1;
}

/** How the clock at `at` stands to `other` (see `order.ts`). */
export function vectorCompare(at: usize, other: usize): u32 {
  if (compare(at, other) != 0) return INCOMPARABLE;
  return order(at, other, headBytes(at));
}

/** The same for clocks of the same length, of `bytes` bytes. */
// @ts-ignore: decorator
@inline
function order(at: usize, other: usize, bytes: usize): u32 {
  if (ASC_FEATURE_SIMD) {
    let less = i64x2.splat(0);
    let greater = less;
    for (let offset = COUNTERS; offset < bytes; offset += 16) {
      const mine = v128.load(at + offset);
      const theirs = v128.load(other + offset);
      // The sign of a difference, which cannot overflow, is cheaper than a comparison of 64-bit lanes.
      less = v128.or(less, v128.sub<i64>(mine, theirs));
      greater = v128.or(greater, v128.sub<i64>(theirs, mine));
    }
    return (v128.bitmask<i64>(less) != 0 ? BEFORE : 0) | (v128.bitmask<i64>(greater) != 0 ? AFTER : 0);
  }
  let found: u32 = 0;
  for (let offset = COUNTERS; offset < bytes; offset += 8) {
    const mine = load<i64>(at + offset);
    const theirs = load<i64>(other + offset);
    found |= (mine < theirs ? BEFORE : 0) | (mine > theirs ? AFTER : 0);
  }
  return found;
}

/**
 * Compares the clock at `at` with `count` others; one byte of order each to `out`. Where they are stands at `others`, 4 bytes each: as
 * distances from `at`, modulo 2^32, so that the list holds no address either.
 */
export function vectorCompareMany(at: usize, others: usize, count: u32, out: usize): void {
  for (const end = out + count; out < end; out++) {
    store<u8>(out, vectorCompare(at, at + load<u32>(others)));
    others += 4;
  }
}

/** Takes over every counter of `other` that is greater. Returns 0, or how their shapes differ. */
export function vectorMerge(at: usize, other: usize): i32 {
  const status = compare(at, other);
  if (status != 0) return status;
  const bytes = <usize>headBytes(at);
  if (ASC_FEATURE_SIMD) {
    for (let offset = COUNTERS; offset < bytes; offset += 16) {
      const mine = v128.load(at + offset);
      const theirs = v128.load(other + offset);
      v128.store(at + offset, v128.bitselect(theirs, mine, v128.gt<i64>(theirs, mine)));
    }
  } else {
    for (let offset = COUNTERS; offset < bytes; offset += 8) {
      const theirs = load<i64>(other + offset);
      if (theirs > load<i64>(at + offset)) store<i64>(at + offset, theirs);
    }
  }
  return 0;
}
