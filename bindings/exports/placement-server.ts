import type { Address } from "./base.js";

/** Placement that the modules for servers and browsers have, and the one for edge workers has not. */
export interface PlacementServerExports {
  anchorSize(capacity: number): number;
  anchorInit(at: Address, capacity: number, working: number): number;
  anchorAdd(at: Address): number;
  anchorRemove(at: Address, bucket: number): number;
  anchorHas(at: Address, bucket: number): number;
  anchorCount(at: Address): number;
  anchorFind(at: Address, low: number, high: number): number;
  anchorFindMany(at: Address, keys: Address, count: number, out: Address): void;
  anchorSave(at: Address, to: Address): void;
  anchorLoad(at: Address, from: Address): number;
  loadsSize(count: number): number;
  loadsInit(at: Address, count: number, factor: number, weights: Address): number;
  loadsTakeOnMaglev(loads: Address, table: Address, low: number, high: number): number;
  loadsTakeOnRing(loads: Address, ring: Address, low: number, high: number): number;
  loadsRelease(at: Address, node: number): number;
  loadsRead(at: Address, node: number): number;
  loadsSave(at: Address, to: Address): void;
  loadsLoad(at: Address, from: Address): number;
  weightedSize(count: number): number;
  weightedInit(at: Address, nodes: Address, count: number): number;
  weightedFind(at: Address, low: number, high: number): number;
  weightedFindMany(at: Address, keys: Address, count: number, out: Address): void;
}
