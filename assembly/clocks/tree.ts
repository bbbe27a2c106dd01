/**
 * The trees of an interval tree clock, unpacked for the time of one operation into a scratch block of the caller's:
 *
 *     0 next free byte u32 | 4 place of the next bit u32 | 8 bytes of the code u32 | 12 bits of the code u32 | 16 fault u32 | 24 nodes
 *     node: 0 number i64 | 8 left u32 | 12 right u32; a leaf has no children
 *
 * An id is a tree of leaves 0 and 1, an event tree has a number at every node. The rules are those of Almeida, Baquero and Fonte,
 * "Interval Tree Clocks", OPODIS 2008, §5; event trees are changed in place, since each operation unpacks its own.
 */

const FREE: usize = 0;
const PLACE: usize = 4;
const CODE: usize = 8;
const LIMIT: usize = 12;
const FAULT: usize = 16;
const NODES: usize = 24;
const NODE: usize = 16;
const LEFT: usize = 8;
const RIGHT: usize = 12;

/** No tree is deeper: a fork adds at most one level, so a participant and its line can fork this often before one joins. */
const DEPTH_MAX: u32 = 256;

/** The price that opening a leaf has in the choice where to grow: more than any depth. */
const OPENING: i32 = 1000;

/** Longest number: 2^50, in groups of 2, 3, … bits, as the encoding has them. */
const GROUP_MAX: u32 = 50;

/** Bytes of scratch for operations over stamps whose codes have `bits` bits together. */
export function scratchFor(bits: u32): u32 {
  // Two bits of code make at most two nodes; joining, growing or splitting opens each leaf at most once, by two more.
  return <u32>NODES + (2 * bits + 16) * <u32>NODE;
}

/** Makes a scratch block ready. */
export function openScratch(scratch: usize): void {
  store<u32>(scratch, <u32>(scratch + NODES), FREE);
  store<u32>(scratch, 0, FAULT);
}

/** Notes that what was read, or asked for, is not possible. */
function fail(scratch: usize): void {
  store<u32>(scratch, 1, FAULT);
}

/** Whether anything was not possible since the block was opened. */
export function failed(scratch: usize): bool {
  return load<u32>(scratch, FAULT) != 0;
}

function node(scratch: usize, number: i64, left: usize, right: usize): usize {
  const at = <usize>load<u32>(scratch, FREE);
  store<u32>(scratch, <u32>(at + NODE), FREE);
  store<i64>(at, number);
  store<u32>(at, <u32>left, LEFT);
  store<u32>(at, <u32>right, RIGHT);
  return at;
}

/** A new leaf. */
export function leaf(scratch: usize, number: i64): usize {
  return node(scratch, number, 0, 0);
}

// @ts-ignore: decorator
@inline
function numberOf(at: usize): i64 {
  return load<i64>(at);
}

// @ts-ignore: decorator
@inline
function left(at: usize): usize {
  return load<u32>(at, LEFT);
}

// @ts-ignore: decorator
@inline
function right(at: usize): usize {
  return load<u32>(at, RIGHT);
}

// @ts-ignore: decorator
@inline
function isLeaf(at: usize): bool {
  return left(at) == 0;
}

/** Whether a leaf of that number. */
export function isLeafOf(at: usize, number: i64): bool {
  return isLeaf(at) && numberOf(at) == number;
}

/** Turns a node into a leaf. */
function close(at: usize, number: i64): void {
  store<i64>(at, number);
  store<i64>(at, 0, LEFT);
}

/** Opens a leaf into a node with two leaves of 0, which stands for the same. */
function open(scratch: usize, at: usize): void {
  store<u32>(at, <u32>leaf(scratch, 0), LEFT);
  store<u32>(at, <u32>leaf(scratch, 0), RIGHT);
}

/** Adds to a node's number, and so to everything below it. */
// @ts-ignore: decorator
@inline
function lift(at: usize, amount: i64): void {
  store<i64>(at, numberOf(at) + amount);
}

/** Lets reading or writing begin at the first of `bits` bits at `code`. */
export function openCode(scratch: usize, code: usize, bits: u32): void {
  store<u32>(scratch, 0, PLACE);
  store<u32>(scratch, <u32>code, CODE);
  store<u32>(scratch, bits, LIMIT);
}

/** The bits that were read or written. */
export function bitsUsed(scratch: usize): u32 {
  return load<u32>(scratch, PLACE);
}

/** The next `count` bits, the highest first; 0 and a fault beyond the end. */
function readBits(scratch: usize, count: u32): i64 {
  const code = <usize>load<u32>(scratch, CODE);
  let place = load<u32>(scratch, PLACE);
  if (count > load<u32>(scratch, LIMIT) - place) {
    fail(scratch);
    return 0;
  }
  let value: i64 = 0;
  for (const end = place + count; place < end; place++) {
    value = (value << 1) | ((load<u8>(code + (place >> 3)) >> (7 - (place & 7))) & 1);
  }
  store<u32>(scratch, place, PLACE);
  return value;
}

/** Writes `count` bits of `value`, the highest first, over bits of 0. */
function writeBits(scratch: usize, value: i64, count: u32): void {
  const code = <usize>load<u32>(scratch, CODE);
  let place = load<u32>(scratch, PLACE);
  store<u32>(scratch, place + count, PLACE);
  for (; count > 0; place++) {
    count--;
    const byte = code + (place >> 3);
    store<u8>(byte, load<u8>(byte) | ((<u32>(value >> count) & 1) << (7 - (place & 7))));
  }
}

/** Reads an id (paper, §6): 2 bits say which halves are not 0, a leaf is 00 and its number. */
export function readId(scratch: usize, depth: u32): usize {
  const halves = <u32>readBits(scratch, 2);
  if (halves == 0) return leaf(scratch, readBits(scratch, 1));
  if (depth == DEPTH_MAX || failed(scratch)) {
    fail(scratch);
    return leaf(scratch, 0);
  }
  const first = (halves & 2) != 0 ? readId(scratch, depth + 1) : leaf(scratch, 0);
  const second = (halves & 1) != 0 ? readId(scratch, depth + 1) : leaf(scratch, 0);
  // Two equal leaves are one leaf, in normal form.
  if (isLeaf(first) && isLeafOf(second, numberOf(first))) fail(scratch);
  return node(scratch, 0, first, second);
}

/** Reads the number of a leaf, behind its first bit: ones for groups that are too short, then the first that holds the rest. */
function readNumber(scratch: usize): i64 {
  let bits: u32 = 2;
  let number: i64 = 0;
  while (readBits(scratch, 1) != 0) {
    if (bits == GROUP_MAX) {
      fail(scratch);
      return 0;
    }
    number += <i64>1 << bits++;
  }
  return number + readBits(scratch, bits);
}

/** Reads an event tree (paper, §6): a leaf is 1 and its number, a node 0 and 2 bits that say which of its parts are not 0. */
export function readEvents(scratch: usize, depth: u32): usize {
  if (readBits(scratch, 1) != 0) return leaf(scratch, readNumber(scratch));
  if (depth == DEPTH_MAX || failed(scratch)) {
    fail(scratch);
    return leaf(scratch, 0);
  }
  let parts = <u32>readBits(scratch, 2);
  let number: i64 = 0;
  if (parts == 3) {
    parts = readBits(scratch, 1) != 0 ? 2 : <u32>readBits(scratch, 1);
    if (readBits(scratch, 1) == 0) fail(scratch);
    number = readNumber(scratch);
  }
  const first = parts != 0 ? readEvents(scratch, depth + 1) : leaf(scratch, 0);
  const second = parts != 1 ? readEvents(scratch, depth + 1) : leaf(scratch, 0);
  // In normal form one child begins at 0, and not both are leaves of 0.
  if (numberOf(first) != 0 && numberOf(second) != 0) fail(scratch);
  if (isLeafOf(first, 0) && isLeafOf(second, 0)) fail(scratch);
  return node(scratch, number, first, second);
}

/** Bits of an id's code; beyond every bound where it is too deep. */
export function idBits(at: usize, depth: u32): u32 {
  if (isLeaf(at)) return 3;
  if (depth == DEPTH_MAX) return 1 << 24;
  const first = isLeafOf(left(at), 0) ? 0 : idBits(left(at), depth + 1);
  const second = isLeafOf(right(at), 0) ? 0 : idBits(right(at), depth + 1);
  return 2 + first + second;
}

export function writeId(scratch: usize, at: usize): void {
  if (isLeaf(at)) return writeBits(scratch, numberOf(at), 3);
  const first = isLeafOf(left(at), 0) ? 0 : 2;
  const second = isLeafOf(right(at), 0) ? 0 : 1;
  writeBits(scratch, first | second, 2);
  if (first != 0) writeId(scratch, left(at));
  if (second != 0) writeId(scratch, right(at));
}

/** Bits of a leaf's code: the group that holds the rest of the number, behind as many bits of prefix. */
function numberBits(number: i64): u32 {
  let bits: u32 = 2;
  while (number >> bits != 0) number -= <i64>1 << bits++;
  return 2 * bits;
}

function writeNumber(scratch: usize, number: i64): void {
  let bits: u32 = 2;
  while (number >> bits != 0) number -= <i64>1 << bits++;
  writeBits(scratch, (<i64>1 << bits) - 2, bits);
  writeBits(scratch, number, bits);
}

/** Which parts of a node are written: 0 the right child, 1 the left one, 2 both. */
function partsOf(at: usize): u32 {
  return isLeafOf(left(at), 0) ? 0 : isLeafOf(right(at), 0) ? 1 : 2;
}

/** Bits of an event tree's code; beyond every bound where it is too deep. */
export function eventBits(at: usize, depth: u32): u32 {
  if (isLeaf(at)) return numberBits(numberOf(at));
  if (depth == DEPTH_MAX) return 1 << 24;
  const parts = partsOf(at);
  const own = numberOf(at) == 0 ? 3 : numberBits(numberOf(at)) + (parts == 2 ? 4 : 5);
  const first = parts != 0 ? eventBits(left(at), depth + 1) : 0;
  const second = parts != 1 ? eventBits(right(at), depth + 1) : 0;
  return own + first + second;
}

export function writeEvents(scratch: usize, at: usize): void {
  if (isLeaf(at)) return writeNumber(scratch, numberOf(at));
  const parts = partsOf(at);
  if (numberOf(at) == 0) writeBits(scratch, parts, 3);
  else {
    // 0 and 11, then 1 for both children, or 0 and which.
    if (parts == 2) writeBits(scratch, 7, 4);
    else writeBits(scratch, 12 | parts, 5);
    writeNumber(scratch, numberOf(at));
  }
  if (parts != 0) writeEvents(scratch, left(at));
  if (parts != 1) writeEvents(scratch, right(at));
}

/** One half of an id (paper, §5.3.2): the first, or the second. The tree is shared, not changed. */
export function half(scratch: usize, at: usize, second: bool): usize {
  if (isLeaf(at)) {
    const number = numberOf(at);
    if (number == 0) return at;
    return node(scratch, 0, leaf(scratch, second ? 0 : 1), leaf(scratch, second ? 1 : 0));
  }
  if (isLeafOf(left(at), 0)) return node(scratch, 0, left(at), half(scratch, right(at), second));
  if (isLeafOf(right(at), 0)) return node(scratch, 0, half(scratch, left(at), second), right(at));
  const none = leaf(scratch, 0);
  return second ? node(scratch, 0, none, right(at)) : node(scratch, 0, left(at), none);
}

/** The sum of two ids (§5.3.3); a fault where both own the same. */
export function sum(scratch: usize, one: usize, other: usize): usize {
  if (isLeafOf(one, 0)) return other;
  if (isLeafOf(other, 0)) return one;
  if (isLeaf(one) || isLeaf(other)) {
    fail(scratch);
    return one;
  }
  const first = sum(scratch, left(one), left(other));
  const second = sum(scratch, right(one), right(other));
  if (isLeafOf(first, 1) && isLeafOf(second, 1)) return first;
  store<u32>(one, <u32>first, LEFT);
  store<u32>(one, <u32>second, RIGHT);
  return one;
}

/** Brings a node whose children are in normal form into it (§5.2). */
function normalise(at: usize): void {
  const first = left(at);
  const second = right(at);
  const base = min(numberOf(first), numberOf(second));
  lift(at, base);
  if (isLeaf(first) && isLeafOf(second, numberOf(first))) return close(at, numberOf(at));
  lift(first, -base);
  lift(second, -base);
}

/** The largest number of events anywhere in a tree. */
function height(at: usize): i64 {
  return numberOf(at) + (isLeaf(at) ? 0 : max(height(left(at)), height(right(at))));
}

/** Whether a tree, `lifted`, has nowhere more events than another, `otherLifted` (§5.3.1). */
export function isWithin(one: usize, lifted: i64, other: usize, otherLifted: i64): bool {
  lifted += numberOf(one);
  otherLifted += numberOf(other);
  if (lifted > otherLifted) return false;
  if (isLeaf(one)) return true;
  // Below a leaf of the other nothing is added: its number goes on as it is.
  if (isLeaf(other)) return lifted + height(one) - numberOf(one) <= otherLifted;
  return isWithin(left(one), lifted, left(other), otherLifted) && isWithin(right(one), lifted, right(other), otherLifted);
}

/** The join of two event trees (§5.3.3): everywhere the larger number. Both are used up. */
export function joinEvents(scratch: usize, one: usize, other: usize): usize {
  if (isLeaf(one) && isLeaf(other)) return numberOf(one) > numberOf(other) ? one : other;
  if (isLeaf(one)) open(scratch, one);
  if (isLeaf(other)) open(scratch, other);
  if (numberOf(one) > numberOf(other)) {
    const lower = other;
    other = one;
    one = lower;
  }
  const above = numberOf(other) - numberOf(one);
  lift(left(other), above);
  lift(right(other), above);
  store<u32>(one, <u32>joinEvents(scratch, left(one), left(other)), LEFT);
  store<u32>(one, <u32>joinEvents(scratch, right(one), right(other)), RIGHT);
  normalise(one);
  return one;
}

/** Raises a child to at least `floor` as a whole, and to its own height. Returns whether that changed it. */
function level(at: usize, floor: i64): bool {
  const number = max(height(at), floor);
  if (isLeafOf(at, number)) return false;
  close(at, number);
  return true;
}

/** Fills what an id owns as far as that makes the event tree simpler (§5.3.4). Returns whether anything changed. */
export function fill(id: usize, events: usize): bool {
  if (isLeaf(events) || isLeafOf(id, 0)) return false;
  if (isLeaf(id)) return level(events, 0);
  const first = left(events);
  const second = right(events);
  let changed: bool;
  if (isLeafOf(left(id), 1)) {
    changed = fill(right(id), second);
    changed = level(first, numberOf(second)) || changed;
  } else if (isLeafOf(right(id), 1)) {
    changed = fill(left(id), first);
    changed = level(second, numberOf(first)) || changed;
  } else {
    changed = fill(left(id), first);
    changed = fill(right(id), second) || changed;
  }
  if (changed) normalise(events);
  return changed;
}

/** What growing an event tree at the best place would cost (§5.3.4); no events (0) stands for a leaf that is not opened yet. */
function cost(id: usize, events: usize): i32 {
  if (isLeaf(id)) return 0;
  const closed = events == 0 || isLeaf(events);
  const step = closed ? OPENING + 1 : 1;
  const first: usize = closed ? 0 : left(events);
  const second: usize = closed ? 0 : right(events);
  if (isLeafOf(left(id), 0)) return step + cost(right(id), second);
  if (isLeafOf(right(id), 0)) return step + cost(left(id), first);
  return step + min(cost(left(id), first), cost(right(id), second));
}

/** Counts one more event where the id owns and where the tree grows least (§5.3.4); of two equal places the right one. */
export function grow(scratch: usize, id: usize, events: usize): void {
  while (!isLeaf(id)) {
    if (isLeaf(events)) open(scratch, events);
    const goesLeft =
      !isLeafOf(left(id), 0) && (isLeafOf(right(id), 0) || cost(left(id), left(events)) < cost(right(id), right(events)));
    id = goesLeft ? left(id) : right(id);
    events = goesLeft ? left(events) : right(events);
  }
  lift(events, 1);
}
