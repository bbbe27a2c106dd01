import type { Address } from "./base.js";

/** Breakers that learn their threshold, that threads share, and that look at their peers. */
export interface BreakerFullExports {
  breakerAdaptiveAhead(): number;
  breakerAdaptiveInit(
    at: Address,
    sample: number,
    memory: number,
    factor: number,
    floor: number,
    ceiling: number,
  ): number;
  breakerAdaptiveSettle(at: Address, permit: number, outcome: number, spanUs: number, nowUs: number): number;
  breakerAdaptiveRead(at: Address, what: number): number;
  breakerAdaptiveSnapshotSize(at: Address): number;
  breakerAdaptiveSave(at: Address, to: Address, nowUs: number): void;
  breakerAdaptiveLoad(at: Address, from: Address, nowUs: number): number;

  breakerSharedAhead(): number;
  breakerSharedInit(at: Address, leaseUs: number): number;
  breakerSharedEnter(at: Address, owner: number, nowUs: number): number;
  breakerSharedLeave(at: Address, owner: number): void;
  breakerSharedReclaim(at: Address, owner: number, gone: number): number;
  breakerSharedAcquireClosed(at: Address): number;
  breakerSharedTryAcquire(at: Address, owner: number, nowUs: number): number;
  breakerSharedSettle(
    at: Address,
    owner: number,
    permit: number,
    outcome: number,
    spanUs: number,
    nowUs: number,
  ): number;

  outlierSize(count: number): number;
  outlierRoom(count: number, ejected: number, percent: number): number;
  outlierFind(
    at: Address,
    count: number,
    measure: number,
    minimumCalls: number,
    minimumHosts: number,
    factor: number,
    room: number,
    out: Address,
  ): number;
}
