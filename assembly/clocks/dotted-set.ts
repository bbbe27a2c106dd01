/**
 * A dotted version vector set (Almeida et al., "Scalable and Accurate Causality Tracking for Eventually Consistent Stores", DAIS
 * 2014): all concurrent values of one key with one clock for all of them. A row (id, n, values) says that n writes went
 * through server `id`, and that the newest of them are still values: the first value of the list is that of write n, the next that of
 * n - 1, and so on; everything older was overwritten. Layout after the common head:
 *
 *     8 most rows u32 | 12 most values u32 || 16 rows u32 | 20 values u32 | 24 rows (see `rows.ts`) | values, i64 each
 *
 * The values stand one list after the other in the order of the rows, then those without a server ("anonymous"). A value is a whole
 * number up to 2^53 - 1, the caller's name for what is kept elsewhere.
 *
 * An operation that could overrun the bounds builds its result in `scratch`, a block of the same size, and copies it back when it
 * fits: a set that is full stays as it was.
 */

import { headBytes, writeHead } from "../memory/snapshot";
import { clearWords, copyWords } from "../memory/words";
import { AFTER, BEFORE } from "./order";
import { ROW, WHOLE_MAX, compareRows, counterAt, counterOf, idOf, isContext, lowerBound, valuesOf, writeRow } from "./rows";

/** "DVS" and the layout's version. */
const MAGIC: u32 = 0x01535644;
const ROWS_MAX: usize = 8;
const VALUES_MAX: usize = 12;
const CONFIGURATION_END: u32 = 16;
const COUNT: usize = 16;
const VALUES: usize = 20;
const ROWS: usize = 24;
const BYTES_MAX: u64 = 0xffff << 3;

/** Why a set was not changed. */
const FULL: i32 = 1;
const MALFORMED: i32 = 2;

/** Bytes of a set of up to `rows` servers and `values` values; 0 where either is 0, or both together are above half a megabyte. */
export function dottedSetSize(rows: u32, values: u32): u32 {
  const bytes = <u64>ROWS + <u64>rows * ROW + <u64>values * 8;
  return rows == 0 || values == 0 || bytes > BYTES_MAX ? 0 : <u32>bytes;
}

export function dottedSetInit(at: usize, rows: u32, values: u32): i32 {
  const bytes = dottedSetSize(rows, values);
  if (bytes == 0) return 1;
  writeHead(at, MAGIC, bytes, CONFIGURATION_END);
  store<u32>(at, rows, ROWS_MAX);
  store<u32>(at, values, VALUES_MAX);
  clearWords(at + COUNT, bytes - <u32>COUNT);
  return 0;
}

// @ts-ignore: decorator
@inline
function rowCount(at: usize): u32 {
  return load<u32>(at, COUNT);
}

// @ts-ignore: decorator
@inline
function rowsEnd(at: usize): usize {
  return at + ROWS + <usize>rowCount(at) * ROW;
}

/** Where the values begin. */
// @ts-ignore: decorator
@inline
function valuesStart(at: usize): usize {
  return at + ROWS + <usize>load<u32>(at, ROWS_MAX) * ROW;
}

// @ts-ignore: decorator
@inline
function valuesEnd(at: usize): usize {
  return valuesStart(at) + (<usize>load<u32>(at, VALUES) << 3);
}

/** Where the values without a server begin. */
function anonymousStart(at: usize): usize {
  let start = valuesStart(at);
  for (let row = at + ROWS, end = rowsEnd(at); row < end; row += ROW) start += <usize>valuesOf(row) << 3;
  return start;
}

/** Adds a row behind the others. Returns whether there was room. */
function appendRow(at: usize, id: u32, values: u32, counter: i64): bool {
  const count = rowCount(at);
  if (count == load<u32>(at, ROWS_MAX)) return false;
  writeRow(rowsEnd(at), id, values, counter);
  store<u32>(at, count + 1, COUNT);
  return true;
}

/** Adds `count` values behind the others. Returns whether there was room. */
function appendValues(at: usize, from: usize, count: u32): bool {
  const values = load<u32>(at, VALUES);
  if (count > load<u32>(at, VALUES_MAX) - values) return false;
  copyWords(valuesEnd(at), from, <usize>count << 3);
  store<u32>(at, values + count, VALUES);
  return true;
}

/** Makes `scratch` an empty set with the bounds of the one at `at`. */
function begin(at: usize, scratch: usize): void {
  copyWords(scratch, at, COUNT);
  clearWords(scratch + COUNT, headBytes(at) - <u32>COUNT);
}

/**
 * Writes to `out` the rows of two histories: of an id that both have, the larger counter and those of its values that neither side
 * has seen overwritten. Returns whether they fit.
 */
function mergeRows(out: usize, one: usize, oneEnd: usize, oneValues: usize, other: usize, otherEnd: usize, otherValues: usize): bool {
  while (one < oneEnd || other < otherEnd) {
    const takesOne = other == otherEnd || (one < oneEnd && idOf(one) <= idOf(other));
    const takesOther = one == oneEnd || (other < otherEnd && idOf(other) <= idOf(one));
    // Each side has overwritten what is not above its floor.
    const oneFloor = takesOne ? counterOf(one) - <i64>valuesOf(one) : 0;
    const otherFloor = takesOther ? counterOf(other) - <i64>valuesOf(other) : 0;
    const floor = oneFloor > otherFloor ? oneFloor : otherFloor;
    const fromOne = takesOne && (!takesOther || counterOf(one) >= counterOf(other));
    const row = fromOne ? one : other;
    const kept = counterOf(row) > floor ? <u32>(counterOf(row) - floor) : 0;
    if (!appendRow(out, idOf(row), kept, counterOf(row))) return false;
    if (!appendValues(out, fromOne ? oneValues : otherValues, kept)) return false;
    if (takesOne) {
      oneValues += <usize>valuesOf(one) << 3;
      one += ROW;
    }
    if (takesOther) {
      otherValues += <usize>valuesOf(other) << 3;
      other += ROW;
    }
  }
  return true;
}

/** Adds the values from `from` to `end` that do not stand among the last ones, from `known` on. Returns whether they fit. */
function appendUnknown(at: usize, known: usize, from: usize, end: usize): bool {
  for (; from < end; from += 8) {
    let seen = known;
    const last = valuesEnd(at);
    while (seen < last && load<i64>(seen) != load<i64>(from)) seen += 8;
    if (seen == last && !appendValues(at, from, 1)) return false;
  }
  return true;
}

/** Adds the values of `from` that have no server, except those that stand from `known` on. Returns whether they fit. */
// @ts-ignore: decorator
@inline
function appendAnonymous(at: usize, known: usize, from: usize): bool {
  return appendUnknown(at, known, anonymousStart(from), valuesEnd(from));
}

/**
 * Makes the set at `at` know what `other` knows: values that one side has seen overwritten go, the others stay. Values without a
 * server have no dot: those of the older set go, those of concurrent sets all stay, each once. Returns 0, or 1 where it does not fit.
 */
export function dottedSetSync(at: usize, other: usize, scratch: usize): i32 {
  const found = dottedSetCompare(at, other);
  begin(at, scratch);
  if (!mergeRows(scratch, at + ROWS, rowsEnd(at), valuesStart(at), other + ROWS, rowsEnd(other), valuesStart(other))) return FULL;
  const known = valuesEnd(scratch);
  if (found != BEFORE && !appendAnonymous(scratch, known, at)) return FULL;
  if (found != AFTER && !appendAnonymous(scratch, known, other)) return FULL;
  copyWords(at, scratch, headBytes(at));
  return 0;
}

/**
 * A write of `value` through server `id` by a client who knew the `count` rows at `context`: overwrites what the context knows and
 * gives the value the next dot of `id`. Returns 0, or 1 where it does not fit, or 2 where the rows are no context.
 */
export function dottedSetUpdate(at: usize, context: usize, count: u32, id: u32, value: i64, scratch: usize): i32 {
  if (!isContext(context, count) || <u64>value > <u64>WHOLE_MAX) return MALFORMED;
  begin(at, scratch);
  const contextEnd = context + <usize>count * ROW;
  if (!mergeRows(scratch, at + ROWS, rowsEnd(at), valuesStart(at), context, contextEnd, 0)) return FULL;
  const older = compareRows(at + ROWS, rowCount(at), context, count) == BEFORE;
  if (!older && !appendAnonymous(scratch, valuesEnd(scratch), at)) return FULL;
  const status = event(scratch, id, value);
  if (status == 0) copyWords(at, scratch, headBytes(at));
  return status;
}

/** Gives `value` the next dot of server `id`. Returns 0, or 1 where it does not fit; the set may be changed then. */
function event(at: usize, id: u32, value: i64): i32 {
  const rows = at + ROWS;
  const row = lowerBound(rows, rowCount(at), id);
  let place = valuesStart(at);
  for (let before = rows; before < row; before += ROW) place += <usize>valuesOf(before) << 3;
  const end = valuesEnd(at);
  if (row == rowsEnd(at) || idOf(row) != id) {
    if (!appendRow(at, id, 0, 0)) return FULL;
    for (let to = rowsEnd(at) - 8; to >= row + ROW; to -= 8) store<i64>(to, load<i64>(to - ROW));
    writeRow(row, id, 0, 0);
  }
  if (counterOf(row) >= WHOLE_MAX || !appendValues(at, end, 1)) return FULL;
  for (let to = end; to > place; to -= 8) store<i64>(to, load<i64>(to - 8));
  store<i64>(place, value);
  writeRow(row, id, valuesOf(row) + 1, counterOf(row) + 1);
  return 0;
}

/**
 * Drops the values that the `count` rows at `context` have seen, and learns nothing else from them. Returns 0, or 2 where the rows are
 * no context.
 */
export function dottedSetDiscard(at: usize, context: usize, count: u32): i32 {
  if (!isContext(context, count)) return MALFORMED;
  let from = valuesStart(at);
  let to = from;
  const end = valuesEnd(at);
  for (let row = at + ROWS, last = rowsEnd(at); row < last; row += ROW) {
    const next = from + (<usize>valuesOf(row) << 3);
    const unseen = counterOf(row) - counterAt(context, count, idOf(row));
    const all = <i64>valuesOf(row);
    const kept = <u32>(unseen < 0 ? 0 : unseen < all ? unseen : all);
    for (const stop = from + (<usize>kept << 3); from < stop; from += 8) {
      store<i64>(to, load<i64>(from));
      to += 8;
    }
    store<u32>(row, kept, 4);
    from = next;
  }
  for (; from < end; from += 8) {
    store<i64>(to, load<i64>(from));
    to += 8;
  }
  store<u32>(at, <u32>((to - valuesStart(at)) >> 3), VALUES);
  clearWords(to, end - to);
  return 0;
}

/** How the history of this set stands to that of `other` (see `order.ts`); values do not count. */
export function dottedSetCompare(at: usize, other: usize): u32 {
  return compareRows(at + ROWS, rowCount(at), other + ROWS, rowCount(other));
}

/** Writes the set's history as the rows of a context to `to`. Returns their number. */
export function dottedSetJoin(at: usize, to: usize): u32 {
  for (let row = at + ROWS, end = rowsEnd(at); row < end; row += ROW) {
    writeRow(to, idOf(row), 0, counterOf(row));
    to += ROW;
  }
  return rowCount(at);
}

/** A number of the set: 0 its rows, 1 its values, 2 those without a server. */
export function dottedSetRead(at: usize, what: u32): u32 {
  if (what == 0) return rowCount(at);
  return what == 1 ? load<u32>(at, VALUES) : <u32>((valuesEnd(at) - anonymousStart(at)) >> 3);
}

/** A number of row `index`: 0 its id, 1 its counter, 2 how many values it has; -1 where there is no such row. */
export function dottedSetRow(at: usize, index: u32, what: u32): i64 {
  if (index >= rowCount(at)) return -1;
  const row = at + ROWS + <usize>index * ROW;
  return what == 0 ? <i64>idOf(row) : what == 1 ? counterOf(row) : <i64>valuesOf(row);
}

/** Value number `index` in the order of the rows; -1 where there is none. */
export function dottedSetValue(at: usize, index: u32): i64 {
  return index < load<u32>(at, VALUES) ? load<i64>(valuesStart(at) + (<usize>index << 3)) : -1;
}

/**
 * Adds a row behind the others, for a set that is read in from elsewhere: its `values` values are to follow by `dottedSetAppend`, after
 * those of the rows before. Returns 0, or 1 where it does not fit, or 2 where no set has such a row at this place.
 */
export function dottedSetAppendRow(at: usize, id: u32, counter: i64, values: u32): i32 {
  if (rowCount(at) > 0 && idOf(rowsEnd(at) - ROW) >= id) return MALFORMED;
  if (<u64>counter > <u64>WHOLE_MAX || <u64>values > <u64>counter) return MALFORMED;
  return appendRow(at, id, values, counter) ? 0 : FULL;
}

/** Adds a value behind the others: of a row that waits for it, else without a server. Returns 0, or 1 where it does not fit, or 2. */
export function dottedSetAppend(at: usize, value: i64): i32 {
  if (<u64>value > <u64>WHOLE_MAX) return MALFORMED;
  const end = valuesEnd(at);
  if (load<u32>(at, VALUES) == load<u32>(at, VALUES_MAX)) return FULL;
  store<i64>(end, value);
  store<u32>(at, load<u32>(at, VALUES) + 1, VALUES);
  return 0;
}
