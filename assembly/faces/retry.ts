import { ONE } from "../math/growth";
import { partsFrom, ticksFromUs, usFromTicks, wholeFrom } from "../math/ticks";
import * as backoff from "../retry/backoff";
import * as budget from "../retry/budget";

export { loadState as backoffLoad, saveState as backoffSave } from "../memory/snapshot";
export { backoffSize } from "../retry/backoff";
export { budgetSize } from "../retry/budget";

export function backoffInit(at: usize, kind: u32, jitter: u32, baseUs: f64, mostUs: f64, factor: f64, seed: u32): i32 {
  return backoff.backoffInit(at, kind, jitter, ticksFromUs(baseUs), ticksFromUs(mostUs), partsFrom(factor, ONE), seed);
}

export function backoffNext(at: usize, attempt: u32, previousUs: f64): f64 {
  return usFromTicks(backoff.backoffNext(at, attempt, ticksFromUs(previousUs)));
}

export function budgetInit(at: usize, deposit: f64, withdrawal: f64, reserve: f64, ttlUs: f64): i32 {
  return budget.budgetInit(at, wholeFrom(deposit), wholeFrom(withdrawal), wholeFrom(reserve), ticksFromUs(ttlUs));
}

export function budgetDeposit(at: usize, nowUs: f64): void {
  budget.budgetDeposit(at, ticksFromUs(nowUs));
}

export function budgetTryWithdraw(at: usize, nowUs: f64): i32 {
  return budget.budgetTryWithdraw(at, ticksFromUs(nowUs));
}

export function budgetBalance(at: usize, nowUs: f64): f64 {
  return <f64>budget.budgetBalance(at, ticksFromUs(nowUs));
}

export function budgetSave(at: usize, to: usize, nowUs: f64): void {
  budget.budgetSave(at, to, ticksFromUs(nowUs));
}

export function budgetLoad(at: usize, from: usize, nowUs: f64): i32 {
  return budget.budgetLoad(at, from, ticksFromUs(nowUs));
}
