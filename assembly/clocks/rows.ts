/**
 * A version vector as rows in memory, sorted by id, each id once:
 *
 *     0 id u32 | 4 values u32 | 8 counter i64
 *
 * `values` belongs to the dotted version vector set, and is 0 where a row is only a counter, as in a context.
 */

import { AFTER, BEFORE } from "./order";

export const ROW: usize = 16;

/** The largest counter and value: JavaScript holds it exactly. */
export const WHOLE_MAX: i64 = (1 << 53) - 1;

// @ts-ignore: decorator
@inline
export function idOf(row: usize): u32 {
  return load<u32>(row);
}

// @ts-ignore: decorator
@inline
export function valuesOf(row: usize): u32 {
  return load<u32>(row, 4);
}

// @ts-ignore: decorator
@inline
export function counterOf(row: usize): i64 {
  return load<i64>(row, 8);
}

// @ts-ignore: decorator
@inline
export function writeRow(row: usize, id: u32, values: u32, counter: i64): void {
  store<u32>(row, id);
  store<u32>(row, values, 4);
  store<i64>(row, counter, 8);
}

/** The first of `count` rows whose id is not below `id`, or their end. */
export function lowerBound(rows: usize, count: u32, id: u32): usize {
  const end = rows + <usize>count * ROW;
  while (rows < end && idOf(rows) < id) rows += ROW;
  return rows;
}

/** The counter of `id`, 0 where there is none. */
export function counterAt(rows: usize, count: u32, id: u32): i64 {
  const row = lowerBound(rows, count, id);
  return row < rows + <usize>count * ROW && idOf(row) == id ? counterOf(row) : 0;
}

/** Whether `count` rows are a context: ids ascending, counters of whole numbers, no values. */
export function isContext(rows: usize, count: u32): bool {
  for (let index: u32 = 0; index < count; index++) {
    if (index > 0 && idOf(rows) <= idOf(rows - ROW)) return false;
    if (valuesOf(rows) != 0 || <u64>counterOf(rows) > <u64>WHOLE_MAX) return false;
    rows += ROW;
  }
  return true;
}

/** How one history stands to another (see `order.ts`). An id that only one of them has is something that the other lacks. */
export function compareRows(one: usize, oneCount: u32, other: usize, otherCount: u32): u32 {
  const oneEnd = one + <usize>oneCount * ROW;
  const otherEnd = other + <usize>otherCount * ROW;
  let found: u32 = 0;
  while (one < oneEnd && other < otherEnd) {
    const mine = idOf(one);
    const theirs = idOf(other);
    if (mine != theirs) found |= mine < theirs ? AFTER : BEFORE;
    else if (counterOf(one) != counterOf(other)) found |= counterOf(one) > counterOf(other) ? AFTER : BEFORE;
    if (mine <= theirs) one += ROW;
    if (theirs <= mine) other += ROW;
  }
  return found | (one < oneEnd ? AFTER : 0) | (other < otherEnd ? BEFORE : 0);
}
