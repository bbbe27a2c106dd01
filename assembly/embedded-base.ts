/**
 * The face for microcontrollers and C: whole numbers only. Instants and spans are ticks of 2^-10 µs in i64, weights and
 * limits are i64, addresses and counts are i32. A result of -1 where a wait is expected means "never".
 */

export { arenaAlloc, arenaFree, arenaGeneration, arenaInit, arenaUsed } from "./memory/arena";
export {
  loadState as backoffLoad, loadState as histogramLoad, saveState as backoffSave, saveState as histogramSave,
  saveState as keyedSaveHead, snapshotSize,
} from "./memory/snapshot";
export {
  breakerAcquireClosed, breakerForce, breakerInit, breakerLoad, breakerOpenFor, breakerRead, breakerRetryAfter, breakerSave,
  breakerSettle, breakerSize, breakerState, breakerTryAcquire,
} from "./breaker/breaker";
export {
  gcraCancelReservation, gcraCheck, gcraConfigure, gcraInit, gcraLoad, gcraPeek, gcraRefund, gcraRemaining, gcraReserve,
  gcraResetAfter, gcraSave, gcraSize, gcraTryAcquire,
} from "./limiters/gcra";
export {
  keyedAbsorb, keyedCheck, keyedForget, keyedInit, keyedLoad, keyedLoadHead, keyedPeek, keyedRead, keyedRefund, keyedRemaining,
  keyedResetAfter, keyedSave, keyedSize, keyedTryAcquire,
} from "./limiters/keyed";
export {
  semaphoreInUse, semaphoreInit, semaphoreRelease, semaphoreResize, semaphoreSize, semaphoreTryAcquire,
} from "./limiters/semaphore";
export { backoffInit, backoffNext, backoffSize } from "./retry/backoff";
export { budgetBalance, budgetDeposit, budgetInit, budgetLoad, budgetSave, budgetSize, budgetTryWithdraw } from "./retry/budget";
export {
  histogramAtRank, histogramInit, histogramMerge, histogramRead, histogramRecord, histogramReset, histogramSize,
} from "./sketches/histogram";
