import type { Address } from "./base.js";

/** Failure detection and what a gossip protocol adapts to its cluster. Spans are microseconds. */
export interface MembershipExports {
  phiOf(elapsed: number, mean: number, deviation: number): number;
  phiSize(window: number): number;
  phiInit(at: Address, window: number, threshold: number, leastDeviation: number, pause: number, first: number): number;
  phiHeartbeat(at: Address, nowUs: number): void;
  phiValue(at: Address, nowUs: number): number;
  phiAvailable(at: Address, nowUs: number): number;
  /** 0 the mean, 1 the deviation, in microseconds; 2 the number of distances. */
  phiRead(at: Address, what: number): number;
  phiSave(at: Address, to: Address, nowUs: number): void;
  phiLoad(at: Address, from: Address, nowUs: number): number;

  suspicionTimeout(confirmations: number, expected: number, least: number, most: number): number;
  suspicionSize(expected: number): number;
  suspicionInit(at: Address, expected: number, leastUs: number, mostUs: number, from: number, nowUs: number): number;
  suspicionConfirm(at: Address, from: number): number;
  suspicionConfirmations(at: Address): number;
  suspicionRemaining(at: Address, nowUs: number): number;
  suspicionSave(at: Address, to: Address, nowUs: number): void;
  suspicionLoad(at: Address, from: Address, nowUs: number): number;

  gossipRetransmits(factor: number, members: number): number;
  gossipPushPullScale(members: number): number;
  gossipSuspicionLeast(factor: number, members: number, interval: number): number;

  healthSize(): number;
  healthInit(at: Address, most: number): number;
  healthNote(at: Address, change: number): number;
  healthScore(at: Address): number;
}
