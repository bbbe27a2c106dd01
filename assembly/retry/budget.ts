/**
 * How many retries the calls of the last while pay for: Finagle's `RetryBudget` (service/RetryBudget.scala). Each call
 * deposits, each retry withdraws 1 / ratio of a deposit's worth, deposits and withdrawals are forgotten after the time to
 * live, and a reserve for services with little traffic is always there. Amounts are whole numbers: a deposit is 1,000 so
 * that ratios down to a thousandth need no fractions.
 *
 * Layout after the common head, with ten slices of the time to live, each the balance of its deposits and withdrawals:
 *
 *     8 deposit i64 | 16 withdrawal i64 | 24 reserve i64 | 32 slice length i64 ||
 *     40 clock i64 | 48 last reading i64 | 56 start of the current slice i64 | 64 sum i64 | 72 current slice u32 | 80 slices
 */

import { monotonic, resumeAt } from "../math/monotonic";
import { LOADED, loadState, saveState, writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";

/** "BDG" and the layout's version. */
const MAGIC: u32 = 0x01474442;
const CONFIGURATION_END: u32 = 40;
const CLOCK: usize = 40;
const START: usize = 56;
const SUM: usize = 64;
const HEAD: usize = 72;
const SLICES: usize = 80;
const SLICE_COUNT: u32 = 10;
const BYTES: u32 = <u32>SLICES + SLICE_COUNT * 8;

/** Bytes that a budget occupies. */
export function budgetSize(): u32 {
  return BYTES;
}

/** Amounts are below 2^40, the withdrawal at least 1, the reserve below 2^60; `ttl` is 10 ticks to 2^56. Returns 0, or 1 where they are not. */
export function budgetInit(at: usize, deposit: i64, withdrawal: i64, reserve: i64, ttl: i64): i32 {
  if ((deposit | withdrawal) >> 40 != 0 || withdrawal == 0 || reserve >> 60 != 0 || ttl >> 56 != 0 || ttl < 10) return 1;
  clearWords(at, BYTES);
  writeHead(at, MAGIC, BYTES, CONFIGURATION_END);
  store<i64>(at, deposit, 8);
  store<i64>(at, withdrawal, 16);
  store<i64>(at, reserve, 24);
  store<i64>(at, ttl / SLICE_COUNT, 32);
  return 0;
}

/** Moves on to the slice that `now` falls into, forgetting those that it passes; returns the sum of what is left. */
function advance(at: usize, now: i64): i64 {
  const length = load<i64>(at, 32);
  let passed = (monotonic(at + CLOCK, now) - load<i64>(at, START)) / length;
  let sum = load<i64>(at, SUM);
  if (passed <= 0) return sum;
  store<i64>(at, load<i64>(at, START) + passed * length, START);
  if (passed > <i64>SLICE_COUNT) passed = SLICE_COUNT;
  let head = load<u32>(at, HEAD);
  for (; passed != 0; passed--) {
    head = head + 1 < SLICE_COUNT ? head + 1 : 0;
    const slice = at + SLICES + (<usize>head << 3);
    sum -= load<i64>(slice);
    store<i64>(slice, 0);
  }
  store<u32>(at, head, HEAD);
  store<i64>(at, sum, SUM);
  return sum;
}

// @ts-ignore: decorator
@inline
function add(at: usize, amount: i64, sum: i64): void {
  const slice = at + SLICES + (<usize>load<u32>(at, HEAD) << 3);
  store<i64>(slice, load<i64>(slice) + amount);
  store<i64>(at, sum + amount, SUM);
}

/** Counts a call. */
export function budgetDeposit(at: usize, now: i64): void {
  add(at, load<i64>(at, 8), advance(at, now));
}

/** Pays for a retry: 1, or 0 where the balance does not cover it and nothing was taken. */
export function budgetTryWithdraw(at: usize, now: i64): i32 {
  const sum = advance(at, now);
  const withdrawal = load<i64>(at, 16);
  if (sum + load<i64>(at, 24) < withdrawal) return 0;
  add(at, -withdrawal, sum);
  return 1;
}

/** Retries that the balance covers. */
export function budgetBalance(at: usize, now: i64): i64 {
  const left = advance(at, now) + load<i64>(at, 24);
  return left > 0 ? left / load<i64>(at, 16) : 0;
}

/** Writes a snapshot; its times are by the clock of the budget, which stands still until it is loaded. */
export function budgetSave(at: usize, to: usize, now: i64): void {
  advance(at, now);
  saveState(at, to);
}

/** Loads a snapshot; the clock goes on from `now`. Returns 0, or why it was not loaded. */
export function budgetLoad(at: usize, from: usize, now: i64): i32 {
  const status = loadState(at, from);
  if (status != LOADED) return status;
  resumeAt(at + CLOCK, now);
  return LOADED;
}
