import type { Address } from "./base.js";

/** Time-decayed mean, variance and weight. */
export interface EwmaExports {
  ewmaSize(): number;
  ewmaInit(at: Address, halfLifeUs: number): number;
  ewmaRecord(at: Address, value: number, nowUs: number): void;
  ewmaMerge(at: Address, other: Address, nowUs: number): number;
  ewmaRead(at: Address, what: number, nowUs: number): number;
  ewmaSave(at: Address, to: Address, nowUs: number): void;
  ewmaLoad(at: Address, from: Address, nowUs: number): number;
}
