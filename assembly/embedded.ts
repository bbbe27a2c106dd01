/**
 * The face for microcontrollers and C: whole numbers only. Instants and spans are ticks of 2^-10 µs in i64, weights and
 * limits are i64, addresses are i32. A result of -1 where a wait is expected means "never".
 */

export { arenaAlloc, arenaBlockBytes, arenaFree, arenaGeneration, arenaInit, arenaUsed } from "./memory/arena";
export {
  gcraCancelReservation, gcraConfigure, gcraInit, gcraLoad, gcraPeek, gcraRefund, gcraRemaining, gcraReserve,
  gcraResetAfter, gcraSave, gcraSaveSize, gcraSize, gcraTryAcquire,
} from "./limiters/gcra";
export {
  breakerAcquireClosed, breakerDisable, breakerForceOpen, breakerInit, breakerLoad, breakerOpenFor, breakerRead,
  breakerReset, breakerRetryAfter, breakerSave, breakerSaveSize, breakerSettle, breakerSize, breakerState, breakerTryAcquire,
} from "./breaker/breaker";
export { backoffInit, backoffLoad, backoffNext, backoffSave, backoffSaveSize, backoffSize } from "./retry/backoff";
export {
  budgetBalance, budgetDeposit, budgetInit, budgetLoad, budgetSave, budgetSaveSize, budgetSize, budgetTryWithdraw,
} from "./retry/budget";
export {
  semaphoreInUse, semaphoreInit, semaphoreRelease, semaphoreResize, semaphoreSize, semaphoreTryAcquire,
} from "./limiters/semaphore";
export {
  histogramAtRank, histogramInit, histogramLoad, histogramMerge, histogramRead, histogramRecord, histogramReset,
  histogramSave, histogramSaveSize, histogramSize,
} from "./sketches/histogram";
export {
  keyedAbsorb, keyedForget, keyedInit, keyedLoad, keyedLoadHead, keyedPeek, keyedRead, keyedRefund, keyedRemaining,
  keyedResetAfter, keyedSave, keyedSaveHead, keyedSize, keyedTryAcquire,
} from "./limiters/keyed";
