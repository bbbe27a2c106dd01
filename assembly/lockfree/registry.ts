/**
 * Who works on a memory, and which structures in it they hold: the book by which what a dead thread held is freed. Layout:
 *
 *     0 magic | 8 entries u32 | 128 owners, 16 bytes each: word u32, label u32, beats u32, 4 unused | 1152 entries: holders, identity
 *
 * An owner is a thread with a number from 1 to 62. Its word has a state in 2 bits and, above, how often the number was given out.
 * An entry is a block of the arena. Bit n of `holders` says that owner n holds it, and the block is freed when the last bit goes; bit
 * 63 says that the entry is being made. `identity` is the block's address and its generation, by which a handle is told from one
 * to a block that was freed and given out again.
 */

import { arenaFree, arenaGeneration } from "../memory/arena";
import { add32, cas32, cas64, load32, load64, store32, store64 } from "../memory/atomic";
import { writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";
import { OWNERS, bytesFor } from "./layout";
import { MPMC_MAGIC, mpmcReclaim } from "./mpmc";
import { PERMITS_MAGIC, permitsReclaim } from "./permits";

/** "REG" and the layout's version. */
const MAGIC: u32 = 0x01474552;
const COUNT: usize = 8;
const OWNER_WORDS: usize = 128;
const OWNER: usize = 16;
const LABEL: usize = 4;
const BEATS: usize = 8;
const ENTRIES: usize = OWNER_WORDS + 64 * OWNER;
const ENTRY: u32 = 16;
const IDENTITY: usize = 8;

/** States of an owner's number, in the lowest two bits of its word. */
const LIVE: u32 = 1;
const CHANGING: u32 = 2;
const STATE: u32 = 3;

/** An entry that is being made. */
const MAKING: i64 = i64.MIN_VALUE;
const NO_ENTRY: u32 = 0xffffffff;

/** Bytes of a registry of `entries` blocks, 1 to 65,536; 0 otherwise. */
export function registrySize(entries: u32): u32 {
  return entries - 1 >= 1 << 16 ? 0 : bytesFor(ENTRIES, entries, ENTRY);
}

export function registryInit(at: usize, entries: u32): i32 {
  if (registrySize(entries) == 0) return 1;
  clearWords(at, registrySize(entries));
  store<u32>(at, entries, COUNT);
  writeHead(at, MAGIC, <u32>ENTRIES, 16);
  return 0;
}

// @ts-ignore: decorator
@inline
function ownerAt(at: usize, owner: u32): usize {
  return at + OWNER_WORDS + <usize>owner * OWNER;
}

// @ts-ignore: decorator
@inline
function entryAt(at: usize, entry: u32): usize {
  return at + ENTRIES + <usize>entry * ENTRY;
}

// @ts-ignore: decorator
@inline
function bitOf(owner: u32): i64 {
  return (<i64>1) << owner;
}

/** Gives the calling thread a number, 1 to 62; 0 where all are taken. `label` is how others name the thread. */
export function registryJoin(at: usize, label: u32): u32 {
  for (let owner: u32 = 1; owner <= OWNERS; owner++) {
    const word = load32(ownerAt(at, owner));
    if ((word & STATE) != 0 || cas32(ownerAt(at, owner), word, word | CHANGING) != word) continue;
    store32(ownerAt(at, owner) + LABEL, label);
    store32(ownerAt(at, owner), word | LIVE);
    return owner;
  }
  return 0;
}

/** What is known of an owner: 0 its word, 1 its label, 2 its beats. A word whose lowest two bits are not 1 is nobody's. */
export function registryOwner(at: usize, owner: u32, what: u32): u32 {
  return load32(ownerAt(at, owner) + (<usize>what << 2));
}

/** Shows that the owner is alive. */
export function registryBeat(at: usize, owner: u32): void {
  add32(ownerAt(at, owner) + BEATS, 1);
}

/** Enters a block of the arena, held by `owner`; returns its entry, or 2^32 - 1 where all are taken. */
export function registryAdd(at: usize, block: usize, owner: u32): u32 {
  // What the block held before must not be taken for a structure that wants something done when its holder dies.
  store32(block, 0);
  const entries = load<u32>(at, COUNT);
  for (let entry: u32 = 0; entry < entries; entry++) {
    const place = entryAt(at, entry);
    if (load64(place) != 0 || cas64(place, 0, MAKING) != 0) continue;
    store64(place + IDENTITY, identityOf(block, arenaGeneration(block)));
    store64(place, bitOf(owner));
    return entry;
  }
  return NO_ENTRY;
}

// @ts-ignore: decorator
@inline
function identityOf(block: usize, generation: u32): i64 {
  return <i64>block | (<i64>generation << 32);
}

/** Has `owner` hold the block too. Returns 1, or 0 where it is not there any more. */
export function registryHold(at: usize, entry: u32, block: usize, generation: u32, owner: u32): i32 {
  if (entry >= load<u32>(at, COUNT)) return 0;
  const place = entryAt(at, entry);
  const identity = identityOf(block, generation);
  while (true) {
    const holders = load64(place);
    // Nobody holds it, or it is being made into another.
    if (holders <= 0 || load64(place + IDENTITY) != identity) return 0;
    if ((holders & bitOf(owner)) != 0) return 1;
    if (cas64(place, holders, holders | bitOf(owner)) == holders) break;
  }
  if (load64(place + IDENTITY) == identity) return 1;
  // Between the looks it was freed and became another block's, which now loses a holder that it never should have had.
  registryDrop(at, entry, owner);
  return 0;
}

/**
 * Has `owner` let go of the block, and of what it holds inside; whoever is last frees the block. Returns 1 where that was the owner.
 */
export function registryDrop(at: usize, entry: u32, owner: u32): i32 {
  const place = entryAt(at, entry);
  let holders = load64(place);
  if (holders <= 0 || (holders & bitOf(owner)) == 0) return 0;
  // Read while it is held, because the entry may be another's right after.
  const identity = load64(place + IDENTITY);
  empty(<usize>(<u32>identity), owner);
  while (true) {
    const left = holders & ~bitOf(owner);
    const seen = cas64(place, holders, left);
    if (seen == holders) return left == 0 ? arenaFree(<usize>(<u32>identity), <u32>(<u64>identity >> 32)) : 0;
    holders = seen;
  }
}

/**
 * Frees what an owner held and gives its number back: for a thread that leaves, and for one that died. Returns 1, or 0 where
 * the owner is not there, or another thread is at it. `word` is the owner's, so that nobody's successor is hit.
 */
export function registryReclaim(at: usize, owner: u32, word: u32): i32 {
  if ((word & STATE) != LIVE || load32(ownerAt(at, owner)) != word) return 0;
  if (cas32(ownerAt(at, owner), word, word ^ STATE) != word) return 0;
  const entries = load<u32>(at, COUNT);
  for (let entry: u32 = 0; entry < entries; entry++) registryDrop(at, entry, owner);
  store32(ownerAt(at, owner), (word | STATE) + 1);
  return 1;
}

/**
 * As `registryReclaim`, but also where joining or reclaiming was begun and never ended, which leaves a number that nobody can use.
 * Only for whoever knows that no other can be at it: processes change owners under a lock of the file.
 */
export function registryRepair(at: usize, owner: u32): void {
  const word = load32(ownerAt(at, owner));
  if ((word & STATE) == 0) return;
  // Live and changing are the two states that there are.
  const live = (word & ~STATE) | LIVE;
  store32(ownerAt(at, owner), live);
  registryReclaim(at, owner, live);
}

/** Frees what an owner holds inside a structure, where the structure keeps a book of it. */
function empty(block: usize, owner: u32): void {
  const magic = load32(block);
  if (magic == MPMC_MAGIC) mpmcReclaim(block, owner);
  else if (magic == PERMITS_MAGIC) permitsReclaim(block, owner);
}
