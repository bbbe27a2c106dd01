/**
 * Memory of fixed size, handed out in blocks: one free list for each size class, each head a 64-bit word that carries
 * a tag beside the address, so that a list changed and changed back between a read and its compare-and-swap is noticed
 * (the ABA problem; Treiber, "Systems Programming: Coping with Parallelism", IBM RJ 5118, 1986).
 *
 * Sizes are 1, 2, 3, 4, 6, 8, 12, 16 … units: at most a third of a block is unused. A unit is a cache line where
 * threads may share the memory, so that two structures never share a line, and 16 bytes on a microcontroller. Freed
 * blocks go back to their class and are not joined: limiters and breakers come and go in few sizes.
 *
 * Each block is preceded by 8 bytes: its class (while it is free, the address of the next free block of its class), and a
 * generation that is odd while the block is in use. Who frees or uses a block by an old handle is found out by the
 * generation. A thread that lost the race for a block may still read its first word, so that word is only ever accessed
 * atomically, and what the owner keeps in the block is not touched by the arena.
 */

import { add32, cas32, cas64, load32, load64, store32 } from "./atomic";
import { clearWords } from "./words";

/** log2 of the unit. */
const UNIT_SHIFT: u32 = ASC_FEATURE_BULK_MEMORY ? 6 : 4;
const UNIT: u32 = 1 << UNIT_SHIFT;
/** One head for each class that the largest memory of the profile can hold: 4 GiB, or one page on a microcontroller. */
const CLASSES: u32 = ASC_FEATURE_BULK_MEMORY ? 52 : 24;

/** Address 0 is never given out, so that 0 can mean "no block". */
const ARENA: usize = 16;
const STATE: usize = ARENA;
const BUMP: usize = ARENA + 4;
const LIMIT: usize = ARENA + 8;
const USED: usize = ARENA + 12;
const HEADS: usize = ARENA + 16;
/** The first block's header; what follows it is aligned to a unit. */
const HEAP: u32 = ((((<u32>HEADS + CLASSES * 8 + 8) + UNIT - 1) / UNIT) * UNIT) - 8;

const FRESH: u32 = 0;
const STARTING: u32 = 1;
const READY: u32 = 2;

/**
 * Makes the arena ready to give out the memory below `limitBytes`. Returns 1 if this call did it, 0 if the memory
 * already had an arena, which then stays as it is.
 */
export function arenaInit(limitBytes: u32): i32 {
  const state = cas32IfFresh();
  if (state == FRESH) {
    store<u32>(LIMIT, limitBytes);
    store<u32>(USED, 0);
    store<u32>(BUMP, HEAP);
    clearWords(HEADS, CLASSES * 8);
    store32(STATE, READY);
    return 1;
  }
  while (load32(STATE) != READY) {}
  return 0;
}

/** Claims the right to initialise; without threads a plain check does it. */
// @ts-ignore: decorator
@inline
function cas32IfFresh(): u32 {
  const seen = load32(STATE);
  if (seen != FRESH) return seen;
  return cas32(STATE, FRESH, STARTING);
}

/** The smallest class that holds `units`. */
function classOf(units: u32): u32 {
  if (units <= 2) return units - 1;
  const power = 31 - clz(units - 1);
  return 2 * power + (((units - 1) >> (power - 1)) & 1);
}

/** Bytes of a block of class `index`. */
function bytesOf(index: u32): u32 {
  return index == 0 ? UNIT : (3 + (index & 1)) << ((index >> 1) + UNIT_SHIFT - 1);
}

/** A block of at least `size` bytes, aligned to a unit, its content undefined; 0 where the memory is used up. */
export function arenaAlloc(size: u32): usize {
  if (size > 0xf0000000) return 0;
  const index = classOf((size + 8 + UNIT - 1) >> UNIT_SHIFT);
  if (index >= CLASSES) return 0;
  const bytes = bytesOf(index);
  const head = HEADS + (index << 3);
  let block: u32 = 0;
  let top = load64(head);
  while (<u32>top != 0) {
    const next = <i64>load32(<usize>(<u32>top) - 8);
    const seen = cas64(head, top, (((top >> 32) + 1) << 32) | next);
    if (seen == top) {
      block = <u32>top;
      store32(block - 8, index);
      break;
    }
    top = seen;
  }
  if (block == 0) {
    let bump = load32(BUMP);
    while (true) {
      const end = <u64>bump + bytes;
      if (end > <u64>load<u32>(LIMIT)) return 0;
      const seen = cas32(BUMP, bump, <u32>end);
      if (seen == bump) break;
      bump = seen;
    }
    block = bump + 8;
    store<u32>(block - 8, index);
    store<u32>(block - 4, 0);
  }
  store32(block - 4, load<u32>(block - 4) + 1);
  add32(USED, bytes);
  return block;
}

/** The generation of a block in use: what `arenaFree` wants to see. */
export function arenaGeneration(block: usize): u32 {
  return load32(block - 4);
}

/** Takes a block back. Returns 1, or 0 where `generation` is not the block's own: it was freed before. */
export function arenaFree(block: usize, generation: u32): i32 {
  if ((generation & 1) == 0 || load32(block - 4) != generation) return 0;
  if (cas32(block - 4, generation, generation + 1) != generation) return 0;
  const index = load<u32>(block - 8);
  add32(USED, 0 - bytesOf(index));
  const head = HEADS + (index << 3);
  let top = load64(head);
  while (true) {
    store32(block - 8, <u32>top);
    const seen = cas64(head, top, (((top >> 32) + 1) << 32) | <i64>block);
    if (seen == top) return 1;
    top = seen;
  }
}

/** Bytes in blocks that are in use, headers and rounding included. */
export function arenaUsed(): u32 {
  return load32(USED);
}
