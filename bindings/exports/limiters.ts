import type { Address } from "./base.js";

/** The limiters beyond token bucket and GCRA. Times are microseconds; a wait is Infinity for never. */
export interface LimiterExports {
  gcraAdopt(at: Address, model: Address, nowUs: number): void;

  windowCounterSize(): number;
  windowCounterInit(at: Address, kind: number, limit: number, lengthUs: number): number;
  windowCounterTryAcquire(at: Address, weight: number, nowUs: number): number;
  windowCounterPeek(at: Address, weight: number, nowUs: number): number;
  windowCounterRemaining(at: Address, nowUs: number): number;
  windowCounterResetAfter(at: Address, nowUs: number): number;
  windowCounterRefund(at: Address, weight: number, nowUs: number): void;
  windowCounterConfigure(at: Address, limit: number, lengthUs: number, nowUs: number): number;
  windowCounterSave(at: Address, to: Address, nowUs: number): void;
  windowCounterLoad(at: Address, from: Address, nowUs: number): number;

  keyedTryAcquireMany(
    at: Address,
    texts: Address,
    ends: Address,
    count: number,
    weight: number,
    nowUs: number,
    out: Address,
  ): void;
  keyedWindowInit(
    at: Address,
    kind: number,
    keys: number,
    limit: number,
    lengthUs: number,
    k0: number,
    k1: number,
    k2: number,
    k3: number,
  ): number;
  keyedWindowTryAcquire(at: Address, key: Address, length: number, weight: number, nowUs: number): number;
  keyedWindowPeek(at: Address, key: Address, length: number, weight: number, nowUs: number): number;
  keyedWindowRemaining(at: Address, key: Address, length: number, nowUs: number): number;
  keyedWindowResetAfter(at: Address, key: Address, length: number, nowUs: number): number;
  keyedWindowRefund(at: Address, key: Address, length: number, weight: number, nowUs: number): void;
  keyedWindowSaveHead(at: Address, to: Address, nowUs: number): void;
  keyedWindowLoadHead(at: Address, from: Address, nowUs: number): number;
  keyedWindowSave(at: Address, first: number, count: number, to: Address, nowUs: number): number;
  keyedWindowLoad(at: Address, from: Address, count: number, nowUs: number): void;

  leakyQueueEnter(at: Address, weight: number, nowUs: number): number;
  leakyQueuePeek(at: Address, weight: number, nowUs: number): number;
  leakyQueueLeave(at: Address, weight: number, dueUs: number, nowUs: number): number;

  slidingLogSize(capacity: number): number;
  slidingLogInit(at: Address, limit: number, windowUs: number): number;
  slidingLogTryAcquire(at: Address, weight: number, nowUs: number): number;
  slidingLogPeek(at: Address, weight: number, nowUs: number): number;
  slidingLogRemaining(at: Address, nowUs: number): number;
  slidingLogResetAfter(at: Address, nowUs: number): number;
  slidingLogRefund(at: Address, weight: number, nowUs: number): void;
  slidingLogConfigure(at: Address, limit: number, windowUs: number, nowUs: number): number;
  slidingLogSave(at: Address, to: Address, nowUs: number): void;
  slidingLogLoad(at: Address, from: Address, nowUs: number): number;

  warmUpSize(): number;
  warmUpInit(at: Address, limit: number, periodUs: number, warmUpUs: number, coldFactor: number): number;
  warmUpTryAcquire(at: Address, weight: number, nowUs: number): number;
  warmUpPeek(at: Address, weight: number, nowUs: number): number;
  warmUpReserve(at: Address, weight: number, nowUs: number, patienceUs: number): number;
  warmUpInterval(at: Address, nowUs: number): number;
  warmUpResetAfter(at: Address, nowUs: number): number;
  warmUpConfigure(
    at: Address,
    limit: number,
    periodUs: number,
    warmUpUs: number,
    coldFactor: number,
    nowUs: number,
  ): number;
  warmUpSave(at: Address, to: Address, nowUs: number): void;
  warmUpLoad(at: Address, from: Address, nowUs: number): number;

  hierarchySize(levels: number): number;
  hierarchyTryAcquire(list: Address, weight: number, nowUs: number): number;
  hierarchyPeek(list: Address, weight: number, nowUs: number): number;
}
