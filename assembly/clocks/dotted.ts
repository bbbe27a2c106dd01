/**
 * A dotted version vector (Preguiça et al., "Dotted Version Vectors: Efficient Causality Tracking for Distributed Key-Value
 * Stores", 2012): the clock of one version of a value. The dot names the write itself, the vector what the writer knew, so that two
 * writes through one server with the same knowledge are told apart. Layout after the common head:
 *
 *     8 most rows u32 | 12 unused || 16 id of the dot u32 | 20 rows u32 | 24 counter of the dot i64, 0 for none |
 *     32 rows of the vector (see `rows.ts`)
 */

import { writeHead } from "../memory/snapshot";
import { clearWords, copyWords } from "../memory/words";
import { AFTER, BEFORE } from "./order";
import { ROW, WHOLE_MAX, counterAt, idOf, isContext, lowerBound, writeRow } from "./rows";

/** "DVV" and the layout's version. */
const MAGIC: u32 = 0x01565644;
const ROWS_MAX: usize = 8;
const CONFIGURATION_END: u32 = 16;
const DOT_ID: usize = 16;
const COUNT: usize = 20;
const DOT: usize = 24;
const ROWS: usize = 32;
const MOST: u32 = 32_000;

/** Why a version was not written. */
const FULL: i32 = 1;
const NO_CONTEXT: i32 = 2;

/** Bytes of a version whose writer knew of up to `rows` ids; 0 where that is not 1 to 32,000. */
export function dottedSize(rows: u32): u32 {
  return rows - 1 < MOST ? <u32>ROWS + rows * <u32>ROW : 0;
}

export function dottedInit(at: usize, rows: u32): i32 {
  const bytes = dottedSize(rows);
  if (bytes == 0) return 1;
  writeHead(at, MAGIC, bytes, CONFIGURATION_END);
  store<i64>(at, <i64>rows, ROWS_MAX);
  clearWords(at + DOT_ID, bytes - <u32>DOT_ID);
  return 0;
}

/** Makes this the version of the dot (`id`, `counter`), written by one who knew the `count` rows at `context`. Returns 0, or why not. */
export function dottedWrite(at: usize, context: usize, count: u32, id: u32, counter: i64): i32 {
  const most = load<u32>(at, ROWS_MAX);
  if (count > most) return FULL;
  if (!isContext(context, count) || counter <= 0 || counter > WHOLE_MAX) return NO_CONTEXT;
  // A dot that its own writer knew already would be older than itself.
  if (counterAt(context, count, id) >= counter) return NO_CONTEXT;
  store<u32>(at, id, DOT_ID);
  store<u32>(at, count, COUNT);
  store<i64>(at, counter, DOT);
  copyWords(at + ROWS, context, <usize>count * ROW);
  clearWords(at + ROWS + <usize>count * ROW, <usize>(most - count) * ROW);
  return 0;
}

/** The largest counter of `id` in this version's history, the dot included; 0 where there is none. */
export function dottedCounter(at: usize, id: u32): i64 {
  if (load<i64>(at, DOT) != 0 && load<u32>(at, DOT_ID) == id) return load<i64>(at, DOT);
  return counterAt(at + ROWS, load<u32>(at, COUNT), id);
}

/** Whether the history of `other` holds this version's dot; one that was never written is held by all. */
function covered(at: usize, other: usize): bool {
  const dot = load<i64>(at, DOT);
  const id = load<u32>(at, DOT_ID);
  if (dot == 0 || (dot == load<i64>(other, DOT) && id == load<u32>(other, DOT_ID))) return true;
  return dot <= counterAt(other + ROWS, load<u32>(other, COUNT), id);
}

/** How this version stands to `other` (see `order.ts`); two of the same dot are the same version. */
export function dottedCompare(at: usize, other: usize): u32 {
  return (covered(other, at) ? 0 : BEFORE) | (covered(at, other) ? 0 : AFTER);
}

/** Writes this version's whole history, the dot included, as rows to `to`: one more than the vector has at most. Returns their number. */
export function dottedContext(at: usize, to: usize): u32 {
  const count = load<u32>(at, COUNT);
  const rows = at + ROWS;
  const dot = load<i64>(at, DOT);
  const id = load<u32>(at, DOT_ID);
  const end = rows + <usize>count * ROW;
  if (dot == 0) return 0;
  const place = lowerBound(rows, count, id);
  const before = place - rows;
  copyWords(to, rows, before);
  writeRow(to + before, id, 0, dot);
  const rest = place < end && idOf(place) == id ? place + ROW : place;
  copyWords(to + before + ROW, rest, end - rest);
  return <u32>((before + ROW + (end - rest)) / ROW);
}
