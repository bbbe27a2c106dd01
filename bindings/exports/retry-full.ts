import type { Address } from "./base.js";

/** Retries held back by what came of the last ones. */
export interface RetryFullExports {
  attemptLimitSize(): number;
  attemptLimitInit(at: Address, most: number, window: number, factor: number): number;
  attemptLimitRecord(at: Address, failed: number): void;
  attemptLimitAllowed(at: Address): number;
  attemptLimitFailureShare(at: Address): number;
  attemptLimitSave(at: Address, to: Address): void;
  attemptLimitLoad(at: Address, from: Address): number;

  retryThrottleSize(): number;
  retryThrottleInit(at: Address, maximum: number, ratio: number): number;
  retryThrottleSuccess(at: Address): void;
  retryThrottleFailure(at: Address): number;
  retryThrottleAllows(at: Address): number;
  retryThrottleTokens(at: Address): number;
  retryThrottleSave(at: Address, to: Address): void;
  retryThrottleLoad(at: Address, from: Address): number;

  sendRateSize(): number;
  sendRateInit(at: Address): number;
  sendRateRecord(at: Address, throttled: number, nowUs: number): void;
  sendRateTryAcquire(at: Address, nowUs: number): number;
  sendRateRead(at: Address, what: number, nowUs: number): number;
  sendRateSave(at: Address, to: Address, nowUs: number): void;
  sendRateLoad(at: Address, from: Address, nowUs: number): number;
}
