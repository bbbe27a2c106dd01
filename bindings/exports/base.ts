/** What the base module for JavaScript hosts exports (`assembly/base.ts`); a test compares this list with each built file. */

/** An address in the core's memory; 0 is none. */
export type Address = number;

/** The raw functions. Times are microseconds, weights and limits whole numbers; addresses are not checked. */
export interface CoreExports {
  arenaInit(limitBytes: number): number;
  arenaAlloc(size: number): Address;
  arenaFree(block: Address, generation: number): number;
  arenaGeneration(block: Address): number;
  arenaUsed(): number;

  snapshotSize(at: Address): number;

  gcraSize(): number;
  gcraInit(at: Address, limit: number, periodUs: number, burst: number, initial: number): number;
  gcraTryAcquire(at: Address, weight: number, nowUs: number): number;
  gcraCheck(at: Address, weight: number, nowUs: number, to: Address): number;
  gcraPeek(at: Address, weight: number, nowUs: number): number;
  gcraRemaining(at: Address, nowUs: number): number;
  gcraResetAfter(at: Address, nowUs: number): number;
  gcraRefund(at: Address, weight: number, nowUs: number): void;
  gcraReserve(at: Address, weight: number, nowUs: number, patienceUs: number): number;
  gcraCancelReservation(at: Address, weight: number, dueUs: number, nowUs: number): number;
  gcraConfigure(at: Address, limit: number, periodUs: number, burst: number, nowUs: number): number;
  gcraSave(at: Address, to: Address, nowUs: number): void;
  gcraLoad(at: Address, from: Address, nowUs: number): number;

  breakerSize(kind: number, size: number): number;
  breakerInit(
    at: Address,
    kind: number,
    size: number,
    sliceUs: number,
    failureRate: number,
    slowRate: number,
    slowAfterUs: number,
    minimumCalls: number,
    permits: number,
    successes: number,
    maxWaitUs: number,
    openUs: number,
    openMostUs: number,
    openFactor: number,
    openJitter: number,
    seed: number,
  ): number;
  breakerAcquireClosed(at: Address): number;
  breakerTryAcquire(at: Address, nowUs: number): number;
  breakerSettle(at: Address, permit: number, outcome: number, spanUs: number, nowUs: number): number;
  breakerState(at: Address, nowUs: number): number;
  breakerRead(at: Address, what: number, nowUs: number): number;
  breakerRetryAfter(at: Address, nowUs: number): number;
  breakerOpenFor(at: Address, spanUs: number, nowUs: number): void;
  breakerForce(at: Address, state: number, nowUs: number): void;
  breakerSave(at: Address, to: Address, nowUs: number): void;
  breakerLoad(at: Address, from: Address, nowUs: number): number;

  backoffSize(): number;
  backoffInit(
    at: Address,
    kind: number,
    jitter: number,
    baseUs: number,
    mostUs: number,
    factor: number,
    seed: number,
  ): number;
  backoffNext(at: Address, attempt: number, previousUs: number): number;
  backoffSave(at: Address, to: Address): void;
  backoffLoad(at: Address, from: Address): number;

  budgetSize(): number;
  budgetInit(at: Address, deposit: number, withdrawal: number, reserve: number, ttlUs: number): number;
  budgetDeposit(at: Address, nowUs: number): void;
  budgetTryWithdraw(at: Address, nowUs: number): number;
  budgetBalance(at: Address, nowUs: number): number;
  budgetSave(at: Address, to: Address, nowUs: number): void;
  budgetLoad(at: Address, from: Address, nowUs: number): number;

  semaphoreSize(): number;
  semaphoreInit(at: Address, permits: number): number;
  semaphoreTryAcquire(at: Address): number;
  semaphoreRelease(at: Address): number;
  semaphoreInUse(at: Address): number;
  semaphoreResize(at: Address, permits: number): void;

  histogramSize(bits: number, mostUs: number): number;
  histogramInit(at: Address, bits: number, mostUs: number): number;
  histogramRecord(at: Address, valueUs: number): void;
  histogramRead(at: Address, what: number): number;
  histogramQuantile(at: Address, q: number): number;
  histogramMerge(at: Address, other: Address): number;
  histogramReset(at: Address): void;
  histogramSave(at: Address, to: Address): void;
  histogramLoad(at: Address, from: Address): number;

  keyedSize(keys: number): number;
  keyedInit(
    at: Address,
    keys: number,
    limit: number,
    periodUs: number,
    burst: number,
    k0: number,
    k1: number,
    k2: number,
    k3: number,
  ): number;
  keyedAbsorb(at: Address, key: Address, length: number): void;
  keyedTryAcquire(at: Address, key: Address, length: number, weight: number, nowUs: number): number;
  keyedCheck(at: Address, key: Address, length: number, weight: number, nowUs: number, to: Address): number;
  keyedPeek(at: Address, key: Address, length: number, weight: number, nowUs: number): number;
  keyedRemaining(at: Address, key: Address, length: number, nowUs: number): number;
  keyedResetAfter(at: Address, key: Address, length: number, nowUs: number): number;
  keyedRefund(at: Address, key: Address, length: number, weight: number, nowUs: number): void;
  keyedForget(at: Address, key: Address, length: number): number;
  keyedRead(at: Address, what: number): number;
  keyedSaveHead(at: Address, to: Address): void;
  keyedLoadHead(at: Address, from: Address): number;
  keyedSave(at: Address, first: number, count: number, to: Address, nowUs: number): number;
  keyedLoad(at: Address, from: Address, count: number, nowUs: number): void;
}
