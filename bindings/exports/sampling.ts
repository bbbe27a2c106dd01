import type { Address } from "./base.js";

/**
 * Samplers. A threshold or 56 random bits are two halves, low and high; a share is how many of 2^56 random values are kept. Trace
 * ids in memory are 16 bytes each, in the order of the network.
 */
export interface SamplingExports {
  samplingShare(kept: number, all: number, digits: number): number;
  samplingShareOf(probability: number, digits: number): number;
  samplingDecide(randomLow: number, randomHigh: number, thresholdLow: number, thresholdHigh: number): number;
  samplingDecideMany(ids: Address, count: number, thresholdLow: number, thresholdHigh: number, out: Address): number;

  pacerSize(): number;
  pacerInit(at: Address, limit: number, periodUs: number, burst: number, halfLifeUs: number, limited: number): number;
  pacerDecide(at: Address, randomLow: number, randomHigh: number, nowUs: number): number;
  pacerDecideMany(at: Address, ids: Address, count: number, nowUs: number, out: Address): number;
  pacerRead(at: Address, what: number): number;
  pacerSave(at: Address, to: Address, nowUs: number): void;
  pacerLoad(at: Address, from: Address, nowUs: number): number;

  biasedSize(): number;
  biasedInit(
    at: Address,
    ordinaryLow: number,
    ordinaryHigh: number,
    slowLow: number,
    slowHigh: number,
    failedLow: number,
    failedHigh: number,
    slowAfterUs: number,
  ): number;
  biasedDecide(
    at: Address,
    randomLow: number,
    randomHigh: number,
    failed: number,
    spanUs: number,
    headLow: number,
    headHigh: number,
  ): number;
  biasedRead(at: Address, group: number, what: number): number;
  biasedSave(at: Address, to: Address): void;
  biasedLoad(at: Address, from: Address): number;

  reservoirSize(capacity: number): number;
  reservoirInit(at: Address, capacity: number, seed: number): number;
  reservoirOffer(at: Address, weight: number): number;
  reservoirAbsorb(at: Address, from: Address, index: number): number;
  reservoirSlot(at: Address, index: number): number;
  reservoirAddOffered(at: Address, from: Address): void;
  reservoirRead(at: Address, what: number): number;
  reservoirSave(at: Address, to: Address): void;
  reservoirLoad(at: Address, from: Address): number;
}
