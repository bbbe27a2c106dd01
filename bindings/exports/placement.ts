import type { Address } from "./base.js";

/** Which node a key belongs to. A key's hash is two halves of 32 bits; in memory it is 8 bytes, lowest first. */
export interface PlacementExports {
  maglevSize(entries: number): number;
  maglevInit(at: Address, entries: number, nodes: Address, count: number): number;
  maglevFind(at: Address, low: number, high: number): number;
  maglevFindMany(at: Address, keys: Address, count: number, out: Address): void;
  rendezvousSize(count: number): number;
  rendezvousInit(at: Address, hashes: Address, count: number): number;
  rendezvousFind(at: Address, low: number, high: number): number;
  rendezvousFindMany(at: Address, keys: Address, count: number, out: Address): void;
  ringSize(count: number): number;
  ringInit(at: Address, points: Address, count: number): number;
  ringFind(at: Address, low: number, high: number): number;
  ringFindMany(at: Address, keys: Address, count: number, out: Address): void;
}
